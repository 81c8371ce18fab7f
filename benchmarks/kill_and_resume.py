"""Kill a training run at random moments, resume it, and compare what comes out with an unbroken run.

    python benchmarks/kill_and_resume.py --runs 20 --parallel 2 --out benchmarks/results/kill_and_resume.json
    python benchmarks/kill_and_resume.py --at save --runs 5
    python benchmarks/kill_and_resume.py --demo --runs 20 --parallel 2 --out benchmarks/results/kill_the_demo.json

The example is started in a fresh folder, once to the end, and then for each of the runs until SIGKILL ends its process
group: the first runs each in a phase of their own, at a uniformly random moment of it, the others at a uniformly
random moment of the time that the unbroken run took. `--resume` goes on, and with the chance `--again` is killed as
well, at such a moment, and resumed again. A run that was killed before it noted its command line has done nothing and
is started anew. Options that are not known here are the example's.

Checked of each run, against the unbroken one:

- status    the last session ends with exit status 0;
- steps     the metrics file has each step once, in order, up to the last;
- rates     the learning rate of each step is equal to the last bit;
- order     the prompts of each step are the same, in the same order (TRL's tables of completions, --log_completions);
- whole     each session goes on from the newest checkpoint that was whole at the kill, and in the end those that were
            whole are there, except for such as are older than the newest `--save_total_limit`;
- outcome   adapter, summary and report are there, and the evaluation of the adapter lies within the noise of sampling:
            two shares of n problems differ by chance alone by at most 3.29 · sqrt(2 · ¼ / n) with a probability of at
            least 99.9 % (normal approximation at a share of ½, where it is widest; n = 60: 0.30, n = 300: 0.13).

`same steps` counts the steps whose loss, reward and gradient norm are equal to the last bit as well, which is more than
was asked: it takes the random numbers of the completions, too. Whether a checkpoint is whole is judged here by the
names of its files and a readable state alone, not by the code under test.
"""

import argparse
import json
import math
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import machine
from sessions import (
    NAME,
    PHASES,
    after_seconds,
    in_phase,
    phase,
    prompts,
    rows,
    started,
    unbroken,
    until_killed,
    whole_steps,
)

from vireward.training import presets

CHANCE = 3.29  # standard deviations that hold 99.9 % of a normal distribution
_SAME = ("loss", "reward", "grad_norm")
_TOLD = {"preset": "tiny", "log_completions": "true", "logging_steps": 1, "disable_tqdm": "true", "samples_every": 0}
# Small, but over several epochs, and with a last step in the middle of one.
_SMALL = {
    "use_vllm": "false",
    "max_rows": 40,
    "per_device_train_batch_size": 16,
    "num_generations": 4,
    "max_completion_length": 24,
}
_LENGTHS = {"max_steps": 24, "save_steps": 4, "save_total_limit": 2, "warm_up_steps": 20, "eval_problems": 60}


@dataclass
class Outcome:
    """What became of one run that was killed."""

    run: int
    aimed: str
    kills: list[dict[str, object]] = field(default_factory=list)  # phase, seconds and newest whole checkpoint of each
    failed: list[str] = field(default_factory=list)
    same_steps: int = 0


# --- one run ---


@dataclass(frozen=True)
class Plan:
    """What all runs have in common: the settings, and what the unbroken run was like."""

    folder: Path
    options: tuple[str, ...]
    steps: int
    every: int
    limit: int
    seconds: float
    phases: dict[str, float]
    names: set[str]  # files of a whole checkpoint
    again: float
    seed: int

    @property
    def model(self) -> Path:
        """The folder of the unbroken run."""
        return self.folder / "unbroken" / NAME


def broken(plan: Plan, number: int, aimed: str) -> Outcome:
    """Start a run, kill it, resume it, and check what it has become."""
    draw = random.Random(f"{plan.seed}-{number}")
    outputs, log = plan.folder / f"run-{number}", plan.folder / f"run-{number}.log"
    run, outcome = outputs / NAME, Outcome(number, aimed or "any")
    options: Sequence[str] = plan.options
    while True:
        process = started(outputs, options, log)
        if aimed and not outcome.kills:
            skip = draw.randrange(max(plan.steps // plan.every, 1)) if aimed == "save" else 0
            when = in_phase(run, plan.steps, aimed, skip, draw.uniform(0, plan.phases[aimed]))
        elif not outcome.kills or draw.random() < plan.again:
            when = after_seconds(draw.uniform(0, plan.seconds))
        else:
            when = after_seconds(math.inf)
        began = time.monotonic()
        if not until_killed(process, when):
            break
        outcome.failed += _lost(plan, outcome, run, log)
        whole, at = whole_steps(run, plan.names), phase(run, plan.steps, plan.names)
        seconds = round(time.monotonic() - began, 2)
        outcome.kills.append({"phase": at, "seconds": seconds, "whole": whole})
        options = ["--resume"] if (run / "run.json").exists() else plan.options
        log.write_bytes(log.read_bytes() + b"\n--- killed ---\n")
    outcome.failed += [*_lost(plan, outcome, run, log), *_faults(plan, run, process.returncode)]
    if not outcome.failed:
        outcome.same_steps = _same(plan, run)
    return outcome


def _lost(plan: Plan, outcome: Outcome, run: Path, log: Path) -> Iterator[str]:
    """Whether a session went on from less than was there, and whether checkpoints are gone that should not be."""
    if not outcome.kills:
        return
    before = [int(step) for step in outcome.kills[-1]["whole"]]  # type: ignore[attr-defined]
    session = log.read_text(encoding="utf-8").rpartition("--- killed ---")[2]
    for line in session.splitlines():
        if line.startswith("going on from checkpoint-") and int(line.rpartition("-")[2]) != max(before, default=0):
            yield f"whole: {line}, and there was {before}"
        if line.startswith("GRPO starts") and before:
            yield f"whole: started anew, and there was {before}"
    now = whole_steps(run, plan.names)
    newest = sorted({*before, *now})[-plan.limit :] if plan.limit else [*before]
    if gone := [step for step in before if step in newest and step not in now]:
        yield f"whole: checkpoints {gone} are gone"


def _faults(plan: Plan, run: Path, status: int) -> Iterator[str]:
    """What of a finished run is not as it is in the unbroken one."""
    if status:
        yield f"status: {status}"
        return
    model = [row for row in rows(plan.model / "metrics.jsonl") if "learning_rate" in row]
    found = [row for row in rows(run / "metrics.jsonl") if "learning_rate" in row]
    if [row["step"] for row in found] != list(range(1, plan.steps + 1)):
        yield f"steps: {[row['step'] for row in found]}"
        return
    if different := [a["step"] for a, b in zip(model, found, strict=True) if a["learning_rate"] != b["learning_rate"]]:
        yield f"rates: steps {different}"
    steps = range(1, plan.steps + 1)
    if different := [step for step in steps if prompts(run, step) != prompts(plan.model, step)]:
        yield f"order: steps {different}"
    for name in ("adapter/adapter_model.safetensors", "summary.json", "report.html"):
        if not (run / name).is_file():
            yield f"outcome: no {name}"
    ours, theirs = (json.loads((it / "summary.json").read_text("utf-8"))["after"] for it in (run, plan.model))
    for share in ("right", "format"):
        gap = abs(ours[share] - theirs[share]) / theirs["problems"]
        if gap > tolerance(theirs["problems"]):
            yield f"outcome: {share} {ours[share]} and {theirs[share]} of {theirs['problems']}"
    if left := [it.name for it in run.rglob("*") if "unfinished" in it.name]:
        yield f"outcome: left behind {left}"


def _same(plan: Plan, run: Path) -> int:
    pairs = zip(rows(plan.model / "metrics.jsonl"), rows(run / "metrics.jsonl"), strict=False)
    return sum(all(name in a and a[name] == b.get(name) for name in _SAME) for a, b in pairs)


def tolerance(problems: int) -> float:
    """How far two shares of so many problems are apart by chance alone, at most, with 99.9 %."""
    return CHANCE * math.sqrt(2 * 0.25 / problems)


# --- all of them ---


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20, help="runs that are killed")
    parser.add_argument("--parallel", type=int, default=1, help="runs at a time")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--at", choices=PHASES, help="kill in this phase only")
    parser.add_argument("--again", type=float, default=0.3, help="chance that a resumed run is killed as well")
    parser.add_argument("--demo", action="store_true", help="whole runs of the preset as it is")
    for name, small in _LENGTHS.items():
        parser.add_argument(f"--{name}", type=int, help=f"{small}, or with --demo that of the preset")
    parser.add_argument("--folder", type=Path, help="keep the runs here; by default in a folder that is deleted")
    parser.add_argument("--out", type=Path, help="write the figures here, as JSON")
    args, more = parser.parse_known_args()
    lengths = presets.PRESETS[presets.TINY].defaults if args.demo else _LENGTHS
    for name in _LENGTHS:
        setattr(args, name, lengths[name] if getattr(args, name) is None else getattr(args, name))
    return args, more


def _options(args: argparse.Namespace, more: Sequence[str]) -> tuple[str, ...]:
    """The example's options: the small ones, those of here, and then the others as given, which the last one wins."""
    values = {**_TOLD, **({} if args.demo else _SMALL), **{name: getattr(args, name) for name in _LENGTHS}}
    return (*(part for name, value in values.items() for part in (f"--{name}", str(value))), *more)


def _measured(args: argparse.Namespace, more: Sequence[str], folder: Path) -> tuple[Plan, list[Outcome]]:
    options = _options(args, more)
    seconds, phases = unbroken(folder / "unbroken", options, args.max_steps)
    last = folder / "unbroken" / NAME / f"checkpoint-{args.max_steps}"
    names = set(os.listdir(last))
    print(f"unbroken: {seconds:.1f} s; " + ", ".join(f"{name} {phases[name]:.2f} s" for name in PHASES), flush=True)
    common = (args.save_steps, args.save_total_limit, seconds, phases, names, args.again, args.seed)
    plan = Plan(folder, options, args.max_steps, *common)
    aims = [args.at or (PHASES[number] if number < len(PHASES) else "") for number in range(args.runs)]
    with ThreadPoolExecutor(args.parallel) as pool:
        outcomes = []
        for outcome in pool.map(partial(broken, plan), range(args.runs), aims):
            _print(outcome, plan.steps)
            outcomes.append(outcome)
    return plan, outcomes


def _print(outcome: Outcome, steps: int) -> None:
    kills = "; ".join(f"{it['phase']} ({it['seconds']} s, whole {it['whole']})" for it in outcome.kills) or "none"
    said = "; ".join(outcome.failed) or "good"
    print(f"{outcome.run:>3}  {outcome.aimed:<18} {outcome.same_steps:>3}/{steps}  {said:<6} {kills}", flush=True)


def main() -> int:
    """Print a line for each run and the kills of each phase; the exit status is 1 if one run is not as it should be."""
    args, more = _arguments()
    known = machine.circumstances(["benchmarks/kill_and_resume.py", *sys.argv[1:]])
    known["versions"] = machine.versions()
    print(machine.told(known), end="\n\n")
    with tempfile.TemporaryDirectory() as scratch:
        folder = (args.folder or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        plan, outcomes = _measured(args, more, folder)
    phases = Counter(str(kill["phase"]) for outcome in outcomes for kill in outcome.kills)
    good = sum(not outcome.failed for outcome in outcomes)
    print("kills: " + ", ".join(f"{name} {phases[name]}" for name in PHASES))
    print(f"{good} of {len(outcomes)} runs came out as the unbroken one; tolerance {tolerance(args.eval_problems):.2f}")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        known |= {"options": list(plan.options), "unbroken_seconds": round(plan.seconds, 2), "phases": plan.phases}
        known |= {"kills": dict(phases), "good": good, "tolerance": tolerance(args.eval_problems)}
        known["runs"] = [asdict(outcome) for outcome in outcomes]
        args.out.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(good < len(outcomes))


if __name__ == "__main__":
    sys.exit(main())
