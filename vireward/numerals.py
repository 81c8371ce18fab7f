r"""The text of one number → its exact value and unit, in Vietnamese or English notation.

Example rows (text, style → value, unit):

    1.500.000        any → 1500000
    1.500            vi  → 1500,   en → 3/2
    15 000 đồng      any → 15000, đồng
    -2,5 kg          any → -5/2, kg
    25%              any → 1/4, percent
    \frac{3}{4}      any → 3/4

Work is bounded: a text of more than `MAX_LENGTH` characters holds no single number and is not read.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from vireward.errors import BadParameter
from vireward.spelling import canonical

Style = Literal["vi", "en"]
STYLES: tuple[Style, ...] = ("vi", "en")

MAX_LENGTH = 400  # characters; far under the 4,300 digits at which int() refuses
_MAX_UNIT_WORDS = 4

_SCALES = {
    "nghìn": 10**3,
    "ngàn": 10**3,
    "triệu": 10**6,
    "tr": 10**6,
    "tỷ": 10**9,
    "tỉ": 10**9,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
}
# Words that make a text say something else than one number with its unit.
_NOT_UNITS = frozenset(
    "hoặc hay và không phải chưa chẳng khoảng gần hơn kém trên dưới từ đến nếu hoặc là or and not about than to maybe "
    "có thể chắc đúng sai bằng khác cũng dư".split()
)
# Groups between blanks come first, or the first group would be read as the number and the others as its unit.
_DIGITS = r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*"
_NUMBER = re.compile(
    rf"""
    (?P<before>[$₫])?\s?
    (?P<sign>[+-]|âm\b|trừ\b)?\s?
    (?P<currency>[$₫])?\s?
    (?: \\[dt]?frac\{{(?P<top>{_DIGITS})\}}\{{(?P<bottom>{_DIGITS})\}}
      | (?P<digits>{_DIGITS}) (?:\s?/\s?(?P<over>{_DIGITS}))? )
    \s?(?P<rest>.*)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_UNIT = re.compile(r"[^\W\d_]+(?:\^?\{?[23]\}?)?|[$₫°²³]|/")
_LATEX = (("\\,", " "), ("\\ ", " "), ("\\%", "%"), ("\\$", "$"), ("{,}", ","), ("\\left", ""), ("\\right", ""))
_TEXT_COMMAND = re.compile(r"\\(?:text|mathrm|textbf|mathbf)\s?\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Number:
    """One number that was read.

    Attributes:
        value: The exact value; scale words and percent are multiplied in (`25%` is 1/4, `2 triệu` is 2000000).
        unit: The unit or counted noun as written, without case; None when there is none.
        percent: Whether the text ended in a percent sign.
    """

    value: Fraction
    unit: str | None = None
    percent: bool = False


def checked_style(style: str) -> Style:
    """Give a number style back.

    Raises:
        BadParameter: unless it is `vi` or `en`.
    """
    for known in STYLES:
        if style == known:
            return known
    raise BadParameter(f"style={style!r}: the number style must be one of {', '.join(STYLES)}")


def read_number(text: str, style: str = "vi") -> Number | None:
    """Read a text that is one number, with sign, notation, scale word, percent sign and unit.

    Args:
        text: The whole text of the number, at most `MAX_LENGTH` characters.
        style: How `1.500` and `1,500` are read: `vi` groups with a dot, `en` with a comma. Forms that can be meant in
            one way only are read in that way whatever the style.

    Returns:
        The number, or None when the text is not exactly one number.

    Raises:
        BadParameter: unless the style is `vi` or `en`.
    """
    checked_style(style)
    if len(text) > MAX_LENGTH:
        return None
    match = _NUMBER.fullmatch(_undressed(text))
    if match is None:
        return None
    value = _matched_value(match, style)
    if value is None:
        return None
    return _with_rest(-value if match["sign"] and match["sign"] != "+" else value, match)


def _undressed(text: str) -> str:
    """The text without LaTeX dressing, outer dollars, and the full stop that ends a sentence."""
    text = canonical(text).strip()
    for dressed, plain in _LATEX:
        text = text.replace(dressed, plain)
    text = _TEXT_COMMAND.sub(r" \1", text).strip()
    if len(text) > 1 and text[0] == text[-1] == "$":
        text = text[1:-1]
    return text.strip().rstrip(".").strip()


def _matched_value(match: re.Match[str], style: str) -> Fraction | None:
    top = plain_value(match["top"] or match["digits"], style)
    below = match["bottom"] or match["over"]
    if top is None or below is None:
        return top
    bottom = plain_value(below, style)
    return top / bottom if bottom else None


def _with_rest(value: Fraction, match: re.Match[str]) -> Number | None:
    """The number with what follows its digits: a percent sign, scale words, a unit; None when it is anything else."""
    rest = match["rest"].strip().casefold()
    sign = match["before"] or match["currency"]
    if rest == "%":
        return Number(value / 100, sign, percent=True)
    words = _UNIT.findall(rest)
    if "".join(words) != "".join(rest.split()):
        return None
    while words and words[0] in _SCALES:
        value *= _SCALES[words.pop(0)]
    if len(words) > _MAX_UNIT_WORDS or not _NOT_UNITS.isdisjoint(words) or (sign and words):
        return None
    return Number(value, sign or " ".join(words) or None)


def plain_value(digits: str, style: str) -> Fraction | None:
    """The value of digits with marks and blanks between them, without sign; None when the groups fit no notation."""
    if not digits or not digits.isascii() or len(digits) > MAX_LENGTH:
        return None
    whole, mark, part = _split(digits, style)
    groups = re.split(r"[., ]", whole)
    if len(groups) > 1 and (len({c for c in whole if not c.isdigit()}) > 1 or not _grouped(groups)):
        return None
    number = int("".join(groups) or "0")
    return Fraction(number) + (Fraction(int(part), 10 ** len(part)) if mark else 0)


def _split(digits: str, style: str) -> tuple[str, str, str]:
    """Digits up to the decimal mark, the mark, and the digits after it; without a decimal mark the last two are empty."""
    dots, commas = digits.count("."), digits.count(",")
    if dots + commas > 1 and not (dots == 1 or commas == 1):
        return digits, "", ""
    mark = "." if digits.rfind(".") > digits.rfind(",") else ","
    head, found, tail = digits.rpartition(mark)
    if not found or digits.count(mark) > 1:
        return digits, "", ""
    if dots + commas == 1 and groups_by(digits) is None and mark == ("." if style == "vi" else ","):
        return digits, "", ""
    return head, mark, tail


def groups_by(digits: str) -> Style | None:
    """The style that wrote digits holding a mark, or None when both styles can have written them.

    One mark with three digits after it and one to three before it, the first not zero, is a group in one style and a
    decimal in the other.
    """
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        return "vi" if digits.rfind(",") > digits.rfind(".") else "en"
    if dots > 1 or commas > 1:
        return "vi" if dots else "en"
    if " " in digits:
        return "en" if dots else "vi"
    head, _, tail = digits.partition("." if dots else ",")
    if len(tail) == 3 and 1 <= len(head) <= 3 and head[0] != "0":
        return None
    return "en" if dots else "vi"


def _grouped(groups: list[str]) -> bool:
    head, *tail = groups
    return 1 <= len(head) <= 3 and head[0] != "0" and all(len(group) == 3 for group in tail)
