"""All checks in their order: of the options of a command line, or of a run before its model is loaded."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vireward.errors import UnfitMachine, VirewardError
from vireward.quantities.digits import checked_style
from vireward.quantities.style_evidence import style_evidence
from vireward.tags import TagFormat
from vireward.training.arguments import RunArguments
from vireward.training.data import rows_to_read
from vireward.training.models import check_lessons
from vireward.training.preflight.batch import batch_findings
from vireward.training.preflight.columns import column_findings, row_findings
from vireward.training.preflight.finding import Finding
from vireward.training.preflight.golds import gold_findings, style_findings
from vireward.training.preflight.machine import (
    processor_findings,
    unsloth_findings,
    version_findings,
    vllm_findings,
    wanted,
)
from vireward.training.preflight.rows import Contents, Layout, contents
from vireward.training.preflight.settings import setting_findings
from vireward.training.preflight.values import generation_findings, option_findings, value_findings
from vireward.training.presets import TINY
from vireward.training.ranks import count_devices
from vireward.training.samples import file_rewards, run_rewards

if TYPE_CHECKING:
    from vireward.training.options import Wanted

Values = Mapping[str, Any]
_MODEL = "model_name_or_path"
# Options that say what data and tokenizer are looked at, and nothing of a trainer; see `data_options`.
_OF_DATA = ("data", "held_out", "types", "max_rows", "number_style", "rewards", "allow_import")
_OF_LENGTHS = ("max_seq_length", "max_prompt_tokens")


@dataclass(slots=True)
class Preflight:
    """What was looked at and what was found there.

    Attributes:
        findings: In the order of the checks.
        looked: What was looked at.
        skipped: What was not, and why.
    """

    findings: list[Finding] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        """How many findings would end or spoil the run."""
        return sum(finding.level == "error" for finding in self.findings)

    @contextmanager
    def at(self, subject: str) -> Iterator[None]:
        """Look at a subject; what cannot even be read is a finding."""
        self.looked.append(subject)
        try:
            yield
        except VirewardError as error:
            self.findings.append(as_finding(error))


@dataclass(frozen=True, slots=True)
class Goal:
    """What a run trains on and for: its data, where they could be read, its rewards and their tags."""

    data: Contents | None = None
    rewards: Sequence[Any] = ()
    tags: TagFormat = field(default_factory=TagFormat)


def as_finding(error: VirewardError) -> Finding:
    """An error as a finding: our messages say where, what and the way out, in this order."""
    where, colon, rest = str(error).partition(": ")
    if not colon:
        where, rest = "this machine" if isinstance(error, UnfitMachine) else "options", str(error)
    what, semicolon, way_out = rest.rpartition("; ")
    return Finding("error", where, what if semicolon else rest, way_out if semicolon else "mend it, or name another")


def of_command(argv: Sequence[str], layout: Layout) -> Preflight:
    """Check what the options of a command line name: data and tokenizer alone, or with other options a whole run.

    Raises:
        BadParameter: an unknown option, or a file of options that cannot be read.
    """
    found = Preflight()
    values = data_options(argv)
    if values is None:
        _whole(found, argv, layout)
        return found
    if _out_of_range(found, values):
        return found
    goal = _look_at_data(found, values, layout)
    if values[_MODEL] is None:
        found.skipped["tokenizer"] = f"no --{_MODEL}"
    else:
        _look_at_tokenizer(found, values, goal)
    found.skipped["settings, machine"] = "only options of data and tokenizer are given; add --preset for a whole run"
    return found


def of_run(values: Values, *, rewards: Sequence[Any], tags: TagFormat, backend: str) -> Preflight:
    """Check a run whose options TRL has taken and whose data are loaded.

    Args:
        values: All options by name.
        rewards: What it trains with.
        tags: The answer format of its prompts.
        backend: `unsloth` or `trl`.
    """
    found = Preflight()
    goal = _look_at_data(found, values, Layout(), Goal(None, rewards, tags))
    with found.at("settings"):
        found.findings += setting_findings(values, rewards=len(rewards), devices=count_devices())
        found.findings += generation_findings(values)
    _look_at_machine(found, values, goal, backend)
    return found


def data_options(argv: Sequence[str]) -> dict[str, Any] | None:
    """The options of a command line that names data, perhaps a tokenizer, and nothing of a trainer; None for others.

    These are looked at without TRL, whose import takes seconds.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    defaults = {option.name: getattr(RunArguments(), option.name) for option in fields(RunArguments)}
    for name in (*_OF_DATA, *_OF_LENGTHS, _MODEL):
        number = name.startswith("max_")
        more = {"nargs": "+"} if name == "types" else {"nargs": "?", "const": True} if name == "allow_import" else {}
        spelt = [f"--{name}", *([f"--{name.replace('_', '-')}"] if "_" in name else [])]  # TRL's parser takes both
        parser.add_argument(*spelt, type=int if number else str, default=defaults.get(name), **more)
    try:
        given, rest = parser.parse_known_args(list(argv))
    except (argparse.ArgumentError, ValueError):  # TRL's parser says what is wrong
        return None
    if rest or given.data is None:
        return None
    flag = str(given.allow_import).lower()
    return {**defaults, "max_completion_length": None, **vars(given), "allow_import": flag in ("true", "1", "yes")}


def _whole(found: Preflight, argv: Sequence[str], layout: Layout) -> None:
    """Everything that a run would look at, on whatever machine."""
    from vireward.training.options import read_wanted, settled

    asked: Wanted | None = None
    try:
        asked = read_wanted(argv)
        fit = True
    except UnfitMachine as error:
        found.findings.append(as_finding(error))
        asked, fit = _elsewhere(argv), False
    if asked is None:
        found.skipped["everything else"] = "the backend is not here"
        return
    if _out_of_range(found, asked.values):
        return
    goal = _look_at_data(found, asked.values, layout)
    if asked.preset.name == TINY and asked.values[_MODEL] is None and goal.data:
        with found.at("the tiny model's lessons"):
            check_lessons(one.gold for one in goal.data.asked)
    with found.at("batches"):
        found.findings += batch_findings(asked.values, count_devices())
    with found.at("settings"):
        found.findings += setting_findings(asked.values, rewards=len(goal.rewards), devices=count_devices())
        found.findings += option_findings(asked.values, asked.backend)
        found.findings += generation_findings(asked.values)
    _look_at_machine(found, asked.values, goal, asked.backend)
    if fit and not found.errors:
        with found.at("the trainer's own checks"):
            settled(asked)


def _out_of_range(found: Preflight, values: Values) -> bool:
    """Whether there are numbers that nothing could be done with, so that there is nothing else to look at."""
    wrong = list(value_findings(values))
    found.findings += wrong
    if wrong:
        found.skipped["everything else"] = "these come first"
    return bool(wrong)


def _elsewhere(argv: Sequence[str]) -> "Wanted | None":
    """The options as on a machine with a GPU."""
    from vireward.training.options import read_wanted

    try:
        return read_wanted(argv, gpus=1)
    except UnfitMachine:
        return None


def _look_at_data(found: Preflight, values: Values, layout: Layout, goal: Goal | None = None) -> Goal:
    if values["data"] is None:
        what = "no data set is named"
        found.findings.append(
            Finding("error", "--data", what, "name a .jsonl, .json, .csv or .parquet file or a hub id")
        )
        return goal or Goal()
    data = None
    with found.at("data"):
        limit = rows_to_read(values["max_rows"], values["held_out"], values["eval_problems"])
        data = contents(values["data"], layout, types=values["types"], limit=limit)
    golds = [one.gold for one in data.asked] if data else []
    style = values["number_style"]
    style = style_evidence(golds).style if style == "auto" else checked_style(style)
    if goal is None:
        goal = Goal()
        with found.at("rewards"):
            goal = _goal(values, style)
    if data:
        missing = [*column_findings(data, layout)]
        found.findings += missing
        if any(name not in data.columns for name in layout.needed):
            return goal
        found.findings += [*row_findings(data, layout), *style_findings(data, values["number_style"])]
        found.findings += gold_findings(data, [it.reward for it in goal.rewards], goal.tags, style)
    if values["held_out"]:
        with found.at("held-out data"):
            held_out = contents(values["held_out"], layout, types=values["types"], limit=values["eval_problems"])
            found.findings += [*column_findings(held_out, layout), *row_findings(held_out, layout)]
    return Goal(data, goal.rewards, goal.tags)


def _goal(values: Values, style: str) -> Goal:
    if values["rewards"] is None:
        return Goal(None, run_rewards(TagFormat(), style))
    rewards, tags = file_rewards(Path(values["rewards"]), style, allow_import=values["allow_import"])
    return Goal(None, rewards, tags)


def _look_at_machine(found: Preflight, values: Values, goal: Goal, backend: str) -> None:
    import torch

    gpu = torch.cuda.is_available() and not values["use_cpu"]
    with found.at("packages"):
        found.findings += version_findings(wanted("vireward", "train"))
        found.findings += processor_findings(gpu=gpu)
        if backend == "unsloth":
            found.findings += unsloth_findings()
        else:
            found.findings += vllm_findings(values)
    if values[_MODEL] is None:
        found.skipped["tokenizer, memory"] = "the tiny model is built by the run"
        return
    _look_at_tokenizer(found, values, goal)
    if not gpu:
        found.skipped["memory"] = "no GPU"
        return
    from vireward.training.preflight.memory import GIB, memory_findings, shape_of

    with found.at("memory"):
        device = torch.cuda.get_device_properties(0).total_memory / GIB
        shape = shape_of(values[_MODEL], values["lora_target_modules"])
        found.findings += memory_findings(shape, values, device, unsloth=backend == "unsloth")


def _look_at_tokenizer(found: Preflight, values: Values, goal: Goal) -> None:
    from vireward.training.models import load_tokenizer
    from vireward.training.preflight.tokenizer import length_findings, tag_findings, template_findings

    with found.at("tokenizer"):
        model = values[_MODEL]
        tokenizer = load_tokenizer(model)
        found.findings += tag_findings(tokenizer, model, goal.tags)
        template = [*template_findings(tokenizer, model, goal.tags)]
        found.findings += template
        if goal.data and not any("template" in finding.what for finding in template):
            found.findings += length_findings(
                tokenizer,
                goal.data,
                goal.tags,
                max_seq_length=values["max_seq_length"],
                max_completion_length=values["max_completion_length"],
                max_prompt_tokens=values["max_prompt_tokens"],
            )
