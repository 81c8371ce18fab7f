"""The order of the prompts after a stop: that of an unbroken run."""

import math
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


def _sampler(loader: Any) -> Any:
    """The shuffling sampler at the bottom of a data loader; None where the order is not shuffled."""
    from trl.trainer.utils import RepeatSampler

    at = loader
    while at is not None and not isinstance(at, RepeatSampler):
        batches = getattr(at, "batch_sampler", None)
        at = getattr(at, "sampler", None) if batches is None else batches  # a sampler of a stream has no truth value
    return at if at is not None and at.shuffle and at.seed is not None else None
