"""How the report colours a completion: it changes no character, and agrees with the scanner."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vireward.report.texts import visible
from vireward.report.tinted import tag_format, tinted
from vireward.tags import TagFormat

FORMATS = [
    *(TagFormat.preset(name) for name in ("tutorial", "deepseek", "boxed", "gsm8k")),
    *(TagFormat.preset(name, prefilled=True) for name in ("tutorial", "deepseek", "boxed")),
    TagFormat("<a", "b>", "<c", "c>"),
    TagFormat(None, None, "Đáp án:", None),
]
WORDS = ["7", " ", "\n", "\r\n", "\r", "\u200b", "\u202e", "\x00", "<script>", "#", "{", "}", "\\", "ấ", "⟨U+200B⟩"]


def texts(form, words=tuple(WORDS)):
    """Texts of the tags of a format, in any order and number, with words between them."""
    return st.lists(st.sampled_from([*form.tags, *words]), max_size=14).map("".join)


formats_and_texts = st.sampled_from(FORMATS).flatmap(lambda form: st.tuples(st.just(form), texts(form)))


def shown(found, *kinds):
    return "".join(piece for piece, (kind, _) in found.pieces if not kinds or kind in kinds)


def faults(found):
    return [(piece, fault) for piece, (kind, fault) in found.pieces if kind == "fault"]


@given(formats_and_texts, st.integers(0, 60))
@example((TagFormat.preset("gsm8k"), "3 + 4\n#### 7\r\n"), 60)  # the line's answer ends within a line end
def test_the_pieces_are_the_text_as_it_was(formatted, limit):
    form, text = formatted
    found = tinted(text, form, limit)
    assert shown(found) == visible(text[:limit])
    assert found.cut == max(len(text) - limit, 0)


@given(st.sampled_from(FORMATS).flatmap(lambda form: st.tuples(st.just(form), texts(form, ("7", " ", "\n", "x")))))
def test_blocks_are_what_the_scanner_says_they_are(formatted):
    form, text = formatted
    parsed, found = form.scan(text), tinted(text, form)
    if parsed.well_formed:
        assert shown(found, "reasoning") == parsed.reasoning
        assert shown(found, "answer-text") == parsed.answer
        written = [tag for tag, times in zip(form.tags, form.times, strict=True) if times]
        assert sorted(shown(found, "tag")) == sorted("".join(written))
        assert not faults(found)
    if parsed.answer is None:
        assert not shown(found, "answer-text")
    if parsed.reasoning is None:
        assert not shown(found, "reasoning")


@given(st.sampled_from(FORMATS), st.sampled_from(["3 + 4 = 7", "Ta có\n3 + 4"]), st.sampled_from(["7", "-7 cm"]))
def test_a_completion_as_the_format_wants_it_has_both_blocks_and_no_fault(form, reasoning, answer):
    found = tinted(form.write(reasoning, answer), form)
    assert shown(found, "reasoning").strip() == reasoning
    assert shown(found, "answer-text").strip() == answer
    assert not faults(found)


@given(formats_and_texts)
def test_a_tag_that_stands_too_often_is_always_a_fault(formatted):
    form, text = formatted
    parsed = form.scan(text)
    often = [i for i, (count, times) in enumerate(zip(parsed.counts, form.times, strict=True)) if count > times]
    if form.kind == "box":  # its closing brace is marked by its opening
        often = [i for i in often if i < len(form.tags) - 1]
    if often:
        assert faults(tinted(text, form))


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("tutorial", "<SOLUTION>7", [("<SOLUTION>", "is not closed")]),
        ("tutorial", "7</SOLUTION>", [("</SOLUTION>", "was not opened")]),
        ("tutorial", "</thinking><thinking>", [("</thinking><thinking>", "stands out of order")]),
        (
            "tutorial",
            "<SOLUTION>7</SOLUTION><SOLUTION>8</SOLUTION>",
            [("<SOLUTION>", "stands again"), ("</SOLUTION>", "stands again")],
        ),
        ("tutorial", "<Solution>7</Solution> <think>", []),
        ("boxed", "<think>a</think> \\boxed{7", [("\\boxed{", "is not closed")]),
        ("boxed", "<think>\\boxed{1}</think> \\boxed{7} \\boxed{8}", [("\\boxed{", "stands again")]),
        ("gsm8k", "3 + 4\n#### 7\n#### 8", [("####", "stands again")]),
        ("gsm8k", "3 + 4\n##### 7\n#### 8\n##### 9", []),
    ],
)
def test_faults_are_named(form, text, expected):
    assert faults(tinted(text, TagFormat.preset(form))) == expected


def test_text_outside_the_blocks_is_plain():
    found = tinted("a<thinking>b</thinking>c<SOLUTION>d</SOLUTION>e\u200b<b>")
    assert [(piece, kind) for piece, (kind, _) in found.pieces] == [
        ("a", ""),
        ("<thinking>", "tag"),
        ("b", "reasoning"),
        ("</thinking>", "tag"),
        ("c", ""),
        ("<SOLUTION>", "tag"),
        ("d", "answer-text"),
        ("</SOLUTION>", "tag"),
        ("e", ""),
        ("⟨U+200B⟩", "hidden"),
        ("<b>", ""),
    ]


def test_the_tag_that_a_prompt_has_written_is_a_fault():
    form = TagFormat.preset("deepseek", prefilled=True)
    assert faults(tinted("<think>a</think><answer>7</answer>", form)) == [("<think>", "stands in the prompt already")]


def test_a_megabyte_is_scanned_whole_and_shown_short():
    found = tinted("<SOLUTION>7</SOLUTION>" + "ấ" * 1_000_000 + "<SOLUTION>", limit=100)
    assert len(shown(found)) == 100
    assert not shown(found, "answer-text")  # opened again far behind what is shown


def test_what_is_no_text_is_shown_as_json():
    assert shown(tinted([{"role": "assistant"}])) == '[{"role": "assistant"}]'


@pytest.mark.parametrize(
    "value", [None, 7, "x", [], {"open": "<a>"}, {"open_answer": 7}, {"open_answer": " "}, {"": 1}]
)
def test_what_makes_no_format_is_none(value):
    assert tag_format(value) is None


def test_parameters_make_a_format():
    given_ = {"open_reasoning": "<think>", "close_reasoning": "</think>", "prefilled": True}
    assert tag_format(given_) == TagFormat(**given_)
    assert tag_format({}) == TagFormat()
