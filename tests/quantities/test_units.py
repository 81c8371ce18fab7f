"""What stands after the digits of a number, and which units agree."""

import itertools
import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward.answers.hedges import hedged
from vireward.numerals import Number, read_number
from vireward.quantities.measures import Measure, read_measure
from vireward.quantities.units import names, same_unit
from vireward.spelling import words_of

UNITS = (
    "kg",
    "g",
    "m",
    "m2",
    "m3",
    "km",
    "km/h",
    "giờ",
    "phút",
    "đồng",
    "$",
    "xu",
    "quả táo",
    "con gà",
    "đôi",
    "°C",
    "lít",
)


@given(st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_units_agree_with_themselves_only(one, other):
    assert same_unit(one, other) == same_unit(other, one) == (one == other)


@given(st.sampled_from(UNITS), st.integers(1, 999))
def test_units_are_read_after_a_number(unit, value):
    number = read_number(f"{value} {unit}")
    assert number == Number(Fraction(value), unit.lower())
    assert same_unit(number.unit, unit)


@pytest.mark.parametrize(
    ("group", "same"),
    [
        (("đ", "đồng", "₫", "VND", "VNĐ", "vnđ", "đồng Việt Nam"), True),
        (("$", "USD", "đô la", "đô", "US$", "đô-la Mỹ", "dollars"), True),
        (("m2", "m²", "m^2", "m^{2}", "mét vuông", "M2"), True),
        (("cm3", "cm³", "xăng-ti-mét khối", "xentimét khối"), True),
        (("km/h", "km/giờ", "ki-lô-mét/giờ", "km / h"), True),
        (("kg", "ki-lô-gam", "kilogam", "kg gạo"), True),
        (("quả táo", "trái táo", "táo"), True),
        (("quả", "quả táo"), True),
        (("m", "m2"), False),
        (("m", "m3"), False),
        (("m2", "m3"), False),
        (("km", "km/h"), False),
        (("đôi", "chiếc"), False),
        (("đôi giày", "chiếc giày"), False),
        (("học sinh nam", "học sinh nữ"), False),
        (("đồng", "đồng/kg"), False),
        (("quả táo", "quả cam"), False),
        (("đồng", "đô la"), False),
        (("g", "kg"), False),
    ],
)
def test_same_unit(group, same):
    for one, other in itertools.combinations(group, 2):
        assert same_unit(one, other) is same_unit(other, one) is same


def test_names_of_measures():
    assert names("xăng-ti-mét vuông") == ("cm²",)
    assert names("ki-lô-mét / giờ") == ("km/giờ",)
    assert names("quả táo") == ("quả", "táo")


FRAGMENTS = (
    " ",
    "kg",
    "cm",
    "2",
    "^{2}",
    "²",
    "/",
    "giờ",
    "triệu",
    "đồng",
    "$",
    "°",
    "c",
    "%",
    "(",
    ")",
    "quả",
    "-",
    "năm",
)
texts = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join))


@given(texts)
def test_any_text_is_a_measure_or_none(text):
    measure = read_measure(text)
    assert measure is None or measure.factor > 0
    assert same_unit(text, text)


HEDGES = (
    "không",
    "hoặc",
    "hay",
    "có thể",
    "có lẽ",
    "khoảng",
    "gần",
    "chắc",
    "nhưng",
    "sai",
    "or",
    "not",
    "maybe",
    "?",
    "~",
)


@given(texts, st.sampled_from(HEDGES), texts)
def test_no_measure_holds_a_hedge(before, hedge, after):
    for text in (f"{before} {hedge} {after}", f"{before} {hedge}", f" {hedge} {after}"):
        assert hedged(text)
        assert read_measure(text) is None


PLAIN_AND_NOT = sorted(
    words_of(
        "quả táo viên bi học sinh hoà thuỷ khoẻ đôi la mỹ mét vuông khối km giờ năm phần trăm triệu bình phương lập "
        "nhân nhất ít nhiều tối đa kết đổi dấu trái ngược nghịch đảo không hoặc khoảng độ c f x ab xyz kg gạo tiếng "
        "đồng hồ trên dư cây số percents percentage"
    )
)


@given(st.lists(st.sampled_from(PLAIN_AND_NOT), min_size=1, max_size=5).map(" ".join))
def test_a_noun_that_is_read_at_once_is_read_by_the_rules_alike(noun):
    spelled = unicodedata.normalize("NFD", f" {noun}").replace(" ", "  ")  # which only the rules read
    assert read_measure(f" {noun}") == read_measure(spelled)
    assert read_number(f"7 {noun}") == read_number(f"7  {noun}")


@given(st.lists(st.sampled_from(("quả", "táo", "đỏ", "ngon", "Mỹ")), min_size=5, max_size=30).map(" ".join))
def test_a_noun_of_five_words_is_a_sentence(noun):
    assert read_measure(f" {noun}") is None


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("", Measure(Fraction(1))),
        (" ", Measure(Fraction(1))),
        (" %", Measure(Fraction(1, 100), percent=True)),
        (" phần trăm", Measure(Fraction(1, 100), percent=True)),
        (" nghìn tỷ", Measure(Fraction(10**12))),
        (" trăm nghìn đồng", Measure(Fraction(10**5), "đồng")),
        ("tr", Measure(Fraction(10**6))),
        ("quả", Measure(Fraction(1), "quả")),
        (" (Học sinh)", Measure(Fraction(1), "học sinh")),
        ("con", Measure(Fraction(1), "con")),  # glued ASCII letters may be algebra
        (" con", Measure(Fraction(1), "con")),
        (" km / h", Measure(Fraction(1), "km/h")),
        (" km / h / s", None),
        (" US $", Measure(Fraction(1), "us$")),
        (" $ kg", None),
        (" °", Measure(Fraction(1), "°")),
        (" ° kg", None),
    ],
)
def test_read_measure(text, measure):
    assert read_measure(text) == measure


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Không phải", True),
        ("đáp án có thể là", True),
        ("it isn't", True),
        ("5 ± 1", True),
        ("vậy đáp án là", False),
        ("khổng lồ", False),
        ("nothing", False),
        ("cụ thể", False),
        ("song song", False),
    ],
)
def test_hedged(text, doubt):
    assert hedged(text) is doubt
