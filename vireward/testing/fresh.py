"""Scoring in a fresh interpreter: what is sent there, and what it does with it.

Example row: `parcel(subject, samples)` on standard input → on standard output the pickled values.
"""

import importlib.util
import os
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vireward.records import Sample
from vireward.testing.subject import Subject


def parcel(subject: Subject, samples: Sequence[Sample]) -> bytes:
    """The subject and samples for another interpreter, with where the module of the reward is to be found."""
    reward: Any = subject.reward
    name = str(getattr(reward, "__module__", None) or type(reward).__module__)
    file = getattr(sys.modules.get(name), "__file__", None)
    return pickle.dumps((name, file, pickle.dumps(subject), list(samples)))


def main() -> None:
    """Score what comes on standard input; what the reward prints goes to standard error."""
    name, file, sent, samples = pickle.loads(sys.stdin.buffer.read())
    out = os.dup(1)
    os.dup2(2, 1)
    _load(name, file)
    subject = pickle.loads(sent)
    values = subject.values(samples)
    with os.fdopen(out, "wb") as pipe:
        pipe.write(pickle.dumps(values))


def _load(name: str, file: str | None) -> None:
    """Import a module by its name, or from its file where a test runner has loaded it without one."""
    try:
        importlib.import_module(name)
    except ImportError:
        if file is None or not Path(file).exists():
            raise
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
