r"""Is anything to be seen in a text, or said by it?

Example rows (text → blank, says something):

    ừ, 7, +               seen and said
    ?, ...                seen, and nothing said
    \u200b, \n, \u3164      blank
"""

import re
import string
import unicodedata
from collections.abc import Iterator

from vireward.spelling import INVISIBLE, SPACES

# Letters and symbols that print as a blank.
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_SAYS = re.compile("[0-9A-Za-z]")  # any of these does, in most texts
_SAYING = frozenset("LNS")  # Unicode's major categories of letters, numbers and symbols
_SEEN = frozenset(string.ascii_letters + string.digits)  # most of what texts begin with
_UNSEEN = frozenset("CZ")  # and of controls (zero-width ones are among them) and separators
_FIRST, _LONG, _ALIKE = 64, 1_000, 4  # characters: looked at first, of a long text, different in a monotonous one
_BLANKS = "\x00 \t\r\n" + "".join(map(chr, (*SPACES, *INVISIBLE)))  # the usual ones


def says_something(text: str) -> bool:
    """Whether the text has a character that is not white space, control, zero-width or punctuation."""
    return _SAYS.search(text) is not None or any(
        unicodedata.category(c)[0] in _SAYING and c not in _FILLERS and c not in string.punctuation
        for c in map(_base, _different(text))
    )


def _base(char: str) -> str:
    """A character without its marks, so that `≠` says as little composed as in its two parts, a `=` and a stroke."""
    return char if char.isascii() else unicodedata.normalize("NFD", char)[0]


def is_blank(text: str | None) -> bool:
    """Whether a text is None or has nothing to be seen: white space, control and zero-width characters only."""
    if text is None or text[:1] in _SEEN:
        return not text
    return all(unicodedata.category(c)[0] in _UNSEEN or c in _FILLERS for c in _different(text))


def _different(text: str) -> Iterator[str]:
    """The different characters of a text but for the blanks at its ends; those at its beginning first."""
    text = text.strip(_BLANKS)
    first, rest = set(text[:_FIRST]), text[_FIRST:]
    yield from first
    if len(rest) > _LONG and len(first) <= _ALIKE:  # as a policy writes that repeats itself
        for char in first:
            rest = rest.replace(char, "")
    yield from set(rest)
