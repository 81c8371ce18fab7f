"""What an audit finds: trials of attacks, findings by rule, and the report of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from vireward.records import Score, failure_of
from vireward.tags import TagFormat

Level = Literal["error", "warning", "note"]
Kind = Literal["exploit", "punished", "failure", "note"]
KINDS: tuple[Kind, ...] = ("exploit", "punished", "failure", "note")


@dataclass(frozen=True, slots=True)
class Rule:
    """What must not happen.

    Attributes:
        name: What it is called, in SARIF as well.
        kind: What is wrong: the reward can be exploited, punishes a right answer, or fails; a `note` is no fault.
        level: How bad it is.
        says: What happened, in words that follow the name of an attack.
        meaning: What it makes of training.
    """

    name: str
    kind: Kind
    level: Level
    says: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Advantage:
    """Advantages under one scheme of normalisation: of the attack, and of honest answers in its place."""

    attack: float
    right: float
    wrong: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One completion of an attack, among honest ones.

    Attributes:
        attack: The name of the attack.
        family: Its family.
        variant: The kind of the completion.
        right: Whether the completion asserts the gold, and nothing else.
        well_formed: Whether it is laid out as the format says.
        states_gold: Whether the gold stands in its answer block all the same.
        gold: The right answer.
        completion: Its text.
        score: What the reward gave it.
        honest: What the reward gave the honest right and the honest wrong answer.
        advantages: What it would get in a group, by the name of the scheme.
        mixed: The reward functions that gave None to some completions of its group and numbers to others.
    """

    attack: str
    family: str
    variant: str
    right: bool
    well_formed: bool
    states_gold: bool
    gold: str
    completion: str
    score: Score
    honest: tuple[float | None, float | None]
    advantages: Mapping[str, Advantage] = field(hash=False)
    mixed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What an attack did against a rule, over all its variants and golds.

    Attributes:
        rule: The rule.
        attack: The name of the attack.
        variants: The kinds of completion that did it.
        golds: The golds with which they did.
        schemes: The normalisations under which the worst one did.
        worst: The trial that gained most by it.
    """

    rule: Rule
    attack: str
    variants: tuple[str, ...]
    golds: tuple[str, ...]
    schemes: tuple[str, ...]
    worst: Trial

    @property
    def in_numbers(self) -> str:
        """What the worst trial was paid, beside honest answers in its place; of a failure its reason."""
        if failure_of(self.worst.score):
            return self.worst.score.why[:200]
        right, wrong = (shown_value(value) for value in self.worst.honest)
        gain, scheme = self.worst.advantages[self.schemes[0]], self.schemes[0]
        where = "" if len(self.schemes) == len(self.worst.advantages) else f" under {scheme}"
        return (
            f"reward {shown_value(self.worst.score.value)} (right {right}, wrong {wrong}), "
            f"advantage{where} {gain.attack:+.2f} (right {gain.right:+.2f}, wrong {gain.wrong:+.2f})"
        )


def shown_value(value: float | None) -> str:
    """A reward as it is shown in a report."""
    return "None" if value is None else f"{value:g}"


@dataclass(frozen=True, slots=True)
class Group:
    """Where the attacks are tried.

    Attributes:
        size: Completions of a prompt, the attack among them.
        right: How many of the others are honest right answers; the rest are honest wrong ones.
        prompts: Prompts of a batch, which counts where rewards are scaled by the batch.
    """

    size: int = 8
    right: int = 4
    prompts: int = 8


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of an audit.

    Attributes:
        reward: The reward, as the expression that builds it.
        tags: The layout.
        style: The number style.
        golds: The golds that attacks were made for.
        group: The group that they were tried in.
        trials: Every completion that was tried.
        findings: What they did against a rule, worst first.
        remarks: What a reader must know of how the audit was made.
    """

    reward: str
    tags: TagFormat
    style: str
    golds: tuple[str, ...]
    group: Group
    trials: tuple[Trial, ...]
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()

    def of_kind(self, *kinds: Kind) -> tuple[Finding, ...]:
        """The findings of some kinds."""
        return tuple(finding for finding in self.findings if finding.rule.kind in kinds)

    @property
    def clean(self) -> bool:
        """Whether there is no exploit, no punished right answer and no failure."""
        return not self.of_kind("exploit", "punished", "failure")
