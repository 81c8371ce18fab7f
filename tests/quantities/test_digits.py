"""Digits with marks between them are read by the grammar of three notations."""

import itertools
import re
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vireward.quantities.digits import MAX_LENGTH, STYLES, groups_by, plain_value

MARKS = {"vi": (".", ","), "en": (",", ".")}  # of groups, of decimals
styles = st.sampled_from(STYLES)

VI = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d+))?|(?:),(\d+)")
EN = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?|(?:)\.(\d+)")
BLANK = re.compile(r"(\d{1,3}(?: \d{3})+)(?:([.,])(\d+))?")


def by_grammar(text, style):
    """The style's notation first, then the other one; no group starts with a zero."""
    blank = BLANK.fullmatch(text)
    if blank:
        whole, mark, part = blank.groups()
        uncertain = mark == MARKS[style][0] and len(part) == 3
        return None if whole[0] == "0" or uncertain else Fraction(f"{whole.replace(' ', '')}.{part or 0}")
    for grammar in (VI, EN) if style == "vi" else (EN, VI):
        match = grammar.fullmatch(text)
        whole = re.sub("[.,]", "", match[1] or "0") if match else ""
        if match and not (match[1] and whole != match[1] and whole[0] == "0"):
            return Fraction(f"{whole}.{match[2] or match[match.lastindex] if match.lastindex > 1 else 0}")
    return None


@pytest.mark.parametrize("style", STYLES)
def test_all_short_digit_strings_are_read_by_the_grammar(style):
    for length in range(1, 8):
        for letters in itertools.product("01., ", repeat=length):
            text = "".join(letters)
            assert plain_value(text, style) == by_grammar(text, style), text


@given(st.text("0123456789., ", max_size=16), styles)
def test_longer_digit_strings_are_read_by_the_grammar(text, style):
    assert plain_value(text, style) == by_grammar(text, style)


@given(st.text("0123456789.,", min_size=3, max_size=14))
@example("1.500")
@example("1,5")
def test_a_style_decides_only_what_both_could_have_written(text):
    values = {plain_value(text, style) for style in STYLES}
    if values != {None} and set(text) & set(".,"):
        assert (len(values) == 2) == (groups_by(text) is None)


def test_too_many_characters_are_no_number():
    assert plain_value("9" * MAX_LENGTH, "vi") == 10**MAX_LENGTH - 1
    assert plain_value("9" * (MAX_LENGTH + 1), "vi") is None
