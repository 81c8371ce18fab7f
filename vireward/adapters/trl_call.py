"""One call of a reward function by TRL: what the trainer hands over, and what it is answered."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vireward.adapters.rows import check_gold
from vireward.batch_function import encodable, metric_name
from vireward.records import Score, failure_of

Seconds = dict[str, list[float]]  # what each completion took, by the name of a reward or its part


@dataclass(frozen=True, slots=True)
class Call:
    """What a trainer hands over in one call.

    Attributes:
        completions: Texts or chat messages.
        prompts: The same of the prompts; None when they are not known.
        completion_ids: The tokens of each completion; None when they are not known.
        columns: The columns of the data set, each with one value for each completion.
        context: The trainer's state and its ways to log, by name.
    """

    completions: Sequence[object]
    prompts: Sequence[object] | None = None
    completion_ids: Sequence[Sequence[int]] | None = None
    columns: Mapping[str, Sequence[object]] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)

    @property
    def step(self) -> int | None:
        """The trainer's global step; None when it is not known."""
        return getattr(self.context.get("trainer_state"), "global_step", None)

    @property
    def logs(self) -> bool:
        """Whether the trainer takes anything to log."""
        return self.context.get("log_extra") is not None or self.context.get("log_metric") is not None


class Answers(Protocol):
    """A reward function of a trainer, asked for its reasons as well."""

    @property
    def __name__(self) -> str: ...

    def answers(self, call: Call, seconds: Seconds | None = None) -> tuple[list[Score], list[float | None]]:
        """The score of each completion of a batch, and what the trainer gets for it."""
        ...


def call_of(
    gold: str | None,
    prompts: Sequence[object] | None,
    completions: Sequence[object],
    completion_ids: Sequence[Sequence[int]] | None,
    /,  # so that a column may have any name
    *,
    trainer_state: object = None,
    log_extra: Callable[[str, list[str]], None] | None = None,
    log_metric: Callable[[str, float], None] | None = None,
    **columns: Sequence[object],
) -> Call:
    """The call of a reward function, from the keywords that TRL gives.

    Raises:
        BadParameter: the data set has no column named as the gold, or it has not one value for each completion.
    """
    check_gold(gold, columns, len(completions))
    context = {"trainer_state": trainer_state, "log_extra": log_extra, "log_metric": log_metric}
    return Call(completions, prompts, completion_ids, columns, context)


def answered(function: Answers, call: Call, seconds: Seconds | None = None) -> tuple[list[Score], list[float | None]]:
    """The scores of a call, logged where the trainer takes them, and what the trainer gets for them.

    Args:
        function: The reward function.
        call: The batch.
        seconds: Gets the time that each completion took, by the name of the reward or its part.
    """
    scores, values = function.answers(call, seconds)
    _log(function.__name__, scores, call.context)
    return scores, values


def _log(name: str, scores: Sequence[Score], context: Mapping[str, Any]) -> None:
    """Log scores where the trainer takes them, each column in full and under the name of its reward."""
    log_extra, log_metric = context.get("log_extra"), context.get("log_metric")
    if log_extra is not None:
        log_extra(f"{name}/why", [encodable(score.why) for score in scores])
    if log_metric is not None and scores:
        for part, mean in _part_means(scores):
            log_metric(metric_name(name, part), mean)
        failed = sum(failure_of(score) is not None for score in scores)
        log_metric(f"{name}/abstained", (sum(score.value is None for score in scores) - failed) / len(scores))
        log_metric(f"{name}/failed", failed / len(scores))


def _part_means(scores: Sequence[Score]) -> Iterator[tuple[str, float]]:
    for part in dict.fromkeys(name for score in scores for name in score.parts):
        values = [s.parts[part].value for s in scores if part in s.parts]
        known = [value for value in values if value is not None]
        if known:
            yield part, math.fsum(value / len(known) for value in known)  # their sum may be no float
