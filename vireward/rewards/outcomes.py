"""What the answers of a batch are by their golds, without reasons; worked out once for all rewards that ask alike.

Example rows (answer, gold → outcome):

    7             7    same
    7,0 kg        7    equal
    {7}           7    framed: equal, and no number itself
    8             7    wrong
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from vireward.columns import Columns
from vireward.judge import is_one_number
from vireward.numerals import Number
from vireward.readings import Readings
from vireward.records import Verdict
from vireward.rewards.stated import stated_answer
from vireward.same_number import number_fault
from vireward.structures import without_rejected
from vireward.tags import Parsed, TagFormat
from vireward.visible import is_blank

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
        rows = list(_rows(columns, tags, style, anywhere=anywhere))
        return Outcomes([outcome for outcome, _ in rows], [of_number for _, of_number in rows])

    found: Outcomes = columns.shared((outcomes_of, tags, style, anywhere), work)
    return found


class _Gold(NamedTuple):
    """A gold as it was read: its text, its number if it is one, and whether that number decides alone."""

    text: str
    number: Number | None
    alone: bool


def _rows(columns: Columns, tags: TagFormat, style: str, *, anywhere: bool) -> Iterator[tuple[Outcome, bool]]:
    readings: Readings = columns.shared(Readings, Readings)
    golds: dict[str | None, _Gold | None] = {}
    known: dict[tuple[str, str | None], Outcome] = {}
    for layout, gold in zip(columns.scans.layouts(tags), columns.golds, strict=True):
        if gold not in golds:
            golds[gold] = _read_gold(gold, style, readings)
        want = golds[gold]
        if want is None:
            yield "no gold", False
            continue
        of_number = want.number is not None
        if not isinstance(layout, str):
            yield _outcome_of_scan(layout, want, style, readings, anywhere=anywhere), of_number
            continue
        key = (layout, gold)
        outcome = known.get(key)
        if outcome is None:
            if _are_digits(layout, want.text):
                outcome = "same" if layout == want.text else "wrong"
            else:
                outcome = _outcome(readings.unwrapped(layout), want, style, readings)
            known[key] = outcome
        yield outcome, of_number


def _read_gold(gold: str | None, style: str, readings: Readings) -> _Gold | None:
    if gold is None or is_blank(gold):
        return None
    text = readings.unwrapped(gold)
    number = readings.number(text, style)
    return _Gold(text, number, number is not None and is_one_number(text, style))


def _outcome_of_scan(parsed: Parsed, want: _Gold, style: str, readings: Readings, *, anywhere: bool) -> Outcome:
    blocks = parsed.answer_blocks
    if blocks > 1:
        return "several"
    given = stated_answer(parsed, anywhere=anywhere) if blocks or anywhere else None
    return "no answer" if given is None else _outcome(given, want, style, readings)


def _outcome(given: str, want: _Gold, style: str, readings: Readings) -> Outcome:
    """What an answer is by its gold, both unwrapped; the same as `compare_stated` finds."""
    if given == want.text:
        return "same"
    have = None if want.number is None else readings.number(given, style)
    if have is not None and want.number is not None and want.alone and without_rejected(given) == given:
        return "wrong" if number_fault(have, want.number) else "equal"
    if readings.compared(given, want.text, style).verdict is not Verdict.RIGHT:
        return "wrong"
    return "framed" if want.number is not None and have is None else "equal"


def _are_digits(stated: str, gold: str) -> bool:
    """Whether both are whole numbers in a few digits without zeros in front, so equal only as the same text."""
    digits = stated.isdigit() and gold.isdigit() and stated.isascii() and gold.isascii()
    return digits and len(gold) <= _PLAIN and stated[0] != "0" and gold[0] != "0"
