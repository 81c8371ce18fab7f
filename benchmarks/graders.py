r"""The graders that are run beside each other, and the process that runs one of them under a time limit.

Each is called as the first line of its loader says. What a peer is given is shaped beforehand and outside the time:
`stated` is what `vireward.find_answer` finds, or the text itself, so that a peer need not know the markers of the set;
a `\boxed{}` in the text is left to the peers that look for it. A peer accepts with its full score only.
"""

import contextlib
import importlib.util
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, Self

import vireward
from vireward.tutorial import check_answer, check_numbers

_BOX = "\\boxed"
_SHORT = 200  # characters; a longer text, or one of several lines, is no formula and is not wrapped as one
_WARM_UP = (("1", "1"), ("x + 1", "1 + x"))  # what a grader builds or imports for its first pairs belongs to none
_END_LIMIT = 5  # seconds for a process to end
_START_LIMIT = 300  # seconds for a process to import its grader; PyTorch on a cold disk takes a minute

Shaped = tuple[str, ...]
Call = Callable[..., object]


class Grader(NamedTuple):
    """A grader: the package it comes in, the shape it is given text, gold and style in, and what imports its call."""

    package: str
    shape: Callable[[str, str, str], Shaped]
    load: Callable[[], Call]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one grader said of one pair: whether it accepted, in how many microseconds, and what it raised."""

    accepted: bool
    micros: float
    error: str | None = None


TIMEOUT = "timeout"


def stated(text: str) -> str:
    """The answer that the text states, without its marker; a text without one is its own answer."""
    found = vireward.find_answer(text)
    return found.text if found else text


def _latex(text: str) -> str:
    said = text if _BOX in text else stated(text)
    return said if "$" in said or _BOX in said or _is_long(said) else f"${said}$"


def _boxed(text: str) -> str:
    said = text if _BOX in text else stated(text)
    return said if _BOX in said or _is_long(said) else f"\\boxed{{{said.strip().strip('$')}}}"


def _is_long(text: str) -> bool:
    return "\n" in text or len(text) > _SHORT


def _as_it_is(text: str, gold: str, style: str) -> Shaped:
    return text, gold, style


def _for_math_verify(text: str, gold: str, _style: str) -> Shaped:
    return _latex(text), _latex(gold)


def _for_trl(text: str, gold: str, _style: str) -> Shaped:
    return _boxed(text), _latex(gold)


def _for_verl_gsm8k(text: str, gold: str, _style: str) -> Shaped:
    return f"#### {stated(text)}", stated(gold).replace(",", "")


def _for_verl_flexible(text: str, gold: str, _style: str) -> Shaped:
    return text, stated(gold).replace(",", "")


def _for_verl_math(text: str, gold: str, _style: str) -> Shaped:
    return _boxed(text), stated(gold).strip().strip("$")


def _for_reasoning_gym(text: str, gold: str, _style: str) -> Shaped:
    return stated(text).strip(), stated(gold).strip()


def _for_tutorial(text: str, gold: str, _style: str) -> Shaped:
    return f"<thinking>x</thinking>\n<SOLUTION>{stated(text)}</SOLUTION>", gold


def _load_vireward() -> Call:
    """compare(find_answer(text) or text, gold, style=style) is RIGHT."""

    def call(text: str, gold: str, style: str) -> bool:
        found = vireward.find_answer(text)
        return vireward.compare(found or text, gold, style=style).verdict is vireward.Verdict.RIGHT

    return call


def _load_math_verify() -> Call:
    r"""verify(parse(gold), parse(text)); without \boxed, stated, and in $ where it has none; the gold likewise."""
    from math_verify import parse, verify

    return lambda text, gold: verify(parse(gold), parse(text))


def _load_trl() -> Call:
    r"""accuracy_reward([[{"content": text}]], [gold]); without \boxed, \boxed{stated}; the gold as for math_verify."""
    import math_verify  # noqa: F401  (what accuracy_reward asks for only when it is called)
    from trl.rewards import accuracy_reward

    return lambda text, gold: accuracy_reward([[{"content": text}]], [gold])[0] == 1


def _load_verl_gsm8k() -> Call:
    """gsm8k.compute_score("#### " + stated, gold, method="strict"); the gold without commas, as verl prepares it."""
    score = _verl_scorer("gsm8k").compute_score
    return lambda text, gold: score(text, gold, method="strict") == 1


def _load_verl_gsm8k_flexible() -> Call:
    """gsm8k.compute_score(text, gold, method="flexible"), the last number; the gold without commas, as verl does."""
    score = _verl_scorer("gsm8k").compute_score
    return lambda text, gold: score(text, gold, method="flexible") == 1


def _load_verl_math() -> Call:
    r"""math_reward.compute_score(text, gold); without \boxed, \boxed{stated}; the gold stated and without $."""
    score = _verl_scorer("math_reward", "math").compute_score
    return lambda text, gold: score(text, gold) == 1


def _verl_scorer(*names: str) -> ModuleType:
    """A scorer of verl, loaded from its own file: verl itself imports Ray, which no scorer needs."""
    verl = importlib.util.find_spec("verl")
    if verl is None:
        raise ModuleNotFoundError("No module named 'verl'")
    for root in verl.submodule_search_locations or ():
        for name in names:
            path = Path(root, "utils", "reward_score", f"{name}.py")
            spec = importlib.util.spec_from_file_location(f"verl_{name}", path)
            if path.exists() and spec and spec.loader:
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
    raise ModuleNotFoundError(f"verl has no {' or '.join(names)} in utils/reward_score")


def _load_reasoning_gym() -> Call:
    """ProceduralDataset.score_answer(None, stated, {"answer": gold}), the default of its data sets; 1.0 accepts."""
    from reasoning_gym.dataset import ProceduralDataset

    return lambda text, gold: ProceduralDataset.score_answer(None, text, {"answer": gold}) == 1


def _load_reasoning_gym_decimal() -> Call:
    """compute_decimal_reward(stated, gold), the default of its number sets; 1.0 accepts."""
    from reasoning_gym.utils import compute_decimal_reward

    return lambda text, gold: compute_decimal_reward(text, gold) == 1


def _load_check_answer() -> Call:
    """check_answer of the tutorial on <thinking>x</thinking> and <SOLUTION>stated</SOLUTION>; 1.5 and 3.0 accept."""
    return lambda text, gold: check_answer([""], [text], [gold])[0] > 0


def _load_check_numbers() -> Call:
    """check_numbers of the tutorial on <thinking>x</thinking> and <SOLUTION>stated</SOLUTION>; 1.5 accepts."""
    return lambda text, gold: check_numbers([""], [text], [gold])[0] > 0


GRADERS = {
    "vireward": Grader("vireward", _as_it_is, _load_vireward),
    "math_verify": Grader("math-verify", _for_math_verify, _load_math_verify),
    "accuracy_reward": Grader("trl", _for_trl, _load_trl),
    "verl_gsm8k": Grader("verl", _for_verl_gsm8k, _load_verl_gsm8k),
    "verl_gsm8k_flexible": Grader("verl", _for_verl_flexible, _load_verl_gsm8k_flexible),
    "verl_math": Grader("verl", _for_verl_math, _load_verl_math),
    "reasoning_gym": Grader("reasoning-gym", _for_reasoning_gym, _load_reasoning_gym),
    "reasoning_gym_decimal": Grader("reasoning-gym", _for_reasoning_gym, _load_reasoning_gym_decimal),
    "check_answer": Grader("vireward", _for_tutorial, _load_check_answer),
    "check_numbers": Grader("vireward", _for_tutorial, _load_check_numbers),
}


def called(name: str) -> str:
    """How a grader is called, in one line."""
    return (GRADERS[name].load.__doc__ or "").partition("\n")[0]


class Absent(Exception):
    """A grader cannot be imported here."""


class Worker:
    """A process that runs one grader; it is killed and started again where a pair takes more seconds than the limit.

    The peers' own time limits do not stop a computation inside C code.

    Raises:
        Absent: the grader's package is not installed, or does not import.
    """

    def __init__(self, name: str, limit: float) -> None:
        self.name, self.limit = name, limit
        self._start()

    def _start(self) -> None:
        spawned = multiprocessing.get_context("spawn")  # a process with nothing of this one in it
        self._pipe, theirs = spawned.Pipe()
        self._process = spawned.Process(target=_serve, args=(self.name, theirs), daemon=True)
        self._process.start()
        theirs.close()
        absent, self.version = "it does not start", ""
        with contextlib.suppress(EOFError):
            absent, self.version = self._pipe.recv() if self._pipe.poll(_START_LIMIT) else (absent, "")
        if absent:
            self.close()
            raise Absent(absent)

    def grade(self, text: str, gold: str, style: str) -> Outcome:
        """Run the grader on one pair."""
        try:
            self._pipe.send((text, gold, style))
            if self._pipe.poll(self.limit):
                return Outcome(*self._pipe.recv())
            error = TIMEOUT
        except (EOFError, OSError):
            error = "the process died"
        self._process.kill()
        self.close()
        self._start()
        return Outcome(accepted=False, micros=self.limit * 1e6, error=error)

    def close(self) -> None:
        """End the process; without a request to come it ends itself, and what it started with it."""
        self._pipe.close()
        self._process.join(_END_LIMIT)
        self._process.kill()
        self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _serve(name: str, pipe: Connection) -> None:
    """Import the grader, say so, and answer each text, gold and style with the fields of an outcome."""
    logging.disable()  # what the peers print and log would drown the table
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (open as long as the process)
    shape, load = GRADERS[name].shape, GRADERS[name].load
    try:
        call = load()
    except Exception as error:  # a peer beside versions that it does not fit raises what it likes
        pipe.send((f"{type(error).__name__}: {error}", ""))
        return
    for text, gold in _WARM_UP:
        _graded(call, shape(text, gold, "en"))
    pipe.send(("", _version(GRADERS[name].package)))
    with contextlib.suppress(EOFError):
        while True:
            pipe.send(_graded(call, shape(*pipe.recv())))


def _graded(call: Call, shaped: Shaped) -> tuple[bool, float, str | None]:
    start, accepted, error = time.perf_counter_ns(), False, None
    try:
        accepted = bool(call(*shaped))
    except BaseException as raised:  # Math-Verify's timeout is no Exception
        error = f"{type(raised).__name__}: {raised}"
    return accepted, (time.perf_counter_ns() - start) / 1e3, error


def _version(package: str) -> str:
    try:
        return vireward.__version__ if package == "vireward" else metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"
