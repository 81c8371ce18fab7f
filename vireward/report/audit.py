"""An audit as one self-contained page: what each attack gains, as a picture, and every finding with its completion."""

import importlib.util
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vireward.audit import Finding, Report, Trial
from vireward.audit.outputs import attack_rows, headline
from vireward.audit.trials import HONEST
from vireward.errors import MissingExtra
from vireward.report.amounts import short, signed
from vireward.report.texts import plain
from vireward.report.tinted import tinted

SCHEME = "group"  # the normalisation that the picture shows; TRL's default
BINS = 180  # places of a lane, so that a page of thousands of trials stays small
SHOWN = 40  # findings that are shown with their completion
KINDS = ("pays", "quiet", "right", "punished")  # of dots, in the order in which they are painted
NAMES = {"group": "by the group", "batch": "by the batch", "none": "not scaled", "gdpo": "each reward by itself (GDPO)"}


@dataclass(frozen=True, slots=True)
class Dot:
    """Completions of one family that got about the same advantage.

    Attributes:
        place: From the left end of the lane, in per cent.
        radius: In px, by the square root of their number.
        kind: One of `KINDS`.
        told: What a reader is told who points at it.
    """

    place: float
    radius: float
    kind: str
    told: str


@dataclass(frozen=True, slots=True)
class Lane:
    """All completions of a family, by their advantage."""

    family: str
    count: int
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """What attacks gain beside honest answers.

    Attributes:
        lanes: One for each family, the most paid first.
        ticks: Places of the axis in per cent, and what stands there.
        right: Where honest right answers are, from and to, in per cent.
        wrong: The same of honest wrong ones.
    """

    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    right: tuple[float, float]
    wrong: tuple[float, float]


def need() -> None:
    """Tell in one line what is missing, before any work.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    if importlib.util.find_spec("jinja2") is None:
        raise MissingExtra("the page needs jinja2; pip install jinja2")


def render(report: Report) -> str:
    """The page as HTML; everything that comes from the reward and its completions is escaped."""
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    page = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page.filters |= {say.__name__: say for say in (signed, short, plain)}
    page.globals |= {"tinted": lambda text: tinted(text, report.tags, 1_500), "names": NAMES}
    contents = {
        "report": report,
        "headline": headline(report),
        "picture": picture(report),
        "shown": report.findings[:SHOWN],
        "more": report.findings[SHOWN:],
        "attacks": attack_rows(report.trials),
        "facts": _facts(report),
    }
    return page.get_template("audit.html.j2").render(contents).strip() + "\n"


def picture(report: Report) -> Picture | None:
    """The distribution of advantages; None where nothing has one."""
    trials = [trial for trial in report.trials if trial.attack not in HONEST]
    if not trials:
        return None
    gains = [trial.advantages[SCHEME] for trial in trials]
    values = [value for gain in gains for value in (gain.attack, gain.right, gain.wrong)]
    low, high = min(values), max(values)
    room = (high - low) * 0.04 or 0.5
    low, high = low - room, high + room

    def place(value: float) -> float:
        return 100 * (value - low) / (high - low)

    kinds = _kinds(report.findings)
    families: dict[str, list[Trial]] = {}
    for trial in trials:
        families.setdefault(trial.family, []).append(trial)
    lanes = [_lane(family, those, kinds, place) for family, those in families.items()]
    ends = [
        (min(map(place, ends)), max(map(place, ends))) for ends in ([g.right for g in gains], [g.wrong for g in gains])
    ]
    ranked = sorted(lanes, key=lambda lane: -sum(dot.kind in ("pays", "punished") for dot in lane.dots))
    return Picture(tuple(ranked), tuple((place(tick), signed(tick, 1)) for tick in _ticks(low, high)), ends[0], ends[1])


def _kinds(findings: Iterable[Finding]) -> Mapping[tuple[str, str], str]:
    """What breaks a rule, by attack and variant."""
    told = {"exploit": "pays", "punished": "punished"}
    return {
        (finding.attack, variant): told[finding.rule.kind]
        for finding in findings
        if finding.rule.kind in told
        for variant in finding.variants
    }


def _lane(
    family: str, trials: Sequence[Trial], kinds: Mapping[tuple[str, str], str], place: Callable[[float], float]
) -> Lane:
    counted: Counter[tuple[int, str]] = Counter()
    for trial in trials:
        at = round(place(trial.advantages[SCHEME].attack) / 100 * BINS)
        counted[at, kinds.get((trial.attack, trial.variant), "right" if trial.right else "quiet")] += 1
    dots = [
        Dot(
            place=round(100 * at / BINS, 2),
            radius=round(min(2.6 + 0.75 * math.sqrt(count), 11), 1),
            kind=kind,
            told=f"{count} completion{'s' * (count != 1)}",
        )
        for (at, kind), count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]
    return Lane(family, len(trials), tuple(dots))


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two ends, some five of them."""
    rough = (high - low) / 5
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    return [step * number for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _facts(report: Report) -> list[tuple[str, str]]:
    from vireward import __version__

    group = report.group
    return [
        ("reward", report.reward),
        ("answer format", repr(report.tags)),
        ("number style", report.style),
        ("golds", "; ".join(report.golds)),
        (
            "group",
            f"{group.size}: the attack, {group.right} right ones, {group.size - 1 - group.right} wrong ones",
        ),
        ("batch", f"{group.prompts} prompts"),
        ("completions tried", short(len(report.trials))),
        ("vireward", __version__),
    ]
