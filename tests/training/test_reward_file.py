"""Training with a reward from a TOML file: rewards of every origin in one step, and a schedule through a kill."""

import signal
import sys

import pytest
from example_script import QUICK, finish, lines, start, wait_for

import vireward
from vireward import Sample, registry, to_trl
from vireward.group import within

pytestmark = pytest.mark.training

OWN = """
def short(sample):
    '''Is the completion short?'''
    return float(len(sample.completion) < 40)


def closes(completions, **columns):
    return [float("</SOLUTION>" in completion[0]["content"]) for completion in completions]
"""
SHOP = """
from dataclasses import dataclass

from vireward import Score


@dataclass(frozen=True)
class MentionsPrice:
    '''Does the reply name a price?'''

    word: str = "đồng"

    def __call__(self, sample, /):
        return Score(float(self.word in sample.completion), "looked for the word")
"""
EVERY_KIND = """
[reward]
use = "weighted"

[reward.terms]
builtin = { weight = 1.0, reward = "tag_count" }
function = { weight = 0.5, reward = "train_extra:short" }
batch = { weight = 0.25, reward = "train_extra:closes" }
plugin = { weight = 0.125, reward = { use = "shop-rewards:mentions_price", word = "a" } }
gated = { weight = 2.0, reward = { use = "gate", reward = "train_extra:closes", when = "shop-rewards:mentions_price" } }
group = { weight = 1.0, reward = { use = "per_group", reward = "diversity", size = 4 } }
"""
SCHEDULED = """
[reward]
use = "schedule"
reward = { use = "scale", reward = "format_exact", by = 0, plus = 1 }
weights = { 0 = 1.0, 6 = 0.0 }
linear = true
"""


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Two modules of someone else, one of them an installed plug-in."""
    folder = tmp_path / "packages"
    installed = folder / "shop_rewards-1.0.dist-info"
    installed.mkdir(parents=True)
    (folder / "train_extra.py").write_text(OWN, encoding="utf-8")
    (folder / "shop_rewards.py").write_text(SHOP, encoding="utf-8")
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-rewards\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[vireward.rewards]\nmentions_price = shop_rewards:MentionsPrice\n")
    monkeypatch.syspath_prepend(folder)
    yield folder
    for module in ("train_extra", "shop_rewards"):
        sys.modules.pop(module, None)
    registry._loaded.clear()


def test_rewards_of_every_origin_compose_in_python_and_in_toml_and_train_a_step(packages, tmp_path):
    import train_extra
    from shop_rewards import MentionsPrice

    file = tmp_path / "rewards.toml"
    file.write_text(EVERY_KIND, encoding="utf-8")
    reward = vireward.from_toml(file, allow_import=True)
    batch, price = vireward.from_trl(train_extra.closes), MentionsPrice
    assert reward == vireward.weighted(
        builtin=(1.0, vireward.TagCount()),
        function=(0.5, train_extra.short),
        batch=(0.25, batch),
        plugin=(0.125, price("a")),
        gated=(2.0, vireward.gate(batch, when=price())),
        group=(1.0, vireward.per_group(vireward.make("diversity"), size=4)),
    )
    trainer = tiny_trainer(tmp_path, reward)
    trainer.train()
    logged = next(row for row in trainer.state.log_history if "reward" in row)
    parts = {name: weight * logged[f"weighted/{name}"] for name, weight, _ in reward.terms}
    assert logged["reward"] == pytest.approx(sum(parts.values()), abs=1e-4)
    assert logged["reward"] == pytest.approx(logged["rewards/weighted/mean"], abs=1e-4)


def tiny_trainer(folder, reward):
    """TRL's own trainer on a Llama of random weights: two prompts with four completions each, one step."""
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    from vireward.training import tiny

    texts = ["Hai cộng ba bằng mấy?", "Năm trừ một bằng mấy?"]
    tokenizer = tiny.build_tokenizer(texts * 50, vireward.TagFormat())
    rows = [{"prompt": [{"role": "user", "content": text}], "answer": "5"} for text in texts]
    settings = GRPOConfig(
        output_dir=str(folder / "out"),
        per_device_train_batch_size=8,
        num_generations=4,
        max_completion_length=12,
        max_steps=1,
        logging_steps=1,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to="none",
        disable_tqdm=True,
        save_strategy="no",
    )
    return GRPOTrainer(
        model=tiny.build_model(tokenizer),
        reward_funcs=to_trl(reward),
        args=settings,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )


def test_a_schedule_gives_the_same_rewards_at_each_step_through_a_kill(tmp_path):
    file = tmp_path / "rewards.toml"
    file.write_text(SCHEDULED, encoding="utf-8")
    outputs = tmp_path / "outputs"
    options = [*QUICK, "--name", "killed", "--max_steps", "6", "--save_steps", "2", "--use_vllm", "false"]
    process = start(outputs, *options, "--rewards", str(file))
    run = outputs / "killed"
    wait_for(lambda: (run / "checkpoint-2" / "trainer_state.json").exists(), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    file.write_text("changed since then, which is no matter", encoding="utf-8")
    log = finish(outputs, "--resume")
    assert "going on from checkpoint-" in log
    rewards = {row["step"]: row["reward"] for row in lines(run / "metrics.jsonl") if "reward" in row}
    scheduled = vireward.from_toml(run / "rewards.toml")
    # The rewards of a step are given before it is counted.
    assert rewards == {
        step: pytest.approx(scheduled(Sample("", step=step - 1)).value, abs=1e-6) for step in range(1, 7)
    }


def test_the_prompt_asks_for_the_tags_that_the_file_s_rewards_look_for(tmp_path):
    from vireward.training.samples import file_rewards

    file = tmp_path / "rewards.toml"
    file.write_text('[defaults]\ntags = "deepseek"\n[reward]\nuse = "answer_match"\n', encoding="utf-8")
    rewards, tags = file_rewards(file, "en", allow_import=False)
    assert tags == vireward.TagFormat.preset("deepseek")
    assert [part for part in within(rewards[0].reward) if isinstance(part, vireward.AnswerMatch)] == [
        vireward.AnswerMatch(tags, style="en")
    ]


def test_a_file_with_two_tag_formats_is_refused(tmp_path):
    from vireward.training.samples import file_rewards

    file = tmp_path / "rewards.toml"
    gate = 'use = "gate"\nreward = "tag_count"\nwhen = { use = "tag_count", tags = "boxed" }'
    file.write_text(f"[reward]\n{gate}\n", encoding="utf-8")
    with pytest.raises(vireward.BadParameter) as caught:
        file_rewards(file, "vi", allow_import=False)
    assert str(caught.value) == f"--rewards {file}: its parts look for 2 tag formats, and a run has one prompt"
