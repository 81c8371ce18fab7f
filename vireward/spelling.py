r"""One spelling for texts that mean the same: Unicode form, signs, widths, spaces and broken escapes.

Example row (a completion of a policy, JSON-escaped): `"\u000crac{1}{2}"` is `\frac{1}{2}` whose backslash was eaten.
"""

import re
import unicodedata

_MINUS = dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"), "-")
SPACES = dict.fromkeys(
    map(ord, "\u00a0\u202f\u205f\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u3000"), " "
)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Zero-width characters and marks of direction say nothing and hide digits from a reader.
INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"), None
) | dict.fromkeys(range(0x2066, 0x206A), None)
_LOOKALIKES = {0x00D0: "Đ", 0x0189: "Đ", 0x00F0: "đ"}  # eth and its like look like the Vietnamese letter
_CHARACTERS: dict[int, str | int | None] = {**_WIDE, **_MINUS, **SPACES, **INVISIBLE, **_LOOKALIKES}

# A JSON reader turns the two characters `\b` of `\boxed` into one backspace, `\f` of `\frac` into a form feed, and
# `\t` of `\text` into a tab, `\r` of `\right` into a carriage return.
_BROKEN = (
    ("\x08oxed", "\\boxed"),
    ("\x0crac", "\\frac"),
    ("\text{", "\\text{"),
    ("\times ", "\\times "),
    ("\right", "\\right"),
)
# Vietnamese letters beyond ASCII in NFC, lower case.
VIETNAMESE = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_USUAL = re.compile(f"[\n\x20-\x7e{VIETNAMESE}{VIETNAMESE.upper()}]*")  # as canonical as they stand, but for escapes
_TRANSLATED = re.compile(r"\\đóng hộp", re.IGNORECASE)  # what became of "\boxed" when a solution was translated
_ODD = re.compile("[\x08\x0c]|\t(?:ext\\{|imes )|\right|<sup>|\\\\đ", re.IGNORECASE)  # where one of these may stand
_SUPERSCRIPT = re.compile(r"<sup>(\s*+(?:[^<>^\s]\s*+){0,20}+)</sup>")

# A vowel that got its tone before its circumflex or breve, such as é + U+0302 for ế.
_TONES = frozenset("\u0300\u0301\u0303\u0309")
_TONES_AND_SHAPES = re.compile("[\u0300\u0301\u0303\u0309\u0302\u0306]{2,}")
# unicodedata sorts the marks of one letter in quadratic time: 48,000 of them take 5 s. No text needs 24 on one letter.
_PILED = re.compile(r"[^\w\s\x00-\x7f]{24}")
_PILE_MATTERS = 1_000  # characters; below, the worst pile takes 2 ms

# The two legal places of the tone mark in an open oa, oe and uy: hoà and hòa, khoẻ and khỏe, thuỷ and thủy.
_TONE_PLACES = (
    {"oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa"}
    | {"oè": "òe", "oé": "óe", "oẻ": "ỏe", "oẽ": "õe", "oẹ": "ọe"}
    | {"uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy"}
)
TONE_PLACE = re.compile(rf"(?<!q)(?:{'|'.join(_TONE_PLACES)})(?![^\W\d_])")


def canonical(text: str) -> str:
    r"""Give a text its one spelling, in time linear in its length; letters keep their case.

    NFC; escapes that JSON broke are mended; minus signs, full-width characters and the no-break family of spaces become
    ASCII; invisible characters go; `<sup>2</sup>` becomes `^2`.

    >>> canonical("１２\u00a0\u2212\u00a0５ <sup>2</sup>")
    '12 - 5 ^2'
    """
    if is_canonical(text):
        return text
    text = _composed(text.translate(_CHARACTERS))
    mended = _mended(text)
    return text if mended == text else _composed(mended)


def is_canonical(text: str) -> bool:
    """Whether a text certainly is its own canonical spelling; of nearly all that are it is told at once."""
    return (text.isascii() or _USUAL.fullmatch(text) is not None) and not _ODD.search(text)


def _mended(text: str) -> str:
    if not _ODD.search(text):
        return text
    for broken, whole in _BROKEN:
        text = text.replace(broken, whole)
    return _SUPERSCRIPT.sub(r"^\1", _TRANSLATED.sub(r"\\boxed", text))


def folded(text: str) -> str:
    """The canonical spelling without case, with runs of white space as one blank, for comparing words.

    >>> folded(" Tuần  HOÀ ") == folded("tuần hòa")
    True
    """
    words = " ".join(canonical(text).casefold().split())
    return words if words.isascii() else TONE_PLACE.sub(lambda found: _TONE_PLACES[found[0]], words)


def _composed(text: str) -> str:
    """NFC, with tone marks after the marks that shape the vowel."""
    if len(text) > _PILE_MATTERS and _PILED.search(text) and any(map(unicodedata.combining, set(text))):
        text = _sorted_marks(text)
    text = unicodedata.normalize("NFC", text)
    if "\u0302" in text or "\u0306" in text:
        text = _TONES_AND_SHAPES.sub(_shapes_first, unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFC", text)
    return text


def _shapes_first(marks: re.Match[str]) -> str:
    return "".join(sorted(marks[0], key=_TONES.__contains__))


def _sorted_marks(text: str) -> str:
    """NFD, with the marks of each letter sorted here, in time n log n."""
    parts: list[str] = []
    pile: list[str] = []
    for char in "".join(unicodedata.normalize("NFD", char) for char in text):
        if unicodedata.combining(char):
            pile.append(char)
            continue
        parts += sorted(pile, key=unicodedata.combining)
        parts.append(char)
        pile.clear()
    return "".join(parts + sorted(pile, key=unicodedata.combining))


def words_of(text: str) -> frozenset[str]:
    """The set of the words of a list written with blanks."""
    return frozenset(text.split())
