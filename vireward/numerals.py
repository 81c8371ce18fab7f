r"""The text of one number → its exact value and unit, in Vietnamese or English notation.

Example rows (text, style → value, unit):

    1.500.000        any → 1500000
    1.500            vi  → 1500,   en → 3/2
    15 000 đồng      any → 15000, đồng
    -2,5 kg          any → -5/2, kg
    25%              any → 1/4, percent
    \frac{3}{4}      any → 3/4
    3 1/2 giờ        any → 7/2, giờ

What is not certainly one number is not read. Work is bounded: a text of more than `MAX_LENGTH` characters holds none.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from vireward.dressing import named, undressed
from vireward.errors import BadParameter
from vireward.units import read_measure, same_unit

Style = Literal["vi", "en"]
STYLES: tuple[Style, ...] = ("vi", "en")

MAX_LENGTH = 400  # characters; far under the 4,300 digits at which int() refuses
_GROUP_MARK = {"vi": ".", "en": ","}

# The blank of a group is written [ ], because the pattern below is verbose; no tab or line end joins two groups.
_BLANK_GROUPS = r"[0-9]{1,3}(?:[ ][0-9]{3})+(?:[.,][0-9]+)?(?![0-9])"
_PLAIN = r"[0-9]+(?:[.,][0-9]+)*"
_WRITTEN = re.compile(rf"{_BLANK_GROUPS}|{_PLAIN}|\.[0-9]+")
_CURRENCY = r"us\$|[$₫€£¥]|usd|vnđ|vnd"
_NUMBER = re.compile(
    rf"""
    (?:(?P<before>{_CURRENCY})\s*)?
    (?:(?P<sign>[+-])\s*|(?P<minus>âm|trừ|minus|negative)\s+)?
    (?:(?P<currency>{_CURRENCY})\s*)?
    (?: (?P<whole>[0-9]+)?\s*\\[dt]?frac\s*\{{\s*(?P<inner>-)?(?P<top>{_PLAIN})\s*\}}\s*\{{\s*(?P<bottom>{_PLAIN})\s*\}}
      | (?P<units>[0-9]+)[ ](?P<part>[0-9]{{1,2}})[ ]?/[ ]?(?P<parts>[0-9]+)
      | (?P<over>{_PLAIN})[ ]?/[ ]?(?P<under>{_PLAIN})
      | (?P<digits>{_BLANK_GROUPS}|{_PLAIN}|\.[0-9]+)
    )
    (?![0-9.,]|[ ]?/[ ]?[0-9])
    (?P<rest>.*)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


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
        text: The whole text of the number, at most `MAX_LENGTH` characters; `x = 5` is read as 5.
        style: How `1.500` and `1,500` are read: `vi` groups with a dot, `en` with a comma. Forms that can be meant in
            one way only are read in that way whatever the style.

    Returns:
        The number, or None when the text is not certainly one number.

    Raises:
        BadParameter: unless the style is `vi` or `en`.
    """
    checked_style(style)
    if len(text) > MAX_LENGTH:
        return None
    match = _NUMBER.match(named(undressed(text))[1])
    if match is None or (match["before"] and match["currency"]):
        return None
    value, measure = _signed_value(match, style), read_measure(match["rest"])
    if value is None or measure is None:
        return None
    currency = match["before"] or match["currency"]
    unit = measure.unit or (currency and currency.casefold())
    if currency and (measure.percent or not same_unit(currency, unit or currency)):
        return None
    return Number(value * measure.factor, unit or None, measure.percent)


def _signed_value(match: re.Match[str], style: str) -> Fraction | None:
    value = _magnitude(match, style)
    signs = [sign for sign in (match["sign"], match["minus"], match["inner"]) if sign]
    if value is None or (match["inner"] and (len(signs) > 1 or match["whole"])):
        return None
    return -value if signs and signs != ["+"] else value


def _magnitude(match: re.Match[str], style: str) -> Fraction | None:
    """The value without sign; of a mixed number (`3 1/2`) only when its fraction is less than one."""
    if match["digits"]:
        return plain_value(match["digits"], style)
    whole = plain_value(match["whole"] or match["units"] or "0", style)
    top = plain_value(match["top"] or match["part"] or match["over"], style)
    bottom = plain_value(match["bottom"] or match["parts"] or match["under"], style)
    if whole is None or top is None or not bottom:
        return None
    if (match["whole"] or match["units"]) and top >= bottom:
        return None
    return whole + top / bottom


def plain_value(digits: str, style: str) -> Fraction | None:
    """The value of digits with marks and blanks between them, without sign; None when the groups fit no notation."""
    if len(digits) > MAX_LENGTH or not _WRITTEN.fullmatch(digits):
        return None
    mark = _decimal_mark(digits, style)
    head, _, part = digits.rpartition(mark) if mark else (digits, "", "")
    groups = re.split(r"[., ]", head)
    if len(groups) > 1 and (len(set(head) & set("., ")) > 1 or not _grouped(groups)):
        return None
    return Fraction(int("".join(groups) or "0")) + Fraction(int(part or "0"), 10 ** len(part))


def _decimal_mark(digits: str, style: str) -> str:
    """The mark before the decimals, empty when there are none."""
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        return max(".,", key=digits.rfind)
    if dots + commas != 1:
        return ""
    mark = "." if dots else ","
    return "" if groups_by(digits) is None and mark == _GROUP_MARK[style] else mark


def groups_by(digits: str) -> Style | None:
    """The style that wrote digits holding a mark, or None when both styles can have written them.

    One mark with three digits after it and one to three before it, the first not zero, is a group in one style and a
    decimal in the other. After groups between blanks, such a mark is a decimal in one style and against all rules in
    the other.
    """
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        return "vi" if digits.rfind(",") > digits.rfind(".") else "en"
    if dots > 1 or commas > 1:
        return "vi" if dots else "en"
    head, mark, tail = digits.partition("." if dots else ",")
    blanks = " " in head
    if mark and len(tail) == 3 and (blanks or (1 <= len(head) <= 3 and head[0] != "0")):
        return None
    return "vi" if commas or (blanks and not dots) else "en"


def _grouped(groups: list[str]) -> bool:
    head, *tail = groups
    return 1 <= len(head) <= 3 and head[0] != "0" and all(len(group) == 3 for group in tail)
