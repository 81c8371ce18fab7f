"""Laws of a reward as a thing in a process: it travels to others, prints, and shares threads.

Example row (a law → what breaks it): `same_in_every_process` → a value taken from `hash("…")` or the order of a set.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Final

from vireward.errors import in_words
from vireward.records import Sample, Score, expression
from vireward.testing.fresh import parcel
from vireward.testing.law import Broken, Law, NotApplicable, Trial, cases_of, faulty
from vireward.testing.setting import number_question
from vireward.testing.subject import Fault, named

_PROCESS_SECONDS: Final = 120.0  # in which a fresh interpreter loads what the reward needs, and scores
_THREADS: Final = 4
_CHILD: Final = "VIREWARD_TESTING_CHILD"  # set in the environment of a fresh process


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
    if _CHILD in os.environ:  # a module that tests its reward when it is imported would start processes without end
        raise NotApplicable("this is such a process")
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
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path, _CHILD: "1"}
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
    try:
        one, other = (expression(trial.subject.reward) for _ in range(2))
    except Exception as error:
        raise Broken(f"its repr raises {in_words(error)}") from None
    if one != other or not one:
        raise Broken(f"it prints as {one!r:.200}, and then as {other!r:.200}")
    if " at 0x" in one:
        told = "which says nothing in a log; a frozen dataclass prints as its parameters"
        raise Broken(f"it prints as {one!r:.200}, {told}")


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


LAWS_OF_MACHINES = (
    Law("pickles", "does it come back from pickle, with the same scores?", _pickles),
    Law("prints", "does it print as something that a log can be read by?", _prints),
    Law(
        "same_in_every_process",
        "does a completion score alike in other processes and hash seeds?",
        _same_in_every_process,
    ),
    Law("thread_safe", "does a completion score alike while other threads score?", _thread_safe),
)
