"""Two presets: the tutorial's run on a GPU, and the same pipeline in minutes on any CPU."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vireward.errors import BadParameter, UnfitMachine
from vireward.training import problems

LLAMA, TINY = "llama-3.2-1b", "tiny"
_LORA_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

# The values of the tutorial that both presets share. The last five name what TRL's defaults have changed over time.
_SHARED: Mapping[str, Any] = {
    "lora_target_modules": _LORA_TARGETS,
    "lora_dropout": 0.0,
    "weight_decay": 5e-4,
    "warmup_steps": 0.1,  # below 1 it is a share of all steps
    "lr_scheduler_type": "cosine",
    "num_generations": 8,
    "logging_steps": 1,
    "max_grad_norm": 0.1,
    "use_vllm": True,
    "vllm_mode": "colocate",
    "beta": 0.0,
    "loss_type": "dapo",
    "scale_rewards": "group",
    "epsilon": 0.2,
    "epsilon_high": 0.2,  # Unsloth takes 0.28 beside a loss that is named
}


@dataclass(frozen=True, slots=True)
class Preset:
    """Default values of the options, by the names of the command line.

    Attributes:
        name: How it is asked for.
        note: What a person should know before it runs, in one line.
        needs_gpu: Whether it is refused on a machine without one.
        defaults: Option name → value.
        by_backend: Backend → what it has besides, by option name.
    """

    name: str
    note: str
    needs_gpu: bool
    defaults: Mapping[str, Any]
    by_backend: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def under(self, backend: str) -> dict[str, Any]:
        """All default values with a backend, by option name."""
        return {**self.defaults, **self.by_backend.get(backend, {})}


PRESETS: Mapping[str, Preset] = {
    LLAMA: Preset(
        LLAMA,
        "Llama-3.2-1B-Instruct with LoRA r=64 on the first 8,000 problems of the Vietnamese MetaMathQA translation",
        needs_gpu=True,
        defaults={
            **_SHARED,
            "model_name_or_path": "meta-llama/Llama-3.2-1B-Instruct",
            "lora_r": 64,
            "lora_alpha": 64,
            "seed": 3407,
            "bf16": True,
            "data": "5CD-AI/Vietnamese-meta-math-MetaMathQA-40K-gg-translated",
            "max_rows": 8_000,
            "max_seq_length": 2_048,
            "max_completion_length": None,  # what the longest prompt leaves
            "learning_rate": 5e-6,
            "optim": "adamw_torch_fused",
            "num_train_epochs": 1,
            "max_steps": -1,
            "save_steps": 250,
            "temperature": 1.0,
            # The tutorial's 0.8 gives vLLM more than it can use: the model and 128 completions take 11 GiB.
            "vllm_gpu_memory_utilization": 0.5,
        },
        # The tutorial's update of 128 completions in larger passes than its 2: forward and backward pass take a third
        # less time with TRL, half with Unsloth (gpu_trl_faster.json and gpu_unsloth_faster.json of the benchmarks).
        by_backend={
            "unsloth": {
                "per_device_train_batch_size": 8,
                "gradient_accumulation_steps": 16,
                # As Unsloth has it by its settings' constructor, which a parser of their fields does not see.
                "vllm_importance_sampling_correction": False,
            },
            "trl": {
                "per_device_train_batch_size": 4,
                "gradient_accumulation_steps": 32,
                "gradient_checkpointing": False,
            },
        },
    ),
    TINY: Preset(
        TINY,
        "a Llama of 1.0 M parameters, built here, trained and tested on the bundled problems of one type only "
        f"({problems.EASY}: one sum or difference up to 18), the most a model of this size can master",
        needs_gpu=False,
        defaults={
            **_SHARED,
            "lora_r": 16,
            "lora_alpha": 32,
            "seed": 1,
            "use_cpu": True,
            "bf16": False,
            "gradient_checkpointing": False,
            "data": str(problems.TRAIN),
            "held_out": str(problems.HELD_OUT),
            "types": [problems.EASY],
            "max_seq_length": 256,
            "max_completion_length": 48,
            "learning_rate": 2e-3,
            "optim": "adamw_torch",
            "per_device_train_batch_size": 64,
            "gradient_accumulation_steps": 1,
            "max_steps": 80,
            "save_steps": 20,
            "save_total_limit": 2,
            "temperature": 1.0,
            # Both sides compute in float32 from the same weights: the correction is 1 and costs a forward pass.
            "vllm_importance_sampling_correction": False,
            "eval_problems": 300,
            "eval_batch": 100,
            "eval_temperature": 1.0,
            "eval_top_p": 1.0,
            "warm_up_steps": 300,
            "samples_every": 5,
        },
    ),
}


def choose(name: str, *, gpu: bool) -> Preset:
    """The preset of a name; `auto` is `llama-3.2-1b` on a GPU and `tiny` without one.

    Raises:
        BadParameter: there is no such preset.
        UnfitMachine: it needs a GPU and there is none.
    """
    if name == "auto":
        return PRESETS[LLAMA if gpu else TINY]
    if name not in PRESETS:
        raise BadParameter(f"--preset {name}: no such preset; there are auto, {', '.join(PRESETS)}")
    preset = PRESETS[name]
    if preset.needs_gpu and not gpu:
        raise UnfitMachine(
            f"--preset {name} needs a CUDA GPU and torch sees none; try --preset {TINY}, which runs on a CPU"
        )
    return preset
