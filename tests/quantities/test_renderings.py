"""A number's renderings: the right ones are right, the wrong ones are not, in the eyes of the judge."""

import unicodedata
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vireward.errors import BadParameter
from vireward.judge import compare, judge
from vireward.numerals import read_number
from vireward.quantities.digits import STYLES
from vireward.quantities.renderings import (
    gold_text,
    in_digits,
    right_renderings,
    wrong_renderings,
    wrong_values,
)
from vireward.quantities.spoken import in_words
from vireward.records import Verdict

values = st.one_of(
    st.integers(-(10**9), 10**9).map(Fraction),
    st.integers(-999, 999).map(Fraction),
    st.integers(1, 9999).map(lambda n: Fraction(n * 500)),
    st.integers(-(10**6), 10**6).map(lambda n: Fraction(n, 100)),
    st.integers(1, 10**5).map(lambda n: Fraction(n, 1000)),
    st.fractions(-99, 99, max_denominator=30),
)
units = st.sampled_from((None, None, "đồng", "kg", "m", "m²", "giờ", "phút", "%", "quả táo", "học sinh", "năm", "lít"))
styles = st.sampled_from(STYLES)


@settings(max_examples=300)
@given(values, styles, units)
@example(Fraction(1500), "vi", None)
@example(Fraction(1500), "en", None)
@example(Fraction(9, 8), "vi", None)
@example(Fraction(9, 8), "en", None)
@example(Fraction(0), "vi", None)
@example(Fraction(1), "vi", "%")
@example(Fraction(-1, 3), "en", "kg")
def test_right_ones_are_right_and_wrong_ones_are_not(value, style, unit):
    gold = gold_text(value, style=style, unit=unit)
    for kind, text in right_renderings(value, style=style, unit=unit):
        assert judge(text, gold, style=style) is Verdict.RIGHT, (kind, compare(text, gold, style=style).why)
    for kind, text in wrong_renderings(value, style=style, unit=unit):
        assert judge(text, gold, style=style) is not Verdict.RIGHT, (kind, compare(text, gold, style=style).why)


@given(values, styles, units)
def test_they_are_many_distinct_and_always_the_same(value, style, unit):
    for renderings, least in ((right_renderings, 8), (wrong_renderings, 12)):
        found = renderings(value, style=style, unit=unit)
        assert found == renderings(value, style=style, unit=unit)
        assert len({text for _, text in found}) == len(found) >= least
        assert any(kind.endswith(", NFD") for kind, _ in found)
        for kind, text in found:
            if kind.endswith(", NFD"):
                assert unicodedata.normalize("NFC", text) in {other for _, other in found} - {text}


@given(values)
def test_wrong_values_are_other_values(value):
    others = [other for _, other in wrong_values(value)]
    assert value not in others
    assert len(set(others)) == len(others)


@given(values, styles)
def test_digits_and_words_are_read_back(value, style):
    assert read_number(gold_text(value, style=style), style).value == value
    words = in_words(value)
    assert (words is None) == (value == 0)
    assert words is None or read_number(words).value == value


def kinds(renderings):
    return {kind for kind, _ in renderings}


def test_every_kind_occurs():
    right = (
        kinds(right_renderings(1500000))
        | kinds(right_renderings(Fraction(-5, 2)))
        | kinds(right_renderings(2, unit="kg"))
    )
    assert {
        *("plain", "grouped", "spaced", "no-break spaced", "scale word", "other style", "words", "fraction"),
        *("LaTeX fraction", "mixed number", "percent", "minus sign", "full width", "boxed", "anchored", "unit"),
        *("no unit", "unit's other name", "smaller unit", "words, NFD", "power of ten", "trailing zeros"),
    } <= right
    wrong = kinds(wrong_renderings(1500)) | kinds(wrong_renderings(Fraction(5, 2), unit="kg"))
    assert {
        *("sign", "ten times", "tenth", "thousandth", "first digit", "last digit", "mark dropped", "marks exchanged"),
        *("negated", "hedged", "two numbers", "contradicting unit", "upside down", "negated, NFD", "about"),
    } <= wrong


@pytest.mark.parametrize(
    ("text", "value", "options"),
    [
        ("1.500.000", 1500000, {}),
        ("1,5 triệu", 1500000, {}),
        ("1,500,000", 1500000, {"style": "en"}),
        ("1,500,000", 1500000, {}),
        ("2,5", Fraction(5, 2), {}),
        ("2.5", Fraction(5, 2), {}),
        ("250%", Fraction(5, 2), {}),
        ("hai mươi lăm kg", 25, {"unit": "kg"}),
        ("180 phút", 3, {"unit": "giờ"}),
        ("25 phần trăm", 25, {"unit": "%"}),
    ],
)
def test_some_right_ones(text, value, options):
    assert text in [one.text for one in right_renderings(value, **options)]


@pytest.mark.parametrize(
    ("text", "value", "options"),
    [
        ("-1500000", 1500000, {}),
        ("1,500", 1500, {}),
        ("1.500", 1500, {"style": "en"}),
        ("25", Fraction(5, 2), {}),
        ("không phải 7", 7, {}),
        ("7 hoặc 8", 7, {}),
        ("7 m", 7, {"unit": "kg"}),
        ("0,33", Fraction(1, 3), {}),
    ],
)
def test_some_wrong_ones(text, value, options):
    assert text in [one.text for one in wrong_renderings(value, **options)]


def test_what_cannot_be_written_is_refused():
    with pytest.raises(BadParameter, match="no finite decimal"):
        in_digits(Fraction(1, 3))
    for renderings in (right_renderings, wrong_renderings):
        with pytest.raises(BadParameter, match="the number style must be one of vi, en"):
            renderings(7, style="fr")
