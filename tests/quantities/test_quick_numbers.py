"""A number that is read at once is the number that the reader reads, and compares as the judge compares."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vireward import Verdict, compare, read_number
from vireward.extract import unwrapped
from vireward.judge import is_one_number
from vireward.quantities.quick_numbers import QuickNumbers, leaves_open, same_quick
from vireward.quantities.same_number import number_fault

DIGITS = st.one_of(
    st.from_regex(r"[0-9]{1,8}", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}([.,][0-9]{1,4}){1,3}", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}( [0-9]{3}){1,3}([.,][0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"-?[0-9]{1,4}/[0-9]{1,4}", fullmatch=True),
    st.from_regex(r"\\[dt]?frac\{-?[0-9]{1,3}\}\{-?[0-9]{1,3}\}", fullmatch=True),
)
TAILS = (
    "",
    "",
    *[
        "%",
        " %",
        "\\%",
        " \\%",
        " quả táo",
        " viên bi",
        " đồng",
        " VNĐ",
        " triệu đồng",
        " kg",
        " KG",
        " M",
        "m",
        " nghìn",
        "k",
        " năm",
        " giờ",
        " giờ rưỡi",
        " phần trăm",
        " phần",
        " lần",
        " hoặc",
        " là",
        " đáp",
        " answer",
        " vậy",
        "\\text{ kg}",
        "\\text{ quả táo}",
        "\\text{kg}",
        "\\text{ là}",
        " hoà bình",
        " tuổi (loại)",
        " x",
        " cm^2",
        " nhưng có thể",
        " học sinh giỏi nhất lớp",
        " Nam",
        " ĐỒNG",
        " tá",
        " tỷ",
        " tỷ tỷ",
        "°",
        " độ C",
        " bình phương",
    ],
)
FRAMES = [
    r"{}",
    r"{}",
    r"{}",
    r"${}$",
    r"\({}\)",
    r"\boxed{{{}}}",
    r"$\boxed{{{}}}$",
    r"**{}**",
    r"x = {}",
    r"{}.",
    r"\[{}\]",
    r"**{}.**",
    r"$${}$$",
    r"{}..",
    r" {} ",
    r"y = {}",
    r"= {}",
    r"{} hoặc 5",
    r"không phải {}",
    r"B. {}",
    r"({})",
]
WORDS = "không một hai ba bốn năm sáu bảy tám chín mười mươi mốt lăm trăm nghìn triệu tỷ linh phẩy phần rưỡi âm tư và"
WORDS += " hoặc phải biết nửa chục kg quả cái mot hai muoi tram"
SPOKEN = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=8).map(" ".join)


@st.composite
def texts(draw):
    """A number as it is written, in a frame, with something behind it; or words."""
    if draw(st.integers(0, 3)) == 0:
        return draw(SPOKEN)
    sign = draw(st.sampled_from(("", "", "", "-", "\u2212", "- ", "+")))
    return draw(st.sampled_from(FRAMES)).format(sign + draw(DIGITS) + draw(st.sampled_from(TAILS)))


styles = st.sampled_from(("vi", "en"))


@settings(max_examples=600)
@given(texts(), styles)
def test_a_number_read_at_once_is_the_number_that_the_reader_reads(text, style):
    quick = QuickNumbers(style).read(text)
    if quick is not None:
        number = read_number(unwrapped(text), style)
        assert number is not None
        assert quick.said == unwrapped(text)
        assert Fraction(quick.top, quick.bottom) == number.value * (100 if number.percent else 1)
        assert (quick.percent, quick.unit) == (number.percent, number.unit is not None)
        assert not number.compound


@settings(max_examples=600)
@given(texts(), texts(), styles)
def test_two_numbers_read_at_once_are_the_same_where_the_judge_says_so(text, gold, style):
    numbers, want = QuickNumbers(style), unwrapped(gold)
    have, quick = numbers.read(text), numbers.read(want)
    if have is not None and quick is not None and is_one_number(want, style):
        assert same_quick(have, quick) is (compare(text, gold, style=style).verdict is Verdict.RIGHT)
        one, other = read_number(unwrapped(text), style), read_number(want, style)
        assert same_quick(have, quick) is (number_fault(one, other) is None)


@settings(max_examples=400)
@given(st.sampled_from(("không phải {}", "không biết {}", "{} hoặc {}", "{}hoặc {}")), DIGITS, DIGITS, styles)
def test_what_leaves_its_number_open_is_no_number_and_never_right(form, one, other, style):
    text = form.format(one, other)
    if leaves_open(text):
        assert read_number(text, style) is None
        assert compare(text, one, style=style).verdict is not Verdict.RIGHT or unwrapped(text) == unwrapped(one)
        assert compare(text, "7", style=style).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("text", "top", "bottom"),
    [
        ("7", 7, 1),
        ("-2,5 kg", -25, 10),
        ("\u2212940", -940, 1),
        ("1.500.000 đồng", 1500000, 1),
        ("$\\boxed{25\\%}$", 25, 1),
        ("\\(\\frac{-5}{2}\\)", -5, 2),
        ("x = 2 triệu đồng", 2000000, 1),
        ("**79**", 79, 1),
        ("âm hai mươi lăm", -25, 1),
        ("hai mươi lăm phần trăm", 25, 1),
        ("\\boxed{174\\text{ cái kẹo}}", 174, 1),
    ],
)
def test_usual_forms_are_read_at_once(text, top, bottom):
    quick = QuickNumbers("vi").read(text)
    assert quick is not None
    assert (quick.top, quick.bottom) == (top, bottom)


@pytest.mark.parametrize(
    "text", ["", "$", "5 (loại)", "-\\frac{-5}{2}", "-\\frac{-0}{2}", "5/0", "một", "không", "5 là", "7" * 81, "x"]
)
def test_what_is_not_usual_is_left_to_the_reader(text):
    quick = QuickNumbers("vi").read(text)
    assert quick is None or text == "một"


def test_an_open_answer_is_told_at_once():
    assert all(map(leaves_open, ("không phải 5", "không biết", "5 hoặc 6", "\\frac{1}{2} hoặc -1/2", "25% hoặc 26%")))
    assert not any(map(leaves_open, ("5", "không", "5 hoặc", "hoặc 5", "không phải năm", "5 hoặc 6 hoặc 7")))
