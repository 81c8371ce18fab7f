"""A file that is there whole or not at all, whatever happens while it is written; and `--out` of the commands."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from vireward.errors import BadData

STDIN = "-"


def check_target(out: Path, source: str, *, force: bool, option: str = "--out") -> Path:
    """The file that will be written, symbolic links followed; it was named by an option.

    Raises:
        BadData: it is what is read, it is there already without `force`, or it is no plain file.
    """
    target, read = Path(os.path.realpath(out)), "/dev/stdin" if source == STDIN else source
    if not target.exists():
        return target
    if not target.is_file():  # replacing a device or a pipe would take it away from everyone
        raise BadData(f"{option} {out}: not a plain file; leave {option} away and redirect the output")
    if os.path.exists(read) and target.samefile(read):
        raise BadData(f"{option} {out}: that is the file being read; choose another name")
    if not force:
        raise BadData(f"{option} {out}: is there already; choose another name, or say --force")
    return target


def target_of(out: Path | None, source: str, *, force: bool) -> Path | None:
    """The file of `--out`, checked; None where standard output is meant.

    Raises:
        BadData: as `check_target`.
    """
    if out is None or out == Path(STDIN):
        return None
    return check_target(out, source, force=force)


def put_out(text: Iterable[str], target: Path | None) -> None:
    """Write a file whole or not at all, or where there is none to standard output.

    Raises:
        BadData: it cannot be written.
    """
    if target is None:
        sys.stdout.writelines(text)
    else:
        write(text, target)


def write(text: Iterable[str], target: Path) -> None:
    """Write a file that is there whole or not at all, also when the process is told to stop.

    Raises:
        BadData: it cannot be written.
    """
    draft = None
    try:
        with _unwinding():
            handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}-")
            with open(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.writelines(text)
            os.umask(mask := os.umask(0))
            os.chmod(draft, 0o666 & ~mask)
            os.replace(draft, target)
    except OSError as error:
        raise BadData(f"{target}: cannot be written ({error.strerror})") from error
    finally:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)


@contextmanager
def _unwinding() -> Iterator[None]:
    """Let the signals that end a process unwind it like an exception, unless it was told to ignore them."""

    def stop(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    ending = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    changed = [number for number in ending if signal.getsignal(number) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)
