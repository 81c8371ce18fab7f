"""Laws of a reward as a thing in a process: it travels to others, prints, shares threads, and takes time.

Example row (a law → what breaks it): `same_in_every_process` → a value taken from `hash("…")` or the order of a set.
"""

import math
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from vireward.records import Sample, Score
from vireward.testing.fresh import parcel
from vireward.testing.law import Broken, Case, Law, NotApplicable, Trial, cases_of, faulty
from vireward.testing.setting import number_question
from vireward.testing.subject import Fault, named

_PROCESS_SECONDS: Final = 120.0  # in which a fresh interpreter loads what the reward needs, and scores
_THREADS: Final = 4
_SIZES: Final = tuple(2**power for power in range(8, 16))  # characters, 256 to 32768
_LONG_ENOUGH: Final = 0.03  # seconds from which growth is judged; below it clocks and caches tell more than the text
_STEEP: Final = 1.6  # the exponent from which a growth is no longer that of n or n log n


def known_samples(trial: Trial) -> list[Sample]:
    """Some samples that are always the same, right and wrong ones, enough for whole groups."""
    question = number_question(1500, trial.setting.style)
    answers = [one.text for one in (*question.right[:6], *question.wrong[:4], *question.asserting[:4])]
    known = trial.asked(question, answers)
    words = trial.setting.words
    known += [trial.sample(trial.setting.laid_out(word, f"{word} 1500"), question.gold) for word in words[:12]]
    known += [trial.sample(text, question.gold) for text in ("", *words[:8], "1500", "<", "\x00")]
    size = trial.subject.size or 1
    return known[: len(known) // size * size]


# --- other processes ---


def _pickles(trial: Trial) -> None:
    known = known_samples(trial)
    try:
        again = pickle.loads(pickle.dumps(trial.subject))
    except Exception as error:
        told = "trainers hand rewards to worker processes; define it at the top of a module, without lambdas or locks"
        raise Broken(
            f"{named(trial.subject.reward)} does not pickle ({type(error).__name__}: {error}); {told}"
        ) from None
    try:
        scores, others = trial.subject.scores(known), again.scores(known)
    except Fault:
        return
    _same(known, scores, [other.value for other in others], "unpickled")


def _same(known: Sequence[Sample], scores: Sequence[Score], others: Sequence[float | None], where: str) -> None:
    for sample, score, other in zip(known, scores, others, strict=True):
        if score.value != other:
            raise Broken(f"{score.value} here, {other} {where}", cases_of([sample], [score]))


def _same_in_every_process(trial: Trial) -> None:
    known = known_samples(trial)
    try:
        sent = parcel(trial.subject, known)
    except Exception as error:
        raise NotApplicable(f"it does not pickle ({type(error).__name__})") from None
    try:
        scores = trial.subject.scores(known)
    except Fault as fault:
        raise NotApplicable(f"it {fault.why}") from None
    for seed, values in _in_fresh_processes(sent, ("0", "1")):
        _same(known, scores, values, f"in a process with PYTHONHASHSEED={seed}")


def _in_fresh_processes(sent: bytes, seeds: Sequence[str]) -> Iterator[tuple[str, list[float | None]]]:
    """What the samples are worth in fresh interpreters, one for each hash seed, side by side."""
    command = [sys.executable, "-c", "from vireward.testing.fresh import main; main()"]
    path = os.pathsep.join(filter(None, sys.path))
    running = []
    for seed in seeds:
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path}
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        running.append((seed, subprocess.Popen(command, env=env, **pipes)))
    try:
        for seed, process in running:
            out, err = process.communicate(sent, timeout=_PROCESS_SECONDS)
            if process.returncode:
                last = err.decode(errors="replace").strip().rpartition("\n")[2]
                raise NotApplicable(f"it cannot be loaded in another process: {last:.200}")
            yield seed, pickle.loads(out)
    except subprocess.TimeoutExpired:
        raise Broken(f"did not come back within {_PROCESS_SECONDS:.0f} s in another process") from None
    finally:
        for _, process in running:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()


def _prints(trial: Trial) -> None:
    reward = trial.subject.reward
    try:
        shown = (named(reward), named(reward))
    except Exception as error:
        raise Broken(f"its repr raises {type(error).__name__}: {error}") from None
    if shown[0] != shown[1] or not shown[0]:
        raise Broken(f"it prints as {shown[0]!r}, and then as {shown[1]!r}")
    if " at 0x" in shown[0]:
        raise Broken(
            f"it prints as {shown[0]!r}, which says nothing in a log; a frozen dataclass prints as its parameters"
        )


# --- threads ---


def _thread_safe(trial: Trial) -> None:
    known = known_samples(trial)
    try:
        scores = trial.subject.scores(known)
    except Fault as fault:
        raise NotApplicable(f"it {fault.why}") from None
    together = threading.Barrier(_THREADS)
    results: list[Any] = [None] * _THREADS

    def work(place: int) -> None:
        together.wait()
        try:
            results[place] = [trial.subject.scores(known) for _ in range(3)]
        except Fault as fault:
            results[place] = fault

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=[place], daemon=True) for place in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60.0)
    finally:
        sys.setswitchinterval(before)
    for result in results:
        if result is None:
            raise Broken(f"{_THREADS} threads that score at once did not come back within 60 s")
        if isinstance(result, Fault):
            raise Broken(f"in one of {_THREADS} threads it {result.why}", faulty(result).cases[:1])
        for run in result:
            _same(known, scores, [score.value for score in run], f"while {_THREADS} threads score at once")


# --- time ---


def _linear_time(trial: Trial) -> None:
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
            if sum(times) > 1.0:
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


LAWS_OF_MACHINES = (
    Law("pickles", "does it come back from pickle, with the same scores?", _pickles),
    Law("prints", "does it print as something that a log can be read by?", _prints),
    Law(
        "same_in_every_process",
        "does a completion score alike in other processes and hash seeds?",
        _same_in_every_process,
    ),
    Law("thread_safe", "does a completion score alike while other threads score?", _thread_safe),
    Law("linear_time", "does the time grow no faster than the text?", _linear_time),
)
