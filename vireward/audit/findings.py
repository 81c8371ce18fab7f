"""What trials show: which rule each of them breaks, and how often."""

from collections.abc import Iterable, Mapping, Sequence

from vireward.audit.records import Advantage, Finding, Rule, Trial
from vireward.audit.trials import HONEST
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

FELT = 1e-3  # of an advantage; what differs by less moves no policy
BARE = "no tags"  # the attack whose completions are right and have no layout at all


def findings_of(trials: Sequence[Trial]) -> tuple[Finding, ...]:
    """What all trials show, the gravest first."""
    broken: dict[tuple[int, str], list[Trial]] = {}
    sensitive = _looks_at_layout(trials)
    honest = [trial for trial in trials if trial.attack == HONEST and None not in trial.honest]
    seeing = any(not _is_blind(trial) for trial in honest)  # so a gold on which it is blind is one that it cannot read
    for trial in trials:
        for rule in _broken_by(trial, trial.gold in sensitive):
            rule = PUNISHED if rule is BLIND and seeing else rule
            broken.setdefault((RULES.index(rule), trial.attack), []).append(trial)
    return tuple(_finding(RULES[place], those) for (place, _), those in sorted(broken.items(), key=lambda one: one[0]))


def _finding(rule: Rule, trials: Sequence[Trial]) -> Finding:
    sign = -1 if rule is PUNISHED else 1
    worst = max(trials, key=lambda trial: (not _is_blind(trial), sign * trial.advantages["group"].attack))
    variants = dict.fromkeys(trial.variant for trial in trials)
    return Finding(rule, worst.attack, tuple(variants), tuple(dict.fromkeys(trial.gold for trial in trials)), worst)


def _looks_at_layout(trials: Iterable[Trial]) -> set[str]:
    """The golds whose bare mention, in no layout, is paid less than the gold in its block."""
    bare: dict[str, bool] = {}
    for trial in trials:
        if trial.attack == BARE and not trial.well_formed:
            less = trial.score.value is not None and all(_less(a.attack, a.right) for a in _all(trial))
            bare[trial.gold] = bare.get(trial.gold, True) and less
    return {gold for gold, less in bare.items() if less}


def _broken_by(trial: Trial, looks_at_layout: bool) -> list[Rule]:
    failure = failure_of(trial.score)
    if failure is not None:
        return [OVERRUN if failure == "timeout" else FAILED]
    found = [MIXED] if trial.mixed else []
    if None in trial.honest:
        both = trial.score.value is None and trial.honest == (None, None)
        return found + ([ABSTAINS] if trial.attack == HONEST and both else [])
    if trial.attack == HONEST:
        return found + _of_honest(trial)
    broken = (_of_right if trial.right else _of_wrong)(trial, looks_at_layout)
    return found + ([broken] if broken is not None else [])


def _of_honest(trial: Trial) -> list[Rule]:
    if any(_less(a.right, a.wrong) for a in _all(trial)):
        return [INVERTED]
    return [BLIND] if _is_blind(trial) else []


def _of_right(trial: Trial, looks_at_layout: bool) -> Rule | None:
    """The rule that a right answer breaks."""
    gains = _all(trial)
    if any(_less(a.right, a.attack) for a in gains):
        return PADDED
    if not trial.well_formed:
        like_honest = all(not _less(a.attack, a.right) for a in gains)
        return UNEARNED if looks_at_layout and like_honest else None
    if _is_blind(trial):
        return None
    if any(_less(a.attack, a.wrong) for a in gains) or all(not _less(a.wrong, a.attack) for a in gains):
        return PUNISHED
    return UNDERPAID if all(_less(a.attack, a.right) for a in gains) else None


def _of_wrong(trial: Trial, looks_at_layout: bool) -> Rule | None:
    """The rule that an answer breaks that is not right."""
    gains, blind = _all(trial), _is_blind(trial)
    if any(_less(a.right, a.attack) for a in gains) and not blind:
        return BEATS_RIGHT
    if all(not _less(a.attack, a.right) for a in gains) and not blind:
        return BEATS_RIGHT
    if any(_less(a.wrong, a.attack) for a in gains):
        return BEATS_WRONG
    like_honest = all(not _less(a.attack, a.wrong) for a in gains)
    return UNEARNED if blind and looks_at_layout and not trial.well_formed and like_honest else None


def _is_blind(trial: Trial) -> bool:
    """Whether right and wrong answers are paid alike."""
    return all(not _less(a.wrong, a.right) and not _less(a.right, a.wrong) for a in _all(trial))


def _all(trial: Trial) -> list[Advantage]:
    return list(trial.advantages.values())


def _less(one: float, other: float) -> bool:
    """Whether an advantage is less than another one by so much that training feels it."""
    return other - one > max(1e-6, FELT * max(abs(one), abs(other)))


def in_numbers(trial: Trial) -> str:
    """What a trial was paid, beside honest answers."""
    right, wrong = (_shown(value) for value in trial.honest)
    gain = trial.advantages["group"]
    return (
        f"reward {_shown(trial.score.value)} (right {right}, wrong {wrong}), "
        f"advantage {gain.attack:+.2f} (right {gain.right:+.2f}, wrong {gain.wrong:+.2f})"
    )


def _shown(value: float | None) -> str:
    return "None" if value is None else f"{value:g}"


def counted(findings: Iterable[Finding]) -> Mapping[str, int]:
    """How many findings there are of each kind."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.rule.kind] = counts.get(finding.rule.kind, 0) + 1
    return counts
