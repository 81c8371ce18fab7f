"""Rewards of any number and kind as the functions of one trainer: their names, weights and parts, on real runs."""

import math
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trl_mistakes import fixed_score
from trl_runs import guarded, guarded_trainer, place

from vireward.errors import BadParameter
from vireward.training.reward_functions import reward_functions

pytestmark = pytest.mark.training

POLICY = {"gold": None, "on_error": "abstain", "floor": -1.0, "stops": None}


def named(name):
    """A sample reward of that name."""

    def score(sample):
        return 1.0

    score.__name__ = name
    return score


# --- names ---


@pytest.mark.filterwarnings("ignore:to_trl")  # of functions within functions, which no process of its own gets here
@given(st.lists(st.sampled_from(["f", "f_2", "f_3", "f_2_2", "g"]), min_size=1, max_size=7))
def test_each_function_has_a_name_of_its_own_and_the_first_of_a_name_keeps_it(names):
    functions, _ = reward_functions([named(name) for name in names], weights=None, separate=False, **POLICY)
    given_names = [function.__name__ for function in functions]
    assert len(set(given_names)) == len(names)
    for name in set(names):
        assert given_names[names.index(name)] == name


# --- weights ---


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf, "1", None, True])
@pytest.mark.parametrize("count", [1, 2])
def test_a_weight_that_is_no_finite_number_is_refused(weight, count):
    rewards = [partial(fixed_score, value=1.0)] * count
    with pytest.raises(BadParameter, match=r"^GRPOConfig\(reward_weights=.*finite number"):  # noqa: SIM117
        with guarded_trainer(rewards, reward_weights=[1.0] * (count - 1) + [weight]):
            pass


# --- further parameters ---


def test_callbacks_may_be_none():
    assert guarded(place, wrapper={"callbacks": None}).logged("reward") == [3.5]
