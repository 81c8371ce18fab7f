r"""The text of one number → its exact value and unit: digits or words, in Vietnamese or English notation.

Example rows (text, style → value, unit):

    1.500.000             any → 1500000
    1.500                 vi  → 1500,   en → 3/2
    -2,5 kg               any → -5/2, kg
    25%                   any → 1/4, percent
    \frac{3}{4} · 3 1/2   any → 3/4 · 7/2
    2 \times 10^{3}       any → 2000
    0,1(6)                any → 1/6
    hai mươi lăm          any → 25
    3 giờ 15 phút         any → 13/4, giờ

What is not certainly one number is not read. Work is bounded: a text of more than `MAX_LENGTH` characters holds none.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from vireward.answers.dressing import undressed
from vireward.answers.names import named
from vireward.quantities.compounds import read_compound
from vireward.quantities.digits import BLANK_GROUPS, MAX_LENGTH, PLAIN, checked_style, plain_value
from vireward.quantities.measures import ONE, SCALES, Measure, read_measure
from vireward.quantities.number_words import marked, read_words
from vireward.quantities.units import is_measure, same_unit
from vireward.spelling import VIETNAMESE, folded, words_of

_CURRENCY = r"us\$|[$₫€£¥₩₹]|usd|vnđ|vnd"
_VULGAR = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5)}
_VULGAR |= {"⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅒": (1, 10)}
_TOP_BOTTOM = rf"(?:\{{\s*(?P<inner>-)?\s*(?P<top>{BLANK_GROUPS}|{PLAIN})\s*\}}|(?P<one>[0-9]))\s*"
_TOP_BOTTOM += rf"(?:\{{\s*(?P<under_sign>-)?\s*(?P<bottom>{BLANK_GROUPS}|{PLAIN})\s*\}}|(?P<other>[0-9]))"
_NUMBER = re.compile(
    rf"""
    (?:(?P<before>{_CURRENCY})\s*)?
    (?:(?P<sign>[+-])\s*|(?P<minus>âm|trừ|minus|negative)\s+)?
    (?:(?P<currency>{_CURRENCY})\s*)?
    (?: (?P<whole>[0-9]+)?\s*\\[dtc]?frac\s*{_TOP_BOTTOM}
      | (?P<units>[0-9]+)[ ](?P<part>[0-9]{{1,2}})[ ]?/[ ]?(?P<parts>[0-9]+)
      | (?P<over>{PLAIN})[ ]?/[ ]?(?:(?P<under>{PLAIN})|\([ ]?(?P<minus_under>-)[ ]?(?P<negative>{PLAIN})[ ]?\))
      | (?P<count>[0-9]*)[ ]?(?P<vulgar>[{"".join(_VULGAR)}])
      | (?P<digits>{BLANK_GROUPS}|{PLAIN}|[.,][0-9]+)
    )
    (?![0-9.,]|[ ]?/[ ]?[0-9])
    (?P<rest>.*)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_BARE = re.compile(r"(-)?([0-9]+(?:[.,][0-9]+)*)")
_MEASURED = re.compile(rf"(-)?([0-9]+(?:[.,][0-9]+)*)( ?%| [a-z{VIETNAMESE}]+(?: [a-z{VIETNAMESE}]+)*)")
_QUOTIENT = re.compile(r"(-?[0-9]+)/([0-9]+)")
# A power of ten, alone or behind a factor; a glued dot multiplies in Vietnamese notation only.
_TEN = re.compile(
    r"(?P<times>[ \t]*(?:\\times|\\cdot|[×·*x.])[ \t]*|^(?P<alone>-?))"
    r"10[ ]?\^[ ]?(?:\{[ ]?(?P<braced>[+-]?[0-9]{1,3})[ ]?\}|(?P<digit>-?[0-9]))(?![0-9])"
)
# `0,1(6)` and `0,1\overline{6}`
_REPEATING = re.compile(r"(-?)([0-9]{1,9})([.,])([0-9]{0,9})(?:\(([0-9]{1,9})\)|\\(?:overline|bar)\s?\{([0-9]{1,9})\})")
_OPEN = re.compile(r"(?<![^\W\d_])(?:hoặc|không (?:phải|biết))(?![^\W\d_])")
_MINUS = words_of("âm trừ")
_MINUS_SIGN = re.compile(r"-[ ]?|(?:âm|trừ)[ ]")
_NO_COUNT = words_of("số vài ít chút")  # `một số` is "some", not one


@dataclass(frozen=True, slots=True)
class Number:
    """One number that was read.

    Attributes:
        value: The exact value; scale words and percent are multiplied in (`25%` is 1/4, `2 triệu` is 2000000).
        unit: The unit or counted noun as written, without case; None when there is none.
        percent: Whether the text ended in a percent sign.
        compound: Whether it was written in several parts (`3 giờ 15 phút`), the value being in the first unit.
    """

    value: Fraction
    unit: str | None = None
    percent: bool = False
    compound: bool = False


def read_number(text: str, style: str = "vi") -> Number | None:
    """Read a text that is one number, with sign, notation, scale word, percent sign and unit, in digits or in words.

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
    if bare := _BARE.fullmatch(text):  # most answers; what follows would read them alike
        value = plain_value(bare[2], style)
        return None if value is None else Number(-value if bare[1] else value)
    if (measured := _MEASURED.fullmatch(text)) and (measure := read_measure(measured[3])):
        value = plain_value(measured[2], style)
        if value is not None:
            return _measured(-value if measured[1] else value, measure)
    if (quotient := _QUOTIENT.fullmatch(text)) and int(quotient[2]):
        return Number(Fraction(int(quotient[1]), int(quotient[2])))
    text = named(undressed(text))[1]
    if _OPEN.search(text):  # what follows would not read it either
        return None
    number = _in_digits(text, style) or _power_of_ten(text, style) or _repeating(text, style)
    if number is not None or len(text.splitlines()) > 1:  # a line end joins no words and no parts
        return number
    return _in_words(text) or _in_parts(text, style)


def _measured(value: Fraction, measure: Measure) -> Number:
    return Number(value if measure.factor is ONE else value * measure.factor, measure.unit, measure.percent)


def _in_digits(text: str, style: str) -> Number | None:
    match = _NUMBER.match(text)
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
    inner = match["inner"] or match["under_sign"] or match["minus_under"]
    signs = [sign for sign in (match["sign"], match["minus"], inner) if sign]
    if value is None or (match["inner"] and match["under_sign"]) or (inner and (len(signs) > 1 or match["whole"])):
        return None
    return -value if signs and signs != ["+"] else value


def _magnitude(match: re.Match[str], style: str) -> Fraction | None:
    """The value without sign; of a mixed number (`3 1/2`) only when its fraction is less than one."""
    if match["digits"]:
        return plain_value(match["digits"], style)
    if match["vulgar"]:
        return int(match["count"] or 0) + Fraction(*_VULGAR[match["vulgar"]])
    whole = plain_value(match["whole"] or match["units"] or "0", style)
    top = plain_value(match["top"] or match["one"] or match["part"] or match["over"], style)
    bottom = plain_value(
        match["bottom"] or match["other"] or match["parts"] or match["under"] or match["negative"], style
    )
    if whole is None or top is None or not bottom:
        return None
    if (match["whole"] or match["units"]) and top >= bottom:
        return None
    return whole + top / bottom


def _power_of_ten(text: str, style: str) -> Number | None:
    r"""`2,5 \times 10^{3} kg`; the exponent has three digits at most."""
    match = _TEN.search(text) if "^" in text else None
    if match is None or (match["times"] == "." and style != "vi"):
        return None
    factor = Number(Fraction(-1 if match["alone"] else 1))
    if match.start():
        factor = _in_digits(text[: match.start()], style) or Number(Fraction(0), "unreadable")
    measure = read_measure(text[match.end() :])
    if measure is None or factor.unit or factor.percent:
        return None
    exponent = int(match["braced"] or match["digit"])
    return _measured(factor.value * Fraction(10) ** exponent, measure)


def _repeating(text: str, style: str) -> Number | None:
    """A decimal that repeats digits for ever, which is a fraction: `0,1(6)` is 1/6; in `2.(3)` the dot may multiply."""
    match = _REPEATING.match(text)
    measure = read_measure(text[match.end() :]) if match else None
    if match is None or measure is None:
        return None
    sign, whole, mark, head, *tails = match.groups()
    if whole != "0" and mark != {"vi": ",", "en": "."}[style]:
        return None
    tail = tails[0] or tails[1]
    repeated = Fraction(int(tail), 10 ** len(tail) - 1)
    value = int(whole) + (int(head or "0") + repeated) / 10 ** len(head)
    return _measured(-value if sign else value, measure)


def _in_words(text: str) -> Number | None:
    """A number in words, with what may follow a number in digits; words without marks hold nothing but the number."""
    if not text[:1].isalpha():
        return None
    words = folded(text).split()
    sign = -1 if words[0] in _MINUS else 1
    words = words[sign < 0 :]
    restored = marked(words)
    read = read_words(restored or words)
    if read is None or (restored and read.end < len(words)):
        return None
    rest = words[read.end :]
    measure = read_measure(" " + " ".join(rest) if rest else "")
    if measure is None or not _countable(words[: read.end], rest):
        return None
    return _measured(sign * read.value, measure)


def _countable(number: list[str], rest: list[str]) -> bool:
    """Whether number words count what follows: `một số` does not, `không` only measures, `nghìn năm` is uncertain."""
    if number == ["không"]:
        return bool(rest) and rest[0] != "năm" and (rest[0] == "phần" or is_measure(rest[0]))
    if number == ["một"] and rest[:1] and rest[0] in _NO_COUNT:
        return False
    last, following = SCALES.get(number[-1], 1), rest[0] if rest else ""
    return not ((following == "năm" and last > 1) or SCALES.get(following, last + 1) <= last)


def _in_parts(text: str, style: str) -> Number | None:
    text = folded(text)
    minus = _MINUS_SIGN.match(text)
    read = read_compound(text[minus.end() :] if minus else text, style)
    return Number(-read.value if minus else read.value, read.unit, compound=read.mixed) if read else None
