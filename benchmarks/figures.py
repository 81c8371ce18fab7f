"""What is measured of a contender: times as ratios and latencies, round by round, and whether it ranks as it should."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import mix
from watched import TIMEOUT

_SHOWN = 3  # inverted pairs of a contender that are told
_TAIL = 80  # characters of a completion that are told


class Ran(NamedTuple):
    """How many microseconds the thread ran, and how many passed."""

    us: float
    passed_us: float


@dataclass(frozen=True, slots=True)
class Scored:
    """What came of one completion, and how many nanoseconds a single call ran and passed, and the floor ran."""

    item: mix.Item
    value: float | None
    ns: int = 0
    passed_ns: int = 0
    floor_ns: int = 0
    error: str | None = None


@dataclass(slots=True)
class Figures:
    """What was measured of one contender: a figure for each round, and counts over all of them."""

    where: str
    us: list[float] = field(default_factory=list)
    passed_us: list[float] = field(default_factory=list)
    floor_us: list[float] = field(default_factory=list)
    tutorial_us: list[float] = field(default_factory=list)
    p50_us: list[float] = field(default_factory=list)
    p99_us: list[float] = field(default_factory=list)
    degenerate_ns: int = 0
    degenerate: int = 0
    all_ns: int = 0
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    first_error: str | None = None
    first_inverted: list[dict[str, Any]] = field(default_factory=list)

    def add_ordinary(self, took: Ran, floor_us: float, tutorial_us: float | None = None) -> None:
        """Enter the time for a completion, and that of the floor and the tutorial's functions for the same."""
        self.us.append(took.us)
        self.passed_us.append(took.passed_us)
        self.floor_us.append(floor_us)
        if tutorial_us is not None:
            self.tutorial_us.append(tutorial_us)

    def add_singles(self, singles: Sequence[Scored]) -> None:
        """Enter single calls on a mix."""
        times = sorted(one.ns / 1e3 for one in singles)
        self.p50_us.append(times[len(times) // 2])
        self.p99_us.append(times[len(times) * 99 // 100])
        # Over all rounds, as a few completions of thousands decide it.
        self.degenerate_ns += sum(one.ns for one in singles if one.item.degenerate)
        self.degenerate += sum(one.item.degenerate for one in singles)
        self.all_ns += sum(one.ns for one in singles)

    def check(self, scored: Sequence[Scored]) -> None:
        """Count pairs of a right and a wrong completion of one prompt, and those whose scores tie or are inverted."""
        errors = [one.error for one in scored if one.error]
        self.first_error = self.first_error or next((error for error in errors if error != TIMEOUT), None)
        self.counts["items"] += len(scored)
        self.counts["unscored"] += sum(one.value is None for one in scored)
        self.counts["errors"] += len(errors) - errors.count(TIMEOUT)
        self.counts["killed"] += errors.count(TIMEOUT)
        for right, wrong in _pairs(scored):
            tied = right.value is None or wrong.value is None or right.value == wrong.value
            inverted = not tied and right.value < wrong.value
            self.counts["pairs"] += 1
            self.counts["ties"] += tied
            self.counts["inverted"] += inverted
            if inverted and len(self.first_inverted) < _SHOWN:
                self.first_inverted.append({"gold": right.item.gold} | _told(right) | _told(wrong))

    def told(self) -> dict[str, Any]:
        """All of it as it is written: of each figure the best and the median over the rounds."""
        row: dict[str, Any] = {"where": self.where, "per_s": _over([1e6 / us for us in self.us], best=max)}
        for key in ("us", "passed_us", "p50_us", "p99_us"):
            row[key] = _over(getattr(self, key))
        row["degenerate_share"] = round(self.degenerate_ns / self.all_ns, 4)
        row["mix_us"] = self._mix_us()
        row |= {"to_floor": _ratio(self.us, self.floor_us), "to_tutorial": _ratio(self.us, self.tutorial_us)}
        return row | dict(self.counts) | {"first_error": self.first_error, "first_inverted": self.first_inverted}

    def _mix_us(self) -> float | None:
        """Microseconds for a completion of the whole mix: ordinary ones as timed, degenerate ones in their share.

        A call that was killed counts with the time that passed, so that this is a lower bound for those that hang.
        """
        if not self.us or not self.degenerate:
            return None
        share = mix.SHARES["degenerate"] / sum(mix.SHARES.values())
        fallen = self.degenerate_ns / self.degenerate / 1e3
        return round((1 - share) * statistics.median(self.us) + share * fallen, 4)


def _pairs(scored: Iterable[Scored]) -> Iterator[tuple[Scored, Scored]]:
    groups: dict[tuple[int, str], list[Scored]] = defaultdict(list)
    for one in scored:
        groups[one.item.group, one.item.truth].append(one)
    for group, truth in groups:
        if truth == "right":
            yield from ((one, other) for one in groups[group, truth] for other in groups.get((group, "wrong"), ()))


def _told(one: Scored) -> dict[str, Any]:
    return {one.item.truth: {"kind": one.item.kind, "score": one.value, "end": one.item.text[-_TAIL:]}}


def _over(figures: Sequence[float], best: Callable[[Sequence[float]], float] = min) -> dict[str, float] | None:
    if not figures:
        return None
    return {"best": round(best(figures), 4), "median": round(statistics.median(figures), 4)}


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float] | None:
    """That of the best times, and the median of those of each round; the least of those would be the most disturbed."""
    if not theirs:
        return None
    rounds = [one / other for one, other in zip(ours, theirs, strict=True)]
    return {"best": round(min(ours) / min(theirs), 4), "median": round(statistics.median(rounds), 4)}
