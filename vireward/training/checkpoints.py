"""Which checkpoint of an interrupted run is whole."""

import json
from pathlib import Path

# In the order in which the trainer writes them; the state comes last.
_PARTS = ("adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "trainer_state.json")


def last_complete(run: Path) -> Path | None:
    """The checkpoint with the most steps whose files are all there and whole; None without one.

    A run that was killed in the middle of a save leaves a folder that lacks the last files, or has them cut off.
    """
    found = [(_steps(folder), folder) for folder in run.glob("checkpoint-*") if is_complete(folder)]
    return max(found)[1] if found else None


def is_complete(checkpoint: Path) -> bool:
    """Whether every part of a checkpoint is there, its weights as long as their header says, and its state readable."""
    if _steps(checkpoint) < 0 or any(not (checkpoint / part).is_file() for part in _PARTS):
        return False
    try:
        state = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
        return int(state["global_step"]) == _steps(checkpoint) and _whole_weights(checkpoint / _PARTS[0])
    except (ValueError, KeyError, OSError):
        return False


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
