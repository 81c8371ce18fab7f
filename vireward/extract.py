r"""Where in a text the answer stands: the answer tags, `\boxed{…}`, an anchor such as "Đáp án là:", or `####`.

Example row (the end of a solution): `… 37 - 30 = 7.\n#### 7\nĐáp án là: 7`.
"""

import re

from vireward.errors import BadParameter
from vireward.records import Answer
from vireward.spelling import canonical
from vireward.tags import TagFormat

RULES = ("tags", "boxed", "anchor", "hashes")

# Possessive quantifiers: a run of blanks is walked once, whatever follows it.
_ANCHOR = re.compile(
    r"(?:(?:đáp\s*+án|câu\s*+trả\s*+lời)(?:\s*+(?:cuối\s*+cùng|đúng))?+\s*+là|đáp\s*+số|the\s*+answer\s*+is)\s*+:?|answer\s*+:",
    re.IGNORECASE,
)
_HASHES = "####"
_BOXED = "\\boxed{"


def find_answer(text: str, *, tags: TagFormat | None = None, rules: tuple[str, ...] = RULES) -> Answer | None:
    r"""Find where the text states its answer; the first of the rules that finds something decides.

    Args:
        text: A completion, a solution or a gold.
        tags: The answer format; the tutorial's by default.
        rules: Which rules to try, in order: `tags` (the one answer block), `boxed` (the last `\boxed{}`), `anchor` (the
            rest of the line after the last anchor), `hashes` (the rest of the line after the last `####`).

    Returns:
        The answer and the rule that found it; None when there is no marker: then the text is its own answer.

    Raises:
        BadParameter: a rule has none of these names.
    """
    unknown = [rule for rule in rules if rule not in _FINDERS]
    if unknown:
        raise BadParameter(f"find_answer(rules=...): no rule named {unknown[0]!r}; there are {', '.join(RULES)}")
    text = canonical(text)
    for rule in rules:
        found = _FINDERS[rule](text, tags or TagFormat())
        if found is not None:
            return Answer(found, rule)
    return None


def unwrapped(text: str) -> str:
    r"""The answer inside an answer: `\boxed{7}` and `Đáp án là: 7` are 7; a text without a marker is its own answer."""
    found = find_answer(text, rules=("boxed", "anchor", "hashes"))
    return canonical(text).strip() if found is None else found.text


def _in_tags(text: str, tags: TagFormat) -> str | None:
    inside = tags.scan(text).answer
    return None if inside is None else _filled(inside)


def _in_box(text: str, _tags: TagFormat) -> str | None:
    start = text.rfind(_BOXED)
    if start < 0:
        return None
    start += len(_BOXED)
    depth = 1
    for brace in re.finditer(r"[{}]", text[start:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return _filled(text[start : start + brace.start()])
    return None


def _after_anchor(text: str, _tags: TagFormat) -> str | None:
    last = None
    for last in _ANCHOR.finditer(text):  # noqa: B007  (the last match is what is wanted)
        pass
    return None if last is None else _rest_of_line(text, last.end())


def _after_hashes(text: str, _tags: TagFormat) -> str | None:
    start = text.rfind(_HASHES)
    return None if start < 0 else _rest_of_line(text, start + len(_HASHES))


def _rest_of_line(text: str, start: int) -> str | None:
    """From the first character that is not white space to the end of its line, without a closing full stop."""
    rest = text[start:].lstrip()
    line = rest.partition("\n")[0].strip()
    return _filled(line[:-1] if line.endswith(".") and not line.endswith("..") else line)


def _filled(text: str) -> str | None:
    return text.strip() or None


_FINDERS = {"tags": _in_tags, "boxed": _in_box, "anchor": _after_anchor, "hashes": _after_hashes}
