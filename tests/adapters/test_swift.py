"""A reward called as ms-swift calls it; where ms-swift is installed, by its own code."""

import copy
import math
import pickle
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward.adapters.swift import SwiftOrm, SwiftReward, to_swift
from vireward.adapters.trl import to_trl
from vireward.errors import BadParameter, RewardFailed
from vireward.rewards import FormatExact, NumericMatch

RIGHT = "<thinking>3 + 4</thinking>\n<SOLUTION>7</SOLUTION>"
WRONG = "<thinking>3 + 4</thinking>\n<SOLUTION>8</SOLUTION>"
NONE = "Bảy."
WEIGHTED = vireward.weighted(shape=(1.0, FormatExact()), correct=(2.0, NumericMatch()))


@dataclass(frozen=True)
class Brittle:
    """Does it fail on a wrong answer?"""

    def __call__(self, sample, /):
        if sample.completion == WRONG:
            raise ZeroDivisionError("division by zero")
        return 1.0


def call(orm, completions, *, tokens=lambda i: [list(range(3 + i))], step=250, **columns):
    """What swift's GRPO trainer does: it builds the reward, and calls it with the rows of a batch."""
    size = len(completions)
    turns = [
        [
            {"role": "system", "content": "Hãy nghĩ."},
            {"role": "user", "content": f"{i} + 4 = ?"},
            {"role": "assistant", "content": text},
        ]
        for i, text in enumerate(completions, 3)
    ]
    own = {"messages": turns, "prompt_id": [""] * size, "finish_reason": ["stop"] * size, "rollout_infos": [{}] * size}
    own["response_token_ids"] = [tokens(i) for i in range(size)]
    reward = orm(args=SimpleNamespace(max_completion_length=512))
    return reward(completions, trainer_state=SimpleNamespace(global_step=step), **own, **columns)


def seen_by(completions=(RIGHT,), *, gold="solution", **columns):
    """The samples that a reward gets to see."""
    samples = []
    call(to_swift(lambda sample: samples.append(sample), gold=gold), completions, **columns)
    return samples


# --- values ---


def test_each_completion_gets_the_score_of_its_own_row():
    values = call(to_swift(WEIGHTED), [RIGHT, WRONG, NONE, RIGHT], solution=["7", "7", "7", "8"])
    assert values == [6.0, 2.0, 0.0, 2.0]


@given(
    rows=st.lists(st.tuples(st.sampled_from([RIGHT, WRONG, NONE, ""]), st.sampled_from(["7", "x", "", None, 7, [7]]))),
    reward=st.sampled_from([WEIGHTED, NumericMatch(), Brittle()]),
    abstained=st.none() | st.floats(-10, 10),
)
def test_the_values_are_those_that_trl_gets_with_what_stands_for_none(rows, reward, abstained):
    texts, golds = [text for text, _ in rows], [gold for _, gold in rows]
    values = call(to_swift(reward, abstained=abstained), texts, solution=golds)
    assert values == [abstained if v is None else v for v in to_trl(reward)(completions=texts, answer=golds)]
    assert all(value is None or math.isfinite(value) for value in values)


def test_a_missing_gold_is_none_and_not_zero():
    assert call(to_swift(NumericMatch()), [RIGHT, RIGHT], solution=["7", None]) == [1.5, None]
    assert call(to_swift(NumericMatch(), abstained=-1.0), [RIGHT, RIGHT], solution=["7", None]) == [1.5, -1.0]


def test_the_gold_may_stand_in_a_column_of_another_name():
    assert call(to_swift(NumericMatch(), gold="answer"), [RIGHT], answer=["7"], solution=["8"]) == [1.5]


def test_a_reward_that_needs_no_gold_needs_no_column():
    assert call(to_swift(FormatExact(), gold=None), [RIGHT, NONE]) == [3.0, 0.0]


def test_it_can_be_called_with_nothing_but_what_it_needs():
    assert to_swift(NumericMatch())()([RIGHT], solution=["7"]) == [1.5]
    assert to_swift(NumericMatch())()(completions=[RIGHT], solution=["7"]) == [1.5]


def test_chat_messages_are_read():
    assert to_swift(FormatExact(), gold=None)()([[{"role": "assistant", "content": RIGHT}]]) == [3.0]


def test_a_reward_of_whole_groups_gets_them():
    group = pytest.importorskip("vireward.group")
    whole = group.per_group(lambda samples: [float(len(s.completion) == 1) for s in samples], size=2)
    turns = [[{"role": "user", "content": q}, {"role": "assistant", "content": "."}] for q in "aabb"]
    reward = to_swift(whole, gold=None)()
    assert reward(["x", "yy", "z", "zz"], messages=turns) == [1.0, 0.0, 1.0, 0.0]
    with pytest.raises(BadParameter, match="per_group"):
        reward(["x", "yy", "z"], messages=turns[:3])


# --- what a reward gets to see ---


@pytest.mark.parametrize("tokens", [lambda i: [[1, 2], [3] * (i + 1)], lambda i: [1, 2] + [3] * (i + 1)])
def test_a_sample_has_the_row_and_the_step(tokens):
    samples = seen_by([RIGHT, WRONG], tokens=tokens, solution=["7", 8.0], level=[1, 2])
    assert [(s.completion, s.gold, s.prompt, s.tokens, s.step, s.columns["level"]) for s in samples] == [
        (RIGHT, "7", "3 + 4 = ?", 3, 250, 1),
        (WRONG, "8", "4 + 4 = ?", 4, 250, 2),
    ]
    assert samples[0].columns["finish_reason"] == "stop"


@pytest.mark.parametrize("tokens", [lambda i: [], lambda i: None, lambda i: [[]]])
def test_tokens_that_swift_does_not_have_are_not_known(tokens):
    (sample,) = seen_by(tokens=tokens, solution=["7"])
    assert sample.tokens is None


def test_what_is_not_known_is_none():
    samples = []
    to_swift(lambda sample: samples.append(sample), gold=None)()([RIGHT])
    assert (samples[0].gold, samples[0].prompt, samples[0].tokens, samples[0].step) == (None, None, None, None)


@pytest.mark.parametrize("name", ["prompts", "completion_ids", "log_extra", "log_metric"])
def test_a_column_with_a_name_of_trls_own_does_no_harm(name):
    (sample,) = seen_by(solution=["7"], **{name: ["x"]})
    assert (sample.gold, sample.prompt, sample.tokens) == ("7", "3 + 4 = ?", 3)


def test_it_leaves_its_arguments_as_they_were():
    batch = {"messages": [[{"role": "user", "content": "?"}, {"role": "assistant", "content": RIGHT}]]}
    batch |= {"completions": [RIGHT], "solution": [7.0], "response_token_ids": [[[1, 2]]]}
    before = copy.deepcopy(batch)
    to_swift(WEIGHTED)()(**batch)
    assert batch == before


# --- failures and wrong use ---


def test_one_failing_completion_is_none():
    assert call(to_swift(Brittle()), [RIGHT, WRONG, NONE], solution=["7"] * 3) == [1.0, None, 1.0]
    assert call(to_swift(Brittle(), abstained=-1.0), [RIGHT, WRONG, NONE], solution=["7"] * 3) == [1.0, -1.0, 1.0]


def test_a_failure_is_raised_when_asked_for():
    with pytest.raises(RewardFailed) as caught:
        call(to_swift(Brittle(), on_error="raise"), [RIGHT, WRONG], solution=["7"] * 2)
    assert str(caught.value) == "brittle raised ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_error": "zero"}, "to_swift(on_error='zero'): must be one of abstain, raise"),
        ({"abstained": math.nan}, "to_swift(abstained=nan): must be a finite number"),
        ({"gold": 7}, "to_swift(gold=7): must be the name of a column, or None"),
        ({"name": ""}, "to_swift(name=''): must be a text that is not empty, or None"),
        ({"name": 7}, "to_swift(name=7): must be a text that is not empty, or None"),
    ],
)
def test_wrong_use_is_named_at_once(options, message):
    with pytest.raises(BadParameter) as caught:
        to_swift(WEIGHTED, **options)
    assert str(caught.value) == message


@pytest.mark.parametrize("reward", ["format_exact", None, FormatExact])
def test_what_is_no_reward_is_refused(reward):
    with pytest.raises(BadParameter, match=r"^to_swift\(reward=.*\): must be a reward"):
        to_swift(reward)


def test_a_gold_that_is_no_column_is_named():
    with pytest.raises(BadParameter) as caught:
        to_swift(NumericMatch())()([RIGHT], answer=["7"], level=[1])
    assert str(caught.value) == "to_swift(gold='solution'): no such dataset column, there are ['answer', 'level']"


# --- a value among values ---


@pytest.mark.parametrize(
    ("orm", "name"),
    [
        (to_swift(FormatExact()), "format_exact"),
        (to_swift(WEIGHTED), "weighted"),
        (to_swift(Brittle()), "brittle"),
        (to_swift(WEIGHTED, name="toán"), "toán"),
    ],
)
def test_its_class_has_the_name_that_swift_logs(orm, name):
    assert type(orm()).__name__ == name
    assert type(orm()) is type(orm(args=None))


def test_it_pickles_and_compares():
    orm = to_swift(WEIGHTED, gold="answer", abstained=-1.0, on_error="raise", name="toán")
    for value in (orm, orm()):
        again = pickle.loads(pickle.dumps(value))
        assert again == value
        assert hash(again) == hash(value)
        assert type(again) is type(value)
        assert eval(repr(value), vars(vireward) | {"SwiftOrm": SwiftOrm}) == value
    assert isinstance(orm(), SwiftReward)
    assert orm() != to_swift(WEIGHTED, gold="answer")()
    assert pickle.loads(pickle.dumps(orm()))([RIGHT], answer=["7"]) == [6.0]


# --- swift's own code ---

PLUGIN = """
import vireward
from swift.rewards import orms
from vireward.adapters.swift import to_swift

orms["vi_number"] = to_swift(vireward.NumericMatch())
orms["vi_format"] = to_swift(vireward.FormatExact(), gold=None)
"""


def swift(module):
    reason = "ms-swift is not installed with what this needs"
    return pytest.importorskip(f"swift.{module}", reason=reason, exc_type=ImportError)


def plugged_in(tmp_path, names=("vi_number", "vi_format"), file=PLUGIN):
    """The rewards of a plug-in file, as swift's trainers build them, and the names under which they log them."""
    utils, trainers = swift("utils"), swift("rlhf_trainers.utils")
    (tmp_path / "plugin.py").write_text(file, encoding="utf-8")
    utils.import_external_file(str(tmp_path / "plugin.py"))
    return trainers.resolve_reward_funcs(list(names), args=SimpleNamespace())


def rollouts(rows):
    """Samples that swift has generated for one prompt, with their golds."""
    sample = swift("rl_core.data").GRPOSample
    question = {"role": "user", "content": "3 + 4 = ?"}
    return [
        sample(
            messages=[question, {"role": "assistant", "content": text}],
            extra={"solution": gold},
            response_token_ids=[[1, 2, 3]],
            finish_reason="stop",
        )
        for text, gold in rows
    ]


def scored(rewards, rows):
    """The matrix of rewards that swift makes: a row for each completion, NaN where a reward has no value."""
    algorithm, torch = swift("rl_core.grpo_algorithm"), pytest.importorskip("torch")
    state = SimpleNamespace(global_step=3)
    return algorithm.score_completions(rollouts(rows), rewards, None, False, torch.device("cpu"), trainer_state=state)


@pytest.mark.filterwarnings("ignore")
def test_swift_builds_and_calls_a_plugged_in_reward(tmp_path):
    rewards, names = plugged_in(tmp_path)
    assert names == ["numeric_match", "format_exact"]
    matrix = scored(rewards, [(RIGHT, "7"), (WRONG, "7"), (NONE, "7"), (RIGHT, 8)])
    assert matrix.tolist() == [[1.5, 3.0], [-0.5, 3.0], [0.0, 0.0], [-0.5, 3.0]]


@pytest.mark.filterwarnings("ignore")
def test_the_trainer_builds_it_too(tmp_path):
    trainer = swift("rlhf_trainers.grpo_trainer").GRPOTrainer
    plugged_in(tmp_path)
    off = {"use_gym_env": False, "is_deepspeed_enabled": False, "is_fsdp_enabled": False}
    device = SimpleNamespace(device="cpu")
    built = SimpleNamespace(args=SimpleNamespace(reward_weights=[1.0, 0.2]), accelerator=device, **off)
    trainer._prepare_rewards(built, ["vi_number", "vi_format"])
    assert built.reward_func_names == ["numeric_match", "format_exact"]
    assert built.reward_funcs == [to_swift(NumericMatch())(), to_swift(FormatExact(), gold=None)()]


@pytest.mark.filterwarnings("ignore")
def test_swift_leaves_an_abstention_out_of_the_mean_and_the_sum(tmp_path):
    rewards, names = plugged_in(tmp_path)
    advantage, torch = swift("rl_core.advantage"), pytest.importorskip("torch")
    matrix = scored(rewards, [(RIGHT, "7"), (NONE, None)])
    assert math.isnan(matrix[1, 0])
    _, sums = advantage.compute_advantages(matrix, torch.ones(2), 2)
    assert sums.tolist() == [4.5, 0.0]
    metrics = advantage.compute_reward_metrics(sums, matrix, names, 2, "group")
    assert metrics.per_func_mean == {"numeric_match": 1.5, "format_exact": 1.5}


@pytest.mark.filterwarnings("ignore")
def test_swift_sums_up_to_zero_where_no_reward_has_a_value(tmp_path):
    rewards, _ = plugged_in(tmp_path, ["vi_number"])
    advantage, torch = swift("rl_core.advantage"), pytest.importorskip("torch")
    matrix = scored(rewards, [(RIGHT, None), (WRONG, None)])
    assert torch.isnan(matrix).all()
    advantages, sums = advantage.compute_advantages(matrix, torch.ones(1), 2)
    assert sums.tolist() == advantages.tolist() == [0.0, 0.0]
