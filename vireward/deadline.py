"""Any reward → the same reward under a hard time limit.

Example row: `deadline(AnswerMatch(), seconds=1.0)` scores as `AnswerMatch()` does, and gives no value, with the outcome
`timeout`, on a completion that would keep it busy for more than a second.
"""

import functools
import os
import pickle
import traceback
from dataclasses import dataclass, field
from io import BytesIO
from queue import LifoQueue
from typing import NamedTuple

from vireward.errors import BadParameter
from vireward.group import check_pointwise
from vireward.parameters import check_count, check_finite, check_rewards
from vireward.records import Outcome, Reward, Sample, Score, as_score, expression, shown
from vireward.workers.broker import LOADING, Reply
from vireward.workers.replies import opened
from vireward.workers.worker import MEMORY, Worker

SECONDS = (0.001, 86_400.0)  # the shortest time that means anything between processes, and a day
WORKERS = min(4, os.cpu_count() or 1)  # calls of a process at once, for each memory limit; further ones wait
_HELD = 32  # rewards that a worker keeps
_NOT_HELD = "not held"


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is the reward, if it is known in time? Built by `deadline`."""

    reward: Reward
    seconds: float
    memory: int | None = MEMORY
    pickled: "Pickled" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pickled", _pickled(self.reward))

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.reward, self.seconds, self.memory))

    def __call__(self, sample: Sample, /) -> Score:
        """Score in a worker.

        Raises:
            BadParameter: the worker cannot load the reward.
            Exception: what the reward raised, if that pickles; a note has the traceback.
        """
        free = _free(self.memory)
        worker = free.get()  # the wait is not counted
        try:
            reply = self._asked(worker, sample)
        finally:
            free.put(worker)
        if isinstance(reply.value, _Raised):
            return reply.value.again()
        if isinstance(reply.value, Score):
            return reply.value
        return _failed(reply, f"no score within {self.seconds:g} s" if reply.end == "timeout" else reply.why)

    def _asked(self, worker: Worker, sample: Sample) -> Reply:
        """A worker's reply; it holds the reward before its clock starts."""
        key, payload, modules = self.pickled
        for _ in range(3):  # it may be killed after it was told to hold the reward
            reply = worker.call(_scored, key, sample, seconds=self.seconds, modules=modules)
            if reply.value != _NOT_HELD:
                return reply
            loaded = worker.call(_hold, key, payload, seconds=LOADING, modules=modules)
            if loaded.end == "error":
                given = f"deadline(reward={shown(self.reward)})"
                raise BadParameter(f"{given}: a worker cannot load it: {loaded.why}; it must be importable anywhere")
            if loaded.end != "done":
                return Reply("done", Score(None, f"while loading the reward: {loaded.why}", outcome=loaded.end))
        return Reply("crashed", why="the worker was killed again and again")

    def __repr__(self) -> str:
        memory = "" if self.memory == MEMORY else f", memory={self.memory!r}"
        return f"deadline({expression(self.reward)}, seconds={self.seconds!r}{memory})"


def deadline(reward: Reward, *, seconds: float, memory: int | None = MEMORY) -> Deadline:
    """The reward in a worker process, which is killed and replaced when it overruns, dies or takes too much memory.

    Then the score has no value, and the outcome `timeout` or `crashed`. What the reward raises is raised here too, or
    is the outcome `error` where it does not pickle, or holds more than plain values. Not counted are the wait for a
    free worker, its start, imports and the reward's own loading. The reward is taken as it is now; what it remembers of
    a call is lost with the worker. It gets single samples without their batch. What it prints goes to standard error.

    Args:
        reward: Any reward that pickles: of a module, not of the script that is run, and no lambda.
        seconds: The deadline, on the wall.
        memory: How many bytes of private writable memory (RLIMIT_DATA: what is touched, not what is only reserved) a
            worker may take beyond its imports, the reward included; None for any.

    Returns:
        A reward that can be called from any thread; one with an equal deadline is given back as it is.

    Raises:
        BadParameter: `reward` is no reward, needs whole groups or does not pickle; unless 0.001 <= seconds <= 86400,
            and `memory` is above 0 or None.
    """
    check_rewards("deadline", reward=reward)
    check_finite("deadline", seconds=seconds)
    if not SECONDS[0] <= seconds <= SECONDS[1]:
        raise BadParameter(f"deadline(seconds={seconds!r}): must be from {SECONDS[0]:g} to {SECONDS[1]:.0f}")
    if memory is not None:
        check_count("deadline", memory=memory)
    try:
        check_pointwise("deadline", reward)
    except BadParameter:
        why = "a part needs whole groups, and a worker gets single samples; leave that part outside of the deadline"
        raise BadParameter(f"deadline(reward={shown(reward)}): {why}") from None
    if isinstance(reward, Deadline) and (reward.seconds, reward.memory) == (seconds, memory):
        return reward
    return Deadline(reward, float(seconds), memory)


class Pickled(NamedTuple):
    """A reward on its way to a worker: its name there, itself, and the modules that it is of."""

    key: bytes
    payload: bytes
    modules: tuple[str, ...]


class _Pickler(pickle.Pickler):
    """Notes the modules of what is pickled."""

    modules: dict[str, None]

    def persistent_id(self, thing: object) -> None:
        module = getattr(thing, "__module__", None)
        if isinstance(module, str):
            self.modules[module] = None


def _pickled(reward: Reward) -> Pickled:
    import hashlib

    given = f"deadline(reward={shown(reward)})"
    to = BytesIO()
    pickler = _Pickler(to)
    pickler.modules = {}
    try:
        pickler.dump(reward)
    except Exception as error:
        way_out = "a worker needs a function or class of a module, no lambda and nothing local"
        raise BadParameter(f"{given}: does not pickle ({error}); {way_out}") from error
    if own := {"__main__", "__mp_main__"} & {*pickler.modules}:
        raise BadParameter(f"{given}: is of the script that is run ({min(own)}); move it to a module that is imported")
    payload = to.getvalue()
    return Pickled(hashlib.blake2b(payload, digest_size=16).digest(), payload, tuple(pickler.modules))


# --- the workers of this process ---


@functools.cache
def _free(memory: int | None) -> "LifoQueue[Worker]":
    """Workers with nothing to do; none has a process before its first call, and the last one used comes first."""
    workers: LifoQueue[Worker] = LifoQueue()
    for _ in range(WORKERS):
        workers.put(Worker(memory=memory))
    return workers


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_free.cache_clear)  # a thread that is not in the child may have had one


# --- in a worker ---


class _Raised(NamedTuple):
    """What a reward raised: the exception where it pickles, how it is called, and its traceback."""

    pickled: bytes | None
    said: str
    trace: str

    def again(self) -> Score:
        """Raise it here; a score without a value where it cannot be."""
        try:
            error = opened(self.pickled) if self.pickled else None
        except Exception:  # its class is another one here, or not here
            error = None
        if not isinstance(error, Exception):
            return Score(None, f"{self.said}\n{self.trace}", outcome="error")
        error.add_note(f"In the worker of the deadline:\n{self.trace}")
        raise error


_held: dict[bytes, Reward] = {}


def _hold(key: bytes, payload: bytes) -> None:
    """Load a reward; the oldest of many is let go of."""
    _held[key] = pickle.loads(payload)
    while len(_held) > _HELD:
        del _held[next(iter(_held))]


def _scored(key: bytes, sample: Sample) -> Score | _Raised | str:
    reward = _held.get(key)
    if reward is None:
        return _NOT_HELD
    try:
        return as_score(reward(sample))
    except MemoryError:
        raise
    except Exception as error:
        return _Raised(_as_bytes(error), f"{type(error).__name__}: {error}", traceback.format_exc())


def _as_bytes(error: Exception) -> bytes | None:
    """An exception pickled; None where it would not come back as it is."""
    try:
        pickled = pickle.dumps(error)
        back = opened(pickled)
        return pickled if type(back) is type(error) and str(back) == str(error) else None
    except Exception:
        return None


def _failed(reply: Reply, why: str) -> Score:
    outcome: Outcome = "error" if reply.end == "done" else reply.end
    return Score(None, why, outcome=outcome)
