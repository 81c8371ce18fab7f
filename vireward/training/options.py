"""The command line and YAML file of a run, read by TRL's own parser on top of a preset."""

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vireward.errors import BadParameter, UnfitMachine, nearest
from vireward.training.arguments import RunArguments
from vireward.training.presets import LLAMA, Preset, choose

if TYPE_CHECKING:
    from trl import GRPOConfig, ModelConfig

BACKENDS = ("unsloth", "trl")


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for, complete: the preset's values where nothing else was said."""

    preset: Preset
    backend: str
    run: RunArguments
    trainer: "GRPOConfig"
    model: "ModelConfig"


def read_options(argv: Sequence[str]) -> Options:
    """Read the command line; `--config FILE.yaml` gives values below it, the preset values below those.

    Raises:
        BadParameter: an unknown option or a value that the trainer refuses.
        UnfitMachine: preset or backend do not fit this machine.
    """
    # Threads that wait should sleep: beside other load, spinning ones make a step on a CPU several times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    gpus = torch.cuda.device_count()
    asked = _first_look(argv)
    preset = choose(asked["preset"], gpu=gpus > 0)
    backend = _backend(asked["backend"], gpus)
    if backend == "unsloth":
        import unsloth  # noqa: F401  (it patches TRL and transformers, so it has to come first)
    from trl import GRPOConfig, ModelConfig, TrlParser

    kinds = [RunArguments, GRPOConfig, ModelConfig]
    parser = TrlParser(kinds, usage="%(prog)s [--config FILE.yaml] [--OPTION VALUE ...]", allow_abbrev=False)
    parser.set_defaults(**preset.defaults, report_to=_report_to(preset))
    try:
        run, trainer, model, rest = parser.parse_args_and_config(list(argv), return_remaining_strings=True)
    except (ValueError, TypeError, OSError) as error:
        raise BadParameter(f"options: {' '.join(str(error).split())}; see --help") from error
    if rest:
        known = [f"--{option.name}" for kind in kinds for option in fields(kind)]
        raise BadParameter(f"{rest[0]}: no such option; {nearest(rest[0], known, 'see --help')}")
    return Options(preset, backend, run, trainer, model)


def _first_look(argv: Sequence[str]) -> dict[str, str]:
    """Preset and backend, which decide what may be imported: from the command line, else from the YAML file."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for name in ("config", "preset", "backend"):
        parser.add_argument(f"--{name}")
    given, _ = parser.parse_known_args(list(argv))
    file = _yaml(given.config) if given.config else {}
    return {name: str(getattr(given, name) or file.get(name, "auto")) for name in ("preset", "backend")}


def _yaml(path: str) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadParameter(f"--config {path}: cannot be read as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise BadParameter(f"--config {path}: must hold `option: value` lines, got {type(values).__name__}")
    return values


def _backend(asked: str, gpus: int) -> str:
    installed = importlib.util.find_spec("unsloth") is not None
    if asked == "auto":
        return "unsloth" if gpus == 1 and installed else "trl"
    if asked not in BACKENDS:
        raise BadParameter(f"--backend {asked}: must be auto or one of {', '.join(BACKENDS)}")
    if asked == "unsloth" and not (gpus and installed):
        lack = "is not installed (the extra `gpu`)" if gpus else "needs a CUDA GPU and torch sees none"
        raise UnfitMachine(f"--backend unsloth: unsloth {lack}; try --backend trl")
    return asked


def _report_to(preset: Preset) -> str:
    """The tutorial logs to wandb; without it installed, the run's own files have to do."""
    wanted = preset.name == LLAMA
    if wanted and importlib.util.find_spec("wandb") is None:
        print("wandb is not installed: metrics go to metrics.jsonl only", file=sys.stderr)  # noqa: T201
        return "none"
    return "wandb" if wanted else "none"
