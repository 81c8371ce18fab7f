"""A reward called as verl calls it; where verl is installed, by verl's own code."""

import asyncio
import math
import pickle
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward.adapters.pointwise import part_names
from vireward.adapters.verl import WHY_LENGTH, VerlReward, to_verl
from vireward.errors import BadParameter, RewardFailed
from vireward.records import Sample, Score, as_score
from vireward.rewards import AnswerMatch, FormatExact, NumericMatch, TagCount

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


@dataclass(frozen=True)
class Silent:
    """Has it nothing to say, for the reason given?"""

    outcome: str = "abstained"

    def __call__(self, sample, /):
        return Score(None, "nothing to say", outcome=self.outcome)


REWARDS = [
    NumericMatch(),
    Brittle(),
    Silent("timeout"),
    WEIGHTED,
    vireward.weighted(missing="skip", shape=(1.0, FormatExact()), correct=(2.0, NumericMatch())),
    vireward.weighted(brittle=(1.0, Brittle()), tags=(1.0, TagCount())),
    vireward.weighted(all=(0.5, WEIGHTED), answer=(1.0, AnswerMatch())),
    vireward.weighted(vote=(1.0, vireward.any_of(shape=FormatExact(), correct=NumericMatch()))),
    vireward.all_of(shape=FormatExact(), correct=NumericMatch()),
    vireward.gate(WEIGHTED, when=FormatExact()),
    vireward.scale(vireward.gate(WEIGHTED, when=FormatExact()), by=2.0),
    vireward.clip(WEIGHTED, low=0.0, high=4.0),
    vireward.schedule(WEIGHTED, {0: 1.0}),
    vireward.first_of(NumericMatch(), WEIGHTED, vireward.all_of(shape=FormatExact())),
    vireward.by_column(
        "data_source", {"toán": WEIGHTED, "lời": FormatExact()}, otherwise=vireward.all_of(f=TagCount())
    ),
    lambda sample: sample.tokens,
]


def call(reward, completion=RIGHT, gold="7", **extra):
    """What verl's reward managers do."""
    return reward(data_source="toán", solution_str=completion, ground_truth=gold, extra_info=extra)


def seen_by(completion=RIGHT, gold="7", *, options=None, **extra):
    """The sample that a reward gets to see."""
    samples = []
    call(to_verl(lambda sample: samples.append(sample), **(options or {})), completion, gold, **extra)
    return samples[0]


# --- what comes back ---


@pytest.mark.parametrize(
    ("completion", "score", "shape", "correct"),
    [(RIGHT, 6.0, 3.0, 1.5), (WRONG, 2.0, 3.0, -0.5), (NONE, 0.0, 0.0, 0.0)],
)
def test_a_composition_gives_its_score_and_its_parts(completion, score, shape, correct):
    result = call(to_verl(WEIGHTED), completion)
    why = WEIGHTED(Sample(completion, "7")).why
    numbers = {"score": score, "weighted/shape": shape, "weighted/correct": correct, "abstained": 0.0, "failed": 0.0}
    assert result == numbers | {"why": why}


@given(
    reward=st.sampled_from(REWARDS),
    completion=st.sampled_from([RIGHT, WRONG, NONE, ""]) | st.text(),
    gold=st.sampled_from(["7", "8", "", "bảy", None, 7, 7.5, math.nan, [7, 8]]),
    source=st.sampled_from(["toán", "lời", "khác"]),
    step=st.none() | st.integers(0, 9),
)
def test_every_sample_of_a_reward_has_the_same_keys_and_finite_numbers(reward, completion, gold, source, step):
    adapted = to_verl(reward)
    first = adapted(data_source="toán", solution_str=RIGHT, ground_truth="7")
    result = adapted(source, completion, gold, {"global_steps": step})
    assert list(result) == list(first)
    assert isinstance(result.pop("why"), str)
    assert all(type(value) is float and math.isfinite(value) for value in result.values()), result
    assert (result["abstained"], result["failed"]) in {(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)}


@given(
    reward=st.sampled_from(REWARDS),
    completion=st.sampled_from([RIGHT, WRONG, NONE]),
    gold=st.sampled_from(["7", None]),
    abstained=st.floats(-1e6, 1e6),
    failed=st.none() | st.floats(-1e6, 1e6),
)
def test_the_score_is_the_value_of_the_reward_or_what_stands_for_it(reward, completion, gold, abstained, failed):
    result = call(to_verl(reward, abstained=abstained, failed=failed), completion, gold, global_steps=0)
    try:
        score = as_score(reward(Sample(completion, gold, step=0, columns={"data_source": "toán"})))
    except ZeroDivisionError:
        score = Score(None, "", outcome="error")
    instead = failed if failed is not None and score.outcome != "abstained" else abstained
    assert result["score"] == (instead if score.value is None else score.value)
    assert result["abstained"] == (score.outcome == "abstained")
    assert result["failed"] == (score.outcome not in ("scored", "abstained"))


@given(st.sampled_from(REWARDS), st.sampled_from([RIGHT, WRONG, NONE]), st.sampled_from(["7", None]))
def test_the_parts_of_every_score_are_among_those_foretold(reward, completion, gold):
    for source in ("toán", "lời", "khác"):
        sample = Sample(completion, gold, step=0, columns={"data_source": source})
        try:
            score = as_score(reward(sample))
        except ZeroDivisionError:
            continue
        assert set(score.parts) - {"when"} <= set(part_names(reward))


def test_a_part_that_says_nothing_counts_as_what_is_said_of_abstentions():
    reward = vireward.weighted(missing="skip", shape=(1.0, FormatExact()), correct=(2.0, NumericMatch()))
    result = call(to_verl(reward, abstained=-9.0), RIGHT, None)
    assert (result["score"], result["weighted/shape"], result["weighted/correct"]) == (3.0, 3.0, -9.0)
    assert result["abstained"] == 0.0


def test_a_part_behind_a_closed_gate_counts_as_an_abstention_of_its_own():
    result = call(to_verl(vireward.gate(WEIGHTED, when=FormatExact(), closed=-1.0), abstained=-9.0), NONE)
    assert (result["score"], result["gate/shape"], result["abstained"]) == (-1.0, -9.0, 0.0)
    assert "gate/when" not in result  # it has no value where the gate is open


def test_a_part_that_fails_takes_the_whole_with_it_and_leaves_the_others_their_values():
    reward = vireward.weighted(brittle=(1.0, Brittle()), tags=(1.0, TagCount()))
    result = call(to_verl(reward, failed=-5.0), WRONG)
    assert (result["score"], result["weighted/brittle"], result["weighted/tags"]) == (-5.0, -5.0, 2.0)
    assert (result["abstained"], result["failed"]) == (0.0, 1.0)
    assert result["why"].startswith("brittle: ZeroDivisionError: division by zero; tags: ")


def test_all_parts_of_a_sample_that_fails_as_a_whole_count_as_failed():
    reward = vireward.gate(vireward.weighted(brittle=(1.0, Brittle()), tags=(1.0, TagCount())), when=TagCount())
    result = call(to_verl(reward, failed=-5.0), WRONG)
    assert (result["score"], result["gate/brittle"], result["gate/tags"]) == (-5.0, -5.0, -5.0)
    assert result["why"] == "ZeroDivisionError: division by zero"


def test_a_part_that_ran_out_of_time_counts_as_failed():
    reward = vireward.weighted(missing="skip", slow=(1.0, Silent("timeout")), shape=(1.0, FormatExact()))
    result = call(to_verl(reward, abstained=-9.0, failed=-5.0))
    assert (result["score"], result["weighted/slow"]) == (3.0, -5.0)


def test_a_reason_is_cut_where_it_would_widen_the_whole_batch():
    result = call(to_verl(lambda sample: Score(1.0, "x" * (WHY_LENGTH + 1))))
    assert result["why"] == "x" * WHY_LENGTH


# --- what a reward gets to see ---


def test_a_sample_has_the_row():
    turns = [{"role": "system", "content": "Hãy nghĩ."}, {"role": "user", "content": "3 + 4 = ?"}]
    sample = seen_by(split="train", index=5, raw_prompt=turns, global_steps=250)
    assert (sample.completion, sample.gold, sample.prompt, sample.step) == (RIGHT, "7", "3 + 4 = ?", 250)
    assert sample.tokens is None
    assert {name: sample.columns[name] for name in ("data_source", "split", "index", "ground_truth")} == {
        "data_source": "toán",
        "split": "train",
        "index": 5,
        "ground_truth": "7",
    }


def test_what_is_not_known_is_none():
    samples = []
    to_verl(lambda sample: samples.append(sample))("toán", RIGHT, None)
    assert (samples[0].gold, samples[0].prompt, samples[0].step) == (None, None, None)


def test_the_prompt_may_stand_under_another_key():
    assert seen_by(options={"prompt": "question"}, question="3 + 4 = ?", raw_prompt="5?").prompt == "3 + 4 = ?"
    assert seen_by(options={"prompt": None}, raw_prompt="5?").prompt is None


def test_the_gold_may_stand_in_extra_info():
    assert seen_by(options={"gold": "answer"}, gold="8", answer="7").gold == "7"
    assert seen_by(options={"gold": None}).gold is None


@pytest.mark.parametrize(
    ("gold", "text"), [("1.500", "1.500"), (7, "7"), (1.125, "9/8"), (None, None), (math.nan, None), ([7, 8], "7; 8")]
)
def test_a_gold_is_text_that_every_number_style_reads_alike(gold, text):
    assert seen_by(gold=gold).gold == text


def test_values_of_numpy_are_read_like_pythons():
    numpy = pytest.importorskip("numpy")
    for gold, text in [(numpy.array([7, 8]), "7; 8"), (numpy.float64(1.125), "9/8"), (numpy.str_("7"), "7")]:
        assert seen_by(gold=gold).gold == text
    turns = numpy.array([{"role": "user", "content": "3 + 4 = ?"}], dtype=object)
    sample = seen_by(raw_prompt=turns, global_steps=numpy.int64(3))
    assert (sample.prompt, sample.step, type(sample.step)) == ("3 + 4 = ?", 3, int)


def test_a_reward_may_depend_on_the_data_source():
    reward = to_verl(vireward.by_column("data_source", {"toán": NumericMatch(), "lời": FormatExact()}))
    assert reward("toán", RIGHT, "7", {})["score"] == 1.5
    assert reward("lời", RIGHT, "7", {"data_source": "toán"})["score"] == 3.0
    assert reward("khác", RIGHT, "7", {})["abstained"] == 1.0


def test_reward_kwargs_are_columns():
    samples = []
    to_verl(lambda sample: samples.append(sample))("toán", RIGHT, "7", {"level": 1}, level=2, tier="a")
    assert (samples[0].columns["level"], samples[0].columns["tier"]) == (1, "a")


def test_it_leaves_its_arguments_as_they_were():
    extra = {"split": "train", "raw_prompt": [{"role": "user", "content": "3 + 4 = ?"}]}
    before = {"split": "train", "raw_prompt": [{"role": "user", "content": "3 + 4 = ?"}]}
    to_verl(WEIGHTED)(data_source="toán", solution_str=RIGHT, ground_truth="7", extra_info=extra)
    assert extra == before


# --- failures and wrong use ---


def test_a_failure_is_raised_when_asked_for():
    with pytest.raises(RewardFailed) as caught:
        call(to_verl(Brittle(), on_error="raise"), WRONG)
    assert str(caught.value) == "brittle raised ZeroDivisionError: division by zero"


@pytest.mark.parametrize("completion", [7, None, [RIGHT], object()])
def test_a_completion_of_no_readable_shape_has_failed(completion):
    assert call(to_verl(FormatExact(), failed=-1.0), completion)["score"] == -1.0


def test_chat_messages_are_read():
    assert call(to_verl(FormatExact()), [{"role": "assistant", "content": RIGHT}])["score"] == 3.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_error": "zero"}, "to_verl(on_error='zero'): must be one of abstain, raise"),
        ({"abstained": math.nan}, "to_verl(abstained=nan): must be a finite number"),
        ({"abstained": None}, "to_verl(abstained=None): must be a finite number"),
        ({"failed": math.inf}, "to_verl(failed=inf): must be a finite number"),
        ({"gold": 7}, "to_verl(gold=7): must be the name of a column, or None"),
        ({"prompt": ["a"]}, "to_verl(prompt=['a']): must be the name of a column, or None"),
    ],
)
def test_wrong_use_is_named_at_once(options, message):
    with pytest.raises(BadParameter) as caught:
        to_verl(WEIGHTED, **options)
    assert str(caught.value) == message


@pytest.mark.parametrize("reward", ["format_exact", None, FormatExact])
def test_what_is_no_reward_is_refused(reward):
    with pytest.raises(BadParameter, match=r"^to_verl\(reward=.*\): must be a reward"):
        to_verl(reward)


def test_a_reward_of_whole_groups_is_refused_wherever_it_stands():
    group = pytest.importorskip("vireward.group")
    whole = group.per_group(lambda samples: [0.0] * len(samples), size=8)
    with pytest.raises(BadParameter, match=r"^to_verl\("):
        to_verl(vireward.weighted(shape=(1.0, FormatExact()), diverse=(1.0, whole)))


def test_a_gold_that_is_nowhere_is_named():
    with pytest.raises(BadParameter) as caught:
        call(to_verl(WEIGHTED, gold="answer"), split="train")
    rest = "no such key in extra_info, there are ['data_source', 'ground_truth', 'split']"
    assert str(caught.value) == f"to_verl(gold='answer'): {rest}"


# --- a value among values ---


def test_it_pickles_and_compares():
    reward = to_verl(WEIGHTED, gold="answer", abstained=-1.0, failed=-2.0, on_error="raise")
    again = pickle.loads(pickle.dumps(reward))
    assert again == reward
    assert hash(again) == hash(reward)
    assert again != to_verl(WEIGHTED, gold="answer")
    assert call(again, answer="7") == call(reward, answer="7")
    assert again.__name__ == "weighted"
    assert eval(repr(reward), vars(vireward) | {"VerlReward": VerlReward}) == reward


# --- verl's own code ---

REWARD_FILE = """
import vireward
from vireward.adapters.verl import to_verl

correct, shape = vireward.NumericMatch(), vireward.FormatExact()
compute_score = to_verl(vireward.weighted(correct=(1.0, correct), shape=(0.2, shape)))
"""
GATED_FILE = """
import vireward
from vireward.adapters.verl import to_verl

weighted = vireward.weighted(correct=(1.0, vireward.NumericMatch()), shape=(0.2, vireward.FormatExact()))
short = vireward.gate(weighted, when=lambda sample: 1 / len(sample.completion), above=0.1, closed=-1.0)
compute_score = to_verl(short, abstained=-3.0, failed=-9.0)
"""
SCORED = to_verl(vireward.weighted(correct=(1.0, NumericMatch()), shape=(0.2, FormatExact())))  # that of the file
PROMPT = [{"role": "user", "content": "3 + 4 = ?"}]
COMPLETIONS = [RIGHT, WRONG, NONE, RIGHT]
GOLDS = ["7", "7", "7", None]
SCORES = [2.1, 0.1, 0.0, 0.0]


def verl(module):
    reason = "verl is not installed with what this needs"
    return pytest.importorskip(f"verl.{module}", reason=reason, exc_type=ImportError)


def tokenizer():
    """Bytes for tokens, and the special tokens of a chat template."""
    tokenizers, transformers = pytest.importorskip("tokenizers"), pytest.importorskip("transformers")
    vocabulary = {char: i for i, char in enumerate(sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()))}
    built = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    built.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    built.decoder = tokenizers.decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=built, eos_token="<|im_end|>", pad_token="<|endoftext|>", clean_up_tokenization_spaces=False
    )


class Worker:
    """The actor of verl that scores, without Ray."""

    def __init__(self, manager):
        self.compute_score = SimpleNamespace(remote=manager.run_single)


def rollout(tmp_path, manager_name, *, completions=COMPLETIONS, golds=GOLDS, file=REWARD_FILE):
    """A batch that verl has generated, scored by the reward in a file and collated, and the reward's calls."""
    loop = verl("experimental.agent_loop.agent_loop")
    reward, managers = verl("trainer.ppo.reward"), verl("experimental.reward_loop.reward_manager")
    (tmp_path / "reward.py").write_text(file, encoding="utf-8")
    given = {"custom_reward_function": {"path": str(tmp_path / "reward.py"), "name": "compute_score"}}
    config = pytest.importorskip("omegaconf").OmegaConf.create({"reward": given, "trainer": {"experiment_name": "thử"}})
    tokens = tokenizer()

    async def scored():
        manager = managers.get_reward_manager_cls(manager_name)(config, tokens, reward.get_custom_reward_fn(config))
        worker = object.__new__(loop.AgentLoopWorker)  # without the configuration of a whole training
        vars(worker).update(
            tokenizer=tokens,
            processor=None,
            rollout_config=SimpleNamespace(prompt_length=64, response_length=128),
            reward_loop_worker_handles=[Worker(manager)],
            distillation_enabled=False,
            mm_processor_kwargs={},
        )
        outputs = [
            await worker._agent_loop_postprocess(
                generated(loop, tokens, text),
                False,
                raw_prompt=PROMPT,
                data_source="toán",
                reward_model={"style": "rule", "ground_truth": gold},
                extra_info={"split": "train", "index": i},
            )
            for i, (text, gold) in enumerate(zip(completions, golds, strict=True))
        ]
        return worker._postprocess(outputs)

    return asyncio.run(scored())


def generated(loop, tokens, text):
    response = [*tokens(text)["input_ids"], tokens.eos_token_id]
    return loop.AgentLoopOutput(
        prompt_ids=tokens("3 + 4 = ?")["input_ids"],
        response_ids=response,
        response_mask=[1] * len(response),
        num_turns=2,
        metrics=loop.AgentLoopMetrics(),
        extra_fields={"global_steps": 3},
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("manager", ["naive", "dapo", "gdpo", "rate_limited"])
def test_verl_scores_and_collates_a_batch(tmp_path, manager):
    batch = rollout(tmp_path, manager)
    rewards, extra = verl("trainer.ppo.reward").extract_reward(batch)
    assert rewards.sum(-1).tolist() == pytest.approx(SCORES)
    assert extra["score"].tolist() == pytest.approx(SCORES)
    assert extra["weighted/correct"].tolist() == [1.5, -0.5, 0.0, 0.0]
    assert extra["abstained"].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert extra["failed"].tolist() == [0.0] * 4
    assert extra["why"].tolist() == [
        call(SCORED, text, gold)["why"] for text, gold in zip(COMPLETIONS, GOLDS, strict=True)
    ]


@pytest.mark.filterwarnings("ignore")
def test_verl_collates_samples_that_have_other_parts_or_none(tmp_path):
    texts = [RIGHT, NONE, ""]  # the gate is closed, open, and broken
    extra = rollout(tmp_path, "naive", file=GATED_FILE, completions=texts, golds=["7"] * 3).non_tensor_batch
    assert extra["gate/correct"].tolist() == [-3.0, 0.0, -9.0]
    assert extra["score"].tolist() == [-1.0, 0.0, -9.0]


@pytest.mark.filterwarnings("ignore")
def test_verl_keeps_what_it_logs_through_a_step(tmp_path):
    batch = rollout(tmp_path, "naive")
    whole = type(batch).concat([batch, rollout(tmp_path, "naive", completions=COMPLETIONS[::-1], golds=GOLDS[::-1])])
    whole.reorder(verl("protocol").torch.arange(7, -1, -1))
    assert whole.non_tensor_batch["score"].tolist() == pytest.approx([*SCORES, *SCORES[::-1]])
    assert [why[:8] for why in whole.non_tensor_batch["why"]] == ["correct:"] * 8
    metrics = verl("trainer.ppo.metric_utils").process_validation_metrics(
        ["toán"] * 4, ["a", "a", "b", "b"], {key: batch.non_tensor_batch[key].tolist() for key in call(SCORED)}
    )["toán"]
    assert set(metrics) == {"score", "weighted/correct", "weighted/shape", "abstained", "failed"}
    assert metrics["abstained"]["mean@2"] == 0.25
    assert metrics["weighted/shape"]["mean@2"] == pytest.approx(2.25)


@pytest.mark.filterwarnings("ignore")
def test_verl_trains_on_the_parts_each_on_its_own(tmp_path):
    algorithms = verl("trainer.ppo.core_algos")
    batch = rollout(tmp_path, "gdpo", golds=["7", "7", "7", "8"])
    advantages, _ = algorithms.compute_gdpo_outcome_advantage(
        batch.batch["rm_scores"],
        batch.batch["response_mask"].float(),
        index=verl("protocol").np.array(["a"] * 4),
        config={"gdpo_reward_keys": ["weighted/correct", "weighted/shape"], "gdpo_reward_weights": [1.0, 0.2]},
        non_tensor_batch=batch.non_tensor_batch,
        batch=batch.batch,
    )
    first = advantages[:, 0].tolist()
    assert first[0] == max(first)
    assert first[1] == pytest.approx(first[3])
    assert first[2] < first[0]


@pytest.mark.filterwarnings("ignore")
def test_the_naive_manager_hands_over_the_prompt_and_the_step(tmp_path):
    file = REWARD_FILE + "\ncompute_score = to_verl(lambda s: float((s.prompt, s.step) == ('3 + 4 = ?', 3)))\n"
    for manager, known in [("naive", 1.0), ("dapo", 0.0)]:
        batch = rollout(tmp_path, manager, file=file, completions=[RIGHT], golds=["7"])
        assert batch.non_tensor_batch["score"].tolist() == [known]
