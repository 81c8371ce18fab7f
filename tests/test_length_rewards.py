"""The rewards that look at how long a completion is."""

import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vireward import AnswerMatch, FormatExact, Sample, TagFormat, make
from vireward.errors import BadParameter
from vireward.records import Score
from vireward.rewards.length import CosineLength, Overlong, half_cosine

counts = st.integers(0, 5_000)
tokens = st.one_of(counts, st.integers())
finite = st.floats(allow_nan=False, allow_infinity=False)
NAMES = {"CosineLength": CosineLength, "Overlong": Overlong, "AnswerMatch": AnswerMatch, "TagFormat": TagFormat}


@st.composite
def overlongs(draw):
    limit = draw(st.integers(1, 5_000))
    return Overlong(limit, draw(st.integers(1, limit)))


@st.composite
def cosines(draw):
    return CosineLength(draw(st.integers(1, 5_000)), AnswerMatch(), *draw(st.tuples(*[finite] * 5)))


def answered(answer, length):
    return Sample(f"<thinking>a</thinking><SOLUTION>{answer}</SOLUTION>", "7", tokens=length)


# --- laws ---


@given(overlongs(), counts, counts)
@example(Overlong(100, 20), 100, 10**400)
def test_longer_is_never_better(reward, one, other):
    short, long = (reward(Sample("", tokens=n)).value for n in sorted((one, other)))
    assert -1.0 <= long <= short <= 0.0


@given(overlongs(), counts)
def test_overlong_is_the_formula_of_dapo(reward, length):
    if length <= reward.limit - reward.margin:
        expected = Fraction(0)
    elif length <= reward.limit:
        expected = Fraction(reward.limit - reward.margin - length, reward.margin)
    else:
        expected = Fraction(-1)
    value = reward(Sample("", tokens=length)).value
    assert value == float(expected)
    assert math.copysign(1.0, value) == 1.0 or value < 0.0


@given(cosines(), st.sampled_from("78"), tokens)
@example(CosineLength(9, AnswerMatch(), 0.1, 0.1), "7", 2)
@example(CosineLength(9, AnswerMatch(), 1.7e308, -1.7e308), "7", 3)
def test_cosine_length_stays_between_the_scores_that_apply(reward, answer, length):
    ends = (reward.right_short, reward.right_long) if answer == "7" else (reward.wrong_short, reward.wrong_long)
    score = reward(answered(answer, length))
    if length >= reward.limit:
        assert score.value == reward.exceeded
    else:
        assert min(ends) <= score.value <= max(ends)
    assert score.parts == {"correct": AnswerMatch()(answered(answer, length))}


@given(st.integers(2, 5_000), st.data())
def test_right_answers_should_be_short_and_wrong_ones_long(limit, data):
    below = st.integers(0, limit - 1)
    short, long = sorted((data.draw(below), data.draw(below)))
    reward = CosineLength(limit, AnswerMatch())
    assert reward(answered("7", short)).value >= reward(answered("7", long)).value
    assert reward(answered("8", short)).value <= reward(answered("8", long)).value
    assert reward(answered("8", limit)).value <= reward(answered("8", short)).value


@given(st.floats(0.0, 1.0), st.floats(-100, 100), st.floats(-100, 100))
def test_half_a_cosine_is_the_formula_of_the_paper(way, start, end):
    paper = end + 0.5 * (start - end) * (1.0 + math.cos(way * math.pi))
    assert half_cosine(way, start, end) == pytest.approx(paper, abs=1e-9)


@given(st.one_of(overlongs(), cosines()), st.text(), tokens)
def test_a_reward_is_a_value_and_its_score_a_function_of_the_sample(reward, text, length):
    for copy in (pickle.loads(pickle.dumps(reward)), eval(repr(reward), dict(NAMES))):
        assert copy == reward
        assert hash(copy) == hash(reward)
        assert copy(Sample(text, "7", tokens=length)) == reward(Sample(text, "7", tokens=length))


@given(st.one_of(overlongs(), cosines()), st.text())
def test_without_a_length_they_abstain(reward, text):
    assert reward(Sample(text, "7")) == Score(None, "length unknown")


@given(cosines(), st.text(), counts)
def test_where_correct_abstains_the_length_does(reward, text, length):
    assert reward(Sample(text, tokens=length)) == Score(None, "correct: the gold is missing")


# --- examples ---


def test_half_a_cosine_neither_rounds_nor_overflows_out_of_its_ends():
    assert {half_cosine(i / 200, v, v) for v in (0.1, 0.3, 0.7) for i in range(201)} == {0.1, 0.3, 0.7}
    assert abs(half_cosine(0.5, 1.7e308, -1.7e308)) < 1e300


@pytest.mark.parametrize("length", [-100, -(10**400)])
def test_a_length_below_zero_counts_as_zero(length):
    assert CosineLength(100, AnswerMatch())(answered("7", length)).value == 2.0
    assert Overlong(100, 20)(Sample("", tokens=length)).value == 0.0


@pytest.mark.parametrize(
    ("length", "value"), [(0, 0.0), (80, 0.0), (81, -0.05), (90, -0.5), (100, -1.0), (101, -1.0), (-5, 0.0)]
)
def test_overlong_by_example(length, value):
    assert Overlong(100, 20)(Sample("", tokens=length)) == Score(value, f"{length} of 100 tokens")


@pytest.mark.parametrize(
    ("answer", "length", "value"),
    [("7", 0, 2.0), ("7", 50, 1.5), ("8", 0, -10.0), ("8", 50, -5.0), ("7", 100, -10.0), ("8", 200, -10.0)],
)
def test_cosine_length_by_example(answer, length, value):
    score = CosineLength(100, AnswerMatch())(answered(answer, length))
    assert score.value == pytest.approx(value)
    right = "right in" if answer == "7" else "wrong in"
    assert score.why.startswith(f"{right} {length} of 100 tokens; correct: '{answer}' is")


def test_correct_may_be_a_plain_function_and_its_failure_stays_one():
    assert CosineLength(100, len_is_even)(Sample("ab", tokens=0)).value == 2.0
    wrong = CosineLength(100, len_is_even)(Sample("a", tokens=0))  # 0.0 is not above 0
    assert (wrong.value, wrong.why) == (-10.0, "wrong in 0 of 100 tokens; correct: no reason given")
    late = CosineLength(100, times_out)(Sample("a", tokens=0))
    assert (late.value, late.outcome, late.why) == (None, "timeout", "correct: too slow")


def len_is_even(sample):
    return float(len(sample.completion) % 2 == 0)


def times_out(sample):
    return Score(None, "too slow", outcome="timeout")


def test_they_are_registered():
    assert make("overlong", limit=100, margin=20) == Overlong(100, 20)
    assert make("cosine_length", limit=9, correct=FormatExact()) == CosineLength(9, FormatExact())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Overlong(100, 0), "Overlong: need 0 < margin <= limit, got limit=100, margin=0"),
        (lambda: Overlong(100, 101), "Overlong: need 0 < margin <= limit, got limit=100, margin=101"),
        (lambda: Overlong(1.5, 1), "Overlong(limit=1.5): must be a whole number"),
        (lambda: Overlong(100, True), "Overlong(margin=True): must be a whole number"),
        (lambda: CosineLength(0, FormatExact()), "CosineLength(limit=0): must be above 0"),
        (lambda: CosineLength("9", FormatExact()), "CosineLength(limit='9'): must be a whole number"),
        (lambda: CosineLength(9, 1.0), "CosineLength(correct=1.0): must be a reward, callable as reward(sample)"),
        (
            lambda: CosineLength(9, FormatExact),
            "CosineLength(correct=FormatExact): must be a reward, not a class; write FormatExact(...)",
        ),
        *[
            (
                lambda name=name: CosineLength(9, FormatExact(), **{name: math.inf}),
                f"CosineLength({name}=inf): must be a finite number",
            )
            for name in ("right_short", "right_long", "wrong_short", "wrong_long", "exceeded")
        ],
    ],
)
def test_bad_parameters(build, message):
    with pytest.raises(BadParameter) as error:
        build()
    assert str(error.value) == message
