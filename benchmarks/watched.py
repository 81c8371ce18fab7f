"""A process that works on one request after the other, and is killed where one takes too long.

A peer's own time limit does not stop a computation inside C code, and a regular expression has none.
"""

import contextlib
import logging
import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Self

_START_LIMIT = 300  # seconds to import what is needed; PyTorch on a cold disk takes a minute
_END_LIMIT = 5  # seconds to end
TIMEOUT = "timeout"

Work = Callable[..., Any]


class Absent(Exception):
    """What a process should run cannot be imported here."""


class Watched:
    """A process that prepares for work, and works under a limit of seconds for each request.

    Args:
        prepare: A function of a module that gives the work, a function of one request; called in the process.
        name: What it is given.
        limit: Seconds for a request.

    Raises:
        Absent: it raised; the message says what.
    """

    def __init__(self, prepare: Callable[[str], Work], name: str, limit: float) -> None:
        self.prepare, self.name, self.limit = prepare, name, limit
        self._start()

    def _start(self) -> None:
        spawned = multiprocessing.get_context("spawn")  # a process with nothing of this one in it
        self._pipe, theirs = spawned.Pipe()
        self._process = spawned.Process(target=_serve, args=(self.prepare, self.name, theirs), daemon=True)
        self._process.start()
        theirs.close()
        absent = "it does not start"
        with contextlib.suppress(EOFError):
            absent = self._pipe.recv() if self._pipe.poll(_START_LIMIT) else absent
        if absent:
            self.close()
            raise Absent(absent)

    def __call__(self, *request: object) -> tuple[Any, str | None]:
        """What came of a request, or None and what went wrong: what it raised, a timeout, or the end of the process."""
        try:
            self._pipe.send(request)
            if self._pipe.poll(self.limit):
                return self._pipe.recv()
            error = TIMEOUT
        except (EOFError, OSError):
            error = "the process died"
        self._process.kill()
        self.close()
        self._start()
        return None, error

    def close(self) -> None:
        """End the process; without a request to come it ends itself, and what it started with it."""
        self._pipe.close()
        self._process.join(_END_LIMIT)
        self._process.kill()
        self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _serve(prepare: Callable[[str], Work], name: str, pipe: Connection) -> None:
    logging.disable()  # what the peers print and log would drown the table
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (open as long as the process)
    try:
        work = prepare(name)
    except Exception as error:  # a peer beside versions that it does not fit raises what it likes
        pipe.send(f"{type(error).__name__}: {error}")
        return
    pipe.send("")
    with contextlib.suppress(EOFError):
        while True:
            pipe.send(_worked(work, pipe.recv()))


def _worked(work: Work, request: tuple[object, ...]) -> tuple[Any, str | None]:
    try:
        return work(*request), None
    except BaseException as raised:  # Math-Verify's timeout is no Exception
        return None, f"{type(raised).__name__}: {raised}"
