"""Rewards that never end, die, or take all memory: what `deadlines.py` puts under a deadline."""

import os
import signal
import sys
import time

from vireward import AnswerMatch, Sample

TOWER = r"<SOLUTION>\boxed{\frac{5^{5^{5^{5^5}}}-5}{16}}</SOLUTION>"


def power_tower_of_an_answer(_: Sample) -> float | None:
    """The symbolic comparison with a power tower, whose own deadline of two seconds is longer than the one here."""
    return AnswerMatch()(Sample(TOWER, gold=r"\frac{x}{7}")).value


def power_tower(_: Sample) -> float:
    """Computed right here."""
    return float(5**5**5**5 > 0)


def endless_loop(_: Sample) -> float:
    """In Python."""
    while True:
        pass


def power_in_c(_: Sample) -> float:
    """One call that does not look at signals until it is done."""
    return float(pow(9, 9**9) > 0)


def factorial_of_a_billion(_: Sample) -> float:
    """By GMP, where gmpy2 is installed; else by Python."""
    try:
        from gmpy2 import fac  # type: ignore[import-not-found]  # it is not among the dependencies
    except ImportError:
        from math import factorial as fac
    return float(fac(10**9) > 0)


def blocked_signals(_: Sample) -> float:
    """Nothing but SIGKILL ends it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        pass


def killed_from_outside(_: Sample) -> float:
    """By another process, after 0.3 s."""
    if not os.fork():
        time.sleep(0.3)
        os.kill(os.getppid(), signal.SIGKILL)
        os._exit(0)
    time.sleep(1000)
    return 1.0


def segmentation_fault(_: Sample) -> float:
    """Of an address that is nobody's."""
    import ctypes

    return float(len(ctypes.string_at(0)))


def system_exit(_: Sample) -> float:
    """What a script does when it has had enough."""
    sys.exit("enough")


def exit_with_zero(_: Sample) -> float:
    """Which looks like success."""
    os._exit(0)


def memory_bomb(_: Sample) -> float:
    """Takes memory and touches it until there is none."""
    held = []
    while True:
        held.append(bytearray(2**24))


def deep_recursion(_: Sample) -> float:
    """Through C, until the stack is full."""
    sys.setrecursionlimit(10**9)

    def down(_: int) -> list[object]:
        return list(map(down, [0]))

    return float(len(down(0)))


def processes(_: Sample) -> str:
    """No bomb: which processes score."""
    return f"{os.getpid()} {os.getppid()}"


def fine(_: Sample) -> float:
    """No bomb."""
    return 1.0


BOMBS = (
    power_tower_of_an_answer,
    power_tower,
    endless_loop,
    power_in_c,
    factorial_of_a_billion,
    blocked_signals,
    killed_from_outside,
    segmentation_fault,
    system_exit,
    exit_with_zero,
    memory_bomb,
    deep_recursion,
)
