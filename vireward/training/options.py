"""The command line and YAML file of a run, read by TRL's own parser on top of a preset."""

import argparse
import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from vireward.errors import BadParameter, UnfitMachine, nearest
from vireward.training.arguments import RunArguments
from vireward.training.preflight.batch import batch_findings
from vireward.training.preflight.finding import stop_at_errors
from vireward.training.preflight.values import option_findings, value_findings
from vireward.training.presets import LLAMA, Preset, choose
from vireward.training.ranks import count_devices

if TYPE_CHECKING:
    from trl import GRPOConfig, ModelConfig, TrlParser

BACKENDS = ("unsloth", "trl")
# The kinds of value that options take, as they are told.
_TOLD: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list[str]: "a list of texts",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for, complete: the preset's values where nothing else was said."""

    preset: Preset
    backend: str
    run: RunArguments
    trainer: "GRPOConfig"
    model: "ModelConfig"
    config: str | None = None  # the YAML file


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options as they were given, before TRL has looked at them.

    Attributes:
        preset: The chosen preset.
        backend: `unsloth` or `trl`.
        values: Option name → value, the preset's where nothing else was said.
        argv: The command line.
        parser: TRL's parser, which makes the trainer's settings of them.
        config: The YAML file that some of them are from.
    """

    preset: Preset
    backend: str
    values: Mapping[str, Any]
    argv: tuple[str, ...]
    parser: "TrlParser"
    config: str | None = None


def read_wanted(argv: Sequence[str], *, gpus: int | None = None) -> Wanted:
    """Read the command line; `--config FILE.yaml` gives values below it, the preset values below those.

    Args:
        argv: The command line.
        gpus: How many GPUs to reckon with; those of this machine when None.

    Raises:
        BadParameter: an unknown option, or a file that cannot be read.
        UnfitMachine: preset or backend do not fit the machine.
    """
    # Threads that wait should sleep: beside other load, spinning ones make a step on a CPU several times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    gpus = torch.cuda.device_count() if gpus is None else gpus
    asked = _first_look(argv)
    preset = choose(asked["preset"], gpu=gpus > 0)
    backend = _backend(asked["backend"], gpus)
    if backend == "unsloth":
        _import_unsloth()
    from trl import GRPOConfig, ModelConfig, TrlParser

    kinds = [RunArguments, GRPOConfig, ModelConfig]
    parser = TrlParser(kinds, usage="%(prog)s [--config FILE.yaml] [--OPTION VALUE ...]", allow_abbrev=False)
    parser.set_defaults(**{**preset.under(backend), "report_to": _report_to(preset)})
    config = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    config.add_argument("--config")
    file, others = config.parse_known_args(list(argv))
    in_file = _yaml(file.config) if file.config else {}
    _check_kinds(in_file, file.config, kinds)
    rest = parser.set_defaults_with_config(**{name: value for name, value in in_file.items() if name != "env"})
    values, more = parser.parse_known_args(others)
    if unknown := [*rest, *more]:
        known = [f"--{option.name}" for kind in kinds for option in fields(kind)]
        raise BadParameter(f"{unknown[0]}: no such option; {nearest(unknown[0], known, 'see --help')}")
    argv = ["--config", file.config, *others] if file.config else others  # the one form that TRL's parser knows
    return Wanted(preset, backend, vars(values), tuple(argv), parser, file.config)


def read_options(argv: Sequence[str]) -> Options:
    """Read the command line, and have TRL make its settings of it.

    Raises:
        BadParameter: an unknown option or a value that the trainer refuses.
        UnfitMachine: preset or backend do not fit this machine.
        Unready: values out of range, options that the run would not hear, or batches that do not fit together; the
            message says which would.
    """
    wanted = read_wanted(argv)
    stop_at_errors(value_findings(wanted.values))
    stop_at_errors([*batch_findings(wanted.values, count_devices()), *option_findings(wanted.values, wanted.backend)])
    return settled(wanted)


def settled(wanted: Wanted) -> Options:
    """The options as TRL takes them.

    Raises:
        BadParameter: a value that the trainer refuses.
    """
    try:
        run, trainer, model = wanted.parser.parse_args_and_config(list(wanted.argv))
    except (ValueError, TypeError, OSError) as error:
        told = " ".join(str(error).split())
        way = "set --bf16 false, and --fp16 true on a GPU without it" if "bf16" in told else "see --help"
        raise BadParameter(f"options: {told}; {way}") from error
    return Options(wanted.preset, wanted.backend, run, trainer, model, wanted.config)


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
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadParameter(f"--config {path}: cannot be read as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise BadParameter(f"--config {path}: must hold `option: value` lines, got {type(values).__name__}")
    if odd := next((name for name in values if not isinstance(name, str)), None):
        raise BadParameter(f"--config {path}: {odd!r} is no name of an option; write `option: value` lines")
    return values


def _check_kinds(values: Mapping[str, Any], path: str, kinds: Sequence[type]) -> None:
    """Look at the values of a file: unlike those of a command line, nothing has made them what an option takes.

    Texts for numbers are left to the parser, which reads them as it does on a command line.
    """
    wanted = {name: hint for kind in kinds for name, hint in get_type_hints(kind).items()}
    for name, value in values.items():
        takes = _taken(wanted[name]) if name in wanted else ()
        if not takes or _is_one_of(value, takes):
            continue
        told = " or ".join(_TOLD[kind] for kind in takes)
        raise BadParameter(f"--config {path}: {name}: {value!r:.60}: must be {told}, got {type(value).__name__}")


def _taken(hint: Any) -> tuple[Any, ...]:
    """The plain kinds of value that an option takes; () when it takes others besides."""
    takes = get_args(hint) if isinstance(hint, UnionType) or get_origin(hint) is Union else (hint,)
    return takes if all(kind in _TOLD for kind in takes) else ()


def _is_one_of(value: object, kinds: Sequence[Any]) -> bool:
    if isinstance(value, bool | None):
        return type(value) in kinds
    if isinstance(value, list):
        return list[str] in kinds and all(isinstance(item, str) for item in value)
    if isinstance(value, str):
        return str in kinds or int in kinds or float in kinds
    return type(value) in kinds or (isinstance(value, int) and float in kinds)


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


def _import_unsloth() -> None:
    """Unsloth patches TRL and transformers, so it has to come before them.

    Raises:
        UnfitMachine: it does not go with what is installed beside it.
    """
    try:
        import unsloth  # noqa: F401
    except Exception as error:  # it looks at versions and GPUs as it is imported, and raises what it likes
        told = " ".join(str(error).split())[:300]
        way = "install the set `gpu` of this package, or try --backend trl"
        raise UnfitMachine(f"--backend unsloth: it cannot be imported: {told}; {way}") from error


def _report_to(preset: Preset) -> str:
    """The tutorial logs to wandb; without it installed, the run's own files have to do."""
    wanted = preset.name == LLAMA
    if wanted and importlib.util.find_spec("wandb") is None:
        print("wandb is not installed: metrics go to metrics.jsonl only", file=sys.stderr)  # noqa: T201
        return "none"
    return "wandb" if wanted else "none"
