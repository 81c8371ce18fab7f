"""What the answers of a batch are by their golds, without reasons; worked out once for all rewards that ask alike.

Example rows (answer, gold → outcome):

    7             7    same
    7,0 kg        7    equal
    {7}           7    framed: equal, and no number itself
    8             7    wrong
"""

from typing import Literal, NamedTuple

from vireward.answers.structures import without_rejected
from vireward.columns import Columns
from vireward.extract import MARK
from vireward.judge import is_one_number, longest_answer
from vireward.layout.visible import is_blank
from vireward.quantities.quick_numbers import QuickNumbers, leaves_open, same_quick
from vireward.quantities.same_number import number_fault
from vireward.readings import Readings
from vireward.records import Verdict
from vireward.rewards.stated import stated_answer
from vireward.spelling import is_canonical
from vireward.tags import Parsed, TagFormat

Outcome = Literal["no gold", "no answer", "several", "same", "equal", "framed", "wrong"]
_PLAIN = 15  # digits; no number style and no reader sees anything else in so many


class Outcomes(NamedTuple):
    """The outcome of each answer of a batch, and whether its gold is a number."""

    outcomes: list[Outcome]
    of_numbers: list[bool]


def outcomes_of(columns: Columns, tags: TagFormat, style: str, *, anywhere: bool) -> Outcomes:
    """The outcomes of a batch's answers, shared by all rewards that read them with these settings.

    Args:
        columns: The batch.
        tags: The answer format.
        style: The number style.
        anywhere: Whether an answer without tags is looked for.
    """

    def work() -> Outcomes:
        return _outcomes(columns, tags, style, anywhere=anywhere)

    found: Outcomes = columns.shared((outcomes_of, tags, style, anywhere), work)
    return found


def _outcomes(columns: Columns, tags: TagFormat, style: str, *, anywhere: bool) -> Outcomes:
    reader = _Reader(columns.shared(Readings, Readings), QuickNumbers(style), style, anywhere)
    golds: dict[str | None, _Gold | None] = {}
    outcomes: list[Outcome] = []
    of_numbers: list[bool] = []
    for layout, gold in zip(columns.scans.layouts(tags), columns.golds, strict=True):
        if gold not in golds:
            golds[gold] = None if gold is None or is_blank(gold) else _Gold(gold, reader)
        want = golds[gold]
        outcomes.append("no gold" if want is None else want.outcome_of(layout))
        of_numbers.append(want is not None and want.of_number)
    return Outcomes(outcomes, of_numbers)


class _Reader(NamedTuple):
    """How texts are read in a batch."""

    readings: Readings
    numbers: QuickNumbers
    style: str
    anywhere: bool


class _Gold:
    """A gold of a batch, and the outcomes of the answers to it.

    Attributes:
        text: What it states.
        of_number: Whether that is a number.
        alone: Whether that number decides alone.
        quick: That number, where it does and is in a usual form.
        few_digits: Whether it is a whole number in a few digits without zeros in front, so that digits are equal to it
            as the same text only.
    """

    __slots__ = ("_known", "_longest", "_reader", "alone", "few_digits", "of_number", "quick", "text")

    def __init__(self, gold: str, reader: _Reader) -> None:
        quick = reader.numbers.read(gold)
        self.text = quick.said if quick else reader.readings.unwrapped(gold)
        self.few_digits = gold.isdigit() and gold.isascii() and len(gold) <= _PLAIN and gold[0] != "0"
        self.alone = self.few_digits or is_one_number(self.text, reader.style)
        self.quick = quick if self.alone else None
        self.of_number = quick is not None or reader.readings.number(self.text, reader.style) is not None
        self._longest = longest_answer(self.text, of_number=self.of_number)
        self._reader = reader
        self._known: dict[str, Outcome] = {}

    def outcome_of(self, layout: str | Parsed) -> Outcome:
        """The outcome of a completion, by its answer or its scan."""
        if isinstance(layout, str):
            stated = layout
        else:
            block = layout.answer if layout.format.kind == "block" else None
            blank = block is not None and is_blank(block)
            if blank and not self._reader.anywhere:
                return "no answer"
            if block is None or blank:
                return self._outcome_of_scan(layout)
            stated = block
        if self.few_digits and stated.isdigit() and stated.isascii() and stated[0] != "0":
            return "same" if stated == self.text else "wrong"
        outcome = self._known.get(stated)
        if outcome is None:
            outcome = self._at_once(stated) or self._outcome(self._reader.readings.unwrapped(stated))
            self._known[stated] = outcome
        return outcome

    def _outcome_of_scan(self, parsed: Parsed) -> Outcome:
        blocks, anywhere = parsed.answer_blocks, self._reader.anywhere
        if blocks > 1:
            return "several"
        given = stated_answer(parsed, anywhere=anywhere) if blocks or anywhere else None
        return "no answer" if given is None else self._outcome(given)

    def _at_once(self, stated: str) -> Outcome | None:
        """What an answer is that is too long, or in a usual form as the gold is; None where more has to be asked."""
        if len(stated) > self._longest and is_canonical(stated) and not MARK.search(stated):
            return "wrong" if len(stated.strip()) > self._longest else None
        if self.quick is None:
            return None
        if stated == self.text:
            return "same"
        have = self._reader.numbers.read(stated)
        if have is None:
            return "wrong" if leaves_open(stated) else None
        if have.said == self.text:
            return "same"
        return "equal" if same_quick(have, self.quick) else "wrong"

    def _outcome(self, given: str) -> Outcome:
        """What an answer is, unwrapped; the same as `compare_stated` finds."""
        if given == self.text:
            return "same"
        readings, style = self._reader.readings, self._reader.style
        have = readings.number(given, style) if self.of_number else None
        want = readings.number(self.text, style) if have is not None and self.alone else None
        if have is not None and want is not None and without_rejected(given) == given:
            return "wrong" if number_fault(have, want) else "equal"
        if readings.compared(given, self.text, style).verdict is not Verdict.RIGHT:
            return "wrong"
        return "framed" if self.of_number and have is None else "equal"
