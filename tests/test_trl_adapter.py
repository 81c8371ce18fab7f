"""A reward called as `trl.GRPOTrainer` calls it; TRL itself is not imported."""

import copy
import math
import pickle
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward.adapters.trl import TrlReward, to_trl
from vireward.errors import BadParameter, BadSample, RewardFailed
from vireward.records import Sample, Score
from vireward.rewards import AnswerMatch, FormatExact, NumericMatch, TagCount

RIGHT = "<thinking>3 + 4</thinking>\n<SOLUTION>7</SOLUTION>"
WRONG = "<thinking>3 + 4</thinking>\n<SOLUTION>8</SOLUTION>"
NONE = "Bảy."
REWARD = vireward.weighted(shape=(1.0, FormatExact()), correct=(2.0, NumericMatch()))


class Trainer:
    """What GRPOTrainer hands to a reward, and what it does with what comes back."""

    def __init__(self, step=0):
        self.state = SimpleNamespace(global_step=step)
        self.extra = defaultdict(list)
        self.metrics = defaultdict(list)

    def call(self, reward, completions, *, chat=True, **columns):
        prompts = [f"{i} + 4 = ?" for i in range(3, 3 + len(completions))]
        if chat:
            prompts = [[{"role": "system", "content": "Hãy nghĩ."}, {"role": "user", "content": p}] for p in prompts]
            completions = [[{"role": "assistant", "content": text}] for text in completions]
        return reward(
            prompts=prompts,
            completions=completions,
            completion_ids=[list(range(3 + i)) for i in range(len(completions))],
            **columns,
            trainer_state=self.state,
            log_extra=lambda column, values: self.extra[column].extend(values),
            log_metric=lambda name, value: self.metrics[name].append(value),
        )


def means(trainer):
    """The metrics of the parts."""
    return {name: values for name, values in trainer.metrics.items() if not name.endswith(("/abstained", "/failed"))}


def seen_by(completions=(RIGHT,), gold="answer", chat=True, **columns):
    """The samples that a reward gets to see."""
    samples = []

    def watch(sample):
        samples.append(sample)
        return 0.0

    Trainer(step=250).call(to_trl(watch, gold=gold), completions, chat=chat, **columns)
    return samples


@dataclass(frozen=True)
class Brittle:
    """Does it fail on a wrong answer?"""

    def __call__(self, sample, /):
        if sample.completion == WRONG:
            raise ZeroDivisionError("division by zero")
        return 1.0


# --- values ---


@pytest.mark.parametrize("chat", [True, False])
def test_each_completion_gets_the_score_of_its_own_row(chat):
    values = Trainer().call(to_trl(REWARD), [RIGHT, WRONG, NONE, RIGHT], chat=chat, answer=["7", "7", "7", "8"])
    assert values == [6.0, 2.0, 0.0, 2.0]


@pytest.mark.parametrize(
    ("reward", "values"),
    [
        (FormatExact(), [3.0, 3.0, 0.0]),
        (TagCount(), [2.0, 2.0, -4.0]),
        (AnswerMatch(), [3.0, -1.5, 0.0]),
        (NumericMatch(), [1.5, -0.5, 0.0]),
    ],
)
def test_the_four_built_in_rewards_keep_their_scores(reward, values):
    assert Trainer().call(to_trl(reward), [RIGHT, WRONG, NONE], answer=["7"] * 3) == values


@given(st.lists(st.tuples(st.sampled_from([RIGHT, WRONG, NONE, ""]), st.sampled_from(["7", "8", "x", "", None]))))
def test_there_is_one_finite_value_or_none_for_each_completion(rows):
    completions, golds = [text for text, _ in rows], [gold for _, gold in rows]
    values = Trainer().call(to_trl(REWARD), completions, answer=golds)
    assert values == [REWARD(Sample(text, gold)).value for text, gold in rows]
    assert all(value is None or math.isfinite(value) for value in values)


def test_a_missing_gold_is_none_and_not_zero():
    assert Trainer().call(to_trl(NumericMatch()), [RIGHT, RIGHT], answer=["7", None]) == [1.5, None]


def test_a_reward_that_needs_no_gold_needs_no_column():
    assert Trainer().call(to_trl(FormatExact(), gold=None), [RIGHT, NONE]) == [3.0, 0.0]


def test_the_gold_may_stand_in_a_column_of_another_name():
    reward = to_trl(NumericMatch(), gold="solution")
    assert Trainer().call(reward, [RIGHT], solution=["7"], answer=["8"]) == [1.5]


def test_an_empty_batch_has_no_values():
    assert Trainer().call(to_trl(REWARD), [], answer=[]) == []


def test_it_can_be_called_with_nothing_but_what_it_needs():
    assert to_trl(NumericMatch())(completions=[RIGHT], answer=["7"]) == [1.5]
    assert to_trl(lambda sample: sample.tokens)(["3 + 4 = ?"], [RIGHT], [[1, 2, 3]], answer=["7"]) == [3.0]


# --- what a reward gets to see ---


@pytest.mark.parametrize("chat", [True, False])
def test_a_sample_has_the_row_and_the_step(chat):
    (sample,) = seen_by(chat=chat, answer=["7"], level=[3])
    assert sample.completion == RIGHT
    assert (sample.gold, sample.prompt, sample.tokens, sample.step) == ("7", "3 + 4 = ?", 3, 250)
    assert sample.columns["level"] == 3
    assert sample.columns["answer"] == "7"


def test_rows_are_not_mixed_up():
    samples = seen_by([RIGHT, WRONG, NONE], answer=["7", "8", "9"], level=[1, 2, 3])
    assert [(s.prompt, s.completion, s.gold, s.tokens, s.columns["level"]) for s in samples] == [
        ("3 + 4 = ?", RIGHT, "7", 3, 1),
        ("4 + 4 = ?", WRONG, "8", 4, 2),
        ("5 + 4 = ?", NONE, "9", 5, 3),
    ]


def test_what_is_not_known_is_none():
    samples = []
    to_trl(lambda sample: samples.append(sample), gold=None)(completions=[RIGHT])
    (sample,) = samples
    assert (sample.gold, sample.prompt, sample.tokens, sample.step) == (None, None, None, None)


@pytest.mark.parametrize("value", [7, "abc", None, {"a": 1}, [1, 2, 3, 4], object()])
def test_a_keyword_that_is_no_column_is_left_out(value):
    samples = seen_by([RIGHT] * 3, answer=["7"] * 3, environments=value)
    assert all("environments" not in sample.columns for sample in samples)


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        ("1.500", "1.500"),
        (" 7 ", " 7 "),
        ("", ""),
        (None, None),
        (7, "7"),
        (7.0, "7"),
        (1.125, "9/8"),
        (-0.1, "-1/10"),
        (1e16, "10000000000000000"),
        (Decimal("1.125"), "9/8"),
        (Fraction(9, 8), "9/8"),
        (math.nan, None),
        (Decimal("nan"), None),
        (math.inf, "inf"),
        (True, "True"),
        ([7, 8], "7; 8"),
        (["1,5"], "1,5"),
        (["x = 1", "x = 2"], "x = 1; x = 2"),
        ([], None),
        ([7, None], None),
        ([[7]], None),
        ({"answer": 7}, None),
    ],
)
def test_a_gold_is_text_that_every_number_style_reads_alike(gold, text):
    (sample,) = seen_by(answer=[gold])
    assert sample.gold == text


def test_a_numpy_gold_is_a_number_too():
    numpy = pytest.importorskip("numpy")
    golds = [numpy.float64(1.125), numpy.float32(1.125), numpy.int64(7), numpy.float64("nan")]
    assert [sample.gold for sample in seen_by([RIGHT] * 4, answer=golds)] == ["9/8", "9/8", "7", None]


@pytest.mark.parametrize("style", ["vi", "en"])
def test_a_decimal_gold_is_met_in_either_style(style):
    shown = {"vi": "1,125", "en": "1.125"}[style]
    completion = RIGHT.replace(">7<", f">{shown}<")
    assert Trainer().call(to_trl(NumericMatch(style=style)), [completion], answer=[1.125]) == [1.5]


# --- what it logs ---


def test_the_reason_of_every_score_is_logged():
    trainer = Trainer()
    trainer.call(to_trl(FormatExact()), [RIGHT, NONE], answer=["7", "7"])
    assert trainer.extra == {"format_exact/why": ["well formed", "<thinking> stands 0 times, needs exactly one"]}
    assert trainer.metrics == {"format_exact/abstained": [0.0], "format_exact/failed": [0.0]}


@given(st.lists(st.sampled_from([RIGHT, WRONG, NONE])), st.sampled_from(["7", None]))
def test_there_is_a_reason_for_each_completion_whatever_happens(completions, gold):
    trainer = Trainer()
    trainer.call(to_trl(Brittle()), completions, answer=[gold] * len(completions))
    (reasons,) = trainer.extra.values()
    assert len(reasons) == len(completions)
    assert all(isinstance(reason, str) and reason for reason in reasons)


def test_each_part_of_a_composition_is_a_metric():
    trainer = Trainer()
    trainer.call(to_trl(REWARD), [RIGHT, WRONG, NONE, NONE], answer=["7"] * 4)
    assert means(trainer) == {"weighted/shape": [1.5], "weighted/correct": [0.25]}


def test_a_part_that_abstains_is_not_in_its_mean():
    trainer = Trainer()
    trainer.call(to_trl(REWARD), [RIGHT, RIGHT, NONE], answer=["7", None, None])
    assert means(trainer) == {"weighted/shape": [2.0], "weighted/correct": [1.5]}


def test_a_part_that_abstains_everywhere_is_no_metric():
    trainer = Trainer()
    trainer.call(to_trl(REWARD), [RIGHT], answer=[None])
    assert means(trainer) == {"weighted/shape": [3.0]}


def test_nested_parts_are_metrics_under_their_joined_names():
    trainer = Trainer()
    trainer.call(to_trl(vireward.weighted(all=(0.5, REWARD))), [RIGHT], answer=["7"])
    assert means(trainer) == {"weighted/all/shape": [3.0], "weighted/all/correct": [1.5]}


# --- failures ---


def test_one_failing_completion_abstains_and_says_why():
    trainer = Trainer()
    assert trainer.call(to_trl(Brittle()), [RIGHT, WRONG, NONE], answer=["7"] * 3) == [1.0, None, 1.0]
    assert trainer.extra["brittle/why"][1] == "ZeroDivisionError: division by zero"


def test_a_failure_is_raised_when_asked_for():
    with pytest.raises(RewardFailed) as caught:
        Trainer().call(to_trl(Brittle(), on_error="raise"), [RIGHT, WRONG], answer=["7"] * 2)
    assert str(caught.value) == "brittle raised ZeroDivisionError: division by zero"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("result", [math.nan, math.inf, -math.inf, "1.0", [1.0]])
def test_a_result_that_is_no_score_is_an_error(result):
    def bad(sample):
        return result

    score = to_trl(bad).score({"completion": RIGHT, "answer": "7"})
    assert (score.value, score.outcome) == (None, "error")
    assert score.why.startswith("BadScore: a reward must be")
    assert Trainer().call(to_trl(bad), [RIGHT], answer=["7"]) == [None]
    with pytest.raises(RewardFailed, match="bad raised BadScore: a reward must be"):
        Trainer().call(to_trl(bad, on_error="raise"), [RIGHT], answer=["7"])


def test_a_completion_of_no_readable_shape_is_an_error_of_its_own_row():
    reward = to_trl(FormatExact(), gold=None)
    assert reward(completions=[RIGHT, 7, [RIGHT]]) == [3.0, None, None]
    with pytest.raises(RewardFailed) as caught:
        to_trl(FormatExact(), gold=None, on_error="raise")(completions=[7])
    assert isinstance(caught.value.__cause__, BadSample)


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, SystemExit])
def test_leaving_the_program_is_no_failure_of_the_reward(leaving):
    def leave(sample):
        raise leaving

    with pytest.raises(leaving):
        Trainer().call(to_trl(leave), [RIGHT], answer=["7"])


def test_an_outcome_of_the_reward_is_kept():
    score = to_trl(lambda sample: Score(None, "took too long", outcome="timeout"), gold=None).score({"completion": "7"})
    assert score == Score(None, "took too long", outcome="timeout")


# --- wrong use ---


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: to_trl("format_exact"), "to_trl(reward='format_exact'): must be a reward, callable as reward(sample)"),
        (lambda: to_trl(None), "to_trl(reward=None): must be a reward, callable as reward(sample)"),
        (lambda: to_trl(REWARD, on_error="zero"), "to_trl(on_error='zero'): must be one of abstain, raise, floor"),
        (
            lambda: to_trl(REWARD)(completions=[RIGHT], solution=["7"], level=[1]),
            "TrlReward(gold='answer'): no such dataset column, there are ['level', 'solution']",
        ),
        (
            lambda: to_trl(REWARD)(completions=[RIGHT, WRONG], answer=["7"]),
            "TrlReward(gold='answer'): the column must be a list with one gold for each of 2 completions",
        ),
        (
            lambda: to_trl(REWARD)(completions=[RIGHT, WRONG], answer="78"),
            "TrlReward(gold='answer'): the column must be a list with one gold for each of 2 completions",
        ),
        (
            lambda: to_trl(REWARD, on_error="abstain")(completions=[RIGHT], answer=None),
            "TrlReward(gold='answer'): the column must be a list with one gold for each of 1 completions",
        ),
    ],
)
def test_wrong_use_is_named_at_once(call, message):
    with pytest.raises(BadParameter) as caught:
        call()
    assert str(caught.value) == message


def test_a_class_instead_of_a_reward_is_refused():
    with pytest.raises(BadParameter) as caught:
        to_trl(FormatExact)
    assert str(caught.value) == "to_trl(reward=FormatExact): must be a reward, not a class; write FormatExact(...)"


# --- a value among values ---


@pytest.mark.parametrize(
    ("reward", "name"),
    [(FormatExact(), "format_exact"), (REWARD, "weighted"), (Brittle(), "brittle"), (len, "len")],
)
def test_it_is_named_for_the_trainers_metrics(reward, name):
    assert to_trl(reward).__name__ == name


def test_it_pickles_and_compares():
    reward = to_trl(REWARD, gold="solution", on_error="raise")
    again = pickle.loads(pickle.dumps(reward))
    assert again == reward
    assert hash(again) == hash(reward)
    assert again.__name__ == reward.__name__
    assert Trainer().call(again, [RIGHT], solution=["7"]) == [6.0]
    assert reward != to_trl(REWARD, gold="solution")
    assert eval(repr(reward), vars(vireward) | {"TrlReward": TrlReward}) == reward


@pytest.mark.parametrize("chat", [True, False])
def test_it_leaves_its_arguments_as_they_were(chat):
    completions = [[{"role": "assistant", "content": RIGHT}]] if chat else [RIGHT]
    batch = {
        "prompts": [[{"role": "user", "content": "3 + 4 = ?"}]],
        "completions": completions,
        "completion_ids": [[1, 2, 3]],
        "answer": [7.0],
        "level": [{"of": ["school", 3]}],
    }
    before = copy.deepcopy(batch)
    to_trl(REWARD)(**batch)
    assert batch == before
