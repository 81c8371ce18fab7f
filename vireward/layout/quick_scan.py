r"""The usual layout of a completion, recognised at once; whatever else it may be is left to `TagFormat.scan`.

Example row: `<thinking>3 + 4</thinking>\n<SOLUTION>7</SOLUTION>` → `7`; with a tag more it is left to the scan.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from vireward.tags import Parsed, TagFormat

_FEW = 16  # marks in a text; with more of them it is scanned tag by tag
_SAYS = re.compile("[0-9A-Za-z]")  # any of these says something; what else does is left to the scan


@lru_cache(maxsize=64)
def usual_answer(tags: TagFormat) -> Callable[[str], str | None] | None:
    """A function of a text that gives its answer where the text is certainly well formed, and None where it may not be.

    There is one for formats of two blocks that the completion opens and closes itself, with tags that begin with one
    character and have it once each: where one after the other stands and no tag beside them, each stands once.
    """
    begin, close, opening, closing = tags.open_reasoning, tags.close_reasoning, tags.open_answer, tags.close_answer
    if begin is None or close is None or closing is None or tags.kind != "block" or tags.prefilled:
        return None
    mark = _mark(tags)
    if mark is None:
        return None
    tail = re.compile(
        rf"{re.escape(close)}\s*{re.escape(opening)}([^{re.escape(mark)}]*){re.escape(closing)}\s*\Z"
    ).match
    says, start, names = _SAYS.search, len(begin), tags.tags

    def answer(text: str) -> str | None:
        if not text.startswith(begin):
            return None
        end = text.find(mark, 1)
        if not text.startswith(close, end):
            for _ in range(_FEW):  # a mark in the reasoning that begins no tag
                if end < 0 or text.startswith(names, end):
                    break
                end = text.find(mark, end + 1)
        found = tail(text, end) if end > 0 else None
        if found is None or not says(text, start, end):
            return None
        stated: str = found[1]
        return stated if says(stated) else None

    return answer


@lru_cache(maxsize=64)
def quick_scanner(tags: TagFormat) -> Callable[[str], Parsed]:
    """A function that finds what `tags.scan` finds, sooner where few characters of a text can begin a tag."""
    mark, names = _mark(tags), tags.tags
    length = min(map(len, names))
    places = {tag[:length]: place for place, tag in enumerate(names)}
    if mark is None or len(places) < len(names):
        return tags.scan
    nowhere = [-1] * len(names)

    def scan(text: str) -> Parsed:
        counts, first, at = [0] * len(names), nowhere[:], text.find(mark)
        for _ in range(_FEW):
            if at < 0:
                return Parsed(tags, text, tuple(counts), tuple(first))
            place = places.get(text[at : at + length])
            if place is not None and text.startswith(names[place], at):
                if not counts[place]:
                    first[place] = at
                counts[place] += 1
            at = text.find(mark, at + 1)
        return tags.scan(text)

    return scan


def _mark(tags: TagFormat) -> str | None:
    """The character that begins each of a format's tags and stands in it once; None where there is none."""
    mark = tags.open_answer[0]
    alike = tags.kind == "block" and all(tag[0] == mark and tag.count(mark) == 1 for tag in tags.tags)
    return mark if alike else None
