"""Rewards of any number and kind as the functions of one trainer: their names, weights and parts, on real runs."""

import math
from functools import partial

import pytest
from trl_mistakes import fixed_score
from trl_runs import guarded, guarded_trainer, place

from vireward.errors import BadParameter

pytestmark = pytest.mark.training


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
