"""The letter of a multiple choice is read with its text, or not at all."""

import itertools
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vireward import Verdict, judge
from vireward.answers.choices import Choice, is_choice, read_choice

LETTERS = "ABCDEFGH"
LEADS = (
    *(
        "",
        "Đáp án ",
        "Đáp án: ",
        "Đáp án là ",
        "Đáp án đúng là ",
        "Đáp án đúng là: ",
        "Chọn ",
        "Chọn đáp án ",
        "ta chọn ",
    ),
    *("Vậy ta chọn đáp án ", "Phương án ", "Câu ", "Ý ", "Lựa chọn ", "answer: ", "Option ", "Choice "),
)
ALONE = ("{}", "({})", "{}.", "{})", "{}:", "({}).", "**{}**", "(**{}**)", "**{}.**", "{}\n")
WITH_TEXT = (
    "{}. {}",
    "{}) {}",
    "({}) {}",
    "{}: {}",
    "{}.{}",
    "{} . {}",
    "**{}.** {}",
    "**{}**. {}",
    "{}.\n{}",
    "({}). {}",
    "({}. {})",
    "(**{}.** {})",
)
TEXTS = (
    *(
        "178",
        "-2,5",
        "1.500 đồng",
        "3 giờ 15 phút",
        "x = 5",
        "hình vuông",
        "An và Bình",
        "vô nghiệm",
        "5 hoặc 6",
        "(1; 2)",
    ),
    *("\\frac{1}{2}", "x^2 + 1", "Hà Nội", "Cả hai đều đúng", "BC = 5", "ABCD", "không có", "{1; 2}", "a + b", "25%"),
)
letters = st.sampled_from(LETTERS)
leads = st.sampled_from(LEADS)
chosen = st.sampled_from(TEXTS)


# --- laws ---


def test_a_letter_is_read_in_all_its_spellings():
    for lead, form, letter in itertools.product(LEADS, ALONE, LETTERS):
        for text in (
            lead + form.format(letter),
            lead.upper() + form.format(letter),
            lead + form.format(letter.lower()),
        ):
            assert read_choice(text) == Choice(letter), text


def test_a_letter_with_its_text_is_read_in_all_its_spellings():
    for lead, form, letter, text in itertools.product(LEADS, WITH_TEXT, "AdH", TEXTS):
        assert read_choice(lead + form.format(letter, text)) == Choice(letter.upper(), text), lead + form


@given(letters, chosen)
def test_dressing_of_the_whole_is_taken_off(letter, text):
    for wrap in ("**{}**", "${}$", "{}", " {}  ", "*{}*"):
        assert read_choice(wrap.format(f"{letter}. {text}")) == Choice(letter, text)
        assert read_choice(wrap.format(letter)) == Choice(letter)


@given(letters, letters, leads, st.sampled_from(ALONE))
def test_two_letters_are_no_choice(one, other, lead, form):
    for between in (" và ", " hoặc ", " hay ", ", ", "; ", "/", " / ", " ", "", " or ", " and ", "\n", " - ", "+"):
        assert read_choice(f"{lead}{form.format(one)}{between}{other}") is None, between


@given(letters, letters, chosen, chosen, st.sampled_from([form for form in WITH_TEXT if form != "{}.{}"]))
@example("A", "B", "5", "6", "**{}**. {}")
def test_two_choices_with_texts_are_no_choice(one, other, text, second, form):
    for between in (" ", ", ", "; ", "\n", " hoặc ", " và "):
        both = form.format(one, text) + between + form.format(other, second)
        assert read_choice(both) is None, both


@given(letters, letters, letters, chosen)
def test_a_text_that_names_other_choices_is_no_choice(letter, one, other, text):
    for form in (
        "{}. {} và {}",
        "{}. {} và {} đều đúng",
        "{}. Cả {} hoặc {}",
        "{}. không phải {} hay {}",
        "{}. {}) 5 {}) 6",
    ):
        assert read_choice(form.format(letter, one, other)) is None, form
    assert read_choice(f"{letter}. {text} hoặc {other}. {text}") is None
    # But one that joins them is.
    assert read_choice(f"{letter}. Cả {one} và {other}") == Choice(letter, f"Cả {one} và {other}")


HEDGED = (
    *(
        "không phải {}",
        "có lẽ {}",
        "{}?",
        "{} hoặc không",
        "có thể là {}",
        "tôi đoán {}",
        "không chọn {}",
        "{} sai",
        "~{}",
    ),
    *(
        "chưa chắc {}",
        "Đáp án không phải {}",
        "not {}",
        "maybe {}",
        "{} là sai",
        "{} không đúng",
        "trừ {}",
        "đáp án khác {}",
    ),
)


@given(letters, leads)
def test_a_hedged_letter_is_no_choice(letter, lead):
    for form in HEDGED:
        for text in (form.format(letter), lead + form.format(letter)):
            assert read_choice(text) is is_choice(text) is None, text


@pytest.mark.parametrize("form", ["({})?", "({}) ?", "{}) hoặc không", "({}) là sai", "{}.?", "{}: ?", "({}) ≈"])
def test_a_letter_in_brackets_is_hedged_alike(form):
    assert read_choice(form.format("A")) is is_choice(form.format("A")) is None


@pytest.mark.parametrize("text", ["$x^2 + 1$", "5$", "$5", "**5**", "2 * 3 $"])
def test_signs_of_the_text_are_not_torn_apart(text):
    assert read_choice(f"B. {text}") == Choice("B", text)


@given(letters, chosen, leads)
def test_a_gold_names_a_choice_in_a_capital_or_with_a_text(letter, text, lead):
    assert is_choice(letter) == is_choice(f" ({letter}) ") == is_choice(f"{letter}.") == Choice(letter)
    assert is_choice(lead.capitalize() + letter) == Choice(letter)
    for small in (letter.lower(), f"({letter.lower()})", f" {letter.lower()}."):  # more often an unknown
        assert is_choice(small) is None
    assert is_choice(f"{letter.lower()}. {text}") == is_choice(f"{letter}. {text}") == Choice(letter, text)


@given(st.one_of(st.text(), st.lists(st.sampled_from((*"ABCab.):( *$\n5", *LEADS, " và ")), max_size=10).map("".join)))
def test_any_text_is_a_choice_or_none(text):
    choice = read_choice(text)
    if choice is not None:
        assert choice.letter in LETTERS
        assert len(choice.letter) == 1
        assert choice.text == choice.text.strip()
        assert choice.letter in text.upper()
        assert read_choice(f"{choice.letter}. {choice.text}") == choice
    assert is_choice(text) in (choice, None)


@given(letters, st.sampled_from(WITH_TEXT), st.integers(-999, 999), st.integers(1, 9))
def test_a_number_counts_behind_its_letter_as_without(letter, form, number, more):
    said = form.format(letter, number)
    assert judge(said, str(number)) is Verdict.RIGHT
    assert judge(said, str(number + more)) is Verdict.WRONG


# --- examples ---

NOT_CHOICES = """
A và B|AB|Ab|Anh|An|Ba|Em|C = 5|C=5|A1|B2|A'|A + B|A - B|A × B|A/B|BC|ABC|ABCD|A B|a b|2A|5|178|-5|I|Z|K.|Đ|X. 5|É|À
An: 24|Anh. 5|Bình) 6|B 178|B - 178|B = 178|Góc A|góc A = 60|tam giác ABC|điểm B|A(1; 2)|A[1]|f(B)|B là 178|Hà Nội|Câu 5
Chọn|Chọn 5|Chọn An|Đáp án|Đáp án đúng|Đáp án 5|Đáp án A là sai|B) và C|A, B, C|A. 5 B. 6|A: 5 C) 6|B. hoặc C|A đúng
chọn a và b|.|.)|**|$$|()|A..B|A hoặc B|A hay B|cả A|Grab|Cab. 5
"""


@pytest.mark.parametrize("text", [t for line in NOT_CHOICES.strip().splitlines() for t in line.split("|")])
def test_what_only_looks_like_a_choice(text):
    assert read_choice(text) is is_choice(text) is None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("B", Choice("B")),
        ("(b)", Choice("B")),
        ("Chọn B.", Choice("B")),
        ("Vậy ta chọn đáp án B.", Choice("B")),
        ("B. 178", Choice("B", "178")),
        ("B) 178", Choice("B", "178")),
        ("(B) 178", Choice("B", "178")),
        ("(B. 178)", Choice("B", "178")),
        ("(B) 178)", Choice("B", "178)")),
        ("(B. [1; 2))", Choice("B", "[1; 2)")),
        ("(B. f(x)) = 5", Choice("B", "f(x)) = 5")),
        ("(**B.** f(x))", Choice("B", "f(x)")),
        ("phương án C: 5", Choice("C", "5")),
        ("đáp án đúng là d) Hà Nội", Choice("D", "Hà Nội")),
        ("A. An", Choice("A", "An")),
        ("A. a + b", Choice("A", "a + b")),
        ("C. C = 5", Choice("C", "C = 5")),
        ("B. AB = 5 và AC = 6", Choice("B", "AB = 5 và AC = 6")),
        ("D. 5 hoặc 6", Choice("D", "5 hoặc 6")),
    ],
)
def test_choices(text, choice):
    assert read_choice(text) == choice


@pytest.mark.parametrize("part", ["B. ", "A ", "đáp án ", "chọn: ", "*", "(", "B.", " ", "A hoặc ", "\n", "câu là : "])
def test_bounded_work(part):
    # Step by step, so that exponential work fails the test and does not hang it.
    for text in (
        *(part * count + end for count in range(1, 60) for end in ("", "7")),
        (part * 2_000)[:2_000],
        part * 10**6,
    ):
        start = time.process_time()
        assert read_choice(text) is None or len(text) <= 2_000
        assert time.process_time() - start < 0.2, text[:400]  # seconds; 2 ms on an idle machine
