"""Base models: from a hub or a folder, or the tiny one built on the spot; with LoRA by PEFT or by Unsloth."""

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vireward.errors import BadData, ModelUnavailable
from vireward.tags import TagFormat
from vireward.training import tiny, warmup
from vireward.training.data import Problem, prompt

if TYPE_CHECKING:
    from trl import ModelConfig

MIRRORS = {"meta-llama/": "unsloth/"}  # organisation of gated models → one that has them without a gate


def check_loadable(name: str) -> None:
    """Check that a model's configuration and tokenizer can be had, before anything large is loaded.

    Raises:
        ModelUnavailable: they cannot; the message says why, and for a gated model how to get access.
    """
    from transformers import AutoConfig

    _loaded(AutoConfig, name)
    load_tokenizer(name)


def load_tokenizer(name: str) -> Any:
    """The tokenizer of a model.

    Raises:
        ModelUnavailable: it cannot be had, as in `check_loadable`.
    """
    from transformers import AutoTokenizer

    return _loaded(AutoTokenizer, name, padding_side="left")


def _loaded(kind: Any, name: str, **settings: Any) -> Any:
    try:
        return kind.from_pretrained(name, **settings)
    except (OSError, ValueError, KeyError) as error:
        raise ModelUnavailable(f"{name}: the model cannot be loaded: {_reason(name, error)}") from error


def _reason(name: str, error: Exception) -> str:
    if Path(name).exists():
        return f"the folder holds no model in the format of transformers ({_first_line(error)})"
    if name.count("/") != 1 or name.startswith((".", "/")):
        return "no such folder, and no hub id (those are OWNER/NAME)"
    hints = [
        f"{_first_line(error)}; if it is gated, ask for access at https://huggingface.co/{name} and run `hf auth login`"
    ]
    for gated, mirror in MIRRORS.items():
        if name.startswith(gated):
            hints.append(f"or take the ungated mirror: --model_name_or_path {name.replace(gated, mirror, 1)}")
    return ", ".join(hints)


def tiny_base(folder: Path, problems: Sequence[Problem], tags: TagFormat, *, steps: int, seed: int) -> Path:
    """Build and warm up the tiny model; saves it under `folder`, its losses beside it in `warmup.jsonl`.

    A folder that is there already holds a whole model and is left as it is.

    Raises:
        BadData: as in `check_lessons`.
    """
    import torch
    from tqdm import tqdm

    check_lessons(problem.gold for problem in problems)

    if folder.exists():
        return folder
    lessons = [_lesson(problem, tags) for problem in problems]
    draw = random.Random(seed)
    replies = [warmup.reply(lesson, tags, draw, warmup.MIXED_HABITS) for lesson in lessons]
    questions = [problem.question for problem in problems]
    tokenizer = tiny.build_tokenizer([*questions, *replies, *[tags.system_prompt()] * 100], tags)
    torch.manual_seed(seed)
    model = tiny.build_model(tokenizer)
    losses = warmup.warm_up(model, tokenizer, lessons, tags=tags, steps=steps, seed=seed)
    with folder.with_name("warmup.jsonl").open("w", encoding="utf-8") as log:
        for row in tqdm(losses, total=steps, desc="supervised warm-up", unit="step"):
            log.write(json.dumps(row) + "\n")
    tiny.save(model, tokenizer, folder)
    return folder


def check_lessons(golds: Iterable[str]) -> None:
    """Check that the tiny model can be taught problems with these golds.

    Raises:
        BadData: a gold is no whole number, which is all that it is taught.
    """
    odd = next((gold for gold in golds if not gold.isdecimal()), None)
    if odd is not None:
        raise BadData(f"gold {odd!r}: the tiny model is warmed up on whole numbers only; choose --types")


def _lesson(problem: Problem, tags: TagFormat) -> warmup.Lesson:
    reasoning = problem.solution.partition("\n")[0]
    return warmup.Lesson(tuple(prompt(problem.question, tags)), reasoning, problem.gold)


def lora_config(model: "ModelConfig") -> Any:
    """PEFT's LoRA configuration of the chosen rank and targets."""
    from peft import LoraConfig

    return LoraConfig(
        r=model.lora_r,
        lora_alpha=model.lora_alpha,
        lora_dropout=model.lora_dropout,
        target_modules=model.lora_target_modules,
        modules_to_save=model.lora_modules_to_save,
        use_rslora=model.use_rslora,
        use_dora=model.use_dora,
        task_type="CAUSAL_LM",
    )


def unsloth_model(model: "ModelConfig", *, max_seq_length: int, memory: float, seed: int) -> tuple[Any, Any]:
    """Model and tokenizer by Unsloth, with LoRA on and vLLM inside.

    Args:
        model: Name and LoRA settings.
        max_seq_length: Tokens of prompt and completion together.
        memory: Share of the GPU's memory for vLLM, in (0, 1).
        seed: Of the adapter's random weights.
    """
    from unsloth import FastLanguageModel

    base, tokenizer = FastLanguageModel.from_pretrained(
        model_name=model.model_name_or_path,
        max_seq_length=max_seq_length,
        load_in_4bit=model.load_in_4bit,
        fast_inference=True,
        max_lora_rank=model.lora_r,
        gpu_memory_utilization=memory,
    )
    adapted = FastLanguageModel.get_peft_model(
        base,
        r=model.lora_r,
        lora_alpha=model.lora_alpha,
        target_modules=model.lora_target_modules,
        use_gradient_checkpointing="unsloth",
        random_state=seed,
    )
    return adapted, tokenizer


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200]
