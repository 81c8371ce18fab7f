"""TRL's `GRPOTrainer`, with the callbacks of a run."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import PrinterCallback
from transformers.trainer_callback import ProgressCallback
from trl import GRPOConfig, GRPOTrainer

from vireward.errors import BadParameter
from vireward.training.callbacks import MetricsFile, RewardProgress, StopOnInterrupt


def make_trainer(
    model: Any,
    config: GRPOConfig,
    *,
    rewards: Sequence[Callable[..., list[float | None]]],
    rows: Sequence[dict[str, Any]],
    tokenizer: Any,
    lora: Any,
    metrics: Path,
) -> GRPOTrainer:
    """Build the trainer.

    Args:
        model: A path, a hub id, or a loaded model.
        config: The trainer's settings, complete.
        rewards: Reward functions in TRL's signature; each becomes a metric under its name.
        rows: Prompt (chat messages) and columns of each training problem.
        tokenizer: The model's tokenizer.
        lora: PEFT's configuration; None when the model has its adapter already.
        metrics: The file that gets one line for each log.

    Raises:
        BadParameter: the trainer refuses a setting.
    """
    try:
        trainer = GRPOTrainer(
            model=model,
            reward_funcs=list(rewards),
            args=config,
            train_dataset=Dataset.from_list(list(rows)),
            processing_class=tokenizer,
            peft_config=lora,
            callbacks=[MetricsFile(metrics), StopOnInterrupt()],
        )
    except ValueError as error:
        raise BadParameter(f"the trainer refuses its settings: {' '.join(str(error).split())}") from error
    if not config.disable_tqdm:
        trainer.remove_callback(ProgressCallback)
        trainer.add_callback(RewardProgress)
    trainer.remove_callback(PrinterCallback)
    return trainer
