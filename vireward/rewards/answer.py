"""Rewards that compare a completion's answer with the gold."""

from dataclasses import dataclass, field
from typing import Protocol

from vireward.columns import Columns
from vireward.digits import checked_style
from vireward.extract import find_answer, unwrapped
from vireward.parameters import check_finite, check_tags
from vireward.readings import Readings, readings_of
from vireward.records import Sample, Score, Verdict
from vireward.registry import register
from vireward.tags import Parsed, TagFormat, is_blank

NO_GOLD = "the gold is missing"
_PLAIN = 15  # digits; no number style and no reader sees anything else in so many
_NEAR = 60  # characters before a box that are looked at for its sign


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
        return self.judged(sample.scanned(self.tags), sample.gold, readings_of(sample))

    def values(self, columns: Columns, /) -> list[float | None]:
        """The values of a batch."""
        return answer_values(self, columns, self.same)

    def judged(self, stated: str | Parsed, gold: str | None, readings: Readings) -> Score:
        """Score the text of an answer block, or what a scan found, by a gold."""
        if is_blank(gold):
            return Score(None, NO_GOLD)
        given = answer_or_score(self, stated, readings)
        if isinstance(given, Score):
            return given
        gold = readings.unwrapped(gold or "")
        if given == gold:
            return Score(self.same, f"{given!r:.60} is the gold")
        comparison = readings.compared(given, gold, self.style)
        return Score(self.equal if comparison.verdict is Verdict.RIGHT else self.wrong, comparison.why)


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
        return self.judged(sample.scanned(self.tags), sample.gold, readings_of(sample))

    def values(self, columns: Columns, /) -> list[float | None]:
        """The values of a batch."""
        return answer_values(self, columns, self.equal)

    def judged(self, stated: str | Parsed, gold: str | None, readings: Readings) -> Score:
        """Score the text of an answer block, or what a scan found, by a gold."""
        if is_blank(gold):
            return Score(None, NO_GOLD)
        gold = readings.unwrapped(gold or "")
        if readings.number(gold, self.style) is None:
            return Score(self.missing, f"the gold {gold!r:.60} is no number")
        given = answer_or_score(self, stated, readings)
        if isinstance(given, Score):
            return given
        if readings.number(given, self.style) is None:
            return Score(self.wrong, f"{given!r:.60} is not one number")
        comparison = readings.compared(given, gold, self.style)
        return Score(self.equal if comparison.verdict is Verdict.RIGHT else self.wrong, comparison.why)


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


class JudgesAnswer(ReadsAnswer, Protocol):
    """A reward that compares an answer with a gold, and looks at nothing else."""

    def judged(self, stated: str | Parsed, gold: str | None, readings: Readings) -> Score:
        """Score the text of an answer block, or what a scan found, by a gold."""
        ...


def answer_values(reward: JudgesAnswer, columns: Columns, same: float) -> list[float | None]:
    """The values of a batch, where equal answers to equal golds are judged once.

    Args:
        reward: Judges an answer that is not plain.
        columns: The batch.
        same: The value of an answer that is the gold, both being a few digits.
    """
    readings: Readings = columns.shared(Readings, Readings)
    known: dict[tuple[str, str | None], float | None] = {}
    values: list[float | None] = []
    for stated, gold in zip(columns.scans.layouts(reward.tags), columns.golds, strict=True):
        if not isinstance(stated, str):
            values.append(reward.judged(stated, gold, readings).value)
            continue
        key = (stated, gold)
        if key not in known:
            if gold is not None and _are_digits(stated, gold):
                known[key] = same if stated == gold else reward.wrong
            else:
                known[key] = reward.judged(stated, gold, readings).value
        values.append(known[key])
    return values


def _are_digits(stated: str, gold: str) -> bool:
    """Whether both are whole numbers in a few digits without zeros in front, so equal only as the same text."""
    digits = stated.isdigit() and gold.isdigit() and stated.isascii() and gold.isascii()
    return digits and len(gold) <= _PLAIN and stated[0] != "0" and gold[0] != "0"


def answer_or_score(reward: ReadsAnswer, stated: str | Parsed, readings: Readings) -> str | Score:
    """The answer that a completion states, or the score of a completion that states none, or several.

    Args:
        reward: What is said of the answer.
        stated: The text of the one answer block, not blank, or what a scan found.
        readings: What was read in the batch.
    """
    if isinstance(stated, str):
        return readings.unwrapped(stated)
    if stated.answer_blocks > 1:
        return Score(reward.wrong, f"more than one answer {stated.format.kind}")
    given = stated_answer(stated, anywhere=reward.anywhere)
    return Score(reward.missing, _reason_for_none(stated)) if given is None else given


def stated_answer(parsed: Parsed, *, anywhere: bool = False) -> str | None:
    r"""The answer that a completion states, in canonical spelling, with `\boxed{}` and anchors in the block taken off.

    Args:
        parsed: The scanned completion.
        anywhere: Whether an answer without an answer block is looked for by the rules of `find_answer`.
    """
    if not is_blank(parsed.answer):
        return (_sign(parsed) if parsed.format.kind == "box" else "") + unwrapped(parsed.answer or "")
    found = find_answer(parsed.text, tags=parsed.format) if anywhere else None
    return None if found is None else unwrapped(found.text)


def _sign(parsed: Parsed) -> str:
    r"""The minus right before a box, which belongs to it: `x = -\boxed{7}` states -7."""
    line = parsed.text[: parsed.first[-2]].rpartition("\n")[2].rpartition(parsed.format.close_reasoning or "\n")[2]
    found = find_answer(line[-_NEAR:] + "\\boxed{1}", rules=("boxed",))  # where signs belong is decided there
    return "-" if found is not None and found.text == "-1" else ""


def _reason_for_none(parsed: Parsed) -> str:
    answer, close = f"answer {parsed.format.kind}", parsed.format.close_reasoning
    if parsed.answer is not None:
        return f"the {answer} is empty"
    if parsed.answer_blocks:
        return f"the {answer} is not closed"
    return f"no {answer} after {close}" if close and parsed.format.kind != "block" else f"no {answer}"
