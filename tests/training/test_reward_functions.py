"""Rewards of any number and kind as the functions of one trainer: their names, weights and parts, on real runs."""

import math
from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trl_mistakes import fixed_score
from trl_runs import ROWS, guarded, guarded_trainer, place

from vireward import Reward, from_trl, per_group, scale, weighted
from vireward.errors import BadParameter
from vireward.training.reward_functions import reward_functions

pytestmark = pytest.mark.training

POLICY = {"gold": None, "on_error": "abstain", "floor": -1.0, "stops": None}


def place_of(sample):
    return float(sample.place)


@dataclass(frozen=True)
class Boxed:
    """What does the reward in it say, whose parts nobody knows before?"""

    reward: Reward

    def __call__(self, sample, /):
        return self.reward(sample)


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


COUNTED = ("abstained", "failed", "informative", "p50_ms", "p95_ms")


def logs_a_metric(completions, log_metric, name, **columns):
    log_metric(name, 0.25)
    return place(completions)


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("outer", ["", "a/"])
def test_a_part_or_metric_named_as_a_figure_of_the_reward_stands_beside_it(name, outer):
    parts = {outer + name: (1.0, from_trl(partial(fixed_score, value=0.25))), "a": (1.0, from_trl(place))}
    logging = partial(logs_a_metric, name=outer + name)
    runs = {"sum": guarded({"sum": Boxed(weighted(**parts))}), "logs_a_metric": guarded(logging)}
    for owner, run in runs.items():
        assert run.logged(f"{owner}/{outer}{name}/mean") == [0.25]
        figures = run.diagnostics[0]["rewards"][owner]
        assert run.logged(f"{owner}/informative") == [figures["informative"]] == [1.0]
        assert run.logged(f"{owner}/failed") == run.logged(f"{owner}/abstained") == [0.0]
        assert run.logged(f"{owner}/p95_ms") == pytest.approx([figures["p95_ms"]])


def test_a_reward_cannot_be_named_as_the_figures_of_all():
    with pytest.raises(BadParameter, match="'all_rewards': another reward, or a column"):
        reward_functions({"all_rewards": place}, weights=None, separate=False, **POLICY)


# --- weights ---


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf, "1", None, True])
@pytest.mark.parametrize("count", [1, 2])
def test_a_weight_that_is_no_finite_number_is_refused(weight, count):
    rewards = [partial(fixed_score, value=1.0)] * count
    with pytest.raises(BadParameter, match=r"^GRPOConfig\(reward_weights=.*finite number"):  # noqa: SIM117
        with guarded_trainer(rewards, reward_weights=[1.0] * (count - 1) + [weight]):
            pass


# --- parts as functions ---

SUM = {"a": (2.0, from_trl(place, gold=None)), "b": (-0.5, from_trl(partial(fixed_score, value=1.0), gold=None))}
TOTAL = 2.0 * 3.5 - 0.5


@pytest.mark.parametrize(
    ("rewards", "weights", "names", "total"),
    [
        pytest.param(weighted(**SUM), None, ["a", "b"], TOTAL, id="alone"),
        pytest.param({"x": weighted(**SUM)}, None, ["x/a", "x/b"], TOTAL, id="alone, with a name"),
        pytest.param({"x": weighted(missing="skip", **SUM)}, None, ["x/a", "x/b"], TOTAL, id="skipping"),
        pytest.param(
            {"x": weighted(**SUM), "y": place}, [3.0, 1.0], ["x/a", "x/b", "y"], 3 * TOTAL + 3.5, id="with another"
        ),
        pytest.param(
            [weighted(**SUM), place], None, ["weighted/a", "weighted/b", "place"], TOTAL + 3.5, id="in a list"
        ),
    ],
)
def test_the_parts_of_each_weighted_sum_become_functions(rewards, weights, names, total):
    run = guarded(rewards, wrapper={"separate": True}, reward_weights=weights)
    assert {*run.diagnostics[0]["rewards"]} == {*names}
    assert all(len(run.logged(f"rewards/{name}/std")) == 1 for name in names)
    assert run.logged("reward") == [total]


@pytest.mark.parametrize(
    ("rewards", "weights", "told"),
    [
        ({"x": place}, None, r"\(separate=True\): x is no weighted sum, so it has no parts$"),
        ({"x": weighted(**SUM)}, [1.0], r"the parts of a weighted sum have their weights already$"),
        ({"x": weighted(missing="skip", **SUM), "y": place}, None, r"x sums what is there.*missing='abstain'$"),
        ({"x": weighted(**SUM), "y": weighted(**SUM)}, [1.0], "1 weights for 2 rewards"),
        ({"x": weighted(a=(1e200, place_of)), "y": place}, [1e200, 1.0], "finite number"),
        ({"x": weighted(a=(1.0, place_of)), "x/a": place}, None, "'x/a': another reward"),
    ],
)
def test_parts_that_cannot_become_functions_are_refused(rewards, weights, told):
    with pytest.raises(BadParameter, match=told):
        reward_functions(rewards, weights=weights, separate=True, **POLICY)


# --- groups ---


def places_in_group(samples):
    return [float(number) for number, _ in enumerate(samples)]


@pytest.mark.parametrize(("training", "evaluating"), [(4, 2), (2, None), (2, 4), (8, 4), (8, None)])
@pytest.mark.parametrize("separate", [False, True])
def test_a_group_of_another_size_is_refused_before_the_run(training, evaluating, separate):
    reward = weighted(a=(1.0, scale(per_group(places_in_group, size=4), by=2.0)), b=(1.0, place_of))
    sizes = {"num_generations": training, "num_generations_eval": evaluating}
    wrong = "num_generations_eval=2" if training == 4 else f"num_generations={training}"
    told = (
        rf"^GRPOConfig\({wrong}\): per_group\(places_in_group, size=4\) compares 4 completions of a prompt; "
        "make both numbers the same$"
    )
    with pytest.raises(BadParameter, match=told):  # noqa: SIM117
        with guarded_trainer(reward, eval_rows=ROWS[:2], wrapper={"separate": separate}, **sizes):
            pass


def test_a_group_that_several_processes_would_share_is_refused(monkeypatch):
    from trl import GRPOConfig

    monkeypatch.setattr(GRPOConfig, "world_size", property(lambda args: 2))
    told = r"^GRPOConfig\(per_device_train_batch_size=2\): .* a process scores 2 of them at a time; make that .* of 4$"
    with pytest.raises(BadParameter, match=told):  # noqa: SIM117
        with guarded_trainer(per_group(places_in_group, size=4), per_device_train_batch_size=2):
            pass


def test_a_group_of_the_right_size_is_compared_in_training_and_evaluation():
    run = guarded(per_group(places_in_group, size=4), eval_rows=ROWS[:2], eval_strategy="steps", eval_steps=1)
    assert (run.logged("reward"), run.logged("eval_reward")) == ([1.5], [1.5])


# --- further parameters ---


def test_callbacks_may_be_none():
    assert guarded(place, wrapper={"callbacks": None}).logged("reward") == [3.5]
