"""The far side of a `Worker`: the process that forks off the one that runs calls, kills it and replaces it.

    asking process ──Call──▶ broker ──Call──▶ worker: runs the function
                   ◀─Reply── clock  ◀─Reply──

The broker is a fresh interpreter with one thread, which imports what the calls need and runs none of them, so that a
worker is forked from it within milliseconds and no state of the asking process comes along. In a worker itself,
deadlines within deadlines need no further broker: it forks off its own.
"""

import contextlib
import importlib
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from vireward.workers.processes import (
    LINUX,
    adopt_orphans,
    bound,
    children,
    death,
    die_with,
    exit_code,
    kill,
    kill_orphans,
)
from vireward.workers.replies import received

if TYPE_CHECKING:  # imported where it is used: `import vireward` stays light
    from multiprocessing.connection import Connection

LOADING = 300.0  # seconds for imports; they are no part of a deadline
_LOOK = 0.05  # seconds between looks at whether worker and asking process live
_BEGINNING, _ATTEMPTS = 5.0, 3  # seconds in which a worker begins with a call, and workers that may fail to


@dataclass(frozen=True, slots=True)
class Reply:
    """How a call ended.

    Attributes:
        end: `done`; `timeout`: it took longer than its deadline; `crashed`: its process died, was told to exit or ran
            out of memory; `error`: it raised, or its arguments or its value do not pickle.
        value: What the function returned; None unless it is done.
        why: The reason when it is not done.
    """

    end: Literal["done", "timeout", "crashed", "error"]
    value: Any = None
    why: str = ""


class Call(NamedTuple):
    """A function to run, by its import path, with pickled arguments.

    Attributes:
        path: `module:attribute`.
        payload: The pickled arguments.
        seconds: The deadline.
        modules: What to import before the clock starts.
        folders: The `sys.path` to import from; None for the one there is.
    """

    path: str
    payload: bytes
    seconds: float
    modules: tuple[str, ...] = ()
    folders: tuple[str, ...] | None = None


# On the way to a `Reply` names of modules say that they are imported and the clock stands still; none, that it runs.
Loading = tuple[str, ...]

_is_worker = False
_upward: "Connection | None" = None  # from a worker to the process that holds its clock


class Forked:
    """A process forked off this one that runs calls; another takes its place when it overruns or dies.

    Args:
        memory: Bytes that it may take beyond what it has when it is forked; None for any.
        tell: Is told about imports on the way.
        alone: Whether the process that asks is gone.
        closed: The pipes of this process, which are not the worker's.
        adopts: Whether this process gets the orphans of its workers, and has no other children to keep.
    """

    def __init__(
        self,
        memory: int | None,
        tell: Callable[[Loading], object],
        alone: Callable[[], bool] = lambda: False,
        closed: "tuple[Connection, ...]" = (),
        adopts: bool = False,
    ) -> None:
        self._memory, self._tell, self._alone, self._closed, self._adopts = memory, tell, alone, closed, adopts
        self._pid = 0
        self._code: int | None = None  # with which it has exited
        self._pipe: tuple[Connection, ...] = ()  # to the worker, where there is one
        self._tried, self._wanted = set[str](), set[str]()  # modules
        self._kept = set[int]()  # children that were there before the worker

    def run(self, call: Call) -> Reply:
        """Run a call; its clock starts when the worker has it."""
        try:
            self._load(call)
            reply = self._awaited(self._begun(call), call.seconds)
        except Exception as error:  # also of unpickling, where the function has written to the pipe
            reply = self._crash() if self._pid else Reply("crashed", why=f"no worker could be started: {error}")
        if reply.end in ("timeout", "crashed"):
            self.end()
        return reply

    def end(self) -> None:
        """Kill the worker and what it has started."""
        pid, ended, self._pid = self._pid, self._ended(), 0
        for pipe in self._pipe:
            pipe.close()
        if pid:
            kill(pid, ended)
            if self._adopts:
                kill_orphans(self._kept)

    def forget(self) -> None:
        """In a forked child: be without the worker, which is another process's."""
        self._pid = 0
        for pipe in self._pipe:
            pipe.close()

    def _load(self, call: Call) -> None:
        """Import what is not yet, for the next worker to have it from its start."""
        if call.folders is not None and list(call.folders) != sys.path:
            sys.path[:] = call.folders
            importlib.invalidate_caches()
            self._tried.clear()
            self.end()
        named = dict.fromkeys((*call.modules, *self._wanted))
        fresh = tuple(module for module in named if module not in self._tried and module not in sys.modules)
        self._tried.update(named)
        if fresh:
            self._tell(fresh)
            for module in fresh:
                with contextlib.suppress(BaseException):  # the worker says so when it needs the module
                    importlib.import_module(module)
            self.end()

    def _ready(self) -> "Connection":
        """The pipe to a worker that lives."""
        from multiprocessing import Pipe

        if self._pid and self._ended():  # killed while it had nothing to do
            self.end()
        if not self._pid:
            ours, theirs = Pipe()
            self._kept, parent = children(), os.getpid()
            with contextlib.suppress(Exception):  # the function whose worker this is may have closed it
                sys.stdout.flush()  # or the new worker would say it again
            self._pid, self._code, self._pipe = os.fork(), None, (ours,)
            if not self._pid:
                _work(theirs, self._memory, (ours, *self._closed), parent if self._adopts else None)
            theirs.close()
            if not ours.poll(LOADING):
                raise EOFError("it did not start")
            received(ours)
        return self._pipe[0]

    def _begun(self, call: Call) -> "Connection":
        """The pipe to a worker that has begun with a call; one that dies before that is replaced."""
        for _ in range(_ATTEMPTS):
            pipe = self._ready()
            self._tell(())
            with contextlib.suppress(EOFError, OSError):
                pipe.send(call)
                if pipe.poll(_BEGINNING):
                    received(pipe)
                    return pipe
            self.end()
        raise EOFError("it does not begin")

    def _awaited(self, pipe: "Connection", seconds: float) -> Reply:
        """The reply; the clock stands still while the worker imports what a deadline within this one needs."""
        until, left = time.monotonic() + seconds, 0.0
        while True:
            if pipe.poll(min(max(until - time.monotonic(), 0.0), _LOOK)):
                message = received(pipe)
                if isinstance(message, Reply):
                    return message
                if bool(message) is not bool(left):  # the clock is stopped, or goes on
                    now = time.monotonic()
                    until, left = (now + LOADING, max(until - now, 1e-9)) if message else (now + left, 0.0)
                    self._wanted.update(message)
                    self._tell(message)
            elif time.monotonic() >= until:
                return Reply("timeout", why=f"took more than {seconds:g} s")
            elif self._alone():
                raise EOFError("nobody waits for the reply")
            elif self._ended():  # and a process that it has forked holds its pipe
                return self._crash()

    def _ended(self) -> bool:
        if self._pid and self._code is None:
            self._code = exit_code(self._pid)
        return self._code is not None

    def _crash(self) -> Reply:
        """How the worker ended, whose pipe is closed a moment before."""
        until = time.monotonic() + _LOOK
        while not self._ended() and time.monotonic() < until:
            time.sleep(0.001)
        return Reply("crashed", why=f"the worker {death(self._code)}")


def local(memory: int | None) -> Forked | None:
    """In a worker, a process forked off it; None elsewhere, where a broker is needed."""
    return Forked(memory, tell=_told, closed=() if _upward is None else (_upward,)) if _is_worker else None


def serve(pipe: int, memory: int) -> None:
    """The broker: answer each call, until the asking process closes its end, at the latest by dying."""
    from multiprocessing.connection import Connection

    os.set_inheritable(pipe, False)
    asked, parent = Connection(pipe), os.getppid()
    with contextlib.suppress(OSError):
        os.dup2(2, 1)  # what a function prints is no data of the asking process
    adopt_orphans()

    def alone() -> bool:  # nothing is sent while a reply is awaited, so what is there to be read is the end
        return os.getppid() != parent or asked.poll(0)

    forked = Forked(memory or None, asked.send, alone, (asked,), adopts=LINUX)
    with contextlib.suppress(EOFError, OSError):
        while True:
            while not asked.poll(2.0):
                if os.getppid() != parent:  # killed, and one of its other children holds its end of the pipe
                    raise EOFError
            asked.send(forked.run(asked.recv()))
    forked.end()


def _work(pipe: "Connection", memory: int | None, closed: "Iterable[Connection]", parent: int | None) -> None:
    """The worker: run calls until the pipe is closed. Never returns, for it is in the middle of its parent's code."""
    global _is_worker, _upward
    try:
        for other in closed:
            other.close()
        _is_worker, _upward, own = True, pipe, os.getpid()
        os.setpgid(0, 0)
        if parent is not None:
            die_with(parent)
        bound(memory)
        pipe.send(())
        while True:
            call = pipe.recv()
            pipe.send(())
            reply = _run(call.path, call.payload)
            if os.getpid() != own:  # forked by the function, and it returned here, too
                break
            with contextlib.suppress(Exception):  # closed, or a broken pipe
                sys.stdout.flush()
            pipe.send(reply)
    finally:
        os._exit(1)


def _run(path: str, payload: bytes) -> Reply:
    module, _, attribute = path.partition(":")
    try:
        function: Any = importlib.import_module(module)
        for name in attribute.split("."):
            function = getattr(function, name)
        return Reply("done", pickle.dumps(function(*pickle.loads(payload))))
    except MemoryError:
        return Reply("crashed", why="the worker ran out of memory")
    except Exception as error:
        return Reply("error", why=f"{type(error).__name__}: {error}")
    except BaseException as error:  # SystemExit and its like end a process
        return Reply("crashed", why=f"the worker was told to exit: {type(error).__name__}({error})")


def _told(loading: Loading) -> None:
    if _upward is not None:
        _upward.send(loading)


def _after_fork() -> None:
    """A process that a worker's function forks has no say about the worker's clock."""
    global _upward
    _upward = None


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_after_fork)
