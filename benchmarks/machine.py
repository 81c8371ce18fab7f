"""What a benchmark states with its numbers: machine, versions, command and date."""

import os
import platform
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import vireward


def circumstances(command: Sequence[str]) -> dict[str, object]:
    """The machine, the Python, the version of vireward, the command as typed, and now in UTC."""
    return {
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"},
        "python": platform.python_version(),
        "vireward": vireward.__version__,
        "command": "python " + shlex.join(command),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


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
