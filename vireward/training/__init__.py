"""The training pipeline: data, base model, LoRA, GRPO, checkpoints, evaluation. Needs the extra `train`.

`make_trainer` is TRL's trainer with guarded rewards, for projects of their own.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vireward.training.trainer import make_trainer

__all__ = ["make_trainer"]


def __getattr__(name: str) -> Any:  # the trainer imports TRL, which takes seconds, and the rest does without
    if name == "make_trainer":
        from vireward.training.trainer import make_trainer

        return make_trainer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
