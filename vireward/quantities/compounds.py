"""One quantity in several parts: `3 giờ 15 phút`, `8 dm2 24 cm2`, `1tr5`, `2 triệu 300 nghìn đồng`, `hai giờ rưỡi`.

Example rows (text → value, unit):

    12 tấn 5 kg                         12,005 tấn      the unit is that of the first part
    mười sáu giờ kém mười lăm           15,75 giờ       a bare last part is of the next smaller unit of time
    1tr5 · 5 triệu 2                    1500000 · 5200000
    50 đơn vị, 8 phần trăm              50,08

Each part is smaller than one of the unit before it; anything else is not read.
"""

import re
from fractions import Fraction
from typing import NamedTuple

from vireward.quantities.digits import WRITTEN, plain_value
from vireward.quantities.measures import SCALES, TOKEN, is_unit, joined, unglued
from vireward.quantities.number_words import STARTS, read_words
from vireward.quantities.units import dimension, longest_measure
from vireward.spelling import words_of

_MAX_PARTS = 6
_TOKENS = re.compile(rf"({WRITTEN})|({TOKEN}|,)")
_HALF = words_of("rưỡi rưởi")
_BETWEEN = words_of(", và")
_LESS = words_of("kém")
_PLACES = {("phần", "mười"): 10, ("phần", "trăm"): 100, ("phần", "nghìn"): 1000, ("phần", "ngàn"): 1000}
_NEXT_SMALLER = {"giờ": "phút", "phút": "giây"}  # of a bare last part: `3h15`, `7 giờ 30`
# How many digits may follow a scale without a unit: one for tenths; three after a thousand, where tenths and ones
# agree; up to three after the glued `tr`. `5 nghìn 10` is 5100 or 5010, and not read.
_BARE_DIGITS = (
    dict.fromkeys(("vạn", "triệu", "tỷ", "tỉ"), (1,)) | dict.fromkeys(("nghìn", "ngàn"), (1, 3)) | {"tr": (1, 2, 3)}
)


class _Unit(NamedTuple):
    """The unit of a part: its kind, its size within that kind, and its name."""

    kind: str
    size: Fraction
    name: str


class _Part(NamedTuple):
    """A number with its unit; `bare` has the digits of a number that is written without one."""

    value: Fraction
    unit: _Unit | None
    bare: str = ""
    half: bool = False


class Compound(NamedTuple):
    """A quantity: its value in the unit, and whether several units of measure were mixed to write it."""

    value: Fraction
    unit: str | None
    mixed: bool


def read_compound(text: str, style: str) -> Compound | None:
    """Read a folded text without sign as one quantity of several parts, or with a half; its value in its first unit."""
    tokens = _tokens(unglued(text))
    parts: list[_Part] = []
    i = 0
    while i < len(tokens) and len(parts) < _MAX_PARTS and (not parts or parts[-1].unit):
        less, joined_on = bool(parts) and tokens[i] in _LESS, bool(parts) and tokens[i] in _BETWEEN
        step = _part(tokens, i + (less or joined_on), style, after_scale=bool(parts) and _is_scale(parts[-1].unit))
        if step is None or (joined_on and step[0].unit is None):  # `2 nghìn và 5` says two things
            break
        part, i = step
        parts.append(part._replace(value=-part.value if less else part.value))
        if part.half or less:  # nothing smaller follows a half, or what is taken off
            break
    return _summed(parts, tokens[i:])


def _tokens(text: str) -> list[str]:
    """Numbers, words and signs of a text; none when there is anything else in it."""
    found = [match[0] for match in _TOKENS.finditer(text)]
    return found if "".join(found).replace(" ", "") == text.replace(" ", "") else []


def _is_scale(unit: _Unit | None) -> bool:
    return unit is not None and unit.kind == "scale"


def _part(tokens: list[str], i: int, style: str, *, after_scale: bool) -> tuple[_Part, int] | None:
    """The part that starts at a token, and where it ends."""
    if i >= len(tokens):
        return None
    if tokens[i][0] in "0123456789.,":
        value, end, digits = plain_value(tokens[i], style), i + 1, tokens[i]
    else:
        read = read_words(tokens, i, fractions=False) if tokens[i] in STARTS else None
        if read is None:
            return None
        value, end = read.value, read.end
        # A lone `năm` may count years, a lone `một` begin the next sentence.
        digits = "" if end == i + 1 and tokens[i] in ("không", "một", "năm") else str(value)
        # `1 triệu năm trăm nghìn`: the words have their own scale.
        if after_scale and end > i + 1 and (end == len(tokens) or tokens[end - 1] in SCALES):
            return _Part(value, _Unit("scale", Fraction(1), "")), end
    if value is None:
        return None
    unit, end = _unit(tokens, end)
    if unit and end < len(tokens) and tokens[end] in _HALF:
        return _Part(value + Fraction(1, 2), unit, digits, half=True), end + 1
    return _Part(value, unit, digits), end


def _unit(tokens: list[str], i: int) -> tuple[_Unit | None, int]:
    """The scale, decimal place or measure that stands at a token, and where it ends."""
    for words, parts in _PLACES.items():
        if tuple(tokens[i : i + 2]) == words:
            return _Unit("scale", Fraction(1, parts), ""), i + 2
    if tokens[i : i + 2] == ["đơn", "vị"]:
        return _Unit("scale", Fraction(1), ""), i + 2
    size, end = 1, i
    while end < len(tokens) and tokens[end] in SCALES and SCALES[tokens[end]] > size:
        size, end = size * SCALES[tokens[end]], end + 1
    if size > 1:
        return _Unit("scale", Fraction(size), tokens[end - 1]), end
    # Up to the next number: in `3 m 2 dm` no square metre stands.
    end = next((k for k in range(i, len(tokens)) if tokens[k][0].isdecimal()), len(tokens))
    name, count = longest_measure(tokens[:end], i)
    known = dimension(name) if name else None
    if known is None:
        return None, i
    return _Unit(known.name, known.size, name), i + count


def _summed(parts: list[_Part], rest: list[str]) -> Compound | None:
    if not parts or parts[0].unit is None or (len(parts) < 2 and not parts[0].half):
        return None
    first = parts[0].unit
    total, last = parts[0].value * first.size, first
    for part in parts[1:]:
        unit, value = part.unit or _implied(last, part), part.value
        if unit is None or unit.kind != first.kind or not 0 < unit.size < last.size:
            return None
        if abs(value) * unit.size >= last.size or (unit.name == "trăm" and last.name not in ("nghìn", "ngàn")):
            return None  # `1 triệu 2 trăm` is 1200000, too
        total, last = total + value * unit.size, unit
    timed = first.kind != "scale" and parts[-1].unit is None
    if not is_unit(rest, after_scale=True) or (rest and timed):  # `3 giờ 15 quả` is no time
        return None
    if first.kind == "scale":
        return Compound(total, joined(rest) or None, mixed=False)
    return Compound(total / first.size, joined([first.name, *rest]), mixed=len(parts) > 1)


def _implied(last: _Unit, part: _Part) -> _Unit | None:
    """The unit of a bare last part: the next smaller one of time, or so many decimals of the scale before it."""
    if last.kind == "scale":
        if not part.bare.isdecimal() or len(part.bare) not in _BARE_DIGITS.get(last.name, ()):
            return None
        return _Unit("scale", last.size / 10 ** len(part.bare), "")
    smaller = _NEXT_SMALLER.get(last.name)
    known = dimension(smaller) if smaller else None
    return _Unit(known.name, known.size, smaller or "") if known else None
