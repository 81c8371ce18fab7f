"""Words of judgement mean the same in all their spellings, and no number is one."""

import itertools
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vireward.answers.phrases import meaning
from vireward.numerals import read_number

GROUPS = {
    "yes": ("có", "đúng", "đúng vậy", "phải", "vâng", "yes", "true", "correct"),
    "no": ("không", "sai", "không đúng", "không phải", "không thể", "no", "false", "incorrect"),
    "no solution": (
        *("vô nghiệm", "không có nghiệm", "không có nghiệm nào", "tập rỗng", "tập hợp rỗng", "∅", "\\emptyset"),
        *("\\varnothing", "$\\emptyset$", "{}", "\\{\\}", "\\{ \\}", "không tồn tại", "no solution", "no solutions"),
        *("no real solution", "empty set", "the empty set", "rỗng"),
    ),
    "all solutions": ("vô số nghiệm", "có vô số nghiệm", "nghiệm đúng với mọi x", "infinitely many solutions", "vô số"),
}
ALL = [(text, name) for name, texts in GROUPS.items() for text in texts]
SETS = ("S = ", "S=", "x ∈ ", "tập nghiệm S = ", "tập nghiệm là ", "Tập nghiệm là S = ", "x \\in ", "D = ")
EQUATIONS = (
    *(
        "Phương trình ",
        "Hệ phương trình ",
        "Bất phương trình ",
        "phương trình đã cho ",
        "Hệ phương trình này ",
        "PT ",
        "hpt ",
    ),
    "bất phương trình đã cho ",
)


# --- laws ---


@given(
    st.sampled_from(ALL),
    st.sampled_from(("{}", " {} ", "{}.", "{}!", "\n{}\n")),
    st.sampled_from((" ", "  ", "\u00a0")),
)
def test_a_word_means_the_same_in_all_its_spellings(word, wrap, blank):
    text, name = word
    cases = [str, str.upper, str.capitalize] if "\\" not in text else [str]  # a command has one case
    for case, form in itertools.product(cases, ("NFC", "NFD")):
        assert meaning(wrap.format(unicodedata.normalize(form, case(text)).replace(" ", blank))) == name


def test_words_of_different_groups_differ():
    assert {text: meaning(text) for text, _ in ALL} == dict(ALL)


@pytest.mark.parametrize("subject", EQUATIONS)
def test_an_equation_may_be_named(subject):
    assert meaning(f"{subject}vô nghiệm.") == meaning(f"{subject}không có nghiệm") == "no solution"
    assert meaning(f"{subject}có vô số nghiệm.") == "all solutions"


@pytest.mark.parametrize("subject", SETS)
def test_a_set_may_be_named(subject):
    for empty in ("∅", "\\emptyset", "\\varnothing", "\\{\\}", "{}"):
        assert meaning(subject + empty) == meaning(f"${subject}{empty}$") == "no solution"


NUMBERS = (
    *(
        "5",
        "0",
        "-2,5",
        "1.500",
        "25%",
        "3/4",
        "\\frac{1}{2}",
        "5 kg",
        "$5$",
        "x = 5",
        "hai mươi",
        "một",
        "không đồng",
        "0 quả",
    ),
    *(
        "không phẩy năm",
        "không phần trăm",
        "nửa",
        "3h15",
        "1tr5",
        "âm ba",
        "hai giờ rưỡi",
        "năm",
        "không kg",
        "1",
        "một trăm",
    ),
)


@given(
    st.integers(-(10**9), 10**9),
    st.sampled_from(("{}", "{}%", "{} kg", "x = {}", "{} nghiệm", "{} quả", "\\frac{{{}}}{{7}}")),
)
def test_no_number_is_a_word_of_judgement(n, form):
    text = form.format(n)
    assert read_number(text) is not None
    assert meaning(text) is None
    for word, _ in ALL:
        for longer in (f"{word} {n}", f"{n} {word}", f"{word}, {n}", f"{word} {n}%"):
            assert meaning(longer) is None


def test_what_is_read_as_a_number_has_no_meaning():
    for text in NUMBERS:
        assert read_number(text) is not None, text
        assert meaning(text) is None, text
    for text, _ in ALL:
        assert read_number(text) is None, text


@given(
    st.lists(st.sampled_from((*(t for t, _ in ALL), "5", "không", "phẩy", "năm", "một", "x =", "nghiệm")), max_size=4)
)
def test_no_text_is_a_number_and_a_word_of_judgement(words):
    text = " ".join(words)
    assert read_number(text) is None or meaning(text) is None


@given(
    st.sampled_from(ALL),
    st.sampled_from(ALL),
    st.sampled_from((" hoặc ", " và ", ", ", " hay ", " nhưng ", "; ", " or ", "/")),
)
@example(("có", "yes"), ("không", "no"), " hoặc ")
def test_two_words_of_judgement_are_none(one, other, between):
    assert meaning(one[0] + between + other[0]) is None


HEDGES = (
    "có lẽ {}",
    "{}?",
    "chắc {}",
    "tôi nghĩ {}",
    "không biết {}",
    "hình như {}",
    "{} nếu x > 0",
    "không hẳn {}",
    "maybe {}",
)


@given(st.sampled_from(ALL), st.sampled_from(HEDGES))
def test_a_doubted_word_is_none(word, hedge):
    assert meaning(hedge.format(word[0])) is None


def test_a_long_text_is_not_looked_at():
    assert meaning("phương trình" + " " * 50 + "vô nghiệm") == "no solution"
    assert meaning("phương trình" + " " * 80 + "vô nghiệm") is None


@given(st.text())
def test_any_text_has_a_known_meaning_or_none(text):
    assert meaning(text) in (*GROUPS, None)


# --- examples ---


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            ".",
            "$",
            "không có 5",
            "có 5",
            "có nghiệm",
            "có một nghiệm",
            "có 2 nghiệm",
            "nghiệm",
            "phương trình",
            "S = ",
        ),
        *(
            "không rỗng",
            "S = {1}",
            "S = {0}",
            "x ∈ {}{}",
            "{ }5",
            "đúng 5",
            "phải là 5",
            "đúng hoặc sai",
            "không không",
            "true false",
        ),
        *(
            "phương trình có nghiệm",
            "vô nghiệm với m = 1",
            "x = 1 vô nghiệm",
            "vô cùng",
            "\\infty",
            "không có nghiệm nguyên dương nào",
        ),
        *("đúng rồi nhưng sai", "notrue", "yesno", "ab = ∅", "S = T = ∅", "nghiệm đúng với mọi x > 0", "x = đúng"),
    ],
)
def test_other_texts_are_no_judgement(text):
    assert meaning(text) is None


@pytest.mark.parametrize("part", ["không ", "S = ", "∅", "phương trình ", " ", "{} ", "$", "tập nghiệm là "])
def test_bounded_work(part):
    start = time.process_time()
    for length in (79, 81, 1_000_000):
        assert meaning((part * length)[:length]) is None
    assert time.process_time() - start < 1  # seconds; 20 ms on an idle machine
