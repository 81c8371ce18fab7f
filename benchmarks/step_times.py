"""What `benchmarks/timed_run.py` measured of several runs, side by side."""

from collections.abc import Callable, Mapping
from typing import Any


def of_run(run: Mapping[str, Any]) -> dict[str, Any]:
    """What of a run stands at the top of a part's file."""
    names = ("steps", "seconds_per_step", "peak_memory_gib", "peak_allocated_gib", "whole_seconds")
    return {name: run.get(name) for name in names}


def compared(runs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Means of each run's steps but the first, and what they are to the plain script's, or to those of 2 a pass.

    By step and by token. Beside the plain script's, also as if vLLM had generated as fast in each: it is the same call
    for as many tokens, with none of this library in it, and a busy host makes it swing by a third.
    """
    later = {name: run["stages"][1:] for name, run in runs.items() if run.get("stages", ())[1:]}
    names = ("seconds", "tokens", "generation", "rewards", "callbacks")
    means = {
        run: {it: sum(step.get(it, 0) for step in steps) / len(steps) for it in names} for run, steps in later.items()
    }
    base = means.get("plain") or means.get("2 a pass")
    generation = sum(it["generation"] for it in means.values()) / max(sum(it["tokens"] for it in means.values()), 1)

    def ratios(seconds: Callable[[Mapping[str, float]], float]) -> dict[str, float]:
        return {run: round(seconds(it) / seconds(base), 4) for run, it in means.items()} if base else {}

    found: dict[str, Any] = {
        "mean_seconds_per_step": {run: round(it["seconds"], 3) for run, it in means.items()},
        "mean_seconds_of_rewards_and_callbacks": {
            run: round(it["rewards"] + it["callbacks"], 4) for run, it in means.items()
        },
        "mean_tokens_per_step": {run: round(it["tokens"]) for run, it in means.items()},
        "seconds_per_step_ratio": ratios(lambda it: it["seconds"]),
        "seconds_per_token_ratio": ratios(lambda it: it["seconds"] / max(it["tokens"], 1)),
    }
    if "plain" in means:
        equal = ratios(lambda it: it["seconds"] - it["generation"] + generation * it["tokens"])
        found["ratio_with_equal_generation"] = equal
    return found
