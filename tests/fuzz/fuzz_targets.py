r"""What must hold of every text: for each target a case made from bytes, and the laws that are checked of it.

Example row: `b"\x00\x05…"` → the case `{"text": "1500 kg"}` of the target `numerals` → what came out, for comparison.
"""

import math
import unicodedata
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from fuzz_texts import number_of, text_of

from vireward import errors, tutorial
from vireward.adapters.trl import to_trl
from vireward.compose import weighted
from vireward.extract import RULES, find_answer, unwrapped
from vireward.judge import compare, compare_stated
from vireward.layout.quick_scan import usual_answer
from vireward.layout.visible import is_blank, says_something
from vireward.numerals import Number, read_number
from vireward.quantities.digits import MAX_LENGTH, STYLES, plain_value
from vireward.records import Sample, Verdict
from vireward.rewards import AnswerMatch, FormatExact, NumericMatch, TagCount
from vireward.rewards.style import ForbiddenText, LanguageShare, ReasoningSteps, Repetition
from vireward.spelling import canonical, folded
from vireward.tags import TagFormat

FORMATS = {name: TagFormat.preset(name) for name in ("tutorial", "deepseek", "boxed", "gsm8k")}
FORMATS |= {f"{name} prefilled": TagFormat.preset(name, prefilled=True) for name in ("tutorial", "deepseek", "boxed")}
FORMATS |= {
    "brackets": TagFormat("[[", "]]", "{{", "}}"),
    "answer alone": TagFormat(None, None, "<answer>", "</answer>"),
}
FORMATS |= {"short box": TagFormat("<", ">", "x{", "}", needs_reasoning=False)}
_NAMES = tuple(FORMATS)
_SWAPPED = str.maketrans(".,", ",.")
Case = dict[str, str]


class Target(NamedTuple):
    """A case from bytes, and the laws of it, which give what came out."""

    case: Callable[[bytes], Case]
    check: Callable[..., object]


def _text(data: bytes) -> Case:
    return {"text": text_of(data)}


def _laid_out(tags: TagFormat, thought: str, answer: str) -> str:
    """What a completion looks like that does what it is asked, whatever stands in it."""
    opening = "" if tags.prefilled else tags.open_reasoning or ""
    return f"{opening}{thought}{tags.close_reasoning or ''}\n{tags.open_answer}{answer}{tags.close_answer or ''}"


# --- the scanner ---


def _scanner_case(data: bytes) -> Case:
    """In half of the cases laid out in a format, with loose fragments in and behind the blocks."""
    flags, rest = (data or b"\0")[0], data[1:]
    if flags & 1:
        return {"text": text_of(rest)}
    third = len(rest) // 3
    pieces = [text_of(rest[i : i + size]) for i, size in ((0, third), (third, third), (2 * third, flags & 2))]
    return {"text": _laid_out(FORMATS[_NAMES[(flags >> 2) % len(_NAMES)]], pieces[0], pieces[1]) + pieces[2]}


def _stands(text: str, tag: str) -> list[int]:
    """Where a tag stands, character by character; occurrences share no character."""
    found, i = [], 0
    while i < len(text):
        if text.startswith(tag, i):
            found.append(i)
            i += len(tag)
        else:
            i += 1
    return found


def _boxes(text: str, opening: str, begin: int) -> tuple[list[int], list[int]]:
    """Where boxes open, and where the braces stand that close one."""
    groups, opened, closed, i = [], [], [], begin
    while i < len(text):
        if text.startswith(opening, i):
            groups.append(True)
            opened.append(i)
            i += len(opening)
        elif text[i] == "\\" and text[i + 1 : i + 2] in ("{", "}"):
            i += 2
        else:
            if text[i] == "{":
                groups.append(False)
            elif text[i] == "}" and groups and groups.pop():
                closed.append(i)
            i += 1
    return opened, closed


def _runs(text: str, mark: str, begin: int) -> list[int]:
    """Where a mark of one character stands that is not part of a longer run of it."""
    stands = [i for i in range(begin, len(text)) if text.startswith(mark, i)]
    return [
        i
        for i in stands
        if text[i + len(mark) : i + len(mark) + 1] != mark[0] and (i == begin or text[i - 1] != mark[0])
    ]


def naive_marks(tags: TagFormat, text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """How often each tag stands and where first, worked out in the plainest way."""
    if tags.kind == "block":
        found = [_stands(text, tag) for tag in tags.tags]
    else:
        found = [_stands(text, tag) for tag in tags.tags[:2]] if tags.close_reasoning else []
        begin = 0
        if found and found[1]:
            begin = found[1][0] + len(tags.close_reasoning or "")
        elif tags.prefilled or (found and found[0]):
            begin = len(text)
        found += _boxes(text, tags.open_answer, begin) if tags.kind == "box" else [_runs(text, tags.open_answer, begin)]
    return tuple(map(len, found)), tuple(places[0] if places else -1 for places in found)


def _reasoning_times(tags: TagFormat) -> list[int]:
    """How often the two reasoning tags stand in a well-formed completion; the prompt has the first one if prefilled."""
    return [] if tags.close_reasoning is None else [0, 1] if tags.prefilled else [1, 1]


def check_scanner(text: str) -> object:
    """The scan is that of the plainest scanner; what it calls well formed is, and what is recognised at once is."""
    told = []
    for name, tags in FORMATS.items():
        parsed = tags.scan(text)
        assert (parsed.counts, parsed.first) == naive_marks(tags, text), f"{name}: another scan than the plain one"
        assert parsed.well_formed is (parsed.fault is None)
        if parsed.well_formed:
            assert [text.count(tag) for tag in tags.tags[: 2 if tags.close_reasoning else 0]] == _reasoning_times(tags)
            assert says_something(parsed.answer or "")
            assert not tags.needs_reasoning or says_something(parsed.reasoning or "")
        usual = usual_answer(tags)
        answer = usual(text) if usual else None
        assert answer is None or (parsed.well_formed and answer == parsed.answer), f"{name}: recognised, and not so"
        told.append((parsed.counts, parsed.first, parsed.fault, parsed.answer, parsed.reasoning, answer))
    return told


def check_writer(text: str, answer: str, format: str) -> object:  # noqa: A002  # a row of the corpus has this name
    """What a format writes it reads back, and else it says why it does not write."""
    tags = FORMATS[format]
    try:
        written = tags.write(text, answer)
    except errors.BadParameter as error:
        return str(error)
    parsed = tags.scan(written)
    assert parsed.well_formed
    assert ((parsed.reasoning or "").strip(), (parsed.answer or "").strip()) == (text.strip(), answer.strip())
    return written


def _writer_case(data: bytes) -> Case:
    half = 1 + len(data) // 2
    return {
        "text": text_of(data[1:half]),
        "answer": text_of(data[half:]),
        "format": _NAMES[(data or b"\0")[0] % len(_NAMES)],
    }


# --- numerals ---


def _numerals_case(data: bytes) -> Case:
    return {"text": number_of(data[1:]) if data[:1] < b"\xa0" else text_of(data)}


def check_numerals(text: str) -> object:
    """A number is exact; it is the same in another Unicode form, between blanks, in the other style, behind a minus."""
    told: list[object] = [spelt := canonical(text), folded(text)]
    assert canonical(spelt) == spelt, "the canonical spelling has another one"
    for style in STYLES:
        plain, number = plain_value(text, style), read_number(text, style)
        assert plain is None or (type(plain) is Fraction and plain >= 0)
        assert number is None or _is_number(number), f"{number!r} is no number"
        assert plain is None or number == Number(plain), f"{plain} by its digits, {number!r} as a number"
        assert len(text) <= MAX_LENGTH or (plain, number) == (None, None)
        if len(text) < MAX_LENGTH // 3:  # or another spelling is longer than a number may be
            _check_spellings(text, style, number)
        told += [plain, number]
    assert plain_value(text.translate(_SWAPPED), "en") == plain_value(text, "vi"), (
        "the styles are not each other's mirror"
    )
    assert "." in text or "," in text or told[-1] == told[-3], "without a mark the style makes a difference"
    return told


def _check_spellings(text: str, style: str, number: Number | None) -> None:
    for other in (unicodedata.normalize("NFD", text), f" {text}\n"):
        assert read_number(other, style) == number, f"{other!r} reads as another number"
    if number is not None:
        minus = read_number(f"-{text}", style)
        assert minus is None or minus.value == -number.value, f"behind a minus {minus!r}"
        fraction = f"{number.value.numerator}/{number.value.denominator}"
        assert len(fraction) > MAX_LENGTH or read_number(fraction, style) == Number(number.value)


def _is_number(number: Number) -> bool:
    exact = type(number.value) is Fraction and type(number.percent) is bool and type(number.compound) is bool
    return exact and (number.unit is None or bool(number.unit.strip()))


# --- extract ---


def check_extract(text: str) -> object:
    """An answer is not blank, and found by a rule that there is, whatever the Unicode form and the blanks around."""
    inner = unwrapped(text)
    told: list[object] = [inner]
    assert is_blank(inner) == is_blank(canonical(text)), "unwrapping gives or takes all there is"
    decomposed = unicodedata.normalize("NFD", text)
    for other in (inner, decomposed, f" {text} "):
        assert unwrapped(other) == inner, f"{unwrapped(other)!r} is unwrapped from {other!r}"
    for rules in (None, *((rule,) for rule in RULES)):
        answer = find_answer(text, rules=rules)
        told.append(answer)
        if answer is not None:
            assert answer.rule in (rules or RULES)
            assert not is_blank(answer.text)
    assert find_answer(decomposed) == told[1], "another answer in another Unicode form"
    return told


# --- judge ---


def _judge_case(data: bytes) -> Case:
    """A gold, and an answer that in half of the cases is the gold with something more or less within."""
    flags, size = (*data[:2], 0, 0)[:2]
    gold = data[2 : 2 + size % 8]
    answer = data[2 + size % 8 :]
    if flags & 2:
        cut = (flags >> 3) % (len(gold) + 1)
        answer = gold[:cut] + answer[:3] + gold[cut + (flags >> 2 & 1) :]
    texts = number_of if flags & 0x60 == 0x60 else text_of
    return {"text": texts(answer), "gold": texts(gold), "style": STYLES[flags & 1]}


def check_judge(text: str, gold: str, style: str) -> object:
    """There is a verdict and a sentence; the gold meets itself; the Unicode form and blanks around do not matter."""
    comparison = compare(text, gold, style=style)
    assert type(comparison.verdict) is Verdict
    assert 0 < len(comparison.why) < 320
    itself = Verdict.BAD_GOLD if is_blank(gold) else Verdict.RIGHT
    assert compare(gold, gold, style=style).verdict is itself, f"the gold {gold!r} does not meet itself"
    if is_blank(gold) or is_blank(text):
        assert comparison.verdict is (itself if is_blank(gold) else Verdict.NO_ANSWER)
        return comparison
    assert compare_stated(unwrapped(text), unwrapped(gold), style) == comparison
    forms = [unicodedata.normalize("NFD", each) for each in (text, gold)]
    other = compare(f" {forms[0]}\n", forms[1], style=style)
    assert other.verdict is comparison.verdict, f"decomposed: {other.why}; composed: {comparison.why}"
    have, want = (read_number(unwrapped(each), style) for each in (text, gold))
    if (
        comparison.verdict is Verdict.RIGHT
        and have
        and want
        and have.unit == want.unit
        and have.percent == want.percent
    ):
        assert have.value == want.value, "two values are both right"
    return comparison


# --- the four rewards as a trainer calls them ---

_EQUAL, _SAME = 1.5, 3.0


def _stack_case(data: bytes) -> Case:
    """A completion, in three of four cases laid out in the format, with its gold."""
    flags, kind, size = (*data[:3], 0, 0, 0)[:3]
    tags = FORMATS[_NAMES[kind % len(_NAMES)]]
    gold, rest = data[3 : 3 + size % 6], data[3 + size % 6 :]
    half = len(rest) // 2
    text = text_of(rest)
    if flags & 6:
        thought, answer = text_of(rest[:half]), text_of(rest[half:] if flags & 8 else gold + rest[half : half + 1])
        text = _laid_out(tags, thought, answer)
    anywhere = "yes" if flags & 16 else "no"
    return {
        "text": text,
        "gold": text_of(gold),
        "style": STYLES[flags & 1],
        "format": _NAMES[kind % len(_NAMES)],
        "anywhere": anywhere,
    }


def stack(tags: TagFormat, style: str, *, anywhere: bool = False) -> object:
    """The four rewards in one sum."""
    return weighted(
        format=(1.0, FormatExact(tags)),
        tags=(0.5, TagCount(tags)),
        answer=(2.0, AnswerMatch(tags, style=style, anywhere=anywhere)),
        number=(0.25, NumericMatch(tags, style=style, anywhere=anywhere)),
    )


def declared(tags: TagFormat) -> dict[str, set[float | None]]:
    """The values that each of the four may have."""
    n = len(tags.tags)
    counts = {0.5 * (n - faults) - faults for faults in range(n + 1)}
    return {
        "format": {0.0, 3.0},
        "tags": counts,
        "answer": {3.0, 1.5, -1.5, 0.0, None},
        "number": {1.5, -0.5, 0.0, None},
    }


_STACKS = {
    (name, style, anywhere): stack(FORMATS[name], style, anywhere=anywhere == "yes")
    for name in FORMATS
    for style in STYLES
    for anywhere in ("yes", "no")
}
_DECLARED = {name: declared(tags) for name, tags in FORMATS.items()}


def _no_log(*_: object) -> None:
    """Be what a trainer logs to, so that reasons are asked for."""


def check_stack(text: str, gold: str, style: str, format: str, anywhere: str) -> object:  # noqa: A002  # as above
    """The four give declared values, the same at once, with reasons, and alone, whatever stands beside in the batch."""
    tags, reward = FORMATS[format], _STACKS[format, style, anywhere]
    beside = f"{tags.open_answer}{gold}{tags.close_answer or ''}"
    texts, golds = [text, beside, text, text], [gold, gold, None, "7"]
    alone = [reward(Sample(one, want)) for one, want in zip(texts, golds, strict=True)]
    for score in alone:
        assert score.outcome in ("scored", "abstained"), score.why
        for part, of in score.parts.items():
            assert of.value in _DECLARED[format][part], f"{part} gives {of.value}: {of.why}"
            assert of.why
    values = [score.value for score in alone]
    for_trl = to_trl(reward)
    assert for_trl(completions=texts, answer=golds) == values, "other values at once than alone"
    logged = for_trl(completions=texts, answer=golds, log_extra=_no_log, log_metric=_no_log)
    assert logged == values, "other values with reasons than alone"
    return alone


# --- style, and the tutorial's functions ---

_SHARES = (
    Repetition(),
    Repetition(3, characters=True),
    LanguageShare(),
    ReasoningSteps(),
    ForbiddenText(("không biết",)),
)


def check_style(text: str) -> object:
    """A share lies between its ends; the tutorial's functions give its scores."""
    told: list[object] = []
    for reward in _SHARES:
        score = reward(Sample(text))
        assert score.value is None or (math.isfinite(score.value) and -1.0 <= score.value <= 1.0)
        told.append(score)
    chat = [[{"role": "assistant", "content": text}]]
    exact, about = tutorial.match_format_exactly(chat), tutorial.match_format_approximately(chat)
    told += [exact, about, tutorial.check_answer(None, chat, ["7"]), tutorial.check_numbers(None, chat, ["7"])]
    assert exact[0] in (0.0, 3.0)
    assert told[-2][0] in (3.0, 1.5, -1.5, 0.0)
    assert told[-1][0] in (1.5, -0.5, 0.0)
    return told


TARGETS = {
    "scanner": Target(_scanner_case, check_scanner),
    "writer": Target(_writer_case, check_writer),
    "numerals": Target(_numerals_case, check_numerals),
    "extract": Target(_text, check_extract),
    "judge": Target(_judge_case, check_judge),
    "stack": Target(_stack_case, check_stack),
    "style": Target(_text, check_style),
}
