"""A run that is resumed at any step has the prompts, learning rates and steps of an unbroken one, on TRL's trainer."""

import copy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from trl_runs import SETTINGS, base_model, place, settled_objects, tokenizer

pytestmark = pytest.mark.training

ROWS = [{"prompt": f"{n} + {m} =", "answer": str(n + m)} for n in range(2, 5) for m in range(1, 4)]
STEPS = 9
# Optimizer steps of a generation, gradient accumulation, and how often a generation is used.
SHAPES = [(1, 1, 2), (2, 1, 1), (2, 1, 2), (2, 2, 2), (4, 2, 1), (3, 2, 1)]


def built(folder, seen, steps_per_generation, accumulation, iterations):
    from datasets import Dataset
    from trl import GRPOConfig

    from vireward.training import make_trainer

    def watch(scored):
        seen.append((scored.call.step, [*scored.call.prompts]))

    settings = SETTINGS | {
        "max_steps": STEPS,
        "shuffle_dataset": True,
        "steps_per_generation": steps_per_generation,
        "gradient_accumulation_steps": accumulation,
        "num_iterations": iterations,
        "save_strategy": "steps",
        "save_steps": 1,
        "lr_scheduler_type": "cosine",
    }
    return make_trainer(
        copy.deepcopy(base_model()),
        place,
        args=GRPOConfig(output_dir=folder, **settings),
        train_dataset=Dataset.from_list(ROWS),
        processing_class=copy.deepcopy(tokenizer()),
        watchers=[watch],
    )


def schedule(trainer):
    return [(row["step"], row["learning_rate"], row["epoch"]) for row in trainer.state.log_history if "loss" in row]


def used(seen):
    """The prompts whose completions each step learns from."""
    latest = dict(seen)
    return [latest[max(step for step in latest if step <= done)] for done in range(min(latest), STEPS)]


@cache
def unbroken(shape):
    """A whole run: its folder, which keeps every checkpoint, what it has asked, and its schedule."""
    folder, seen = TemporaryDirectory(), []
    trainer = built(folder.name, seen, *shape)
    trainer.train()
    return folder, seen, schedule(trainer)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "-".join(map(str, shape)))
@pytest.mark.parametrize("done", [1, 2, 3, 5, 8])
def test_a_resumed_run_asks_and_learns_in_the_order_of_an_unbroken_one(shape, done, tmp_path):
    with settled_objects():
        folder, whole, planned = unbroken(shape)
        seen = []
        trainer = built(str(tmp_path), seen, *shape)
        trainer.train(resume_from_checkpoint=str(Path(folder.name, f"checkpoint-{done}")))
    assert schedule(trainer) == planned
    assert used(seen) == used(whole)[done:]
    assert [step for step, _ in seen if step > done] == [step for step, _ in whole if step > done]
