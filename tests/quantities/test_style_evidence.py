"""The number style of a data set is what most of its unambiguous golds are written in."""

import unicodedata
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward.numerals import read_number
from vireward.quantities.digits import STYLES
from vireward.quantities.style_evidence import StyleEvidence, StyleWarning, number_style, style_evidence

OTHER = {"vi": "en", "en": "vi"}
# Golds that only one style can have written, both styles, and neither; `%` and units change nothing.
VOTES = {
    "vi": ("0,75", "2,5", "1.234.567", "1.500,25", "15 000", "12,5%", "1,5 kg", "-3,25", "12,3456", "$2,5$", "1 234,5"),
    "en": ("0.75", "2.5", "1,234,567", "1,500.25", "12.5%", "$1.50", "1.5 kg", "-3.25", "12.3456", "1 234.5"),
}
AMBIGUOUS = ("1.500", "29,415", "-1,234", "114,200 đồng", "5.023kg", "1 234,567", "\\boxed{18,232}", "1.500/2,5")
SILENT = ("5", "1500", "3/4", "25%", "17547.10^2", "\\frac{1}{2}", "x", "thứ Sáu", "", " ", None)
NO_NUMBERS = ("(91,60)", "(-6,1)", "1,2,3", "1, 2, 3", "2,5; 3,5", "12.5.2023", "1,5 và 2,5", "khoảng 2,5", "x^{2.5}")

golds = st.sampled_from((*VOTES["vi"], *VOTES["en"], *AMBIGUOUS, *SILENT, *NO_NUMBERS))
sets = st.lists(golds, max_size=12)


@given(sets)
def test_each_unambiguous_gold_has_one_vote(golds):
    evidence = style_evidence(golds)
    assert evidence.votes == tuple(sum(gold in VOTES[style] for gold in golds) for style in STYLES)
    assert evidence.style == ("en" if evidence.votes[1] > evidence.votes[0] else "vi")


@given(sets, st.randoms())
def test_order_and_unicode_form_of_the_golds_do_not_matter(golds, random):
    mixed = [gold and unicodedata.normalize("NFD", gold) for gold in golds]
    random.shuffle(mixed)
    assert (style_evidence(mixed).style, style_evidence(mixed).votes) == (
        style_evidence(golds).style,
        style_evidence(golds).votes,
    )


@given(sets, st.sampled_from(STYLES), st.data())
def test_a_further_vote_never_turns_a_set_to_the_other_style(golds, style, data):
    more = [*golds, data.draw(st.sampled_from(VOTES[style]))]
    assert style_evidence(more).style == style or style_evidence(golds).style == OTHER[style]


@given(sets)
def test_what_is_shown_comes_from_the_golds(golds):
    evidence = style_evidence(golds)
    assert set(evidence.examples) <= {gold for gold in golds if gold in VOTES[evidence.style]}
    assert set(evidence.conflicts) <= {gold for gold in golds if gold in VOTES[OTHER[evidence.style]]}
    assert set(evidence.ambiguous) <= {gold for gold in golds if gold in AMBIGUOUS}
    assert bool(evidence.conflicts) == (min(evidence.votes) > 0)


@pytest.mark.parametrize("gold", AMBIGUOUS[:-3])
def test_the_value_of_an_ambiguous_gold_depends_on_the_style(gold):
    assert read_number(gold, "vi").value != read_number(gold, "en").value


@pytest.mark.parametrize("gold", VOTES["vi"] + VOTES["en"])
def test_a_gold_with_a_vote_has_one_value(gold):
    assert read_number(gold, "vi") == read_number(gold, "en") != None  # noqa: E711  (a chain)


@given(st.lists(st.one_of(st.none(), st.text(), st.text("0123456789., /%$-"), golds), max_size=8))
def test_any_golds_give_evidence(golds):
    evidence = style_evidence(golds)
    assert isinstance(evidence, StyleEvidence)
    assert evidence.style in STYLES
    assert sum(evidence.votes) <= len(golds)
    assert evidence.doubt is None or "\n" not in evidence.doubt


@given(sets)
def test_number_style_warns_of_every_doubt(golds):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert number_style(golds) == style_evidence(golds).style
    doubt = style_evidence(golds).doubt
    assert [str(warning.message) for warning in caught] == ([] if doubt is None else [doubt])


def test_without_votes_the_style_is_vietnamese_and_the_doubt_names_the_golds():
    with pytest.warns(StyleWarning, match=r"^no gold tells the number style; read as vi.*'29,415', '1\.500'$"):
        assert number_style(["29,415", "7", "1.500"]) == "vi"


def test_a_mixed_set_names_the_golds_against_its_style():
    with pytest.warns(StyleWarning, match=r"mix two number styles \(1 vi, 2 en\); read as en, against '2,5'$"):
        assert number_style(["2,5", "2.5", "3.5"]) == "en"


def test_a_tie_is_read_as_vietnamese():
    assert style_evidence(["2.5", "2,5"]).style == "vi"


def test_golds_without_marks_leave_no_doubt():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert number_style(["5", None, "", "(91,60)"]) == "vi"


def test_golds_of_a_megabyte_have_no_vote():
    assert style_evidence(["1." * 500_000, "\\boxed{" * 140_000, "2,5" + " " * 1_000_000]).votes in {(0, 0), (1, 0)}
