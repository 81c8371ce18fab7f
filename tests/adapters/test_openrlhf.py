"""A reward called as OpenRLHF calls it; where OpenRLHF is installed, by its own code."""

import asyncio
import math
import pickle
import sys
import unicodedata
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward.adapters.openrlhf import ANCHOR, SPECIAL_TOKENS, OpenRlhfReward, response, to_openrlhf
from vireward.errors import BadParameter, BadSample, RewardFailed
from vireward.records import Sample, as_score
from vireward.rewards import FormatExact, NumericMatch

torch = pytest.importorskip("torch")

RIGHT = "<thinking>3 + 4</thinking>\n<SOLUTION>7</SOLUTION>"
WRONG = "<thinking>3 + 4</thinking>\n<SOLUTION>8</SOLUTION>"
NONE = "Bảy."
HEADER = "<|im_start|>assistant\n"
PROMPT = f"<|im_start|>user\nAn có 3 quả táo, mẹ cho thêm 4 quả. Hỏi An có mấy quả?<|im_end|>\n{HEADER}"
WEIGHTED = vireward.weighted(shape=(1.0, FormatExact()), correct=(2.0, NumericMatch()))


@dataclass(frozen=True)
class Brittle:
    """Does it fail on a wrong answer?"""

    def __call__(self, sample, /):
        if sample.completion == WRONG:
            raise ZeroDivisionError("division by zero")
        return 1.0


def call(reward, completion=RIGHT, label="7", *, prompt=PROMPT, query=None):
    """What OpenRLHF does for each response."""
    return reward([prompt + completion if query is None else query], [prompt], [label])


def seen_by(query, prompt=PROMPT, label="7", **options):
    """The sample that a reward gets to see; None where it is not asked."""
    samples = []
    to_openrlhf(lambda sample: samples.append(sample), **options)([query], [prompt], [label])
    return samples[0] if samples else None


def plain(result):
    """The one number of each tensor."""
    logs = {key: value.tolist() for key, value in result["extra_logs"].items()}
    return {"rewards": result["rewards"].tolist(), "scores": result["scores"].tolist()} | logs


# --- what comes back ---


@pytest.mark.parametrize(
    ("completion", "value", "shape", "correct"),
    [(RIGHT, 6.0, 3.0, 1.5), (WRONG, 2.0, 3.0, -0.5), (NONE, 0.0, 0.0, 0.0)],
)
def test_a_composition_gives_its_reward_and_its_parts(completion, value, shape, correct):
    numbers = {"rewards": [value], "scores": [value], "abstained": [0.0], "failed": [0.0]}
    parts = {"weighted/shape": [shape], "weighted/correct": [correct]}
    assert plain(call(to_openrlhf(WEIGHTED), completion)) == numbers | parts


@given(
    reward=st.sampled_from([NumericMatch(), Brittle(), WEIGHTED, vireward.gate(WEIGHTED, when=FormatExact())]),
    rows=st.lists(st.tuples(st.sampled_from([RIGHT, WRONG, NONE, ""]), st.sampled_from(["7", "", None, 7, [7, 8]]))),
    failed=st.none() | st.floats(-100, 100, width=16),
)
def test_there_is_one_finite_number_for_each_query_under_the_same_keys(reward, rows, failed):
    adapted = to_openrlhf(reward, abstained=-3.0, failed=failed)
    texts, labels = [text for text, _ in rows], [label for _, label in rows]
    result = adapted([PROMPT + text for text in texts], [PROMPT] * len(rows), labels)
    assert set(result["extra_logs"]) == set(call(adapted)["extra_logs"])
    for tensor in (result["rewards"], result["scores"], *result["extra_logs"].values()):
        assert tensor.shape == (len(rows),)
        assert torch.isfinite(tensor).all()
    assert result["rewards"].tolist() == [expected(reward, text, label, failed) for text, label in rows]


def expected(reward, text, label, failed):
    gold = None if label in ("", None) else str(label)
    try:
        score = as_score(reward(Sample(text, gold)))
    except ZeroDivisionError:
        return -3.0 if failed is None else failed
    return -3.0 if score.value is None else score.value


def test_scores_and_rewards_are_tensors_of_their_own():
    result = call(to_openrlhf(NumericMatch()))
    result["rewards"] += 1.0  # as a length penalty does
    assert result["scores"].tolist() == [1.5]


def test_an_abstention_is_counted_and_is_the_number_that_was_said():
    result = plain(call(to_openrlhf(NumericMatch(), abstained=-9.0), label=""))
    assert (result["rewards"], result["abstained"], result["failed"]) == ([-9.0], [1.0], [0.0])


def test_a_failure_is_counted_and_is_the_number_that_was_said():
    result = plain(call(to_openrlhf(Brittle(), failed=-5.0), WRONG))
    assert (result["rewards"], result["abstained"], result["failed"]) == ([-5.0], [0.0], [1.0])


# --- what a reward gets to see ---


def test_a_sample_has_the_row():
    sample = seen_by(PROMPT + RIGHT, label=7.0)
    assert (sample.completion, sample.gold, sample.prompt) == (RIGHT, "7", PROMPT)
    assert (sample.tokens, sample.step) == (None, None)


def test_a_label_that_openrlhf_made_up_is_no_gold():
    assert seen_by(PROMPT + RIGHT, label="").gold is None


def test_further_columns_are_seen():
    samples = []
    reward = to_openrlhf(lambda sample: samples.append(sample.columns["datasource"]))
    reward([PROMPT + RIGHT] * 2, [PROMPT] * 2, ["7"] * 2, datasource=["a", "b"])
    assert samples == ["a", "b"]


# --- the completion in a query ---


@given(st.text(), st.text(), st.lists(st.sampled_from(SPECIAL_TOKENS)))
def test_the_completion_is_what_follows_the_prompt_without_special_tokens_at_its_end(prompt, text, ending):
    if text.endswith(SPECIAL_TOKENS):
        text += "."
    assert seen_by(prompt + text + "".join(ending), prompt).completion == text


@pytest.mark.parametrize("token", SPECIAL_TOKENS)
def test_a_special_token_elsewhere_stays(token):
    text = f"{token}a{token}b"
    assert seen_by(PROMPT + text + token).completion == text


def test_which_tokens_are_special_can_be_said():
    assert seen_by(PROMPT + "7</s><eot>", special_tokens=["<eot>"]).completion == "7</s>"
    assert seen_by(PROMPT + "7</s>", special_tokens=[]).completion == "7</s>"


@given(st.integers(0, len(PROMPT)), st.sampled_from([RIGHT, WRONG, NONE, "", "7\n", " 7"]))
def test_a_prompt_cut_at_its_beginning_is_found(cut, text):
    left = PROMPT[cut:]
    if len("".join(left.split())) < ANCHOR:
        with pytest.raises(BadSample, match=r"^the query does not begin with its prompt"):
            response(left + text, PROMPT)
    else:
        assert response(left + text, PROMPT) == text


def test_a_cut_in_the_middle_of_a_character_is_found():
    assert response("\ufffd" + PROMPT[20:] + RIGHT, PROMPT) == RIGHT


def test_the_longest_end_of_the_prompt_is_its_end():
    line = "hai ba bốn năm sáu bảy. "
    assert response(line * 2 + "tám", line * 3) == "tám"


def test_a_short_prompt_is_found_whole_or_not_at_all():
    assert response(" 3 + 4 =?\n7", "3 + 4 = ?\n") == "7"
    with pytest.raises(BadSample):
        response("+ 4 = ?\n7", "3 + 4 = ?\n")


@pytest.mark.parametrize(
    "decoded",
    [
        PROMPT.replace("táo,", "táo ,"),  # a space that decoding puts in
        PROMPT.replace(" ", ""),
        PROMPT.replace("<|im_end|>\n", "<|im_end|> "),
        " " + PROMPT,
    ],
)
def test_white_space_that_decoding_changes_in_the_prompt_is_no_part_of_the_completion(decoded):
    assert response(decoded + RIGHT, PROMPT) == RIGHT
    assert response(decoded[6:] + RIGHT, PROMPT) == RIGHT


def test_white_space_of_the_completion_is_its_own():
    decoded = PROMPT.replace("táo,", "táo ,")
    assert response(decoded + "\n\n7", PROMPT) == "\n\n7"


@pytest.mark.parametrize("cut", [0, 20])
def test_a_prompt_that_decoding_composes_is_found(cut):
    prompt = unicodedata.normalize("NFD", PROMPT)
    assert prompt != PROMPT
    assert response(PROMPT[cut:] + RIGHT, prompt) == RIGHT


@pytest.mark.parametrize("query", ["", RIGHT, "Hỏi: " + RIGHT, HEADER[8:] + RIGHT, PROMPT[:-5]])
def test_a_query_without_its_prompt_has_failed_and_is_not_guessed_at(query):
    result = plain(call(to_openrlhf(FormatExact(), failed=-1.0), query=query))
    assert (result["rewards"], result["failed"]) == ([-1.0], [1.0])
    assert seen_by(query) is None
    with pytest.raises(RewardFailed, match=r"^format_exact raised BadSample: the query does not begin with its prompt"):
        call(to_openrlhf(FormatExact(), on_error="raise"), query=query)


@pytest.mark.parametrize(("query", "prompt"), [(7, PROMPT), (None, PROMPT), (PROMPT + RIGHT, None), (RIGHT, 7)])
def test_what_is_no_text_has_failed(query, prompt):
    result = to_openrlhf(FormatExact(), failed=-1.0)([query], [prompt], ["7"])
    assert result["rewards"].tolist() == [-1.0]


def test_a_long_repetitive_prompt_is_searched_in_time():
    prompt = "ba " * 20_000
    with pytest.raises(BadSample):
        response("ba " * 10_000 + "bốn", prompt + "x")


# --- real tokenizers ---


def tokenizer(normalizer=None, **options):
    """Bytes for tokens, and the special tokens of a chat template."""
    tokenizers, transformers = pytest.importorskip("tokenizers"), pytest.importorskip("transformers")
    vocabulary = {char: i for i, char in enumerate(sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()))}
    built = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    if normalizer is not None:
        built.normalizer = getattr(tokenizers.normalizers, normalizer)()
    built.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    built.decoder = tokenizers.decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=built,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>"],
        **options,
    )


CLEANING = {  # which transformers 5 has to be told twice
    "clean_up_tokenization_spaces": True,
    "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output": True,
}
TOKENIZERS = {
    "exact": lambda: tokenizer(),
    "composing": lambda: tokenizer("NFC"),
    "cleaning": lambda: tokenizer(**CLEANING),
}
by_tokenizer = pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in TOKENIZERS.items()])
PROMPTS = [
    PROMPT,
    unicodedata.normalize("NFD", PROMPT),
    PROMPT.replace("táo,", "táo , lê , mận .").replace("quả?", "quả ?"),
]


@pytest.mark.filterwarnings("ignore")
@by_tokenizer
@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("kept", [None, 100, 60])  # tokens of the prompt
def test_the_completion_is_found_in_what_a_tokenizer_decodes(make, prompt, kept):
    tokens = make()
    ids = tokens(text=prompt, add_special_tokens=False)["input_ids"]
    if kept is not None:
        ids = ids[-kept:]
    query = tokens.decode([*ids, *tokens(RIGHT)["input_ids"], tokens.eos_token_id], skip_special_tokens=False)
    assert seen_by(query, prompt).completion == RIGHT


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "prompt"), [("composing", PROMPTS[1]), ("cleaning", PROMPTS[2])])
def test_tokenizers_do_not_give_back_every_prompt(name, prompt):
    tokens = TOKENIZERS[name]()
    assert tokens.decode(tokens(text=prompt)["input_ids"]) != prompt


# --- wrong use ---


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_error": "zero"}, "to_openrlhf(on_error='zero'): must be one of abstain, raise"),
        ({"abstained": None}, "to_openrlhf(abstained=None): must be a finite number"),
        ({"failed": math.nan}, "to_openrlhf(failed=nan): must be a finite number"),
        ({"special_tokens": "</s>"}, "to_openrlhf(special_tokens='</s>'): must be a list of texts, none empty"),
        ({"special_tokens": [""]}, "to_openrlhf(special_tokens=['']): must be a list of texts, none empty"),
        ({"special_tokens": [2]}, "to_openrlhf(special_tokens=[2]): must be a list of texts, none empty"),
        ({"special_tokens": None}, "to_openrlhf(special_tokens=None): must be a list of texts, none empty"),
    ],
)
def test_wrong_use_is_named_at_once(options, message):
    with pytest.raises(BadParameter) as caught:
        to_openrlhf(WEIGHTED, **options)
    assert str(caught.value) == message


@pytest.mark.parametrize("reward", ["format_exact", None, FormatExact])
def test_what_is_no_reward_is_refused(reward):
    with pytest.raises(BadParameter, match=r"^to_openrlhf\(reward=.*\): must be a reward"):
        to_openrlhf(reward)


def test_a_reward_of_whole_groups_is_refused_wherever_it_stands():
    group = pytest.importorskip("vireward.group")
    whole = group.per_group(lambda samples: [0.0] * len(samples), size=8)
    with pytest.raises(BadParameter, match=r"^to_openrlhf\("):
        to_openrlhf(vireward.scale(whole, by=2.0))


def test_a_batch_that_does_not_fit_together_is_named():
    with pytest.raises(BadParameter) as caught:
        to_openrlhf(WEIGHTED)([PROMPT + RIGHT] * 2, [PROMPT] * 2, ["7"])
    rest = "needs as many prompts and labels as queries, got 2 queries, 2 prompts and 1 labels"
    assert str(caught.value) == f"OpenRlhfReward: {rest}"


def test_a_failure_is_raised_when_asked_for():
    with pytest.raises(RewardFailed) as caught:
        call(to_openrlhf(Brittle(), on_error="raise"), WRONG)
    assert str(caught.value) == "brittle raised ZeroDivisionError: division by zero"


def test_it_pickles_and_compares():
    reward = to_openrlhf(WEIGHTED, special_tokens=["</s>"], abstained=-1.0, failed=-2.0)
    again = pickle.loads(pickle.dumps(reward))
    assert again == reward
    assert hash(again) == hash(reward)
    assert again != to_openrlhf(WEIGHTED)
    assert plain(call(again)) == plain(call(reward))
    assert again.__name__ == "weighted"
    assert eval(repr(reward), vars(vireward) | {"OpenRlhfReward": OpenRlhfReward}) == reward


# --- OpenRLHF's own code ---

REWARD_FILE = """
import vireward
from vireward.adapters.openrlhf import to_openrlhf

correct, shape = vireward.NumericMatch(), vireward.FormatExact()
reward_func = to_openrlhf(vireward.weighted(correct=(1.0, correct), shape=(0.2, shape)))
"""
GATED_FILE = """
import vireward
from vireward.adapters.openrlhf import to_openrlhf

weighted = vireward.weighted(correct=(1.0, vireward.NumericMatch()), shape=(0.2, vireward.FormatExact()))
long = vireward.gate(weighted, when=lambda sample: 1 - 8 / len(sample.completion), closed=-1.0)
reward_func = to_openrlhf(long, abstained=-3.0, failed=-9.0)
"""


def openrlhf(module):
    reason = "OpenRLHF is not installed with what this needs"
    return pytest.importorskip(f"openrlhf.{module}", reason=reason, exc_type=ImportError)


class Engine:
    """Generates one text, as vLLM's engine does."""

    def __init__(self, tokens, text):
        self.output = SimpleNamespace(token_ids=[*tokens(text)["input_ids"], tokens.eos_token_id], logprobs=None)
        self.output.finish_reason = "stop"

    async def generate(self, prompt_ids, params, multi_modal_data=None):
        return SimpleNamespace(outputs=[self.output])


def rolled_out(tmp_path, text, label="7", *, prompt=PROMPT, tokens=None, max_length=400, file=REWARD_FILE):
    """One response that OpenRLHF has generated and scored by the reward in a file."""
    (tmp_path / "reward.py").write_text(file, encoding="utf-8")
    executor = openrlhf("utils.agent").SingleTurnAgentExecutor(str(tmp_path / "reward.py"))
    tokens, params = tokens or tokenizer(), SimpleNamespace(max_tokens=200, logprobs=None)
    return asyncio.run(executor.execute(prompt, label, params, max_length, tokens, Engine(tokens, text)))


@pytest.mark.filterwarnings("ignore")
@by_tokenizer
@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("max_length", [400, 260])  # with the shorter one the prompt is cut
def test_openrlhf_scores_a_response(tmp_path, make, prompt, max_length):
    for text, value in [(RIGHT, 2.1), (WRONG, 0.1), (NONE, 0.0)]:
        output = rolled_out(tmp_path, text, prompt=prompt, tokens=make(), max_length=max_length)
        assert output["reward"].tolist() == output["scores"].tolist() == pytest.approx([value])
        assert output["extra_logs"]["failed"].tolist() == [0.0]


@pytest.mark.filterwarnings("ignore")
def test_openrlhf_makes_experience_of_it(tmp_path, monkeypatch):
    absent = SimpleNamespace(SamplingParams=None, batch_vllm_engine_call=None, create_vllm_engines=None)
    monkeypatch.setitem(sys.modules, "vllm", absent)  # nothing is generated here
    monkeypatch.setitem(sys.modules, "openrlhf.trainer.ray.vllm_engine", absent)
    samples, memory = openrlhf("trainer.ppo_utils.samples_generator"), openrlhf("trainer.ppo_utils.experience")
    make = samples.SamplesGenerator._process_response_into_experience
    rows = [(RIGHT, "7"), (WRONG, "7"), (NONE, "7"), (RIGHT, ""), ("", "7")]
    made = [make(None, rolled_out(tmp_path, text, label, file=GATED_FILE), max_len=400) for text, label in rows]
    assert torch.cat([one.rewards for one in made]).tolist() == pytest.approx([2.1, 0.1, -1.0, -3.0, -9.0])
    assert torch.cat([one.scores for one in made]).tolist() == pytest.approx([2.1, 0.1, -1.0, -3.0, -9.0])
    joined = memory.Experience.concat_experiences(made, 0)
    batch = memory.make_experience_batch(memory.split_experience_batch(joined))
    info = {key: torch.stack(list(values)).tolist() for key, values in batch.info.items()}
    assert info["gate/correct"] == [1.5, -0.5, -3.0, -3.0, -9.0]
    assert info["abstained"] == [0.0, 0.0, 0.0, 1.0, 0.0]
    assert info["failed"] == [0.0, 0.0, 0.0, 0.0, 1.0]


@pytest.mark.filterwarnings("ignore")
def test_openrlhf_loses_a_failure_that_is_raised(tmp_path):
    file = REWARD_FILE + "\nreward_func = to_openrlhf(lambda sample: 1 / 0, on_error='raise')\n"
    assert rolled_out(tmp_path, RIGHT, file=file)["reward"] is None
    file = REWARD_FILE + "\nreward_func = to_openrlhf(lambda sample: 1 / 0, failed=-1.0)\n"
    assert rolled_out(tmp_path, RIGHT, file=file)["reward"].tolist() == [-1.0]
