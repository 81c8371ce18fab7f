"""Run a training script, any that trains by TRL's `GRPOTrainer`, and time its steps and where they go.

    python benchmarks/timed_run.py OUT.json SCRIPT [OPTION ...]

The script runs as it is, in this process; only methods are wrapped. Each stage but the callbacks ends with a wait for
the GPU. Options with `--backend unsloth` have Unsloth imported first, as it asks for. What was measured is written
after each step: a run that is killed leaves the steps it has done.

    generation    vLLM's generate, of its engine or of its server
    weight sync   new weights from trainer to vLLM (Unsloth shares them)
    rewards       all reward functions, with guards and diagnostics where the script has them
    callbacks     those of the trainer: progress, logs and, where the script has them, its own
    scoring       the rest of making a batch: the forward pass for log-probabilities, advantages, logs
    other         forward and backward pass, optimizer, and all that is in none of the above
"""

import functools
import importlib
import os
import runpy
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vireward.training.folder import write_json

GIB = 2**30
_LOOK = 0.1  # seconds between two looks at the GPU's memory
# stage → where its method may be; those that are not there are left out.
_STAGES = {
    "generation": (("vllm", "LLM", "generate"), ("trl.generation.vllm_client", "VLLMClient", "generate")),
    "weight sync": (("trl.generation.vllm_generation", "VLLMGeneration", "sync_weights"),),
    "rewards": (("trl", "GRPOTrainer", "_calculate_rewards"),),
    "a batch": (("trl", "GRPOTrainer", "_generate_and_score_completions"),),
}


class Clock:
    """What a run has spent, by step and stage, and the memory it took."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()  # of the step that runs
        self.steps: list[dict[str, float]] = []
        self.began = time.monotonic()
        self.device = 0.0  # GiB in use on the whole GPU, at most

    def start(self) -> None:
        """A training begins."""
        self.spent.clear()
        self.steps.clear()
        self.began = time.monotonic()

    def tick(self) -> None:
        """A step ends."""
        wait_for_gpu()
        now = time.monotonic()
        step = {"seconds": now - self.began, **self.spent}
        batch = step.pop("a batch", 0.0)
        inside = sum(step.get(name, 0.0) for name in ("generation", "weight sync", "rewards"))
        step["scoring"] = max(batch - inside, 0.0)
        step["other"] = step["seconds"] - inside - step["scoring"] - step.get("callbacks", 0.0)
        self.steps.append({name: round(value, 4) for name, value in step.items()})
        self.spent.clear()
        self.began = now

    def timed(self, stage: str, method: Callable[..., Any]) -> Callable[..., Any]:
        """A method whose time counts for a stage; tokens that it gives are counted, too."""

        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            wait_for_gpu()
            start = time.monotonic()
            result = method(*args, **kwargs)
            wait_for_gpu()
            self.spent[stage] += time.monotonic() - start
            if stage == "generation":
                self.spent["tokens"] += _tokens(result)
            return result

        return call

    def watch_memory(self) -> None:
        """Look at the GPU's memory for as long as the process lives."""
        import torch

        while True:
            free, whole = torch.cuda.mem_get_info()
            self.device = max(self.device, (whole - free) / GIB)
            time.sleep(_LOOK)


def wait_for_gpu() -> None:
    """Let what was sent to the GPU be done."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _tokens(result: Any) -> int:
    """Completion tokens in what vLLM's engine gives, or in what TRL's client of its server gives."""
    if isinstance(result, dict):
        return sum(map(len, result["completion_ids"]))
    return sum(len(out.token_ids) for request in result for out in request.outputs)


def instrument(clock: Clock, keep: Callable[[], None]) -> None:
    """Wrap the methods of each stage, and what calls the callbacks of every trainer, which tells the clock of steps.

    After each step what was measured is kept.
    """
    from transformers.trainer_callback import CallbackHandler

    call_event = CallbackHandler.call_event

    @functools.wraps(call_event)
    def told(handler: Any, event: str, *args: Any, **kwargs: Any) -> Any:
        start = time.monotonic()
        result = call_event(handler, event, *args, **kwargs)
        clock.spent["callbacks"] += time.monotonic() - start
        if event == "on_train_begin":
            clock.start()
        if event == "on_step_end":
            clock.tick()
            keep()
        return result

    CallbackHandler.call_event = told
    for stage, places in _STAGES.items():
        for module, owner, name in places:
            try:
                found = getattr(importlib.import_module(module), owner)
            except (ImportError, AttributeError):
                continue
            if hasattr(found, name):
                setattr(found, name, clock.timed(stage, getattr(found, name)))


def main() -> None:
    """Run the script, and write the times whatever becomes of it."""
    out, script, *options = sys.argv[1:]
    if "unsloth" in options:
        import unsloth  # noqa: F401  (it patches TRL and transformers, so it has to come first)
    import torch

    clock = Clock()
    begun = time.monotonic()

    def keep(failed: object = "it did not end") -> None:
        if os.environ.get("RANK", "0") == "0":
            write_json(Path(out), _figures(clock, begun, failed))

    instrument(clock, keep)
    if torch.cuda.is_available():
        threading.Thread(target=clock.watch_memory, daemon=True).start()
    sys.argv = [script, *options]
    sys.path[0] = str(Path(script).parent)
    failed: BaseException | None = None
    try:
        runpy.run_path(script, run_name="__main__")
    except BaseException as error:
        failed = error
        raise
    finally:
        keep(failed.code if isinstance(failed, SystemExit) else failed and repr(failed))


def _figures(clock: Clock, begun: float, failed: object) -> dict[str, object]:
    import torch

    allocated = torch.cuda.max_memory_allocated() / GIB if torch.cuda.is_available() else 0.0
    return {
        "failed": failed or None,
        "steps": len(clock.steps),
        "seconds_per_step": [step["seconds"] for step in clock.steps],
        "stages": clock.steps,
        "whole_seconds": round(time.monotonic() - begun, 1),
        "peak_memory_gib": round(clock.device, 2),
        "peak_allocated_gib": round(allocated, 2),
    }


if __name__ == "__main__":
    main()
