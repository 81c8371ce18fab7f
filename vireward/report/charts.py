"""Learning curves: from the trainer's log to inline SVG.

The text of a chart stays text, and every colour comes from the page's style sheet.
"""

import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vireward.report.amounts import number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that no chart would pick by chance stand for what the style sheet decides, so that light, dark and paper
# each get their own. Plain black would not do: matplotlib leaves it out of the text it writes.
INK, RULE, CURVE = "#010203", "#020304", "#030405"
PAINT = {INK: "currentColor", RULE: "var(--rule)", CURVE: "var(--curve)"}

Timeline = list[tuple[float, dict[str, float]]]
Wanted = tuple[str, str, str, bool, str]  # key in the log, name, unit, whether a share in [0, 1], what it means

SIGNALS: tuple[Wanted, ...] = (
    ("completions/mean_length", "Completion length", "tokens, mean", False, "how much the model writes"),
    ("completions/clipped_ratio", "Cut off", "% of completions", True, "stopped by the length limit"),
)
ALIKE: tuple[Wanted, ...] = (("frac_reward_zero_std", "Total reward", "% of groups", True, ""),)
OPTIMISER: tuple[Wanted, ...] = (
    ("loss", "Loss", "GRPO objective", False, "near zero by design"),
    ("kl", "KL divergence", "nats per token, mean", False, "from the reference model"),
    ("grad_norm", "Gradient norm", "L2, before clipping", False, ""),
    ("learning_rate", "Learning rate", "per step", False, ""),
)
TIME: tuple[Wanted, ...] = (("time_percent", "Time in rewards", "% of the step's wall time", False, ""),)
WARMUP: tuple[Wanted, ...] = (("loss", "Warm-up loss", "nats per token, mean", False, "before GRPO"),)

DOTS, BENDS = 160, 400  # raw values and points of the line per chart, at most; a page of a long run stays small
LEFT, RIGHT, TOP, BOTTOM = 46.0, 10.0, 30.0, 41.0  # margins in px, the same in every chart so that their axes align


@dataclass(frozen=True, slots=True)
class Curve:
    """One logged quantity over a run.

    Args:
        name: What it is called on the page.
        unit: What the vertical axis counts.
        steps: Optimizer updates at which it was logged, rising.
        values: One finite value per step.
        spread: One standard deviation per step, None where it was not logged; empty for a curve without a band.
        share: Whether the values are shares in [0, 1], drawn as per cent.
        floor: Whether the axis begins at 0, so that a small value looks small.
        note: What it means, for a reader who has not met it.
    """

    name: str
    unit: str
    steps: tuple[float, ...]
    values: tuple[float, ...]
    spread: tuple[float | None, ...] = ()
    share: bool = False
    floor: bool = False
    note: str = ""

    @property
    def reach(self) -> int:
        """How many logged values on either side the line averages over: a twentieth of the run, 12 at most.

        Without a limit, the steep first steps of a long run would vanish in their own mean.
        """
        return min(len(self.values) // 20, 12)

    @property
    def line(self) -> list[float]:
        """The smoothed values; the first and the last are what the page quotes as start and end."""
        return smooth(self.values, self.reach)


def smooth(values: Sequence[float], reach: int) -> list[float]:
    """The mean of each value and its `reach` neighbours on either side, of fewer at the two ends."""
    windows = (values[max(i - reach, 0) : i + reach + 1] for i in range(len(values)))
    return [math.fsum(window) / len(window) for window in windows]


def timeline(rows: Iterable[Mapping[str, object]]) -> Timeline:
    """The log by step: (step, what was logged there), rising, numbers only.

    What was logged last counts: a resumed run repeats the steps after its checkpoint. A line without a step is passed
    over.
    """
    log: dict[float, dict[str, float]] = {}
    for row in rows:
        if (step := number(row.get("step"))) is not None:
            numbers = {key: number(value) for key, value in row.items()}
            log.setdefault(step, {}).update((key, value) for key, value in numbers.items() if value is not None)
    return sorted(log.items())


def curves(log: Timeline, wanted: Iterable[Wanted]) -> list[Curve]:
    """Those of the wanted quantities that were logged at all."""
    found = []
    for key, name, unit, share, note in wanted:
        logged = [(step, values[key]) for step, values in log if key in values]
        if logged:
            steps, values = zip(*logged, strict=True)
            found.append(Curve(name, unit, steps, values, share=share, note=note))
    return found


def total(log: Timeline) -> Curve | None:
    """The total reward, with the standard deviation that the trainer logs beside it."""
    found = curves(log, [("reward", "Total reward", "points, mean per completion", False, "")])
    return _banded(log, found[0], "reward", "reward_std") if found else None


def parts(log: Timeline) -> list[Curve]:
    """The mean and the standard deviation of each reward, under its own name, in the order of the log."""
    means = each(log, "mean", "points, mean")
    return [_banded(log, curve, f"rewards/{curve.name}/mean", f"rewards/{curve.name}/std") for curve in means]


def each(log: Timeline, ending: str, unit: str, *, share: bool = False) -> list[Curve]:
    """One quantity of each reward, under the reward's name, in the order of the log."""
    rule = re.compile(f"rewards/(.+)/{ending}", re.DOTALL)
    keys = dict.fromkeys(key for _, values in log for key in values)
    names = [(key, match[1]) for key in keys if (match := rule.fullmatch(key))]
    return curves(log, [(key, name, unit, share, "") for key, name in names])


def _banded(log: Timeline, curve: Curve, mean: str, spread: str) -> Curve:
    return replace(curve, spread=tuple(values.get(spread) for _, values in log if mean in values))


def draw(curve: Curve, width: int = 480, height: int = 230) -> str:
    """The curve as one `<svg>` element, `width` × `height` px; the same curve gives the same text."""
    salt = ascii((curve.name, curve.unit, width))  # ids differ between charts; a name may hold half a surrogate pair

    def fill(axes: "Axes") -> None:
        _scale(axes, curve)
        _trace(axes, curve)

    return framed(fill, curve.unit, _said(curve), salt, (width, height), share=curve.share)


def framed(
    fill: "Callable[[Axes], None]",
    unit: str,
    said: str,
    salt: str,
    size: tuple[int, int],
    *,
    share: bool,
    paint: Mapping[str, str] = PAINT,
) -> str:
    """A chart over the steps as one `<svg>` element.

    Args:
        fill: Draws the data.
        unit: What the vertical axis counts.
        said: The chart in one sentence, for a reader who does not see it.
        salt: What no other chart of the page has; ids are made of it.
        size: Width and height in px.
        share: Whether the vertical axis shows shares in [0, 1] as per cent.
        paint: For each stand-in colour what the style sheet is to put there.
    """
    import matplotlib
    from matplotlib.figure import Figure

    width, height = size
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a person's matplotlibrc does not change the page
        matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": salt, "font.size": 11, "text.color": INK})
        figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        across, up = (width - LEFT - RIGHT) / width, (height - TOP - BOTTOM) / height
        axes = figure.add_axes((LEFT / width, BOTTOM / height, across, up))
        figure.text(2 / width, 1 - 12 / height, unit, color=INK)
        _frame(axes, share=share)
        fill(axes)
        return _inline(figure, said, paint)


def _frame(axes: "Axes", *, share: bool) -> None:
    """Grid, ticks and the label of the horizontal axis."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_axisbelow(True)
    axes.grid(axis="y", color=RULE, linewidth=1)
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.tick_params(length=0, pad=6, labelcolor=INK)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10], integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: short(x)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: short(100 * y) if share else short(y)))
    axes.set_xlabel("training step", loc="right", labelpad=7, color=INK)
    axes.margins(x=0.015)


def _scale(axes: "Axes", curve: Curve) -> None:
    """The range of the vertical axis, where the data should not decide it."""
    if curve.share:
        axes.set_ylim(-0.03, 1.03)
    elif curve.floor:
        axes.set_ylim(0, 1.1 * max(curve.values) or 1.0)
    elif len(set(curve.values)) == 1 and not any(curve.spread):  # else the axis would magnify nothing
        only, room = curve.values[0], abs(curve.values[0]) or 1.0
        axes.set_ylim(only - room, only + room)


def _trace(axes: "Axes", curve: Curve) -> None:
    """Band, dots and line, from back to front."""
    line = curve.line
    banded = [i for i, spread in enumerate(curve.spread) if spread is not None]
    if banded:
        widths = smooth([curve.spread[i] or 0.0 for i in banded], curve.reach)
        edges = [(curve.steps[i], line[i] - width, line[i] + width) for i, width in zip(banded, widths, strict=True)]
        steps, low, high = zip(*_thin(edges), strict=True)
        axes.fill_between(steps, low, high, color=CURVE, alpha=0.13, linewidth=0)
        if len(steps) == 1:  # a band needs two ends
            axes.vlines(steps, low, high, color=CURVE, alpha=0.25, linewidth=2)
    every = math.ceil(len(curve.values) / DOTS)
    size, alpha = (5.0, 1.0) if len(curve.values) < 20 else (3.2, 0.4)  # few values are no noise to look through
    dots, heights = curve.steps[::every], curve.values[::every]
    axes.plot(dots, heights, "o", color=CURVE, markersize=size, markeredgewidth=0, alpha=alpha)
    axes.plot(*zip(*_thin(list(zip(curve.steps, line, strict=True))), strict=True), color=CURVE, linewidth=2)


def _thin(path: Sequence[tuple[float, ...]]) -> Sequence[tuple[float, ...]]:
    """Every so many-th point, and the last."""
    every = math.ceil(len(path) / BENDS)
    return [*path[:-1:every], path[-1]]


def _said(curve: Curve) -> str:
    """The curve in one sentence, for a reader who does not see it."""
    line = curve.line
    factor = 100 if curve.share else 1
    return (
        f"line chart, {curve.unit} from {short(factor * line[0])} at step {short(curve.steps[0])} "
        f"to {short(factor * line[-1])} at step {short(curve.steps[-1])}"
    )


def _inline(figure: "Figure", label: str, paint: Mapping[str, str]) -> str:
    """The figure's SVG without what belongs to a file of its own: prolog, metadata, size, global style, fonts, ids."""
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    box = re.search(r'viewBox="[^"]*"', svg)
    opening = f'<svg class="chart" role="img" aria-label="{label}" {box.group() if box else ""}>'
    svg = re.sub(r"<svg[^>]*>", lambda _: opening, svg, count=1)
    # Every chart numbers its groups from 1, and nothing refers to them; what is referred to is hashed with the salt.
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r' font-family: [^;"]*;?| transform="rotate\(-0 [^"]*"', "", svg)
    # A hundredth of a pixel is enough, and a third of the size.
    svg = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path.group()), svg)
    for colour, painted in paint.items():
        svg = svg.replace(colour, painted)
    return re.sub(r"\s+", " ", svg).replace("> <", "><")
