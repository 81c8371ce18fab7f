"""The reward functions of a run, watched: what each batch was scored, and how long that took."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vireward.adapters.rows import is_cut_off
from vireward.adapters.trl import TrlReward
from vireward.adapters.trl_call import Call, Seconds, answered, call_of
from vireward.adapters.trl_parts import TrlPart
from vireward.records import Score


@dataclass(slots=True)
class Scored:
    """A batch that all reward functions have scored.

    Attributes:
        call: What the trainer handed over.
        scores: Of each function the score of each completion, by its name.
        values: What the trainer got for them.
        weights: What the trainer multiplies them by.
        stops: The tokens that end a completion; None when they are not known.
        seconds: The time that each completion took, by the name of the reward or its part.
        started: When the first function was called, in seconds of `time.perf_counter`.
        took: Seconds in all functions, with reading and logging.
    """

    call: Call
    scores: dict[str, list[Score]] = field(default_factory=dict)
    values: dict[str, list[float | None]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    stops: frozenset[int] | None = None
    seconds: Seconds = field(default_factory=lambda: defaultdict(list))
    started: float = 0.0
    took: float = 0.0

    @property
    def totals(self) -> list[float | None]:
        """What TRL adds up for each completion; None where no function has a value."""
        columns = [[None if v is None else v * self.weights[name] for v in self.values[name]] for name in self.values]
        rows = ([value for value in row if value is not None] for row in zip(*columns, strict=True))
        return [sum(row) if row else None for row in rows]

    @property
    def truncated(self) -> float | None:
        """The share of completions that were cut off, in [0, 1]; None where that is not known."""
        if not self.call.completion_ids or self.stops is None:
            return None
        cut = sum(is_cut_off(ids, self.stops) for ids in self.call.completion_ids)
        return cut / len(self.call.completion_ids)


Watcher = Callable[[Scored], None]


class Watched:
    """One of a run's reward functions, for `reward_funcs`; the last of them shows the scored batch to the watchers."""

    def __init__(self, function: TrlReward | TrlPart, weight: float, batch: "Watch") -> None:
        self.function, self.weight, self.batch = function, weight, batch
        self.__name__ = function.__name__

    def __call__(
        self,
        /,  # so that a column may have any name
        prompts: Sequence[object] | None = None,
        completions: Sequence[object] = (),
        completion_ids: Sequence[Sequence[int]] | None = None,
        **given: Any,
    ) -> list[float | None]:
        """Score a batch, as the function does."""
        start = time.perf_counter()
        whole = self.function.whole if isinstance(self.function, TrlPart) else self.function
        call = call_of(whole.gold, prompts, completions, completion_ids, **given)
        scored = self.batch.of(call, whole.stops, start)
        scores, values = answered(self.function, scored.call, scored.seconds)
        scored.scores[self.__name__], scored.values[self.__name__] = scores, values
        scored.weights[self.__name__] = self.weight
        scored.took += time.perf_counter() - start
        self.batch.seen(scored)
        return values


class Watch:
    """Gathers what the functions of a run say of one batch, and shows it to the watchers."""

    def __init__(self, count: int, watchers: Sequence[Watcher]) -> None:
        self.count, self.watchers = count, watchers
        self._scored: Scored | None = None

    def of(self, call: Call, stops: frozenset[int] | None, start: float) -> Scored:
        """The batch of a call: the one at hand, or a new one for other completions."""
        if self._scored is None or self._scored.call.completions is not call.completions:
            self._scored = Scored(call, stops=stops, started=start)
        return self._scored

    def seen(self, scored: Scored) -> None:
        """Show the batch, once all functions have scored it."""
        if len(scored.scores) == self.count:
            self._scored = None
            for watcher in self.watchers:
                watcher(scored)


def watched(
    functions: Sequence[TrlReward | TrlPart], weights: Sequence[float] | None, watchers: Sequence[Watcher]
) -> list[Watched]:
    """Reward functions that show each batch to watchers once the last of them has scored it."""
    batch = Watch(len(functions), watchers)
    factors = [1.0] * len(functions) if weights is None else weights
    return [Watched(function, weight, batch) for function, weight in zip(functions, factors, strict=True)]
