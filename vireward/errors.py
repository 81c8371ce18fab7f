"""Every exception raised on purpose.

VirewardError
├── BadParameter (ValueError)        a constructor or function was given a value outside its rule
├── BadSample (TypeError)            a completion, gold or message is not of a readable shape
├── BadScore (ValueError)            a reward returned something that is no score
├── BadData (ValueError)             a file, row or column cannot be used
├── BadConfig (ValueError)           a reward cannot be read from, or written as, TOML or a dict
├── DuplicateReward (ValueError)     the name is taken
├── UnknownReward (LookupError)      nothing is registered under the name
├── BrokenPlugin (ImportError)       another package's reward cannot be loaded
├── RewardFailed (RuntimeError)      a reward raised and the caller asked to be told (`on_error="raise"`)
├── ModelUnavailable (OSError)       a model path or hub id cannot be loaded
├── UnfitMachine (RuntimeError)      the machine lacks what the chosen settings need
├── GpuFull (RuntimeError)           a run does not fit into the memory of its GPU
├── DiskFull (OSError)               a file of a run cannot be written for want of room
├── ServerLost (ConnectionError)     the vLLM server of a run is not there any more, or fails
├── Unready (ValueError)             preflight found what would end or spoil the run
├── LawBroken (AssertionError)       a reward breaks a law of `vireward.testing`
└── MissingExtra (ImportError)       a part needs packages of an extra that is not installed

Each class is also the builtin that a caller would guess. A message is one line: what was given, the rule, the way out;
`Unready` has such a line for each finding, and `LawBroken` a counter-example for each law.
"""

from collections.abc import Iterable


def nearest(wanted: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """The way out after a name that is not known: the nearest one that is, else `otherwise`, else all of them."""
    import difflib  # only on the way to an error

    known = list(known)
    close = difflib.get_close_matches(wanted, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return otherwise or f"known: {', '.join(known) or 'none'}"


class VirewardError(Exception):
    """Base of all of them; a command line turns it into one line, a bug keeps its traceback."""


class BadParameter(VirewardError, ValueError):
    """A parameter is outside its rule."""


class BadSample(VirewardError, TypeError):
    """A completion, gold or chat message is not of a readable shape."""


class BadScore(VirewardError, ValueError):
    """A reward returned something that is no score."""


class BadData(VirewardError, ValueError):
    """A file, row or column cannot be used."""


class BadConfig(VirewardError, ValueError):
    """A reward cannot be read from, or written as, TOML or a dict."""


class DuplicateReward(VirewardError, ValueError):
    """The name is taken by another reward."""


class UnknownReward(VirewardError, LookupError):
    """Nothing is registered under the name."""


class BrokenPlugin(VirewardError, ImportError):
    """A reward of another package cannot be loaded; what it raised is the cause."""


class RewardFailed(VirewardError, RuntimeError):
    """A reward raised while scoring; the original is the cause."""


class ModelUnavailable(VirewardError, OSError):
    """A model path or hub id cannot be loaded."""


class UnfitMachine(VirewardError, RuntimeError):
    """The machine lacks what the chosen settings need."""


class GpuFull(VirewardError, RuntimeError):
    """A run does not fit into the memory of its GPU; the message names the settings that make it smaller."""


class DiskFull(VirewardError, OSError):
    """A file of a run cannot be written for want of room; what was written before is whole."""


class ServerLost(VirewardError, ConnectionError):
    """The vLLM server of a run is not there any more, or fails."""


class Unready(VirewardError, ValueError):
    """Preflight found what would end or spoil the run; the message has a line for each finding."""


class LawBroken(VirewardError, AssertionError):
    """A reward breaks laws of the test kit; the message has a shrunk counter-example for each.

    Attributes:
        breaches: The broken laws, with their counter-examples.
    """

    def __init__(self, message: str, breaches: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.breaches = breaches


class MissingExtra(VirewardError, ImportError):
    """A part of the library needs an extra that is not installed."""


def in_words(error: Exception) -> str:
    """The kind and the text of any exception, on whose own text there is no relying."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # which its own `__str__` may raise
        return f"{type(error).__name__}: its text cannot be read"
