"""Answer × gold → Verdict: the only place that knows what "correct" means."""

from fractions import Fraction

from vireward.extract import unwrapped
from vireward.numerals import Number, checked_style, read_number
from vireward.records import Answer, Comparison, Verdict
from vireward.spelling import folded

# Different names of one unit; a name that is not here stands for itself.
_SAME_UNIT = {name: "đồng" for name in ("đ", "₫", "vnd", "vnđ")} | {name: "usd" for name in ("$", "đô la", "đô", "dollars")}


def judge(answer: str | Answer | None, gold: str | None, *, style: str = "vi") -> Verdict:
    """Is the answer what the gold says? `compare` without the sentence."""
    return compare(answer, gold, style=style).verdict


def compare(answer: str | Answer | None, gold: str | None, *, style: str = "vi") -> Comparison:
    r"""Compare an answer with the gold, exactly.

    Both are read in the same number style. Numbers are compared as fractions: `1.500.000` is `1500000`, `0,5` is `1/2`.
    A missing unit is forgiven, a contradicting one is not. `p%` meets a bare p/100 and a bare p. Other texts are equal
    without case and white space. `\boxed{…}` and anchors are taken off first.

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
    if gold is None or not gold.strip():
        return Comparison(Verdict.BAD_GOLD, "the gold is missing")
    if given is None or not given.strip():
        return Comparison(Verdict.NO_ANSWER, "no answer")
    given, gold = unwrapped(given), unwrapped(gold)
    if folded(given) == folded(gold):
        return Comparison(Verdict.RIGHT, f"{_short(given)} is the gold")
    want, have = read_number(gold, style), read_number(given, style)
    if want is not None and have is not None:
        return _compare_numbers(given, have, gold, want)
    kind = " as one number" if want is not None else ""
    return Comparison(Verdict.WRONG, f"{_short(given)} does not read as the gold {_short(gold)}{kind}")


def same_value(have: Number, want: Number) -> bool:
    """Whether two numbers are equal, units aside; `p%` equals a bare p/100 and a bare p."""
    if have.percent == want.percent:
        return have.value == want.value
    percent, bare = (have, want) if have.percent else (want, have)
    return bare.value in (percent.value, percent.value * 100)


def _compare_numbers(given: str, have: Number, gold: str, want: Number) -> Comparison:
    if not same_value(have, want):
        why = f"{_short(given)} is {_exact(have.value)}, the gold {_short(gold)} is {_exact(want.value)}"
        return Comparison(Verdict.WRONG, why)
    units = (_unit(have), _unit(want))
    if None not in units and units[0] != units[1]:
        return Comparison(Verdict.WRONG, f"{_short(given)} has another unit than the gold {_short(gold)}")
    return Comparison(Verdict.RIGHT, f"{_short(given)} equals the gold {_short(gold)}")


def _unit(number: Number) -> str | None:
    return None if number.unit is None else _SAME_UNIT.get(number.unit, number.unit)


def _exact(value: Fraction) -> str:
    return _short(str(value))


def _short(text: str) -> str:
    """A text as it is shown in a sentence: quoted, at most 60 characters."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
