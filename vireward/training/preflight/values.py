"""Values of options out of their range, options that a run does not hear, and packages that an option needs."""

import importlib.util
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from vireward.training.preflight.finding import Finding

Values = Mapping[str, Any]

# The least value of a number; None is no number.
_LEAST = {"max_rows": 1, "eval_problems": 1, "eval_batch": 1, "max_prompt_tokens": 1, "warm_up_steps": 0}
_LEAST |= {"samples_every": 0, "max_seq_length": 2, "lora_r": 1}
# What of `trl.ModelConfig` a run hears: it trains a LoRA adapter of a causal language model, without quantisation.
_HEARD = {"model_name_or_path", "use_peft", "lora_r", "lora_alpha", "lora_target_modules"}
_HEARD_BY = {
    "trl": {*_HEARD, "lora_dropout", "lora_modules_to_save", "use_rslora", "use_dora"},
    "unsloth": {*_HEARD, "load_in_4bit"},
}
_TRACKERS = {"wandb": "wandb", "tensorboard": "tensorboard", "trackio": "trackio", "mlflow": "mlflow"}
_TRACKERS |= {"comet_ml": "comet_ml", "swanlab": "swanlab", "clearml": "clearml"}


def value_findings(values: Values) -> Iterator[Finding]:
    """Numbers of this package's own options and of LoRA that nothing could be done with."""
    for name, least in _LEAST.items():
        value = values.get(name)
        if value is not None and not value >= least:
            yield Finding("error", f"--{name} {value}", f"must be at least {least}", f"raise it to {least}")
    temperature, top_p = values["eval_temperature"], values["eval_top_p"]
    if not 0 < temperature < math.inf:
        yield Finding(
            "error", f"--eval_temperature {temperature}", "must be above 0", "for nearly greedy answers set 0.01"
        )
    if not 0 < top_p <= 1:
        yield Finding("error", f"--eval_top_p {top_p}", "must be above 0 and at most 1", "set it to 1 for all tokens")


def option_findings(
    values: Values, backend: str, there: Callable[[str], object] = importlib.util.find_spec
) -> Iterator[Finding]:
    """What of the trainer's and the model's options would be passed over, spoil the run or find a package missing.

    Args:
        values: All options by name.
        backend: `unsloth` or `trl`.
        there: Gives something for the name of a module that is installed, else None.
    """
    from trl import GRPOConfig, ModelConfig

    for option in fields(ModelConfig):
        if option.name not in _HEARD_BY[backend] and values[option.name] != option.default:
            what = f"the run would not hear it: with --backend {backend} it trains a LoRA adapter as it is told by "
            what += ", ".join(f"--{name}" for name in sorted(_HEARD_BY[backend] - {"model_name_or_path", "use_peft"}))
            yield Finding("error", f"--{option.name} {values[option.name]}", what, "leave it out")
    asked = values["output_dir"]
    if asked != next(option.default for option in fields(GRPOConfig) if option.name == "output_dir"):
        what, way = f"a run writes under {values['outputs']}/NAME", f"say --outputs {asked}, and --name"
        yield Finding("error", f"--output_dir {asked}", what, way)
    if values["save_only_model"]:
        what = (
            "from a checkpoint without optimizer and schedule no run can go on, neither after Ctrl-C nor after a crash"
        )
        yield Finding("error", "--save_only_model", what, "leave it out, or lower --save_total_limit to save room")
    if values["remove_unused_columns"]:
        yield Finding("error", "--remove_unused_columns", "the rewards would not get the golds", "leave it out")
    if not 0 <= values["learning_rate"] < math.inf:
        rate = f"--learning_rate {values['learning_rate']}"
        yield Finding("error", rate, "must be a finite number, and not below 0", "5e-6 is the tutorial's")
    yield from _package_findings(values, there)


def generation_findings(values: Values) -> Iterator[Finding]:
    """Arguments of generation that whoever generates would refuse at the first step, or pass over.

    `vllm` is imported where it generates, if there are such arguments.
    """
    asked = values["generation_kwargs"]
    if isinstance(asked, str):
        try:
            asked = json.loads(asked)
        except ValueError:  # TRL's parser says so
            return
    if not isinstance(asked, dict) or not asked:
        return
    if values["use_vllm"] and importlib.util.find_spec("vllm") is not None:
        from vllm import SamplingParams

        try:
            SamplingParams(**asked)
        except Exception as error:  # it has errors of its own beside TypeError and ValueError
            what, way = f"vLLM refuses them: {' '.join(str(error).split()):.200}", "see vLLM's SamplingParams"
            yield Finding("error", "--generation_kwargs", what, way)
    elif not values["use_vllm"]:
        from transformers import GenerationConfig

        unknown = [*GenerationConfig().update(**asked), *({"stop_strings"} & asked.keys())]
        if unknown:
            what = f"{unknown[0]!r} would not reach the generation by transformers"
            yield Finding("error", "--generation_kwargs", what, "see transformers' GenerationConfig, or leave it out")


def _package_findings(values: Values, there: Callable[[str], object]) -> Iterator[Finding]:
    asked = values["report_to"]
    names = [asked] if isinstance(asked, str) else list(asked or ())
    needs = [(f"--report_to {name}", _TRACKERS[name]) for name in names if name in _TRACKERS]
    if values["use_liger_kernel"]:
        needs.append(("--use_liger_kernel", "liger_kernel"))
    if "8bit" in (optimizer := str(getattr(values["optim"], "value", values["optim"]))):
        needs.append((f"--optim {optimizer}", "bitsandbytes"))
    for option, module in needs:
        if there(module) is None:
            package = module.replace("_", "-")
            yield Finding("error", option, f"{package} is not installed", f"pip install {package}, or leave it out")
