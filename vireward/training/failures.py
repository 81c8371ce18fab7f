"""What ends a run from outside, told in one line with the way out: a full disk or GPU, a lost vLLM server."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from vireward.errors import DiskFull, GpuFull, ServerLost, UnfitMachine, VirewardError
from vireward.training import checkpoints

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_BY_RUST = re.compile(rf"\(os error ({'|'.join(map(str, sorted(_FULL)))})\)")  # its libraries say it in words only
_BY_TORCH = re.compile(r"inline_container\.cc.*(unexpected pos|write failed|failed writing)")  # and do not say why
_CLIENT = "trl.generation.vllm_client"
_FAILED = (OSError, RuntimeError)  # and a bare Exception is what the client makes of a status other than 200
# vLLM at its start: nothing left for its cache, or less than its share.
_NO_CACHE = re.compile(
    r"No available memory for the cache blocks|To serve at least one request with the model's max seq"
)
_NO_SHARE = re.compile(r"Free memory on device .*is less than desired GPU memory utilization")
_REASON = re.compile(r"\[Errno \d+\] [\w ]+")


def explained(error: BaseException, way_on: str, *, folder: str = "the run's folder") -> VirewardError | None:
    """Our own error for what happened; None for anything else, such as a bug, which keeps its traceback.

    Args:
        error: What was raised.
        way_on: What to do once the room or the server is there again.
        folder: Where the run writes, for errors that do not name a file.
    """
    if isinstance(error, VirewardError):
        return error
    for link in _causes(error):
        if (why := _no_room(link)) is not None:
            return DiskFull(f"{getattr(link, 'filename', None) or folder}: {why}; make room, then {way_on}")
        if (way := _no_gpu_memory(link)) is not None:
            return GpuFull(f"{way}, then {way_on}")
        if isinstance(link, NotImplementedError) and _is_of_client(link):
            return UnfitMachine(f"--vllm_mode server: {_line(link)}; set --vllm_mode colocate")
        if (isinstance(link, _FAILED) or type(link) is Exception) and _is_of_client(link):
            return ServerLost(f"{_address(link)}: the vLLM server failed: {_line(link)}; start it again, then {way_on}")
    return None


@contextmanager
def with_the_way_on(run: Path, trainer: Any) -> Iterator[None]:
    """Let what ends the training leave a whole checkpoint behind, and have the message name it.

    Raises:
        VirewardError: what `explained` makes of it.
    """
    try:
        yield
    except Exception as error:
        known = explained(error, "")
        if known is None:
            raise
        stopped = f"after step {trainer.state.global_step} of {trainer.state.max_steps}: "
        if failed := None if isinstance(known, DiskFull) else _save(trainer):
            stopped += f"(saving failed, too: {failed}) "
        if trainer.args.should_save:
            checkpoints.discard_broken(run)
        whole = checkpoints.last_complete(run)
        way_on = f"go on from {whole.name} with --resume" if whole else "start its steps again with --resume"
        told = explained(error, way_on, folder=str(run))
        text = str(told) if told is not known else f"{known}; mend that, then {way_on}"
        raise type(known)(stopped + " ".join(text.split())) from error


def _save(trainer: Any) -> str | None:
    """Save the steps that are done, unless they are; gives what went wrong.

    The trainer ends between two optimizer steps. Several processes save together, and the others go on.
    """
    done = trainer.state.global_step
    folder = Path(trainer.args.output_dir) / f"checkpoint-{done}"
    if trainer.args.world_size > 1 or not done or checkpoints.is_complete(folder):
        return None
    try:
        trainer._save_checkpoint(trainer.model, trial=None)
    except Exception as error:  # whatever it is, the first error is the one to tell
        return _line(error)
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those that it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def _no_room(error: BaseException) -> str | None:
    """How the system says that something cannot be written for want of room; None for another error."""
    by_rust = _BY_RUST.search(str(error))
    number = int(by_rust[1]) if by_rust else getattr(error, "errno", None)
    if number in _FULL:
        return os.strerror(number)
    return os.strerror(errno.ENOSPC) if isinstance(error, RuntimeError) and _BY_TORCH.search(str(error)) else None


def _no_gpu_memory(error: BaseException) -> str | None:
    """What does not fit into a GPU, and the settings to change; None for another error."""
    import torch

    text = " ".join(str(error).split())
    if isinstance(error, torch.OutOfMemoryError):
        sizes = [re.search(rf"{name} ([\d.]+ \w+)", text) for name in ("Tried to allocate", "total capacity of")]
        asked, whole = (found[1] if found else "some" for found in sizes)
        what = f"the GPU is out of memory: it has {whole}, and {asked} more were asked for"
        return (
            f"{what}; set --gradient_checkpointing true, halve --per_device_train_batch_size and double "
            "--gradient_accumulation_steps, or lower --vllm_gpu_memory_utilization or --max_completion_length"
        )
    if isinstance(error, ValueError) and _NO_CACHE.search(text):
        return "vLLM has no memory for its cache; raise --vllm_gpu_memory_utilization or lower --max_seq_length"
    if isinstance(error, ValueError) and (found := _NO_SHARE.search(text)):
        return f"vLLM cannot have its share of the GPU ({found[0]}); lower --vllm_gpu_memory_utilization"
    return None


def _is_of_client(error: BaseException) -> bool:
    """Whether TRL's client of the vLLM server raised it, itself or by what it called."""
    return any(name == _CLIENT for name in _modules(error.__traceback__))


def _modules(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        yield trace.tb_frame.f_globals.get("__name__", "")
        trace = trace.tb_next


def _address(error: BaseException) -> str:
    """The server's address, where the error is of a request."""
    url = urlsplit(str(getattr(getattr(error, "request", None), "url", None) or ""))
    return f"{url.scheme}://{url.netloc}" if url.netloc else "--vllm_mode server"


def _line(error: BaseException) -> str:
    text = str(error)
    reason = _REASON.search(text)
    short = reason[0] if reason else " ".join(text.split())
    return short if len(short) <= 300 else short[:297] + "..."
