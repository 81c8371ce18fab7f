"""Settings that TRL looks at only when the model is loaded, or at the first step.

Read from trl/trainer/grpo_trainer.py and trl/generation/vllm_generation.py of TRL 1.15 and 1.16.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vireward.errors import nearest
from vireward.training.preflight.finding import Finding

Settings = Mapping[str, Any]

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "loss_type": ("grpo", "dr_grpo", "dapo", "bnpo", "cispo", "sapo", "luspo", "vespo"),
    "scale_rewards": ("group", "batch", "none"),
    "importance_sampling_level": ("token", "sequence"),
    "multi_objective_aggregation": ("sum_then_normalize", "normalize_then_sum"),
}
ALLOWED_OF_VLLM: Mapping[str, tuple[str, ...]] = {
    "vllm_mode": ("colocate", "server"),
    "vllm_model_impl": ("vllm", "transformers", "auto"),
    "vllm_importance_sampling_mode": ("sequence_mask", "sequence_truncate", "token_mask", "token_truncate"),
}
_TRUTHS = {"true": "group", "false": "none"}  # what `scale_rewards` was before it had names, given as text


def setting_findings(settings: Settings, *, rewards: int, devices: int) -> Iterator[Finding]:
    """Values that are none of those that TRL knows, and values that exclude each other.

    Args:
        settings: Settings of trainer and model by name.
        rewards: How many reward functions the run hands to TRL.
        devices: Processes that train, one for each device.
    """
    allowed = {**ALLOWED, **(ALLOWED_OF_VLLM if settings["use_vllm"] else {})}
    for name, values in allowed.items():
        given = {True: "group", False: "none"}.get(settings[name], settings[name])
        if given not in values:
            known = ", ".join(values)
            near = f"did you mean {_TRUTHS[given]!r}?" if given in _TRUTHS else nearest(str(given), values)
            yield Finding("error", f"--{name} {given}", f"must be one of {known}", near)
    for check in (_weights, _temperature, _sampling, _reference, _head, _parallel):
        yield from check(settings, rewards, devices)


def _weights(settings: Settings, rewards: int, _devices: int) -> Iterator[Finding]:
    weights = settings["reward_weights"]
    if weights is not None and len(weights) != rewards:
        way = f"give {rewards}, or weigh the parts in the file of --rewards"
        what = f"{len(weights)} weights for {rewards} reward function{'s' * (rewards > 1)}"
        yield Finding("error", "--reward_weights", what, way)


def _temperature(settings: Settings, _rewards: int, _devices: int) -> Iterator[Finding]:
    if settings["temperature"] <= 0:
        what = "all completions of a prompt would be the same, and no group teach anything"
        yield Finding("error", f"--temperature {settings['temperature']}", what, "set it above 0, such as 1.0")


def _sampling(settings: Settings, _rewards: int, _devices: int) -> Iterator[Finding]:
    mode, corrected = settings["vllm_importance_sampling_mode"], settings["vllm_importance_sampling_correction"]
    if settings["loss_type"] == "vespo" and settings["use_vllm"] and corrected and mode.startswith("sequence_"):
        way = "set --vllm_importance_sampling_mode token_truncate or token_mask"
        yield Finding("error", "--loss_type vespo", f"it does not go with vllm_importance_sampling_mode {mode}", way)


def _reference(settings: Settings, _rewards: int, _devices: int) -> Iterator[Finding]:
    if settings["sync_ref_model"]:
        what = "a run with LoRA keeps no reference model to synchronise"
        yield Finding("error", "--sync_ref_model", what, "leave it out")


def _head(settings: Settings, _rewards: int, _devices: int) -> Iterator[Finding]:
    if "lm_head" in (settings["lora_target_modules"] or ()):
        what = "TRL computes log-probabilities from the head's own weights, so that its adapter would not be trained"
        yield Finding("error", "--lora_target_modules lm_head", what, "leave lm_head out")


def _parallel(settings: Settings, _rewards: int, devices: int) -> Iterator[Finding]:
    size = settings["vllm_tensor_parallel_size"]
    if settings["use_vllm"] and settings["vllm_mode"] == "colocate" and devices % size:
        where = f"--vllm_tensor_parallel_size {size}"
        yield Finding("error", where, f"it does not divide the {devices} devices", "set it to 1")
