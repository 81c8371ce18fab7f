r"""What stands after the digits of one number: scale words, a percent sign, a unit or a counted noun.

Example rows (text → factor, unit):

    triệu đồng      1000000, đồng
    cm^{2}          1, cm^{2}
    quả táo         1, quả táo
    %               1/100, percent
    nhưng có thể    nothing that can follow a number
"""

import re
from fractions import Fraction
from typing import NamedTuple

from vireward.answers.hedges import HEDGE_WORDS, hedged
from vireward.quantities.units import (
    ALIKE,
    CLASSIFIERS,
    MAX_WORDS,
    POWERED,
    UNIT_NAMES,
    WORD,
    is_measure,
    longest_measure,
)
from vireward.spelling import TONE_PLACE, VIETNAMESE, folded, words_of

_MAX_WORD = 14  # letters

SCALES = (
    {"chục": 10, "tá": 12, "trăm": 100, "hundred": 100, "vạn": 10**4}
    | dict.fromkeys(("k", "nghìn", "ngàn", "thousand"), 10**3)
    | dict.fromkeys(("tr", "triệu", "million"), 10**6)
    | dict.fromkeys(("tỷ", "tỉ", "billion"), 10**9)
)
PERCENT = frozenset(("%", "phần trăm", "percent", "percents", "percentage"))

_POWER = r"(?:[²³]|\^?[23](?![0-9])|\^\{[23]\})"
TOKEN = rf"(?:{POWERED}){_POWER}(?![a-zà-ỹ])|{WORD}|[$₫€£¥₩₹°/]"
_TOKEN = re.compile(TOKEN)
# A scale with the currency glued to it: `5 trđ`.
_GLUED = re.compile(r"(?<![^\W\d_])(k|tr|triệu|nghìn|ngàn|tỷ|tỉ)(?=(?:đ|đồng|vnđ|vnd)(?![^\W\d_]))")
_SYMBOLS = frozenset("$₫€£¥₩₹°/")
# Number words, operators, and words of sentences: with them the text says something else than a number and a unit.
_NEVER = words_of(
    "một hai ba bốn tư lăm nhăm sáu bảy bẩy tám chín mười mươi mốt linh lẻ rưỡi rưởi nửa phẩy chấm mấy nhiêu "
    "one two three four five six seven eight nine ten eleven twelve half halves quarter third dozen "
    "cộng trừ chia âm dương gấp thừa dư thiếu hơn kém bằng bỏ bớt trở kể "
    "plus minus negative squared cubed factorial sqrt pi sin cos tan cot log ln lim mod exp inf nan "
    "và với mà thì là đến tới trên dưới trong ngoài của vì nên do bởi để nữa "
    "and to more less over under from than between least most at up is are was be of per percent "
    "tôi ta ai gì nào này kia đó vậy thế chứ à ạ ư nhỉ hả nhé rồi cũng vẫn đã sẽ bị được phải đúng khác đâu chăng thôi "
    "biết mot bon lam nham sau bay tam chin muoi tram nghin ngan trieu ty ti tu linh le ruoi nua phay "
    "khong van chuc hăm băm "
    "hoac ko neu chac vay phai hay nhung cung sai impossible except nope căn mũ ngược đảo phủ định "
    "true false correct right answer đáp án none null undefined error ish so"
)
_NEVER_TOGETHER = re.compile(
    r"^(?:bình|lập) phương\b"
    r"|\b(?:nhân đôi|tối (?:đa|thiểu)|(?:ít|nhiều) nhất|(?:đổi|trái|ngược) dấu|nghịch đảo|kết quả)\b"
)
# A lower-case noun of a few words, none of which any rule below attends to: `quả táo`, `học sinh`.
_LETTER = f"[a-z{VIETNAMESE}]"
_NOUN = re.compile(rf" {_LETTER}{{2,14}}(?: {_LETTER}{{2,14}}){{0,3}}")
_ATTENDED = frozenset((*_NEVER, *HEDGE_WORDS, *SCALES, *PERCENT))
_DEGREES = frozenset(("°", "° c", "° f", "độ", "độ c", "độ f"))


class Measure(NamedTuple):
    """What follows the digits: the factor of scale words and percent, and the unit as written, without case."""

    factor: Fraction
    unit: str | None = None
    percent: bool = False


ONE = Fraction(1)
_NOTHING = Measure(ONE)
# Most of what follows a number is one of these; what follows below would read them alike.
_PLAIN = {name: Measure(ONE, name) for name in UNIT_NAMES if name.isalpha()}
_PLAIN["%"] = Measure(Fraction(1, 100), percent=True)
_PLAIN |= {"triệu đồng": Measure(Fraction(10**6), "đồng"), "nghìn đồng": Measure(Fraction(10**3), "đồng")}


def read_measure(text: str) -> Measure | None:
    """Read all that follows the digits of a number; None when it is anything else than scale words, percent or a unit.

    >>> read_measure(" triệu đồng")
    Measure(factor=Fraction(1000000, 1), unit='đồng', percent=False)
    """
    if not text:
        return _NOTHING
    if plain := _PLAIN.get(text.strip(" ")):
        return plain
    if _NOUN.fullmatch(text) and _is_plain_noun(text[1:]) and not TONE_PLACE.search(text):
        return Measure(ONE, text[1:])
    if text.strip() == "M":  # metres or millions
        return None
    glued = text[:1].isalpha()
    text = folded(text).replace(" trên ", "/")
    if "(" in text and hedged(text):  # `5 (loại)`
        return None
    text = _without_brackets(text)
    if text in PERCENT:
        return Measure(Fraction(1, 100), percent=True)
    words = _TOKEN.findall(unglued(text))
    if "".join(words) != text.replace(" ", ""):
        return None
    if glued and words and not _may_be_glued(words[0]):
        return None
    factor = _taken_scale(words)
    if factor is None or not is_unit(words, after_scale=factor != 1):
        return None
    return Measure(Fraction(factor), joined(words) or None)


def _is_plain_noun(text: str) -> bool:
    """Whether lower-case words are a counted noun, of which no other rule needs to be asked."""
    words = text.split()
    plain = _ATTENDED.isdisjoint(words) and not _NEVER_TOGETHER.search(text)
    return plain and all(_is_noun(word) and not is_measure(word) for word in words)


def _may_be_glued(word: str) -> bool:
    """Whether a word may follow digits without a blank: `5kg`, `5con`; `5ab` is algebra."""
    return not word.isascii() or word in SCALES or word in CLASSIFIERS or is_measure(word)


def _taken_scale(words: list[str]) -> int | None:
    """Take the scale words off the front and multiply them; None unless each is larger than the one before it."""
    factor = last = 1
    while words and words[0] in SCALES:
        scale = SCALES[words.pop(0)]
        if scale <= last and not scale == last == 10**9:  # `tỷ tỷ` is the one scale that is said twice
            return None
        factor, last = factor * scale, scale
        if factor > 10**18:
            return None
    return factor


def is_unit(words: list[str], *, after_scale: bool = False) -> bool:
    """Whether words can be the unit of one number; `năm` counts years, but after a scale word it may be a five."""
    text = " ".join(words)
    if not words or text in _DEGREES:
        return True
    if len(words) > 2 * MAX_WORDS or len([w for w in words if w not in _SYMBOLS]) > MAX_WORDS:
        return False
    if "năm" in words[0 if after_scale else 1 :] or _NEVER_TOGETHER.search(text) or hedged(text):
        return False
    rest = words[longest_measure(words)[1] :]
    if len(rest) < len(words) and "/" not in words and any(map(is_measure, rest)):  # `3m 2dm` without its second number
        return False
    return _well_placed(text) and all(is_measure(word) or word in _SYMBOLS or _is_noun(word) for word in rest)


def _well_placed(text: str) -> bool:
    """One stroke at most, between two units; the sign of a currency is a whole unit, but for `US$`."""
    sides = [side.split() for side in text.split("/")]
    signs = [side for side in sides if not _SYMBOLS.isdisjoint(side)]
    return len(sides) <= 2 and all(sides) and all(len(side) == 1 or side == ["us", "$"] for side in signs)


def _is_noun(word: str) -> bool:
    if word in _NEVER or word in SCALES or len(word) > _MAX_WORD or not word.replace("-", "").isalpha():
        return False
    if not word.isascii() or word in ALIKE:
        return True
    # `x`, `ab` and `xyz` are algebra.
    return len(word) > 1 and not set(word) <= set("abcxyz") and not set(word).isdisjoint("aeiouy")


def _without_brackets(text: str) -> str:
    inner = text[1:-1].strip()
    return inner if inner and text[0] == "(" and text[-1] == ")" and not set(inner) & set("()") else text


def unglued(text: str) -> str:
    """A folded text with a blank between a scale and the currency that is glued to it."""
    return _GLUED.sub(r"\1 ", text)


def joined(words: list[str]) -> str:
    """Tokens of a unit as one text."""
    return " ".join(words).replace(" / ", "/").replace("° ", "°").replace("us $", "us$")
