"""Where some rewards of a completion have no value: one function, separate functions and nested sums agree."""

import itertools
import math
from dataclasses import dataclass
from functools import partial

import pytest
from trl_mistakes import one_is_odd
from trl_runs import BATCH, guarded, place

from vireward import Score, from_trl, to_trl, weighted
from vireward.adapters.trl_parts import to_trl_parts
from vireward.errors import RewardFailed
from vireward.training.reward_functions import reward_functions

pytestmark = pytest.mark.training

PLACES = [float(number) for number in range(BATCH)]
SAYS = (
    Score(2.0, "it does"),
    Score(None, "it does not"),
    Score(None, "it is late", outcome="timeout"),
    ValueError("no"),
)
PAIRS = list(itertools.product(SAYS, SAYS))  # what two rewards say of each of 16 completions
TEXTS = [str(number) for number, _ in enumerate(PAIRS)]


@dataclass(frozen=True)
class Says:
    """What does the table say of this completion?"""

    column: int

    def __call__(self, sample, /):
        said = PAIRS[sample.place][self.column]
        if isinstance(said, Exception):
            raise said
        return said


def values_of(functions):
    """What each function gives for each of the 16 completions; None for all where the run ends."""
    try:
        return [function(completions=TEXTS) for function in functions]
    except RewardFailed:
        return None


def has_no_value(entry):
    return entry is None or math.isnan(entry)


# --- a sum, and its parts as functions ---


@pytest.mark.parametrize("missing", ["abstain", "skip"])
@pytest.mark.parametrize("on_error", ["abstain", "floor"])
@pytest.mark.parametrize("weight", [3.0, -3.0])
def test_parts_add_up_to_the_sum_and_fail_and_abstain_with_it(missing, on_error, weight):
    whole = to_trl(weighted(missing=missing, a=(1.0, Says(0)), b=(weight, Says(1))), gold=None, on_error=on_error)
    parts, factors = to_trl_parts(whole)
    for total, *row in zip(*values_of([whole, *parts]), strict=True):
        there = [factor * value for factor, value in zip(factors, row, strict=True) if value is not None]
        failed = on_error == "floor" and total == -1.0
        assert (sum(there) if there else None) == (-4.0 if failed else total)


@pytest.mark.parametrize("missing", ["abstain", "skip"])
@pytest.mark.parametrize("on_error", ["abstain", "floor", "raise"])
def test_a_sum_under_a_name_or_among_others_is_the_sum(missing, on_error):
    reward = weighted(missing=missing, a=(1.0, Says(0)), b=(3.0, Says(1)))
    policy = {"gold": None, "on_error": on_error, "floor": -2.0, "weights": None, "separate": False}
    alone, _ = reward_functions(reward, **policy)
    named, _ = reward_functions({"x": reward}, **policy)
    assert values_of(named) == values_of(alone)


def test_a_failed_part_that_is_skipped_is_counted_and_has_no_floor():
    reward = weighted(missing="skip", a=(1.0, from_trl(place)), b=(5.0, from_trl(partial(one_is_odd, value=math.inf))))
    run = guarded(reward, wrapper={"on_error": "floor", "separate": True}, log_completions=True)
    one = guarded(reward, wrapper={"on_error": "floor"}, log_completions=True)
    assert has_no_value(run.column("b")[0])
    assert run.logged("b/failed") == [1 / BATCH]
    assert run.column("advantage") == one.column("advantage")


# --- a reward that is only watched ---


@pytest.mark.parametrize("aggregation", ["sum_then_normalize", "normalize_then_sum"])
@pytest.mark.parametrize("value", [None, math.inf], ids=["abstains", "fails"])
@pytest.mark.parametrize("at", [(0,), tuple(range(BATCH))], ids=["once", "always"])
def test_a_reward_of_weight_0_changes_no_advantage(aggregation, value, at):
    settings = {"multi_objective_aggregation": aggregation, "log_completions": True, "reward_weights": [1.0, 0.0]}
    watched = partial(one_is_odd, value=value, at=at)
    for on_error in ("abstain", "floor"):
        run = guarded([place, watched], wrapper={"on_error": on_error}, **settings)
        alone = guarded(place, **settings | {"reward_weights": None})
        assert run.column("place") == PLACES
        assert run.column("advantage") == alone.column("advantage")
        assert run.logged("reward") == [3.5]
        assert all(has_no_value(run.column("one_is_odd")[number]) for number in at)


@pytest.mark.parametrize("aggregation", ["sum_then_normalize", "normalize_then_sum"])
@pytest.mark.parametrize("value", [None, math.inf], ids=["abstains", "fails"])
def test_a_reward_of_weight_0_is_no_value_where_there_is_no_other(aggregation, value):
    settings = {"multi_objective_aggregation": aggregation, "log_completions": True}
    odd = partial(one_is_odd, value=value)
    for on_error in ("abstain", "floor"):
        run = guarded([odd, place], wrapper={"on_error": on_error}, reward_weights=[1.0, 0.0], **settings)
        alone = guarded(odd, wrapper={"on_error": on_error}, **settings)
        assert run.column("advantage") == alone.column("advantage")
        assert run.logged("reward") == alone.logged("reward")


def test_only_what_has_the_weight_0_is_watched():
    policy = {"gold": None, "on_error": "abstain", "floor": -1.0, "stops": None}
    rewards = {"x": weighted(a=(0.0, Says(0)), b=(1.0, Says(0))), "x/c": Says(0), "y": Says(0)}
    for separate, names in ((False, {"x"}), (True, {"x/a", "x/b"})):
        functions, _ = reward_functions(rewards, weights=[0.0, 1.0, 1.0], separate=separate, **policy)
        assert functions[0].whole.watched == names


def test_rewards_that_are_all_of_weight_0_abstain_together():
    run = guarded([place, partial(one_is_odd, value=None)], reward_weights=[0.0, 0.0], log_completions=True)
    assert [has_no_value(run.column(name)[0]) for name in ("place", "one_is_odd")] == [True, True]
    assert run.logged("reward") == [0.0]


def test_the_abstention_of_a_watched_reward_is_not_the_failure_of_another():
    """A completion that has no gold gets no floor because a watched reward failed on it."""
    policy = {"gold": None, "on_error": "floor", "floor": -2.0, "separate": False}
    (one, watched), _ = reward_functions({"a": Says(0), "b": Says(1)}, weights=[1.0, 0.0], **policy)
    for (said, _), value, other in zip(PAIRS, *values_of([one, watched]), strict=True):
        expected = getattr(said, "value", None)
        failed = isinstance(said, Exception) or said.outcome == "timeout"
        assert value == (-2.0 if failed else expected)
        assert other is None or value is not None
