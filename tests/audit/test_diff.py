"""Two rewards over the same completions: laws of the difference, and the advantages that it is told in."""

import audited
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward import FormatExact, NumericMatch, Sample, per_group, scale, tables, weighted
from vireward.audit.advantages import SCHEMES, advantages
from vireward.audit.diff import Logged, diff, grouped
from vireward.errors import BadData, BadParameter

ANSWERS = ("7", "8", "không phải 7", "7,0", " ", "bảy")


def completion(answer):
    return f"<thinking>3 + 4</thinking><SOLUTION>{answer}</SOLUTION>"


def logged(answers, prompt="3 + 4", step=1, first=1):
    return [Logged(first + i, Sample(completion(one), "7", prompt), step) for i, one in enumerate(answers)]


groups = st.lists(st.lists(st.sampled_from(ANSWERS), min_size=4, max_size=4).map(logged), min_size=1, max_size=3)
by_scheme = pytest.mark.parametrize("scheme", [pytest.param(scheme, id=scheme.name) for scheme in SCHEMES])


# Lambdas are asked in this process, which is what makes many examples quick.
def here(reward):
    return lambda sample: reward(sample)


@given(groups)
def test_a_reward_does_not_differ_from_itself(rows):
    found = diff(here(NumericMatch()), here(NumericMatch()), rows)
    assert found.changed == ()
    assert found.mean == 0.0


@given(groups)
def test_the_other_way_round_all_changes_are_the_opposite(rows):
    one, other = here(NumericMatch()), here(audited.same_text)
    there, back = diff(one, other, rows), diff(other, one, rows)
    assert [change.by for change in there.rows] == [-change.by for change in back.rows]
    assert [change.changed for change in there.rows] == [change.changed for change in back.rows]


@given(groups)
def test_twice_the_reward_is_nearly_the_same_advantage(rows):
    found = diff(here(NumericMatch()), here(scale(NumericMatch(), by=2.0)), rows)
    assert all(abs(change.by) < 1e-3 for change in found.rows)


@by_scheme
def test_advantages_are_those_of_the_batch(scheme):
    rows = [logged(ANSWERS[:4], "a"), logged(ANSWERS[2:], "b", first=5)]
    found = diff(here(NumericMatch()), here(audited.same_text), rows, scheme=scheme)
    for place, reward in enumerate((NumericMatch(), audited.same_text)):
        values = [[float(getattr(reward(row.sample), "value", reward(row.sample)))] for group in rows for row in group]
        expected = advantages(values, group_size=4, scheme=scheme)
        assert [change.advantages[place] for change in found.rows] == expected


def test_steps_are_batches_of_their_own():
    first, second = logged(ANSWERS[:4], step=1), logged(ANSWERS[2:], step=2, first=5)
    both = diff(here(NumericMatch()), here(audited.same_text), [first, second], scheme=SCHEMES[1])
    alone = diff(here(NumericMatch()), here(audited.same_text), [first], scheme=SCHEMES[1])
    assert both.rows[:4] == alone.rows


def test_the_parts_of_a_sum_are_normalised_by_themselves_under_gdpo():
    reward = weighted(shape=(1.0, FormatExact()), number=(0.01, NumericMatch()))
    found = diff(reward, NumericMatch(), [logged(ANSWERS)], scheme=SCHEMES[3])
    assert max(abs(change.advantages[0]) for change in found.rows) > 0.5


def test_those_that_change_most_come_first_and_a_turn_is_told():
    found = diff(NumericMatch(), audited.same_text, [logged(("7", "7,0", "8", "9"))])
    assert found.changed[0].row.number == 2
    assert [change.row.number for change in found.changed if change.turned] == [2]


def test_what_a_reward_fails_on_is_counted():
    rows = [logged(("7", "7 hoặc 8", "8", "9"))]
    found = diff(audited.sound, audited.raises_on_hedges, rows)
    assert list(map(len, found.failures)) == [0, 1]
    late = diff(audited.sound, audited.hangs_on_hedges, rows, seconds=0.2)
    assert list(map(len, late.failures)) == [0, 1]


def test_group_rewards_get_their_group():
    def ranks(samples: list[Sample]) -> list[float]:
        return [float(place) for place, _ in enumerate(samples)]

    found = diff(here(NumericMatch()), per_group(ranks, size=4), [logged(("7", "8", "9", "10"))])
    assert [change.scores[1].value for change in found.rows] == [0.0, 1.0, 2.0, 3.0]


# --- what TRL itself logged ---


@pytest.mark.training
@by_scheme
def test_the_advantages_of_a_trainers_table_are_those_that_it_logged(scheme, tmp_path):
    import pyarrow
    import pyarrow.parquet
    from trl_runs import ROWS, trained

    settings = {"scale_rewards": scheme.scale, "multi_objective_aggregation": scheme.aggregation}
    run = trained([length], log_completions=True, max_steps=2, **settings)
    for step, table in enumerate(run.tables, 1):
        path = tmp_path / f"completions_{step:05d}.parquet"
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(table), path)
    rows = tables.read_rows(str(tmp_path))
    found = diff(length, here(NumericMatch()), grouped(tables.logged(rows, tables.Names(), "", ROWS)), scheme=scheme)
    logged_by_trl = [row["advantage"] for row in rows]
    assert [change.advantages[0] for change in found.rows] == pytest.approx(logged_by_trl, rel=1e-3, abs=1e-3)
    assert len({round(value, 2) for value in logged_by_trl}) > 2


def length(completions, **columns):
    """How long is the completion?"""
    return [float(len(completion)) for completion in completions]


# --- groups ---


def test_neighbours_with_one_prompt_are_a_group():
    rows = (
        logged("ab", "x") + logged("cd", "y", first=3) + logged("e", "x", first=5) + logged("fg", "x", step=2, first=6)
    )
    assert [[row.number for row in group] for group in grouped(rows)] == [[1, 2], [3, 4], [5], [6, 7]]
    assert [len(group) for group in grouped(rows[:6], 3)] == [3, 3]


def test_what_makes_no_groups_is_refused():
    with pytest.raises(BadData, match="no two neighbouring rows"):
        grouped(logged("a", "x") + logged("b", "y"))
    with pytest.raises(BadData, match="rows without a prompt"):
        grouped(logged("ab", prompt=None))
    with pytest.raises(BadParameter, match="--group-size 1"):
        grouped(logged("ab"), 1)
    with pytest.raises(BadData, match="3 rows are no whole groups"):
        grouped(logged("abc"), 2)
    with pytest.raises(BadData, match="there is no completion"):
        diff(NumericMatch(), NumericMatch(), [])
