"""The example beside a plain script of the tutorial's settings, on GPUs: seconds a step, where they go, and memory.

    python benchmarks/gpu_pipeline.py --parts unsloth trl --out benchmarks/results
    python benchmarks/gpu_pipeline.py --parts trl_2gpu server fsdp --max_completion_length 512 --out benchmarks/results

A random model of Llama-3.2-1B's shape, the bundled problems, and the tutorial's settings: 2 completions a forward pass,
64 passes a step, 8 completions a prompt, 2,048 tokens of prompt and completion. Such a model hardly ever stops: a
completion runs to its limit, 240,000 tokens a step. Each run is a process of its own, by `benchmarks/timed_run.py`.

    unsloth    one GPU, Unsloth: the example end to end (adapter saved, loaded again, answering), and the plain script
    trl        the same with PEFT, TRL and vLLM in its process
    unsloth_faster, trl_faster
               the example with each of the settings of FASTER, beside which the part without `_faster` is to be run
    trl_2gpu   the example by `accelerate launch` on two GPUs, vLLM on both, half the passes on each
    fsdp       the same by examples/accelerate/fsdp.yaml
    server     the example on one GPU, vLLM's server on another

Runs that need one GPU go beside each other where there are several. Written for each part: `gpu_PART.json`, with the
figures of all its runs; those of its first run stand at the top. The first step warms up and is left out of means and
ratios; tokens that end a text are sampled now and then, so that two runs differ by some per cent of their tokens, and
there is a ratio by token, too. Options that are not known here are the example's, for all of its runs.
"""

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import machine
import random_llama
import step_times
from sessions import ended

from vireward.training.problems import TRAIN

HERE = Path(__file__).parent
EXAMPLE, PLAIN, TIMED = HERE.parent / "examples" / "train_llama_grpo.py", HERE / "plain_grpo.py", HERE / "timed_run.py"
FSDP = HERE.parent / "examples" / "accelerate" / "fsdp.yaml"
SERVER = "http://127.0.0.1:8000"
ON_ONE = ("unsloth", "trl", "unsloth_faster", "trl_faster")  # parts that need one GPU


def passes(size: int, share: float, *, checkpointed: bool = True, processes: int = 1) -> tuple[str, ...]:
    """Settings for a step of 128 completions, in forward passes of so many, with a share of the GPU for vLLM."""
    steps = ("--gradient_accumulation_steps", str(128 // size // processes))
    kept = ("--gradient_checkpointing", str(checkpointed).lower(), "--vllm_gpu_memory_utilization", str(share))
    return ("--per_device_train_batch_size", str(size), *steps, *kept)


TUTORIAL = (*passes(2, 0.8), "--generation_kwargs", '{"detokenize": true}')
# Larger passes make the same update. The model and 128 completions need 11 GiB of vLLM's share, the passes the rest.
FASTER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "unsloth": {"8 a pass": passes(8, 0.5)},
    "trl": {"4 a pass, not checkpointed": passes(4, 0.5, checkpointed=False), "8 a pass": passes(8, 0.5)},
}


@dataclass(frozen=True)
class Run:
    """One process: its name, its command after the interpreter, its GPUs, and a vLLM server on another one.

    `gpus` of None is one GPU, whichever is free.
    """

    name: str
    command: tuple[str, ...]
    gpus: str | None = None
    server: str | None = None


@dataclass(frozen=True)
class Plan:
    """What all runs have in common."""

    model: Path
    scratch: Path
    logs: Path
    steps: int
    lengths: tuple[str, ...]
    more: tuple[str, ...]
    end: float  # monotonic seconds


def runs_of(part: str, plan: Plan) -> list[Run]:
    """The runs of a part, on one GPU each or, where it needs two, on the first two."""
    two, server = "0,1", "1"
    backend = part.removesuffix("_faster")
    if part in ("unsloth", "trl"):
        example = _example(plan, backend, f"{part}-example", *TUTORIAL)
        return [Run("example", example), Run("plain", _plain(plan, backend))]
    if part in ON_ONE:
        faster = FASTER[backend]
        named = {name: f"{part}-{name.replace(', ', '-').replace(' ', '-')}" for name in faster}
        return [Run(it, _example(plan, backend, named[it], *faster[it])) for it in faster]
    if part == "server":
        command = _example(
            plan, "trl", "server", *passes(2, 0.8), *("--vllm_mode", "server"), "--vllm_server_base_url", SERVER
        )
        return [Run("example", command, "0", server)]
    launch = (
        "-m",
        "accelerate.commands.launch",
        "--num_processes",
        "2",
        "--num_machines",
        "1",
        "--dynamo_backend",
        "no",
    )
    config = ("--config_file", str(FSDP)) if part == "fsdp" else ("--mixed_precision", "bf16", "--multi_gpu")
    return [Run("example", (*launch, *config, *_example(plan, "trl", part, *passes(2, 0.8, processes=2))), two)]


def _example(plan: Plan, backend: str, name: str, *more: str) -> tuple[str, ...]:
    out = str(plan.scratch / f"{name}.json")
    run = ("--outputs", str(plan.scratch / "outputs"), "--name", name, "--model_name_or_path", str(plan.model))
    data = ("--data", str(TRAIN), "--max_rows", "1400", "--eval_problems", "2", "--report_to", "none")
    steps = ("--max_steps", str(plan.steps), "--samples_every", "0", "--disable_tqdm", "true")
    options = (*run, *data, *steps, "--preset", "llama-3.2-1b", "--backend", backend, *plan.lengths, *plan.more, *more)
    return (str(TIMED), out, str(EXAMPLE), *options)


def _plain(plan: Plan, backend: str) -> tuple[str, ...]:
    out = str(plan.scratch / f"{backend}-plain.json")
    options = ("--backend", backend, "--model", str(plan.model), "--steps", str(plan.steps), *plan.lengths)
    return (str(TIMED), out, str(PLAIN), *options, "--output_dir", str(plan.scratch / f"{backend}-plain"))


# --- running ---


def figures(run: Run, gpus: str, plan: Plan) -> dict[str, Any]:
    """Run one process and give what it measured; a run that fails or is out of time says so."""
    at = run.command.index(str(TIMED)) + 1
    out = Path(run.command[at])
    log = plan.logs / f"{out.stem}.log"
    server = _serve(plan, run.server) if run.server else None
    # Runs beside each other have caches and a port of their own.
    caches = {"VLLM_CACHE_ROOT": f"vllm-{gpus}", "UNSLOTH_COMPILE_LOCATION": f"unsloth-{gpus}"}
    own = {name: str(plan.scratch / folder) for name, folder in caches.items()}
    own |= {"MASTER_PORT": str(29_500 + int(gpus))} if gpus.isdecimal() else {}
    environment = {**os.environ, **own, "CUDA_VISIBLE_DEVICES": gpus, "PYTHONUNBUFFERED": "1"}
    status = ended([sys.executable, *run.command], environment, log, plan.end)
    if server is not None:
        os.killpg(server.pid, signal.SIGTERM)
    found = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {"seconds_per_step": []}
    found |= {"status": status, "command": "python " + shlex.join(_shown(run.command, plan))}
    print(f"{out.stem}: status {status}, {found['seconds_per_step']} s", flush=True)
    if _failed(found):
        print("\n".join(log.read_text("utf-8", "replace").splitlines()[-30:]) if log.exists() else "", flush=True)
    return found


def _failed(run: Mapping[str, Any]) -> bool:
    """Whether a run has not done its steps; what the interpreter does at its end does not count."""
    return bool(run.get("failed")) or not run["seconds_per_step"]


def _shown(command: Sequence[str], plan: Plan) -> list[str]:
    """A command without the folders of this machine."""
    places = {str(plan.scratch): "SCRATCH", str(plan.model): "MODEL", f"{HERE.parent}/": ""}
    shown = list(command)
    for place, name in places.items():
        shown = [part.replace(place, name) for part in shown]
    return shown


def _serve(plan: Plan, gpu: str) -> subprocess.Popen[bytes]:
    """Start vLLM's server as TRL asks for it, and wait until it answers."""
    transfer = ("--weight-transfer-config", '{"backend": "nccl"}', "--logprobs-mode", "processed_logprobs")
    length = plan.lengths[plan.lengths.index("--max_seq_length") + 1]
    limits = ("--max-logprobs", "-1", "--max-model-len", length, "--port", SERVER.rpartition(":")[2])
    command = [sys.executable, "-m", "vllm.entrypoints.cli.main", "serve", str(plan.model), *transfer, *limits]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": gpu, "VLLM_SERVER_DEV_MODE": "1"}
    with (plan.logs / "vllm-serve.log").open("wb") as lines:
        server = subprocess.Popen(command, env=environment, stdout=lines, stderr=lines, start_new_session=True)
    while time.monotonic() < plan.end and server.poll() is None:
        try:
            with urlopen(f"{SERVER}/health", timeout=2):
                break
        except (URLError, OSError):
            time.sleep(1)
    return server


def measured(parts: Sequence[str], plan: Plan, out: Path) -> dict[str, dict[str, Any]]:
    """Each part by name: runs of one GPU beside each other on as many as there are, then the others.

    Runs beside each other share what slows down the host. A part's file is written again after each of its runs.
    """
    free: SimpleQueue[int] = SimpleQueue()
    gpus = max(machine.gpus(), 1)
    for gpu in range(gpus):
        free.put(gpu)
    known = machine.circumstances(["benchmarks/gpu_pipeline.py", *sys.argv[1:]])
    known |= {"gpu": machine.gpu_name(), "versions": machine.versions()}
    runs: dict[str, dict[str, dict[str, Any]]] = {part: {} for part in parts}
    writing = Lock()

    def work(job: tuple[str, Run]) -> None:
        part, run = job
        gpu = free.get() if run.gpus is None else None
        try:
            found = figures(run, run.gpus or str(gpu), plan)
        finally:
            if gpu is not None:
                free.put(gpu)
        with writing:
            runs[part][run.name] = found
            for it in parts:
                _write(out / f"gpu_{it}.json", told(it, runs, known))

    jobs = [(part, run) for part in parts for run in runs_of(part, plan)]
    with ThreadPoolExecutor(gpus) as pool:
        list(pool.map(work, [job for job in jobs if job[1].gpus is None]))
    for job in jobs:
        if job[1].gpus is not None:
            work(job)
    return {part: told(part, runs, known) for part in parts}


def told(part: str, runs: Mapping[str, Mapping[str, Any]], known: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a part; beside faster settings stands the example with the tutorial's, if it was run, too."""
    backend = part.removesuffix("_faster")
    order = ("example", "plain", *FASTER.get(backend, ()))
    own = {name: runs[part][name] for name in order if name in runs[part]}
    if backend != part and "example" in runs.get(backend, {}):
        own = {"2 a pass": runs[backend]["example"], **own}
    at_top = step_times.of_run(next(iter(own.values()), {}))
    return {**known, "gpus": 1 if part in ON_ONE else 2, **at_top, "runs": own, **step_times.compared(own)}


def _write(path: Path, found: Mapping[str, Any]) -> None:
    if found["runs"]:
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Run the parts; the exit status is 1 if a run did not end well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = (*ON_ONE, "trl_2gpu", "fsdp", "server")
    parser.add_argument("--parts", nargs="+", choices=parts, default=["unsloth", "trl"])
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--max_seq_length", type=int, default=2_048)
    parser.add_argument("--max_completion_length", type=int)
    parser.add_argument("--seconds", type=float, default=3_600, help="after which the runs at work are ended")
    parser.add_argument("--model", type=Path, help="a folder; by default a random model is written")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--logs", type=Path, help="folder of the runs' output; by default in a folder that is deleted")
    args, more = parser.parse_known_args()
    end = time.monotonic() + args.seconds
    lengths = ["--max_seq_length", str(args.max_seq_length)]
    if args.max_completion_length:
        lengths += ["--max_completion_length", str(args.max_completion_length)]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        model, logs = args.model or scratch / "model", args.logs or scratch
        for needed in (args.out, logs):
            needed.mkdir(parents=True, exist_ok=True)
        random_llama.write(model)
        plan = Plan(model, scratch, logs, args.steps, tuple(lengths), tuple(more), end)
        done = measured(args.parts, plan, args.out)
    for part in done.values():
        print(json.dumps({name: part[name] for name in ("mean_seconds_per_step", "seconds_per_step_ratio")}))
    return int(any(_failed(run) for part in done.values() for run in part["runs"].values()))


if __name__ == "__main__":
    sys.exit(main())
