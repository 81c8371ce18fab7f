"""Rewards of any number and kind as the functions of one trainer: their names, weights and parts, on real runs."""

import pytest
from trl_runs import guarded, place

pytestmark = pytest.mark.training


# --- further parameters ---


def test_callbacks_may_be_none():
    assert guarded(place, wrapper={"callbacks": None}).logged("reward") == [3.5]
