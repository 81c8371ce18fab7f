"""A completion in pieces: the reasoning, the answer, the tags around them, and the tags that are out of place."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise

from vireward.errors import BadParameter
from vireward.report.texts import visible
from vireward.tags import Parsed, TagFormat

Role = tuple[str, str]  # the class that the style sheet colours, and what is wrong with it, if it is a fault

PLAIN, HIDDEN, TAG = ("", ""), ("hidden", ""), ("tag", "")


@dataclass(frozen=True, slots=True)
class Tinted:
    """The pieces of a completion, which in their order are its text, and how many more characters it has."""

    pieces: tuple[tuple[str, Role], ...]
    cut: int


def tag_format(value: object) -> TagFormat | None:
    """The format that a summary describes by its parameters; None when they make none."""
    if not isinstance(value, Mapping):
        return None
    try:
        return TagFormat(**value)
    except (BadParameter, TypeError):
        return None


def tinted(text: object, tags: TagFormat | None = None, limit: int = 4000) -> Tinted:
    """Cut a completion into pieces by what the scanner of its format finds; what it does not find stays plain.

    Args:
        text: The completion; what is no text is shown as JSON.
        tags: The format it was asked for; None for the default one.
        limit: How many of its characters are shown. All of them are scanned.

    Returns:
        The pieces, spelled by `visible`.
    """
    whole = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
    roles = _roles((tags or TagFormat()).scan(whole), min(limit, len(whole)))
    pieces = []
    begin = 0
    for role, run in groupby(roles):
        end = begin + sum(1 for _ in run)
        pieces += [(piece, HIDDEN if hidden else role) for piece, hidden in _spelled(visible(whole[begin:end]))]
        begin = end
    return Tinted(tuple(pieces), len(whole) - begin)


def _spelled(text: str) -> Iterator[tuple[str, bool]]:
    """The text between the spelled-out characters, and those."""
    for i, piece in enumerate(re.split(r"(⟨U\+[0-9A-F]{4,6}⟩)", text)):
        if piece:
            yield piece, bool(i % 2)


def _roles(parsed: Parsed, length: int) -> list[Role]:
    """What each of the first characters of a text is: tags are painted over the blocks, faults over the tags."""
    roles = [PLAIN] * length
    for name, begin, end in _blocks(parsed):
        _paint(roles, begin, end, (name, ""))
    marks = [(fault, begin, end) for begin, end, fault in _marks(parsed, length)]
    for fault, begin, end in sorted(marks, key=lambda mark: mark[0] != ""):
        _paint(roles, begin, end, ("fault", fault) if fault else TAG)
    for i, pair in enumerate(pairwise(parsed.text[:length])):
        if pair == ("\r", "\n"):  # spelled as one line end, so that no piece may end between the two
            roles[i] = roles[i + 1]
    return roles


def _paint(roles: list[Role], begin: int, end: int, role: Role) -> None:
    end = min(end, len(roles))
    roles[begin:end] = [role] * max(end - begin, 0)


def _blocks(parsed: Parsed) -> Iterator[tuple[str, int, int]]:
    """The reasoning and the answer, where the scanner found one of each."""
    form = parsed.format
    if parsed.reasoning is not None:
        written = form.close_reasoning is not None and not form.prefilled
        begin = parsed.first[0] + len(form.tags[0]) if written else 0
        yield "reasoning", begin, begin + len(parsed.reasoning)
    if parsed.answer is not None:
        begin = parsed.first[-1 if form.close_answer is None else -2] + len(form.open_answer)
        yield "answer-text", begin, begin + len(parsed.answer)


def _marks(parsed: Parsed, length: int) -> Iterator[tuple[int, int, str]]:
    """Where each tag that counts begins and ends, and what is wrong with it: nothing, as a rule."""
    form = parsed.format
    for i, (tag, times) in enumerate(zip(form.tags, form.times, strict=True)):
        for nth, begin in enumerate(_places(parsed, i, length)):
            fault = _misplaced(parsed, i)
            if nth >= times:
                fault = "stands again" if times else "stands in the prompt already"
            yield begin, begin + len(tag), fault


def _places(parsed: Parsed, i: int, length: int) -> list[int]:
    """Offsets of a tag from the first one that counts; of what closes a box, which is found by balance, the first."""
    form, tag, first = parsed.format, parsed.format.tags[i], parsed.first[i]
    last = i == len(form.tags) - 1
    if not 0 <= first < length:
        return []
    if form.kind == "box" and last:
        return [first]
    rule = re.escape(tag)
    if form.kind == "line" and last and len(set(tag)) == 1:  # within a longer run of its character it is none
        rule = rf"(?<!{re.escape(tag[0])}){rule}(?!{re.escape(tag[0])})"
    found = re.compile(rule).finditer(parsed.text[: length + len(tag)], first)
    return [match.start() for match in found if match.start() < length]


def _misplaced(parsed: Parsed, i: int) -> str:
    """What is wrong with the first of a tag: that its pair is incomplete, or stands in the wrong order."""
    form, opening = parsed.format, i - i % 2
    if opening + 1 == len(form.tags) or (form.prefilled and opening == 0):  # it has no pair to be written
        return ""
    here, there = parsed.first[opening], parsed.first[opening + 1]
    if there < 0:
        return "is not closed"
    if here < 0:
        return "was not opened"
    return "stands out of order" if there < here + len(form.tags[opening]) else ""
