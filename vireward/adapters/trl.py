"""Rewards as `trl.GRPOTrainer` calls them: a batch a call, columns as keywords, a float or None for each completion."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Number
from typing import Literal

from vireward.columns import Columns, ScoresColumns, scans_of
from vireward.errors import BadParameter, RewardFailed
from vireward.group import check_groups, scores_columns
from vireward.parameters import check_column, check_rewards
from vireward.records import Batch, Reward, Sample, Score, as_score, message_text, prompt_text
from vireward.registry import reward_name

OnError = Literal["abstain", "raise"]
_ON_ERROR: tuple[OnError, ...] = ("abstain", "raise")


@dataclass(frozen=True, slots=True)
class TrlReward:
    """A reward with the signature of TRL's `reward_funcs`; built by `to_trl`.

    TRL shows it in its metrics under `__name__`. Beside the values it logs, where the trainer takes them, the reason of
    each score as the column `NAME/why`, and the mean of each part of a composition as the metric `NAME/PART`.
    """

    reward: Reward
    gold: str | None = "answer"
    on_error: OnError = "abstain"
    _at_once: ScoresColumns | None = field(init=False, repr=False, compare=False)  # the reward, if it can be asked so

    def __post_init__(self) -> None:
        object.__setattr__(self, "_at_once", self.reward if scores_columns(self.reward) else None)

    @property
    def __name__(self) -> str:
        return reward_name(self.reward)

    def __call__(
        self,
        prompts: Sequence[object] | None = None,
        completions: Sequence[object] = (),
        completion_ids: Sequence[Sequence[int]] | None = None,
        *,
        trainer_state: object = None,
        log_extra: Callable[[str, list[str]], None] | None = None,
        log_metric: Callable[[str, float], None] | None = None,
        **columns: Sequence[object],
    ) -> list[float | None]:
        """Score a batch: `len(completions)` values, each finite or None.

        Raises:
            BadParameter: the data set has no column named as the gold, or it has not one value for each completion; or
                a part of the reward needs whole groups, and the batch has others.
            RewardFailed: the reward raised and `on_error` is `raise`.
        """
        _check_gold(self.gold, columns, len(completions))
        texts = [_text_of(completion) for completion in completions]
        scans = scans_of([text or "" for text in texts])
        if self._at_once and log_extra is None and log_metric is None and None not in texts:
            golds = [None] * len(texts) if self.gold is None else list(map(gold_text, columns[self.gold]))
            return self._at_once.values(Columns(scans, golds))
        step = getattr(trainer_state, "global_step", None)
        read = [self._read(row, step) for row in rows_of(prompts, completions, completion_ids, columns)]
        context = {"trainer_state": trainer_state, "log_extra": log_extra, "log_metric": log_metric}
        batch = Batch([sample for sample, _ in read], context, scans.parsed)
        check_groups(self.reward, batch)
        scores = [failed or self._scored(sample) for sample, (_, failed) in zip(batch.samples, read, strict=True)]
        if log_extra is not None:
            log_extra(f"{self.__name__}/why", [score.why for score in scores])
        if log_metric is not None:
            for part, mean in _part_means(scores):
                log_metric(f"{self.__name__}/{part}", mean)
        return [score.value for score in scores]

    def score(self, row: Mapping[str, object], step: int | None = None) -> Score:
        """Score one row: a mapping with `completion`, and where known `prompt`, `completion_ids` and the columns."""
        sample, failed = self._read(row, step)
        return failed or self._scored(sample)

    def _read(self, row: Mapping[str, object], step: int | None) -> tuple[Sample, Score | None]:
        """A row as a sample; where it cannot be read, an empty one that keeps its place in the batch, and why."""
        try:
            return _sample(row, self.gold, step), None
        except Exception as error:  # one completion must not end a run, whatever shape it has
            failed = self._failed(error)
        readable = {**row, "completion": ""}
        try:
            return _sample(readable, self.gold, step), failed
        except Exception:  # so it was not the completion, or not alone
            return Sample("", step=step, columns={**readable, "prompt": None}), failed

    def _scored(self, sample: Sample) -> Score:
        try:
            return as_score(self.reward(sample))
        except Exception as error:  # a reward may raise anything
            return self._failed(error)

    def _failed(self, error: Exception) -> Score:
        if self.on_error == "raise":
            raise RewardFailed(f"{self.__name__} raised {type(error).__name__}: {error}") from error
        return Score(None, f"{type(error).__name__}: {error}", outcome="error")


def to_trl(reward: Reward, *, gold: str | None = "answer", on_error: str = "abstain") -> TrlReward:
    """Make a reward usable in `GRPOTrainer(reward_funcs=[...])`.

    Args:
        reward: Any reward, also a plain function of a sample.
        gold: The data set's column that holds the gold; None when the reward needs none.
        on_error: What a reward that raises does: `abstain` gives None for that completion, `raise` ends the run.

    Returns:
        A picklable callable with a `__name__`.

    Raises:
        BadParameter: the reward cannot be called with a sample, `gold` is no name, or `on_error` is unknown.
    """
    check_rewards("to_trl", reward=reward)
    check_column("to_trl", gold=gold)
    return TrlReward(reward, gold, checked_on_error("to_trl", on_error))


def checked_on_error(owner: str, on_error: object) -> OnError:
    """What a reward that raises does, as a parameter of an adapter.

    Raises:
        BadParameter: it is no such policy; the message lists them.
    """
    policy = next((known for known in _ON_ERROR if known == on_error), None)
    if policy is None:
        raise BadParameter(f"{owner}(on_error={on_error!r}): must be one of {', '.join(_ON_ERROR)}")
    return policy


def _check_gold(gold: str | None, columns: Mapping[str, object], size: int) -> None:
    if gold is None:
        return
    if gold not in columns:
        raise BadParameter(f"TrlReward(gold={gold!r}): no such dataset column, there are {sorted(columns)}")
    if not _fits(columns[gold], size):
        rule = f"the column must be a list with one gold for each of {size} completions"
        raise BadParameter(f"TrlReward(gold={gold!r}): {rule}")


def _fits(column: object, size: int) -> bool:
    return isinstance(column, Sequence) and not isinstance(column, str) and len(column) == size


def rows_of(
    prompts: Sequence[object] | None,
    completions: Sequence[object],
    completion_ids: Sequence[Sequence[int]] | None,
    columns: Mapping[str, Sequence[object]],
) -> Iterator[dict[str, object]]:
    """The batch row by row; a column that is not one value for each completion is left out."""
    fitting = {name: values for name, values in columns.items() if _fits(values, len(completions))}
    for i, completion in enumerate(completions):
        row = {name: values[i] for name, values in fitting.items()}
        row["completion"] = completion
        row["prompt"] = prompts[i] if prompts is not None else None
        row["completion_ids"] = completion_ids[i] if completion_ids is not None else None
        yield row


def _text_of(completion: object) -> str | None:
    """The text of a completion; None where it has none that can be read."""
    if type(completion) is list and len(completion) == 1:  # nearly always, and read in a moment
        message = completion[0]
        if type(message) is dict and message.get("role") == "assistant":
            text = message.get("content")
            if type(text) is str:
                return text
    elif type(completion) is str:
        return completion
    try:
        return message_text(completion)
    except Exception:  # it is told for the completion that has it
        return None


def _sample(row: Mapping[str, object], gold: str | None, step: int | None) -> Sample:
    ids = row.get("completion_ids")
    return Sample(
        completion=message_text(row["completion"]),
        gold=None if gold is None else gold_text(row.get(gold)),
        prompt=prompt_text(row.get("prompt")),
        tokens=len(ids) if isinstance(ids, Sequence) else None,
        step=step,
        columns=row,
    )


def gold_text(gold: object) -> str | None:
    """A gold column's value as text; a number becomes an exact fraction, which every number style reads alike."""
    if gold is None or isinstance(gold, str):
        return gold
    if isinstance(gold, Number) and gold != gold:  # NaN is how tables write a missing value
        return None
    try:
        return str(Fraction(str(gold)))
    except ValueError:
        return str(gold)


def _part_means(scores: Sequence[Score]) -> Iterator[tuple[str, float]]:
    for part in dict.fromkeys(name for score in scores for name in score.parts):
        values = [s.parts[part].value for s in scores if part in s.parts]
        known = [value for value in values if value is not None]
        if known:
            yield part, math.fsum(known) / len(known)
