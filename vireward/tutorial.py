r"""The tutorial's four reward functions, drop-in: same names, signatures and scores, in linear time.

For people who migrate. Their meaning is that of the tutorial's two patterns once the printing mistake of the first is
mended; `vireward.rewards` has what they should have meant (README, "Errata").

    format  ^\s*<thinking>.+?</thinking>.+?<SOLUTION>(.+)</SOLUTION>\s*$   MULTILINE, DOTALL, searched
    number  <SOLUTION>.*?([\d\.\,]{1,})                                     MULTILINE, DOTALL, searched

All take completions as plain text or as chat messages and return one float per completion.
"""

# ruff: noqa: ARG001 (a trainer passes prompts and columns by name, whether they are used or not)

import re
from collections.abc import Sequence

from vireward.messages import message_text

_OPEN_REASONING, _CLOSE_REASONING = "<thinking>", "</thinking>"
_OPEN_ANSWER, _CLOSE_ANSWER = "<SOLUTION>", "</SOLUTION>"
_TAGS = (_OPEN_REASONING, _CLOSE_REASONING, _OPEN_ANSWER, _CLOSE_ANSWER)
_DIGITS = re.compile(r"[\d.,]+")


def match_format_exactly(completions: Sequence[object], **kwargs: object) -> list[float]:
    """Does the format pattern match? 3.0 if so, else 0.0."""
    return [0.0 if _matched_answer(message_text(c)) is None else 3.0 for c in completions]


def match_format_approximately(completions: Sequence[object], **kwargs: object) -> list[float]:
    """How many of the four tags stand exactly once? +0.5 for each that does, -1.0 for each other: -4.0 to 2.0."""
    texts = map(message_text, completions)
    return [sum(0.5 if text.count(tag) == 1 else -1.0 for tag in _TAGS) for text in texts]


def check_answer(
    prompts: Sequence[object], completions: Sequence[object], answer: Sequence[object], **kwargs: object
) -> list[float]:
    """Is the matched answer the gold? 3.0 as it is, 1.5 after stripping both, -1.5 otherwise, 0.0 without a match."""
    matched = (_matched_answer(message_text(c)) for c in completions)
    return [_answer_score(guess, str(gold)) for guess, gold in zip(matched, answer, strict=True)]


def check_numbers(
    prompts: Sequence[object], completions: Sequence[object], answer: Sequence[object], **kwargs: object
) -> list[float]:
    """Is the first number after the answer tag the gold? 1.5 if equal as floats, -0.5 if not, 0.0 if either is none.

    Commas are dropped from the guess, so `2,5` is 25, and a sign before it is not seen.
    """
    matched = (_matched_number(message_text(c)) for c in completions)
    return [_number_score(guess, gold) for guess, gold in zip(matched, answer, strict=True)]


def _answer_score(guess: str | None, gold: str) -> float:
    if guess is None:
        return 0.0
    if guess == gold:
        return 3.0
    return 1.5 if guess.strip() == gold.strip() else -1.5


def _number_score(guess: str | None, gold: object) -> float:
    if guess is None:
        return 0.0
    try:
        return 1.5 if float(guess.replace(",", "")) == float(str(gold).strip()) else -0.5
    except ValueError:
        return 0.0


def _matched_answer(text: str) -> str | None:
    """What group 1 of the format pattern matches in a search, None where the pattern does not match.

    The earliest opening tag that follows a line start gives every later part the most room, and the greedy group runs
    to the last closing tag before a line end; so each part is settled by one search.
    """
    start = _find_at_line_start(text, _OPEN_REASONING)
    end = _rfind_at_line_end(text, _CLOSE_ANSWER)
    if start < 0 or end < 0:
        return None
    # Each pattern part between two tags takes one character at least.
    close = text.find(_CLOSE_REASONING, start + len(_OPEN_REASONING) + 1)
    answer = text.find(_OPEN_ANSWER, close + len(_CLOSE_REASONING) + 1) if close >= 0 else -1
    begin = answer + len(_OPEN_ANSWER)
    return text[begin:end] if answer >= 0 and begin < end else None


def _find_at_line_start(text: str, tag: str) -> int:
    """Offset of the first tag before which, white space aside, a line starts; -1 without one."""
    previous, at = 0, text.find(tag)
    while at >= 0:
        # Blanks before this tag reach back no further than the previous tag, so each is looked at once.
        before = text[previous:at]
        blanks = before[len(before.rstrip()) :]
        if (blanks == before and previous == 0) or "\n" in blanks:
            return at
        previous = at + len(tag)
        at = text.find(tag, previous)
    return -1


def _rfind_at_line_end(text: str, tag: str) -> int:
    """Offset of the last tag after which, white space aside, a line ends; -1 without one."""
    following, at = len(text), text.rfind(tag)
    while at >= 0:
        after = text[at + len(tag) : following]
        blanks = after[: len(after) - len(after.lstrip())]
        if (blanks == after and following == len(text)) or "\n" in blanks:
            return at
        following, at = at, text.rfind(tag, 0, at)
    return -1


def _matched_number(text: str) -> str | None:
    """What group 1 of the number pattern matches: the first run of digits and marks after the first answer tag."""
    start = text.find(_OPEN_ANSWER)
    match = _DIGITS.search(text, start + len(_OPEN_ANSWER)) if start >= 0 else None
    return None if match is None else match[0]
