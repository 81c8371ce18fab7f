r"""The usual layout of a completion, recognised at once; whatever else it may be is left to `TagFormat.scan`.

Example row: `<thinking>3 + 4</thinking>\n<SOLUTION>7</SOLUTION>` → `7`; with a `<` more it is left to the scan.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from vireward.tags import TagFormat

_SAYS = re.compile("[0-9A-Za-z]")  # any of these says something; what else does is left to the scan


@lru_cache(maxsize=64)
def usual_answer(tags: TagFormat) -> Callable[[str], str | None] | None:
    """A function of a text that gives its answer where the text is certainly well formed, and None where it may not be.

    There is one for formats of two blocks that the completion opens and closes itself, with tags that begin with one
    character and have it once each: where it stands four times in a text with the four tags, each tag stands once.
    """
    begin, close, opening, closing = tags.open_reasoning, tags.close_reasoning, tags.open_answer, tags.close_answer
    if begin is None or close is None or closing is None or tags.kind != "block" or tags.prefilled:
        return None
    mark = begin[0]
    if any(tag[0] != mark or tag.count(mark) > 1 for tag in (close, opening, closing)) or begin.count(mark) > 1:
        return None
    tail = re.compile(
        rf"{re.escape(close)}\s*{re.escape(opening)}([^{re.escape(mark)}]*){re.escape(closing)}\s*\Z"
    ).match
    says, start = _SAYS.search, len(begin)

    def answer(text: str) -> str | None:
        if text.count(mark) != 4 or not text.startswith(begin):
            return None
        end = text.find(close)
        found = tail(text, end) if end >= 0 else None
        if found is None or not says(text, start, end):
            return None
        stated: str = found[1]
        return stated if says(stated) else None

    return answer
