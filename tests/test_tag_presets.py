"""All answer formats through one `TagFormat`: laws over every preset, boxes, answer lines, prefilled tags, prompts."""

import copy
import itertools
import pickle
import random
import time
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vireward.errors import BadParameter
from vireward.extract import find_answer
from vireward.layout.visible import says_something
from vireward.records import Answer, Sample
from vireward.rewards import (
    AnswerMatch,
    ChoiceMatch,
    FormatExact,
    LanguageShare,
    NumericMatch,
    ReasoningSteps,
    TagCount,
)
from vireward.rewards.stated import stated_answer
from vireward.tags import TAG_PRESETS, TagFormat
from vireward.training.tiny import chat_template
from vireward.training.warmup import Lesson, careless, cut_short, unclosed, untagged, well_formed

TUTORIAL, DEEPSEEK, BOXED, GSM8K = map(TagFormat.preset, TAG_PRESETS)
PREFILLED = [TagFormat.preset(name, prefilled=True) for name in TAG_PRESETS[:3]]
PRESETS = [TUTORIAL, DEEPSEEK, BOXED, GSM8K, *PREFILLED]
THINK = ("<think>", "</think>")
CUSTOM = [
    TagFormat(None, None, "<answer>", "</answer>"),
    TagFormat(None, None, "<answer>", "</answer>", needs_reasoning=False),
    TagFormat(None, None, "\\boxed{", "}"),
    TagFormat(*THINK, "####", None),
    TagFormat(*THINK, "Đáp án:", None, prefilled=True),
    TagFormat("{nghĩ}", "{/nghĩ}", "\\fbox{", "}", needs_reasoning=False),
    TagFormat("[[", "]]", "@", "đáp án:"),
]
FORMATS = PRESETS + CUSTOM
NAMES = (*TAG_PRESETS, *(f"{name} prefilled" for name in TAG_PRESETS[:3]))
NAMES += ("block", "bare block", "box", "reasoned line", "worded line", "braces", "signs")
by_preset = pytest.mark.parametrize("tags", PRESETS, ids=NAMES[: len(PRESETS)])
by_format = pytest.mark.parametrize("tags", FORMATS, ids=NAMES)

# Nothing in them is part of a tag of any format; they say something once a letter is put in.
plain = st.text("abđệ7½漢.,? \t\u200b\u0301$+=-", max_size=12)
said = st.tuples(plain, st.sampled_from("aệ7½"), plain).map("".join)
BALANCED = ("\\frac{1}{2}", "{}", "\\{", "\\}", "\\text{ kg}", "{{7}}")
reasonings = st.tuples(said, st.sampled_from(("", "\n", "\r\n", "\n\n{ \\frac{1}{2}")), said).map("".join)
answers = st.tuples(said, st.sampled_from(("", *BALANCED)), plain).map("".join)

BRACES = ("\\boxed{", "}", "{", "\\{", "\\}")
PIECES = ("<think>", "</think>", "<answer>", "</answer>", "####", "#", "\n", "\r\n", " ", "a", "7", "?", "\u200b")
texts = st.lists(st.sampled_from((*BRACES, *PIECES)), max_size=14).map("".join)


def content(text, start):
    """The rest of a text up to the brace that closes a group opened before `start`, letter by letter; None without."""
    depth, behind = 1, ""
    for i in range(start, len(text)):
        if text[i] in "{}" and behind != "\\":
            depth += 1 if text[i] == "{" else -1
        if depth == 0:
            return text[start:i]
        behind = text[i]
    return None


# --- what is written is read back ---


@by_format
@given(reasonings, answers)
def test_what_is_written_is_well_formed_and_reads_back(tags, reasoning, answer):
    parsed = tags.scan(tags.write(reasoning, answer))
    assert parsed.well_formed, parsed.fault
    assert parsed.answer.strip() == answer.strip()
    assert parsed.reasoning.strip() == reasoning.strip()
    assert (parsed.counts, parsed.answer_blocks) == (tags.times, 1)


@by_format
@given(reasonings, answers, st.data())
def test_text_that_the_format_has_no_place_for_breaks_it(tags, reasoning, answer, data):
    text = tags.write(reasoning, answer)
    extra = data.draw(st.sampled_from(("a", "7", "?", "\u200b", *tags.tags[:1])))
    if tags.close_reasoning and not tags.prefilled:
        assert not tags.scan(extra + text).well_formed
    assert tags.scan(f"{text}\n{extra}").well_formed is (tags.kind == "box" and extra not in tags.tags)
    assert tags.scan(f"{text} \r\n\t").well_formed


@by_format
@given(reasonings, answers, st.data())
def test_a_tag_left_out_or_repeated_breaks_the_format(tags, reasoning, answer, data):
    text = tags.write(reasoning, answer)
    tag = data.draw(st.sampled_from(tags.tags[tags.prefilled :]))
    before, _, after = text.rpartition(tag)
    for broken in (before + after, f"{before}{tag}{tag}{after}"):
        if tag != "}":  # another brace behind a box is prose
            assert not tags.scan(broken).well_formed
            assert TagCount(tags)(Sample(broken)).value < TagCount(tags)(Sample(text)).value


@by_format
@given(texts | plain, texts | plain)
def test_whatever_is_written_is_well_formed_or_refused(tags, reasoning, answer):
    try:
        text = tags.write(reasoning, answer)
    except BadParameter:
        return
    parsed = tags.scan(text)
    assert parsed.well_formed
    assert (parsed.reasoning.strip(), parsed.answer.strip()) == (reasoning.strip(), answer.strip())


@pytest.mark.parametrize(
    ("tags", "reasoning", "answer", "fault"),
    [
        (BOXED, "a", "7}+{8", "reads back as ('a', '7')"),
        (BOXED, "a", "{7", "\\boxed{ is not closed"),
        (BOXED, "a", "7\\", "\\boxed{ is not closed"),
        (BOXED, "a", "\\boxed{7}", "\\boxed{ stands 2 times after </think>, needs exactly one"),
        (GSM8K, "a", "7\n8", "text after the answer line"),
        (GSM8K, "a #### b", "7", "#### stands 2 times, needs exactly one"),
        (GSM8K, "", "7", "nothing is said before ####"),
        (DEEPSEEK, "a", ".", "the answer block says nothing"),
        (DEEPSEEK, "a</think>", "7", "</think> stands 2 times, needs exactly one"),
        # The reasoning and the closing tag make an earlier closing tag.
        (TagFormat("<", "aa", "[", "]"), "xa", "7", "text outside the two blocks"),
    ],
)
def test_what_cannot_be_written(tags, reasoning, answer, fault):
    with pytest.raises(BadParameter) as caught:
        tags.write(reasoning, answer)
    assert str(caught.value).endswith(f"): {fault}")


# --- a prefilled tag is one that the prompt has written ---


@pytest.mark.parametrize("tags", [tags for tags in FORMATS if tags.prefilled])
@given(texts)
def test_a_prefilled_completion_reads_as_the_whole_does(tags, text):
    whole = TagFormat(*tags.tags) if tags.close_answer else TagFormat(*tags.tags, close_answer=None)
    here, there = tags.scan(text), whole.scan(tags.open_reasoning + text)
    assert here.well_formed is there.well_formed
    assert (here.answer, here.reasoning, here.answer_blocks) == (there.answer, there.reasoning, there.answer_blocks)
    assert here.counts == (there.counts[0] - 1, *there.counts[1:])
    count = TagCount(tags)(Sample(text)), TagCount(whole)(Sample(tags.open_reasoning + text))
    assert count[0].value == count[1].value


def test_a_prefilled_tag_may_not_be_opened_again():
    tags = TagFormat.preset("deepseek", prefilled=True)
    text = "<think>3 + 4</think><answer>7</answer>"
    assert tags.scan(text).fault == "<think> stands 1 times, and the prompt has opened the reasoning"
    score = TagCount(tags)(Sample(text))
    assert (score.value, score.why) == (0.5, "<think> 1 times")
    score = TagCount(tags)(Sample(text.removeprefix("<think>")))
    assert (score.value, score.why) == (2.0, "each tag stands once, <think> not again")
    assert AnswerMatch(tags)(Sample(text, "7")).value == 3.0  # the answer is read whatever the reasoning tags do


# --- boxes ---


def boxed_answer(text):
    """The grammar of `boxed`: white space, one block, and behind it one opening, whose group closes."""
    before, opened, rest = text.partition("<think>")
    reasoning, closed, prose = rest.partition("</think>")
    if not (opened and closed) or "think>" in before + reasoning + prose:
        return None
    if before.strip() or prose.count("\\boxed{") != 1:
        return None
    answer = content(prose, prose.index("\\boxed{") + 7)
    return answer if answer is not None and says_something(reasoning) and says_something(answer) else None


near_boxes = st.builds(
    "{}<think>{}</think>{}\\boxed{{{}}}{}".format, st.sampled_from(("", " ", "a")), texts, texts, texts | said, texts
)


@given(texts | near_boxes)
def test_a_box_is_well_formed_just_when_the_grammar_says_so(text):
    parsed = BOXED.scan(text)
    answer = boxed_answer(text)
    assert parsed.well_formed is (answer is not None), parsed.fault
    assert answer is None or parsed.answer == answer


def test_the_grammar_of_boxes_decides_every_short_text():
    for length in range(6):
        for letters in itertools.product(("<think>", "</think>", "\\boxed{", "}", "{", "\\}", "a"), repeat=length):
            text = "<think>a</think>" * (length > 3) + "".join(letters)
            assert BOXED.scan(text).well_formed is (boxed_answer(text) is not None), text


@given(texts, texts, answers)
def test_prose_around_a_box_is_free(before, after, answer):
    assume("think>" not in before + after and "\\boxed{" not in before + after and before[-1:] != "\\")
    parsed = BOXED.scan(f"<think>thử \\boxed{{5}} và \\boxed{{</think>{before}\\boxed{{{answer}}}{after}")
    assert (parsed.fault, parsed.answer) == (None, answer)


@given(texts, texts)
def test_boxes_in_the_reasoning_are_no_answers(before, after):
    assume("</think>" not in before + after)
    parsed = BOXED.scan(f"<think>{before}\\boxed{{5}}{after}")
    assert (parsed.answer, parsed.answer_blocks) == (None, 0)
    parsed = BOXED.scan(f"<think>{before}\\boxed{{5}}{after}</think>\\boxed{{7}}")
    assert (parsed.answer, parsed.answer_blocks) == ("7", 1)


@pytest.mark.parametrize(
    ("prose", "fault", "answer", "value"),
    [
        ("Vậy có \\boxed{7} quả táo.", None, "7", 3.0),
        ("Vậy \\boxed{\\frac{14}{2}}", None, "\\frac{14}{2}", 1.5),
        ("\\boxed{\\boxed{7}}", "\\boxed{ stands 2 times after </think>, needs exactly one", None, -1.5),
        ("\\boxed{7} hoặc \\boxed{8}", "\\boxed{ stands 2 times after </think>, needs exactly one", None, -1.5),
        ("\\boxed{7}, \\boxed{", "\\boxed{ stands 2 times after </think>, needs exactly one", None, -1.5),
        ("\\boxed{7", "\\boxed{ is not closed", None, 0.0),
        ("\\boxed{\\frac{7}{1}", "\\boxed{ is not closed", None, 0.0),
        ("\\boxed{7\\}", "\\boxed{ is not closed", None, 0.0),
        ("} \\boxed{7}}", None, "7", 3.0),  # braces of the prose need not balance
        ("\\boxed{}", "the answer box says nothing", "", 0.0),
        ("\\boxed{\u200b}", "the answer box says nothing", "\u200b", 0.0),
        ("\\boxed{?}", "the answer box says nothing", "?", -1.5),
        ("\\boxed {7}", "\\boxed{ stands 0 times after </think>, needs exactly one", None, 0.0),
        ("\\Boxed{7}", "\\boxed{ stands 0 times after </think>, needs exactly one", None, 0.0),
        ("\\\\boxed{7}", None, "7", 3.0),  # escaped once too often, and the tag stands in it as written
        ("\\boxed{7}</think>", "</think> stands 2 times, needs exactly one", "7", 3.0),
        ("\\boxed{5}</think>\\boxed{7}", "</think> stands 2 times, needs exactly one", None, -1.5),
        ("#### 7", "\\boxed{ stands 0 times after </think>, needs exactly one", None, 0.0),
        # A minus right before the box belongs to it; a bullet, a subtraction and words do not.
        ("x = -\\boxed{7}", None, "7", -1.5),
        ("-\\boxed{7}", None, "7", -1.5),
        ("- \\boxed{7}", None, "7", 3.0),
        ("x = 10 - \\boxed{7}", None, "7", 3.0),
        ("không còn, mà là \\boxed{7}", None, "7", 3.0),
    ],
)
def test_boxes_by_example(prose, fault, answer, value):
    for text, tags in ((f"<think>Ta có</think>{prose}", BOXED), (f"Ta có</think>{prose}", PREFILLED[2])):
        parsed = tags.scan(text)
        assert (parsed.fault, parsed.answer) == (fault, answer)
        assert AnswerMatch(tags)(Sample(text, "7")).value == value


def test_a_minus_before_a_box_is_part_of_the_answer():
    for text in ("x = -\\boxed{7}", "x = \u2212 \\boxed{7}", "</think>-\\boxed{7}"):
        assert stated_answer(CUSTOM[2].scan(text)) == ("7" if "think" in text else "-7")
        assert stated_answer(BOXED.scan(f"<think>a</think>{text}")) == "-7"
        assert AnswerMatch(BOXED)(Sample(f"<think>a</think>{text}", "-7")).value == 3.0


@pytest.mark.parametrize(
    ("text", "answer", "why"),
    [
        ("\\boxed{7}", "7", "'7' is the gold"),  # as a lone block is read
        ("</think>\\boxed{7}", "7", "'7' is the gold"),
        ("<think>\\boxed{7}", None, "no answer box after </think>"),  # the reasoning goes on
        ("\\boxed{7}<think>a</think>", None, "no answer box after </think>"),
        ("</think>\\boxed{7}<think>", "7", "'7' is the gold"),
    ],
)
def test_where_a_box_is_looked_for(text, answer, why):
    assert BOXED.scan(text).answer == answer
    assert AnswerMatch(BOXED)(Sample(text, "7")).why == why
    assert not BOXED.scan(text).well_formed


# --- answer lines ---


def line_answer(text):
    """The grammar of `gsm8k`, line by line: one mark in all, which begins the last line that is not white."""
    runs = ["".join(group) for char, group in itertools.groupby(text) if char == "#"]
    lines = text.split("\n")
    marked = [i for i, line in enumerate(lines) if line.strip().startswith("####")]
    if runs.count("####") != 1 or not marked or "".join(lines[marked[-1] + 1 :]).strip():
        return None
    before, answer = "\n".join(lines[: marked[-1]]), lines[marked[-1]].partition("####")[2]
    if answer.startswith("#") or not (says_something(before) and says_something(answer)):
        return None
    return answer


@given(texts | st.builds("{}\n####{}{}".format, texts, texts, st.sampled_from(("", "\n", "\r\n ", "\na"))))
def test_a_line_is_well_formed_just_when_the_grammar_says_so(text):
    parsed = GSM8K.scan(text)
    answer = line_answer(text)
    assert parsed.well_formed is (answer is not None), parsed.fault
    assert answer is None or parsed.answer == answer


def test_the_grammar_of_lines_decides_every_short_text():
    for length in range(7):
        for letters in itertools.product(("####", "#", "\n", "a", " ", "\r"), repeat=length):
            text = "".join(letters)
            assert GSM8K.scan(text).well_formed is (line_answer(text) is not None), repr(text)


@pytest.mark.parametrize(
    ("text", "fault", "answer", "value"),
    [
        ("Ta có 3 + 4 = 7.\n#### 7", None, " 7", 3.0),
        ("Ta có 3 + 4 = 7.\r\n#### 7\r\n\r\n", None, " 7\r", 3.0),
        ("Ta có\n  ####7", None, "7", 3.0),
        ("##### Bước 1\nTa có\n#### 7", None, " 7", 3.0),
        ("Ta có\n##### 7", "#### stands 0 times, needs exactly one", None, 0.0),
        ("Ta có\n######## 7", "#### stands 0 times, needs exactly one", None, 0.0),
        ("#### Bước 1\nTa có\n#### 7", "#### stands 2 times, needs exactly one", None, -1.5),
        ("Ta có\n#### 5\n#### 7", "#### stands 2 times, needs exactly one", None, -1.5),
        ("Ta có\n#### 7 ####", "#### stands 2 times, needs exactly one", None, -1.5),
        ("Ta có\n####", "the answer line says nothing", "", 0.0),
        ("Ta có\n#### \u200b", "the answer line says nothing", " \u200b", 0.0),
        ("Ta có\n####\n7", "text after the answer line", "", 0.0),
        ("Ta có\n#### 7\nhoặc 8", "text after the answer line", " 7", 3.0),
        ("Ta có\n#### 7 hoặc 8", None, " 7 hoặc 8", -1.5),
        ("Ta có\n#### 7\r8", None, " 7\r8", -1.5),  # a lone carriage return ends no line
        ("Ta có\n#### 7\u20288", None, " 7\u20288", -1.5),
        ("Ta có\n#### 7\n\u200b", "text after the answer line", " 7", 3.0),
        ("Ta có #### 7", "#### does not begin its line", " 7", 3.0),
        ("Ta có\n> #### 7", "#### does not begin its line", " 7", 3.0),
        ("#### 7", "nothing is said before ####", " 7", 3.0),
        ("\u200b.\n#### 7", "nothing is said before ####", " 7", 3.0),
        ("Ta có\n＃＃＃＃ 7", "#### stands 0 times, needs exactly one", None, 0.0),
        ("Ta có \\boxed{7}", "#### stands 0 times, needs exactly one", None, 0.0),
        ("", "#### stands 0 times, needs exactly one", None, 0.0),
    ],
)
def test_lines_by_example(text, fault, answer, value):
    parsed = GSM8K.scan(text)
    assert (parsed.fault, parsed.answer) == (fault, answer)
    assert AnswerMatch(GSM8K)(Sample(text, "7")).value == value


def test_an_answer_line_behind_a_reasoning_block():
    tags = TagFormat(*THINK, "####", None)
    assert tags.scan("<think>#### Bước 1\n#### 5</think> Vậy\n#### 7").answer == " 7"
    assert tags.scan("<think>a</think>#### 7").fault == "#### does not begin its line"
    assert tags.scan("a<think>a</think>\n#### 7").fault == "text before <think>"
    assert tags.scan("<think>a\n#### 7").fault == "</think> stands 0 times, needs exactly one"


def test_a_mark_of_several_characters_counts_wherever_it_stands():
    tags = TagFormat(None, None, "Đáp án:", None)
    assert tags.scan("Ta có\nĐáp án: 7").answer == " 7"
    assert tags.scan("Ta có\nĐáp án:: 7").answer == ": 7"
    # Tags are compared as written, the Unicode form included.
    assert tags.scan(unicodedata.normalize("NFD", "Ta có\nĐáp án: 7")).answer is None
    assert TagFormat(None, None, unicodedata.normalize("NFD", "Đáp án:"), None) != tags


# --- without reasoning tags ---


def test_a_format_without_reasoning_tags_has_all_before_the_answer_for_reasoning():
    asked, bare = CUSTOM[:2]
    for tags in (asked, bare):
        parsed = tags.scan("Ta có 3 + 4.\n<answer>7</answer>\n")
        assert (parsed.fault, parsed.reasoning, parsed.answer) == (None, "Ta có 3 + 4.\n", "7")
        assert tags.scan("Ta có <answer>7</answer> quả").fault == "text after the answer block"
        assert tags.scan("Ta có <answer>7").reasoning == "Ta có "
        assert tags.scan("Ta có").reasoning is None
    assert asked.scan("<answer>7</answer>").fault == "nothing is said before <answer>"
    assert bare.scan("<answer>7</answer>").fault is None
    assert bare.write("", "7") == "<answer>7</answer>"


def test_an_empty_reasoning_block_may_be_allowed():
    text = "<think>\n\n</think>\n\\boxed{7}"
    assert BOXED.scan(text).fault == "the reasoning block says nothing"
    assert TagFormat(*BOXED.tags, needs_reasoning=False).scan(text).well_formed


# --- rewards over every preset ---

MATCHES = (AnswerMatch, NumericMatch, ChoiceMatch)


def golds_of(kind):
    return st.sampled_from(("A", "B. 178", "D")) if kind is ChoiceMatch else st.integers(-(10**9), 10**9).map(str)


@by_preset
@pytest.mark.parametrize("kind", MATCHES)
@given(reasonings, st.data())
def test_the_gold_in_a_well_formed_completion_scores_most(tags, kind, reasoning, data):
    gold = data.draw(golds_of(kind))
    sample = Sample(tags.write(reasoning, gold), gold)
    top = {AnswerMatch: 3.0, NumericMatch: 1.5, ChoiceMatch: 3.0}[kind]
    score = kind(tags)(sample)
    assert score.value == top, score.why
    assert FormatExact(tags)(sample).value == 3.0
    assert TagCount(tags)(sample).value == 0.5 * len(tags.tags)
    assert stated_answer(tags.scan(sample.completion)) == gold
    assert find_answer(sample.completion, tags=tags) == Answer(gold, "tags")


@by_preset
@pytest.mark.parametrize("kind", MATCHES)
@given(reasonings, st.data())
def test_a_wrong_answer_two_answers_and_none(tags, kind, reasoning, data):
    gold, other = data.draw(st.lists(golds_of(kind), min_size=2, max_size=2, unique=True))
    reward = kind(tags, wrong=-7.0, missing=-1.0)
    assert reward(Sample(tags.write(reasoning, other), gold)).value == -7.0
    answer = f"{tags.open_answer} {gold}{tags.close_answer or ''}"
    twice = reward(Sample(f"{tags.write(reasoning, gold)}\n{answer}", gold))
    assert (twice.value, twice.why) == (-7.0, f"more than one answer {tags.kind}")
    missing = reward(Sample(tags.write(reasoning, gold).replace(tags.open_answer, ""), gold))
    assert missing.value == -1.0, missing.why
    empty = reward(Sample(tags.write(reasoning, gold).replace(gold, "\u200b"), gold))
    assert (empty.value, empty.why) == (-1.0, f"the answer {tags.kind} is empty") or gold in reasoning


@by_format
@given(texts, st.sampled_from((None, "7", "A", "7}", "#")), st.booleans())
def test_any_text_gets_one_of_the_declared_scores(tags, text, gold, anywhere):
    sample = Sample(text, gold)
    n, scores = len(tags.tags), {FormatExact(tags): {3.0, 0.0}}
    scores[TagCount(tags)] = {0.5 * i - (n - i) for i in range(n + 1)}
    scores[AnswerMatch(tags, anywhere=anywhere)] = {3.0, 1.5, -1.5, 0.0, None}
    scores[NumericMatch(tags, anywhere=anywhere)] = {1.5, -0.5, 0.0, None}
    scores[ChoiceMatch(tags, anywhere=anywhere)] = {3.0, -1.5, 0.0, None}
    for reward, allowed in scores.items():
        score = reward(sample)
        assert score.value in allowed
        assert score.why
    assert LanguageShare(tags)(sample).outcome in ("scored", "abstained")
    assert 0.0 <= ReasoningSteps(tags=tags)(sample).value <= 1.0


@by_preset
@given(texts, st.sampled_from(("7", "A")))
def test_composed_and_decomposed_letters_score_alike(tags, text, gold):
    for reward in (FormatExact(tags), TagCount(tags), *(kind(tags) for kind in MATCHES)):
        values = [reward(Sample(unicodedata.normalize(f, f"{text}ệ{text}"), gold)).value for f in ("NFC", "NFD")]
        assert values[0] == values[1]


@by_preset
def test_no_cheap_trick_scores_as_the_honest_wrong_answer_does(tags):
    four = (FormatExact(tags), TagCount(tags), AnswerMatch(tags), NumericMatch(tags))

    def total(text):
        return sum(reward(Sample(text, "7")).value for reward in four)

    best, honest = total(tags.write("Ta có 3 + 4.", "7")), total(tags.write("Ta có 3 + 4.", "8"))
    answer = f"{tags.open_answer}8{tags.close_answer or ''}"
    tricks = ["", "7", answer, answer.replace("8", "7") * 2, answer.replace("8", ""), "".join(tags.tags)]
    tricks += [tags.write("Ta có 3 + 4.", "8").replace("8", trick) for trick in ("\u200b", "?", " ")]
    tricks += [f"{tag}8" for tag in tags.tags]
    assert best > honest > max(map(total, tricks))
    for hedge in ("7 hoặc 8", "không phải 7", "-7", "7; 8", "khoảng 7"):
        assert total(tags.write("Ta có 3 + 4.", hedge)) <= honest


# --- rewards that look at the reasoning ---

WORDS = ("Trước hết ta tính số quả táo của An.", "First we add the apples.", "Vậy \\frac{1}{2} số táo.", "Bước 1: cộng")
thoughts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("\n".join)


@by_format
@given(thoughts)
def test_the_reasoning_is_looked_at_and_nothing_else(tags, thought):
    text = tags.write(thought, "the answer")
    for kind in (LanguageShare, ReasoningSteps):
        alone = kind(tags=TUTORIAL)(Sample(f"<thinking>{thought}</thinking>"))
        assert kind(tags=tags)(Sample(text)) == alone
    assert tags.scan(text).reasoning.strip() == thought


@by_format
@given(texts, thoughts)
def test_an_open_reasoning_and_one_without_tags_are_looked_at(tags, text, thought):
    before = "" if tags.prefilled else tags.open_reasoning or ""
    for kind in (LanguageShare, ReasoningSteps):
        assert kind(tags=tags)(Sample(before + thought)) == kind(tags=TUTORIAL)(Sample(f"<thinking>{thought}"))


def test_boxes_and_headings_belong_to_the_reasoning():
    share = LanguageShare(BOXED)
    assert share(Sample("<think>ta có \\boxed{5} so the sum</think>\\boxed{7}")).why.startswith("3 of 5 words")
    assert LanguageShare(PREFILLED[2])(Sample("<think>ta có the sum</think>the end")).why.startswith("2 of 4 words")
    assert ReasoningSteps(1, PREFILLED[2])(Sample("<think>1. một")).value == 1.0
    assert LanguageShare(GSM8K)(Sample("#### Bước the\nta có\n#### 7")).why.startswith("3 of 4 words")
    assert LanguageShare(GSM8K)(Sample("ta có\n#### the end")).why.startswith("2 of 2 words")


# --- prompts ---


@by_format
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_prompt_names_the_tags_to_be_written_in_their_order(tags, language):
    prompt = tags.system_prompt(language)
    written = [tag for tag in tags.tags[tags.prefilled :] if tag != "}"]
    places = [prompt.index(tag) for tag in written]
    assert places == sorted(places)
    assert all(prompt.count(tag) == 1 for tag in written)
    assert (f"{tags.open_answer}}}" in prompt) is (tags.kind == "box")
    assert not (tags.prefilled and tags.open_reasoning in prompt)
    assert prompt == " ".join(prompt.split())
    assert prompt[-1] == "."


@by_format
def test_the_two_languages_say_different_things_and_no_echo_is_well_formed(tags):
    assert tags.system_prompt() == tags.system_prompt("vi") != tags.system_prompt("en")
    for language in ("vi", "en"):
        prompt = tags.system_prompt(language)
        assert FormatExact(tags)(Sample(prompt)).value == 0.0
        assert AnswerMatch(tags)(Sample(prompt, "7")).value <= 0.0


@pytest.mark.parametrize(
    ("tags", "vi", "en"),
    [
        (
            TUTORIAL,
            "Hãy đọc bài toán và suy nghĩ. Viết quá trình suy nghĩ giữa <thinking> và </thinking>, "
            "sau đó viết đáp án cuối cùng giữa <SOLUTION> và </SOLUTION>.",
            "Read the problem and think it through. Write your reasoning between <thinking> and </thinking>, "
            "then write the final answer between <SOLUTION> and </SOLUTION>.",
        ),
        (
            PREFILLED[1],
            "Hãy đọc bài toán và suy nghĩ. Viết quá trình suy nghĩ và kết thúc nó bằng </think>, "
            "sau đó viết đáp án cuối cùng giữa <answer> và </answer>.",
            "Read the problem and think it through. Write your reasoning and end it with </think>, "
            "then write the final answer between <answer> and </answer>.",
        ),
        (
            BOXED,
            "Hãy đọc bài toán và suy nghĩ. Viết quá trình suy nghĩ giữa <think> và </think>, "
            "sau đó trình bày ngắn gọn kết quả và viết đáp án cuối cùng trong đúng một \\boxed{}.",
            "Read the problem and think it through. Write your reasoning between <think> and </think>, "
            "then state the result briefly and put the final answer in exactly one \\boxed{}.",
        ),
        (
            GSM8K,
            "Hãy đọc bài toán và suy nghĩ. Viết quá trình suy nghĩ, "
            "sau đó viết dòng cuối bắt đầu bằng ####, tiếp theo là đáp án cuối cùng.",
            "Read the problem and think it through. Write your reasoning, "
            "then write a last line that starts with ####, followed by the final answer.",
        ),
        (
            CUSTOM[1],
            "Hãy đọc bài toán. Viết đáp án cuối cùng giữa <answer> và </answer>.",
            "Read the problem. Write the final answer between <answer> and </answer>.",
        ),
        (
            TagFormat(needs_reasoning=False),
            "Hãy đọc bài toán. Viết quá trình suy nghĩ, nếu có, giữa <thinking> và </thinking>, "
            "sau đó viết đáp án cuối cùng giữa <SOLUTION> và </SOLUTION>.",
            "Read the problem. Write your reasoning, if any, between <thinking> and </thinking>, "
            "then write the final answer between <SOLUTION> and </SOLUTION>.",
        ),
    ],
)
def test_prompts(tags, vi, en):
    assert (tags.system_prompt(), tags.system_prompt("en")) == (vi, en)


@pytest.mark.parametrize("language", ["fr", "VI", None, ["vi"]])
def test_an_unknown_language_is_refused(language):
    with pytest.raises(BadParameter) as caught:
        BOXED.system_prompt(language)
    assert str(caught.value) == f"TagFormat.system_prompt(language={language!r}): must be one of vi, en"


# --- the value ---


@by_format
def test_it_is_a_value_with_a_short_expression(tags):
    again = [pickle.loads(pickle.dumps(tags)), copy.deepcopy(tags), eval(repr(tags), {"TagFormat": TagFormat})]
    assert all(other == tags and hash(other) == hash(tags) for other in again)
    assert [tags == other for other in FORMATS].count(True) == 1


def test_only_what_is_not_the_default_is_printed():
    assert repr(TagFormat()) == "TagFormat()"
    assert repr(TagFormat(prefilled=True)) == "TagFormat(prefilled=True)"
    assert repr(GSM8K) == (
        "TagFormat(open_reasoning=None, close_reasoning=None, open_answer='####', close_answer=None)"
    )


def test_the_presets():
    assert TAG_PRESETS == ("tutorial", "deepseek", "boxed", "gsm8k")
    assert TagFormat() == TUTORIAL
    assert [tags.kind for tags in (TUTORIAL, DEEPSEEK, BOXED, GSM8K)] == ["block", "block", "box", "line"]
    assert DEEPSEEK.write("a", "7") == "<think>a</think><answer>7</answer>"
    assert BOXED.write("a", "7") == "<think>a</think>\n\\boxed{7}"
    assert GSM8K.write("a", "7") == "a\n#### 7"
    assert PREFILLED[1].write("a", "7") == "a</think><answer>7</answer>"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: TagFormat.preset("deepsek"), "TagFormat.preset('deepsek'): no such format; did you mean 'deepseek'?"),
        (
            lambda: TagFormat.preset("xyz"),
            "TagFormat.preset('xyz'): no such format; known: tutorial, deepseek, boxed, gsm8k",
        ),
        (
            lambda: TagFormat.preset(["boxed"]),
            "TagFormat.preset(['boxed']): no such format; did you mean 'boxed'?",
        ),
        (
            lambda: TagFormat.preset("gsm8k", prefilled=True),
            "TagFormat(prefilled=True): give the opening reasoning tag that the prompt ends with",
        ),
        (lambda: TagFormat(prefilled=1), "TagFormat(prefilled=1): must be True or False"),
        (lambda: TagFormat(needs_reasoning=None), "TagFormat(needs_reasoning=None): must be True or False"),
        (
            lambda: TagFormat(None),
            "TagFormat(open_reasoning=None, close_reasoning='</thinking>'): "
            "give both or neither; prefilled=True if the prompt ends with the first",
        ),
        (
            lambda: TagFormat(close_reasoning=None),
            "TagFormat(open_reasoning='<thinking>', close_reasoning=None): "
            "give both or neither; prefilled=True if the prompt ends with the first",
        ),
        (
            lambda: TagFormat(*THINK, "\\boxed{", None),
            "TagFormat(open_answer='\\\\boxed{', close_answer=None): a box needs close_answer='}'",
        ),
        *(
            (
                lambda opening=opening: TagFormat(*THINK, opening, "}"),
                f"TagFormat(open_answer={opening!r}, close_answer='}}'): a box opens with a name and then one brace",
            )
            for opening in ("{", " {", "{{", "a}{", "\\boxed{\\text{")
        ),
        (
            lambda: TagFormat(None, None, "Đáp án:\n", None),
            "TagFormat(open_answer='Đáp án:\\n', close_answer=None): "
            "the mark of an answer line has no line end in it; leave it out",
        ),
        (
            lambda: TagFormat("<####>", "</####>", "####", None),
            "TagFormat(open_answer='####'): no tag may be contained in another, got ('<####>', '</####>', '####')",
        ),
    ],
)
def test_a_format_that_is_none_is_refused(build, message):
    with pytest.raises(BadParameter) as caught:
        build()
    assert str(caught.value) == message


@pytest.mark.parametrize("opening", ["x", "{", "\\boxed{"])
def test_what_ends_or_begins_with_a_brace_is_a_box_only_with_both(opening):
    assert TagFormat(*THINK, opening, "}}").kind == "block"
    if opening == "x":
        assert TagFormat(*THINK, opening, "}").scan("<think>a</think>x{7}").answer == "{7"


# --- time ---

HOSTILE = (*("\\boxed{", "\\boxed{}", "{", "}", "\\", "\\boxed{{", "#### ", "####", "#", "####\n", "\n"), "<think>")
HOSTILE += ("</think>", "<answer>", "<think></think>\\boxed{7}", "<SOLUTION>5</SOLUTION>", "\u200b", " ")


@by_format
@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear_in_the_text(tags, unit):
    text = unit * (200_000 // len(unit))
    begin = time.process_time()
    for hostile in (text, f"<think>a</think>{text}", f"<think>{text}</think>\\boxed{{7}}", f"a\n#### {text}"):
        parsed = tags.scan(hostile)
        assert (parsed.fault or "") + repr((parsed.answer, parsed.reasoning, parsed.answer_blocks))
        assert AnswerMatch(tags)(Sample(hostile, "7")).why
    assert time.process_time() - begin < 4.0  # 0.4 s when alone; quadratic time takes minutes


# --- the warm-up of the tiny model ---


@by_preset
def test_habits_are_what_they_say_in_every_format(tags):
    lesson, draw = Lesson((), "Ta có 3 + 4 = 7.", "7"), random.Random(0)
    scored = {
        habit.__name__: (FormatExact(tags)(Sample(text)).value > 0, AnswerMatch(tags)(Sample(text, "7")).value)
        for habit in (well_formed, careless, unclosed, untagged, cut_short)
        for text in [habit(lesson, tags, draw)]
    }
    assert scored["well_formed"] == (True, 3.0)
    assert scored["careless"] == (True, -1.5)
    assert [well for well, _ in scored.values()].count(True) == 2


@by_format
def test_the_prompt_of_the_tiny_model_ends_with_a_prefilled_tag(tags):
    jinja2 = pytest.importorskip("jinja2")
    messages = [{"role": "user", "content": "?"}]
    prompt = jinja2.Template(chat_template(tags)).render(messages=messages, add_generation_prompt=True)
    assert prompt.endswith("assistant<|end_header_id|>\n\n" + (tags.open_reasoning if tags.prefilled else ""))
