"""Which checkpoint of an interrupted run is whole, and what it holds."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

ADAPTER = "adapter_model.safetensors"
STATE = "trainer_state.json"  # the trainer writes it last
_ARCHIVES = ("optimizer.pt", "scheduler.pt")
# What going on needs and the trained adapter does not.
_FOR_TRAINING = (*_ARCHIVES, STATE, "rng_state*.pth", "scaler.pt")


def last_complete(run: Path) -> Path | None:
    """The checkpoint with the most steps whose files are all there and whole; None without one.

    A run that was killed in the middle of a save leaves a folder that lacks the last files, or has them cut off; in the
    middle of letting go of an old one, a folder that lacks any files.
    """
    found = [(_steps(folder), folder) for folder in run.glob("checkpoint-*") if is_complete(folder)]
    return max(found)[1] if found else None


def is_complete(checkpoint: Path) -> bool:
    """Whether every part is there: weights as long as their header says, archives with their end, a readable state."""
    try:
        return (
            _steps_of_state(checkpoint) == _steps(checkpoint)
            and _whole_weights(checkpoint / ADAPTER)
            and all(zipfile.is_zipfile(checkpoint / archive) for archive in _ARCHIVES)
            and any(map(zipfile.is_zipfile, checkpoint.glob("rng_state*.pth")))
        )
    except (ValueError, KeyError, TypeError, OSError):
        return False


def has_all_steps(checkpoint: Path, *, max_steps: int, epochs: float) -> bool:
    """Whether nothing is left to train after a whole checkpoint.

    Args:
        checkpoint: The checkpoint.
        max_steps: Steps that were asked for; below 1 the epochs count.
        epochs: Passes over the data that were asked for.
    """
    state = _state(checkpoint)
    if max_steps > 0:
        return bool(state["global_step"] >= max_steps)
    return bool(state["global_step"] >= state["max_steps"] and state["epoch"] > epochs - 1e-6)  # a sum of shares


def copy_adapter(checkpoint: Path, folder: Path) -> None:
    """Copy what a checkpoint holds of the trained adapter into a new folder."""
    shutil.copytree(checkpoint, folder, ignore=shutil.ignore_patterns(*_FOR_TRAINING))


def discard_broken(run: Path) -> None:
    """Delete what a stop left half written or half deleted, where that is certain.

    The trainer deletes the checkpoints that were changed longest ago, and would count them. Without its state no
    checkpoint is of use; one that has a state and lacks other files may be whole in a layout that is not known here,
    unless it lies behind a whole one in the layout that is.
    """
    whole = last_complete(run)
    for folder in run.glob("checkpoint-*"):
        steps = _steps(folder)
        if steps < 0 or is_complete(folder):
            continue
        if not _has_state(folder) or (whole is not None and steps < _steps(whole)):
            shutil.rmtree(folder, ignore_errors=True)


def _has_state(checkpoint: Path) -> bool:
    try:
        return _steps_of_state(checkpoint) >= 0
    except (ValueError, KeyError, TypeError, OSError):
        return False


def _state(checkpoint: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
    return state


def _steps_of_state(checkpoint: Path) -> int:
    return int(_state(checkpoint)["global_step"])


def _steps(checkpoint: Path) -> int:
    digits = checkpoint.name.removeprefix("checkpoint-")
    return int(digits) if digits.isdecimal() else -1


def _whole_weights(file: Path) -> bool:
    """Whether a safetensors file is as long as its header says: 8 bytes of header length, header, tensors."""
    with file.open("rb") as data:
        length = int.from_bytes(data.read(8), "little")
        if length > file.stat().st_size:
            return False
        header = json.loads(data.read(length))
    ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
    return file.stat().st_size == 8 + length + max(ends, default=0)
