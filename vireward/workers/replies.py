"""What comes back from a worker, read without running any of it: plain values, scores and exceptions.

Unpickling would call whatever the bytes name. Here they name a few classes, and nothing is imported for them.
"""

import pickle
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

from vireward.records import Score

if TYPE_CHECKING:  # imported where it is used: `import vireward` stays light
    from multiprocessing.connection import Connection

_OWN = {("vireward.workers.broker", "Reply"), ("vireward.deadline", "_Raised")}


class _Unpickler(pickle.Unpickler):
    """Admits scores, exceptions and what carries them, of modules that are imported already."""

    def find_class(self, module: str, name: str) -> Any:
        found: Any = sys.modules.get(module)
        for part in name.split("."):
            found = vars(found).get(part)  # asks no `__getattr__`, which could import or run something
        if isinstance(found, type) and ((module, name) in _OWN or issubclass(found, Score | Exception)):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is neither a score nor an exception")


def opened(pickled: bytes) -> Any:
    """The value that a worker has pickled.

    Raises:
        UnpicklingError: the bytes name something else, or are no value.
    """
    try:
        return _Unpickler(BytesIO(pickled)).load()
    except Exception as error:  # unpickling raises what it likes
        raise pickle.UnpicklingError(f"{type(error).__name__}: {error}") from error


def received(pipe: "Connection") -> Any:
    """The next message from a worker or its broker, as `Connection.recv` would give it."""
    return opened(pipe.recv_bytes())
