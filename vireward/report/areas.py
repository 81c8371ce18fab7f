"""Stacked areas: how the kinds of a reward's reasons share the completions, step by step."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vireward.report.amounts import short
from vireward.report.charts import PAINT, framed, smooth

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 5  # kinds that get an area of their own; the others share one
POINTS = 150  # of each edge, at most: a page of a long run stays small
GAP = "#040506"  # stands for the paper between two areas
AREAS = ("#050607", "#060708", "#070809", "#08090a", "#090a0b", "#0a0b0c")
PAINTED = PAINT | {GAP: "var(--paper)"} | {area: f"var(--kind-{i})" for i, area in enumerate(AREAS)}


@dataclass(frozen=True, slots=True)
class Stack:
    """The kinds of a reward's reasons over a run.

    Args:
        name: The reward.
        steps: Optimizer updates, rising.
        kinds: What the areas stand for, the most frequent kind first; None stands for all the kinds that are not named.
        shares: For each kind one share in [0, 1] per step; at each step they add up to 1.
    """

    name: str
    steps: tuple[float, ...]
    kinds: tuple[str | None, ...]
    shares: tuple[tuple[float, ...], ...]

    @property
    def legend(self) -> list[tuple[str | None, float, float]]:
        """Each kind with its share at the start and at the end, both smoothed as in a curve."""
        reach = min(len(self.steps) // 20, 12)
        lines = [smooth(shares, reach) for shares in self.shares]
        return [(kind, line[0], line[-1]) for kind, line in zip(self.kinds, lines, strict=True)]


def stack(name: str, counted: Sequence[tuple[float, Counter[str]]]) -> Stack | None:
    """The areas of what was counted by step: steps in a row are put together where there are too many to be seen."""
    whole = sum((Counter(counts) for _, counts in counted), Counter[str]())
    if not whole:
        return None
    ranked = sorted(whole, key=lambda kind: (-whole[kind], kind))
    named = ranked[:NAMED]
    every = math.ceil(len(counted) / POINTS)
    bins = [counted[i : i + every] for i in range(0, len(counted), every)]
    columns = [_shares((counts for _, counts in steps), named) for steps in bins]
    middles = [steps[len(steps) // 2][0] for steps in bins]
    return Stack(
        name=name,
        steps=(counted[0][0], *middles[1:-1], counted[-1][0])[: len(bins)],  # from end to end, as in a curve
        kinds=(*named, *([None] if len(ranked) > NAMED else [])),
        shares=tuple(zip(*columns, strict=True))[: len(ranked)],
    )


def _shares(counted: Iterable[Counter[str]], named: Sequence[str]) -> tuple[float, ...]:
    """The share of each named kind, and of all the others."""
    whole = sum(counted, Counter[str]())
    of = math.fsum(whole.values())
    parts = [whole[kind] for kind in named]
    others = math.fsum(count for kind, count in whole.items() if kind not in set(named))
    return tuple(part / of for part in (*parts, others))


def draw_areas(stack: Stack, width: int = 480, height: int = 230) -> str:
    """The areas as one `<svg>` element, the most frequent kind on top; the same stack gives the same text."""
    said = (
        f"stacked areas, {len(stack.kinds)} kinds of reasons as % of completions, "
        f"step {short(stack.steps[0])} to {short(stack.steps[-1])}; their shares stand in the legend"
    )
    salt = ascii(("reasons", stack.name, width))  # ids differ between charts

    def fill(axes: "Axes") -> None:
        _fill(axes, stack)

    return framed(fill, "% of completions", said, salt, (width, height), share=True, paint=PAINTED)


def _fill(axes: "Axes", stack: Stack) -> None:
    """The areas from the top down, a thin line of paper between them."""
    steps, shares = stack.steps, stack.shares
    if len(steps) == 1:  # an area needs two ends
        steps, shares = (steps[0] - 0.5, steps[0] + 0.5), tuple((only, only) for (only,) in shares)
    top = [1.0] * len(steps)
    for place, kind in enumerate(shares):
        bottom = [max(high - part, 0.0) for high, part in zip(top, kind, strict=True)]
        colour = AREAS[place if stack.kinds[place] is not None else NAMED]
        axes.fill_between(steps, bottom, top, facecolor=colour, edgecolor=GAP, linewidth=0.8)
        top = bottom
    axes.set_ylim(0, 1)
    axes.margins(x=0)
