"""The mistakes of `trl_mistakes.py` once more, handed to `make_trainer`: none spoils a run, and each is told."""

import math
import multiprocessing
import pickle
from dataclasses import dataclass
from functools import partial

import pytest
from trl_mistakes import (
    adds_a_full_stop_in_place,
    awaits_and_divides_by_zero_once,
    divides_by_zero_once,
    fixed_score,
    gives,
    gives_later,
    limited_to,
    logs_a_taken_column,
    logs_the_first_step_only,
    logs_too_little,
    logs_too_much,
    one_is_odd,
    says_why,
    takes_completions,
    takes_the_columns_it_needs,
    takes_what_is_handed_over_today,
    with_column,
)
from trl_runs import (
    BATCH,
    CHAT_ROWS,
    GROUP,
    ROWS,
    SETTINGS,
    Recorder,
    base_model,
    finished,
    guarded,
    guarded_trainer,
    place,
    settled_objects,
    tokenizer,
)

from vireward import Sample, Score, from_trl, to_trl, weighted
from vireward.errors import BadData, BadParameter, RewardFailed

pytestmark = pytest.mark.training

PLACES = [float(number) for number in range(BATCH)]


@dataclass(frozen=True)
class Fails:
    """Does it fail as told on every completion of an even place?"""

    score: Score

    def __call__(self, sample, /):
        return self.score if sample.place % 2 == 0 else 1.0


def has_no_value(entry):
    """Whether a reward in the table of completions is none."""
    return entry is None or math.isnan(entry)


def reasons(run, name, step=1):
    return run.column(f"{name}/why", step)


# --- names of rewards ---


@pytest.mark.parametrize("values", [(0.5, 15.0), (1.0, 2.0, 6.0)])
def test_row_01_rewards_of_one_name_get_names_of_their_own(values):
    run = guarded([partial(fixed_score, value=value) for value in values], log_completions=True)
    names = ["fixed_score", "fixed_score_2", "fixed_score_3"][: len(values)]
    assert run.logged("reward") == [sum(values)]
    for name, value in zip(names, values, strict=True):
        assert run.logged(f"rewards/{name}/mean") == [value]
        assert run.column(name) == [value] * BATCH


def test_row_01_a_mapping_gives_the_names():
    run = guarded({"low": partial(fixed_score, value=1.0), "high": partial(fixed_score, value=2.0)})
    assert (run.logged("rewards/low/mean"), run.logged("rewards/high/mean")) == ([1.0], [2.0])


@pytest.mark.parametrize("name", ["prompt", "completion", "step", "advantage"])
def test_row_01_a_reward_cannot_take_the_name_of_a_column_of_the_table(name):
    with pytest.raises(BadParameter, match=f"'{name}': another reward, or a column"), guarded_trainer({name: place}):
        pass


# --- extra columns of the table of completions ---


@pytest.mark.parametrize(("faulty", "count"), [(logs_too_little, 7), (logs_too_much, 9)])
def test_row_02_an_extra_column_of_a_wrong_length_fails_the_reward_and_not_the_run(faulty, count):
    run = guarded([place, faulty], log_completions=True)
    assert run.logged(f"{faulty.__name__}/failed") == [1.0]
    told = f"BadScore: {faulty.__name__}: log_extra('seen') got {count} values for 8 completions"
    assert reasons(run, faulty.__name__) == [told] * BATCH
    assert f"{faulty.__name__}/seen" not in run.tables[0][0]
    assert run.history[-1]["step"] == 1


def test_row_03_an_extra_column_that_is_not_logged_again_is_empty():
    run = guarded([logs_the_first_step_only], max_steps=2, log_completions=True)
    assert run.column("logs_the_first_step_only/seen", 1) == run.column("completion", 1)
    assert run.column("logs_the_first_step_only/seen", 2) == [None] * BATCH


def test_row_04_rewards_that_log_the_same_extra_column_keep_one_each():
    run = guarded(
        {"a": partial(says_why, reason="right"), "b": partial(says_why, reason="short")}, log_completions=True
    )
    assert (run.column("a/why"), run.column("b/why")) == (["no reason given"] * BATCH, ["no reason given"] * BATCH)
    run = guarded([partial(logs_a_taken_column, taken="seen")] * 2, log_completions=True)
    assert run.column("logs_a_taken_column/seen") == ["mine"] * BATCH
    assert run.column("logs_a_taken_column_2/seen") == ["mine"] * BATCH


@pytest.mark.parametrize("taken", ["logs_a_taken_column", "place", "completion", "prompt", "step", "advantage"])
def test_row_05_an_extra_column_takes_no_other_place(taken):
    run = guarded([place, partial(logs_a_taken_column, taken=taken)], log_completions=True)
    assert run.column(f"logs_a_taken_column/{taken}") == ["mine"] * BATCH
    assert run.column(taken) != ["mine"] * BATCH
    assert run.column("place") == run.column("logs_a_taken_column") == PLACES


# --- values ---


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e39, -1e39, 1e20, 10**400, math.nan])
@pytest.mark.parametrize("scale", ["group", "batch", "none"])
def test_rows_06_07_what_is_no_number_in_range_leaves_its_row_alone_out(value, scale):
    run = guarded([partial(one_is_odd, value=value)], scale_rewards=scale, log_completions=True)
    advantages = run.column("advantage")
    assert advantages[0] == 0.0
    assert all(math.isfinite(advantage) for advantage in advantages)
    assert len({*advantages[1:GROUP]}) == GROUP - 1
    assert 0.0 < run.logged("grad_norm")[0] < math.inf
    assert run.logged("one_is_odd/failed") == [1 / BATCH]
    assert run.logged("one_is_odd/abstained") == [0.0]
    assert reasons(run, "one_is_odd")[0].startswith("BadScore: a reward must be")
    assert all(math.isfinite(weight) for p in run.model.parameters() for weight in p.flatten().tolist())


def test_row_08_where_one_reward_has_no_value_none_has():
    run = guarded([place, partial(one_is_odd, value=None)], log_completions=True)
    alone = guarded([partial(one_is_odd, value=None)], log_completions=True)
    assert run.column("place")[1:] == PLACES[1:]
    assert [has_no_value(run.column(name)[0]) for name in ("place", "one_is_odd")] == [True, True]
    assert run.column("advantage") == pytest.approx(alone.column("advantage"), abs=1e-3)
    assert run.logged("one_is_odd/abstained") == [1 / BATCH]
    assert "left out, as another part has no value" in reasons(run, "place")[0]


def test_row_08_a_sum_that_may_skip_does_so():
    skipping = weighted(missing="skip", a=(1.0, from_trl(place)), b=(1.0, from_trl(partial(one_is_odd, value=None))))
    run = guarded(skipping, wrapper={"separate": True}, log_completions=True)
    assert run.column("a") == PLACES


# --- failures ---


@pytest.mark.parametrize("failing", [divides_by_zero_once, awaits_and_divides_by_zero_once])
def test_row_09_a_reward_that_raises_abstains_and_is_counted(failing):
    run = guarded([place, failing], log_completions=True)
    assert run.logged(f"{failing.__name__}/failed") == [1.0]
    assert reasons(run, failing.__name__) == ["ZeroDivisionError: float division by zero"] * BATCH
    assert run.logged("grad_norm") == [0.0]
    assert run.diagnostics[0]["rewards"][failing.__name__]["error"] == 1.0


def test_row_09_a_reward_that_raises_ends_the_run_if_asked_to():
    with guarded_trainer([place, divides_by_zero_once], wrapper={"on_error": "raise"}) as built:
        with pytest.raises(RewardFailed, match=r"ZeroDivisionError: float division by zero$") as caught:
            built.train()
        assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("outcome", ["error", "timeout", "crashed"])
@pytest.mark.parametrize("weight", [2.0, -2.0])
def test_row_09_the_floor_of_a_failure_is_never_a_positive_reward(outcome, weight):
    failing = Fails(Score(None, "it did", outcome=outcome))
    reward = weighted(place=(1.0, from_trl(place)), failing=(weight, failing))
    for separate in (False, True):
        wrapper = {"on_error": "floor", "floor": -3.0, "separate": separate}
        run = guarded(reward, wrapper=wrapper, log_completions=True)
        names = {"place": 1.0, "failing": weight} if separate else {"weighted": 1.0}
        values = [sum(row[name] * factor for name, factor in names.items()) for row in run.tables[0]]
        expected = -3.0 * (1.0 + abs(weight)) if separate else -3.0
        assert values == [expected if number % 2 == 0 else PLACES[number] + weight for number in range(BATCH)]


@pytest.mark.parametrize("floor", [0.5, math.inf, math.nan, "low", True])
def test_row_09_a_floor_that_pays_is_refused(floor):
    with pytest.raises(BadParameter, match=r"^to_trl\(floor="):
        to_trl(place_of, on_error="floor", floor=floor)


# --- signatures and columns ---


@pytest.mark.parametrize(
    "function",
    [takes_completions, takes_the_columns_it_needs, takes_what_is_handed_over_today],
    ids=lambda f: f.__name__,
)
def test_row_10_a_reward_gets_the_columns_that_it_takes(function):
    assert guarded([function], with_column("level", 3)).logged("reward") == [3.5]


@pytest.mark.parametrize("column", ["prompts", "completions"])
def test_row_11_a_data_column_named_as_an_argument_is_refused_before_the_first_step(column):
    with pytest.raises(BadData, match=f"column '{column}' has the name of an argument.*rename it$"):  # noqa: SIM117
        with guarded_trainer([place], with_column(column)):
            pass


@pytest.mark.parametrize("column", ["trainer_state", "log_extra", "log_metric", "completion", "completion_ids"])
def test_rows_12_13_a_data_column_that_no_reward_gets_is_told(column):
    with pytest.warns(UserWarning, match=f"column '{column}' has the name of an argument.*rename it$"):  # noqa: SIM117
        with guarded_trainer([place], with_column(column)):
            pass


def test_a_missing_column_of_golds_is_told_before_the_first_step():
    rows = [{"prompt": row["prompt"], "solution": row["answer"]} for row in ROWS]
    with pytest.raises(BadData, match=r"no column 'answer', there are 'prompt', 'solution'; name it by gold="):  # noqa: SIM117
        with guarded_trainer(Fails(Score(1.0, "")), rows):
            pass
    assert guarded(Fails(Score(1.0, "")), rows, wrapper={"gold": "solution"}).logged("reward") == [1.0]


@pytest.mark.parametrize("rows", [ROWS, CHAT_ROWS], ids=["text", "chat"])
def test_row_14_what_a_reward_changes_in_place_stays_its_own(rows):
    before, after = Recorder(), Recorder()
    run = guarded({"before": before, "changes": adds_a_full_stop_in_place, "after": after}, rows, log_completions=True)
    assert before.calls[0]["completions"] == after.calls[0]["completions"] == run.column("completion")


def changes_its_columns(sample):
    """A sample reward that writes into the chat messages of its row, and into its lists."""
    for column in ("completion", "prompt"):
        sample.columns[column][-1]["content"] += " ."
    sample.columns["completion_ids"].clear()
    sample.columns["steps"][0]["text"].append("mine")
    return float(sample.place)


def test_row_14_what_a_reward_of_a_sample_changes_in_its_columns_stays_its_own():
    rows = [{**row, "steps": [{"text": ["first"]}]} for row in CHAT_ROWS]
    before, after = Recorder(), Recorder()
    rewards = {"before": before, "changes": changes_its_columns, "again": changes_its_columns, "after": after}
    run = guarded(rewards, rows, log_completions=True)
    assert run.logged("changes/failed") == run.logged("again/failed") == [0.0]
    assert before.calls[0]["completions"] == after.calls[0]["completions"] == run.column("completion")
    for column in ("prompts", "completion_ids", "steps"):
        assert before.calls[0][column] == after.calls[0][column]
    assert after.calls[0]["steps"] == [[{"text": ["first"]}]] * BATCH
    assert all(after.calls[0]["completion_ids"])


# --- what comes back ---

UNFIT = {
    "a number": (1.0, "gave 1.0, not one result for each completion"),
    "a truth value": (True, "gave True, not one result for each completion"),
    "nothing": (None, "gave None, not one result for each completion"),
    "a text": ("1" * BATCH, "gave '11111111', not one result for each completion"),
    "bytes": (b"\x00\x01" * GROUP, "not one result for each completion"),
    "a mapping": (dict.fromkeys(range(BATCH), 0.25), "not one result for each completion"),
    "texts": (["1"] * BATCH, "a reward must be a finite number, a Score or None, got '1'"),
    "a list for each": ([[1.0]] * BATCH, "a reward must be a finite number, a Score or None, got [1.0]"),
    "one for all": ([1.0], "gave 1 results for 8 completions"),
}


@pytest.mark.parametrize("function", [gives, gives_later])
@pytest.mark.parametrize("kind", UNFIT)
def test_row_15_what_is_no_list_of_numbers_is_told_with_the_name_of_the_reward(function, kind):
    result, told = UNFIT[kind]
    run = guarded([place, partial(function, result=result)], log_completions=True)
    assert run.logged(f"{function.__name__}/failed") == [1.0]
    assert all(told in why for why in reasons(run, function.__name__))
    assert all(map(has_no_value, run.column(function.__name__)))


# --- evaluation ---


def test_row_16_diagnostics_tell_evaluation_from_training():
    run = guarded([place], eval_rows=ROWS[:2], max_steps=2, eval_strategy="steps", eval_steps=1)
    assert [(line["mode"], line["step"]) for line in run.diagnostics] == [
        ("train", 0),
        ("eval", 1),
        ("train", 1),
        ("eval", 2),
    ]


# --- processes ---


def place_of(sample):
    return float(len(sample.completion))


def test_row_17_a_reward_goes_into_a_process_and_one_that_cannot_is_told():
    reward = weighted(a=(1.0, from_trl(takes_completions, gold=None)), b=(1.0, place_of))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(to_trl(reward, gold=None), kwds={"completions": ["7"]}) == [1.0]
    with pytest.warns(UserWarning, match=r"within_the_limit does not pickle, and AsyncGRPO needs that; define it at"):
        made = to_trl(from_trl(limited_to(3)), gold=None)
    assert made(completions=["a b"]) == [1.0]
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(made)


def test_a_completion_that_was_cut_off_is_known_by_its_last_token():
    seen = []

    def watch(sample: Sample):
        seen.append((sample.truncated, sample.tokens))
        return 0.0

    run = guarded(watch)
    assert len(seen) == BATCH
    assert sum(cut for cut, _ in seen) / BATCH == run.logged("completions/clipped_ratio")[0]
    assert run.diagnostics[0]["truncated"] == run.logged("completions/clipped_ratio")[0]


def test_a_stream_of_prompts_and_several_data_sets_for_evaluation_are_taken(tmp_path):
    import copy

    from datasets import Dataset, IterableDataset
    from trl import GRPOConfig

    from vireward.training import make_trainer

    built = make_trainer(
        copy.deepcopy(base_model()),
        place,
        args=GRPOConfig(output_dir=str(tmp_path / "new"), **SETTINGS | {"eval_strategy": "steps", "eval_steps": 1}),
        train_dataset=IterableDataset.from_generator(lambda: iter(ROWS * 4)),
        eval_dataset={"one": Dataset.from_list(ROWS[:2]), "other": Dataset.from_list(ROWS[2:])},
        processing_class=copy.deepcopy(tokenizer()),
    )
    with settled_objects():
        run = finished(built)
    assert run.logged("eval_reward") == [3.5, 3.5]
    assert [line["mode"] for line in run.diagnostics] == ["train", "eval", "eval"]
