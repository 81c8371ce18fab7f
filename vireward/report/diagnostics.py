"""What the rewards said of each batch of completions: read from `diagnostics.jsonl`, by step and summed up.

A batch becomes one row of numbers under the trainer's names of them (`rewards/NAME/mean`), so that curves are drawn of
both alike. Numbers that make no sense are left out.
"""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vireward.report.amounts import number
from vireward.report.charts import Timeline

Row = Mapping[str, object]

OUTCOMES = ("abstained", "error", "timeout", "crashed")
SHARES = ("informative", *OUTCOMES)
AMOUNTS = ("std", "p50_ms", "p95_ms")  # never below 0


@dataclass(frozen=True, slots=True)
class Batch:
    """The completions that were scored together.

    Args:
        step: The trainer's step, in optimizer updates.
        size: How many completions there were; 0 where that is not known.
        values: Numbers by their name in the file; those of a reward as `rewards/NAME/mean`.
        reasons: For each reward how often it gave each kind of reason.
        slowest: The completion that took longest: `milliseconds`, `characters` and `completion`; empty if unknown.
    """

    step: float
    size: float
    values: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    slowest: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something became of completions: the share of them, in [0, 1], and how many by reward."""

    name: str
    share: float
    count: int
    of: int
    rewards: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds per completion of a reward: medians over the batches, and the largest of the upper ones."""

    name: str
    median: float | None
    upper: float | None
    worst: float | None


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall time in rewards, in diagnostics and altogether.

    Args:
        rewards: Over all batches.
        diagnostics: Over all batches; None where it was not measured.
        share: Of the step time, over the batches whose step was timed; None if none was.
        overhead: The same of the diagnostics.
    """

    rewards: float
    diagnostics: float | None
    share: float | None
    overhead: float | None


def batches(rows: Iterable[Row], mode: str = "train") -> list[Batch]:
    """The batches of one mode by step, rising; those of one step in their order.

    Where the step falls back, a resumed run begins: of the steps it repeats, what was written last counts.
    """
    runs: dict[float, int] = {}
    found: list[tuple[int, Batch]] = []
    run, last = 0, -math.inf
    for row in rows:
        step = number(row.get("step"))
        if step is None or step < 0:
            continue
        run, last = run + (step < last), step
        runs[step] = run
        if (row.get("mode") == "eval") == (mode == "eval"):
            found.append((run, _batch(step, row)))
    return sorted((batch for run, batch in found if run == runs[batch.step]), key=lambda batch: batch.step)


def _batch(step: float, row: Row) -> Batch:
    rewards = {name: told for name, told in _mapping(row.get("rewards")).items() if isinstance(told, Mapping)}
    values = {key: amount(row.get(key)) for key in ("seconds", "step_seconds", "diagnostics_seconds")}
    values["truncated"] = share(row.get("truncated"))
    for name, told in rewards.items():
        values[f"rewards/{name}/mean"] = number(told.get("mean"))
        values |= {f"rewards/{name}/{key}": share(told.get(key)) for key in SHARES}
        values |= {f"rewards/{name}/{key}": amount(told.get(key)) for key in AMOUNTS}
    return Batch(
        step=step,
        size=amount(row.get("completions")) or 0.0,
        values={key: value for key, value in values.items() if value is not None},
        reasons={name: counts for name, told in rewards.items() if (counts := _counts(told.get("reasons")))},
        slowest=_mapping(row.get("slowest")),
    )


def _mapping(value: object) -> Row:
    return value if isinstance(value, Mapping) else {}


def _counts(value: object) -> dict[str, int]:
    """The kinds of reasons that were given at all."""
    return {kind: count for kind, given in _mapping(value).items() if (count := int(amount(given) or 0))}


def amount(value: object) -> float | None:
    """The number, unless it is below 0 or none."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def share(value: object) -> float | None:
    """The number, unless it is outside [0, 1] or none."""
    found = number(value)
    return found if found is not None and 0 <= found <= 1 else None


def by_step(found: Iterable[Batch]) -> Timeline:
    """The numbers by step; over several batches of one step, their mean by completion."""
    steps: dict[float, list[Batch]] = {}
    for batch in found:
        steps.setdefault(batch.step, []).append(batch)
    return [(step, _merged(of)) for step, of in sorted(steps.items())]


def _merged(found: Sequence[Batch]) -> dict[str, float]:
    keys = dict.fromkeys(key for batch in found for key in batch.values)
    merged = {key: _mean(found, key) for key in keys}
    timed = [batch.values for batch in found if batch.values.get("step_seconds") and "seconds" in batch.values]
    if timed:
        spent, passed = (math.fsum(values[key] for values in timed) for key in ("seconds", "step_seconds"))
        merged["time_percent"] = 100 * spent / passed
    for key in keys:
        if key.endswith("/informative"):
            merged[key.removesuffix("informative") + "alike"] = 1 - merged[key]
    return merged


def _mean(found: Iterable[Batch], key: str) -> float:
    """The mean by completion over the batches that have the number; one of unknown size counts as one."""
    weighed = [(batch.size or 1.0, batch.values[key]) for batch in found if key in batch.values]
    return math.fsum(size * value for size, value in weighed) / math.fsum(size for size, _ in weighed)


def names(found: Iterable[Batch], key: str) -> list[str]:
    """The rewards that have a number under the key in any batch, in their order."""
    ending = f"/{key}"
    keys = dict.fromkeys(name for batch in found for name in batch.values if name.endswith(ending))
    return [name.removeprefix("rewards/").removesuffix(ending) for name in keys if name.startswith("rewards/")]


def rates(found: Sequence[Batch]) -> list[Rate]:
    """What became of completions besides a value: only what ever happened, and the cuts by the length limit."""
    of = round(math.fsum(batch.size for batch in found))
    told = []
    for outcome in OUTCOMES:
        means = {name: _mean(found, f"rewards/{name}/{outcome}") for name in names(found, outcome)}
        rewards = tuple((name, max(round(mean * of), 1)) for name, mean in means.items() if mean)
        if rewards:
            mean, total = math.fsum(means.values()) / len(means), of * len(means)
            told.append(Rate(outcome, mean, sum(count for _, count in rewards), total, rewards))
    if any(batch.values.get("truncated") for batch in found):
        mean = _mean(found, "truncated")
        told.append(Rate("truncated", mean, max(round(mean * of), 1), of))
    return told


def speeds(found: Sequence[Batch]) -> list[Speed]:
    """How long each reward took per completion."""
    speeds = []
    for name in dict.fromkeys(names(found, "p50_ms") + names(found, "p95_ms")):
        lower, upper = (
            [batch.values[key] for batch in found if (key := f"rewards/{name}/{end}") in batch.values]
            for end in ("p50_ms", "p95_ms")
        )
        median, high = (statistics.median(times) if times else None for times in (lower, upper))
        speeds.append(Speed(name, median, high, max(upper, default=None)))
    return speeds


def cost(found: Sequence[Batch]) -> Cost | None:
    """What rewards and diagnostics cost in wall time; None where no batch was timed."""
    if not any("seconds" in batch.values for batch in found):
        return None
    timed = [batch for batch in found if batch.values.get("step_seconds")]
    whole = math.fsum(batch.values["step_seconds"] for batch in timed)

    def spent(key: str, over: Sequence[Batch]) -> float | None:
        times = [batch.values[key] for batch in over if key in batch.values]
        return math.fsum(times) if times else None

    part, extra = (spent(key, timed) for key in ("seconds", "diagnostics_seconds"))
    return Cost(
        rewards=spent("seconds", found) or 0.0,
        diagnostics=spent("diagnostics_seconds", found),
        share=None if part is None else part / whole,
        overhead=None if extra is None else extra / whole,
    )


def slowest(found: Iterable[Batch]) -> tuple[Batch, float] | None:
    """The batch with the slowest completion of all, and how long that took, in milliseconds."""
    timed = [(batch, took) for batch in found if (took := amount(batch.slowest.get("milliseconds"))) is not None]
    return max(timed, key=lambda pair: pair[1], default=None)


def kinds(found: Iterable[Batch], name: str) -> list[tuple[float, Counter[str]]]:
    """By step, how often a reward gave each kind of reason; steps at which it gave none are left out."""
    steps: dict[float, Counter[str]] = {}
    for batch in found:
        for kind, count in batch.reasons.get(name, {}).items():
            steps.setdefault(batch.step, Counter())[kind] += count
    return sorted(steps.items())
