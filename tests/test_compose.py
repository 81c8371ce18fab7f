"""Laws of compositions; the values are small dyadic numbers, so every law holds exactly and not within a tolerance."""

import copy
import math
import pickle
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward.compose import FirstOf, Weighted, weighted
from vireward.errors import BadParameter, BadScore
from vireward.records import Sample, Score
from vireward.rewards import AnswerMatch, FormatExact, NumericMatch, TagCount
from vireward.tags import TagFormat

SAMPLE = Sample("<thinking>3 + 4</thinking>\n<SOLUTION>7</SOLUTION>", "7")


@dataclass(frozen=True, slots=True)
class Always:
    """What was it told to say?"""

    value: float | None

    def __call__(self, sample, /):
        return Score(self.value, f"always {self.value}")


ABSTAINS = Always(None)
SCOPE = vars(vireward) | {"Always": Always}

names = st.sampled_from(["a", "b", "đúng", "tag_count", "class", "đáp án", "x/y", "1", "e\u0301"])
dyadic = st.integers(-64, 64).map(lambda n: n / 8)
any_float = st.floats(-1e100, 1e100)
missings = st.sampled_from(["abstain", "skip"])


def terms_of(weights, values):
    """At least one term, with a reward that says one of the values."""
    return st.dictionaries(names, st.tuples(weights, st.builds(Always, values)), min_size=1, max_size=5)


scored = terms_of(dyadic, dyadic)
with_abstentions = terms_of(dyadic, st.none() | dyadic)


def value(reward):
    return reward(SAMPLE).value


def sums(terms):
    return [weight * reward.value for weight, reward in terms.values() if reward.value is not None]


# --- what the sum is ---


@given(scored, missings)
def test_the_value_is_the_weighted_sum_of_the_parts(terms, missing):
    assert value(weighted(missing=missing, **terms)) == sum(sums(terms))


@given(terms_of(any_float, any_float), st.randoms(use_true_random=False))
def test_the_order_of_the_terms_does_not_matter(terms, rng):
    shuffled = list(terms.items())
    rng.shuffle(shuffled)
    assert value(weighted(**dict(shuffled))) == value(weighted(**terms)) == math.fsum(sums(terms))


@given(scored, st.sampled_from([-4.0, -0.5, 0.0, 1.0, 2.0, 16.0]))
def test_scaling_every_weight_scales_the_sum(terms, factor):
    scaled = {name: (factor * weight, reward) for name, (weight, reward) in terms.items()}
    assert value(weighted(**scaled)) == factor * value(weighted(**terms))


@given(dyadic)
def test_one_reward_of_weight_one_is_itself(number):
    assert value(weighted(only=(1.0, Always(number)))) == number


@given(scored)
def test_the_parts_are_the_scores_of_the_rewards_under_their_names(terms):
    score = weighted(**terms)(SAMPLE)
    assert score.parts == {name: reward(SAMPLE) for name, (_, reward) in terms.items()}
    assert list(score.parts) == list(terms)
    assert score.why == "; ".join(f"{name}: always {reward.value}" for name, (_, reward) in terms.items())


@given(dyadic, dyadic)
def test_a_weight_may_be_an_integer(number, other):
    assert value(weighted(a=(2, Always(number)), b=(0, Always(other)))) == 2 * number


def test_the_tutorials_four_rewards_add_up():
    reward = weighted(
        exact=(1.0, FormatExact()), tags=(1.0, TagCount()), answer=(1.0, AnswerMatch()), number=(1.0, NumericMatch())
    )
    assert value(reward) == 9.5


# --- abstentions ---


@given(with_abstentions)
def test_a_sum_abstains_when_a_part_does(terms):
    score = weighted(**terms)(SAMPLE)
    if any(reward == ABSTAINS for _, reward in terms.values()):
        assert (score.value, score.outcome) == (None, "abstained")
        assert len(score.parts) == len(terms)
    else:
        assert score.value == sum(sums(terms))


@given(with_abstentions)
def test_skipping_sums_what_is_there(terms):
    score = weighted(missing="skip", **terms)(SAMPLE)
    present = {name: term for name, term in terms.items() if term[1] != ABSTAINS}
    assert score.value == (sum(sums(present)) if present else None)
    assert len(score.parts) == len(terms)


@pytest.mark.parametrize(
    ("missing", "values", "expected"),
    [
        ("abstain", (1.0, 2.0), 3.0),
        ("abstain", (1.0, None), None),
        ("abstain", (None, None), None),
        ("skip", (1.0, 2.0), 3.0),
        ("skip", (1.0, None), 1.0),
        ("skip", (None, None), None),
    ],
)
def test_the_table_of_abstentions(missing, values, expected):
    a, b = map(Always, values)
    assert value(weighted(missing=missing, a=(1.0, a), b=(1.0, b))) == expected


def test_an_abstention_of_weight_zero_is_still_one():
    assert value(weighted(a=(1.0, Always(1.0)), b=(0.0, ABSTAINS))) is None


def test_a_missing_gold_makes_the_whole_abstain_and_says_so():
    reward = weighted(shape=(0.2, FormatExact()), correct=(1.0, NumericMatch()))
    score = reward(Sample(SAMPLE.completion))
    assert (score.value, score.why) == (None, "shape: well formed; correct: the gold is missing")


# --- nesting ---


@given(with_abstentions, with_abstentions, dyadic, missings)
def test_a_nested_sum_flattens_without_changing_the_value(inner, rest, weight, missing):
    nested = weighted(missing=missing, **inner)
    rest = {f"rest_{name}": term for name, term in rest.items()}
    flat = weighted(missing=missing, inner=(weight, nested), **rest)
    parts = [f"inner/{name}" for name in inner]
    assert [name for name, _, _ in flat.terms] == [*parts, *rest]
    assert list(flat(SAMPLE).parts) == [*parts, *rest]
    # A function is not looked into, so this one stays nested.
    assert value(flat) == value(weighted(missing=missing, inner=(weight, lambda sample: nested(sample)), **rest))


@given(scored)
def test_nesting_is_associative(terms):
    inner = weighted(**terms)
    at_once = weighted(a=(4.0, weighted(b=(0.5, inner))))
    stepwise = weighted(a=(4.0, weighted(b=(0.5, lambda sample: inner(sample)))))
    assert [name for name, _, _ in at_once.terms] == [f"a/b/{name}" for name in terms]
    assert value(at_once) == value(stepwise) == 2.0 * value(inner)


@given(with_abstentions)
def test_a_nested_sum_of_another_policy_stays_one_part(terms):
    inner = weighted(missing="skip", **terms)
    outer = weighted(inner=(2.0, inner))
    assert outer.terms == (("inner", 2.0, inner),)
    assert value(outer) == (None if value(inner) is None else 2.0 * value(inner))


# --- members of every kind ---


def half(sample):
    return 0.5


def nothing(sample):
    return None


def test_a_plain_function_is_a_member():
    score = weighted(half=(2.0, half), truth=(1.0, lambda sample: True), exact=(1.0, FormatExact()))(SAMPLE)
    assert score.value == 5.0
    assert score.parts["half"] == Score(0.5, "no reason given")
    assert value(weighted(half=(2.0, half), nothing=(1.0, nothing))) is None


@pytest.mark.parametrize("bad", [math.nan, math.inf, "1", [1.0]])
def test_a_member_that_returns_no_score_is_not_summed(bad):
    with pytest.raises(BadScore, match="a reward must be"):
        weighted(half=(1.0, half), bad=(0.0, lambda sample: bad))(SAMPLE)


# --- a composition is a value ---


@given(with_abstentions, missings)
def test_a_composition_prints_as_the_expression_that_builds_it(terms, missing):
    reward = weighted(missing=missing, **terms)
    nested = weighted(missing=missing, outer=(0.5, reward), other=(1.0, weighted(x=(1.0, Always(1.0)))))
    for built in (reward, nested):
        assert eval(repr(built), dict(SCOPE)) == built


def test_names_stand_as_keywords_where_python_allows_it():
    reward = weighted(
        missing="skip", shape=(0.5, weighted(missing="skip", tags=(2.0, Always(1.0)))), ok=(1, Always(0.0))
    )
    assert (
        repr(reward)
        == "weighted(missing='skip', **{'shape/tags': (1.0, Always(value=1.0))}, ok=(1.0, Always(value=0.0)))"
    )
    assert repr(weighted(a=(1.0, Always(None)))) == "weighted(a=(1.0, Always(value=None)))"


@given(with_abstentions, missings)
def test_a_composition_pickles_compares_and_hashes(terms, missing):
    reward = weighted(missing=missing, **terms)
    for again in (pickle.loads(pickle.dumps(reward)), copy.deepcopy(reward), weighted(missing=missing, **terms)):
        assert again == reward
        assert hash(again) == hash(reward)
        assert again(SAMPLE) == reward(SAMPLE)
    assert reward != weighted(missing=missing, **terms, more=(1.0, ABSTAINS))


def test_a_composition_of_the_built_in_rewards_is_pasted_back_from_the_public_names():
    tags = TagFormat("<think>", "</think>", "<answer>", "</answer>")
    reward = weighted(exact=(0.2, FormatExact(tags)), number=(1.0, NumericMatch(tags, style="en")))
    assert eval(repr(reward), vars(vireward).copy()) == reward
    assert isinstance(reward, Weighted)


# --- wrong input ---


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: weighted(), "weighted(): needs at least one name=(weight, reward)"),
        (lambda: weighted(missing="skip"), "weighted(): needs at least one name=(weight, reward)"),
        (lambda: weighted(missing="zero", a=(1.0, half)), "weighted(missing='zero'): must be one of abstain, skip"),
        (lambda: weighted(missing=None, a=(1.0, half)), "weighted(missing=None): must be one of abstain, skip"),
        (lambda: weighted(a=ABSTAINS), "weighted(a=Always(value=None)): must be (weight, reward)"),
        (lambda: weighted(a=1.0), "weighted(a=1.0): must be (weight, reward)"),
        (lambda: weighted(a=(1.0,)), "weighted(a=(1.0,)): must be (weight, reward)"),
        (lambda: weighted(a=[1.0, 2.0]), "weighted(a=[1.0, 2.0]): must be (weight, reward)"),
        (lambda: weighted(a=(1.0, "half")), "weighted(a=(1.0, 'half')): must be (weight, reward)"),
        (lambda: weighted(a=(ABSTAINS, 1.0)), "weighted(a=(Always(value=None), 1.0)): must be (weight, reward)"),
        (lambda: weighted(a=(math.nan, half)), "weighted(a=nan): must be a finite number"),
        (lambda: weighted(a=(math.inf, half)), "weighted(a=inf): must be a finite number"),
        (lambda: weighted(a=("1", half)), "weighted(a='1'): must be a finite number"),
        (lambda: weighted(a=(True, half)), "weighted(a=True): must be a finite number"),
        (lambda: weighted(a=(None, half)), "weighted(a=None): must be a finite number"),
    ],
)
def test_a_wrong_term_is_named(call, message):
    with pytest.raises(BadParameter) as caught:
        call()
    assert str(caught.value) == message


def test_a_class_instead_of_a_reward_is_refused():
    # It can be called with a sample, but that would build a reward and not score.
    with pytest.raises(BadParameter) as caught:
        weighted(a=(1.0, FormatExact))
    assert str(caught.value) == "weighted(a=FormatExact): must be a reward, not a class; write FormatExact(...)"


def test_an_integer_weight_beyond_the_largest_float_is_refused():
    with pytest.raises(BadParameter, match=r"weighted\(a=1000.*must be a finite number"):
        weighted(a=(10**400, half))


def test_two_parts_that_would_have_one_name_are_refused():
    inner = weighted(b=(1.0, half))
    with pytest.raises(BadParameter) as caught:
        weighted(**{"a": (1.0, inner), "a/b": (1.0, half)})
    assert str(caught.value) == "weighted(a/b=...): two parts would have this name; rename one of them"


def test_weights_whose_product_is_beyond_the_largest_float_are_refused():
    with pytest.raises(BadParameter, match=r"weighted\(a/b=inf\): must be a finite number"):
        weighted(a=(1e200, weighted(b=(1e200, half))))


def test_a_sum_beyond_the_range_of_a_float_is_an_error_and_no_exception():
    for weight in (1e308, 1.5e308):
        both = weighted(a=(weight, lambda _: 1.0), b=(weight, lambda _: 1.5))
        score = both(Sample("x"))
        assert (score.value, score.outcome) == (None, "error")
        assert score.why.startswith("the sum is beyond the range of a float; a: ")
        assert score.parts == {"a": Score(1.0, "no reason given"), "b": Score(1.5, "no reason given")}


def test_a_choice_among_no_rewards_asks_none():
    assert FirstOf(())(SAMPLE) == Score(None, "no reward was asked")
