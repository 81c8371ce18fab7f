"""The arithmetic of batches: how many completions are generated at once, and whether they make whole groups.

Example row (per device, devices, accumulation, generations → completions at once, prompts at once):

    2, 1, 64, 8    128 completions, 16 prompts
    64, 1, 1, 7    64 completions, which 7 does not divide
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vireward.training.preflight.finding import Finding


def batch_findings(settings: Mapping[str, Any], devices: int) -> Iterator[Finding]:
    """Sizes that TRL refuses; the first of them, since the others follow from it.

    Args:
        settings: The trainer's settings by name, as they were asked for.
        devices: Processes that train, one for each device.
    """
    found = (check(settings, devices) for check in (_sizes, _automatic, _both, _global, _groups, _evaluation))
    yield from list(filter(None, found))[:1]


def _sizes(settings: Mapping[str, Any], _devices: int) -> Finding | None:
    least = {"num_generations": 2, "per_device_train_batch_size": 1, "gradient_accumulation_steps": 1}
    for name, bound in least.items():
        if settings[name] < bound:
            why = "an advantage compares the completions of one prompt" if bound == 2 else "an update needs completions"
            return Finding(
                "error", f"--{name}", f"{settings[name]} is less than {bound}: {why}", f"raise it to {bound}"
            )
    return None


def _automatic(settings: Mapping[str, Any], _devices: int) -> Finding | None:
    if not settings["auto_find_batch_size"]:
        return None
    what = "a batch that is halved holds no whole groups any more, so TRL refuses it"
    return Finding("error", "--auto_find_batch_size", what, "leave it out, and lower --per_device_train_batch_size")


def _both(settings: Mapping[str, Any], _devices: int) -> Finding | None:
    size, steps = settings["generation_batch_size"], settings["steps_per_generation"]
    if size is None or steps is None:
        return None
    what = f"--steps_per_generation {steps} says the same in another way"
    return Finding("error", f"--generation_batch_size {size}", what, "give one of the two")


def _global(settings: Mapping[str, Any], devices: int) -> Finding | None:
    size, each = settings["generation_batch_size"], settings["per_device_train_batch_size"]
    if size is None or not size % (each * devices):
        return None
    what = f"it is no multiple of per_device_train_batch_size × devices = {each} × {devices}"
    way = f"set it to {_multiple(size, each * devices)}"
    return Finding("error", f"--generation_batch_size {size}", what, way)


def _groups(settings: Mapping[str, Any], devices: int) -> Finding | None:
    each, group = settings["per_device_train_batch_size"], settings["num_generations"]
    asked, steps = settings["generation_batch_size"], settings["steps_per_generation"]
    accumulation = settings["gradient_accumulation_steps"]
    size = asked or each * devices * (steps or accumulation)
    if not size % group:
        return None
    how = "generation_batch_size" if asked else f"per_device_train_batch_size × devices × {_third(steps)}"
    sum_ = "" if asked else f" = {each} × {devices} × {steps or accumulation}"
    fit = [n for n in range(2, size + 1) if not size % n]
    near = min(fit, key=lambda n: abs(n - group), default=None)
    way = f"set it to {near}, or the batch to a multiple of {group}" if near else f"raise the batch to {group}"
    what = f"it does not divide the {size} completions that are generated at once ({how}{sum_}) into whole groups"
    return Finding("error", f"--num_generations {group}", what, way)


def _third(steps: int | None) -> str:
    return "steps_per_generation" if steps else "gradient_accumulation_steps"


def _evaluation(settings: Mapping[str, Any], devices: int) -> Finding | None:
    """TRL's own evaluation, which a run does without: it answers held-out problems before and after training."""
    if settings["eval_strategy"] == "no":
        return None
    size = settings["per_device_eval_batch_size"] * devices
    group = settings["num_generations_eval"] or settings["num_generations"]
    without = "leave --eval_strategy out; held-out problems are answered before and after training"
    if size % group:
        what = f"the {group} completions of a prompt do not divide it × {devices} devices"
        way = f"set it to {_multiple(size // devices, group)}, or {without}"
        return Finding("error", f"--per_device_eval_batch_size {settings['per_device_eval_batch_size']}", what, way)
    what = "the training script hands the trainer no data set to evaluate on"
    return Finding("error", f"--eval_strategy {settings['eval_strategy']}", what, without)


def _multiple(size: int, of: int) -> int:
    """The multiple of a number that is next to a size, and not 0."""
    return max(1, round(size / of)) * of
