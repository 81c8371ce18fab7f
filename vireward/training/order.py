"""The order of the prompts after a stop: that of an unbroken run."""

import math
from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class EpochOrder(TrainerCallback):
    """Gives each epoch the shuffle that it has in an unbroken run.

    TRL's sampler draws one shuffle after the other from a generator of its own, which no checkpoint holds. Left alone,
    a run that is resumed in its third epoch goes on in the order of the first.
    """

    def on_epoch_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        train_dataloader: Any = None,
        **kwargs: Any,
    ) -> None:
        """Draw again what was drawn for the epochs before."""
        import torch

        sampler = _sampler(train_dataloader)
        if sampler is None:
            return
        sampler.generator.manual_seed(sampler.seed)
        for _ in range(math.floor(state.epoch or 0)):
            torch.randperm(sampler.num_samples, generator=sampler.generator)


class GenerationOrder(TrainerCallback):
    """Has a resumed run generate at the steps at which an unbroken one does.

    TRL uses the completions of one generation for several steps, and counts these from 0 when it is built. Left alone,
    a run that is resumed between two generations leaves out some prompts, and goes on with others for too long.

    Args:
        trainer: Gives the trainer, once it is built.
    """

    def __init__(self, trainer: Callable[[], Any]) -> None:
        self.trainer = trainer

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        train_dataloader: Any = None,
        **kwargs: Any,
    ) -> None:
        """Count the batches that an unbroken run has taken by now."""
        trainer = self.trainer()
        if hasattr(trainer, "_step"):  # its own, and the only place of this count
            trainer._step = _batches(state.global_step, train_dataloader, args.gradient_accumulation_steps)


def _batches(steps: int, loader: Any, accumulation: int) -> int:
    """The batches of some optimizer steps; the last step of an epoch may have fewer than the others."""
    try:
        in_epoch = len(loader)
    except TypeError:  # of a stream
        return steps * accumulation
    epochs, rest = divmod(steps, max(math.ceil(in_epoch / accumulation), 1))
    return epochs * in_epoch + rest * accumulation


def _sampler(loader: Any) -> Any:
    """The shuffling sampler at the bottom of a data loader; None where the order is not shuffled."""
    from trl.trainer.utils import RepeatSampler

    at = loader
    while at is not None and not isinstance(at, RepeatSampler):
        batches = getattr(at, "batch_sampler", None)
        at = getattr(at, "sampler", None) if batches is None else batches  # a sampler of a stream has no truth value
    return at if at is not None and at.shuffle and at.seed is not None else None
