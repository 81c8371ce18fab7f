r"""A number in all the ways in which it can be written, and what is nearly it and wrong: the writer beside the readers.

Example rows (value, style → some right renderings · some wrong ones):

    1500000      vi    1500000, 1.500.000, 1,5 triệu, \boxed{1500000}  ·  -1500000, 15000000, không phải 1500000
    5/2          vi    2,5, 5/2, hai phẩy năm, 250%                    ·  25, 2/5, 2,5 hoặc 3,5
    1500         en    1,500, 1 500, 1.5 nghìn                         ·  1.500
    3, kg        any   3 kg, 3kg, ba kg, \boxed{3} kg                  ·  3 m, 4 kg

`judge` calls the right ones RIGHT for the gold that `gold_text` writes, and none of the wrong ones. Nothing is random:
the same number has the same renderings in the same order.
"""

import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from vireward.errors import BadParameter
from vireward.quantities.digits import checked_style
from vireward.quantities.spoken import PLACES, in_words

_MARKS: Final = {"vi": (",", "."), "en": (".", ",")}  # before the decimals, between the thousands
_WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_SCALES: Final = ((10**9, "tỷ", "billion"), (10**6, "triệu", "million"), (10**3, "nghìn", "thousand"))
# Other names of a unit, and one of another dimension, for units that golds are often written with.
_SYNONYMS: Final = {
    "đồng": ("đ", "VNĐ", "₫"),
    "kg": ("ki-lô-gam",),
    "m": ("mét",),
    "cm": ("xăng-ti-mét",),
    "km": ("ki-lô-mét",),
    "phút": ("minutes",),
    "giờ": ("tiếng", "h"),
    "lít": ("l",),
    "m²": ("m2", "m^2", "mét vuông"),
    "%": ("phần trăm", "percent"),
}
_AFTER_NO_WORD: Final = ("năm",)  # years, which are also a five
_SMALLER: Final = {"giờ": ("phút", 60), "phút": ("giây", 60), "kg": ("g", 1000), "m": ("cm", 100), "km": ("m", 1000)}


class Rendering(NamedTuple):
    """One way of writing: what kind it is, and the text."""

    kind: str
    text: str


# --- one number in digits ---


def is_decimal(value: Fraction | int) -> bool:
    """Whether a value has a finite decimal of at most `PLACES` places."""
    return 10**PLACES % Fraction(value).denominator == 0


def in_digits(value: Fraction | int, *, mark: str = ",", group: str = "") -> str:
    """A value as a finite decimal.

    >>> in_digits(Fraction(-2469, 2), group=".")
    '-1.234,5'

    Raises:
        BadParameter: it has none of at most `PLACES` places; a rounded number would be another one.
    """
    if not is_decimal(value):
        raise BadParameter(f"in_digits({value}): no finite decimal of {PLACES} places; write it as a fraction")
    whole, rest = divmod(int(abs(Fraction(value)) * 10**PLACES), 10**PLACES)
    places = f"{rest:0{PLACES}d}".rstrip("0")
    digits = f"{whole:,}".replace(",", group) + (f"{mark}{places}" if places else "")
    return f"-{digits}" if value < 0 else digits


# --- the gold ---


def gold_text(value: Fraction | int, *, style: str = "vi", unit: str | None = None) -> str:
    """The number as a data set of a style writes its gold: `1500000`, `2,5 kg`, `1/3`."""
    return _with_unit(_plain(Fraction(value), checked_style(style)), unit)


def _plain(value: Fraction, style: str) -> str:
    return in_digits(value, mark=_MARKS[style][0]) if is_decimal(value) else str(value)


def _with_unit(text: str, unit: str | None) -> str:
    if unit == "%":
        return f"{text} phần trăm" if text[-1].isalpha() else f"{text}%"
    return text if unit is None else f"{text} {unit}"


# --- right ---


def right_renderings(value: Fraction | int, *, style: str = "vi", unit: str | None = None) -> tuple[Rendering, ...]:
    """All right spellings of a number, each once, the gold's own first.

    Args:
        value: The number as it stands before its unit; exact.
        style: The data set's number style, `vi` or `en`.
        unit: The unit, counted noun or `%` of the gold.

    Raises:
        BadParameter: unless the style is `vi` or `en`.
    """
    checked_style(style)
    exact = Fraction(value)
    spelt = [*_in_digits(exact, style), *_as_fraction(exact), *_in_scales(exact, style, unit)]
    found = [Rendering(kind, _with_unit(text, unit)) for kind, text in (*spelt, *_in_words(exact, unit))]
    found += [*_dressed(exact, style, unit), *_in_units(exact, style, unit)]
    found += [Rendering(f"{kind}, NFD", unicodedata.normalize("NFD", text)) for kind, text in found]
    return _distinct(found)


def _in_digits(value: Fraction, style: str) -> Iterator[Rendering]:
    mark, group = _MARKS[style]
    yield Rendering("plain", plain := _plain(value, style))
    if value < 0:
        yield Rendering("minus sign", plain.replace("-", "−"))
    yield Rendering("full width", plain.translate(_WIDE))
    if not is_decimal(value):
        return
    if abs(value) >= 1000:
        yield Rendering("grouped", in_digits(value, mark=mark, group=group))
        for kind, blank in (("spaced", " "), ("no-break spaced", "\u00a0"), ("thin spaced", "\u202f")):
            yield Rendering(kind, in_digits(value, mark=mark, group=blank))
    yield Rendering("trailing zeros", plain + ("0" if mark in plain else f"{mark}0"))
    foreign = in_digits(value, mark=group, group=mark)
    if foreign != plain and not _is_ambiguous(foreign):
        yield Rendering("other style", foreign)


def _is_ambiguous(digits: str) -> bool:
    """Whether digits hold one mark with three digits behind it, which is a group in one style and none in the other."""
    marks = [i for i, char in enumerate(digits) if char in ",."]
    return len(marks) == 1 and len(digits) - marks[0] == 4


def _as_fraction(value: Fraction) -> Iterator[Rendering]:
    top, bottom = value.numerator, value.denominator
    if bottom == 1:
        return
    sign = "-" if value < 0 else ""
    yield Rendering("fraction", f"{top}/{bottom}")
    yield Rendering("LaTeX fraction", f"{sign}\\frac{{{abs(top)}}}{{{bottom}}}")
    yield Rendering("unreduced fraction", f"{2 * top}/{2 * bottom}")
    whole, rest = divmod(abs(top), bottom)
    if whole:
        yield Rendering("mixed number", f"{sign}{whole}\\frac{{{rest}}}{{{bottom}}}")


def _in_scales(value: Fraction, style: str, unit: str | None) -> Iterator[Rendering]:
    if unit in _AFTER_NO_WORD or unit == "%":
        return
    mark = _MARKS[style][0]
    for size, said, english in _SCALES:
        part = value / size
        if abs(part) >= 1 and 1000 % part.denominator == 0:
            digits = in_digits(part, mark=mark)
            yield Rendering("scale word", f"{digits} {said}")
            yield Rendering("English scale word", f"{digits} {english}")
            yield Rendering("power of ten", f"{digits} \\times 10^{{{len(str(size)) - 1}}}")


def _in_words(value: Fraction, unit: str | None) -> Iterator[Rendering]:
    words = in_words(value)
    if words is None or unit in _AFTER_NO_WORD:
        return
    yield Rendering("words", words)
    yield Rendering("words, capital", words.capitalize())
    if words.startswith("âm "):
        yield Rendering("words, trừ", f"trừ {words.removeprefix('âm ')}")


def _dressed(value: Fraction, style: str, unit: str | None) -> Iterator[Rendering]:
    """The number in a frame that says no more than the number."""
    bare, whole = _plain(value, style), gold_text(value, style=style, unit=unit)
    yield Rendering("boxed", _with_unit(f"\\boxed{{{bare}}}", unit))
    yield Rendering("dollars", _with_unit(f"${bare}$", unit))
    yield Rendering("bold", f"**{whole}**")
    yield Rendering("full stop", f"{whole}.")
    yield Rendering("equation", f"x = {whole}")
    yield Rendering("anchored", f"Đáp án là: {whole}")
    if value > 0:
        yield Rendering("plus sign", f"+{whole}")


def _in_units(value: Fraction, style: str, unit: str | None) -> Iterator[Rendering]:
    bare = _plain(value, style)
    if unit is None:
        yield Rendering("unit", f"{bare} đồng")
        if abs(value) <= 10 and is_decimal(value * 100):
            yield Rendering("percent", f"{_plain(value * 100, style)}%")
        return
    yield Rendering("no unit", bare)
    for other in _SYNONYMS.get(unit, ()):
        yield Rendering("unit's other name", f"{bare} {other}")
    if unit in _SMALLER:
        smaller, factor = _SMALLER[unit]
        yield Rendering("smaller unit", f"{_plain(value * factor, style)} {smaller}")


# --- wrong ---


def wrong_values(value: Fraction | int) -> tuple[tuple[str, Fraction], ...]:
    """Other numbers that a careless reader takes for this one, or that a model comes near it with, by kind."""
    exact = Fraction(value)
    found = {"sign": -exact}
    if exact.denominator > 1 and is_decimal(exact):
        digits = in_digits(exact)
        found["mark dropped"] = Fraction(int(digits.replace(",", "")))
        found["last digit"] = exact + Fraction(1, 10 ** len(digits.partition(",")[2]))
    found |= {"ten times": exact * 10, "tenth": exact / 10}
    found |= {"thousand times": exact * 1000, "thousandth": exact / 1000, "first digit": exact + _first_place(exact)}
    found["one more"] = exact + 1
    if exact.denominator > 1:
        found |= {"upside down": 1 / exact, "cut off": Fraction(int(exact)), "numerator": Fraction(exact.numerator)}
    kept: dict[Fraction, str] = {}
    for kind, other in found.items():
        if other != exact:
            kept.setdefault(other, kind)
    return tuple((kind, other) for other, kind in kept.items())


def _first_place(value: Fraction) -> Fraction:
    """One in the first place of a number, so that adding it changes the first digit."""
    place = Fraction(10) ** (len(str(int(abs(value)))) - 1)
    return place if value >= 0 else -place


def wrong_renderings(value: Fraction | int, *, style: str = "vi", unit: str | None = None) -> tuple[Rendering, ...]:
    """Wrong answers near a number, each once: other numbers, and texts around it that assert something else.

    The arguments and errors are those of `right_renderings`.
    """
    others = other_numbers(value, style=style, unit=unit)
    return _distinct([*others, *other_assertions(value, style=style, unit=unit)])


def other_numbers(value: Fraction | int, *, style: str = "vi", unit: str | None = None) -> tuple[Rendering, ...]:
    """The wrong renderings that state one number, another one."""
    exact, (mark, group) = Fraction(value), _MARKS[checked_style(style)]
    found = [Rendering(kind, gold_text(other, style=style, unit=unit)) for kind, other in wrong_values(exact)]
    misread = in_digits(exact, mark=group, group=mark) if is_decimal(exact) else ""
    if _is_ambiguous(misread) and not misread.lstrip("-").startswith("0"):
        found.append(Rendering("marks exchanged", _with_unit(misread, unit)))
    if (words := in_words(exact + 1)) and unit not in _AFTER_NO_WORD:
        found.append(Rendering("one more, words", _with_unit(words, unit)))
    if not is_decimal(exact):
        found.append(Rendering("rounded", _with_unit(_plain(round(exact, 2), style), unit)))
    return _distinct(found)


def other_assertions(value: Fraction | int, *, style: str = "vi", unit: str | None = None) -> tuple[Rendering, ...]:
    """The wrong renderings that hold the number and assert something else."""
    exact = Fraction(value)
    right, other = (gold_text(number, style=style, unit=unit) for number in (exact, exact + 1))
    found = list(_asserting_more(right, other))
    if unit is not None:
        other = "kg" if unit in ("m", "cm", "km", "m²", "phút", "giờ", "%") else "m"
        found.append(Rendering("contradicting unit", f"{_plain(exact, style)} {other}"))
    found += [Rendering(f"{kind}, NFD", unicodedata.normalize("NFD", text)) for kind, text in found]
    return _distinct(found)


def _asserting_more(right: str, other: str) -> Iterator[Rendering]:
    """The right answer taken back, doubted, or beside another one."""
    yield Rendering("negated", f"không phải {right}")
    yield Rendering("negated, English", f"not {right}")
    yield Rendering("hedged", f"{right} hoặc {other}")
    yield Rendering("hedged, right one last", f"{other} hoặc {right}")
    yield Rendering("hedged, English", f"{right} or {other}")
    yield Rendering("about", f"khoảng {right}")
    yield Rendering("doubted", f"{right}?")
    yield Rendering("two numbers", f"{right}; {other}")
    yield Rendering("both", f"{other} và {right}")
    yield Rendering("unfinished", f"{right} + 1 - 1")
    yield Rendering("not known", "không biết")


def _distinct(found: list[Rendering]) -> tuple[Rendering, ...]:
    """Each text once, under its first kind."""
    kept: dict[str, Rendering] = {}
    for one in found:
        kept.setdefault(one.text, one)
    return tuple(kept.values())
