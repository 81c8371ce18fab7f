r"""Where in a text the answer stands: the answer tags, `\boxed{…}`, an anchor such as "Đáp án là:", `####`, or "Vậy …".

Example rows (the end of a solution → answer, rule):

    … 37 - 30 = 7.\n#### 7\nĐáp án là: 7      7, anchor
    Đáp số: \boxed{40} và \boxed{70}          40 và 70, boxed
    … = 1.300. Vậy có tất cả 1.300 dặm.       1.300 dặm, conclusion
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from vireward.answers.dressing import undressed, without_full_stop
from vireward.answers.hedges import hedged
from vireward.errors import BadParameter
from vireward.layout.visible import is_blank
from vireward.records import Answer
from vireward.spelling import canonical, folded
from vireward.tags import TagFormat

RULES = ("tags", "boxed", "anchor", "hashes", "conclusion")

# Possessive quantifiers: a run of blanks is walked once, whatever follows it. No letter may follow "là" ("làm"), nor
# come before an English anchor; the Vietnamese ones are glued to digits and full stops in real rows.
_ANCHOR = re.compile(
    r"(?:đáp\s*+án|câu\s*+trả\s*+lời|đáp\s*+số)(?:\s*+(?:cuối\s*+cùng|đúng|chính\s*+xác|của\s*+bài\s*+toán))?+"
    r"[\s*]*+(?:là(?![^\W\d_])(?:\s*+:)?+|:)"
    r"|đáp\s*+số(?=\s*+(?:[-+$\\\d]|[a-z]\s?=))"
    r"|(?<![^\W\d_])(?:đ\.?s\.?|kết\s*+(?:quả|luận))[\s*]*+:"
    r"|(?<![^\W\d_])(?:the(?:\s++(?:final|correct))?+\s++answer\s++is(?![^\W\d_])(?:\s*+:)?+|answer[\s*]*+:)",
    re.IGNORECASE,
)
_HASHES = "####"
_BRACE = re.compile(r"\\[{}]|\\boxed\s?\{|[{}]")
# A sign that belongs to the box after it: behind "="; or glued to it at the start of a line (with a blank it lists), of
# mathematics or of bold marks, behind a word, a comma or an arrow. Behind a digit or a letter it subtracts.
_SIGN = re.compile(
    r"(?:(?:[=:]|\blà)[ \t$*]*|(?:^[ \t$*]*|\s[$*]{1,4}|\\[(\[]|(?:[^\W\d_]{2,}|[,⇒⟹→])[ \t$*]+)(?=[+-]\$?\Z))"
    r"([+-])[ \t$]*\Z",
    re.MULTILINE,
)
# Words right before a marker that compute or compare with what it states: `trừ \boxed{7}`, `hơn \boxed{7}`.
_TIED = re.compile(
    r"(?<![^\W\d_])(?:âm|trừ|cộng|nhân|chia|mũ|căn|hơn|kém|quá|dưới|trên|ngoài|từ|đến|tới|mươi|trăm|nghìn"
    r"|số đối(?: của)?|(?:ít|nhiều) nhất|tối (?:đa|thiểu)"
    r"|minus|plus|times|over|under|than|above|below|least|most|to|from)[\s$*]*\Z",
    re.IGNORECASE,
)
# What may stand right before a box without changing what it states: nothing, a stop or "=", a word. No operator.
_LEAD = re.compile(r"(?:\A|[=:.,;!⇒⟹→]|[=-]>|(?:\A|[\s.,;:!=])[^\W\d_]{2,})\Z")
_OPENING = re.compile(r"\s|(?<!\\)\\?\$|\\[(\[]|\*\*")
_CLOSING = re.compile(r"(?<!\\)\$|\\[)\]]|\*\*")
_HOPE = re.compile(
    r"(?<![\s.$])[\s.$]*+\bI hope it is correct\b.*", re.IGNORECASE
)  # the end of a widespread few-shot prompt
_FRAME = re.compile(r"[\s*]*+(?:(?:\\\[|\$\$)[ \t]*\n\s*+)?")  # bold marks, a display
_BULLET = re.compile(r"\A-[ \t]++(?=\d)")  # on a line of its own; right behind a marker it is a minus
# What stands between two boxes that state one answer: a unit or a note of the first, and a word or mark that joins.
_NOTE = re.compile(r"\([^()]{0,60}\)")
_BLANK = r"(?:[\s$}~]|\\q?quad)*"
_JOINT = re.compile(
    rf"{_BLANK}(?:[^\W\d_]+\s*){{0,4}}?(?:[,;]|(?:\\text\s?{{)?\s*(?:và|hoặc|and|or)\b){_BLANK}", re.IGNORECASE
)
# The sentence that closes a solution, and what comes before the value in it.
_CONCLUSION = re.compile(
    r"(?:^|(?<=[.!?\n;])|(?<=\n))[\s$*]*+vậy\b(?!\s*+(?:nên|thì|mà))[\s,:]*+", re.IGNORECASE | re.MULTILINE
)
_STATED = re.compile(r"(?:\A|.*(?<![^\W\d_]))(?:là|bằng)(?![^\W\d_])\s*+:?", re.IGNORECASE | re.DOTALL)
_NUMBERS = re.compile(r"\\[dt]?frac\{-?\d+\}\{-?\d+\}|\d+(?:[., /]\d+)*")
# A left side that is no quantity but a calculation, or a second statement: "2x bằng 10", "số bé là 5, số lớn là 7".
_COMPUTED = re.compile(r"\d\s*[a-z]\b|\b[a-z]\s*[\^+*/-]|\A\s*\d[\d.,]*\s*(?:là|bằng)|\b(?:là|bằng)\b.*\b(?:là|bằng)\b")
_SOLUTION = re.compile(
    r"\A[^=<>≤≥\d]{0,60}?nghiệm(?: duy nhất| phân biệt| kép)?(?: là)?:?\s+(?=[\w($\\;, ]{0,12}\s*[=<>≤≥(])"
)
_EITHER = re.compile(r"(?<![^\W\d_])(?:hoặc|hay)(?![^\W\d_])")
_RELATION = re.compile(r"[=<>≤≥∈]|\\(?:[lg]e|in)")
_WORDS_ONLY = re.compile(r"(?:[^\W\d_]{2,}[\s,]+)*")
_CHANGED = re.compile(
    r"(?<![^\W\d_])(?:lần|gấp|nửa|khác|trừ|âm|tăng|giảm|căn|mũ|hơn|kém|quá|dưới|trên|gần|nghịch đảo|số đối)"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[-+$\\\d]")
_MAX_CONCLUSION = 400  # characters
_NEAR = 60  # characters before a box that are looked at for a sign or an operator
_MAX_ANSWER = 10_000  # characters; a longer text is no answer with a marker in it
_MAX_READ = 40_000  # characters; a longer text is no answer at all, and not even its spelling is looked at
_MAX_LAYERS = 4  # an anchor, hashes, a box, and one more


class _Found(NamedTuple):
    """What a marker states, and the text around the marker and its statement."""

    before: str
    said: str
    after: str
    boxed: bool = False


def find_answer(text: str, *, tags: TagFormat | None = None, rules: tuple[str, ...] | None = None) -> Answer | None:
    r"""Find where the text states its answer.

    The one answer block decides; without it the last statement of a box, an anchor or closing hashes; without these a
    last sentence that begins with "Vậy".

    Args:
        text: A completion, a solution or a gold.
        tags: The answer format; the tutorial's by default.
        rules: Which rules to try instead, in order; the first that finds something decides: `tags` (the one answer
            block), `boxed` (the last complete `\boxed{}`, with those that "và", "hoặc" or a comma joins to it),
            `anchor` (the rest of the line after the last one), `hashes` (the rest of the line after the last `####`),
            `conclusion` (the value in a last sentence that begins with "Vậy").

    Returns:
        The answer and the rule that found it; None when there is no marker: then the text is its own answer.

    Raises:
        BadParameter: a rule has none of these names.
    """
    unknown = [rule for rule in rules or () if rule not in RULES]
    if unknown:
        raise BadParameter(f"find_answer(rules=...): no rule named {unknown[0]!r}; there are {', '.join(RULES)}")
    plain = canonical(text)
    statements = (
        _by_position(text, plain, tags) if rules is None else ((r, _stated(r, text, plain, tags)) for r in rules)
    )
    return next((Answer(said, rule) for rule, said in statements if not is_blank(said)), None)


def _stated(rule: str, text: str, plain: str, tags: TagFormat | None) -> str:
    """What a rule finds; tags are compared as written, so looked for in the text as it came."""
    if rule == "tags":
        return canonical((tags or TagFormat()).scan(text).answer or "").strip()
    found = _MARKERS[rule](plain)
    return unwrapped(found.said) if found else ""


def _by_position(text: str, plain: str, tags: TagFormat | None) -> Iterator[tuple[str, str]]:
    """The answer block, then what the markers state: the last one first, hashes that do not close the text behind."""
    yield "tags", _stated("tags", text, plain, tags)
    found = {rule: mark for rule, marker in zip(RULES[1:], _NESTED, strict=False) if (mark := marker(plain))}
    open_hashes = "hashes" in found and not is_blank(found["hashes"].after)
    for rule in sorted(found, key=lambda rule: (rule == "hashes" and open_hashes, -len(found[rule].before))):
        yield rule, unwrapped(found[rule].said)
    yield "conclusion", _stated("conclusion", text, plain, tags)


def unwrapped(text: str) -> str:
    r"""The answer inside an answer: `\boxed{7} kg` is `7 kg`, `Đáp án là: 7` is 7; a text without a marker is itself.

    So is a text whose markers state different answers, and one that hedges or goes on around its marker: nothing is
    taken out of `không phải \boxed{7}`.
    """
    if len(text) > _MAX_READ:
        return text.strip()
    text = canonical(text).strip()
    if not MARK.search(text):  # most answers
        return text
    if (alone := _NUMBER_ALONE.fullmatch(text)) and (number := alone[1].strip()):
        return number
    for _ in range(_MAX_LAYERS if len(text) <= _MAX_ANSWER else 0):
        found = [found for marker in _NESTED if (found := marker(text))]
        said = _asserted(max(found, key=lambda one: len(one.before))) if found else _concluded(text)
        if said is None or is_blank(said):
            break
        text = said.strip()
    return text


def _asserted(found: _Found) -> str | None:
    """What the last marker of an answer states; None when the text around it states something else or takes it back."""
    earlier = next((other for marker in _NESTED if (other := marker(found.before))), None)
    opened = earlier is None or is_blank(_OPENING.sub("", earlier.said))  # "Đáp án: \(" before a box
    if earlier and not opened and _bare(earlier.said) != _bare(found.said):
        return None
    if hedged(found.before) or _TIED.search(found.before[-_NEAR:]):
        return None
    if found.boxed:
        return _with_unit(found)
    return None if found.after.strip() else found.said


def _with_unit(found: _Found) -> str | None:
    """The content of a box with the unit after it; None when digits or an operator touch the box."""
    near, cut = found.before[-_NEAR:], len(found.before) > _NEAR
    lead = (" " if cut else "") + _OPENING.sub(" ", near).rstrip()
    after = without_full_stop(_CLOSING.sub("", found.after).strip())
    if not _LEAD.search(lead) or (after and after[0] in "0123456789.,/^_*+-"):
        return None
    return f"{found.said} {after}" if after else found.said


def _bare(text: str) -> str:
    return folded(undressed(text))


def _box(text: str) -> _Found | None:
    """The box that closes last, with the sign before it and the boxes joined to it; one that never closes is none."""
    boxes = _boxes(text)
    if not boxes:
        return None
    start, inner, end, close = boxes[-1]
    sign = _SIGN.search(text, max(0, start - _NEAR), start)
    said = (sign[1] if sign else "") + text[inner:end]
    before = text[: sign.start(1)] if sign else text[:start]
    for earlier in reversed(boxes[:-1]):
        joint = _NOTE.sub("", text[earlier[3] : start]) if start - earlier[3] <= 2 * _NEAR else ""
        if sign or not _JOINT.fullmatch(joint):
            break
        start = earlier[0]
        said, before = f"{text[earlier[1] : earlier[2]]}{joint}{said}", text[:start]
    return _Found(before, said, text[close:], boxed=True)


def _boxes(text: str) -> list[tuple[int, int, int, int]]:
    """Offsets of the boxes that are in no other one: where each begins, where its content begins and ends, its end."""
    opened: list[re.Match[str]] = []
    boxes: list[tuple[int, int, int, int]] = []
    for brace in _BRACE.finditer(text) if "\\boxed" in text else ():
        if brace[0].endswith("{") and brace[0] != "\\{":
            opened.append(brace)
        elif brace[0] == "}" and opened and len((start := opened.pop())[0]) > 1:
            while boxes and boxes[-1][0] > start.start():
                boxes.pop()
            boxes.append((start.start(), start.end(), brace.start(), brace.end()))
    return boxes


def _after_anchor(text: str) -> _Found | None:
    last = None
    for last in _ANCHOR.finditer(text):  # noqa: B007  (the last match is what is wanted)
        pass
    return None if last is None else _rest_of_line(text, last.start(), last.end())


def _after_hashes(text: str) -> _Found | None:
    start = text.rfind(_HASHES)
    return None if start < 0 else _rest_of_line(text, start, start + len(_HASHES))


def _rest_of_line(text: str, start: int, end: int) -> _Found:
    """The first line that says something, without bold marks and the full stop."""
    said = _FRAME.sub("", text[end:], count=1)
    if "\n" in text[end : len(text) - len(said)]:
        said = _BULLET.sub("", said)
    line, _, after = said.partition("\n")
    line = without_full_stop(_HOPE.sub("", line).strip().strip("*").strip())
    return _Found(text[:start], line.strip("*").strip(), after)


def _conclusion(text: str) -> _Found | None:
    said = _concluded(text)
    return None if said is None else _Found("", said, "")


def _concluded(text: str) -> str | None:
    """The value in the sentence that closes the text and begins with "Vậy"; None when it may state another one."""
    start = max(map(text.rfind, ("Vậy", "vậy", "VẬY")))
    if start < 0 or len(text) - start > _MAX_CONCLUSION:
        return None
    found = _CONCLUSION.search(text, max(0, start - 1))
    said = without_full_stop(text[found.end() :].strip().strip("*").strip()) if found else ""
    if not said or "\n" in said or ". " in said or hedged(_without_alternatives(said)):
        return None
    said = _SOLUTION.sub("", said)
    stated = _STATED.match(said)
    if stated and not (_CHANGED.search(stated[0]) or _COMPUTED.search(stated[0])):
        return said[stated.end() :].strip() or None
    value = _VALUE.search(said)
    if stated or value is None or _RELATION.search(said):
        return said
    # Of mathematics nothing is cut off: "Vậy x^2". Nor of words that change the value: "Vậy gấp đôi 5".
    if not _WORDS_ONLY.fullmatch(said[: value.start()]) or _CHANGED.search(said[: value.start()]):
        return said
    # "Vậy trong 5 ngày Lan làm được 20 sản phẩm" has two numbers, and no word says which one is meant.
    return said[value.start() :] if len(_NUMBERS.findall(said)) == 1 else None


def _without_alternatives(said: str) -> str:
    """A conclusion without the "hoặc" between equations or inequalities, which state several solutions."""
    parts = _EITHER.split(said)
    return " ".join(parts) if all(_RELATION.search(part) for part in parts) else said


_NESTED: tuple[Callable[[str], _Found | None], ...] = (_box, _after_anchor, _after_hashes)
MARK = re.compile(r"[\\#:]|là|đáp|answer|vậy", re.IGNORECASE)  # one of these stands in each marker
_NUMBER_ALONE = re.compile(r"\$?\\boxed\{([0-9 .,/%+-]*)\}\$?")
_MARKERS = dict(zip(RULES[1:], (*_NESTED, _conclusion), strict=True))
