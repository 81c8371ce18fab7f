r"""Numbers in their usual forms, read at once as whole numbers; whatever else a text may be is left to `read_number`.

Example rows (the text of an answer block → what it states, its value, what follows):

    1.500.000 đồng      1.500.000 đồng, 1500000/1, a unit
    $\boxed{25\%}$      25\%, 25/1, percent
    \(\frac{5}{2}\)     \(\frac{5}{2}\), 5/2
    hai mươi lăm        hai mươi lăm, 25/1
    5 hoặc 6            certainly no number
    5 (loại)            left to `read_number`
"""

import re
from typing import NamedTuple

from vireward.extract import MARK
from vireward.quantities.digits import BLANK_GROUPS, PLAIN, written_ratio
from vireward.quantities.measures import read_measure
from vireward.quantities.number_words import STARTS, read_words
from vireward.spelling import VIETNAMESE

_LONGEST = 80  # characters
_LETTERS = f"[A-Za-z{VIETNAMESE}{VIETNAMESE.upper()}]"
_WORDS = rf"{_LETTERS}+(?: {_LETTERS}+)*"
_QUOTIENT = r"\\[dt]?frac\{(-?[0-9]+)\}\{([0-9]+)\}|([0-9]+)/([0-9]+)"
_DIGITS = rf"({BLANK_GROUPS.replace('[ ]', ' ')}|{PLAIN})"
_TAIL = rf"( ?\\?%| {_WORDS}|\\text\{{ {_WORDS}\}})?"
_NUMBER = re.compile(rf"([-\u2212])?(?:{_DIGITS}{_TAIL}|{_QUOTIENT})").fullmatch
# What opens and closes a number without changing it; a box is taken off before the answer is compared as a text.
_FRAMES = (
    ("$\\boxed{", "}$", True),
    ("\\boxed{", "}", True),
    ("$", "$", False),
    ("\\(", "\\)", False),
    ("**", "**", False),
    ("x = ", "", False),
    ("", ".", False),
)
_FIRST_LETTERS = frozenset(word[0] for word in (*STARTS, "âm"))
_ONE = rf"-?(?:{PLAIN}|{_QUOTIENT.replace('(', '(?:')})%?"
_OPEN = re.compile(rf"không (?:phải|biết)(?: {_ONE})?|{_ONE} hoặc {_ONE}").fullmatch


class Quick(NamedTuple):
    """A number in a usual form.

    Attributes:
        said: What the text states, as `extract.unwrapped` has it.
        top: The value times `bottom`; scale words are multiplied in, percent is not.
        bottom: A positive whole number.
        percent: Whether a percent sign follows.
        unit: Whether a unit or a counted noun follows.
    """

    said: str
    top: int
    bottom: int
    percent: bool = False
    unit: bool = False


class _Tail(NamedTuple):
    """What follows the digits: a whole factor, and what it names."""

    factor: int
    percent: bool = False
    unit: bool = False


class QuickNumbers:
    """Reads the numbers of one batch in one style; what follows their digits is read once."""

    __slots__ = ("_style", "_tails")

    def __init__(self, style: str) -> None:
        self._style = style
        self._tails: dict[str | None, _Tail | None] = {None: _Tail(1)}

    def read(self, text: str) -> Quick | None:
        """The number that a text certainly is; None where it may be none."""
        if text.isdecimal() and text.isascii() and len(text) <= _LONGEST:
            return Quick(text, int(text), 1)
        if not text or len(text) > _LONGEST:
            return None
        if text[0] in _FIRST_LETTERS:
            return _spoken(text)
        found, said = _found(text)
        if found is None:
            return None
        minus, digits, tail = found.group(1, 2, 3)
        if digits is None:
            top, bottom = (part for part in found.groups()[3:] if part is not None)
            twice = minus and top.startswith("-")
            ratio = (int(top), int(bottom)) if int(bottom) and not twice else None
        else:
            ratio = (int(digits), 1) if digits.isdigit() else written_ratio(digits, self._style)
        follows = self._tails.get(tail) or self._read_tail(tail)
        if ratio is None or follows is None:
            return None
        factor, percent, unit = follows
        if minus:
            said, factor = said.replace("\u2212", "-"), -factor
        return Quick(said, ratio[0] * factor, ratio[1], percent, unit)

    def _read_tail(self, tail: str | None) -> _Tail | None:
        if tail not in self._tails:
            self._tails[tail] = _read_tail(tail or "")
        return self._tails[tail]


def _found(text: str) -> tuple[re.Match[str] | None, str]:
    """A number in digits, at most in one frame, and what the text states."""
    found = _NUMBER(text)
    if found is None:
        for opening, closing, boxed in _FRAMES:
            if text.startswith(opening) and text.endswith(closing):
                inner = text[len(opening) : len(text) - len(closing)]
                return _NUMBER(inner), inner if boxed else text
    return found, text


def _spoken(text: str) -> Quick | None:
    """A text of number words and nothing else, but for a minus before them and `phần trăm` behind."""
    words = text.split(" ")
    minus = words[0] == "âm"
    read = read_words(words, int(minus))
    if read is None or words[minus : read.end] == ["không"]:
        return None
    percent = words[read.end :] == ["phần", "trăm"]
    if not percent and read.end < len(words):
        return None
    top, bottom = read.value.as_integer_ratio()
    return Quick(text, -top if minus else top, bottom, percent)


def _read_tail(tail: str) -> _Tail | None:
    if tail.endswith("%"):
        return _Tail(1, percent=True)
    words = tail.removeprefix("\\text{").removesuffix("}")
    measure = None if MARK.search(words) else read_measure(words)
    if measure is None or measure.percent or measure.factor.denominator > 1:
        return None
    return _Tail(measure.factor.numerator, unit=measure.unit is not None)


def leaves_open(text: str) -> bool:
    """Whether a text certainly states no one number: it takes one back, names two, or says that it knows none."""
    return len(text) <= _LONGEST and _OPEN(text) is not None


def same_quick(have: Quick, want: Quick) -> bool:
    """Whether two numbers are the same, the second without a unit; `p%` is a bare p/100 and a bare p."""
    if have.percent == want.percent:
        return have.top * want.bottom == want.top * have.bottom
    if have.unit:
        return False
    percent, bare = (have, want) if have.percent else (want, have)
    equal = percent.top * bare.bottom, bare.top * percent.bottom
    return equal[0] in (equal[1], 100 * equal[1])
