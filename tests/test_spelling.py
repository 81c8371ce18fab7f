"""One spelling for texts that mean the same."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vireward.spelling import canonical, folded, words_of

TONES = "\u0300\u0301\u0303\u0309"
SHAPES = "\u0302\u0306"
PIECES = (
    *(
        "a",
        "ê",
        "ử",
        "Đáp án",
        "5",
        "５",
        "<sup>",
        "</sup>",
        "2",
        "^",
        "\\boxed{",
        "\x08oxed{",
        "\x0crac",
        "\\đóng hộp",
    ),
    *(
        "\u2212",
        "\u2013",
        "\u00a0",
        "\u200b",
        "\u3000",
        "\ufeff",
        "\u00d0",
        *TONES,
        *SHAPES,
        "\u0323",
        "\u031b",
        " ",
        "\n",
    ),
)
vietnamese = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)
texts = st.one_of(st.text(), vietnamese)


@given(texts)
@example("<sup><sup>2</sup></sup>")
@example("a\u200b\u0301")  # the mark meets its letter once the invisible character is gone
@example("ａ\u0301")
@example("<sup>e</sup>\u0301")
@example("A\u0300\u0300\u0302")
@example("\\đóng hộp\u0323")
def test_canonical_is_canonical_at_once(text):
    assert canonical(canonical(text)) == canonical(text)


@given(texts)
def test_composed_and_decomposed_texts_are_one(text):
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert canonical(composed) == canonical(decomposed) == canonical(text)
    assert folded(composed) == folded(decomposed)


@given(st.sampled_from("aeoAEO"), st.sampled_from(TONES), st.sampled_from(SHAPES), texts)
def test_tone_and_shape_of_a_vowel_come_in_any_order(vowel, tone, shape, text):
    assert canonical(vowel + tone + shape) == canonical(vowel + shape + tone)
    assert folded(text + vowel + tone + shape) == folded(text + vowel + shape + tone)


@given(texts)
def test_canonical_texts_are_composed_and_hold_nothing_invisible(text):
    plain = canonical(text)
    assert unicodedata.is_normalized("NFC", plain)
    assert not set(plain) & set("\u00ad\u200b\u200c\u200d\u2060\ufeff\u00a0\u202f\u2212\u2013\u2014０９")


@given(st.text(alphabet=st.characters(max_codepoint=127, exclude_characters="\x08\x0c")))
def test_ascii_is_its_own_spelling(text):
    assert canonical(text.replace("<", "(")) == text.replace("<", "(")


@given(vietnamese)
@example("\\ĐÓNG HỘP{5}")
@example("<sup>\xa0 aaaĐáp án\x0crac\x0crac</sup>")
def test_folded_is_blind_to_case_and_white_space(text):
    assert folded(text) == folded(f"\n {text}\t ") == folded(folded(text))
    assert folded(canonical(text).upper()) == folded(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("１２，５", "12,5"),
        ("\u22125", "-5"),
        ("\u20135", "-5"),
        ("\uff0d5", "-5"),
        ("1\u00a0500\u202f000", "1 500 000"),
        ("1\u200b5", "15"),
        ("Ða\u0301p a\u0301n", "Đáp án"),
        ("tiê\u0301ng Viê\u0323t", "tiếng Việt"),
        ("tié\u0302ng", "tiếng"),
        ("\x08oxed{5}", "\\boxed{5}"),
        ("\x0crac{1}{2}", "\\frac{1}{2}"),
        ("\\đóng hộp{5}", "\\boxed{5}"),
        ("\\Đóng hộp{5}", "\\boxed{5}"),
        ("cm<sup>2</sup>", "cm^2"),
        ("<sup>" + "9" * 21 + "</sup>", "<sup>" + "9" * 21 + "</sup>"),
        ("5²", "5²"),  # a square is no digit of the unit or of the number
        ("½", "½"),
        ("٥", "٥"),
    ],
)
def test_canonical(text, plain):
    assert canonical(text) == plain


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("hoà", "hòa", True),
        ("THUỶ", "thủy", True),
        ("khoẻ", "khỏe", True),
        ("bông hoạ mi", "bông họa mi", True),
        ("đoán", "đóan", False),  # the vowel is not open: one of them is no word
        ("quý", "qúy", False),  # u belongs to the consonant
        ("Thứ  Sáu", "thứ sáu", True),
        ("má", "mà", False),
        ("ba", "bá", False),
    ],
)
def test_folded(one, other, same):
    assert (folded(one) == folded(other)) is same


def test_words_of_is_a_set_of_words():
    assert words_of(" kg  g\nkg ") == {"kg", "g"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u0315\u0300\u0323" * 100_000, id="mixed marks"),
        pytest.param("a" + "\u0315" * 100_000 + "\u0300" * 100_000 + "\u0323" * 100_000, id="blocks of marks"),
        pytest.param("e\u0301\u0302" * 100_000, id="tones first"),
        pytest.param("<sup>" * 200_000, id="open superscripts"),
        pytest.param("😀" * 500_000, id="symbols"),
    ],
)
def test_long_texts_are_spelled_without_quadratic_work(text):
    # Sorting the marks of one letter in unicodedata takes minutes here.
    assert folded(text) is not None


def test_sorting_piled_marks_keeps_their_meaning():
    pile = "e" + "\u0315\u0301\u0323" * 8
    text = f"x{pile} " * 100
    assert canonical(text) == unicodedata.normalize("NFC", text)
