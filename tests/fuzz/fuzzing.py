r"""Checks cases of a target and keeps what fails, cut down to a short text, as a row of the corpus.

Example row of the corpus: `{"target": "numerals", "text": "١ kg", "reason": "AssertionError: …"}`.
"""

import json
import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fuzz_targets import TARGETS, Case

CORPUS = Path(__file__).parents[1] / "corpus" / "fuzz.jsonl"
LONGEST = 1.0  # seconds of this thread that one case may take
_EVERY = 16  # of so many cases in a long run one is checked twice
_TRIES = 2_000  # checks that cutting a find down may cost


class TooSlow(AssertionError):
    """A case took longer than it may."""


def check(target: str, case: Case, *, twice: bool = True) -> object:
    """Check one case, and give what came out.

    Raises:
        Exception: a law is broken, the code raised, it took too long, or it gave something else the second time.
    """
    start = time.thread_time()
    told = TARGETS[target].check(**case)
    took = time.thread_time() - start
    if took > LONGEST:
        raise TooSlow(f"took {took:.2f} s")
    if twice:
        assert TARGETS[target].check(**case) == told, "another result the second time"
    return told


def failure(target: str, case: Case) -> Exception | None:
    """What checking a case raises."""
    try:
        check(target, case)
    except Exception as error:
        return error
    return None


def kind_of(error: Exception) -> str:
    """What a find has in common with others of its kind: the exception, and the line that raised it."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


def shrunk(target: str, case: Case) -> Case:
    """A shorter case that fails in the same way: pieces of its texts are left out for as long as it still does."""
    error = failure(target, case)
    if error is None:
        return case
    kind, tries = kind_of(error), _TRIES
    for key in ("text", "gold", "answer"):
        size = len(case.get(key, "")) // 2
        while size and tries > 0:
            at = 0
            while at < len(case[key]) and tries > 0:
                shorter = case | {key: case[key][:at] + case[key][at + size :]}
                tries -= 1
                found = failure(target, shorter)
                case, at = (shorter, at) if found and kind_of(found) == kind else (case, at + size)
            size //= 2
    return case


def row_of(target: str, case: Case, reason: str) -> str:
    """A line of the corpus; escaped, because a lone surrogate has no UTF-8."""
    return json.dumps({"target": target, **case, "reason": " ".join(reason.split())[:300]})


@dataclass
class Figures:
    """What a run has done so far; a find is kept once for each of its kinds."""

    executions: int = 0
    longest: float = 0.0
    slowest: tuple[str, Case] | None = None
    finds: dict[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def take(self, target: str, data: bytes) -> None:
        """Check what bytes stand for."""
        self.executions += 1
        case, start = TARGETS[target].case(data), time.thread_time()
        found: Exception | None = None
        try:
            check(target, case, twice=self.executions % _EVERY == 0)
        except Exception as error:
            found = error
        took = time.thread_time() - start
        if found is not None:  # cutting it down is no part of its time
            self._keep(target, case, found)
        if took > self.longest:
            self.longest, self.slowest = took, (target, case)

    def _keep(self, target: str, case: Case, error: Exception) -> None:
        kind = f"{target}: {kind_of(error)}"
        if kind not in self.finds:
            small = shrunk(target, case)
            self.finds[kind] = row_of(target, small, f"{type(error).__name__}: {failure(target, small) or error}")

    def __str__(self) -> str:
        seconds = time.monotonic() - self.started
        rate = f"{self.executions} executions in {seconds:.0f} s ({self.executions / max(seconds, 1e-9):.0f}/s)"
        return f"{rate}, longest {1000 * self.longest:.1f} ms, {len(self.finds)} finds"


def random_bytes(rng: random.Random) -> bytes:
    """Bytes for a case: most of them few, some many, and some that are decoded as they stand."""
    size = rng.choice((4, 8, 12, 20, 40))
    data = rng.randbytes(1 + int(rng.random() * size))
    return b"\xff" + data if data[0] < 8 else data


def run(targets: tuple[str, ...], rng: random.Random, go_on: Callable[[Figures], bool], figures: Figures) -> Figures:
    """Check random cases of the targets in turn for as long as the figures are to grow."""
    while go_on(figures):
        for target in targets:
            figures.take(target, random_bytes(rng))
    return figures
