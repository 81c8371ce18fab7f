"""Any call under a hard time limit: it runs in a worker process that is killed and replaced when it overruns.

The asking process is neither forked nor imported again: it starts a broker, a fresh interpreter that imports what the
calls need and then forks the worker (a pebble pool of one). So scripts need no `if __name__ == "__main__"` guard, and
threads, event loops and CUDA are left alone. Example row: `Worker().call("math:sqrt", 9, seconds=1).value` is 3.0.
"""

import contextlib
import importlib
import math
import os
import pickle
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from vireward.errors import BadParameter, MissingExtra

if TYPE_CHECKING:  # imported where they are used: `import vireward` stays light
    import subprocess
    from io import BufferedReader, BufferedWriter

    import pebble

_LOADING = 300.0  # seconds for the imports before a call; they are no part of its deadline
_GRACE = 10.0  # seconds after a deadline in which the broker must answer
_BROKER = "import sys; sys.path[:] = sys.argv[2:]; import vireward.deadline as d; d._serve(int(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Reply:
    """How a call ended.

    Attributes:
        end: `done`; `timeout`: it took longer than its deadline; `crashed`: its process died or ran out of memory;
            `error`: it raised, or its arguments or its value do not pickle.
        value: What the function returned; None unless it is done.
        why: The reason when it is not done.
    """

    end: Literal["done", "timeout", "crashed", "error"]
    value: Any = None
    why: str = ""


class Worker:
    """Runs functions in one process beside this one, each call under a deadline.

    Calls from several threads wait for each other; the wait is not counted. The process starts with the first call and
    ends with `close`, with the interpreter, or when this object is no longer used. A forked child starts its own.

    Args:
        preload: Modules to import before the first call. That of a function is always imported before its call.
        memory: Bytes that a call may take beyond what the imports took.

    Raises:
        BadParameter: unless memory is at least one byte.
    """

    _broker: "subprocess.Popen[bytes] | None"
    _ending: "weakref.finalize[..., Worker] | None"

    def __init__(self, preload: tuple[str, ...] = (), memory: int = 2 * 2**30) -> None:
        if memory < 1:
            raise BadParameter(f"Worker(memory={memory!r}): must be at least one byte")
        self.preload, self.memory = preload, memory
        self._forget()
        _workers.add(self)

    def __repr__(self) -> str:
        return f"Worker(preload={self.preload!r}, memory={self.memory!r})"

    def call(self, function: str | Callable[..., object], *args: object, seconds: float) -> Reply:
        """Run `function(*args)`, for at most so many seconds.

        Args:
            function: `"module:attribute"`, or a function that can be imported under its name.
            args: Its arguments; they and the value must pickle.
            seconds: The deadline, counted from the start of the function.

        Raises:
            BadParameter: the function cannot be named by an import path, or the deadline is not positive and finite.
            MissingExtra: pebble is not installed.
        """
        path = import_path(function)
        if not (seconds > 0 and math.isfinite(seconds)):
            raise BadParameter(f"call(seconds={seconds!r}): must be positive and finite")
        try:
            payload = pickle.dumps(args)
        except Exception as error:
            return Reply("error", why=f"the arguments do not pickle: {error}")
        with self._lock:
            return self._answered(path, payload, seconds)

    def close(self) -> None:
        """End the process; a later call starts a new one."""
        with self._lock:
            self._end()

    def _answered(self, path: str, payload: bytes, seconds: float) -> Reply:
        try:
            for module in (*self.preload, path.partition(":")[0]):
                if (loaded := self._loaded(module)).end != "done":
                    return loaded
            reply = self._asked((path, payload, seconds), seconds + _GRACE)
            return _opened(reply) if reply.end == "done" else reply
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._end()
            return Reply("crashed", why=f"the worker's broker died ({type(error).__name__})")
        except BaseException:  # an interrupted call would leave its reply to the next one
            self._end()
            raise

    def _loaded(self, module: str) -> Reply:
        if self._broker is None or self._broker.poll() is not None:
            self._end()
            self._broker = _started(self.memory)
            self._ending = weakref.finalize(self, _stopped, self._broker)
        if module in self._modules:
            return Reply("done")
        reply = self._asked((module, b"", 0.0), _LOADING)
        if reply.end == "done":
            self._modules.add(module)
        return reply

    def _asked(self, request: tuple[str, bytes, float], seconds: float) -> Reply:
        """Send a request and wait for the reply; a broker that says nothing for so many seconds is killed."""
        import selectors

        sending, receiving = _pipes(self._broker)
        pickle.dump(request, sending)
        sending.flush()
        with selectors.DefaultSelector() as waiting:
            waiting.register(receiving, selectors.EVENT_READ)
            if not waiting.select(seconds):
                self._end()
                return Reply("timeout", why=f"no reply within {seconds:g} s")
        return cast(Reply, pickle.load(receiving))

    def _end(self) -> None:
        if self._ending is not None:
            self._ending()
        self._broker = self._ending = None
        self._modules.clear()

    def _forget(self) -> None:
        """Be without a process, and without the lock that another thread may have held at a fork."""
        self._broker = self._ending = None
        self._modules: set[str] = set()
        self._lock = threading.Lock()


_workers: "weakref.WeakSet[Worker]" = weakref.WeakSet()


def _opened(reply: Reply) -> Reply:
    try:
        return Reply("done", pickle.loads(reply.value))
    except Exception as error:
        return Reply("error", why=f"the value does not unpickle here: {error}")


def _after_fork() -> None:
    """Let go of the parent's brokers: nothing is sent to them, and no end of their pipes is kept open."""
    for worker in list(_workers):
        broker, ending = worker._broker, worker._ending
        worker._forget()
        if ending is not None and broker is not None:
            ending.detach()
            broker.returncode = 0  # it is no child of this process
            for pipe in _pipes(broker):
                pipe.raw.close()  # without a flush: another thread may have been writing


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_after_fork)


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


def _started(memory: int) -> "subprocess.Popen[bytes]":
    import importlib.util
    import subprocess

    if importlib.util.find_spec("pebble") is None:
        raise MissingExtra("a deadline needs the package pebble, which is not installed (pip install pebble)")
    paths = [path or os.getcwd() for path in sys.path]
    # -P: the folder of the script, or the current one, is no home of modules unless it was one here.
    command = [sys.executable, "-P", "-W", "ignore", "-c", _BROKER, str(memory), *paths]
    # A session of its own: Ctrl-C is for the asking process, and the broker ends together with its worker.
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)


def _stopped(broker: "subprocess.Popen[bytes]") -> None:
    import signal

    with contextlib.suppress(ProcessLookupError):
        os.killpg(broker.pid, signal.SIGKILL)  # also when the broker is dead: its worker may be busy
    broker.wait()
    for pipe in _pipes(broker):
        with contextlib.suppress(OSError):  # what was not sent is not wanted
            pipe.close()


def _pipes(broker: "subprocess.Popen[bytes] | None") -> "tuple[BufferedWriter, BufferedReader]":
    """The ends of the pipes to and from a broker that was started."""
    return broker.stdin, broker.stdout  # type: ignore[union-attr, return-value]  # Popen was asked for both, buffered


def _serve(memory: int) -> None:
    """The broker: answer each request, until the asking process closes its end, at the latest by dying."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what a function prints is no reply
    pool = None
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            path, payload, seconds = pickle.load(requests)
            if payload:
                pool = pool or _pool(memory, (requests.fileno(), replies.fileno()))
                reply = _ran(pool, path, payload, seconds)
            else:  # only a module to import, for the next worker to have it from its start
                _emptied(pool)
                pool, reply = None, _run("importlib:import_module", pickle.dumps((path,)), shown=False)
            pickle.dump(reply, replies)
            replies.flush()
    _emptied(pool)


def _pool(memory: int, pipes: tuple[int, int]) -> "pebble.ProcessPool":
    import multiprocessing

    import pebble

    # Seconds between looks at the deadline, and until SIGKILL follows SIGTERM; with 0.1 and 3 calls overrun by more.
    pebble.CONSTS.sleep_unit, pebble.CONSTS.term_timeout = 0.02, 0.2
    fork = multiprocessing.get_context("fork")
    return pebble.ProcessPool(max_workers=1, context=fork, initializer=_bounded, initargs=(memory, pipes))


def _emptied(pool: "pebble.ProcessPool | None") -> None:
    if pool is not None:
        pool.stop()  # type: ignore[no-untyped-call]  # pebble types its arguments only
        pool.join()


def _ran(pool: "pebble.ProcessPool", path: str, payload: bytes, seconds: float) -> Reply:
    import pebble

    try:
        return pool.schedule(_run, args=(path, payload), timeout=seconds).result()
    except TimeoutError:
        return Reply("timeout", why=f"took more than {seconds:g} s")
    except pebble.ProcessExpired as death:
        how = f"was killed by signal {-death.exitcode}" if death.exitcode < 0 else f"exited with {death.exitcode}"
        return Reply("crashed", why=f"the worker {how}")


def _bounded(memory: int, pipes: tuple[int, int]) -> None:
    """The worker's start: die at once when told to, stay off the broker's pipes, take no more memory than agreed."""
    import resource
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's handler waits until a long computation in C comes back
    for pipe in pipes:
        os.close(pipe)
    with contextlib.suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as sizes:
        used = int(sizes.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _run(path: str, payload: bytes, shown: bool = True) -> Reply:
    module, _, attribute = path.partition(":")
    try:
        function: Any = importlib.import_module(module)
        for name in attribute.split("."):
            function = getattr(function, name)
        value = function(*pickle.loads(payload))
        return Reply("done", pickle.dumps(value if shown else None))
    except MemoryError:
        return Reply("crashed", why="ran out of memory")
    except BaseException as error:
        return Reply("error", why=f"{type(error).__name__}: {error}")
