r"""Where the tags of an answer format stand in a text: plain ones, balanced boxes, and marks that begin a line.

Example rows (text, mark → content):

    Vậy \boxed{\frac{1}{2}} lít.     \boxed{     \frac{1}{2}
    #### 72                          ####        72
    ##### 72                         ####        none: a run of five is another mark
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vireward.tags import TagFormat

# How often each mark stands in a text, and the offset of the first of each in characters, -1 where there is none.
Marks = tuple[tuple[int, ...], tuple[int, ...]]


def marks_of(tags: "TagFormat", text: str) -> Marks:
    """The tags of a format; a box or a line counts behind the reasoning only, and not at all while that is open."""
    if tags.kind == "block":
        return _plain(text, tags.tags)
    counts, first = _plain(text, tags.tags[:2]) if tags.close_reasoning else ((), ())
    begin = 0
    if tags.close_reasoning and first[1] >= 0:
        begin = first[1] + len(tags.close_reasoning)
    elif tags.prefilled or (first and first[0] >= 0):
        begin = len(text)
    found = (box_marks if tags.kind == "box" else line_marks)(text, tags.open_answer, begin)
    return counts + found[0], first + found[1]


def _plain(text: str, tags: tuple[str, ...]) -> Marks:
    first = tuple(map(text.find, tags))
    return tuple(map(text.count, tags, first)), first


def box_marks(text: str, opening: str, begin: int = 0) -> Marks:
    r"""The openings of boxes and the braces that close them, from an offset on, in time linear in the text.

    A brace that closes another group, or stands behind a backslash, closes no box.

    >>> box_marks(r"\boxed{\frac{1}{2}} \boxed{\}", r"\boxed{")
    ((2, 1), (0, 18))
    """
    start = text.find(opening, begin)
    if start < 0:
        return (0, 0), (-1, -1)
    groups: list[bool] = []  # of each open group, whether it is a box
    opened = closed = 0
    end = -1
    for brace in _braces(opening).finditer(text, start):
        found = brace[0]
        if found == "}":
            if groups and groups.pop():
                closed += 1
                end = brace.start() if end < 0 else end
        elif found[0] != "\\" or found == opening:
            groups.append(found == opening)
            opened += found == opening
    return (opened, closed), (start, end)


def line_marks(text: str, mark: str, begin: int = 0) -> Marks:
    """The marks whose answer is the rest of the line, from an offset on; within a longer run of itself it is none.

    >>> line_marks("##### 7, #### 8", "####")
    ((1,), (9,))
    """
    if len(set(mark)) > 1:
        return (text.count(mark, begin),), (text.find(mark, begin),)
    runs = [run.start() for run in _runs(mark[0]).finditer(text, begin) if len(run[0]) == len(mark)]
    return (len(runs),), (runs[0] if runs else -1,)


@lru_cache
def _braces(opening: str) -> re.Pattern[str]:
    return re.compile(re.escape(opening) + r"|\\?[{}]")


@lru_cache
def _runs(char: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(char)}++")
