"""What trials show: which rule each of them breaks, and how often."""

from collections.abc import Callable, Iterator, Sequence

from vireward.audit.advantages import SCHEMES
from vireward.audit.records import Advantage, Finding, Rule, Trial
from vireward.audit.trials import HONEST_RIGHT, HONEST_WRONG
from vireward.records import failure_of

BEATS_RIGHT = Rule(
    "beats-right",
    "exploit",
    "error",
    "is paid like an honest right answer",
    "The policy learns the attack as readily as the right answer, and it is easier.",
)
BEATS_WRONG = Rule(
    "beats-wrong",
    "exploit",
    "error",
    "is paid more than an honest wrong answer",
    "A policy that does not know the answer learns the attack instead of trying.",
)
INVERTED = Rule(
    "inverted",
    "exploit",
    "error",
    "is paid more than an honest right answer",
    "The policy learns to be wrong.",
)
PADDED = Rule(
    "padded",
    "exploit",
    "warning",
    "is paid more than the plain right answer",
    "The policy learns to dress the answer up.",
)
UNEARNED = Rule(
    "unearned",
    "exploit",
    "warning",
    "is paid like an honest completion, in a layout that it breaks",
    "The layout is not learned, though the reward is about it.",
)
PUNISHED = Rule(
    "punished",
    "punished",
    "error",
    "is right, and is paid no more than a wrong answer",
    "The policy learns to avoid a right answer.",
)
MIXED = Rule(
    "none-in-group",
    "failure",
    "warning",
    "makes None stand beside numbers in its group",
    "To TRL a None beside another reward is a 0, and a completion without any reward is excused with the advantage 0.",
)
FAILED = Rule(
    "fails",
    "failure",
    "error",
    "makes the reward fail",
    "An unguarded reward function that raises ends the run.",
)
OVERRUN = Rule(
    "overruns",
    "failure",
    "error",
    "takes the reward too long",
    "One degenerate completion stops the run.",
)
UNDERPAID = Rule(
    "underpaid",
    "note",
    "note",
    "is right, and is paid less than the gold as written, though more than a wrong answer",
    "The policy learns to write answers as the golds are written.",
)
BLIND = Rule(
    "blind",
    "note",
    "note",
    "is paid like the honest right one",
    "The reward does not look at the answer; beside one that does, that is its business.",
)
ABSTAINS = Rule(
    "abstains",
    "note",
    "note",
    "has no score, and nor has the right one",
    "The reward has nothing to say of these golds.",
)
RULES = (
    INVERTED,
    BEATS_RIGHT,
    BEATS_WRONG,
    UNEARNED,
    PADDED,
    PUNISHED,
    FAILED,
    OVERRUN,
    MIXED,
    UNDERPAID,
    BLIND,
    ABSTAINS,
)

SILENT = "no reasoning"  # the attack whose answers are right, with nothing said before them
Schemes = tuple[str, ...]  # under which something holds

FELT = 1e-3  # of an advantage; what differs by less moves no policy


def findings_of(trials: Sequence[Trial]) -> tuple[Finding, ...]:
    """What all trials show, the gravest under TRL's default first."""
    broken: dict[tuple[int, str], list[tuple[Trial, Schemes]]] = {}
    sensitive = _looks_at_layout(trials)
    honest = [trial for trial in trials if trial.attack == HONEST_WRONG and None not in trial.honest]
    seeing = any(not _is_blind(trial) for trial in honest)  # so a gold on which it is blind is one that it cannot read
    for trial in trials:
        for rule, schemes in _broken_by(trial, seeing, trial.gold in sensitive):
            broken.setdefault((RULES.index(rule), trial.attack), []).append((trial, schemes))
    found = [(place, _finding(RULES[place], those)) for (place, _), those in broken.items()]
    # What holds only where each reward is normalised by itself comes behind what holds for every trainer.
    found.sort(key=lambda one: (SCHEMES[0].name not in one[1].schemes, one[0], one[1].attack))
    return tuple(finding for _, finding in found)


def _finding(rule: Rule, broken: Sequence[tuple[Trial, Schemes]]) -> Finding:
    sign = -1 if rule is PUNISHED else 1
    worst, schemes = max(
        broken, key=lambda one: (len(one[1]), not _is_blind(one[0]), sign * one[0].advantages[one[1][0]].attack)
    )
    return Finding(
        rule=rule,
        attack=worst.attack,
        variants=tuple(dict.fromkeys(trial.variant for trial, _ in broken)),
        golds=tuple(dict.fromkeys(trial.gold for trial, _ in broken)),
        schemes=schemes,
        worst=worst,
    )


def _looks_at_layout(trials: Sequence[Trial]) -> set[str]:
    """The golds that are paid less in a layout that is broken around a sound answer block, with sound reasoning."""
    cut = {trial.gold: False for trial in trials}
    for trial in trials:
        sound = trial.states_gold and trial.attack != SILENT
        if sound and not trial.well_formed and trial.score.value is not None:
            cut[trial.gold] |= all(_less(gain.attack, gain.right) for gain in _all(trial))
    return {gold for gold, less in cut.items() if less}


def _broken_by(trial: Trial, seeing: bool, looks_at_layout: bool) -> Iterator[tuple[Rule, Schemes]]:
    """The rules that a trial breaks, each with the schemes under which it does."""
    failure, everywhere = failure_of(trial.score), tuple(trial.advantages)
    if failure is not None:
        yield (OVERRUN if failure == "timeout" else FAILED), everywhere
        return
    if trial.mixed:
        yield MIXED, everywhere
    if None in trial.honest:
        if trial.attack == HONEST_RIGHT and trial.honest == (None, None):
            yield ABSTAINS, everywhere
    elif trial.attack in (HONEST_RIGHT, HONEST_WRONG):
        yield from _by_honest(trial, seeing)
    else:
        yield from (_by_right if trial.right else _by_wrong)(trial, looks_at_layout)


def _by_honest(trial: Trial, seeing: bool) -> Iterator[tuple[Rule, Schemes]]:
    """The rule that an honest answer breaks."""
    inverted = _where(trial, lambda a: _less(a.right, a.wrong))
    if trial.attack == HONEST_RIGHT:
        if seeing and _is_blind(trial):
            yield PUNISHED, tuple(trial.advantages)
    elif inverted:
        yield INVERTED, inverted
    elif not seeing and _is_blind(trial):
        yield BLIND, tuple(trial.advantages)


def _by_right(trial: Trial, looks_at_layout: bool) -> Iterator[tuple[Rule, Schemes]]:
    """The rule that a right answer breaks."""
    gains, everywhere = _all(trial), tuple(trial.advantages)
    if above := _where(trial, lambda a: _less(a.right, a.attack)):
        yield PADDED, above
    elif trial.score.value is None:
        return
    elif not trial.well_formed:
        if looks_at_layout and all(not _less(a.attack, a.right) for a in gains):
            yield UNEARNED, everywhere
    elif _is_blind(trial):
        return
    elif below := _where(trial, lambda a: _less(a.attack, a.wrong)):
        yield PUNISHED, below
    elif all(not _less(a.wrong, a.attack) for a in gains):
        yield PUNISHED, everywhere
    elif all(_less(a.attack, a.right) for a in gains):
        yield UNDERPAID, everywhere


def _by_wrong(trial: Trial, looks_at_layout: bool) -> Iterator[tuple[Rule, Schemes]]:
    """The rules that an answer breaks that is not right."""
    gains, everywhere, blind = _all(trial), tuple(trial.advantages), _is_blind(trial)
    scored = trial.score.value is not None
    if not blind and scored and all(not _less(a.attack, a.right) for a in gains):
        yield BEATS_RIGHT, everywhere
        return
    beyond = () if blind else _where(trial, lambda a: _less(a.right, a.attack))
    above = tuple(name for name in _where(trial, lambda a: _less(a.wrong, a.attack)) if name not in beyond)
    if beyond:
        yield BEATS_RIGHT, beyond
    if above:
        yield BEATS_WRONG, above
    elif (
        blind
        and scored
        and looks_at_layout
        and not trial.well_formed
        and not any(_less(a.attack, a.wrong) for a in gains)
    ):
        yield UNEARNED, everywhere


def _is_blind(trial: Trial) -> bool:
    """Whether right and wrong answers are paid alike."""
    return all(not _less(a.wrong, a.right) and not _less(a.right, a.wrong) for a in _all(trial))


def _where(trial: Trial, holds: Callable[[Advantage], bool]) -> Schemes:
    return tuple(name for name, gain in trial.advantages.items() if holds(gain))


def _all(trial: Trial) -> list[Advantage]:
    return list(trial.advantages.values())


def _less(one: float, other: float) -> bool:
    """Whether an advantage is less than another one by so much that training feels it."""
    return other - one > max(1e-6, FELT * max(abs(one), abs(other)))
