"""Odd rewards, handed to `make_trainer`: none ends a run or spoils its tables, and each is told."""

import math
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trl_runs import BATCH, GROUP, ROWS, guarded, guarded_trainer, place

from vireward import Score, first_of, from_trl, to_trl, weighted
from vireward.adapters.trl_parts import to_trl_parts
from vireward.errors import BadData
from vireward.training.diagnostics import Diagnostics
from vireward.training.folder import read_lines, write_lines

pytestmark = pytest.mark.training


class Unreadable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def raises_unreadably(sample):
    raise Unreadable


ODD_SCORES = [(None, {}), (5, {}), ("x", {"a": 0.5}), ("x", None), ("x", [1.0])]


def test_an_exception_without_readable_text_fails_the_reward_and_not_the_run():
    run = guarded(raises_unreadably, log_completions=True)
    assert run.column("raises_unreadably/why") == ["Unreadable: its text cannot be read"] * BATCH


@pytest.mark.parametrize(("why", "parts"), ODD_SCORES)
def test_a_score_that_cannot_be_logged_fails_the_reward_and_not_the_run(why, parts):
    def odd(sample):
        return Score(1.0, why, parts)

    run = guarded(odd, log_completions=True)
    assert run.logged("odd/failed") == [1.0]
    assert all("of a score must be" in told for told in run.column("odd/why"))


@given(st.floats(1e5 + 2, 1e300), st.sampled_from([1, -1]))
def test_a_sum_is_within_the_range_of_a_reward_whatever_its_weights(weight, sign):
    whole = to_trl(weighted(a=(sign * weight, len_of), b=(1.0, len_of)), gold=None)
    assert whole(completions=["", "x"]) == [0.0, None]
    parts, _ = to_trl_parts(whole)
    assert [part(completions=["", "x"]) for part in parts] == [[0.0, None]] * 2


def len_of(sample):
    return float(len(sample.completion))


@pytest.mark.parametrize("value", [1e308, -1e308, 1.7e308, 0.5])
def test_parts_of_any_size_have_a_mean(value):
    seen = {}
    whole = to_trl(partial(has_part, value=value), gold=None, name="one")
    whole(completions=["x"] * 8, log_metric=seen.__setitem__)
    assert seen["one/a"] == pytest.approx(value)


def has_part(sample, value):
    return Score(1.0, "", {"a": Score(value, "")})


ODD_COLUMNS = [[1, "a"], [object(), None], [{"a": 1}, [2]], [{1: 2}, {}], [10**400, 1], ["\ud800", "a"], [1 + 2j, 1]]


@pytest.mark.parametrize("values", ODD_COLUMNS, ids=range(len(ODD_COLUMNS)))
def test_a_column_of_any_values_can_be_written(values):
    def logs(completions, log_extra, **columns):
        log_extra("seen", values * (BATCH // 2))
        return place(completions)

    run = guarded(logs, log_completions=True)
    assert run.column("logs") == [float(n) for n in range(BATCH)]
    assert all(value is None or isinstance(value, str) for value in run.column("logs/seen"))


@pytest.mark.parametrize("values", [[1, None], [0.5, math.inf], [True, False], ["a", None], [2**63 - 1, -(2**63)]])
def test_a_column_of_one_kind_stays_as_it_is(values):
    def logs(completions, log_extra, **columns):
        log_extra("seen", values)
        return place(completions)

    seen = {}
    to_trl(from_trl(logs, gold=None), gold=None)(completions=["x", "y"], log_extra=seen.__setitem__)
    assert seen["logs/seen"] == values


def test_a_reason_with_half_a_character_can_be_written():
    run = guarded(lambda sample: Score(1.0, "\ud800"), log_completions=True)
    assert run.column("<lambda>/why") == ["?"] * BATCH


def logs_then_raises(completions, log_extra, trainer_state, **columns):
    if trainer_state.global_step:
        raise ValueError("later")
    log_extra("seen", ["old"] * len(completions))
    return place(completions)


def logs_each_time(completions, log_extra, **columns):
    log_extra("seen", ["old"] * len(completions))
    return place(completions)


def logs_under_odd_names(completions, log_extra, trainer_state, **columns):
    if trainer_state.global_step == 0:
        log_extra(5, completions)
        log_extra("seen", ["old"] * len(completions))
    return place(completions)


def speaks_later(sample):
    return None if sample.step == 0 else 1.0


@pytest.mark.parametrize("logs", [logs_then_raises, logs_each_time, logs_under_odd_names])
def test_a_column_of_an_earlier_batch_is_never_shown_again(logs):
    reward = from_trl(logs, gold=None)
    reward = first_of(speaks_later, reward) if logs is logs_each_time else reward
    run = guarded({"one": reward}, max_steps=2, log_completions=True)
    assert run.column(f"{logs.__name__}/seen", 1) == ["old"] * BATCH
    assert run.column(f"{logs.__name__}/seen", 2) == [None] * BATCH
    assert run.logged("one/failed") == [0.0, float(logs is logs_then_raises)]


@given(rows=st.lists(st.dictionaries(st.just("text"), st.text(st.characters(codec="utf-8")), min_size=1)))
def test_lines_are_read_as_they_were_written(tmp_path_factory, rows):
    file = tmp_path_factory.mktemp("run") / "diagnostics.jsonl"
    write_lines(file, [*rows, {"text": "\u2028 \x85"}])
    with file.open("ab") as cut_off:
        cut_off.write('{"text": "đ'.encode()[:-1])
    assert read_lines(file) == [*rows, {"text": "\u2028 \x85"}]


def test_a_data_column_may_be_named_self():
    assert guarded(place, [{**row, "self": "x"} for row in ROWS]).logged("reward") == [3.5]
    parts, _ = to_trl_parts(to_trl(weighted(a=(1.0, len_of)), gold=None))
    assert [one(completions=["x"], self=["y"]) for one in (parts[0].whole, parts[0])] == [[1.0], [1.0]]


@given(st.lists(st.text(max_size=5), min_size=1, max_size=6))
def test_a_part_that_is_asked_again_looks_again(texts):
    parts, _ = to_trl_parts(to_trl(weighted(a=(1.0, len_of), b=(2.0, len_of)), gold=None))
    completions = [""]
    for text in texts:
        completions[0] = text
        assert [part(completions=completions) for part in parts] == [[float(len(text))]] * 2


@pytest.mark.parametrize(
    ("change", "told"), [({"prompts": "x"}, "rename it"), ({"answer": None}, "no column 'answer'")]
)
def test_each_of_several_data_sets_for_evaluation_is_checked(change, told):
    from datasets import Dataset

    rows = [{name: value for name, value in (row | change).items() if value is not None} for row in ROWS]
    several = {"sound": Dataset.from_list(ROWS), "odd": Dataset.from_list(rows)}
    with pytest.raises(BadData, match=told), guarded_trainer(place, wrapper={"eval_dataset": several}):
        pass


def test_a_disk_that_is_full_when_a_run_is_resumed_ends_the_diagnostics_and_not_the_run(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vireward.training.diagnostics.write_lines", full)
    file, said = tmp_path / "diagnostics.jsonl", []
    file.touch()
    one = Diagnostics(file, group_size=lambda _: GROUP, is_training=lambda: True, say=said.append)
    one.resume(3)
    assert (one.file, said) == (None, [f"{file}: No space left on device; the run goes on without further diagnostics"])
