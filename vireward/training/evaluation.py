"""Answers to held-out problems before and after training, judged by the rewards of the run."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vireward.adapters.trl import TrlReward
from vireward.judge import judge
from vireward.records import Verdict
from vireward.rewards.stated import stated_answer
from vireward.tags import TagFormat
from vireward.training.data import Problem, prompt
from vireward.training.samples import scores_of

Sampler = Callable[[list[list[dict[str, str]]]], list[str]]  # prompts as chat messages → completions


@dataclass(frozen=True, slots=True)
class Sampling:
    """How held-out problems are answered: the same before and after, so that only the weights differ."""

    temperature: float
    top_p: float
    max_new_tokens: int
    batch: int
    seed: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What came out over all problems.

    Attributes:
        problems: How many were asked.
        right: How many completions state the gold in their answer block.
        format: How many completions are well formed.
        reward: Mean of the sum of all rewards.
        rewards: Mean of each reward; an abstention counts as 0 here, and `abstained` counts them.
        abstained: Rewards without a value.
    """

    problems: int
    right: int
    format: int
    reward: float
    rewards: dict[str, float]
    abstained: int


def evaluate(
    phase: str,
    sample: Sampler,
    problems: Sequence[Problem],
    rewards: Sequence[TrlReward],
    *,
    tags: TagFormat,
    style: str,
    step: int,
) -> list[dict[str, Any]]:
    """One row for each problem: question, gold, completion, whether it is right and well formed, its scores and why.

    The rewards are those of one step of the trainer.
    """
    completions = sample([prompt(problem.question, tags) for problem in problems])
    rows = []
    for problem, completion in zip(problems, completions, strict=True):
        parsed = tags.scan(completion)
        scores = scores_of(rewards, completion, problem.gold, step)
        rows.append(
            {
                "phase": phase,
                "question": problem.question,
                "gold": problem.gold,
                "completion": completion,
                "right": judge(stated_answer(parsed), problem.gold, style=style) is Verdict.RIGHT,
                "format": parsed.well_formed,
                "reward": math.fsum(score.value or 0.0 for score in scores.values()),
                "scores": {name: {"value": score.value, "why": score.why} for name, score in scores.items()},
            }
        )
    return rows


def tally(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts and means over the rows of one phase, as `Tally` has them."""
    names = list(rows[0]["scores"])
    values = {name: [row["scores"][name]["value"] for row in rows] for name in names}
    counted = Tally(
        problems=len(rows),
        right=sum(row["right"] for row in rows),
        format=sum(row["format"] for row in rows),
        reward=round(math.fsum(row["reward"] for row in rows) / len(rows), 4),
        rewards={name: round(math.fsum(v or 0.0 for v in values[name]) / len(rows), 4) for name in names},
        abstained=sum(v is None for name in names for v in values[name]),
    )
    return asdict(counted)


@dataclass(frozen=True, slots=True)
class TransformersSampler:
    """Answers by transformers' generate, with an adapter from a folder or without one."""

    model: str
    sampling: Sampling
    adapter: Path | None = None

    def __call__(self, prompts: list[list[dict[str, str]]]) -> list[str]:
        """One completion for each prompt, the same in every call."""
        import torch
        from tqdm import tqdm
        from transformers import AutoTokenizer, set_seed

        tokenizer = AutoTokenizer.from_pretrained(self.model, padding_side="left")
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        model = self._load()
        set_seed(self.sampling.seed)
        texts = [tokenizer.apply_chat_template(p, tokenize=False, add_generation_prompt=True) for p in prompts]
        batches = range(0, len(texts), self.sampling.batch)
        step = tqdm(batches, desc="evaluation", unit="batch", leave=False)
        answers = [text for i in step for text in self._batch(model, tokenizer, texts[i : i + self.sampling.batch])]
        del model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()  # vLLM looks at what is free when it starts
        return answers

    def _load(self) -> Any:
        import torch
        from transformers import AutoModelForCausalLM

        gpu = torch.cuda.is_available()
        model: Any = AutoModelForCausalLM.from_pretrained(self.model, dtype=torch.bfloat16 if gpu else torch.float32)
        if self.adapter is not None:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, str(self.adapter))
        return model.to("cuda" if gpu else "cpu").eval()

    def _batch(self, model: Any, tokenizer: Any, texts: list[str]) -> Iterator[str]:
        import torch

        inputs = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False).to(model.device)
        with torch.no_grad():
            ids = model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                do_sample=True,
                temperature=self.sampling.temperature,
                top_p=self.sampling.top_p,
                top_k=0,
                max_new_tokens=self.sampling.max_new_tokens,
                pad_token_id=tokenizer.pad_token_id,
            )
        new = ids[:, inputs["input_ids"].shape[1] :]
        yield from tokenizer.batch_decode(new, skip_special_tokens=True)


@dataclass(frozen=True, slots=True)
class UnslothSampler:
    """Answers by the vLLM inside an Unsloth model, with an adapter from a folder or without one."""

    model: Any
    tokenizer: Any
    sampling: Sampling
    adapter: Path | None = None

    def __call__(self, prompts: list[list[dict[str, str]]]) -> list[str]:
        """One completion for each prompt."""
        from vllm import SamplingParams

        texts = [self.tokenizer.apply_chat_template(p, tokenize=False, add_generation_prompt=True) for p in prompts]
        params = SamplingParams(
            temperature=self.sampling.temperature,
            top_p=self.sampling.top_p,
            max_tokens=self.sampling.max_new_tokens,
            seed=self.sampling.seed,
        )
        adapter = None if self.adapter is None else self.model.load_lora(str(self.adapter))
        outputs = self.model.fast_generate(texts, sampling_params=params, lora_request=adapter)
        return [output.outputs[0].text for output in outputs]
