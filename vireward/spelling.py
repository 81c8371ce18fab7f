r"""One spelling for texts that mean the same: Unicode form, signs, widths, spaces and broken escapes.

Example row (a completion of a policy, JSON-escaped): `"\u000crac{1}{2}"` is `\frac{1}{2}` whose backslash was eaten.
"""

import re
import unicodedata

_MINUS = dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u3000"), " ")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Zero-width characters and marks of direction say nothing and hide digits from a reader.
_INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"), None
)
_CHARACTERS: dict[int, str | int | None] = {**_WIDE, **_MINUS, **_SPACES, **_INVISIBLE}

# A JSON reader turns the two characters `\b` of `\boxed` into one backspace, and `\f` of `\frac` into a form feed.
_BROKEN = (("\x08oxed", "\\boxed"), ("\x0crac", "\\frac"), ("\\đóng hộp", "\\boxed"))
_SUPERSCRIPT = re.compile(r"<sup>([^<>]{0,20})</sup>")


def canonical(text: str) -> str:
    r"""Give a text its one spelling, in time linear in its length; letters keep their case.

    NFC; escapes that JSON broke are mended; minus signs, full-width characters and the no-break family of spaces become
    ASCII; invisible characters go; `<sup>2</sup>` becomes `^2`.

    >>> canonical("１２\u00a0\u2212\u00a0５ <sup>2</sup>")
    '12 - 5 ^2'
    """
    if text.isascii() and "\x08" not in text and "\x0c" not in text and "<sup>" not in text:
        return text
    text = unicodedata.normalize("NFC", text)
    for broken, mended in _BROKEN:
        text = text.replace(broken, mended)
    return _SUPERSCRIPT.sub(r"^\1", text.translate(_CHARACTERS))


def folded(text: str) -> str:
    """The canonical spelling without case, with runs of white space as one blank, for comparing words."""
    return " ".join(canonical(text).casefold().split())
