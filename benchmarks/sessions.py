"""Sessions of a training run that are watched by what they leave behind, and killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples" / "train_llama_grpo.py"
PHASES = (
    "start",  # until the command line is noted
    "base model",
    "before-evaluation",
    "training",
    "save",  # of a checkpoint
    "adapter",
    "after-evaluation",
    "finish",  # summary and report
)
NAME = "run"
LOOK = 0.002  # seconds between two looks at the folder
TOO_LONG = 1_800  # seconds for a session


# --- the folder of a run ---


def phase(run: Path, steps: int, whole: set[str] | None = None) -> str:
    """Where a run is, by what it has left behind."""
    if not (run / "run.json").exists():
        return "start"
    if not (run / "base").exists():
        return "base model"
    if not (run / "evaluation.jsonl").exists():
        return "before-evaluation"
    if (run / "adapter").exists():
        return "finish" if '"phase": "after"' in (run / "evaluation.jsonl").read_text("utf-8") else "after-evaluation"
    found = list(run.glob("checkpoint-*"))
    if any(not is_whole(checkpoint, whole) for checkpoint in found):
        return "save"
    return "adapter" if run / f"checkpoint-{steps}" in found else "training"


def is_whole(checkpoint: Path, names: set[str] | None = None) -> bool:
    """Whether a checkpoint has a readable state, and files of these names."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
        return names is None or names <= set(os.listdir(checkpoint))
    except (OSError, ValueError):
        return False


def whole_steps(run: Path, names: set[str]) -> list[int]:
    """The steps of the checkpoints that are whole, in order."""
    return sorted(int(it.name.partition("-")[2]) for it in run.glob("checkpoint-*") if is_whole(it, names))


def rows(file: Path) -> list[dict[str, object]]:
    """The objects of a JSON lines file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def prompts(run: Path, step: int) -> list[str]:
    """The prompts of a step, in order."""
    import pandas

    table = pandas.read_parquet(run / "completions" / f"completions_{step:05d}.parquet")
    return [str(prompt) for prompt in table["prompt"]]


# --- sessions ---


def started(outputs: Path, options: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """The example in a process group of its own."""
    command = [sys.executable, str(EXAMPLE), "--outputs", str(outputs), "--name", NAME, *options]
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    with log.open("ab") as out:
        return subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the whole group, and the wait for its end."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ended(command: Sequence[str], environment: Mapping[str, str], log: Path, end: float) -> object:
    """The exit status of a command, or that it had no time; then it is killed with all that it has started.

    Args:
        command: The program and its arguments.
        environment: Its environment.
        log: Gets what it says.
        end: When it has to be done, in seconds of `time.monotonic`.
    """
    if time.monotonic() > end:
        return "no time left"
    with log.open("wb") as lines:
        process = subprocess.Popen(command, env=environment, stdout=lines, stderr=lines, start_new_session=True)
        try:
            return process.wait(timeout=end - time.monotonic())
        except subprocess.TimeoutExpired:
            kill(process)
            return "out of time"


def unbroken(outputs: Path, options: Sequence[str], steps: int) -> tuple[float, dict[str, float]]:
    """Seconds that a run takes, and those that it is in each phase; a save is one of many."""
    began = last = time.monotonic()
    spent: Counter[str] = Counter()
    saves, before = 0, ""
    process = started(outputs, options, outputs.with_suffix(".log"))
    while process.poll() is None:
        now, at = time.monotonic(), phase(outputs / NAME, steps)
        spent[at] += now - last
        saves += at == "save" and before != "save"
        last, before = now, at
        time.sleep(LOOK)
    if process.returncode:
        raise SystemExit(f"the unbroken run ended with {process.returncode}; see {outputs.with_suffix('.log')}")
    spent["save"] /= max(saves, 1)
    return time.monotonic() - began, {name: spent[name] for name in PHASES}


def until_killed(process: subprocess.Popen[bytes], when: Callable[[], bool]) -> bool:
    """Kill a session once `when` says so; whether it came to that before it ended by itself."""
    end = time.monotonic() + TOO_LONG
    while process.poll() is None:
        if when() or time.monotonic() > end:
            kill(process)
            return True
        time.sleep(LOOK)
    return False


def after_seconds(seconds: float) -> Callable[[], bool]:
    """Whether so many seconds have gone by since now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def in_phase(run: Path, steps: int, aimed: str, skip: int, seconds: float) -> Callable[[], bool]:
    """Whether the run has been in a phase for so many seconds; of the saves it lets some go by."""
    seen: list[float] = []
    entered = [0, ""]

    def when() -> bool:
        at = phase(run, steps)
        if at == aimed and entered[1] != aimed:
            entered[0] += 1
            if entered[0] > skip:
                seen.append(time.monotonic())
        entered[1] = at
        return bool(seen) and time.monotonic() - seen[0] >= seconds

    return when
