"""Supervised warm-up of a small model, on mixed habits on purpose.

Reinforcement learning finds what a model can already do sometimes; it does not teach arithmetic to a model this
small. So the model first learns to solve the problems in every layout, and then to answer as a pretrained model does:
sometimes well formed and right, sometimes carelessly, sometimes without the tags.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vireward.tags import TagFormat

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

BATCH = 32  # lessons a step
SOLVING = 0.75  # share of the steps in which each reply is right; in the rest habits are mixed
_RATE_MATRICES, _RATE_OTHERS = 0.02, 3e-3  # Muon for the weight matrices, AdamW for embeddings and norms


@dataclass(frozen=True, slots=True)
class Lesson:
    """A training problem as the warm-up needs it: chat messages of the prompt, the reasoning, the gold (an integer)."""

    prompt: tuple[dict[str, str], ...]
    reasoning: str
    gold: str


Habit = Callable[[Lesson, TagFormat, random.Random], str]
Habits = Sequence[tuple[int, Habit]]  # each with its weight


def well_formed(lesson: Lesson, tags: TagFormat, _draw: random.Random) -> str:
    """Right and laid out as asked."""
    return tags.write(lesson.reasoning, lesson.gold)


def careless(lesson: Lesson, tags: TagFormat, draw: random.Random) -> str:
    """Laid out as asked, with a guess near the gold instead of a calculation."""
    gold = int(lesson.gold)
    guess = draw.choice([n for n in range(max(0, gold - 4), gold + 5) if n != gold])
    return tags.write("Em đoán.", str(guess))


def unclosed(lesson: Lesson, tags: TagFormat, draw: random.Random) -> str:
    """Right, but the reasoning is not closed; in a format that does not close it, untagged."""
    if tags.close_reasoning is None:
        return untagged(lesson, tags, draw)
    return tags.write(lesson.reasoning, lesson.gold).replace(tags.close_reasoning, "")


def untagged(lesson: Lesson, _tags: TagFormat, _draw: random.Random) -> str:
    """Right, in the words of a school book, without tags."""
    return f"{lesson.reasoning} Đáp án là: {lesson.gold}"


def cut_short(lesson: Lesson, tags: TagFormat, _draw: random.Random) -> str:
    """The answer alone, in a block that is never closed."""
    return f"{tags.open_answer}{lesson.gold}"


SOLVING_HABITS: Habits = ((1, well_formed), (1, unclosed), (1, untagged))
# How the base answers in the end, and how often out of 100.
MIXED_HABITS: Habits = (
    (30, well_formed),
    (25, careless),
    (15, unclosed),
    (20, untagged),
    (10, cut_short),
)


def reply(lesson: Lesson, tags: TagFormat, draw: random.Random, habits: Habits) -> str:
    """One reply to a lesson, in one of the habits by chance."""
    (write,) = draw.choices([habit for _, habit in habits], weights=[share for share, _ in habits])
    return write(lesson, tags, draw)


def warm_up(
    model: "LlamaForCausalLM",
    tokenizer: "PreTrainedTokenizerFast",
    lessons: Sequence[Lesson],
    *,
    tags: TagFormat,
    steps: int,
    seed: int,
    solving: Habits = SOLVING_HABITS,
    mixed: Habits = MIXED_HABITS,
    batch: int = BATCH,
) -> Iterator[dict[str, float]]:
    """Train the model on the lessons; yields each step and its loss (mean cross-entropy a reply token, in nats).

    Args:
        model: The model, trained in place.
        tokenizer: Its tokenizer.
        lessons: Problems to learn from; each step takes `batch` of them by chance.
        tags: The layout of well-formed replies.
        steps: Optimizer updates.
        seed: Of the draw of lessons and habits.
        solving: Habits of the first `SOLVING` of the steps.
        mixed: Habits of the others.
        batch: Lessons a step.
    """
    import torch

    draw = random.Random(seed)
    optimizers = _optimizers(model, steps)
    asked = _ids(tokenizer, [_prompt(tokenizer, lesson) for lesson in lessons])
    prompts = {id(lesson): ids for lesson, ids in zip(lessons, asked, strict=True)}
    model.train()
    for step in range(1, steps + 1):
        habits = solving if step <= steps * SOLVING else mixed
        drawn = draw.choices(lessons, k=batch)
        replies = _ids(tokenizer, [reply(it, tags, draw, habits) + str(tokenizer.eos_token) for it in drawn])
        rows = [(prompts[id(it)], ids) for it, ids in zip(drawn, replies, strict=True)]
        padded = _padded(rows, tokenizer.pad_token_id)
        loss = model(**{name: values.to(model.device) for name, values in padded.items()}).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer, schedule in optimizers:
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        yield {"step": step, "loss": round(loss.item(), 4)}
    model.eval()


def _optimizers(model: "LlamaForCausalLM", steps: int) -> list[tuple[Any, Any]]:
    """Muon and AdamW, each with its schedule: 20 steps up, constant, and linearly down over the last 40 %.

    With AdamW alone the model needs several times the steps until it copies the numbers of a question.
    """
    import torch

    matrices = {n: p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n}
    others = [p for n, p in model.named_parameters() if n not in matrices]
    optimizers: list[Any] = [
        torch.optim.Muon(list(matrices.values()), lr=_RATE_MATRICES, weight_decay=0.01),
        torch.optim.AdamW(others, lr=_RATE_OTHERS, weight_decay=0.01, betas=(0.9, 0.98)),
    ]

    def share(step: int) -> float:
        return min(1.0, (step + 1) / 20, (steps - step) / (0.4 * steps))

    return [(it, torch.optim.lr_scheduler.LambdaLR(it, share)) for it in optimizers]


def _prompt(tokenizer: "PreTrainedTokenizerFast", lesson: Lesson) -> str:
    return str(tokenizer.apply_chat_template(list(lesson.prompt), tokenize=False, add_generation_prompt=True))


def _ids(tokenizer: "PreTrainedTokenizerFast", texts: list[str]) -> list[list[int]]:
    ids: list[list[int]] = tokenizer(texts, add_special_tokens=False)["input_ids"]
    return ids


def _padded(rows: Sequence[tuple[list[int], list[int]]], pad: int) -> dict[str, Any]:
    """Tensors of shape (rows, longest row): ids, attention mask, and labels on the replies only (-100 elsewhere)."""
    import torch

    width = max(len(prompt) + len(reply) for prompt, reply in rows)
    ids = torch.full((len(rows), width), pad)
    labels = torch.full((len(rows), width), -100)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for i, (prompt, reply) in enumerate(rows):
        end = len(prompt) + len(reply)
        ids[i, :end] = torch.tensor(prompt + reply)
        labels[i, len(prompt) : end] = torch.tensor(reply)
        mask[i, :end] = 1
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}
