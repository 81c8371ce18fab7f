"""Answer × gold → Verdict: the only place that knows what "correct" means."""

from vireward.dressing import named, undressed
from vireward.extract import unwrapped
from vireward.numerals import Number, checked_style, read_number
from vireward.records import Answer, Comparison, Verdict
from vireward.spelling import folded
from vireward.tags import is_blank
from vireward.units import same_unit


def judge(answer: str | Answer | None, gold: str | None, *, style: str = "vi") -> Verdict:
    """Is the answer what the gold says? `compare` without the sentence."""
    return compare(answer, gold, style=style).verdict


def compare(answer: str | Answer | None, gold: str | None, *, style: str = "vi") -> Comparison:
    r"""Compare an answer with the gold, exactly.

    Both are read in the same number style. Numbers are compared as fractions: `1.500.000` is `1500000`, `0,5` is `1/2`.
    A missing unit is forgiven, a contradicting one is not. `p%` meets a bare p/100 and a bare p. Other texts are equal
    without case, white space and LaTeX dressing. `\boxed{…}` and anchors are taken off first.

    Args:
        answer: The answer's text, or what `find_answer` found; None or blank is no answer.
        gold: The right answer as the data set writes it.
        style: The data set's number style, `vi` or `en`.

    Returns:
        The verdict, and a sentence that says what was compared.

    Raises:
        BadParameter: unless the style is `vi` or `en`.
    """
    checked_style(style)
    given = answer.text if isinstance(answer, Answer) else answer
    if gold is None or is_blank(gold):
        return Comparison(Verdict.BAD_GOLD, "the gold is missing")
    if given is None or is_blank(given):
        return Comparison(Verdict.NO_ANSWER, "no answer")
    given, gold = unwrapped(given), unwrapped(gold)
    have, want = undressed(given), undressed(gold)
    if folded(have) == folded(want):
        return Comparison(Verdict.RIGHT, f"{_short(given)} is the gold")
    unknowns = {named(have)[0], named(want)[0]} - {""}
    return _compare_numbers(given, gold, style, unknowns)


def same_value(have: Number, want: Number) -> bool:
    """Whether two numbers are equal, units aside; `p%` equals a bare p/100 and a bare p."""
    if have.percent == want.percent:
        return have.value == want.value
    percent, bare = (have, want) if have.percent else (want, have)
    return bare.value in (percent.value, percent.value * 100)


def _compare_numbers(given: str, gold: str, style: str, unknowns: set[str]) -> Comparison:
    have, want = read_number(given, style), read_number(gold, style)
    if have is None or want is None:
        kind = " as one number" if want is not None else ""
        return Comparison(Verdict.WRONG, f"{_short(given)} does not read as the gold {_short(gold)}{kind}")
    if not same_value(have, want):
        return Comparison(Verdict.WRONG, f"{_read(given, have)} is not the gold {_read(gold, want)}")
    if not _agree(have, want):
        return Comparison(Verdict.WRONG, f"{_short(given)} has another unit than the gold {_short(gold)}")
    if len(unknowns) > 1:
        return Comparison(Verdict.WRONG, f"{_short(given)} names another unknown than the gold {_short(gold)}")
    return Comparison(Verdict.RIGHT, f"{_short(given)} equals the gold {_short(gold)}")


def _agree(have: Number, want: Number) -> bool:
    """Whether the units do not contradict each other: one is missing, or both are the same. Percent is a unit, too."""
    if have.percent != want.percent:
        return have.unit is None and want.unit is None
    return have.unit is None or want.unit is None or same_unit(have.unit, want.unit)


def _read(text: str, number: Number) -> str:
    """A text and the value it was read as, unless it is plainly that."""
    value = str(number.value)
    return _short(text) if value == text else f"{_short(text)} (read as {value:.60})"


def _short(text: str) -> str:
    """A text as it is shown in a sentence: quoted, at most 60 characters."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
