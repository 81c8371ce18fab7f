"""What the page says: figures, sentences, curves and samples, taken from the files of one run."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from vireward.report.amounts import duration, number, percent, points, short, signed
from vireward.report.areas import draw_areas, stack
from vireward.report.charts import (
    ALIKE,
    OPTIMISER,
    SIGNALS,
    TIME,
    WARMUP,
    Curve,
    curves,
    draw,
    each,
    parts,
    timeline,
    total,
)
from vireward.report.diagnostics import OUTCOMES, amount, batches, by_step, cost, kinds, names, rates, slowest, speeds
from vireward.report.examples import choose, paired
from vireward.report.texts import plain
from vireward.report.tinted import tag_format, tinted

Row = Mapping[str, object]

Z = 1.959963984540054  # 97.5 % quantile of the standard normal distribution: two-sided 95 %
STACKS = 16  # rewards whose reasons are drawn, at most


@dataclass(frozen=True, slots=True)
class Run:
    """The files of a run, read and not yet judged; `skipped` counts unreadable lines per file."""

    name: str
    summary: Row = field(default_factory=dict)
    metrics: Sequence[Row] = ()
    warmup: Sequence[Row] = ()
    evaluation: Sequence[Row] = ()
    diagnostics: Sequence[Row] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of` held-out problems, 0 <= count <= of, of > 0."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share in [0, 1]."""
        return self.count / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval.

        Source: Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953.
        """
        p, n = self.value, self.of
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        return max(middle - half, 0.0), min(middle + half, 1.0)


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table: shares of the problems, or mean points per completion."""

    name: str
    before: Share | float | None
    after: Share | float | None
    part: bool = False  # one reward of several

    @property
    def share(self) -> bool:
        """Whether it counts problems, not points."""
        return isinstance(self.before, Share) or isinstance(self.after, Share)

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """Before and after as numbers: shares in [0, 1], or points."""
        before, after = (end.value if isinstance(end, Share) else end for end in (self.before, self.after))
        return before, after

    @property
    def change(self) -> float | None:
        """After minus before; None unless both were measured."""
        return None if self.ends[0] is None or self.ends[1] is None else self.ends[1] - self.ends[0]

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the change of a share, as if the two evaluations were independent.

        They ask the same problems, so that the true interval is, as a rule, narrower.
        Source: Newcombe (1998), method 10, from the two Wilson intervals.
        """
        if not isinstance(self.before, Share) or not isinstance(self.after, Share):
            return None
        (low1, high1), (low2, high2) = self.before.interval, self.after.interval
        p1, p2 = self.before.value, self.after.value
        return p2 - p1 - math.hypot(p2 - low2, high1 - p1), p2 - p1 + math.hypot(high2 - p2, p1 - low1)


def render(run: Run) -> str:
    """The page as HTML; everything that comes from the files is escaped."""
    import jinja2
    from markupsafe import Markup

    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    page = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page.filters |= {say.__name__: say for say in (percent, points, signed, duration, short, plain, amount)}
    tags = tag_format(run.summary.get("tags"))
    drawn = {
        "draw": lambda *sizes: Markup(draw(*sizes)),
        "draw_areas": lambda stack: Markup(draw_areas(stack)),
        "tinted": lambda text, limit: tinted(text, tags, limit),
    }
    return page.get_template("page.html.j2").render(_contents(run) | _scoring(run) | drawn).strip() + "\n"


def _contents(run: Run) -> dict[str, object]:
    """What the template fills in, but for the diagnostics."""
    measures, examples, log = _measures(run.summary), paired(run.evaluation), timeline(run.metrics)
    ends = [end for measure in measures for end in (measure.before, measure.after) if isinstance(end, float)]
    return {
        "run": run,
        "steps": number(run.summary.get("steps")),
        "seconds": number(run.summary.get("seconds")),
        "headline": _headline(run, measures, total(log)),
        "remarks": _remarks(run, measures),
        "measures": measures,
        "span": (min([0.0, *ends]), max([0.0, *ends])),
        "became": Counter(example.kind for example in examples),
        "examples": choose(examples),
        "total": total(log),
        "signals": curves(log, SIGNALS),
        "optimiser": curves(timeline(run.warmup), WARMUP) + curves(log, OPTIMISER),
        "facts": _facts(run.summary),
    }


def _scoring(run: Run) -> dict[str, object]:
    """What the template fills in of the diagnostics; the means of rewards come from the trainer's log without them."""
    found, logged = batches(run.diagnostics), timeline(run.metrics)
    log = by_step(found)
    told = {curve.name: curve for curve in parts(log)}
    stacks = [stack(name, kinds(found, name)) for name in dict.fromkeys(name for one in found for name in one.reasons)]
    drawn = [one for one in stacks if one is not None]
    return {
        "batches": found,
        "parts": [told.pop(curve.name, curve) for curve in parts(logged)] + list(told.values()),
        "alike": curves(logged, ALIKE) + each(log, "alike", "% of groups", share=True),
        "stacks": drawn[:STACKS],
        "more_stacks": len(drawn[STACKS:]),
        "rates": rates(found),
        "judged": any(names(found, outcome) for outcome in OUTCOMES),
        "limited": any("truncated" in batch.values for batch in found),
        "cost": cost(found),
        "spent": [replace(curve, floor=True) for curve in curves(log, TIME)],
        "speeds": speeds(found),
        "slowest": slowest(found),
    }


def _mapping(value: object) -> Row:
    """The value if it is an object of the JSON file, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _measures(summary: Row) -> list[Measure]:
    """The lines of the table, most telling first; without any evaluation, none."""
    before, after = _mapping(summary.get("before")), _mapping(summary.get("after"))
    old, new = _mapping(before.get("rewards")), _mapping(after.get("rewards"))
    found = [
        Measure("Right answers", _share(before, "right"), _share(after, "right")),
        Measure("Right format", _share(before, "format"), _share(after, "format")),
        Measure("Reward", number(before.get("reward")), number(after.get("reward"))),
        *(Measure(name, number(old.get(name)), number(new.get(name)), part=True) for name in {**new, **old}),
    ]
    return [measure for measure in found if measure.before is not None or measure.after is not None]


def _share(phase: Row, key: str) -> Share | None:
    """The share of problems counted under `key`; None unless both counts make sense."""
    count, of = number(phase.get(key)), number(phase.get("problems"))
    return Share(int(count), int(of)) if count is not None and of and 0 <= count <= of else None


def _headline(run: Run, measures: list[Measure], reward: Curve | None) -> str:
    """What happened, in one sentence."""
    told = {measure.name: measure for measure in measures if not measure.part}
    right, paid = told.get("Right answers"), told.get("Reward")
    if right and isinstance(right.before, Share) and isinstance(right.after, Share):
        of = f"{short(right.after.of)} " if right.before.of == right.after.of else ""
        tail = (
            f"; mean reward {_moved(*map(points, paid.ends))}".replace("went ", "")
            if paid and paid.change is not None
            else ""
        )
        digits = int(right.before != right.after and percent(right.before.value) == percent(right.after.value))
        moved = _moved(percent(right.before.value, digits), percent(right.after.value, digits))
        return f"Right answers on {of}held-out problems {moved}{tail}."
    if reward is None:
        return "Nothing was logged yet." if not measures else "One evaluation, and no training step logged yet."
    last, planned = reward.steps[-1], number(run.summary.get("steps"))
    where = f"{short(last)} of {short(planned)}" if planned and planned > last else short(last)
    moved = _moved(points(reward.line[0]), points(reward.line[-1]))
    return f"Up to step {where}, mean reward on training problems {moved}."


def _moved(old: str, new: str) -> str:
    """From one figure to another, in words."""
    return f"stayed at {old}" if old == new else f"went from {old} to {new}"


def _remarks(run: Run, measures: list[Measure]) -> list[str]:
    """What a reader must know before believing the headline."""
    found = []
    if measures and (interval := measures[0].interval) and interval[0] <= 0 <= interval[1]:
        found.append(
            "With this many problems, the change in right answers may be chance: its 95 % interval includes 0."
        )
    if not run.summary.get("after"):
        found.append("There is no evaluation after training: the run was interrupted, or is still going.")
    if run.summary.get("tags") is not None and tag_format(run.summary["tags"]) is None:
        found.append("The tags of the summary make no answer format: completions are coloured by the default one.")
    return found + [f"Unreadable lines of {file}, left out: {lines}." for file, lines in run.skipped.items()]


def _facts(summary: Row) -> list[tuple[str, list[tuple[str, str]]]]:
    """The conditions of the run, by group; a group without facts is left out."""
    run = [(key, summary[key]) for key in ("preset", "model", "generation", "seed", "steps") if key in summary]
    data = _mapping(summary.get("data"))
    dropped = [(f"dropped: {why}", count) for why, count in _mapping(data.get("dropped")).items()]
    times = {**_mapping(summary.get("timing")), "whole run": summary.get("seconds")}
    groups: dict[str, list[tuple[str, object]]] = {
        "Run": run,
        "Data": [*((key.replace("_", " "), value) for key, value in data.items() if key != "dropped"), *dropped],
        "Time": [(key.replace("_", " "), duration(value)) for key, value in times.items() if number(value) is not None],
        "Versions": list(_mapping(summary.get("versions")).items()),
        "Settings": list(_mapping(summary.get("settings")).items()),
    }
    return [(name, [(plain(key), plain(value)) for key, value in facts]) for name, facts in groups.items() if facts]
