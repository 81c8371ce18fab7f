"""What TRL's own trainer makes of faulty reward functions and data: the mistakes that a wrapper has to guard against.

Each test shows one row of a table of mistakes; the mistakes stand in `trl_mistakes.py`.
"""

import importlib.util
import logging
import math
import multiprocessing
import pickle
from functools import partial
from itertools import permutations

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
from trl_runs import BATCH, CHAT_ROWS, GROUP, ROWS, Recorder, place, trained, trainer

pytestmark = pytest.mark.training

PLACES = [float(number) for number in range(BATCH)]
TIMINGS = {"train_runtime", "train_samples_per_second", "train_steps_per_second", "step_time"}  # differ in every run
LOWEST = -3.4028234663852886e38  # of 32 bits


def timeless(run):
    return [{name: value for name, value in entry.items() if name not in TIMINGS} for entry in run.history]


def warned(caplog):
    """What TRL warns of; what libraries say when they are imported is left out."""
    told = [record for record in caplog.records if record.name.startswith("trl.") and record.levelno >= logging.WARNING]
    return [record.getMessage() for record in told]


# --- names of rewards ---


@pytest.mark.parametrize("values", [(0.5, 15.0), (15.0, 0.5), (1.0, 2.0, 6.0)])
def test_row_01_rewards_of_one_name_are_one_averaged_metric_and_the_last_is_the_column(values):
    run = trained([partial(fixed_score, value=value) for value in values], log_completions=True)
    assert run.logged("reward") == [sum(values)]
    assert run.logged("rewards/fixed_score/mean") == [sum(values) / len(values)]
    assert {name for name in run.history[0] if name.startswith("rewards/")} == {
        "rewards/fixed_score/mean",
        "rewards/fixed_score/std",
    }
    assert run.column("fixed_score") == [values[-1]] * BATCH


# --- extra columns of the table of completions ---


@pytest.mark.parametrize(
    ("printed", "error", "said"),
    [
        (None, IndexError, "deque index out of range"),  # from the table on the screen
        (0, ValueError, "All arrays must be of the same length"),  # from the file, where none is printed
    ],
)
def test_row_02_a_short_extra_column_ends_the_run_once_the_step_is_done(printed, error, said):
    with trainer([logs_too_little], log_completions=True, num_completions_to_print=printed) as built:
        with pytest.raises(error, match=f"^{said}$"):
            built.train()
        assert built.state.global_step == 1


def test_row_02_a_short_extra_column_goes_unnoticed_until_completions_are_logged():
    assert trained([logs_too_little]).logged("reward") == [3.5]


def test_row_02_a_long_extra_column_is_cut_at_its_head_and_stands_beside_the_wrong_completions():
    run = trained([logs_too_much], log_completions=True)
    assert run.column("seen") == [*run.column("completion")[1:], "the end"]


def test_row_03_values_of_an_earlier_step_stand_beside_the_completions_of_a_later_one():
    run = trained([logs_the_first_step_only], max_steps=2, log_completions=True)
    first, second = (run.column("completion", step) for step in (1, 2))
    assert first != second
    assert [run.column("seen", step) for step in (1, 2)] == [first, first]


@pytest.mark.parametrize("reasons", list(permutations(["right", "well formed", "short"])))
def test_row_04_of_rewards_that_log_the_same_extra_column_only_the_last_is_kept(reasons):
    run = trained([partial(says_why, reason=reason) for reason in reasons], log_completions=True)
    assert run.column("why") == [reasons[-1]] * BATCH


@pytest.mark.parametrize("taken", ["logs_a_taken_column", "place", "completion", "prompt", "step"])
def test_row_05_an_extra_column_takes_the_place_of_a_reward_or_of_what_the_table_is_about(taken):
    run = trained([place, partial(logs_a_taken_column, taken=taken)], log_completions=True)
    assert run.column(taken) == ["mine"] * BATCH
    assert [run.logged(f"rewards/{name}/mean") for name in ("place", "logs_a_taken_column")] == [[3.5], [3.5]]


def test_row_05_an_extra_column_of_the_name_of_the_advantage_is_lost():
    run = trained([partial(logs_a_taken_column, taken="advantage")], log_completions=True)
    assert "mine" not in str(run.tables)
    assert run.column("advantage") == trained([place], log_completions=True).column("advantage")


# --- values ---


ENDLESS = [math.inf, -math.inf, 1e39]  # the last one is infinite in the 32 bits of the trainer


@pytest.mark.parametrize("value", ENDLESS)
def test_row_06_an_infinite_reward_leaves_its_group_without_a_gradient_and_no_warning(value, caplog):
    odd = partial(one_is_odd, value=value)
    one_group = {"per_device_train_batch_size": GROUP, "log_completions": True}
    run = trained([odd], **one_group)
    assert run.column("one_is_odd")[1:] == PLACES[1:GROUP]
    assert run.column("advantage") == [0.0] * GROUP
    assert run.logged("grad_norm") == run.logged("loss") == [0.0]
    assert run.logged("reward") == [math.copysign(math.inf, value)]
    assert warned(caplog) == []
    assert trained([place], **one_group).logged("grad_norm")[0] > 0.1


@pytest.mark.parametrize("value", ENDLESS)
def test_row_06_an_infinite_reward_leaves_the_other_groups_alone(value):
    run, sound = (trained([reward], log_completions=True) for reward in (partial(one_is_odd, value=value), place))
    assert run.column("advantage")[:GROUP] == [0.0] * GROUP
    assert run.column("advantage")[GROUP:] == sound.column("advantage")[GROUP:]
    assert len(set(sound.column("advantage")[GROUP:])) == GROUP


@pytest.mark.parametrize("value", ENDLESS)
def test_row_06_an_infinite_reward_leaves_the_batch_without_a_gradient_where_the_batch_is_scaled(value, caplog):
    run = trained([partial(one_is_odd, value=value)], scale_rewards="batch", log_completions=True)
    assert run.column("advantage") == [0.0] * BATCH
    assert run.logged("grad_norm") == [0.0]
    assert warned(caplog) == []


@pytest.mark.parametrize("value", ENDLESS)
def test_row_06_an_infinite_reward_destroys_the_weights_where_nothing_is_scaled(value, caplog):
    run = trained([partial(one_is_odd, value=value)], scale_rewards="none", log_completions=True)
    others = math.copysign(LOWEST, -value)
    assert run.column("advantage") == [0.0, others, others, others, -1.5, -0.5, 0.5, 1.5]
    assert math.isnan(run.logged("grad_norm")[0])
    assert all(weights.isnan().all() for weights in run.model.parameters())
    assert warned(caplog) == []


@pytest.mark.parametrize("at", [(0,), (5,), (0, 1, 6), tuple(range(GROUP)), tuple(range(BATCH))])
def test_row_07_nan_does_what_none_does(at):
    runs = [trained([partial(one_is_odd, value=value, at=at)], log_completions=True) for value in (math.nan, None, 0.5)]
    nan, none, half = map(timeless, runs)
    assert nan == none != half
    assert runs[0].column("advantage") == runs[1].column("advantage")


@pytest.mark.parametrize("at", [(0,), (5,), (3, 7), (0, 1, 6), tuple(range(GROUP))])
def test_row_08_none_beside_another_score_counts_as_0(at):
    none, zero = (
        trained([partial(one_is_odd, value=value, at=at), place], log_completions=True) for value in (None, 0.0)
    )
    for name in ("reward", "reward_std", "grad_norm", "loss"):
        assert none.logged(name) == zero.logged(name)
    assert none.column("advantage") == zero.column("advantage")
    known = [value for number, value in enumerate(PLACES) if number not in at]
    assert none.logged("rewards/one_is_odd/mean") == [pytest.approx(sum(known) / len(known), rel=1e-6)]
    assert zero.logged("rewards/one_is_odd/mean") == [sum(known) / BATCH]


def test_row_08_none_alone_is_left_out_of_its_group_and_told(caplog):
    run = trained([partial(one_is_odd, value=None)], log_completions=True)
    assert run.column("advantage")[:GROUP] == pytest.approx([0.0, -1.0, 0.0, 1.0], abs=1e-3)
    assert run.logged("reward") == [sum(PLACES[1:]) / 7]
    (said,) = warned(caplog)
    assert said.startswith("[RANK 0] All reward functions returned None for the following kwargs:\n{'answer': '6'")


# --- failures ---


@pytest.mark.parametrize("failing", [divides_by_zero_once, awaits_and_divides_by_zero_once])
def test_row_09_a_reward_that_fails_on_one_completion_ends_the_training(failing):
    with trainer([place, failing]) as built:
        with pytest.raises(ZeroDivisionError, match="float division by zero"):
            built.train()
        assert (built.state.global_step, built.state.log_history) == (0, [])


# --- signatures and columns ---


@pytest.mark.parametrize(
    ("function", "rows", "unexpected"),
    [
        (takes_completions, ROWS, "prompts"),
        (takes_the_columns_it_needs, ROWS, "completion_ids"),
        (takes_what_is_handed_over_today, with_column("level", 3), "level"),
    ],
)
def test_row_10_a_reward_that_takes_no_further_columns_is_refused_at_the_first_step_only(function, rows, unexpected):
    with trainer([function], rows) as built:
        with pytest.raises(
            TypeError, match=rf"^{function.__name__}\(\) got an unexpected keyword argument '{unexpected}'$"
        ):
            built.train()
        assert (built.state.global_step, built.state.log_history) == (0, [])


def test_row_10_a_reward_that_takes_all_columns_by_name_works_until_the_data_has_one_more():
    assert trained([takes_what_is_handed_over_today]).logged("reward") == [3.5]


@pytest.mark.parametrize("column", ["prompts", "completions"])
def test_row_11_a_data_column_named_as_an_argument_is_refused_at_the_first_step_only(column):
    with trainer([place], with_column(column)) as built:
        with pytest.raises(TypeError, match=rf"place\(\) got multiple values for keyword argument '{column}'$"):
            built.train()
        assert (built.state.global_step, built.state.log_history) == (0, [])


def the_call(rows):
    """What a reward is called with in the one step of a run."""
    recorder = Recorder()
    trained([recorder], rows)
    (call,) = recorder.calls
    return call


@pytest.mark.parametrize("column", ["trainer_state", "log_extra", "log_metric"])
def test_row_12_a_data_column_named_as_what_the_trainer_lends_is_written_over(column, caplog):
    call, without = the_call(with_column(column)), the_call(ROWS)
    assert call.keys() == without.keys()
    assert type(call[column]) is type(without[column])
    assert "mine" not in str(call)
    assert warned(caplog) == []
    assert the_call(with_column("level"))["level"] == ["mine"] * BATCH


@pytest.mark.parametrize("column", ["completion", "completion_ids"])
def test_row_13_a_data_column_of_completions_is_left_out(column, caplog):
    call, without = the_call(with_column(column)), the_call(ROWS)
    assert call.keys() == without.keys()
    assert call["completion_ids"] == without["completion_ids"]
    assert "mine" not in str(call)
    assert warned(caplog) == []


def texts(completions):
    return [completion if isinstance(completion, str) else completion[-1]["content"] for completion in completions]


@pytest.mark.parametrize("rows", [ROWS, CHAT_ROWS], ids=["text", "chat"])
def test_row_14_what_a_reward_changes_in_place_is_what_later_rewards_and_the_log_see(rows):
    before, after = Recorder(), Recorder()
    run = trained([before, adds_a_full_stop_in_place, after], rows, log_completions=True)
    as_generated, as_changed = (texts(recorder.calls[0]["completions"]) for recorder in (before, after))
    assert as_changed == [text + " ." for text in as_generated]
    assert texts(run.column("completion")) == as_changed


# --- what comes back ---


COUNT = "The reward function '{}' returned {} rewards, but 8 were expected "
UNCLEAR = {
    "a number": (1.0, TypeError, "'float' object is not iterable"),
    "a truth value": (True, TypeError, "'bool' object is not iterable"),
    "nothing": (None, TypeError, "'NoneType' object is not iterable"),
    "a text as long as the batch": ("1" * BATCH, ValueError, "too many dimensions 'str'"),
    "texts": (["1"] * BATCH, ValueError, "too many dimensions 'str'"),
    "a list for each": ([[1.0]] * BATCH, RuntimeError, r"expand\(torch.FloatTensor\{\[8, 1\]\}, size=\[8\]\)"),
}
MISCOUNTED = {"one number for all": [1.0], "none": [], "a text": "đúng", "a column": [[1.0] * BATCH]}
SILENT = {
    "a mapping from completion to reward": (dict.fromkeys(range(BATCH), 0.25), sum(range(BATCH)) / BATCH),
    "bytes": (b"\x00\x01" * GROUP, 0.5),
}


@pytest.mark.parametrize("function", [gives, gives_later])
@pytest.mark.parametrize("kind", UNCLEAR)
def test_row_15_what_is_no_list_of_numbers_is_refused_without_naming_the_reward(function, kind):
    result, error, said = UNCLEAR[kind]
    with pytest.raises(error, match=f"^{said}") as caught:
        trained([partial(function, result=result)])
    assert function.__name__ not in str(caught.value)


@pytest.mark.parametrize("function", [gives, gives_later])
@pytest.mark.parametrize("kind", MISCOUNTED)
def test_row_15_a_wrong_number_of_rewards_is_refused_by_name_and_count(function, kind):
    result = MISCOUNTED[kind]
    with pytest.raises(ValueError, match="^" + COUNT.format(function.__name__, len(result))):
        trained([partial(function, result=result)])


@pytest.mark.parametrize("function", [gives, gives_later])
@pytest.mark.parametrize("kind", SILENT)
def test_row_15_the_keys_of_a_mapping_and_the_bytes_of_a_string_are_taken_for_rewards(function, kind):
    result, mean = SILENT[kind]
    assert trained([partial(function, result=result)]).logged("reward") == [mean]


# --- evaluation ---


def test_row_16_an_evaluation_calls_rewards_as_a_step_of_training_does():
    recorder, training = Recorder(), []

    def watching(completions, **columns):
        training.append(built.model.training)
        return recorder(completions, **columns)

    with trainer([watching], eval_rows=ROWS[:2], max_steps=2, eval_strategy="steps", eval_steps=1) as built:
        built.train()
        assert [{"eval_reward", "reward"} & entry.keys() for entry in built.state.log_history] == [
            {"reward"},
            {"eval_reward"},
            {"reward"},
            {"eval_reward"},
            set(),
        ]
    _, evaluation, step, _ = recorder.calls
    assert evaluation.keys() == step.keys()
    assert {name: type(value) for name, value in evaluation.items()} == {
        name: type(value) for name, value in step.items()
    }
    for name in ("trainer_state", "log_extra", "log_metric"):
        assert evaluation[name] == step[name]
    assert training == [True, False, True, False]  # the one mark, on the trainer and not in the call


# --- processes ---


def test_row_17_a_closure_cannot_be_handed_to_a_process_and_a_function_of_a_module_can():
    with pytest.raises(AttributeError, match=r"Can't pickle local object 'limited_to.<locals>.within_the_limit'"):
        pickle.dumps(limited_to(3))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(place, [["7", "8", ""]]) == [0.0, 1.0, 2.0]


@pytest.mark.skipif(not importlib.util.find_spec("vllm"), reason="the rollout worker wants vLLM")
def test_row_17_the_worker_of_asynchronous_training_refuses_a_closure_when_it_starts(monkeypatch):
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")  # it warns that what is imported is experimental
    from trl.experimental.async_grpo.async_rollout_worker import AsyncRolloutWorker

    worker = AsyncRolloutWorker(reward_funcs=[place, limited_to(3)])
    with pytest.raises(
        TypeError, match=r"so they must be picklable\. Lambdas and closures are not: use a module-level "
    ):
        worker.start()
