"""Rewards as `trl.GRPOTrainer` calls them: a batch a call, columns as keywords, a float or None for each completion."""

import time
import warnings
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any, Literal

from vireward.adapters.rows import Row, completion_text, gold_text, rows_of, sample_of
from vireward.adapters.trl_call import Call, Seconds, answered, call_of
from vireward.batch_function import BatchFunction
from vireward.columns import Columns, ScoresColumns, scans_of
from vireward.compose import Weighted
from vireward.errors import BadParameter, BadScore, RewardFailed, in_words
from vireward.group import PerGroup, check_groups, scores_columns, within
from vireward.parameters import check_column, check_name, check_penalty, check_rewards
from vireward.records import Batch, Outcome, Reward, Sample, Score, as_score, failure_of, shown
from vireward.registry import reward_name

OnError = Literal["abstain", "raise", "floor"]
_ON_ERROR: tuple[OnError, ...] = ("abstain", "raise", "floor")
LARGEST = 1e5  # of a value; TRL adds up and standardises in float32, where a larger one drowns the others of its group


@dataclass(frozen=True, slots=True)
class TrlReward:
    """A reward with the signature of TRL's `reward_funcs`; built by `to_trl`.

    TRL shows it in its metrics under `__name__`. Beside the values it logs, where the trainer takes them, the reason of
    each score as the column `NAME/why`, and as metrics the mean of each part of a composition, `NAME/PART`, and the
    shares of completions without a value, `NAME/abstained` and `NAME/failed`.
    """

    reward: Reward
    gold: str | None = "answer"
    on_error: OnError = "abstain"
    floor: float = -1.0
    name: str | None = None
    stops: frozenset[int] | None = None
    watched: frozenset[str] = frozenset()  # parts whose value and failure are told, and are nothing to the sum
    _at_once: ScoresColumns | None = field(init=False, repr=False, compare=False)  # the reward, if it can be asked so

    def __post_init__(self) -> None:
        object.__setattr__(self, "_at_once", self.reward if scores_columns(self.reward) else None)

    @property
    def __name__(self) -> str:
        return self.name or reward_name(self.reward)

    def __call__(
        self,
        /,  # so that a column may have any name
        prompts: Sequence[object] | None = None,
        completions: Sequence[object] = (),
        completion_ids: Sequence[Sequence[int]] | None = None,
        **given: Any,
    ) -> list[float | None]:
        """Score a batch: `len(completions)` values, each within ±`LARGEST` or None.

        Beside the columns of the data set the trainer may give `trainer_state`, `log_extra` and `log_metric`.

        Raises:
            BadParameter: the data set has no column named as the gold, or it has not one value for each completion; or
                a part of the reward needs whole groups, and the batch has others.
            RewardFailed: the reward failed and `on_error` is `raise`.
        """
        call = call_of(self.gold, prompts, completions, completion_ids, **given)
        if not call.logs and (values := self._values(call)) is not None:
            return values
        return answered(self, call)[1]

    def _values(self, call: Call) -> list[float | None] | None:
        """The values without reasons; None where they cannot be had so, or one is out of range."""
        if self._at_once is None:
            return None
        texts = [text for text in map(completion_text, call.completions) if text is not None]
        if len(texts) < len(call.completions):
            return None
        golds = [None] * len(texts) if self.gold is None else list(map(gold_text, call.columns[self.gold]))
        values = self._at_once.values(Columns(scans_of(texts), golds))
        return values if all(value is None or abs(value) <= LARGEST for value in set(values)) else None

    def answers(self, call: Call, seconds: Seconds | None = None) -> tuple[list[Score], list[float | None]]:
        """The `scores` of a batch, and what the trainer gets for them."""
        scores = self.scores(call, seconds)
        return scores, [self.value_of(score) for score in scores]

    def scores(self, call: Call, seconds: Seconds | None = None) -> list[Score]:
        """The score of each completion of a batch, in their order.

        Args:
            call: The batch.
            seconds: Gets the time that each of them took, by the name of the part, or of a reward without parts: of
                what scores a batch or a group a call, its share.

        Raises:
            BadParameter: a part of the reward needs whole groups, and the batch has others.
            RewardFailed: the reward failed and `on_error` is `raise`.
        """
        scans = scans_of([completion_text(completion) or "" for completion in call.completions])
        rows = rows_of(call.prompts, call.completions, call.completion_ids, call.columns)
        read = [self._read(row, call.step) for row in rows]
        batch = Batch([sample for sample, _ in read], call.context, scans.parsed)
        check_groups(self.reward, batch)
        taken: Seconds = defaultdict(list) if seconds is None else seconds
        scores = [failed or self._scored(one, taken) for one, (_, failed) in zip(batch.samples, read, strict=True)]
        for part in within(self.reward):
            if isinstance(part, BatchFunction):
                part.fill(batch)
        self._share(taken, [failed is None for _, failed in read])
        return scores

    def _share(self, seconds: Seconds, asked: Sequence[bool]) -> None:
        """Give each completion its time: none where it could not be read, its share of a call for the whole batch."""
        terms = self.reward.terms if isinstance(self.reward, Weighted) else ((self.__name__, 1.0, self.reward),)
        for name, _, part in terms:
            each = iter(seconds[name])
            if any(isinstance(one, BatchFunction | PerGroup) for one in within(part)):
                seconds[name] = [sum(each) / len(asked)] * len(asked) if asked else []
            else:
                seconds[name] = [next(each) if one else 0.0 for one in asked]

    def score(self, row: Mapping[str, object], step: int | None = None) -> Score:
        """Score one row: a mapping with `completion`, and where known `prompt`, `completion_ids` and the columns."""
        sample, failed = self._read(row, step)
        return failed or self._scored(sample, defaultdict(list))

    def value_of(self, score: Score) -> float | None:
        """What the trainer gets for a score: its value, or of a failure what `on_error` says."""
        return self.floor if self.on_error == "floor" and self.failure(score) else score.value

    def failure(self, score: Score) -> Outcome | None:
        """What kept a score from its value: `timeout`, `crashed` or `error`; None where nothing failed."""
        if not self.watched:
            return failure_of(score)
        return failure_of(replace(score, parts={n: p for n, p in score.parts.items() if n not in self.watched}))

    def _read(self, row: Mapping[str, object], step: int | None) -> tuple[Sample, Score | None]:
        """A row as a sample; where it cannot be read, an empty one that keeps its place in the batch, and why."""
        try:
            return sample_of(row, self.gold, step, self.stops), None
        except Exception as error:  # one completion must not end a run, whatever shape it has
            failed = self._failed(error)
        readable = {**row, "completion": ""}
        try:
            return sample_of(readable, self.gold, step, self.stops), failed
        except Exception:  # so it was not the completion, or not alone
            return Sample("", step=step, columns=Row({**readable, "prompt": None})), failed

    def _scored(self, sample: Sample, seconds: Seconds) -> Score:
        if isinstance(self.reward, Weighted):  # so that a part that fails is told apart from the others
            terms = self.reward.terms
            parts = {name: self._asked(part, sample, seconds[name]) for name, _, part in terms}
            score = self._summed(self.reward, parts, self.watched)
        else:
            score = self._asked(self.reward, sample, seconds[self.__name__])
        if self.on_error == "raise" and (failure := self.failure(score)):
            raise RewardFailed(f"{self.__name__}: {failure}: {score.why}")
        return score

    def _summed(self, reward: Weighted, parts: Mapping[str, Score], watched: Collection[str] = ()) -> Score:
        score = _total(reward, parts, watched) if watched else reward.total(parts)
        if score.value is None or abs(score.value) <= LARGEST:
            return score
        return Score(None, f"the sum is beyond ±{LARGEST:,.0f}; {score.why}", parts, outcome="error")

    def _asked(self, reward: Reward, sample: Sample, seconds: list[float]) -> Score:
        start = time.perf_counter()
        try:
            if isinstance(reward, Weighted):  # a part of it may fail and be skipped
                return self._summed(reward, {name: self._asked(part, sample, []) for name, _, part in reward.terms})
            return _sound(as_score(reward(sample)))
        except Exception as error:  # a reward may raise anything
            return self._failed(error)
        finally:
            seconds.append(time.perf_counter() - start)

    def _failed(self, error: Exception) -> Score:
        told = in_words(error)
        if self.on_error == "raise":
            raise RewardFailed(f"{self.__name__} raised {told}") from error
        return Score(None, told, outcome="error")


def to_trl(
    reward: Reward,
    *,
    gold: str | None = "answer",
    on_error: str = "abstain",
    floor: float = -1.0,
    name: str | None = None,
    stops: Collection[int] | None = None,
) -> TrlReward:
    """Make a reward usable in `GRPOTrainer(reward_funcs=[...])`.

    A reward fails where it raises, gives what is no score, is not finite or beyond ±100,000, and where its outcome, or
    that of the part that keeps a composition from its value, is `timeout`, `crashed` or `error`.

    Args:
        reward: Any reward, also a plain function of a sample.
        gold: The data set's column that holds the gold; None when the reward needs none.
        on_error: What a failure does: `abstain` gives None for that completion, `raise` ends the run, `floor` gives the
            number of that name.
        floor: The value of a failure with `on_error="floor"`; not above 0, so that failing never pays.
        name: What the trainer's metrics call it; by default the reward's own name.
        stops: The tokens that end a completion (the model's `eos_token_id`s and the tokenizer's `pad_token_id`); where
            they are known, `Sample.truncated` says whether a completion was cut off.

    Returns:
        A callable with a `__name__`, picklable where the reward is.

    Raises:
        BadParameter: the reward cannot be called with a sample, or another parameter is outside its rule.

    Warns:
        UserWarning: a function in it was defined within another one, so that it does not pickle, and a trainer that
            scores in a process of its own (AsyncGRPO) cannot take it.
    """
    check_rewards("to_trl", reward=reward)
    check_column("to_trl", gold=gold)
    check_penalty("to_trl", "floor", floor)
    check_name("to_trl", name)
    _warn_of_closures(reward)
    return TrlReward(
        reward,
        gold,
        checked_on_error("to_trl", on_error, _ON_ERROR),
        float(floor),
        name,
        None if stops is None else frozenset(stops),
    )


def _warn_of_closures(reward: Reward) -> None:
    """Warn of functions and classes that another process cannot find by their name."""
    for part in within(reward):
        named = part if isinstance(part, FunctionType) else type(part)
        if "<" in named.__qualname__:  # `outer.<locals>.inner`, `<lambda>`
            told = f"to_trl({shown(reward)}): {named.__qualname__} does not pickle, and AsyncGRPO needs that"
            warnings.warn(f"{told}; define it at the top of a module", stacklevel=3)
            return


def checked_on_error(owner: str, on_error: object, known: Sequence[OnError] = ("abstain", "raise")) -> OnError:
    """What a reward that fails does, as a parameter of an adapter.

    Raises:
        BadParameter: it is no such policy; the message lists them.
    """
    policy = next((policy for policy in known if policy == on_error), None)
    if policy is None:
        raise BadParameter(f"{owner}(on_error={on_error!r}): must be one of {', '.join(known)}")
    return policy


def _total(reward: Weighted, parts: Mapping[str, Score], watched: Collection[str]) -> Score:
    """The sum without the parts that are only watched, which stand among its parts all the same."""
    counted = replace(reward, terms=tuple(term for term in reward.terms if term[0] not in watched))
    return replace(counted.total({name: parts[name] for name, _, _ in counted.terms}), parts=parts)


def _sound(score: Score) -> Score:
    """A score whose value, reason and parts can be logged."""
    if not isinstance(score.why, str):
        raise BadScore(f"the reason of a score must be text, got {shown(score.why)}")
    if not isinstance(score.parts, Mapping) or not all(isinstance(part, Score) for part in score.parts.values()):
        raise BadScore(f"the parts of a score must be scores by name, got {shown(score.parts)}")
    if score.value is not None and abs(score.value) > LARGEST:
        raise BadScore(f"a reward must be within ±{LARGEST:,.0f}, got {score.value!r}")
    return score
