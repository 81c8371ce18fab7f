"""The training pipeline: data, base model, LoRA, GRPO, checkpoints, evaluation. Needs the extra `train`."""
