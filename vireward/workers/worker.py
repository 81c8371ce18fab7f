"""Any function under a hard time limit: it runs in a process that is killed and replaced when it overruns or dies.

The asking process is neither forked nor imported again: it starts a broker (`broker.py`), which forks off the worker.
So scripts need no `if __name__ == "__main__"` guard, and threads, event loops and CUDA are left alone.
Example row: `Worker().call("math:sqrt", 9, seconds=1).value` is 3.0.
"""

import math
import os
import pickle
import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from vireward.errors import BadParameter
from vireward.workers.broker import LOADING, Call, Forked, Reply, local
from vireward.workers.replies import opened, received

if TYPE_CHECKING:  # imported where they are used: `import vireward` stays light
    import subprocess
    from multiprocessing.connection import Connection

MEMORY = 2 * 2**30  # bytes
_GRACE = 10.0  # seconds in which the broker must say what it does, and answer after a deadline
_ENDING = 2.0  # seconds that a broker has to kill its worker and go
_BROKER = (
    "import sys; sys.path[:] = sys.argv[3:]; import vireward.workers.broker as b; b.serve(*map(int, sys.argv[1:3]))"
)


class Worker:
    """Runs functions in one process beside this one, each call under a deadline.

    Calls from several threads wait for each other; the wait is not counted. The process starts with the first call and
    ends with `close`, with the interpreter, or when this object is no longer used. A forked child starts its own.

    Args:
        preload: Modules to import before the first call. That of a function is always imported before its call.
        memory: Bytes of private writable memory that the process may take beyond what the imports took; None for any.

    Raises:
        BadParameter: unless memory is at least one byte.
    """

    _broker: "subprocess.Popen[bytes] | None"
    _pipe: "Connection | None"
    _ending: "weakref.finalize[..., Worker] | None"
    _local: Forked | None
    _told: tuple[str, ...]  # the folders that the broker imports from

    def __init__(self, preload: tuple[str, ...] = (), memory: int | None = MEMORY) -> None:
        if memory is not None and memory < 1:
            raise BadParameter(f"Worker(memory={memory!r}): must be at least one byte")
        self.preload, self.memory = preload, memory
        self._forget()
        _workers.add(self)

    def __repr__(self) -> str:
        return f"Worker(preload={self.preload!r}, memory={self.memory!r})"

    def call(
        self, function: str | Callable[..., object], *args: object, seconds: float, modules: Iterable[str] = ()
    ) -> Reply:
        """Run `function(*args)`, for at most so many seconds.

        Args:
            function: `"module:attribute"`, or a function that can be imported under its name.
            args: Its arguments; they must pickle. The value is made of plain ones, scores and exceptions.
            seconds: The deadline, counted from the start of the function.
            modules: Further modules to import before that.

        Raises:
            BadParameter: the function cannot be named by an import path, or the deadline is not positive and finite.
        """
        path = import_path(function)
        if not (seconds > 0 and math.isfinite(seconds)):
            raise BadParameter(f"call(seconds={seconds!r}): must be positive and finite")
        try:
            payload = pickle.dumps(args)
        except Exception as error:
            return Reply("error", why=f"the arguments do not pickle: {error}")
        with self._lock:
            reply = self._answered(Call(path, payload, seconds, (*self.preload, path.partition(":")[0], *modules)))
        return _opened(reply) if reply.end == "done" else reply

    def close(self) -> None:
        """End the process; a later call starts a new one."""
        with self._lock:
            self._end()

    def _answered(self, call: Call) -> Reply:
        try:
            self._local = self._local or local(self.memory)
            return self._local.run(call) if self._local else self._asked(call)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._end()
            return Reply("crashed", why=f"the worker's broker died ({type(error).__name__})")
        except BaseException:  # an interrupted call would leave its reply to the next one
            self._end()
            raise

    def _asked(self, call: Call) -> Reply:
        """The broker's reply; one that says nothing for too long is killed."""
        alive = self._broker is not None and self._broker.poll() is None
        pipe, folders = self._started(), _folders()
        pipe.send(call if folders == self._told else call._replace(folders=folders))
        self._told, patience = folders, _GRACE if alive else LOADING
        while pipe.poll(patience):
            message = received(pipe)
            if isinstance(message, Reply):
                return message
            patience = LOADING if message else call.seconds + _GRACE
        self._end()
        return Reply("timeout", why=f"no reply within {patience:g} s")

    def _started(self) -> "Connection":
        """The pipe to a broker that lives."""
        if self._pipe is None or self._broker is None or self._broker.poll() is not None:
            self._end()
            self._told = _folders()
            self._broker, self._pipe = _start(self.memory, self._told)
            self._ending = weakref.finalize(self, _stop, self._broker, self._pipe)
        return self._pipe

    def _end(self) -> None:
        if self._ending is not None:
            self._ending()
        if self._local is not None:
            self._local.end()
        self._broker = self._pipe = self._ending = self._local = None

    def _forget(self) -> None:
        """Be without a process, and without the lock that another thread may have held at a fork."""
        self._broker = self._pipe = self._ending = self._local = None
        self._told = ()
        self._lock = threading.Lock()


_workers: "weakref.WeakSet[Worker]" = weakref.WeakSet()


def close_workers() -> None:
    """End the processes of all workers; a later call starts new ones."""
    for worker in list(_workers):
        worker.close()


def import_path(function: str | Callable[..., object]) -> str:
    """The name `"module:attribute"` of a function.

    Raises:
        BadParameter: another process could not import it: it is local, a lambda, or of the script that is run.
    """
    named = getattr(function, "__module__", None), getattr(function, "__qualname__", "<nameless>")
    path = function if isinstance(function, str) else f"{named[0]}:{named[1]}"
    module, _, attribute = path.partition(":")
    if module in ("", "__main__", "None") or not all(part.isidentifier() for part in attribute.split(".")):
        raise BadParameter(
            f"function={path!r}: must be module:attribute that the worker can import; no script, no lambda"
        )
    return path


def _opened(reply: Reply) -> Reply:
    try:
        return Reply("done", opened(reply.value))
    except Exception as error:
        return Reply("error", why=f"the value does not unpickle here: {error}")


def _after_fork() -> None:
    """Let go of the parent's brokers: nothing is sent to them, and no end of their pipes is kept open."""
    for worker in list(_workers):
        broker, pipe, ending, forked = worker._broker, worker._pipe, worker._ending, worker._local
        worker._forget()
        if ending is not None and broker is not None and pipe is not None:
            ending.detach()
            broker.returncode = 0  # it is no child of this process
            pipe.close()
        if forked is not None:
            forked.forget()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_after_fork)


def _folders() -> tuple[str, ...]:
    return tuple(path or os.getcwd() for path in sys.path)


def _start(memory: int | None, folders: tuple[str, ...]) -> "tuple[subprocess.Popen[bytes], Connection]":
    import subprocess
    from multiprocessing import Pipe

    ours, theirs = Pipe()
    # -P: the folder of the script, or the current one, is no home of modules unless it was one here.
    numbers = map(str, (theirs.fileno(), memory or 0))
    command = [sys.executable, "-P", "-W", "ignore", "-c", _BROKER, *numbers, *folders]
    with theirs:
        # A session of its own: Ctrl-C is for the asking process.
        broker = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True)
    return broker, ours


def _stop(broker: "subprocess.Popen[bytes]", pipe: "Connection") -> None:
    import signal
    import socket
    import subprocess

    with socket.socket(fileno=os.dup(pipe.fileno())) as end:  # closing it would not do while a thread waits for a reply
        end.shutdown(socket.SHUT_RDWR)  # which tells the broker to kill its worker and go
    pipe.close()
    try:
        broker.wait(_ENDING)
    except subprocess.TimeoutExpired:  # it imports something long, or was stopped; the worker dies with it
        broker.send_signal(signal.SIGKILL)
        broker.wait()
