"""The rewards that look at all completions of one prompt."""

import pickle
import unicodedata
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vireward import AnswerMatch, Sample, TagFormat
from vireward.errors import BadParameter
from vireward.records import Score
from vireward.registry import factory
from vireward.rewards.group import Diversity, RelativeLength

WORDS = ("ta", "có", "ba", "quả", "táo", "hoà", "so", "7")
NAMES = {kind.__name__: kind for kind in (AnswerMatch, Diversity, RelativeLength, TagFormat)}
ANSWERS = {"7": "right", "8": "wrong"}

texts = st.one_of(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), st.text())
groups = st.lists(texts, min_size=2, max_size=6)
diversities = st.builds(Diversity, st.integers(1, 9))
lengths = st.one_of(st.integers(0, 2_000), st.integers())
answered = st.builds(
    lambda answer, tokens: Sample(f"<thinking>a</thinking><SOLUTION>{answer}</SOLUTION>", "7", tokens=tokens),
    st.sampled_from(tuple(ANSWERS)),
    lengths,
)
RELATIVE = RelativeLength(AnswerMatch())


def diverse(texts, n=3):
    return Diversity(n).score_group([Sample(text) for text in texts])


def values(scores):
    return [score.value for score in scores]


def is_right(sample):
    return "<SOLUTION>7" in sample.completion


# --- laws of both ---


@given(st.one_of(diversities, st.just(RELATIVE)), st.lists(st.one_of(answered, st.builds(Sample, texts)), max_size=6))
def test_any_group_has_a_score_for_each_completion_in_the_declared_range(reward, group):
    scores = reward.score_group(group)
    low, high = (0.0, 1.0) if isinstance(reward, Diversity) else (-0.5, 0.5)
    assert len(scores) == len(group)
    assert all(score.why and (score.value is None or low <= score.value <= high) for score in scores)


@given(st.one_of(diversities, st.just(RELATIVE)), st.lists(st.one_of(answered, st.builds(Sample, texts))), st.data())
def test_the_order_of_the_group_does_not_matter(reward, group, data):
    order = data.draw(st.permutations(range(len(group))))
    scores = reward.score_group(group)
    assert reward.score_group([group[i] for i in order]) == [scores[i] for i in order]


@given(st.one_of(diversities, st.just(RELATIVE)), st.lists(st.one_of(answered, st.builds(Sample, texts)), min_size=1))
def test_a_group_abstains_together(reward, group):
    assert len({value is None for value in values(reward.score_group(group))}) == 1


@given(st.one_of(diversities, st.just(RELATIVE)), st.lists(st.one_of(answered, st.builds(Sample, texts))))
def test_a_reward_is_a_value_and_its_scores_a_function_of_the_group(reward, group):
    for copy in (pickle.loads(pickle.dumps(reward)), eval(repr(reward), dict(NAMES))):
        assert copy == reward
        assert hash(copy) == hash(reward)
        assert copy.score_group(group) == reward.score_group(group)


# --- laws of diversity ---


def mean_share(words, others, n):
    runs = {tuple(words[i : i + n]) for i in range(max(len(words) - n + 1, 1))}
    sets = [{tuple(other[i : i + n]) for i in range(max(len(other) - n + 1, 1))} for other in others]
    return sum(Fraction(sum(run in one for one in sets), len(sets)) for run in runs) / len(runs)


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1), min_size=2, max_size=6), st.integers(1, 9))
def test_diversity_is_one_less_the_mean_share_of_the_others(group, n):
    expected = [1 - float(mean_share(words, group[:i] + group[i + 1 :], n)) for i, words in enumerate(group)]
    assert values(diverse(map(" ".join, group), n)) == pytest.approx(expected)


@given(texts, st.integers(2, 6), diversities)
def test_completions_that_are_all_the_same_are_not_diverse(text, size, reward):
    assert values(reward.score_group([Sample(text)] * size)) == [0.0] * size


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6), diversities)
def test_completions_that_share_no_word_are_all_diverse(sizes, reward):
    group = [Sample(" ".join(f"w{i}x{j}" for j in range(size))) for i, size in enumerate(sizes)]
    assert values(reward.score_group(group)) == [1.0] * len(sizes)


@given(groups, st.integers(1, 9), st.data())
def test_a_duplicate_never_makes_a_completion_more_diverse(group, n, data):
    at = data.draw(st.integers(0, len(group) - 1))
    before, after = diverse(group, n), diverse([*group, group[at]], n)
    assert after[at].value <= before[at].value
    assert after[at] == after[-1]


@given(groups, st.lists(st.sampled_from(("NFC", "NFD")), min_size=6, max_size=6), diversities)
@example(["ta có ba", "ta có ba"], ["NFC", "NFD"], Diversity())
def test_composed_and_decomposed_letters_are_the_same(group, forms, reward):
    mixed = [unicodedata.normalize(form, text) for form, text in zip(forms, group, strict=False)]
    assert values(reward.score_group(list(map(Sample, mixed)))) == values(reward.score_group(list(map(Sample, group))))


@given(st.lists(st.lists(st.sampled_from(WORDS)), min_size=2, max_size=6), st.integers(1, 9))
def test_case_and_punctuation_make_no_difference(group, n):
    dressed = [f"({', '.join(words)})".upper() for words in group]
    assert values(diverse(dressed, n)) == values(diverse(map(" ".join, group), n))


@given(st.lists(st.sampled_from(WORDS), min_size=1), st.integers(2, 4), groups, diversities)
def test_saying_a_thing_again_makes_nothing_more_diverse(words, times, others, reward):
    # The runs across the joint are the completion's own, so the runs of one word are looked at.
    once, again = (
        Diversity(1).score_group([Sample(" ".join(words * count)), *map(Sample, others)])[0] for count in (1, times)
    )
    assert once == again


# --- laws of relative length ---


@given(st.lists(answered, min_size=1, max_size=8))
def test_relative_length_is_the_formula_of_kimi(group):
    tokens = [sample.tokens for sample in group]
    for sample, score in zip(group, RELATIVE.score_group(group), strict=True):
        spread = max(tokens) - min(tokens)
        part = Fraction(1, 2) - Fraction(sample.tokens - min(tokens), spread) if spread else Fraction(0)
        assert score.value == pytest.approx(float(part if is_right(sample) else min(part, Fraction(0))), abs=1e-15)


@given(st.lists(answered, min_size=2, max_size=8))
def test_of_two_the_shorter_is_never_worse_and_a_right_one_never_worse_than_a_wrong_one_as_long(group):
    scores = RELATIVE.score_group(group)
    pairs = [(a, b) for a in zip(group, scores, strict=True) for b in zip(group, scores, strict=True)]
    for (one, of_one), (other, of_other) in pairs:
        if one.tokens <= other.tokens and is_right(one) >= is_right(other):
            assert of_one.value >= of_other.value


@given(st.lists(answered, min_size=1, max_size=8), st.integers(-10_000, 10_000), st.integers(1, 9))
def test_only_the_relation_of_the_lengths_matters(group, shift, factor):
    moved = [replace(sample, tokens=sample.tokens * factor + shift) for sample in group]
    assert values(RELATIVE.score_group(moved)) == values(RELATIVE.score_group(group))


@given(st.lists(answered, min_size=1, max_size=8), st.data())
def test_one_unknown_length_makes_the_group_abstain(group, data):
    at = data.draw(st.integers(0, len(group) - 1))
    scores = RELATIVE.score_group([*group[:at], replace(group[at], tokens=None), *group[at + 1 :]])
    other = Score(None, "the length of another completion of the prompt is unknown")
    assert scores == [Score(None, "length unknown") if i == at else other for i in range(len(group))]


@given(st.lists(answered, min_size=1, max_size=8), st.data())
def test_where_correct_abstains_once_the_group_abstains(group, data):
    at = data.draw(st.integers(0, len(group) - 1))
    scores = RELATIVE.score_group([*group[:at], replace(group[at], gold=None), *group[at + 1 :]])
    assert scores[at] == Score(None, "correct: the gold is missing")
    for i in set(range(len(group))) - {at}:
        told = RELATIVE.correct(group[i])
        assert scores[i] == Score(None, "correct: abstains on another completion of the prompt", {"correct": told})


# --- examples ---


@pytest.mark.parametrize(
    ("group", "n", "expected"),
    [
        (["ta có ba", "ta có ba", "mẹ cho em"], 3, [0.5, 0.5, 1.0]),
        (["ta có ba quả", "ta có ba táo", "TA, CÓ - BA!"], 3, [0.5, 0.5, 0.0]),
        (["hoà", "hòa", "bình"], 3, [0.5, 0.5, 1.0]),  # fewer than three words: one run
        (["ta có", "ta có ba"], 3, [1.0, 1.0]),  # and that is no run of three
        (["ta có", "ta có ba"], 2, [0.0, 0.5]),
        (["ta ta ta", "ta"], 1, [0.0, 0.0]),
        (["", "?!", "ta"], 3, [0.0, 0.0, 1.0]),  # without words
        (["", ""], 1, [0.0, 0.0]),
    ],
)
def test_diversity_by_example(group, n, expected):
    assert values(diverse(group, n)) == expected


def test_reasons_of_diversity():
    scores = diverse(["ta có ba quả", "Ta có ba táo", "em đi", "...", "ta có ba quả táo"])
    assert [score.why for score in scores] == [
        "2 of its 2 distinct runs of 3 words stand in others, 'ta có ba' in 2 of 4",
        "1 of its 2 distinct runs of 3 words stand in others, 'ta có ba' in 2 of 4",
        "none of its 1 distinct runs of 2 words stands in another completion",
        "no words",
        "2 of its 3 distinct runs of 3 words stand in others, 'ta có ba' in 2 of 4",
    ]
    assert diverse(["ta có"]) == [Score(None, "no other completion of the prompt")]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"7": 10, "8": 30}, [0.5, -0.5]),
        ({"8": 10, "7": 30}, [0.0, -0.5]),
        ({"7": 10}, [0.0]),
        ({}, []),
    ],
)
def test_relative_length_by_example(answers, expected):
    group = [Sample(f"<SOLUTION>{answer}</SOLUTION>", "7", tokens=tokens) for answer, tokens in answers.items()]
    assert values(RELATIVE.score_group(group)) == expected


def test_lengths_in_between_have_scores_in_between():
    group = [Sample("a" if i == 2 else "ab", tokens=10 * i) for i in range(5)]
    scores = RelativeLength(len_is_even).score_group(group)
    assert values(scores) == [0.5, 0.25, 0.0, -0.25, -0.5]
    assert scores[1].why == "right in 10 tokens, of 0 to 40; correct: no reason given"
    assert scores[2] == Score(
        0.0, "wrong in 20 tokens, of 0 to 40; correct: no reason given", {"correct": Score(0.0, "no reason given")}
    )


def test_what_is_right_is_above_the_bound():
    group = [Sample("a", "7", tokens=1), Sample("aa", "7", tokens=9)]
    assert values(RelativeLength(len_of, above=1.0).score_group(group)) == [0.0, -0.5]
    assert values(RelativeLength(len_of, above=0.5).score_group(group)) == [0.5, -0.5]


def test_the_failure_of_correct_stays_one():
    scores = RelativeLength(times_out_on_a).score_group([Sample("a", tokens=1), Sample("b", tokens=2)])
    assert (scores[0].value, scores[0].outcome, scores[0].why) == (None, "timeout", "correct: too slow")
    assert (scores[1].value, scores[1].outcome) == (None, "abstained")


def len_is_even(sample):
    return float(len(sample.completion) % 2 == 0)


def len_of(sample):
    return float(len(sample.completion))


def times_out_on_a(sample):
    return Score(None, "too slow", outcome="timeout") if sample.completion == "a" else 1.0


def test_they_are_registered():
    assert factory("diversity") is Diversity
    assert factory("relative_length") is RelativeLength


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Diversity(0), "Diversity(n=0): must be above 0"),
        (lambda: Diversity(2.0), "Diversity(n=2.0): must be a whole number"),
        (lambda: Diversity(True), "Diversity(n=True): must be a whole number"),
        (lambda: RelativeLength(1.0), "RelativeLength(correct=1.0): must be a reward, callable as reward(sample)"),
        (
            lambda: RelativeLength(AnswerMatch(), above=float("nan")),
            "RelativeLength(above=nan): must be a finite number",
        ),
    ],
)
def test_bad_parameters(build, message):
    with pytest.raises(BadParameter) as error:
        build()
    assert str(error.value) == message
