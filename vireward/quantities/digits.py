r"""Digits with marks between them → exact value, in a data set's number style.

Example rows (digits, style → value):

    1.500.000    any → 1500000      two groups can only be groups
    1.500        vi  → 1500,   en → 3/2
    1,5          any → 3/2          one digit after a mark can only be a decimal
    15 000,5     any → 30001/2
    0.125        any → 1/8          no group starts with a zero

Work is bounded: more than `MAX_LENGTH` characters are no number.
"""

import re
from fractions import Fraction
from typing import Literal

from vireward.errors import BadParameter

Style = Literal["vi", "en"]
STYLES: tuple[Style, ...] = ("vi", "en")

MAX_LENGTH = 400  # characters; far under the 4,300 digits at which int() refuses
_GROUP_MARK = {"vi": ".", "en": ","}

# The blank of a group is written [ ], because the patterns that use it are verbose; no tab or line end joins groups.
BLANK_GROUPS = r"[0-9]{1,3}(?:[ ][0-9]{3})+(?:[.,][0-9]+)?(?![0-9])"
PLAIN = r"[0-9]+(?:[.,][0-9]+)*"
WRITTEN = rf"{BLANK_GROUPS}|{PLAIN}|[.,][0-9]+"
_WRITTEN = re.compile(WRITTEN)


def checked_style(style: str) -> Style:
    """Give a number style back.

    Raises:
        BadParameter: unless it is `vi` or `en`.
    """
    for known in STYLES:
        if style == known:
            return known
    raise BadParameter(f"style={style!r}: the number style must be one of {', '.join(STYLES)}")


def plain_value(digits: str, style: str) -> Fraction | None:
    """The value of digits with marks and blanks between them, without sign; None when the groups fit no notation."""
    if len(digits) > MAX_LENGTH or not _WRITTEN.fullmatch(digits):
        return None
    ratio = written_ratio(digits, style)
    return Fraction(*ratio) if ratio else None


def written_ratio(digits: str, style: str) -> tuple[int, int] | None:
    """The value of digits that fit `WRITTEN`, as a whole number and the power of ten that divides it."""
    mark = _decimal_mark(digits, style)
    head, _, part = digits.rpartition(mark) if mark else (digits, "", "")
    if not head.isdecimal():
        groups = re.split(r"[., ]", head)
        if len(groups) > 1 and (len(set(head) & set("., ")) > 1 or not _grouped(groups)):
            return None
        head = "".join(groups) or "0"
    return int(head + part), 10 ** len(part)


def _decimal_mark(digits: str, style: str) -> str:
    """The mark before the decimals, empty when there are none."""
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        return max(".,", key=digits.rfind)
    if dots + commas != 1:
        return ""
    mark = "." if dots else ","
    return "" if mark == _GROUP_MARK[style] and groups_by(digits) is None else mark


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
