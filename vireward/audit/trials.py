"""Each attack in a group of honest answers → what the reward gives it, and the advantage that this is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vireward.audit.advantages import SCHEMES, advantages
from vireward.audit.asking import Asking
from vireward.audit.attacks import Attack
from vireward.audit.cases import THOUGHTS, Case
from vireward.audit.records import Advantage, Group, Trial
from vireward.batch_function import BatchFunction
from vireward.compose import Weighted
from vireward.group import PerGroup, within
from vireward.records import Reward, Sample, Score, failure_of
from vireward.rewards.stated import stated_answer

MOST_LATE = 6  # completions that take too long, before others of their length are left out
FIRST = 30.0  # seconds for the first completions of all
HONEST_RIGHT, HONEST_WRONG = "honest right answer", "honest wrong answer"
HONEST = (HONEST_RIGHT, HONEST_WRONG)
_CHARACTERS = 3  # of a token, about

Table = list[list[float | None]]


@dataclass(frozen=True, slots=True)
class Columns:
    """How a reward is handed to a trainer: as one function, or a weighted sum as one for each part."""

    names: tuple[str, ...]
    weights: tuple[float, ...]

    def row(self, score: Score) -> list[float | None]:
        """What each function gives; where the whole has no value none has, or it would count as 0."""
        if score.value is None or len(self.names) == 1:
            return [score.value] * len(self.names)
        return [score.parts[name].value for name in self.names]


def columns_of(reward: Reward) -> Columns:
    """The functions of a reward, with their weights."""
    if isinstance(reward, Weighted) and len(reward.terms) > 1:
        return Columns(tuple(name for name, _, _ in reward.terms), tuple(weight for _, weight, _ in reward.terms))
    return Columns(("reward",), (1.0,))


@dataclass(frozen=True, slots=True)
class Setting:
    """What is asked, and in which groups."""

    asking: Asking
    columns: Columns
    group: Group


@dataclass(slots=True)
class Bench:
    """A case with its honest answers, scored: what attacks are compared with.

    Attributes:
        case: The problem.
        others: The completions that share a group with the attack.
        scores: The scores of a group with the honest right and of one with the honest wrong answer in its place.
        alone: Whether a completion has the same score whatever stands beside it.
        rest: The rows of the other groups of the batch.
        known: Advantages by the rows of a group.
    """

    case: Case
    others: list[Sample]
    scores: dict[bool, list[Score]]
    alone: bool
    rest: Table = field(default_factory=list)
    known: dict[object, Mapping[str, float]] = field(default_factory=dict)

    @property
    def honest(self) -> tuple[Score, Score]:
        """The scores of the honest right and the honest wrong answer."""
        return self.scores[True][0], self.scores[False][0]

    @property
    def failure(self) -> Score | None:
        """The first honest answer that the reward failed on."""
        return next((score for scores in self.scores.values() for score in scores if failure_of(score)), None)


def bench(case: Case, setting: Setting, *, first: bool) -> Bench:
    """Score the honest answers of a case; at the first of all a reward may import what it needs."""
    asking, group = setting.asking, setting.group
    thoughts = [THOUGHTS[i % len(THOUGHTS)] for i in range(1, group.size)]
    given = [case.given(place < group.right) for place in range(group.size - 1)]
    others = [sample(case, case.laid_out(*both)) for both in zip(given, thoughts, strict=True)]
    honest = {right: sample(case, case.laid_out(case.given(right))) for right in (True, False)}
    patience = {right: FIRST if first and right else asking.seconds for right in honest}
    scores = {right: asking.together([one, *others], patience[right]) for right, one in honest.items()}
    alone = _is_pointwise(asking.reward)
    if not alone and not any(isinstance(part, PerGroup) for part in within(asking.reward)):
        singly = {right: [asking.together([one])[0] for one in [honest[right], *others]] for right in honest}
        alone = all(_values(singly[right]) == _values(scores[right]) for right in honest)
    return Bench(case, others, scores, alone)


def with_batches(benches: Sequence[Bench], setting: Setting) -> None:
    """Give each case the other groups of its batch: those of the other cases, again and again where they are few."""
    rows = [[setting.columns.row(score) for score in one.scores[False]] for one in benches]
    for place, one in enumerate(benches):
        groups = (rows[(place + turn) % len(rows)] for turn in range(1, setting.group.prompts))
        one.rest = [row for group in groups for row in group]


def _is_pointwise(reward: Reward) -> bool:
    return not any(isinstance(part, BatchFunction | PerGroup) for part in within(reward))


def _values(scores: Sequence[Score]) -> list[float | None]:
    return [score.value for score in scores]


def sample(case: Case, completion: str, *, truncated: bool = False) -> Sample:
    """A completion as a trainer would hand it over."""
    tokens = len(completion) // _CHARACTERS + 1
    row = {"prompt": case.prompt, "completion": completion, "completion_ids": (*range(tokens),), "answer": case.gold}
    return Sample(completion, case.gold, case.prompt, tokens, truncated, 0, row)


@dataclass(slots=True)
class Late:
    """Which completions took too long, so that no more time is spent on their like."""

    names: set[tuple[str, str]] = field(default_factory=set)
    shortest: int = 0
    left_out: int = 0

    def excludes(self, attack: Attack, variant: str, completion: str) -> bool:
        """Whether a completion is left out."""
        late = (attack.name, variant) in self.names
        late = late or (len(self.names) >= MOST_LATE and len(completion) >= self.shortest)
        self.left_out += late
        return late

    def add(self, trial: Trial) -> None:
        """Count a completion."""
        if failure_of(trial.score) == "timeout":
            self.names.add((trial.attack, trial.variant))
            self.shortest = min(self.shortest or len(trial.completion), len(trial.completion))


def trials_of(known: Bench, attacks: Sequence[Attack], setting: Setting, late: Late) -> Iterator[Trial]:
    """Try all attacks on a case."""
    for attack in attacks:
        found = [one for one in attack.completions(known.case) if not late.excludes(attack, *one)]
        samples = [sample(known.case, text, truncated=attack.family == "truncated") for _, text in found]
        for (variant, completion), scores in zip(found, _scores(known, samples, setting), strict=True):
            trial = _tried(known, attack, variant, completion, scores, setting)
            late.add(trial)
            yield trial


def _scores(known: Bench, samples: Sequence[Sample], setting: Setting) -> list[list[Score]]:
    """The scores of the group of each completion, its own first."""
    if known.alone:
        return [[score, *known.scores[False][1:]] for score in setting.asking.singly(samples)]
    return [setting.asking.together([one, *known.others]) for one in samples]


def _tried(
    known: Bench, attack: Attack, variant: str, completion: str, scores: Sequence[Score], setting: Setting
) -> Trial:
    case, columns = known.case, setting.columns
    rows = [columns.row(score) for score in scores]
    parsed = case.tags.scan(completion)
    right, wrong = (_gains(known, [columns.row(score) for score in known.scores[r]], setting) for r in (True, False))
    gains = {name: Advantage(value, right[name], wrong[name]) for name, value in _gains(known, rows, setting).items()}
    return Trial(
        attack=attack.name,
        family=attack.family,
        variant=variant,
        right=attack.right,
        well_formed=parsed.well_formed,
        states_gold=attack.right and case.is_right(stated_answer(parsed)),
        gold=case.gold,
        completion=completion,
        score=scores[0],
        honest=(known.honest[0].value, known.honest[1].value),
        advantages=gains,
        mixed=_mixed(columns, rows, scores),
    )


def honest_trials(known: Bench, setting: Setting, variant: str = "") -> list[Trial]:
    """The honest answers as if they were attacks; where one fails, that alone."""
    trials = [_honest_trial(known, setting, variant, right=True)]
    return trials if known.failure is not None else [*trials, _honest_trial(known, setting, variant, right=False)]


def _honest_trial(known: Bench, setting: Setting, variant: str, *, right: bool) -> Trial:
    case, honest = known.case, known.honest
    rows = {r: [setting.columns.row(score) for score in known.scores[r]] for r in (True, False)}
    gains = {r: _gains(known, rows[r], setting) for r in rows}
    name = HONEST_RIGHT if right else HONEST_WRONG
    return Trial(
        attack=name,
        family="honest answers",
        variant=variant,
        right=right,
        well_formed=True,
        states_gold=right,
        gold=case.gold,
        completion=case.laid_out(case.given(right)),
        score=known.failure or honest[0 if right else 1],
        honest=(honest[0].value, honest[1].value),
        advantages={k: Advantage(gains[right][k], gains[True][k], gains[False][k]) for k in gains[False]},
        mixed=_mixed(setting.columns, rows[right], known.scores[right]),
    )


def _gains(known: Bench, rows: Table, setting: Setting) -> Mapping[str, float]:
    """The advantage of the first completion of a group, by scheme."""
    key = tuple(map(tuple, rows))
    if key not in known.known:
        table, weights = [*rows, *known.rest], setting.columns.weights
        known.known[key] = {
            scheme.name: advantages(table, group_size=setting.group.size, weights=weights, scheme=scheme)[0]
            for scheme in SCHEMES
        }
    return known.known[key]


def _mixed(columns: Columns, rows: Table, scores: Sequence[Score]) -> tuple[str, ...]:
    """The functions that gave None to some completions of a group and numbers to others, without having failed."""
    kept = [row for row, score in zip(rows, scores, strict=True) if not failure_of(score)]
    given = zip(columns.names, zip(*kept, strict=True), strict=bool(kept))
    return tuple(name for name, values in given if None in values and set(values) != {None})
