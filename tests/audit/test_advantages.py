"""Advantages are those of TRL's trainer, and what they should be whatever the trainer."""

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trl_runs import BATCH, GROUP, trained

from vireward.audit.advantages import EPSILON, GDPO, SCHEMES, Scheme, advantages
from vireward.errors import BadParameter

by_scheme = pytest.mark.parametrize("scheme", [pytest.param(scheme, id=scheme.name) for scheme in SCHEMES])
VALUES = (None, math.nan, 0.0, 1.0, -1.5, 3.0, 0.1, 1e5)
WILD = (*VALUES, math.inf, -math.inf, 1e39, 1e20)


# --- TRL's own ---


def column(values, index):
    """A reward function that gives the batch these values."""

    def reward(completions, **columns):
        return list(values)

    reward.__name__ = f"reward_{index}"
    return reward


def by_trl(table, scheme, weights):
    columns = [column(values, i) for i, values in enumerate(zip(*table, strict=True))]
    settings = {"scale_rewards": scheme.scale, "multi_objective_aggregation": scheme.aggregation}
    run = trained(columns, log_completions=True, reward_weights=weights, **settings)
    return run.column("advantage")


def assert_alike(table, scheme, weights):
    ours = advantages(table, group_size=GROUP, weights=weights, scheme=scheme)
    for one, other in zip(ours, by_trl(table, scheme, weights), strict=True):
        # TRL adds up in 32 bits: of values around 1e5 a hundredth of a millionth is lost, and then divided by a spread.
        assert one == pytest.approx(other, rel=2e-4, abs=2e-4), (table, scheme, weights)


@pytest.mark.training
@by_scheme
@pytest.mark.parametrize("functions", [1, 2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_advantages_are_those_that_a_trainer_logs(scheme, functions, seed):
    chance = random.Random(f"{scheme.name} {functions} {seed}")
    values = (VALUES, WILD)[seed % 2][: None if seed < 2 else 7]
    table = [[chance.choice(values) for _ in range(functions)] for _ in range(BATCH)]
    assert_alike(table, scheme, [chance.choice((1.0, 0.5, 0.0, -1.0, 3.0)) for _ in range(functions)])


ROWS = {
    "none beside a number": [[None, 1.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]],
    "one without any": [[None, None], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0]],
    "all but one without any": [[None, None], [None, None], [None, None], [2.0, 0.0]],
    "all without any": [[None, None]] * 4,
    "one function silent": [[None, 1.0], [None, 0.0], [None, 2.0], [None, 0.0]],
    "all alike": [[0.1, 0.3]] * 4,
    "infinite": [[math.inf, 0.0], [1.0, 0.0], [2.0, 1.0], [0.0, 0.0]],
    "beyond 32 bits": [[1e39, 0.0], [1.0, 0.0], [2.0, 1.0], [0.0, 0.0]],
    "whose square is beyond 32 bits": [[1e20, 0.0], [1.0, 0.0], [2.0, 1.0], [0.0, 0.0]],
}


@pytest.mark.training
@by_scheme
@pytest.mark.parametrize("name", ROWS)
def test_groups_with_holes_and_extremes_are_those_of_a_trainer(scheme, name):
    assert_alike([*ROWS[name], [3.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0]], scheme, [1.0, 2.0])


# --- laws ---

finite = st.floats(-100, 100).map(lambda value: round(value, 3))
groups = st.lists(finite, min_size=GROUP, max_size=GROUP)


@by_scheme
@given(values=st.lists(groups, min_size=1, max_size=3))
def test_they_add_up_to_nothing(scheme, values):
    flat = [[value] for group in values for value in group]
    assert sum(advantages(flat, group_size=GROUP, scheme=scheme)) == pytest.approx(0.0, abs=1e-2)


@by_scheme
@given(values=groups, other=groups)
def test_a_higher_reward_is_never_a_lower_advantage(scheme, values, other):
    found = advantages([[value] for value in values + other], group_size=GROUP, scheme=scheme)[:GROUP]
    ranked = sorted(zip(values, found, strict=True))
    assert all(a[1] <= b[1] + 1e-6 for a, b in itertools.pairwise(ranked))


@given(values=groups, shift=finite)
def test_what_all_of_a_group_get_changes_nothing(values, shift):
    before, after = (advantages([[v + by] for v in values], group_size=GROUP) for by in (0.0, shift))
    assert before == pytest.approx(after, abs=0.05)


@by_scheme
def test_where_all_are_alike_there_is_no_advantage(scheme):
    assert advantages([[0.1]] * 8, group_size=GROUP, scheme=scheme) == pytest.approx([0.0] * 8, abs=1e-3)


@by_scheme
def test_what_nobody_scored_has_none_and_moves_nobody(scheme):
    rest = [[1.0], [0.0], [0.0]]
    found = advantages([[None], *rest], group_size=4, scheme=scheme)
    assert found[0] == 0.0
    assert found[1:] == pytest.approx(advantages(rest, group_size=3, scheme=scheme))


def test_none_beside_a_number_counts_as_zero():
    rest = [[1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]
    assert advantages([[None, 1.0], *rest], group_size=4) == advantages([[0.0, 1.0], *rest], group_size=4)


def test_one_right_of_four():
    high = 0.75 / (0.5 + EPSILON)
    assert advantages([[1.0], [0.0], [0.0], [0.0]], group_size=4) == pytest.approx([high, *[-high / 3] * 3])


def test_no_completions_have_no_advantages():
    assert advantages([], group_size=4) == []


# --- what cannot be ---


@pytest.mark.parametrize("size", [0, -1, 3])
def test_a_batch_must_be_whole_groups(size):
    with pytest.raises(BadParameter, match=f"group_size={size}.*4 completions are no whole groups"):
        advantages([[1.0]] * 4, group_size=size)


def test_each_completion_has_a_reward_for_each_weight():
    with pytest.raises(BadParameter, match="1 rewards of a completion for 2 weights"):
        advantages([[1.0, 2.0], [1.0]], group_size=2)


@pytest.mark.parametrize("wrong", [{"scale": "groups"}, {"aggregation": "gdpo"}])
def test_an_unknown_scheme_is_refused(wrong):
    with pytest.raises(BadParameter, match=next(iter(wrong.values()))):
        Scheme(**wrong)


def test_schemes_have_names_of_their_own():
    assert [scheme.name for scheme in SCHEMES] == ["group", "batch", "none", "gdpo"]
    assert Scheme("normalize_then_sum") == GDPO
