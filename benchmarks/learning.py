"""What a small Llama learns by GRPO, with these rewards and with those of the tutorial: curves on held-out problems.

    python benchmarks/learning.py --out benchmarks/results/gpu_learning.json --picture docs/learning.svg

For each seed a Llama of 20 M parameters is trained from scratch on generated Vietnamese problems, with the mixed habits
of `benchmarks/lessons.py`; then by GRPO with LoRA, once with each set of rewards:

    ours       the four rewards of the example
    tutorial   the four functions of the tutorial (vireward.tutorial)
    gated      numeric_match counts only where the layout is right; no other reward for the answer
    scheduled  the four, the two for the layout fading to a tenth over the first half of the run
    answer     answer_match alone

Held-out problems have names, objects and numbers of their own. The trainer's own evaluation answers each once, by
sampling at temperature 1, before the run, every `--every` steps and at its end; functions of weight 0 look at them:

    right             the answer block states the gold (`judge`)
    right_vietnamese  and in Vietnamese notation, as all golds are
    vietnamese        the number in the answer block is in Vietnamese notation, whether right or wrong
    format            the completion is well formed

The interval of a difference is the 95 % percentile interval of 10,000 bootstrap resamples of problems, those before and
those after drawn apart. Runs go beside each other, `--parallel` on each GPU; transformers generates. What a `--folder`
holds of an earlier call is not made again.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import learning_picture
import lessons
import machine
from sessions import ended

from vireward import AnswerMatch, FormatExact, NumericMatch, TagCount, gate, schedule, tutorial
from vireward.training import make_trainer, tiny, warmup
from vireward.training.problems import casts

TAGS, STYLE = lessons.TAGS, "vi"
SIZE = tiny.Size(hidden=512, inner=1_408, layers=6, heads=8, cached_heads=8)
VOCABULARY, LENGTH, COMPLETION = 2_048, 256, 96
SETS = ("ours", "tutorial", "gated", "scheduled", "answer")
RESAMPLES = 10_000


def rewards_of(name: str, steps: int) -> dict[str, Any]:
    """A set of rewards by name."""
    shape, tags = FormatExact(TAGS), TagCount(TAGS)
    answer, number = AnswerMatch(TAGS, style=STYLE), NumericMatch(TAGS, style=STYLE)
    fading = {0: 1.0, max(steps // 2, 1): 0.1}
    return {
        "ours": {"format_exact": shape, "tag_count": tags, "answer_match": answer, "numeric_match": number},
        "tutorial": {
            "match_format_exactly": tutorial.match_format_exactly,
            "match_format_approximately": tutorial.match_format_approximately,
            "check_answer": tutorial.check_answer,
            "check_numbers": tutorial.check_numbers,
        },
        "gated": {"format_exact": shape, "tag_count": tags, "correct": gate(number, when=shape)},
        "scheduled": {
            "format_exact": schedule(shape, fading, linear=True),
            "tag_count": schedule(tags, fading, linear=True),
            "answer_match": answer,
            "numeric_match": number,
        },
        "answer": {"answer_match": answer},
    }[name]


# --- the work of one process ---


def base(args: argparse.Namespace, seed: int) -> None:
    """Train a base model from scratch, and save it under the folder, unless it is there."""
    import torch

    if (args.folder / f"base-{seed}").exists():
        return
    torch.set_float32_matmul_precision("high")
    taught = lessons.lessons(args.problems, seed, casts.TRAIN)
    draw = random.Random(seed)
    texts = [text for it in taught[:5_000] for text in (it.prompt[1]["content"], lessons.well_formed(it, TAGS, draw))]
    tokenizer = tiny.build_tokenizer(
        [*texts, *[TAGS.system_prompt()] * 100], TAGS, vocabulary=VOCABULARY, length=LENGTH
    )
    torch.manual_seed(seed)
    model = tiny.build_model(tokenizer, args.size).to("cuda" if torch.cuda.is_available() else "cpu")
    habits = {"solving": lessons.SOLVING, "mixed": lessons.MIXED}
    began = time.monotonic()
    for row in warmup.warm_up(
        model, tokenizer, taught, tags=TAGS, steps=args.base_steps, seed=seed, batch=args.batch, **habits
    ):
        if row["step"] % 50 == 0:
            seconds = time.monotonic() - began
            print(f"base {seed}: step {row['step']:.0f}, loss {row['loss']}, {seconds:.0f} s", flush=True)
    print(f"base {seed}: {model.num_parameters():,} parameters", flush=True)
    tiny.save(model, tokenizer, args.folder / f"base-{seed}")


def learn(args: argparse.Namespace, seed: int, name: str) -> None:
    """GRPO with one set of rewards; writes what each evaluation saw, unless that is there."""
    from peft import LoraConfig

    if (args.folder / f"{name}-{seed}.json").exists():
        return
    rewards = rewards_of(name, args.steps)
    trainer = make_trainer(
        str(args.folder / f"base-{seed}"),
        {**rewards, **lessons.LOOKED_AT},
        args=_settings(args, seed, name, len(rewards)),
        train_dataset=_rows(lessons.lessons(args.problems, seed, casts.TRAIN)),
        eval_dataset=_rows(lessons.lessons(args.held_out, 1_000 + seed, casts.HELD_OUT)),
        peft_config=LoraConfig(r=64, lora_alpha=64, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    curve = [
        {"step": row["step"], **{it: row[f"eval_rewards/{it}/mean"] for it in lessons.LOOKED_AT}}
        for row in trainer.state.log_history
        if "eval_rewards/right/mean" in row
    ]
    (args.folder / f"{name}-{seed}.json").write_text(json.dumps(curve), encoding="utf-8")


def _rows(taught: list[warmup.Lesson]) -> Any:
    from datasets import Dataset

    return Dataset.from_list([{"prompt": list(it.prompt), "answer": it.gold} for it in taught])


def _settings(args: argparse.Namespace, seed: int, name: str, rewards: int) -> Any:
    """Of the trainer: nothing is saved, transformers generates, and what is looked at weighs nothing."""
    from trl import GRPOConfig

    evaluation = {
        "per_device_eval_batch_size": args.held_out,
        "num_generations_eval": 1,
        "eval_strategy": "steps",
        "eval_steps": args.every,
        "eval_on_start": True,
    }
    quiet = {"save_strategy": "no", "logging_steps": 10, "report_to": "none", "disable_tqdm": True}
    here = {"bf16": False, "use_cpu": not machine.gpus(), "gradient_checkpointing": False}
    return GRPOConfig(
        str(args.folder / f"{name}-{seed}"),
        learning_rate=args.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=5,
        max_grad_norm=0.1,
        per_device_train_batch_size=args.completions,
        num_generations=8,
        max_completion_length=COMPLETION,
        max_steps=args.steps,
        seed=seed,
        reward_weights=[1.0] * rewards + [0.0] * len(lessons.LOOKED_AT),
        **(evaluation | quiet | here),
    )


# --- all of them ---


def worked(args: argparse.Namespace, jobs: list[tuple[int, str]], end: float) -> None:
    """Run a process for each (seed, set of rewards or `base`), beside each other on all GPUs."""
    gpus = machine.gpus()

    def work(number: int) -> None:
        seed, name = jobs[number]
        gpu = {"CUDA_VISIBLE_DEVICES": str(number % gpus)} if gpus else {}
        environment = {**os.environ, "OMP_NUM_THREADS": "2", "PYTHONUNBUFFERED": "1", **gpu}
        command = [sys.executable, __file__, *sys.argv[1:], "--folder", str(args.folder), "--work", name, str(seed)]
        log = args.folder / f"{name}-{seed}.log"
        done = ended(command, environment, log, end)
        shown = log.read_text("utf-8", "replace").splitlines()[-25 if done else -1 :] if log.exists() else []
        print(f"{name} {seed}: status {done}\n" + "\n".join(shown), flush=True)

    with ThreadPoolExecutor(args.parallel * max(gpus, 1)) as pool:
        list(pool.map(work, range(len(jobs))))


def interval(before: int, after: int, problems: int) -> list[float]:
    """The 95 % bootstrap interval of the difference of two shares of so many problems."""
    import numpy

    draw = numpy.random.default_rng(0)
    shares = [draw.binomial(problems, count / problems, RESAMPLES) / problems for count in (before, after)]
    return [round(float(it), 4) for it in numpy.percentile(shares[1] - shares[0], (2.5, 97.5))]


def outcome(curve: list[dict[str, float]], seed: int, problems: int) -> dict[str, Any]:
    """Counts before and after, and the interval of each difference."""
    ends = [{name: round(point[name] * problems) for name in lessons.LOOKED_AT} for point in (curve[0], curve[-1])]
    before, after = ({**it, "problems": problems} for it in ends)
    gains = {name: interval(before[name], after[name], problems) for name in lessons.LOOKED_AT}
    return {"seed": seed, "before": before, "after": after, "interval_95": gains, "curve": curve}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--problems", type=int, default=20_000, help="generated, to train on")
    parser.add_argument("--held_out", type=int, default=400)
    parser.add_argument("--base_steps", type=int, default=3_000)
    parser.add_argument("--batch", type=int, default=256, help="lessons a step of the base")
    parser.add_argument("--steps", type=int, default=120, help="of GRPO")
    parser.add_argument("--every", type=int, default=20, help="steps between two evaluations")
    parser.add_argument("--completions", type=int, default=128, help="a step")
    parser.add_argument("--learning_rate", type=float, default=5e-4)
    parser.add_argument("--size", type=lambda text: tiny.Size(*map(int, text.split(","))), default=SIZE)
    parser.add_argument("--parallel", type=int, default=8, help="processes on a GPU")
    parser.add_argument("--seconds", type=float, default=3_600, help="after which what still runs is ended")
    parser.add_argument("--folder", type=Path, help="keep models and logs here; by default in a folder that is deleted")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)  # what one of its processes does
    return parser.parse_args()


def main() -> int:
    """Train the bases, then all sets of rewards on them, and tell what came out."""
    args = _arguments()
    if args.work:
        name, seed = args.work[0], int(args.work[1])
        base(args, seed) if name == "base" else learn(args, seed, name)
        return 0
    end = time.monotonic() + args.seconds
    known = machine.circumstances(["benchmarks/learning.py", *sys.argv[1:]])
    with tempfile.TemporaryDirectory() as scratch:
        args.folder = (args.folder or Path(scratch)).resolve()
        args.folder.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        worked(args, [(seed, "base") for seed in args.seeds], end)
        based = time.monotonic() - began
        worked(args, [(seed, name) for name in args.sets for seed in args.seeds], end)
        files = {(name, seed): args.folder / f"{name}-{seed}.json" for name in args.sets for seed in args.seeds}
        found = {key: json.loads(file.read_text("utf-8")) for key, file in files.items() if file.exists()}
    known |= {"gpu": machine.gpu_name(), "gpus": machine.gpus(), "versions": machine.versions(), "steps": args.steps}
    known |= {"base_seconds": round(based, 1), "whole_seconds": round(time.monotonic() - began, 1)}
    sets = {
        name: [outcome(found[name, seed], seed, args.held_out) for seed in args.seeds if (name, seed) in found]
        for name in args.sets
    }
    known |= {"seeds": sets.get("ours", []), "sets": sets}
    for name, rows in sets.items():
        for row in rows:
            shares = ", ".join(f"{it} {row['before'][it]} → {row['after'][it]}" for it in lessons.LOOKED_AT)
            print(f"{name:<10} seed {row['seed']}: {shares} of {args.held_out}")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if args.picture and all(sets.values()):
        learning_picture.draw(sets, args.picture)
    return int(len(found) < len(files))


if __name__ == "__main__":
    sys.exit(main())
