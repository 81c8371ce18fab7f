r"""What stands after the digits of a number: scale words, a percent sign, a unit or a counted noun.

Example rows (text → factor, unit):

    triệu đồng      1000000, đồng
    cm^{2}          1, cm^{2}      (the same unit as `cm2`, `cm²` and `xăng-ti-mét vuông`)
    quả táo         1, quả táo
    %               1/100, percent
    nhưng có thể    nothing that can follow a number
"""

import re
from fractions import Fraction
from typing import NamedTuple

from vireward.hedges import hedged
from vireward.spelling import folded, words_of

_MAX_WORDS = 4  # of a unit or noun; longer texts are sentences
_MAX_WORD = 14  # letters

_SCALES = (
    {"chục": 10, "tá": 12, "trăm": 100, "hundred": 100, "vạn": 10**4}
    | dict.fromkeys(("k", "nghìn", "ngàn", "thousand"), 10**3)
    | dict.fromkeys(("tr", "triệu", "million"), 10**6)
    | dict.fromkeys(("tỷ", "tỉ", "billion"), 10**9)
)
_PERCENT = frozenset(("%", "phần trăm", "percent"))

# Latin letters only: "½" and "²" count as letters elsewhere, and are part of the number.
_WORD = r"[a-zß-öø-ɏ\u1e00-\u1eff]+(?:-[a-zß-öø-ɏ\u1e00-\u1eff]+)*"
_POWER = r"(?:[²³]|\^?[23](?![0-9])|\^\{[23]\})?"
_TOKEN = re.compile(rf"{_WORD}{_POWER}|[$₫€£¥°/]")
_MEASURE = re.compile(rf"({_WORD})\^?\{{?([23²³])\}}?")

_NAMES = {
    "đồng": "đ ₫ vnd vnđ đồngviệtnam",
    "usd": "$ us$ đôla đô đôlamỹ đôlamĩ dollar dollars",
    "xu": "cent cents",
    "euro": "€ euros ơrô",
    "kg": "kilôgam kílôgam kilogam kilogram kilograms ký",
    "g": "gam gr gram grams",
    "mg": "miligam",
    "tấn": "",
    "tạ": "",
    "yến": "",
    "l": "lít liter liters litre litres",
    "ml": "mililít",
    "ha": "héc|ta",
    "giờ": "h tiếng tiếngđồnghồ hour hours",
    "phút": "minute minutes",
    "giây": "s second seconds",
    "ngày": "day days",
    "tuần": "tuầnlễ week weeks",
    "tháng": "month months",
    "năm": "year years",
    "°": "độ",
}
_LENGTHS = {
    "mm": "milimét",
    "cm": "xăngtimét xentimét centimét",
    "dm": "đềximét đêximét",
    "m": "mét meter meters metre metres",
    "dam": "đềcamét đêcamét",
    "hm": "héctômét hectômét",
    "km": "kilômét kílômét kilomét câysố",
}
_POWERS = {"": "", "²": "² 2 vuông", "³": "³ 3 khối"}


def _synonyms() -> dict[str, str]:
    """All names of measures, written without blanks and hyphens, with the one name of each."""
    table = {name.replace("|", ""): unit for unit, names in _NAMES.items() for name in (unit, *names.split())}
    for unit, names in _LENGTHS.items():
        for name in (unit, *names.split()):
            table[name] = unit
            table |= {name + sign: unit + power for power, signs in _POWERS.items() for sign in signs.split()}
    return table


_SYNONYMS = _synonyms()
_SYMBOLS = frozenset("$₫€£¥°/")
# Words before a counted noun that say how it is counted, not what: `5 quả táo`, `5 trái táo` and `5 táo` agree.
_CLASSIFIERS = words_of(
    "quả trái con cái chiếc viên bông quyển cuốn tờ bạn em người hạt củ lá bức cục ổ đứa hòn cây bài tấm miếng"
)
# Number words, operators, and words of sentences: with them the text says something else than a number and a unit.
_NEVER = words_of(
    "một hai ba bốn tư lăm nhăm sáu bảy bẩy tám chín mười mươi mốt linh lẻ rưỡi rưởi nửa phẩy chấm mấy nhiêu "
    "one two three four five six seven eight nine ten eleven twelve half halves quarter third dozen "
    "cộng trừ chia âm dương gấp thừa dư thiếu hơn kém bằng bỏ bớt trở kể "
    "plus minus negative squared cubed factorial sqrt pi sin cos tan cot log ln lim mod exp inf nan "
    "và với mà thì là đến tới trên dưới trong ngoài của vì nên do bởi để nữa "
    "and to more less over under from than between least most at up is are was be of per percent "
    "tôi ta ai gì nào này kia đó vậy thế chứ à ạ ư nhỉ hả nhé rồi cũng vẫn đã sẽ bị được phải đúng khác đâu chăng thôi "
    "true false correct right answer đáp án none null undefined error ish so"
)
_NEVER_TOGETHER = re.compile(
    r"^(?:bình|lập) phương\b"
    r"|\b(?:nhân đôi|tối (?:đa|thiểu)|(?:ít|nhiều) nhất|(?:đổi|trái|ngược) dấu|nghịch đảo|kết quả)\b"
)
_DEGREES = frozenset(("°", "° c", "° f", "độ", "độ c", "độ f"))


class Measure(NamedTuple):
    """What follows the digits: the factor of scale words and percent, and the unit as written, without case."""

    factor: Fraction
    unit: str | None = None
    percent: bool = False


def read_measure(text: str) -> Measure | None:
    """Read all that follows the digits of a number; None when it is anything else than scale words, percent or a unit.

    >>> read_measure(" triệu đồng")
    Measure(factor=Fraction(1000000, 1), unit='đồng', percent=False)
    """
    if text.strip() == "M":  # metres or millions
        return None
    glued = text[:1].isalpha()
    text = _without_brackets(folded(text))
    if text in _PERCENT:
        return Measure(Fraction(1, 100), percent=True)
    words = _TOKEN.findall(text)
    if "".join(words) != text.replace(" ", ""):
        return None
    if glued and words and not (words[0] in _SCALES or not words[0].isascii() or _is_measure(words[0])):
        return None
    factor = _taken_scale(words)
    if factor is None or not _is_unit(words, after_scale=factor != 1):
        return None
    return Measure(Fraction(factor), _joined(words) or None)


def same_unit(one: str, other: str) -> bool:
    """Whether two units or counted nouns do not contradict each other: equal, or one says less than the other.

    >>> same_unit("vnđ", "đồng"), same_unit("quả", "quả táo"), same_unit("m", "m2"), same_unit("đôi", "chiếc")
    (True, True, False, False)
    """
    pairs = [(names(one), names(other))]
    pairs.append((_counted(pairs[0][0]), _counted(pairs[0][1])))
    return any(all(a == b for a, b in zip(short, long, strict=False)) for short, long in pairs)


def names(unit: str) -> tuple[str, ...]:
    """The words of a unit, measures under their one name: `mét vuông` and `m^2` are `m²`, `km/h` is `km/giờ`."""
    sides = [_side(side.split()) for side in folded(unit).replace("°", "° ").replace("-", " ").split("/")]
    found = sides[0]
    for side in sides[1:]:
        found = [*found[:-1], "/".join(found[-1:] + side[:1]), *side[1:]]
    return tuple(found)


def _side(words: list[str]) -> list[str]:
    found = []
    while words:
        lengths = (n for n in range(min(len(words), _MAX_WORDS), 0, -1) if _key(words[:n]) in _SYNONYMS)
        taken = next(lengths, 0)
        found.append(_SYNONYMS[_key(words[:taken])] if taken else words[0])
        words = words[taken or 1 :]
    return found


def _key(words: list[str]) -> str:
    return _MEASURE.sub(r"\1\2", "".join(words).replace("-", ""))


def _counted(words: tuple[str, ...]) -> tuple[str, ...]:
    return words[1:] if len(words) > 1 and words[0] in _CLASSIFIERS else words


def _taken_scale(words: list[str]) -> int | None:
    """Take the scale words off the front and multiply them; None unless each is larger than the one before it."""
    factor = last = 1
    while words and words[0] in _SCALES:
        scale = _SCALES[words.pop(0)]
        if scale <= last:
            return None
        factor, last = factor * scale, scale
    return factor


def _is_unit(words: list[str], *, after_scale: bool) -> bool:
    """Whether words can be the unit of one number; `năm` counts years, but after a scale word it may be a five."""
    text = " ".join(words)
    if not words or text in _DEGREES:
        return True
    if len(words) > 2 * _MAX_WORDS or len([w for w in words if w not in _SYMBOLS]) > _MAX_WORDS:
        return False
    if "năm" in words[0 if after_scale else 1 :] or _NEVER_TOGETHER.search(text) or hedged(text):
        return False
    return _well_placed(text) and all(_is_measure(word) or word in _SYMBOLS or _is_noun(word) for word in words)


def _well_placed(text: str) -> bool:
    """One stroke at most, between two units; the sign of a currency is a whole unit, but for `US$`."""
    sides = [side.split() for side in text.split("/")]
    signs = [side for side in sides if not _SYMBOLS.isdisjoint(side)]
    return len(sides) <= 2 and all(sides) and all(len(side) == 1 or side == ["us", "$"] for side in signs)


def _is_measure(word: str) -> bool:
    return _key([word]) in _SYNONYMS


def _is_noun(word: str) -> bool:
    if word in _NEVER or word in _SCALES or len(word) > _MAX_WORD or not word.replace("-", "").isalpha():
        return False
    if not word.isascii():
        return True
    # `x`, `ab` and `xyz` are algebra.
    return len(word) > 1 and not set(word) <= set("abcxyz") and not set(word).isdisjoint("aeiouy")


def _without_brackets(text: str) -> str:
    inner = text[1:-1].strip()
    return inner if inner and text[0] == "(" and text[-1] == ")" and not set(inner) & set("()") else text


def _joined(words: list[str]) -> str:
    return " ".join(words).replace(" / ", "/").replace("° ", "°").replace("us $", "us$")
