"""Rewards as ms-swift's GRPO trainer takes them from its table `orms`: a batch a call, columns as keywords."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from vireward.adapters.trl import OnError, TrlReward, checked_on_error
from vireward.errors import BadParameter
from vireward.parameters import check_column, check_finite, check_rewards
from vireward.records import Reward
from vireward.registry import reward_name

_GIVEN = ("prompts", "completions", "completion_ids", "log_extra", "log_metric")  # what is said here in TRL's words


@dataclass(frozen=True, slots=True)
class SwiftOrm:
    """What stands in swift's table `orms`, and gives a reward when swift calls it; built by `to_swift`."""

    reward: Reward
    gold: str | None = "solution"
    abstained: float | None = None
    on_error: OnError = "abstain"
    name: str | None = None

    def __call__(self, *_: object, **__: object) -> "SwiftReward":
        """Build the reward, as swift does with its own classes; the trainer's arguments change nothing."""
        return _class_named(self.name or reward_name(self.reward))(self)


@dataclass(frozen=True, repr=False)
class SwiftReward:
    """A reward that swift calls on a batch; built by a `SwiftOrm`.

    swift logs a reward under the name of its class, so that each name has a class of its own.
    """

    orm: SwiftOrm

    def __call__(self, completions: Sequence[object], **columns: Any) -> list[float | None]:
        """Score a batch: `len(completions)` values, each finite or None.

        Raises:
            BadParameter: the data set has no column named as the gold; or a part of the reward needs whole groups, and
                the batch has others.
            RewardFailed: the reward raised and `on_error` is `raise`.
        """
        orm = self.orm
        if orm.gold is not None and orm.gold not in columns:
            raise BadParameter(f"to_swift(gold={orm.gold!r}): no such dataset column, there are {sorted(columns)}")
        given = {name: values for name, values in columns.items() if name not in _GIVEN}
        values = TrlReward(orm.reward, orm.gold, orm.on_error)(
            prompts=_prompts(columns.get("messages"), len(completions)),
            completions=completions,
            completion_ids=_ids(columns.get("response_token_ids"), len(completions)),
            **given,
        )
        return [orm.abstained if value is None else value for value in values]

    def __reduce__(self) -> tuple[object, ...]:
        return (self.orm, ())  # a class made here cannot be found by its name

    def __repr__(self) -> str:
        return f"{self.orm!r}()"


def to_swift(
    reward: Reward,
    *,
    gold: str | None = "solution",
    abstained: float | None = None,
    on_error: str = "abstain",
    name: str | None = None,
) -> SwiftOrm:
    """Make a reward usable in swift's table `orms`, in a Python file that `--external_plugins` names.

    A sample's columns are those of the data set and swift's own, such as `finish_reason`; its prompt is the message
    before the completion, its length that of `response_token_ids`, its step the trainer's.

    Args:
        reward: Any reward, also a plain function of a sample.
        gold: The data set's column that holds the gold; None when the reward needs none.
        abstained: The value where the reward has nothing to say, or failed. None leaves the completion out of this
            reward's mean and of the sum over rewards; where no reward has a value, swift warns and sums up to 0.
        on_error: What a reward that raises does: `abstain` counts as an abstention, `raise` ends the run.
        name: Under which swift logs the reward; by default the reward's own name. Two rewards need two names.

    Returns:
        A picklable callable, which swift calls with its arguments for the reward itself.

    Raises:
        BadParameter: the reward is none, a name is no text, `abstained` is not finite, or `on_error` is unknown.
    """
    check_rewards("to_swift", reward=reward)
    check_column("to_swift", gold=gold)
    if abstained is not None:
        check_finite("to_swift", abstained=abstained)
    if not (name is None or (isinstance(name, str) and name)):
        raise BadParameter(f"to_swift(name={name!r:.60}): must be a text that is not empty, or None")
    return SwiftOrm(reward, gold, abstained, checked_on_error("to_swift", on_error), name)


@cache
def _class_named(name: str) -> type[SwiftReward]:
    return type(name, (SwiftReward,), {"__doc__": SwiftReward.__doc__})


def _prompts(messages: Any, size: int) -> list[object] | None:
    """The messages before each completion, which is the last one of its conversation."""
    if not isinstance(messages, list) or len(messages) != size:
        return None
    return [conversation[:-1] if conversation else None for conversation in messages]


def _ids(tokens: Any, size: int) -> list[Any] | None:
    """The tokens of each completion, which swift has in one list or in one for each turn; None where it has none."""
    if not isinstance(tokens, list) or len(tokens) != size:
        return None
    return [_joined(turns) or None for turns in tokens]


def _joined(turns: Any) -> list[int]:
    return [token for turn in turns or () for token in (turn if isinstance(turn, list | tuple) else (turn,))]
