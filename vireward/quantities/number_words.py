"""Vietnamese number words → exact value, as they are written in school and as they are said, north and south.

Example rows (words → value):

    một nghìn không trăm linh năm       1005
    hai mốt · hăm lăm · năm trăm tư     21 · 25 · 540       spoken: the tens word is dropped
    một triệu rưỡi · bốn triệu sáu      1500000 · 4600000   spoken: half of, or tenths of, the scale just named
    mười hai phẩy không năm             12,05
    ba phần tư · một trên hai           3/4 · 1/2
    hai mươi ba và một phần năm         23 1/5

What people read in two ways is not read: after a scale `năm` is a five or years, so `hai nghìn năm` has no value here.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from vireward.spelling import words_of

_ONES = {"không": 0, "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9}
# Forms of one, four and five that only follow a tens word.
_AFTER_TENS = {"mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5}
_DIGITS = _ONES | _AFTER_TENS
# What may stand for tens or tenths on its own: `hai trăm mốt` is 210. `một` and `năm` would be read in two ways.
_TAILS = {word: value for word, value in _DIGITS.items() if word not in ("không", "một", "năm")}
_SHORT_TENS = {"hăm": 20, "băm": 30}
_SCALES = {"nghìn": 10**3, "ngàn": 10**3, "vạn": 10**4, "triệu": 10**6}
_BILLION = words_of("tỷ tỉ")
_ZERO_TENS = words_of("linh lẻ")
_MARKS = words_of("phẩy phảy chấm")
_OVER = words_of("trên chia")
_HALF = words_of("rưỡi rưởi")
_HALVED = frozenset((*_DIGITS, "mười", "mươi"))  # the last word of a number that may be followed by a half
_PARTS = {"trăm": 100, "nghìn": 10**3, "ngàn": 10**3, "vạn": 10**4, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9}
_PLACES = frozenset((*_SCALES, *_BILLION, "trăm", "mươi", "chục", *_TAILS))
_MAX_WORDS = 80  # the longest number of sixteen digits has 37

_ASCII = {
    "khong": "không",
    "mot": "một",
    "hai": "hai",
    "ba": "ba",
    "bon": "bốn",
    "tu": "tư",
    "lam": "lăm",
    "nham": "nhăm",
}
_ASCII |= {"sau": "sáu", "bay": "bảy", "tam": "tám", "chin": "chín", "tram": "trăm", "nghin": "nghìn", "ngan": "ngàn"}
_ASCII |= {"trieu": "triệu", "ty": "tỷ", "ti": "tỉ", "linh": "linh", "le": "lẻ", "muoi": "mười", "nam": "năm"}
_ASCII |= {"nham": "nhăm", "van": "vạn", "chuc": "chục", "ruoi": "rưỡi", "phay": "phẩy"}
_ONLY_NUMBERS = words_of("muoi tram nghin ngan trieu")  # the words without marks that mean nothing but a number

STARTS = frozenset((*_ONES, *_SHORT_TENS, "mười", "nửa"))


class Read(NamedTuple):
    """The value of the words from a start up to the word with the index `end`."""

    value: Fraction
    end: int


class _Whole(NamedTuple):
    value: int
    end: int


def read_words(words: Sequence[str], start: int = 0, *, fractions: bool = True) -> Read | None:
    """Read the longest number that the words, folded, begin with at an index; without sign, percent and unit.

    Without `fractions` the reading ends before `phần`, which then names a decimal place.

    >>> read_words("hai mươi lăm quả".split())
    Read(value=Fraction(25, 1), end=3)
    """
    if start >= len(words) or words[start] not in STARTS or len(words) > _MAX_WORDS:
        return None
    for half in (("một", "nửa"), ("nửa",)):
        if tuple(words[start : start + len(half)]) == half:
            return Read(Fraction(1, 2), start + len(half))
    whole = _cardinal(words, start)
    if whole is None:
        return None
    end = whole.end
    if _at(words, end) in _MARKS:
        return _with_decimals(words, whole)
    # `năm rưỡi` is a year and a half, too.
    if _at(words, end) in _HALF and words[end - 1] in _HALVED and (end > start + 1 or words[start] != "năm"):
        return Read(whole.value + Fraction(1, 2), end + 1)
    part = (_fraction(words, whole) or _mixed(words, whole)) if fractions else None
    return part or Read(Fraction(whole.value), whole.end)


def marked(words: Sequence[str]) -> list[str]:
    """Number words that lost all their marks, with the marks that are certain; [] when they are no such words.

    >>> marked("hai muoi lam".split()), marked("ban nam".split())
    (['hai', 'mươi', 'lăm'], [])
    """
    if not all(word in _ASCII for word in words) or _ONLY_NUMBERS.isdisjoint(words):
        return []
    whole = [_ASCII[word] for word in words]
    for i in range(1, len(whole)):
        if whole[i] == "mười" and whole[i - 1] in _ONES:
            whole[i] = "mươi"
        if whole[i - 1] == "mươi":
            whole[i] = {"một": "mốt"}.get(whole[i], whole[i])
    return whole


def _at(words: Sequence[str], index: int) -> str:
    return words[index] if index < len(words) else ""


def _cardinal(words: Sequence[str], start: int) -> _Whole | None:
    """A whole number, with what may be said after its last scale; `tỷ` multiplies all that stands before it."""
    total, last, i = 0, None, start
    while (part := _below_billion(words, i)) and (i == start or not _lone(words, i)):
        scale, end = 1, part.end
        while _at(words, end) in _BILLION and scale < 10**18:
            scale, end = scale * 10**9, end + 1
        if last is not None and scale >= last:
            return None
        total, last, i = total + part.value * scale, scale, end
        if scale == 1:
            break
        if tail := _tail(words, i, scale):
            return _Whole(total + tail.value, tail.end)
    return _Whole(total, i) if last else None


def _below_billion(words: Sequence[str], start: int) -> _Whole | None:
    total, last, i = 0, 10**9, start
    while (part := _below_thousand(words, i)) and (i == start or not _lone(words, i, _BILLION)):
        scale = _SCALES.get(_at(words, part.end), 1)
        if scale >= last:
            break
        total, last, i = total + part.value * scale, scale, part.end + (scale > 1)
        if scale == 1:
            break
        if tail := _tail(words, i, scale):
            return _Whole(total + tail.value, tail.end)
    return _Whole(total, i) if i > start else None


def _lone(words: Sequence[str], i: int, beyond: frozenset[str] = frozenset()) -> bool:
    """Whether a single digit stands where only `linh` would make it certain: `hai nghìn năm`, `hai nghìn ba (tỷ)`."""
    digit, following = _ONES.get(_at(words, i)), _at(words, i + 1)
    if digit is None:
        return False
    # No tens are short for `không hai` or `một hai`.
    return following not in _PLACES or following in beyond or (digit < 2 and following in _TAILS)


def _tail(words: Sequence[str], i: int, scale: int) -> _Whole | None:
    """What is said after a scale in short: half of it, its tenths, or ones after a zero."""
    word, following = _at(words, i), _at(words, i + 1)
    if word in _HALF:
        return _Whole(scale // 2, i + 1)
    if word in _ZERO_TENS and following in _DIGITS:
        return _Whole(_DIGITS[following], i + 2)
    multiplied = following in _PLACES and (scale > 100 or following not in (*_SCALES, *_BILLION))
    if word in _TAILS and not multiplied and following != "phần":
        return _Whole(_TAILS[word] * scale // 10, i + 1)
    return None


def _below_thousand(words: Sequence[str], i: int) -> _Whole | None:
    if _at(words, i) not in _ONES or _at(words, i + 1) != "trăm":
        return _below_hundred(words, i) or _one(words, i)
    value, i = _ONES[words[i]] * 100, i + 2
    rest = _below_hundred(words, i) or _tail(words, i, 100)
    return _Whole(value + rest.value, rest.end) if rest else _Whole(value, i)


def _one(words: Sequence[str], i: int) -> _Whole | None:
    value = _ONES.get(_at(words, i))
    return None if value is None else _Whole(value, i + 1)


def _below_hundred(words: Sequence[str], i: int) -> _Whole | None:
    """Two digits: `mười hai`, `hai mươi tư`, `hăm lăm`, `hai chục`, or in short `hai tư`; five after tens is `lăm`."""
    word, following = _at(words, i), _at(words, i + 1)
    tens = 10 if word == "mười" else _SHORT_TENS.get(word, 0)
    if tens:
        i += 1
    elif _ONES.get(word, 0) > 1 and following == "mươi":
        tens, i = _ONES[word] * 10, i + 2
    elif _ONES.get(word, 0) and following == "chục":
        return _Whole(_ONES[word] * 10, i + 2)
    elif _ONES.get(word, 0) > 1 and following in _TAILS and _at(words, i + 2) not in ("trăm", "mươi"):
        return _Whole(_ONES[word] * 10 + _TAILS[following], i + 2)
    else:
        return None
    one = _DIGITS.get(_at(words, i), 0) if _at(words, i) != "năm" else 0
    return _Whole(tens + one, i + (one > 0))


def _with_decimals(words: Sequence[str], whole: _Whole) -> Read | None:
    """Digits said one by one (`không năm`), or as a number (`năm mươi`, `hai trăm ba mươi hai`)."""
    start = end = whole.end + 1
    while _at(words, end) in _DIGITS:
        end += 1
    if end > start and _at(words, end) not in ("mươi", "trăm", "chục"):
        digits = "".join(str(_DIGITS[word]) for word in words[start:end])
    else:
        part = _below_thousand(words, start)
        if part is None:
            return None
        digits, end = str(part.value), part.end
    return Read(whole.value + Fraction(int(digits), 10 ** len(digits)), end)


def _fraction(words: Sequence[str], top: _Whole) -> Read | None:
    """`ba phần tư`, `một trên hai`; `phần trăm` is a percent sign, which stands for the caller."""
    word, i = _at(words, top.end), top.end + 1
    if word == "chia" and _at(words, i) == "cho":
        i += 1
    if word == "phần" and _at(words, i) in _PARTS:
        return Read(Fraction(top.value, _PARTS[words[i]]), i + 1) if words[i] != "trăm" else None
    if word != "phần" and word not in _OVER:
        return None
    if word == "phần" and all(_at(words, k) in _ONES for k in (top.end - 2, top.end - 1)) and top.value > 9:
        return None  # `hai ba phần tư` is 23/4 or 2 3/4
    bottom = _cardinal(words, i)
    if bottom is None and _at(words, i) == "tư":
        bottom = _Whole(4, i + 1)
    return Read(Fraction(top.value, bottom.value), bottom.end) if bottom and bottom.value else None


def _mixed(words: Sequence[str], whole: _Whole) -> Read | None:
    top = _cardinal(words, whole.end + 1) if _at(words, whole.end) == "và" else None
    part = _fraction(words, top) if top and _at(words, top.end) == "phần" else None
    return Read(whole.value + part.value, part.end) if part and part.value < 1 else None
