"""Where a text states its answer."""

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vireward.errors import BadParameter
from vireward.extract import RULES, find_answer, unwrapped
from vireward.records import Answer
from vireward.spelling import canonical
from vireward.tags import TagFormat
from vireward.training.data import gold_of

ANCHORS = (
    *(
        "Đáp án là:",
        "đáp án là :",
        "ĐÁP ÁN LÀ",
        "Đáp án là",
        "đápánlà:",
        "Đáp  án\u00a0là",
        "Đáp án cuối cùng là:",
        "Đáp án:",
    ),
    *("Câu trả lời là:", "câu trả lời là", "Câu trả lời đúng là:", "Câu trả lời:", "Đáp số:", "đáp số là", "ĐÁP SỐ"),
    *(
        "The answer is",
        "the answer is:",
        "The final answer is",
        "Answer:",
        "ANSWER :",
        "Final answer:",
        "**Đáp án là:**",
    ),
)
ANSWERS = ("7", "-4", "1.500.000 đồng", "2,5", "\\frac{3}{4}", "25%", "$12", "72 ô tô", "x = 3")
REASONING = (
    "",
    "Ta có 3 + 4 = 7.\n",
    "Không còn quả nào. ",
    "x = 7 hoặc x = 8.\n",
    "#### 1\n",
    "Đáp án là: 0\n",
    "4",
    "$",
    "…",
)
answers = st.sampled_from(ANSWERS)


# --- the last statement is found, whatever comes before it ---


@given(st.sampled_from(REASONING), st.sampled_from(ANCHORS), st.sampled_from((" ", "", "\n", " \t")), answers)
def test_the_rest_of_the_line_after_the_last_anchor(before, anchor, blank, answer):
    assume(blank or not answer[0].isalpha())  # "là" and "is" end where a letter follows
    for text in (f"{before}{anchor}{blank}{answer}", f"{before}{anchor}{blank}{answer}.\nHết."):
        assert find_answer(text, rules=("anchor",)) == Answer(answer, "anchor")


@given(st.sampled_from(REASONING), st.sampled_from(("", " ")), answers)
def test_the_rest_of_the_line_after_the_last_hashes(before, blank, answer):
    assert find_answer(f"{before}####{blank}{answer}\n", rules=("hashes",)) == Answer(answer, "hashes")


@given(
    st.sampled_from(REASONING),
    answers,
    st.sampled_from(("", ".", "$", "$.", " kg", "\nHết.", "\\boxed{", "{", " \\boxed{1")),
)
def test_the_last_complete_box(before, answer, after):
    text = f"{before}\\boxed{{0}} rồi \\boxed{{{answer}}}{after}"
    assert find_answer(text, rules=("boxed",)) == Answer(answer, "boxed")


@given(answers, st.sampled_from(REASONING))
def test_the_one_answer_block(answer, before):
    text = f"<thinking>{before}\\boxed{{0}}</thinking><SOLUTION> {answer} </SOLUTION>"
    assert find_answer(text) == Answer(answer, "tags")
    assert find_answer(text + text).rule != "tags"


@given(st.text(), st.sampled_from(ANCHORS), answers, st.permutations(["boxed", "anchor", "hashes"]))
def test_the_first_rule_that_finds_something_decides(before, anchor, answer, rules):
    text = f"{before}\n\\boxed{{{answer}}}\n#### {answer}\n{anchor} {answer}"
    assert find_answer(text, rules=tuple(rules)) == Answer(answer, rules[0])


@given(st.sampled_from(REASONING), st.sampled_from(ANCHORS), answers)
def test_finding_is_blind_to_unicode_form(before, anchor, answer):
    forms = [unicodedata.normalize(form, f"{before}{anchor} {answer}") for form in ("NFC", "NFD")]
    assert find_answer(forms[0]) == find_answer(forms[1]) != None  # noqa: E711  (a chain)


# --- total and bounded ---

FRAGMENTS = (
    *(
        "\\boxed{",
        "\\boxed",
        "{",
        "}",
        "\\{",
        "\\}",
        "####",
        "#",
        "Đáp án",
        " là",
        ":",
        "đáp số",
        "Answer",
        "the answer is",
        ".",
    ),
    *(
        "<SOLUTION>",
        "</SOLUTION>",
        "<thinking>",
        "5",
        "-",
        "$",
        "=",
        "không",
        "hoặc",
        "\n",
        " ",
        "**",
        "kg",
        "\u0301",
        "\x08oxed{",
    ),
)
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=16).map("".join)


@given(st.one_of(st.text(), fragments), st.lists(st.sampled_from(RULES), max_size=4).map(tuple))
def test_any_text_has_an_answer_or_none(text, rules):
    found = find_answer(text, rules=rules)
    assert found is None or (found.rule in rules and found.text == found.text.strip() != "")


@given(st.one_of(st.text(), fragments))
@example("\\boxed{\\boxed{5}}")
@example("\\boxed{" * 40 + "}" * 40)
def test_unwrapping_takes_only_off(text):
    inner = unwrapped(text)
    assert set(inner) <= set(canonical(text)) | {" "}
    assert bool(inner) == bool(canonical(text).strip())


@pytest.mark.parametrize(
    "unit",
    ["đáp án ", "Đáp án là: ", "\\boxed{", "\\boxed{5}", "{", "}", "####", "đáp \n", "answer ", "= -$", "không "],
)
def test_a_megabyte_is_searched_in_linear_time(unit):
    # A step back at every marker would take hours here.
    text = unit * (1_000_000 // len(unit))
    assert find_answer(text + "\n#### 7\nĐáp án là: 7 \\boxed{7}").text == "7"
    assert unwrapped(text) == text.strip()
    find_answer(text)


@pytest.mark.parametrize("depth", [3, 10_000, 100_000])
def test_nested_boxes_of_any_depth(depth):
    found = find_answer("\\boxed{" * depth + "7" + "}" * depth)
    assert found.text.strip("\\boxed{}") == "7"


# --- examples ---


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("… = 37.\n#### 37 Đáp án là: 37", "37"),
        ("####440", "440"),
        ("####440 Đáp án là: 440", "440"),
        ("= \\boxed{19}$.Câu trả lời là: 19", "19"),
        ("x là 4$. ####4", "4"),
        ("Giá trị của x là 4$. ####4 Đáp án là: 4", "4"),
        ("#### 18 đáp án là: 18", "18"),
        ("####đáp án là: 72 ô tô", "72 ô tô"),
        ("Vậy đáp số là $\\boxed{7}$.", "7"),
        ("Đáp án là: $\\boxed{7}$.", "7"),
        ("Kết quả là \\đóng hộp{7}", "7"),
        ("Kết quả là \x08oxed{7}", "7"),
        ("Đáp án là: 5\nĐáp án là: 6", "6"),
        ("#### 5\n#### 6", "6"),
        ("\\boxed{5}, \\boxed{6}", "5, 6"),
        ("Đáp án là: 3.5.", "3.5"),
        ("Đáp án là: Hà Nội", "Hà Nội"),
        ("Đáp án là: x = -\\boxed{4}", "-4"),
        ("ta có $x = -\\boxed{4}$", "-4"),
        ("kết quả $-\\boxed{4}$", "-4"),
        ("kết quả \\(-\\boxed{4}\\)", "-4"),
        ("kết quả -\\boxed{4}", "-4"),
        ("7 - \\boxed{4} = 3", "4"),
        ("7 -\\boxed{4} = 3", "4"),
        ("x -\\boxed{4} = 3", "4"),
        ("các số:\n- \\boxed{4}", "4"),
        ("không có gì", None),
        ("Đáp án là:", None),
        ("####", None),
        ("\\boxed{}", None),
        ("\\boxed{7", None),
        ("Đáp án làm tròn thành 7", None),
        ("đáp án của bạn", None),
        ("đáp số vừa tìm", None),
    ],
)
def test_gold_of_a_solution(text, gold):
    assert gold_of(text) == gold


@pytest.mark.parametrize(
    "text", ["answers: 5", "myanswer: 5", "bathe answer is 5", "the answer isn: 5", "answer 5", "Đáp án 5"]
)
def test_a_word_that_only_holds_an_anchor_is_none(text):
    assert find_answer(text) is None


@pytest.mark.parametrize(
    ("answer", "inner"),
    [
        ("7", "7"),
        ("\\boxed{7}", "7"),
        ("$\\boxed{7}$.", "7"),
        ("\\boxed{\\boxed{7}}", "7"),
        ("\\boxed {7}", "7"),
        ("\\boxed{7} kg", "7 kg"),
        ("$\\boxed{7}$ quả táo.", "7 quả táo"),
        ("\\boxed{7}\\%", "7 \\%"),
        ("Vậy x = \\boxed{7}", "7"),
        ("Ta có 3 + 4 = \\boxed{7}", "7"),
        ("Đáp án là: 7", "7"),
        ("Đáp án là: \\boxed{7} kg", "7 kg"),
        ("#### 7 Đáp án là: 7", "7"),
        ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
        ("-\\boxed{7}", "-7"),
        ("x = - \\boxed{7}", "-7"),
        ("$-\\boxed{7}$", "-7"),
    ],
)
def test_unwrapped(answer, inner):
    assert unwrapped(answer) == inner


@pytest.mark.parametrize(
    "answer",
    [
        "không phải \\boxed{7}",
        "có thể là \\boxed{7}",
        "\\boxed{6} \\boxed{7}",
        "6 hoặc Đáp án là: 7",
        "Đáp án là: 7\nhoặc 6",
        "Đáp án là: 6 Đáp án là: 7",
        "#### 6\nĐáp án là: 7",
        "6? Đáp án là: 7",
        "2\\boxed{7}",
        "\\boxed{7}5",
        "\\boxed{7}^2",
        "\\frac{1}{\\boxed{7}}",
        "2 \\times \\boxed{7}",
        "8 - \\boxed{7}",
        "trừ \\boxed{7}",
        "số đó hơn $\\boxed{7}$",
        "tối đa \\boxed{7}",
        "at least \\boxed{7}",
        "\\boxed{7",
        "\\boxed{}",
    ],
)
def test_nothing_is_taken_out_of_a_hedge_or_a_larger_expression(answer):
    assert unwrapped(answer) == answer


def test_tags_are_found_as_they_are_written():
    dashed = TagFormat("<a>", "</a>", "<đáp–án>", "</đáp–án>")
    assert find_answer("<đáp–án>7</đáp–án>", tags=dashed) == Answer("7", "tags")
    assert find_answer("＜SOLUTION＞7＜/SOLUTION＞") is None


def test_only_the_known_rules_are_taken():
    with pytest.raises(BadParameter, match="no rule named 'box'; there are tags, boxed, anchor, hashes"):
        find_answer("7", rules=("boxed", "box"))
    assert find_answer("Đáp án là: 7", rules=()) is None


@given(
    st.text("0123456789 .,/%+-", max_size=12).filter(str.strip), st.sampled_from(("", "$")), st.sampled_from(("", "$"))
)
def test_a_box_that_is_read_at_once_is_read_by_its_braces_alike(number, before, after):
    assert unwrapped(f"{before}\\boxed{{{number}}}{after}") == unwrapped(f"{before}\\boxed {{{number}}}{after}")
