"""The text of one number is read as its exact value, or not at all."""

import itertools
import re
import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward.errors import BadParameter
from vireward.numerals import Number, read_number
from vireward.quantities.digits import MAX_LENGTH, STYLES, plain_value
from vireward.spelling import canonical

MARKS = {"vi": (".", ","), "en": (",", ".")}  # of groups, of decimals
BLANKS = (" ", "\u00a0", "\u202f", "\u2009", "\\,", "\\ ")
styles = st.sampled_from(STYLES)

# --- a writer that knows nothing of the reader ---


def in_groups(digits, mark):
    head = len(digits) % 3 or 3
    return mark.join([digits[:head], *(digits[i : i + 3] for i in range(head, len(digits), 3))])


@st.composite
def magnitudes(draw, style):
    """A number without sign as one writes it in a style, and its value."""
    whole, places = draw(st.integers(0, 10**13)), draw(st.sampled_from((0, 0, 1, 2, 3, 4)))
    part = "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=places, max_size=places)))
    group, decimal = MARKS[style]
    text = in_groups(str(whole), draw(st.sampled_from(("", "", group, *BLANKS))))
    return text + (decimal + part if part else ""), Fraction(f"{whole}.{part or 0}")


SIGNS = (("", 1), ("", 1), ("+", 1), ("-", -1), ("\u2212", -1), ("–", -1), ("âm ", -1), ("Trừ ", -1), ("- ", -1))
SUFFIXES = (
    *(("", 1), ("%", "%"), (" %", "%"), ("\\%", "%"), (" phần trăm", "%")),
    *((" nghìn", 10**3), (" ngàn đồng", 10**3), ("k", 10**3), (" triệu", 10**6), ("tr", 10**6), (" triệu đồng", 10**6)),
    *((" tỷ", 10**9), (" tỉ đồng", 10**9), (" nghìn tỷ", 10**12), (" trăm", 100), (" chục", 10), (" tá trứng", 12)),
    *((" kg", 1), ("kg", 1), (" cm2", 1), ("cm^2", 1), ("\\text{ cm}^{2}", 1), (" m³", 1), (" km/giờ", 1), ("°C", 1)),
    *((" quả táo", 1), (" học sinh", 1), (" (bạn)", 1), (" năm", 1), (" đồng", 1), ("đ", 1), (" ₫", 1), ("$", 1)),
)
PREFIXES = ("$", "\\$", "₫", "VND ", "USD", "US$")
WRAPS = (
    "{}",
    "{}",
    "${}$",
    "\\boxed{{{}}}",
    "$\\boxed{{{}}}$",
    "{}.",
    " {} ",
    "**{}**",
    "\\({}\\)",
    "x = {}",
    "$x={}$.",
)


@st.composite
def written(draw, style):
    """A number with all that may stand around it, its value and whether it is a percentage."""
    (text, value), (sign, factor) = draw(magnitudes(style)), draw(st.sampled_from(SIGNS))
    if draw(st.booleans()):
        suffix, scale = draw(st.sampled_from(SUFFIXES))
        text = sign + text + suffix
    else:
        (text, scale), suffix = (f"{sign}{draw(st.sampled_from(PREFIXES))}{text}", 1), "$"
    wraps = WRAPS if "$" not in text else ("{}", "{}.", "\\boxed{{{}}}")
    return (
        draw(st.sampled_from(wraps)).format(text),
        value * factor * (Fraction(1, 100) if scale == "%" else scale),
        scale,
    )


# --- laws ---


@given(st.data(), styles)
def test_what_is_written_is_read_back(data, style):
    text, value, scale = data.draw(written(style))
    number = read_number(text, style)
    assert number is not None
    assert (number.value, number.percent) == (value, scale == "%")


@given(st.data(), styles)
def test_reading_is_blind_to_unicode_form(data, style):
    text, _, _ = data.draw(written(style))
    composed, decomposed = (read_number(unicodedata.normalize(form, text), style) for form in ("NFC", "NFD"))
    assert composed == decomposed != None  # noqa: E711  (a chain)


@given(st.integers(0, 10**15), st.sampled_from(("", *BLANKS)), styles)
def test_groups_do_not_change_the_value(whole, blank, style):
    for mark in (blank, MARKS[style][0]):
        assert read_number(in_groups(str(whole), mark), style) == Number(Fraction(whole))


@given(st.integers(10**6, 10**15))
def test_two_groups_are_read_alike_in_both_styles(whole):
    for mark, style in itertools.product((".", ","), STYLES):
        assert read_number(in_groups(str(whole), mark), style) == Number(Fraction(whole))


@given(st.data(), styles)
def test_a_minus_sign_negates(data, style):
    text, value = data.draw(magnitudes(style))
    for sign in ("-", "\u2212", "\u2013", "âm ", "trừ ", "minus "):
        assert read_number(sign + text, style) == Number(-value)
        assert read_number(f"{sign}-{text}", style) is None


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6), st.sampled_from(("{}/{}", "{} / {}", "\\frac{{{}}}{{{}}}")))
def test_fractions_are_exact(top, bottom, form):
    assert read_number(form.format(top, bottom)) == Number(Fraction(top, bottom))
    assert read_number(form.format(top, 0)) is None


@given(st.integers(0, 10**4), st.integers(1, 99), st.integers(1, 10**4))
def test_mixed_numbers_have_a_proper_fraction(whole, top, bottom):
    value = Number(whole + Fraction(top, bottom)) if top < bottom else None
    assert read_number(f"{whole} {top}/{bottom}") == read_number(f"{whole}\\frac{{{top}}}{{{bottom}}}") == value


# --- total and bounded ---

FRAGMENTS = (
    *(
        "0",
        "1",
        "5",
        "123",
        "000",
        ".",
        ",",
        " ",
        "-",
        "+",
        "/",
        "%",
        "$",
        "\\frac{",
        "}{",
        "}",
        "{",
        "\\boxed{",
        "\\text{",
    ),
    *(
        "²",
        "½",
        "٣",
        "５",
        "đồng",
        "kg",
        "triệu",
        "hoặc",
        "không",
        "x = ",
        "\u0301",
        "\u200b",
        "\n",
        "\t",
        "(",
        ")",
        "**",
        "'",
    ),
)
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)


@given(st.one_of(st.text(), fragments), styles)
def test_any_text_is_a_number_or_none(text, style):
    number = read_number(text, style)
    assert number is None or (isinstance(number, Number) and type(number.value) is Fraction and number.unit != "")
    assert plain_value(text, style) is None or set(text) <= set("0123456789., ")


@given(fragments, styles)
def test_what_is_read_has_one_run_of_digits(text, style):
    # Two numbers side by side are never read as one: each digit of the text is in the value, a group or a unit.
    number = read_number(text, style)
    if number is not None:
        digits = re.findall(r"\d+(?:[., ]\d+)*", canonical(text))
        assert len(digits) <= (3 if re.search(r"/|frac", text) else 1), digits


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1" * 1_000_000, id="digits"),
        pytest.param("1." * 500_000, id="marks"),
        pytest.param("1 " * 500_000, id="blanks"),
        pytest.param("\\frac{" * 160_000, id="fractions"),
        pytest.param("{" * 1_000_000, id="braces"),
        pytest.param("5 " + "quả " * 250_000, id="words"),
        pytest.param("-" * 1_000_000, id="signs"),
        pytest.param("9" * (MAX_LENGTH + 1), id="one too many"),
    ],
)
def test_a_megabyte_is_no_number(text):
    assert read_number(text) is None


def test_the_longest_number_is_read():
    assert read_number("9" * MAX_LENGTH) == Number(Fraction(10**MAX_LENGTH - 1))
    assert read_number("5" + " tỷ" * 100) is None


@pytest.mark.parametrize("style", ["VI", "", "fr", None])
def test_only_two_styles_are_known(style):
    with pytest.raises(BadParameter, match="number style must be one of vi, en"):
        read_number("5", style)


# --- examples ---


@pytest.mark.parametrize(
    ("text", "vi", "en"),
    [
        ("1.500", "1500", "3/2"),
        ("1,500", "3/2", "1500"),
        ("-29,415", "-29415/1000", "-29415"),
        ("1.5", "3/2", "3/2"),
        ("0,125", "1/8", "1/8"),
        ("0.125", "1/8", "1/8"),
        ("1500.000", "1500", "1500"),
        ("1.234.567,89", "123456789/100", "123456789/100"),
        ("1,234,567.89", "123456789/100", "123456789/100"),
        ("1 234,5", "12345/10", "12345/10"),
        ("1 234.567", None, "1234567/1000"),
        (".5", "1/2", "1/2"),
        (",77", "77/100", "77/100"),
        ("01,10", "11/10", "11/10"),
        ("12.5/2,5", "5", "5"),
        ("3 500/2", None, None),
        ("2 125/250", None, None),
        ("1.500/3", "500", "1/2"),
    ],
)
def test_values_by_style(text, vi, en):
    values = [number and number.value for number in (read_number(text, style) for style in STYLES)]
    assert values == [value and Fraction(value) for value in (vi, en)]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("19,625dm2", "19.625", "dm2"),
        ("448000 cm<sup>3</sup>", "448000", "cm^3"),
        ("12,5\\,\\text{m}^{2}", "12.5", "m^{2}"),
        ("15 000 đồng", "15000", "đồng"),
        ("15.000Đ", "15000", "đ"),
        ("$18,09", "18.09", "$"),
        ("$\\$$47,60", "47.6", "$"),
        ("-$5", "-5", "$"),
        ("$-5", "-5", "$"),
        ("$5 USD", "5", "usd"),
        ("VNĐ 1.500", "1500", "vnđ"),
        ("2 triệu đồng", "2000000", "đồng"),
        ("0,5 nghìn tỷ", "500000000000", None),
        ("5 đồng/kg", "5", "đồng/kg"),
        ("60 km / giờ", "60", "km/giờ"),
        ("30^\\circ C", "30", "°c"),
        ("7 cái nhãn vở", "7", "cái nhãn vở"),
        ("72 ô tô", "72", "ô tô"),
        ("48 ô", "48", "ô"),
        ("3 ki-lô-gam", "3", "ki-lô-gam"),
        ("5 hình lập phương", "5", "hình lập phương"),
        ("12 apples", "12", "apples"),
        ("1/2 kg", "1/2", "kg"),
        ("$5$ quả", "5", "quả"),
        ("5 $cm^2$", "5", "cm^2"),
        ("5½", "5.5", None),
        ("½", "0.5", None),
        ("\\frac12", "0.5", None),
        ("\\tfrac83 kg", "8/3", "kg"),
        ("\\frac{-5}{7}", "-5/7", None),
        ("\\frac{5}{-7}", "-5/7", None),
        ("2/(-3)", "-2/3", None),
        ("2,5 \\times 10^{3}", "2500", None),
        ("-10^{-2}", "-1/100", None),
        ("7,5.10^6 đồng", "7500000", "đồng"),
        ("864 \\mbox{ inches}^2", "864", "inches^2"),
        ("80100₩", "80100", "₩"),
        ("x = −\\frac{1}{2}", "-1/2", None),
        ("5 = x", "5", None),
        ("32,\\! 349", "32.349", None),
    ],
)
def test_units(text, value, unit):
    assert read_number(text) == Number(Fraction(value), unit)


NOT_ONE = """
5x|5 x|5xy|5 ab|5ab|5n|5²|½5|5^2|5!|5?|5'|5"|#5|5#|5_6|1_000|0x10|1e5|1e2|5e|NaN|inf|-inf|null|٥|५|Ⅴ|⑤
5\u0301|5\u0338|5-6|5–6|5 - 6|5+6|5 × 6|5:6|5;6|5; 6|5 6|5,|5,,6|5..|5...|5…|..5|5 ,5|1 , 5|5 .000|1. 500|5/0
5/|/5|5//6|1/2/3|5/6/2024|$5 $600|5$ 600$|$5$ 600|$1$500|5\\text{ 000}|1  500|12 34|1 50|1500 000|0 500|1 500 00
1,500.000,5|1.50.000|1,2,3|--5|+-5|-+5|±5|-(5)|(5)|[5]|{5}|~5|≈5|≤5|>5|âm|âm -5|-|+|%|$|kg|\\frac{1}{}
\\frac{}{2}|\\frac1|\\frac{1}{0}|-\\frac{-1}{2}|5 hoặc 6|5 hay 6|5 hoặc sáu|5 hay không|không phải 5|không 5
5 không đúng|5 nhưng có thể 6|5 có lẽ|5 chắc vậy|5 sai|khoảng 5|5 khoảng|5 hơn|hơn 5|5 kém|5 trở lên|từ 5|đến 5
5 đến 6|gần 5|5 gần đúng|5 đoán|5 nếu|5 thì phải|5 đúng không|5 phải không|5 and 6|5 or so|5 maybe|about 5|not 5
5 not|5 if|5 more|5 than|5 plus|5 to|5 half|5 dozen|5 percent off|5 rưỡi|5 quả rưỡi|5 nửa|5 hai|5 quả hai|5 mười
5 mươi|5 lăm|5 phần mười|5 phẩy hai|5 nghìn năm|5 triệu một|5 quả năm|5 bình phương|5 lập phương|5 giai thừa
5 nhân đôi|5 gấp đôi|5 chia đều|5 cộng|5 trừ|5 âm|5 tối đa|5 ít nhất|5 đổi dấu|5 nghịch đảo|5 quả và cam
5 quả cam quýt mít dừa|5 là đáp án|5 kg và 6|5 dư 1|5 (dư 1)|5 (6)|5 ((kg))|5 ()|5 (kg|5 kg)|5 kg/|5 /kg
5 kg/m/s|5 tỷ triệu|5 nghìn nghìn|5 quả nghìn|5%%|5% kg|5 kg %|$5%|5‰|$5 đồng|$5 kg|5 $ kg|5 m4|5 m^4|5 cm 2
5 kg2|5 e2|5M|5 M|\\sqrt{5}|5\\sqrt{2}|5\\pi|5 pi|5 sin|5i|5+3i|2x = 5|x = y|x ≠ 5|x > 5|= |5 =|5 = 5|\\boxed{5
\\boxed{}|\\boxed{5}{6}|\\boxed{5} \\boxed{6}
"""


@pytest.mark.parametrize("text", [text for line in NOT_ONE.strip().splitlines() for text in line.split("|")])
def test_what_is_not_certainly_one_number_is_not_read(text):
    assert [read_number(text, style) for style in STYLES] == [None, None]


def test_line_ends_and_tabs_join_no_groups():
    assert [read_number(f"1{blank}500") for blank in ("\n", "\t", "\r", "\x0b", "\u2028")] == [None] * 5
