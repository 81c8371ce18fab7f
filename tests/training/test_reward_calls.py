"""What TRL's own trainer hands to a reward function reaches it unchanged through `to_trl(from_trl(function))`."""

from types import SimpleNamespace

import pytest

from vireward import from_trl, per_group, to_trl, weighted
from vireward.errors import BadParameter

pytestmark = pytest.mark.training

TEXTS = ["<SOLUTION>7</SOLUTION>", "7", "", "tám"]


class Recorder:
    """A reward function that remembers what it was called with."""

    __name__ = "recorder"

    def __init__(self):
        self.calls = []

    def __call__(self, completions, **columns):
        self.calls.append({"completions": completions, **columns})
        columns["log_extra"]("seen", list(completions))
        return [float(place) for place, _ in enumerate(completions)]


@pytest.fixture
def trainer():
    """As much of a trainer as its way to call reward functions looks at; the way itself is TRL's."""
    from trl import GRPOTrainer

    def logs(*given):
        logged.append(given)

    logged = []
    stand_in = SimpleNamespace(
        accelerator=SimpleNamespace(device="cpu", is_main_process=True),
        args=SimpleNamespace(report_to=[]),
        state=SimpleNamespace(global_step=250),
        environments=None,
        reward_processing_classes=[None],
        reward_func_names=["recorder"],
        _log_completion_extra=logs,
        _log_metric=logs,
    )

    def call(function, prompts, completions, **columns):
        stand_in.reward_funcs = [function]
        inputs = [
            {"prompt": prompt, **{name: values[place] for name, values in columns.items()}}
            for place, prompt in enumerate(prompts)
        ]
        ids = [list(range(place + 1)) for place, _ in enumerate(completions)]
        calculate = GRPOTrainer._calculate_rewards
        return [value for (value,) in calculate(stand_in, inputs, prompts, completions, ids).tolist()]

    call.logged = logged
    return call


@pytest.mark.parametrize("chat", [True, False])
def test_a_reward_function_is_called_as_the_trainer_calls_it(trainer, chat):
    prompts, completions = ["3 + 4 = ?", "4 + 4 = ?"] * 2, TEXTS
    if chat:
        prompts = [[{"role": "system", "content": "Hãy nghĩ."}, {"role": "user", "content": p}] for p in prompts]
        completions = [[{"role": "assistant", "content": text}] for text in completions]
    columns = {"answer": ["7", 7.0, None, [8]], "level": [1, 2, 3, 4], "completion": ["reference"] * 4}
    direct, wrapped = Recorder(), Recorder()
    given = [trainer(function, prompts, completions, **columns) for function in (direct, to_trl(from_trl(wrapped)))]
    assert given == [[0.0, 1.0, 2.0, 3.0]] * 2
    shown = [str(completion) for completion in completions]  # the table holds no lists
    assert trainer.logged[:2] == [("seen", completions), ("recorder/seen", shown)]
    lent = {"log_extra": None, "log_metric": None}  # under the function's name
    assert [call | lent for call in direct.calls] == [call | lent for call in wrapped.calls]
    assert [call["completions"] for call in wrapped.calls] == [completions]
    assert {"prompts", "completion_ids", "answer", "level", "trainer_state", "log_extra", "log_metric"} < {
        "completions",
        *wrapped.calls[0],
    }


def test_a_split_group_ends_the_trainers_first_batch(trainer):
    reward = to_trl(weighted(a=(1.0, per_group(lambda samples: [0.0] * len(samples), size=4))))
    assert trainer(reward, ["a"] * 4, TEXTS, answer=["7"] * 4) == [0.0] * 4
    with pytest.raises(
        BadParameter, match=r"^per_group\(size=4\): the trainer handed over 2 completions of one prompt "
    ):
        trainer(reward, ["a", "a", "b", "b"], TEXTS, answer=["7"] * 4)
