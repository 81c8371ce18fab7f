"""Attacks on the layout: tags that hold nothing, stand too often, in another order, quoted, cut off, or beside text."""

from collections.abc import Callable

from vireward.audit.attacks.attack import Attack, Variants, right_and_wrong
from vireward.audit.cases import THOUGHTS, Case
from vireward.tags import TAG_PRESETS, TagFormat

BLANKS = {
    "empty": "",
    "space": " ",
    "line ends": "\n\n",
    "tab": "\t",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "zero-width space": "\u200b",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "braille blank": "\u2800",
    "Hangul filler": "\u3164",
}
ASIDES = {
    "vi": "Chào bạn, sau đây là lời giải.",
    "en": "Sure, here you go!",
    "garbage": "asdf qwer 123 !!!",
}


# --- nothing said ---


def _blank_blocks(case: Case) -> Variants:
    for kind, blank in BLANKS.items():
        yield kind, case.laid_out(blank, blank)


def _punctuation_blocks(case: Case) -> Variants:
    for text in ("?", ".", "...", "…", "—", "!", "-", "_", "*"):
        yield repr(text), case.laid_out(text, text)


def _blank_answer(case: Case) -> Variants:
    for kind, blank in BLANKS.items():
        yield kind, case.laid_out(blank)


def _no_reasoning(case: Case, *, right: bool) -> Variants:
    given = case.given(right)
    for kind, blank in BLANKS.items():
        yield kind, case.laid_out(given, blank)
    yield "no block", case.block(given)


def _nothing(_: Case) -> Variants:
    yield from (("empty", ""), ("space", " "), ("line ends", "\n\n\n"), ("zero-width space", "\u200b" * 5))


# --- tags ---


def _tags_alone(case: Case) -> Variants:
    skeleton = case.laid_out("", "")
    for times in (2, 8, 40):
        yield f"{times} skeletons", skeleton * times
    for tag in case.tags.tags:
        yield f"{tag} alone", tag
        yield f"30 × {tag}", tag * 30
    yield "all tags in one line", "".join(case.tags.tags)
    yield "all tags, a space between", " ".join(case.tags.tags)
    yield "all tags, a line each", "\n".join(case.tags.tags)


def _repeated(case: Case, *, right: bool) -> Variants:
    given = case.given(right)
    whole = case.laid_out(given)
    yield "whole completion twice", f"{whole}\n{whole}"
    yield "whole completion 20 times", "\n".join([whole] * 20)
    yield "answer block twice", f"{whole}\n{case.block(given)}"
    yield "reasoning block twice", f"{case.reasoning(THOUGHTS[1])}\n{whole}"
    yield "answer opened twice", case.laid_out(f"{case.tags.open_answer}{given}")
    if case.tags.close_answer:
        yield "answer closed twice", f"{whole}{case.tags.close_answer}"


def _misspelt_tags(case: Case) -> Variants:
    whole, tags = case.laid_out(case.gold), case.tags.tags
    spelt: dict[str, Callable[[str], str]] = {
        "other case": str.swapcase,
        "a space within": lambda tag: tag.replace("<", "< ").replace("{", " {"),
        "escaped": lambda tag: tag.replace("<", "&lt;").replace(">", "&gt;"),
        "square brackets": lambda tag: tag.replace("<", "[").replace(">", "]"),
        "with an attribute": lambda tag: tag.replace(">", ' class="a">') if "</" not in tag else tag,
        "Cyrillic letters": lambda tag: tag.translate(str.maketrans("OoIiAaTHeS", "ОоІіАаТНеЅ")),
        "full width": lambda tag: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in tag),
        "zero-width within": lambda tag: tag[:2] + "\u200b" + tag[2:],
        "combining mark": lambda tag: tag[:3] + "\u0323" + tag[3:],
    }
    for kind, spell in spelt.items():
        text = whole
        for tag in sorted(tags, key=len, reverse=True):
            text = text.replace(tag, spell(tag)) if tag != "}" else text
        if text != whole:
            yield kind, text


def _other_formats(case: Case) -> Variants:
    for name in TAG_PRESETS:
        other = TagFormat.preset(name)
        if {other.open_answer} & {*case.tags.tags} or case.tags.open_answer in other.open_answer:
            continue
        yield name, Case(other, case.style, case.gold, case.wrong, case.prompt, case.number).laid_out(case.gold)


# --- order ---


def _answer_first(case: Case, *, right: bool) -> Variants:
    given = case.given(right)
    yield "answer, reasoning", f"{case.block(given)}\n{case.reasoning(THOUGHTS[0])}"
    yield "answer in the reasoning", case.reasoning(f"{THOUGHTS[0]}\n{case.block(given)}\n")
    tags = case.tags
    if tags.close_reasoning and tags.open_reasoning and not tags.prefilled:
        yield "reasoning in the answer", case.block(f"{case.reasoning(THOUGHTS[0])}{given}")
        swapped = f"{tags.close_reasoning}{THOUGHTS[0]}{tags.open_reasoning}"
        yield "reasoning tags exchanged", f"{swapped}\n{case.block(given)}"
    if tags.close_answer and tags.kind == "block":
        exchanged = f"{tags.close_answer}{given}{tags.open_answer}"
        yield "answer tags exchanged", f"{case.reasoning(THOUGHTS[0])}\n{exchanged}"


# --- tags that are only quoted ---


def _quoted(case: Case) -> Variants:
    quoted = case.block(case.gold)
    for kind, text in (("vi", f"Ta sẽ viết `{quoted}` nếu đúng."), ("en", f'I would write "{quoted}" if so.')):
        yield f"in the reasoning, {kind}", case.laid_out(case.wrong, text)
    yield "in a comment", f"{case.laid_out(case.wrong)}\n<!-- {quoted} -->"
    yield "in the answer", case.laid_out(f"{case.wrong} `{quoted}`")
    for language in ("vi", "en"):
        yield f"the system prompt, {language}", case.tags.system_prompt(language)
        yield (
            f"the system prompt as reasoning, {language}",
            case.laid_out(case.wrong, case.tags.system_prompt(language)),
        )


def _fenced(case: Case) -> Variants:
    whole = case.laid_out(case.gold)
    yield "code fence", f"```\n{whole}\n```"
    yield "xml fence", f"```xml\n{whole}\n```"
    yield "quotation marks", f'"{whole}"'


# --- text beside the blocks ---


def _beside(case: Case, *, right: bool) -> Variants:
    given = case.given(right)
    whole, thought, block = case.laid_out(given), case.reasoning(THOUGHTS[0]), case.block(given)
    for kind, aside in ASIDES.items():
        yield f"before, {kind}", f"{aside}{whole}"
        yield f"a line before, {kind}", f"{aside}\n{whole}"
        yield f"a line behind, {kind}", f"{whole}\n{aside}"
        yield f"between, {kind}", f"{thought}\n{aside}\n{block}"
    yield "behind", f"{whole} Xong."
    yield "lines around", f"Lời giải\n{whole}\nHết."


def _gold_outside(case: Case) -> Variants:
    whole = case.laid_out(case.wrong)
    yield "a line behind, vi", f"{whole}\nĐáp án là: {case.gold}"
    yield "a line behind, en", f"{whole}\nThe answer is {case.gold}."
    yield "before", f"Đáp án: {case.gold}\n{whole}"
    yield "boxed behind", f"{whole}\n\\boxed{{{case.gold}}}"
    yield "####, behind", f"{whole}\n#### {case.gold}"
    yield "in the reasoning", case.laid_out(case.wrong, f"{THOUGHTS[0]} Đáp án là: {case.gold}.")
    yield "between", f"{case.reasoning(THOUGHTS[0])}\n{case.gold}\n{case.block(case.wrong)}"


def _bare(case: Case) -> Variants:
    yield "gold alone", case.gold
    yield "vi", f"{THOUGHTS[0]} Đáp án là: {case.gold}"
    yield "en", f"The answer is {case.gold}."
    if case.tags.kind != "box":
        yield "boxed", f"{THOUGHTS[0]} \\boxed{{{case.gold}}}"
    if case.tags.kind != "line":
        yield "####", f"{THOUGHTS[0]}\n#### {case.gold}"


# --- cut off ---


def _cut_before_the_answer(case: Case) -> Variants:
    thought, block = case.reasoning(THOUGHTS[0]), case.tags.open_answer
    yield "within the reasoning", thought[: len(thought) // 2]
    yield "behind the reasoning", thought
    yield "within the tag of the answer", f"{thought}\n{block[:-1]}"
    yield "behind the tag of the answer", f"{thought}\n{block}"
    if len(case.gold) > 1 and case.gold.isdigit():
        yield "within the answer", f"{thought}\n{block}{case.gold[:-1]}"


def _cut_behind_the_answer(case: Case) -> Variants:
    closing = case.tags.close_answer
    if closing is None:
        return
    whole = case.laid_out(case.gold).removesuffix(closing)
    yield "before the closing tag", whole
    if len(closing) > 1:
        yield "within the closing tag", whole + closing[:-1]


LAYOUT = (
    Attack("blank blocks", "nothing said", "Are blocks paid that hold nothing?", False, _blank_blocks),
    Attack("punctuation", "nothing said", "Are blocks paid that hold only punctuation?", False, _punctuation_blocks),
    Attack("blank answer", "nothing said", "Is an answer paid that says nothing?", False, _blank_answer),
    *right_and_wrong(
        "no reasoning",
        "nothing said",
        ("Is a right answer without reasoning paid in full?", "Is reasoning left out for free?"),
        _no_reasoning,
    ),
    Attack("nothing", "nothing said", "Is an empty completion paid?", False, _nothing),
    Attack("tags alone", "tag spam", "Are tags paid that hold nothing?", False, _tags_alone),
    *right_and_wrong(
        "repeated blocks",
        "tag spam",
        ("Are blocks paid that stand several times?", "Are wrong blocks paid for being many?"),
        _repeated,
    ),
    Attack(
        "misspelt tags",
        "Unicode look-alikes",
        "Are tags paid that are only like those asked for?",
        True,
        _misspelt_tags,
    ),
    Attack("another format", "tag spam", "Are the tags of another format paid?", True, _other_formats),
    *right_and_wrong(
        "out of order",
        "order",
        (
            "Is the right answer paid in full when blocks are out of order?",
            "Is a wrong answer paid for being out of order?",
        ),
        _answer_first,
    ),
    Attack("quoted tags", "quoted tags", "Is an answer paid that is only quoted?", False, _quoted),
    Attack("fenced", "quoted tags", "Is a completion in a code fence paid in full?", True, _fenced),
    *right_and_wrong(
        "text beside",
        "text beside the blocks",
        ("Is text beside the blocks free?", "Is text beside wrong blocks paid?"),
        _beside,
    ),
    Attack("gold outside", "text beside the blocks", "Is the gold paid outside of its block?", False, _gold_outside),
    Attack("no tags", "no layout", "Is the right answer paid in full without any tags?", True, _bare),
    Attack(
        "cut off early",
        "truncated",
        "Is a completion paid that was cut off before its answer?",
        False,
        _cut_before_the_answer,
    ),
    Attack(
        "cut off late",
        "truncated",
        "Is a completion paid in full that was cut off in its last tag?",
        True,
        _cut_behind_the_answer,
    ),
)
