r"""Units of measure and counted nouns: their names, which agree, and how large each is.

Example rows (unit as written → name, dimension and size):

    xăng-ti-mét vuông, cm^{2}, cm2    cm²       area, 1/10000 m²
    tiếng, h, giờ                     giờ       time, 3600 s
    ki-lô-mét/giờ, km/h               km/giờ    length/time, 5/18 m/s
    kg gạo                            kg, gạo   mass, 1 kg, of rice
    quả táo                           quả, táo  no dimension: a count of things
"""

import re
from fractions import Fraction
from typing import NamedTuple

from vireward.spelling import folded, words_of

MAX_WORDS = 4  # of a unit or noun; longer texts are sentences

# Names as they are written without blanks and hyphens; `|` keeps a word from being split at the blank.
_NAMES = {
    "đồng": "đ ₫ vnd vnđ đồngviệtnam",
    "usd": "$ us$ đôla đô đôlamỹ đôlamĩ dollar dollars",
    "xu": "cent cents",
    "euro": "€ eur euros ơrô",
    "bảng": "£ bảnganh gbp pound pounds",
    "yên": "¥ yênnhật jpy yen",
    "won": "₩ uôn krw",
    "rupee": "₹ rupi rupees inr",
    "tấn": "",
    "tạ": "",
    "yến": "",
    "kg": "kilôgam kílôgam kilogam kilogram kilograms ký kí",
    "hg": "héctôgam hectôgam lạng",
    "dag": "đềcagam đêcagam",
    "g": "gam gr gram grams",
    "mg": "miligam",
    "l": "lít lit liter liters litre litres",
    "dl": "đềxilít đêxilít",
    "cl": "xăngtilít xentilít",
    "ml": "mililít",
    "ha": "hécta hecta",
    "thếkỷ": "thếkỉ century centuries",
    "thậpkỷ": "thậpkỉ decade decades",
    "năm": "year years",
    "tháng": "month months",
    "tuần": "tuầnlễ week weeks",
    "ngày": "day days",
    "giờ": "h tiếng tiếngđồnghồ giờđồnghồ hour hours hr hrs",
    "phút": "p ph minute minutes min mins",
    "giây": "s second seconds sec secs",
    "°": "độ degree degrees",
}
_LENGTHS = {
    "mm": "millimeter millimeters milimét milimet",
    "cm": "centimeter centimeters centimetre centimetres xăngtimét xentimét centimét xentimet centimet",
    "dm": "đềximét đêximét",
    "m": "mét meter meters metre metres",
    "dam": "đềcamét đêcamét",
    "hm": "héctômét hectômét",
    "km": "kilômét kílômét kilomét câysố kilometer kilometers",
    "inch": "inches",
    "foot": "feet ft",
    "yard": "yards",
    "mile": "miles dặm",
    "unit": "units đơnvịđộdài",
}
_POWERS = {"": "", "²": "² 2 vuông", "³": "³ 3 khối"}

_SIZES: dict[str, tuple[str, Fraction]] = {
    name: (dimension, Fraction(size))
    for dimension, sizes in {
        "mass": "tấn:1000 tạ:100 yến:10 kg:1 hg:1/10 dag:1/100 g:1/1000 mg:1/1000000",
        "volume": "l:1/1000 dl:1/10000 cl:1/100000 ml:1/1000000",
        "area": "ha:10000",
        "span": "thếkỷ:1200 thậpkỷ:120 năm:12 tháng:1",  # months; how many days they have depends on which
        "time": "tuần:604800 ngày:86400 giờ:3600 phút:60 giây:1",
        "dollar": "usd:1 xu:1/100",
        "angle": "°:1",
    }.items()
    for name, size in (entry.split(":") for entry in sizes.split())
}
_METRES = {"mm": "1/1000", "cm": "1/100", "dm": "1/10", "m": "1", "dam": "10", "hm": "100", "km": "1000"}
_METRES |= {"inch": "127/5000", "foot": "381/1250", "yard": "1143/1250", "mile": "201168/125"}
for _name, _metres in _METRES.items():
    for _power, (_dimension, _sign) in enumerate((("length", ""), ("area", "²"), ("volume", "³")), start=1):
        _SIZES[_name + _sign] = (_dimension, Fraction(_metres) ** _power)

# Latin letters only: "½" and "²" count as letters elsewhere, and are part of the number.
WORD = r"[a-zß-öø-ɏ\u1e00-\u1eff]+(?:-[a-zß-öø-ɏ\u1e00-\u1eff]+)*"
_MEASURE = re.compile(rf"({WORD})\^?\{{?([23²³])\}}?")
# Powers are written with digits behind lengths only: the 2 of `kg2` belongs to no unit.
POWERED = "|".join(
    sorted(("s", *(name for unit, names in _LENGTHS.items() for name in (unit, *names.split()))), key=len)[::-1]
)
# Words before a counted noun that say how it is counted, not what: `5 quả táo`, `5 trái táo` and `5 táo` agree.
ALIKE = {"trái": "quả", "cuốn": "quyển", "hs": "học sinh", "sv": "sinh viên"}  # one noun, north and south or in short
CLASSIFIERS = words_of(
    "quả trái con cái chiếc viên bông quyển cuốn tờ bạn em người hạt củ lá bức cục ổ đứa hòn cây bài tấm miếng"
)


class Dimension(NamedTuple):
    """What a unit measures, how large it is in the base unit of that, and the noun that follows it, if any."""

    name: str
    size: Fraction
    noun: tuple[str, ...] = ()


def _synonyms() -> dict[str, str]:
    """All names of measures, written without blanks and hyphens, with the one name of each."""
    table = {name: unit for unit, names in _NAMES.items() for name in (unit, *names.split())}
    for unit, names in _LENGTHS.items():
        for name in (unit, *names.split()):
            table[name] = unit
            table |= {name + sign: unit + power for power, signs in _POWERS.items() for sign in signs.split()}
            table |= {"square" + name: unit + "²", "cubic" + name: unit + "³"}
    return table | {"s2": "giây²", "s²": "giây²", "giây2": "giây²"}  # of accelerations


_SYNONYMS = _synonyms()
UNIT_NAMES = frozenset(_SYNONYMS)


def is_measure(word: str) -> bool:
    """Whether a folded word is the name of a unit of measure."""
    return _key((word,)) in _SYNONYMS


def longest_measure(words: list[str], start: int = 0) -> tuple[str, int]:
    """The unit of measure that the words begin with at an index, and how many of them name it; ("", 0) if none does."""
    for count in range(min(len(words) - start, MAX_WORDS), 0, -1):
        if unit := _SYNONYMS.get(_key(words[start : start + count])):
            return unit, count
    return "", 0


def names(unit: str) -> tuple[str, ...]:
    """The words of a unit, measures under their one name: `mét vuông` and `m^2` are `m²`, `km/h` is `km/giờ`."""
    sides = [_side(side.split()) for side in folded(unit).replace("°", "° ").replace("-", " ").split("/")]
    found = sides[0]
    for side in sides[1:]:
        found = [*found[:-1], "/".join(found[-1:] + side[:1]), *side[1:]]
    return tuple(found)


def dimension(unit: str) -> Dimension | None:
    """What a unit measures; None for a counted noun.

    >>> dimension("km/h").size, dimension("kg gạo").noun, dimension("quả táo")
    (Fraction(5, 18), ('gạo',), None)
    """
    first, *noun = names(unit) or ("",)
    sides = [_SIZES.get(side) for side in first.split("/")]
    known = [side for side in sides if side is not None]
    if len(known) < len(sides) or len(sides) > 2:
        return None
    size = known[0][1] / known[1][1] if len(sides) == 2 else known[0][1]
    return Dimension("/".join(name for name, _ in known), size, tuple(noun))


def same_unit(one: str, other: str) -> bool:
    """Whether two units or counted nouns do not contradict each other: equal, or one says less than the other.

    >>> same_unit("vnđ", "đồng"), same_unit("quả", "quả táo"), same_unit("m", "m2"), same_unit("đôi", "chiếc")
    (True, True, False, False)
    """
    return one == other or _agree(names(one), names(other))


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    pairs = ((one, other), (_counted(one), _counted(other)))
    return any(all(a == b for a, b in zip(short, long, strict=False)) for short, long in pairs)


def conversion(one: str, other: str) -> Fraction | None:
    """How many of the other unit make one of the first; None when they measure different things.

    >>> conversion("giờ", "phút"), conversion("m2", "dm2"), conversion("kg", "m"), conversion("kg gạo", "g ngô")
    (Fraction(60, 1), Fraction(100, 1), None, None)
    """
    if same_unit(one, other):
        return Fraction(1)
    a, b = dimension(one), dimension(other)
    if a is None or b is None or a.name != b.name or not _agree(a.noun, b.noun):
        return None
    return a.size / b.size


def _side(words: list[str]) -> list[str]:
    found = []
    start = 0
    while start < len(words):
        unit, count = longest_measure(words, start)
        found += [unit] if unit else ALIKE.get(words[start], words[start]).split()
        start += count or 1
    return found


def _key(words: "tuple[str, ...] | list[str]") -> str:
    whole = "".join(words)
    return whole if whole.isalpha() else _MEASURE.sub(r"\1\2", whole.replace("-", ""))


def _counted(words: tuple[str, ...]) -> tuple[str, ...]:
    return words[1:] if len(words) > 1 and words[0] in CLASSIFIERS else words
