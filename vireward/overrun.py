"""A time limit for what runs in this process: an exception in the block, where a signal can bring one."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Overrun(BaseException):
    """A block took longer than it may; what it calls does not stop this with `except Exception`."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raise `Overrun` in the block when it takes longer; only in the main thread, where alone a signal reaches it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    running = True

    def late(*_: object) -> None:
        if running:
            raise Overrun

    before = signal.signal(signal.SIGALRM, late)
    started, timer = time.monotonic(), signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again, if it is swallowed
    try:
        yield
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if timer[0]:  # whoever set one before
            signal.setitimer(signal.ITIMER_REAL, max(timer[0] - (time.monotonic() - started), 0.001), timer[1])
