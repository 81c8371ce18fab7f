"""What the system is asked to do with processes: to bound them, to say how they ended, to end what they left behind."""

import contextlib
import os
import signal
import sys
from pathlib import Path

LINUX = sys.platform == "linux"
_DEATH_SIGNAL, _SUBREAPER = 1, 36  # options of prctl(2)


def bound(memory: int | None) -> None:
    """Take no more memory than agreed, be the first that a system without memory kills, and leave no core dump."""
    import resource

    with contextlib.suppress(OSError):
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        score.write("1000")
    if memory is not None:
        # Of private writable memory. RLIMIT_AS would count what CUDA and threads reserve and never touch.
        with contextlib.suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as sizes:
            limit = int(sizes.read().split()[5]) * resource.getpagesize() + memory
            soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
            limits = [known for known in (limit, soft, hard) if known != resource.RLIM_INFINITY]
            resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))


def exit_code(pid: int) -> int | None:
    """The exit code of a child, negative for a signal, after which it is no child any more; None while it lives."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # somebody else has collected it
        return 0
    return os.waitstatus_to_exitcode(status) if ended else None


def adopt_orphans() -> None:
    """Become the parent of what the children of this process leave behind when they end."""
    _prctl(_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """End this process when its parent ends, which is so already where it has another one."""
    _prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def kill(pid: int, ended: bool = False) -> None:
    """Kill the process group of a child, and the child where it has not ended, which may have left the group."""
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    if not ended:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def death(code: int | None) -> str:
    """How a child ended, in words."""
    if code is None:
        return "closed its pipe"
    return f"exited with {code}" if code >= 0 else f"was killed by {_signal_name(-code)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def children() -> set[int]:
    """The children of this process, those it has adopted among them; none where the system does not tell."""
    found = set[int]()
    for thread in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(map(int, thread.read_text(encoding="ascii").split()))
    return found


def kill_orphans(kept: set[int]) -> None:
    """Kill what a worker left behind, and then what that leaves behind in turn."""
    for _ in range(100):  # a process that forks without end is not to be waited for without end
        orphans = children() - kept
        if not orphans:
            return
        for orphan in orphans:
            with contextlib.suppress(OSError):
                os.kill(orphan, signal.SIGKILL)
                os.waitpid(orphan, 0)


def _prctl(option: int, value: int) -> None:
    if LINUX:
        import ctypes

        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
