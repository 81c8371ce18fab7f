"""The folder of one run: what it leaves behind, and how a stopped run is found again.

outputs/NAME/
├── run.json            the command line that started it
├── rewards.toml        the file of --rewards, if there was one; a resumed run goes on with it
├── options.yaml        the file of --config, likewise
├── base/               tiny only: the model before training
├── checkpoint-N/       what --resume goes on from
├── adapter/            the trained LoRA adapter
├── metrics.jsonl       one line for each log of the trainer; warmup.jsonl the same for the warm-up
├── completions/        TRL's tables of completions, where `--log_completions` is on
├── evaluation.jsonl    each held-out problem, before and after, with scores and reasons
├── summary.json        the figures
├── .lock               held by the process that works on the run
└── report.html         the page to look at
"""

import errno
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vireward.errors import BadParameter

LATEST = "latest"
_LONGEST_NAME = 200  # bytes; file systems take 255
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_DRAFT = ".unfinished-"  # how the names of files begin that are being written


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of one run."""

    path: Path

    @property
    def base(self) -> Path:
        """The tiny model before training."""
        return self.path / "base"

    @property
    def adapter(self) -> Path:
        """The trained adapter."""
        return self.path / "adapter"

    @property
    def metrics(self) -> Path:
        """The trainer's logs."""
        return self.path / "metrics.jsonl"

    @property
    def evaluation(self) -> Path:
        """Held-out problems, answered."""
        return self.path / "evaluation.jsonl"

    @property
    def summary(self) -> Path:
        """The figures of the run."""
        return self.path / "summary.json"

    @property
    def rewards(self) -> Path:
        """The reward that the run was started with, where it came from a file."""
        return self.path / "rewards.toml"

    @property
    def config(self) -> Path:
        """The options that the run was started with, where they came from a file."""
        return self.path / "options.yaml"

    @property
    def command(self) -> Path:
        """The command line that started the run."""
        return self.path / "run.json"

    def first_command(self) -> list[str]:
        """The command line that started the run, as `start` noted it, with the kept copy of its file of options.

        Raises:
            BadParameter: the note is broken.
        """
        try:
            argv = list(json.loads(self.command.read_text(encoding="utf-8"))["argv"])
        except (ValueError, LookupError, TypeError) as error:
            raise BadParameter(f"{self.command}: is broken ({error!r:.80}); mend it, or start another run") from error
        return [*argv, "--config", str(self.config)] if self.config.exists() else argv  # the last one counts

    def start(self, argv: Sequence[str]) -> None:
        """Make the folder and note the run's first command line; let `latest` beside it point at it.

        The link comes first: after a kill in between `latest` is no run yet, and not the one before.

        Raises:
            BadParameter: it cannot be made there.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._start(argv)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise
            told = f"the run's folder {self.path.name!r:.60} cannot be made there ({error.strerror})"
            raise BadParameter(f"--outputs {self.path.parent}: {told}; name another folder or --name") from error

    def _start(self, argv: Sequence[str]) -> None:
        link = self.path.parent / LATEST
        new = link.with_name(f".{LATEST}-{os.getpid()}")
        new.unlink(missing_ok=True)
        new.symlink_to(self.path.name, target_is_directory=True)
        new.replace(link)
        self.path.mkdir(exist_ok=True)
        if not self.command.exists():
            write_json(self.command, {"argv": list(argv)})

    def hold(self) -> None:
        """Keep the run to this process until it ends, however it ends; clear away what a kill left half written.

        Raises:
            BadParameter: another process has it.
        """
        try:
            import fcntl
        except ImportError:  # Windows
            return
        lock = os.open(self.path / ".lock", os.O_WRONLY | os.O_CREAT, 0o644)  # closed by the end of the process
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # not flock, which a forked worker would go on holding
        except (BlockingIOError, PermissionError) as error:
            os.close(lock)
            raise BadParameter(f"{self.path}: another process works on it; wait for its end, or end it") from error
        except OSError:  # a file system without locks
            return
        for left in self.path.glob(f"{_DRAFT}*"):
            left.unlink(missing_ok=True)


def new_folder(outputs: Path, name: str | None, *, preset: str, seed: int) -> RunFolder:
    """The folder of a new run, not made yet: a run that never gets to its model leaves nothing.

    Raises:
        BadParameter: a run of that name is there already, or the name is no plain folder name.
    """
    name = name or f"{preset}-seed{seed}-{datetime.now():%Y%m%d-%H%M%S}"
    if Path(name).name != name or name in {"", ".", "..", LATEST}:
        raise BadParameter(f"--name {name!r}: must be a plain folder name other than {LATEST!r}")
    if len(os.fsencode(name)) > _LONGEST_NAME:
        raise BadParameter(f"--name {name[:20]}…: has {len(name)} characters; take a shorter one")
    folder = RunFolder(outputs / name)
    if folder.command.exists():
        raise BadParameter(f"--name {name}: {folder.path} holds a run; go on with --resume, or choose another name")
    return folder


def resumed_folder(outputs: Path, name: str | None) -> RunFolder:
    """The folder of a stopped run, by default the newest.

    Raises:
        BadParameter: there is no such run; the message lists those there are.
    """
    folder = RunFolder((outputs / (name or LATEST)).resolve())
    if not folder.command.is_file():
        runs = sorted(path.parent.name for path in outputs.glob("*/run.json") if path.parent.name != LATEST)
        found = f"there are {', '.join(runs)}" if runs else f"{outputs} holds none"
        raise BadParameter(f"--resume: no run {name or LATEST!r} in {outputs}; {found}; without --resume one starts")
    return folder


def write_text(file: Path, text: str) -> None:
    """Write a file that is there whole or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{_DRAFT}{file.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(name, 0o644)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(file: Path, value: object) -> None:
    """Write one JSON value, whole or not at all."""
    write_text(file, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_lines(file: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write JSON lines, whole or not at all."""
    write_text(file, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The objects of a JSON lines file; a last line that a kill cut off is left out, and a missing file is empty."""
    rows = []
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    for line in text.split("\n"):  # a completion may hold other ends of lines, such as U+2028, and JSON leaves them
        if not line:
            continue
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows
