"""The reward that looks at a multiple choice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward import ChoiceMatch, Sample, make
from vireward.errors import BadParameter
from vireward.rewards.choice import completed

CHOICES = ("A. 128", "B. 178", "C. 17,8", "D. 1,78")
SCORES = ("right", "wrong", "missing")
letters = st.sampled_from("ABCD")


def score(answer, gold, **known):
    return ChoiceMatch()(Sample(f"<thinking>50 + 128</thinking><SOLUTION>{answer}</SOLUTION>", gold, **known))


def text_of(letter):
    return next(choice[3:] for choice in CHOICES if choice[0] == letter)


@given(letters, letters, st.sampled_from(("{}", "({})", "Chọn {}.", "đáp án {}")))
def test_the_letter_decides(answer, gold, form):
    for written in (gold, f"{gold}. {text_of(gold)}"):
        assert score(form.format(answer), written).value == (3.0 if answer == gold else -1.5)


@given(letters, letters, letters)
def test_letter_and_text_must_not_contradict(letter, text, gold):
    right = letter == text == gold
    assert score(f"{letter}. {text_of(text)}", f"{gold}. {text_of(gold)}").value == (3.0 if right else -1.5)


@given(letters, letters, st.booleans())
def test_the_listed_choices_complete_the_gold(answer, gold, with_letters):
    listed = [choice if with_letters else choice[3:] for choice in CHOICES]
    expected = 3.0 if answer == gold else -1.5
    for written in (gold, text_of(gold)):
        for given_answer in (answer, text_of(answer), f"{answer}) {text_of(answer)}"):
            assert score(given_answer, written, columns={"choices": listed}).value == expected


@given(
    st.text(),
    st.one_of(st.none(), st.text(), letters),
    st.one_of(st.none(), st.lists(st.text(), max_size=5), st.integers()),
)
def test_any_sample_has_a_declared_score(text, gold, listed):
    for completion in (text, f"<thinking>a</thinking><SOLUTION>{text}</SOLUTION>"):
        assert ChoiceMatch()(Sample(completion, gold, columns={"choices": listed})).value in (3.0, -1.5, 0.0, None)


@pytest.mark.parametrize(
    ("completion", "gold", "value", "why"),
    [
        ("<SOLUTION>B</SOLUTION>", "B", 3.0, "'B' is the gold"),
        ("<SOLUTION>b</SOLUTION>", "B. 178", 3.0, "'b' is the choice 'B. 178'"),
        ("<SOLUTION>178</SOLUTION>", "B. 178", 3.0, "'178' is the gold"),
        ("<SOLUTION>A</SOLUTION>", "B", -1.5, "'A' is another choice than the gold 'B'"),
        ("<SOLUTION>B. 179</SOLUTION>", "B. 178", -1.5, "'B. 179' has another text than the gold 'B. 178'"),
        ("<SOLUTION>178</SOLUTION>", "B", -1.5, "'178' is not the choice 'B'"),
        ("<SOLUTION>B</SOLUTION><SOLUTION>B</SOLUTION>", "B", -1.5, "more than one answer block"),
        ("B", "B", 0.0, "no answer block"),
        ("<SOLUTION> </SOLUTION>", "B", 0.0, "the answer block is empty"),
        ("<SOLUTION>B</SOLUTION>", "178", 0.0, "the gold '178' is no choice"),
        ("<SOLUTION>B</SOLUTION>", None, None, "the gold is missing"),
    ],
)
def test_reasons(completion, gold, value, why):
    given_score = ChoiceMatch()(Sample(completion, gold))
    assert (given_score.value, given_score.why) == (value, why)


def test_an_answer_outside_the_tags_is_looked_for_on_demand():
    assert ChoiceMatch(anywhere=True)(Sample("Vậy đáp án đúng là: B", "B")).value == 3.0
    assert ChoiceMatch()(Sample("Vậy đáp án đúng là: B", "B")).value == 0.0


def test_it_is_registered_and_strict():
    assert make("choice_match", right=1.0) == ChoiceMatch(right=1.0)
    for wrong, message in (
        *(({name: float("nan")}, f"ChoiceMatch({name}=nan): must be a finite number") for name in SCORES),
        ({"style": "fr"}, "style='fr': the number style must be one of vi, en"),
        ({"choices": 4}, "ChoiceMatch(choices=4): must be the name of a column"),
        ({"tags": None}, "ChoiceMatch(tags=None): must be a TagFormat"),
    ):
        with pytest.raises(BadParameter) as error:
            ChoiceMatch(**wrong)
        assert str(error.value) == message


def test_listed_numbers_are_read_in_the_style_of_the_data():
    assert completed("1500", ["1.500", "1,500"]) == completed("1500", ["1.500", "1,500"], "vi") == "A. 1.500"
    assert completed("1500", ["1.500", "1,500"], "en") == "B. 1,500"
    row = Sample("<SOLUTION>B</SOLUTION>", "1500", columns={"choices": ["1.500", "1,500"]})
    assert [ChoiceMatch(style=style)(row).value for style in ("vi", "en")] == [-1.5, 3.0]


def test_choices_that_do_not_tell_leave_the_gold_as_it_is():
    assert completed("E", CHOICES) == "E"
    assert completed("B", "B. 178") == "B"
    assert completed("B", [None, 5]) == "B"
    assert completed("x", list(CHOICES)) == "x"
