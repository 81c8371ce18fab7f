r"""Laws of the time that a reward takes: it grows no faster than the text, and it ends.

Example rows (a text → what it does): `<thinking>a</thinking><SOLUTION>` again and again → a pattern tries every pair of
them; `\\boxed{9^{9^{9^9}}}` → a computer algebra system begins to write it out.
"""

import math
import os
import select
import signal
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Final

from vireward.records import Sample
from vireward.testing.law import TRYING, Broken, Case, Law, NotApplicable, Trial
from vireward.testing.subject import SECONDS, Fault

_SIZES: Final = tuple(2**power for power in range(8, 16))  # characters, 256 to 32768
_LONG_ENOUGH: Final = 0.03  # seconds from which growth is judged; below it clocks and caches tell more than the text
_STEEP: Final = 1.6  # the exponent from which a growth is no longer that of n or n log n
_BOMBS: Final = (
    *("\\boxed{9^{9^{9^{9^9}}}}", "\\boxed{\\frac{5^{5^{5^{5^5}}}-5}{16}}", "\\boxed{10^{10^{10}}}"),
    *("\\boxed{99999999!}", "9**9**9**9", "\\boxed{\\sqrt[10^{10}]{2^{2^{40}}}}", "1e999999999"),
    *("(" * 3_000, "\\frac{1}{" * 1_000, "9" * 5_000),
)
_ENDED, _HUNG = 255, 254  # what a child says instead of the number of the bomb that it begins with


def _linear_time(trial: Trial) -> None:
    end = time.monotonic() + TRYING
    for unit, make in _growing(trial):
        times: list[float] = []
        for size in _SIZES:
            sample = trial.sample(make(size), "7")
            try:
                times.append(_seconds(trial, sample))
            except Fault as fault:
                if fault.kind != "hung":
                    break
                so_far = f"; {_SIZES[len(times) - 1]} characters took {times[-1]:.2f} s" if times else ""
                case = Case(sample.completion, "7", f"no score: {fault.why}", f"{size} characters of {unit!r}")
                raise Broken(f"{fault.why} for {size} characters{so_far}", [case]) from None
            if times[-1] > _LONG_ENOUGH and len(times) > 2 and _is_steep(trial, make, len(times) - 1):
                raise _too_slow(unit, sample, times)
            if sum(times) > 1.0 or time.monotonic() > end:
                break


def _seconds(trial: Trial, sample: Sample) -> float:
    """The least time of three, of this thread's own work; of one where it takes long."""
    least = math.inf
    for _ in range(3):
        start = time.thread_time()
        trial.subject.scores([sample])
        least = min(least, time.thread_time() - start)
        if least > 10 * _LONG_ENOUGH:
            break
    return least


def _is_steep(trial: Trial, make: Any, last: int) -> bool:
    """Whether a fourfold text takes far more than four times as long, measured twice anew."""
    for _ in range(2):
        short, long = (_seconds(trial, trial.sample(make(_SIZES[i]), "7")) for i in (last - 2, last))
        if math.log(max(long, 1e-6) / max(short, 1e-6)) / math.log(4) < _STEEP:
            return False
    return True


def _too_slow(unit: str, sample: Sample, times: Sequence[float]) -> Broken:
    grown = ", ".join(f"{size}: {took:.3f} s" for size, took in zip(_SIZES, times, strict=False) if took > 1e-4)
    case = Case(sample.completion, "7", f"{times[-1]:.3f} s", f"{len(sample.completion)} characters of {unit!r}")
    return Broken(f"time grows faster than the text ({grown})", [case])


def _growing(trial: Trial) -> Iterator[tuple[str, Any]]:
    """Texts of any length that are hard on patterns: tags without end, halves of the format, digits, marks, blanks."""
    setting, tags = trial.setting, trial.setting.tags
    whole = setting.laid_out("a", "7")
    opened = whole.partition(tags.open_answer)[0] + tags.open_answer
    units = (
        whole,
        f"{opened}\n",
        *tags.tags,
        "".join(tags.tags),
        "1.",
        "1,000 ",
        " ",
        "\n",
        "(",
        "\\boxed{",
        "a",
        "Đáp án là: ",
    )
    for unit in dict.fromkeys(units):
        yield unit, lambda size, unit=unit: (unit * size)[:size]
        yield f"{opened}{unit}", lambda size, unit=unit: opened + (unit * size)[:size]
        yield (
            f"{unit} in both blocks",
            lambda size, unit=unit: setting.laid_out((unit * size)[:size], (unit * size)[:size]),
        )


# --- bombs ---


def _comes_back(trial: Trial) -> None:
    if not hasattr(os, "fork"):
        raise NotApplicable("this system cannot fork, and nothing else ends a calculation that holds the interpreter")
    texts = [text for bomb in _BOMBS for text in (trial.setting.laid_out("a", bomb), bomb)]
    place = _hung_at(trial, [trial.sample(text, "7") for text in texts])
    if place is not None:
        case = Case(texts[place], "7", f"no score within {SECONDS:.0f} s")
        raise Broken("the call does not come back, and may hold the whole process", [case])


def _hung_at(trial: Trial, samples: Sequence[Sample]) -> int | None:
    """The place of the first sample whose score does not come, tried in a child process that can be killed."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a process of several threads is warned of forking; the child starts none
        child = os.fork()
    if not child:
        _score_one_by_one(trial, samples, writer)
    os.close(writer)
    place = -1
    try:
        while select.select([reader], [], [], SECONDS + 2.0)[0]:
            said = os.read(reader, 1)
            if not said or said[0] == _ENDED:  # a child that died has raised, or been killed for memory
                return None if said else max(place, 0)
            if said[0] == _HUNG:
                return place
            place = said[0]
        return place
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _score_one_by_one(trial: Trial, samples: Sequence[Sample], writer: int) -> None:
    """What the child does: say which sample is next, and score it. It never returns."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        for place, sample in enumerate(samples):
            os.write(writer, bytes([place]))
            try:
                trial.subject.scores([sample])
            except Fault as fault:
                if fault.kind == "hung":
                    os.write(writer, bytes([_HUNG]))
                    return
        os.write(writer, bytes([_ENDED]))
    finally:
        os._exit(0)


LAWS_OF_TIME = (
    Law("linear_time", "does the time grow no faster than the text?", _linear_time),
    Law("comes_back", "does a score come within seconds, whatever there is to calculate?", _comes_back),
)
