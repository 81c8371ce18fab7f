"""Rewards that compare a completion's answer with the gold."""

from dataclasses import dataclass, field
from typing import Protocol

from vireward.columns import Columns
from vireward.layout.visible import is_blank
from vireward.parameters import check_finite, check_tags
from vireward.quantities.digits import checked_style
from vireward.readings import readings_of
from vireward.records import Sample, Score, Verdict
from vireward.registry import register
from vireward.rewards.outcomes import outcomes_of
from vireward.rewards.stated import stated_answer
from vireward.tags import Parsed, TagFormat

NO_GOLD = "the gold is missing"


@register("answer_match")
@dataclass(frozen=True, slots=True)
class AnswerMatch:
    """Is the answer the gold?

    3.0 for the same text (Unicode form, outer white space, a box and an anchor aside), 1.5 for the same answer in
    another spelling (case, `1.500.000` for `1500000`, a unit word), -1.5 for anything else in the answer block or for
    several blocks, 0.0 when there is no answer: no block, an unclosed one, or an empty one. Boxes and lines are judged
    in the same way. Abstains when the gold is missing.

    Args:
        tags: The answer format; the answer is read between the one opening and the one closing answer tag, or from the
            one mark to the end of its line, wherever they stand. A sign right before a box belongs to it, other text
            around it does not.
        same: Score of the same text.
        equal: Score of the same answer in another spelling.
        wrong: Score of any other answer.
        missing: Score when there is no answer.
        style: The data set's number style, `vi` or `en`.
        anywhere: Whether an answer without tags is looked for by the rules of `find_answer`.

    Returns:
        One of the four scores, or None without a gold.

    Raises:
        BadParameter: a score is not finite, the style is unknown, or `tags` is no TagFormat.
    """

    tags: TagFormat = field(default_factory=TagFormat)
    same: float = 3.0
    equal: float = 1.5
    wrong: float = -1.5
    missing: float = 0.0
    style: str = "vi"
    anywhere: bool = False

    def __post_init__(self) -> None:
        check_tags("AnswerMatch", self.tags)
        check_finite("AnswerMatch", same=self.same, equal=self.equal, wrong=self.wrong, missing=self.missing)
        checked_style(self.style)

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        if is_blank(sample.gold):
            return Score(None, NO_GOLD)
        given = answer_or_score(self, sample.scanned(self.tags))
        if isinstance(given, Score):
            return given
        readings = readings_of(sample)
        gold = readings.unwrapped(sample.gold or "")
        if given == gold:
            return Score(self.same, f"{given!r:.60} is the gold")
        comparison = readings.compared(given, gold, self.style)
        return Score(self.equal if comparison.verdict is Verdict.RIGHT else self.wrong, comparison.why)

    def values(self, columns: Columns, /) -> list[float | None]:
        """The values of a batch."""
        value = {"no gold": None, "no answer": self.missing, "several": self.wrong, "wrong": self.wrong}
        value |= {"same": self.same, "equal": self.equal, "framed": self.equal}
        found = outcomes_of(columns, self.tags, self.style, anywhere=self.anywhere)
        return [value[outcome] for outcome in found.outcomes]


@register("numeric_match")
@dataclass(frozen=True, slots=True)
class NumericMatch:
    """Is the number in the answer block the number of the gold?

    1.5 when they are equal as exact fractions, -0.5 when they are not or the block holds something that is not one
    number (words, a hedge, two numbers), 0.0 when there is no answer or the gold is no number. Abstains when the gold
    is missing.

    Args:
        tags: The answer format; the answer is read as by `AnswerMatch`.
        equal: Score of an equal number.
        wrong: Score of anything else in the answer block, or of several blocks.
        missing: Score when there is no answer, and of every completion whose gold is no number.
        style: The data set's number style, `vi` or `en`.
        anywhere: Whether an answer without tags is looked for by the rules of `find_answer`.

    Returns:
        One of the three scores, or None without a gold.

    Raises:
        BadParameter: a score is not finite, the style is unknown, or `tags` is no TagFormat.
    """

    tags: TagFormat = field(default_factory=TagFormat)
    equal: float = 1.5
    wrong: float = -0.5
    missing: float = 0.0
    style: str = "vi"
    anywhere: bool = False

    def __post_init__(self) -> None:
        check_tags("NumericMatch", self.tags)
        check_finite("NumericMatch", equal=self.equal, wrong=self.wrong, missing=self.missing)
        checked_style(self.style)

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        if is_blank(sample.gold):
            return Score(None, NO_GOLD)
        readings = readings_of(sample)
        gold = readings.unwrapped(sample.gold or "")
        if readings.number(gold, self.style) is None:
            return Score(self.missing, f"the gold {gold!r:.60} is no number")
        given = answer_or_score(self, sample.scanned(self.tags))
        if isinstance(given, Score):
            return given
        if readings.number(given, self.style) is None:
            return Score(self.wrong, f"{given!r:.60} is not one number")
        comparison = readings.compared(given, gold, self.style)
        return Score(self.equal if comparison.verdict is Verdict.RIGHT else self.wrong, comparison.why)

    def values(self, columns: Columns, /) -> list[float | None]:
        """The values of a batch."""
        value = {"no gold": None, "no answer": self.missing, "several": self.wrong, "wrong": self.wrong}
        value |= {"same": self.equal, "equal": self.equal, "framed": self.wrong}
        found = outcomes_of(columns, self.tags, self.style, anywhere=self.anywhere)
        of_words = dict.fromkeys(value, self.missing) | {"no gold": None}
        return [(value if number else of_words)[outcome] for outcome, number in zip(*found, strict=True)]


class ReadsAnswer(Protocol):
    """What the rewards that read an answer block have in common."""

    @property
    def tags(self) -> TagFormat:
        """The answer format."""
        ...

    @property
    def wrong(self) -> float:
        """Score of several answer blocks."""
        ...

    @property
    def missing(self) -> float:
        """Score when there is no answer."""
        ...

    @property
    def anywhere(self) -> bool:
        """Whether an answer without tags is looked for."""
        ...


def answer_or_score(reward: ReadsAnswer, parsed: Parsed) -> str | Score:
    """The answer that a completion states, or the score of a completion that states none, or several.

    Args:
        reward: What is said of the answer.
        parsed: The scanned completion.
    """
    if parsed.answer_blocks > 1:
        return Score(reward.wrong, f"more than one answer {parsed.format.kind}")
    given = stated_answer(parsed, anywhere=reward.anywhere)
    return Score(reward.missing, _reason_for_none(parsed)) if given is None else given


def _reason_for_none(parsed: Parsed) -> str:
    answer, close = f"answer {parsed.format.kind}", parsed.format.close_reasoning
    if parsed.answer is not None:
        return f"the {answer} is empty"
    if parsed.answer_blocks:
        return f"the {answer} is not closed"
    return f"no {answer} after {close}" if close and parsed.format.kind != "block" else f"no {answer}"
