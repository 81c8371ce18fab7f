"""One answer in the many ways in which it is written: emphasis, scripts, lines, bounds, repeating decimals, names."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward import Verdict, judge, read_number

RAISED, LOWERED = (str.maketrans("0123456789-", signs) for signs in ("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "₀₁₂₃₄₅₆₇₈₉-"))
numbers = st.integers(-999, 999)
others = st.integers(1, 9)
units = st.sampled_from(["", " kg", " quả táo", " cm²"])


@given(numbers, others, units, st.sampled_from(["*", "**", "***"]))
def test_emphasis_around_a_number_says_nothing(number, more, unit, mark):
    for said in (f"{mark}{number}{mark}{unit}", f"{mark}{number}{unit}{mark}", f"x = {mark}{number}{mark}{unit}"):
        assert judge(said, f"{number}{unit}") is Verdict.RIGHT
        assert judge(said, f"{number + more}{unit}") is Verdict.WRONG


@given(st.integers(1, 9), st.integers(10, 99))
def test_emphasis_joins_no_digits_and_takes_no_power_away(few, many):
    assert judge(f"{few} **{many}0**", f"{few}{many}0") is Verdict.WRONG
    assert judge(f"{few}**{many}**{few}", str(many)) is Verdict.WRONG


@given(st.integers(1, 9), st.integers(-6, 6).filter(bool), others)
def test_raised_digits_are_a_power(factor, exponent, more):
    said, other = (f"{factor} × 10{str(power).translate(RAISED)}" for power in (exponent, exponent + more))
    gold = str(factor * Fraction(10) ** exponent)
    assert judge(said, gold) is Verdict.RIGHT
    assert judge(other, gold) is Verdict.WRONG


@given(st.integers(1, 359))
def test_a_raised_zero_alone_is_a_degree(angle):
    assert judge(f"{angle}⁰", f"{angle}°") is Verdict.RIGHT
    assert judge(f"{angle}⁰", f"{angle + 1}°") is Verdict.WRONG


@given(st.integers(1, 99), numbers, others)
def test_an_index_is_one_however_it_is_written(index, number, more):
    written = [
        f"u_{{{index}}}",
        f"u{str(index).translate(LOWERED)}",
        *([f"u_{index}", f"u{index}"] if index < 10 else []),
    ]
    for one in written:
        assert judge(f"{one} = {number}", str(number)) is Verdict.RIGHT
        for other in written:
            assert judge(f"{one} = {number}", f"{other} = {number}") is Verdict.RIGHT
        assert judge(f"{one} = {number}", f"u_{{{index + more}}} = {number}") is Verdict.WRONG


@given(st.lists(numbers, min_size=2, max_size=5), st.sampled_from(["\n", "\n\n", ";\n", " \n "]), others)
def test_values_on_lines_of_their_own_are_a_list(values, line_end, more):
    said, other = (line_end.join(map(str, they)) for they in (values, [*values[:-1], values[-1] + more]))
    gold = "; ".join(map(str, values))
    assert judge(said, gold) is Verdict.RIGHT
    assert judge(other, gold) is Verdict.WRONG
    assert judge(line_end.join(map(str, values[:-1])), gold) is Verdict.WRONG


@given(numbers, numbers, others, st.sampled_from([("cases", "", ""), ("array", r"\left\{", r"\right.")]))
def test_a_system_is_a_list(one, two, more, form):
    kind, before, after = form
    columns = "{l}" if kind == "array" else ""
    said = rf"{before}\begin{{{kind}}}{columns} x = {one} \\ y = {two} \end{{{kind}}}{after}"
    assert judge(said, f"(x; y) = ({one}; {two})") is Verdict.RIGHT
    assert judge(said, f"x = {one}; y = {two}") is Verdict.RIGHT
    assert judge(said, f"(x; y) = ({one}; {two + more})") is Verdict.WRONG


@given(numbers, others, others, st.sampled_from([("<", ">", "()"), ("≤", "≥", "[]"), ("<", "≥", "[)")]))
def test_two_bounds_are_an_interval(low, width, more, signs):
    below, above, brackets = signs
    high = low + width
    for said in (f"x {above} {low} và x {below} {high}", f"x {below} {high} và x {above} {low}"):
        assert judge(said, f"{brackets[0]}{low}; {high}{brackets[1]}") is Verdict.RIGHT
        assert judge(said, f"{brackets[0]}{low}; {high + more}{brackets[1]}") is Verdict.WRONG
        assert judge(said.replace("x", "m", 1), f"{brackets[0]}{low}; {high}{brackets[1]}") is Verdict.WRONG


@given(st.integers(0, 99), st.from_regex(r"\A[0-9]{0,3}\Z"), st.from_regex(r"\A[0-9]{1,3}\Z"), st.booleans())
def test_a_repeating_decimal_is_its_fraction(whole, head, tail, negative):
    all_digits, without_tail = int(f"{whole}{head}{tail}"), int(f"{whole}{head}")
    value = Fraction(all_digits - without_tail, 10 ** len(head + tail) - 10 ** len(head))
    value = -value if negative else value
    for repeated in (f"({tail})", rf"\overline{{{tail}}}"):
        for style, mark in (("vi", ","), ("en", ".")):
            text = f"{'-' if negative else ''}{whole}{mark}{head}{repeated}"
            assert read_number(text, style).value == value
            assert judge(text, str(value), style=style) is Verdict.RIGHT


@given(numbers, others, st.sampled_from(["Đáp án là: ", "Đáp án: ", "#### ", "The answer is: ", "**Đáp án:** "]))
def test_a_dash_behind_a_marker_is_a_minus(number, more, marker):
    said = f"{marker}{'- ' if number < 0 else ''}{abs(number)}"
    assert judge(said, str(number)) is Verdict.RIGHT
    assert judge(said, str(number + more)) is Verdict.WRONG
    assert number == 0 or judge(said, str(-number)) is Verdict.WRONG


@given(
    numbers.filter(bool), st.sampled_from(["**Đáp án:** {}", "Đáp án: **{}**", "**{}**", "$${}$$", "⇒ {}", "Vậy, {}"])
)
def test_the_sign_before_a_box_is_kept(number, form):
    sign = "-" if number < 0 else ""
    said = form.format(rf"{sign}\boxed{{{abs(number)}}}")
    assert judge(said, str(number)) is Verdict.RIGHT
    assert judge(said, str(-number)) is Verdict.WRONG


UNKNOWNS = [r"\alpha", "α", r"\Delta", r"\overline{x}", r"\vec{u}", "|z|", "AB", "S_{ABCD}", "x₁", "u_{10}"]


@pytest.mark.parametrize("unknown", UNKNOWNS)
def test_an_unknown_may_be_named(unknown):
    assert judge(f"{unknown} = 12", "12") is Verdict.RIGHT
    assert judge(f"{unknown} = 13", "12") is Verdict.WRONG
    assert judge(f"2{unknown} = 12", "12") is Verdict.WRONG


@pytest.mark.parametrize("one", UNKNOWNS)
@pytest.mark.parametrize("other", UNKNOWNS)
def test_another_unknown_is_another_answer(one, other):
    same = {one, other} <= {r"\alpha", "α"} or one == other
    assert (judge(f"{one} = 12", f"{other} = 12") is Verdict.RIGHT) == same


@given(st.integers(2, 99), st.integers(2, 99), st.sampled_from([" . ", ". ", " × ", " x "]), units, others)
def test_a_product_that_is_done_is_right_with_its_units(one, two, sign, unit, more):
    said = f"{one}{unit}{sign}{two}"
    assert judge(f"{said} = {one * two}{unit}", str(one * two)) is Verdict.RIGHT
    assert judge(f"{said} = {one * two + more}{unit}", str(one * two + more)) is Verdict.WRONG
    assert judge(said, str(one * two)) is Verdict.WRONG


@given(st.integers(1, 20), others)
def test_a_quantity_may_be_said_twice(hours, more):
    for said in (f"{60 * hours} phút = {hours} giờ", f"{hours} giờ ({60 * hours} phút)"):
        assert judge(said, f"{hours} giờ") is Verdict.RIGHT
    for said in (f"{60 * hours + more} phút = {hours} giờ", f"{hours} giờ ({60 * hours + more} phút)"):
        assert judge(said, f"{hours} giờ") is Verdict.WRONG
