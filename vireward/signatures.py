"""What kind of reward a callable is, told by its signature alone.

Example rows (signature → what it is):

    (sample)                      a reward
    (samples)                     a reward over the completions of one prompt, for `per_group`
    (completions, **columns)      a reward function as TRL calls it
    anything else                 it builds a reward
"""

import inspect
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal

from vireward.errors import BadParameter
from vireward.records import shown

Kind = Literal["reward", "group", "batch", "builder"]
Scored = Literal["sample", "samples", "completions"]
_KINDS: dict[Scored | None, Kind] = {"sample": "reward", "samples": "group", "completions": "batch", None: "builder"}
_SAMPLE = re.compile(r"([\w.]+\.)?Sample")
_SAMPLES = re.compile(r"([\w.]+\.)?(Sequence|Iterable|[Ll]ist|[Tt]uple)\[([\w.]+\.)?Sample(, \.\.\.)?\]")
_GATHERING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_UNNAMED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY)  # not to be given by name


def kind_of(owner: str, value: object) -> Kind:
    """What a class builds or a function is.

    Args:
        owner: The call that is checked, for messages: `register('polite')`.
        value: A class, a function, or an object that can be called.

    Raises:
        BadParameter: it can be none of these; the message has its signature.
    """
    if not callable(value):
        raise BadParameter(f"{owner}: must be a class or a function, got {shown(value)}")
    if isinstance(value, type):
        kind = _kind_of_instances(owner, value)
        _check_built(owner, value)
        return kind
    if signature_of(value) is None:
        told = "shows no signature, so what it scores cannot be told; wrap it in a function of sample"
        raise BadParameter(f"{owner}: {shown(value)} {told}")
    scored = scored_by(value)
    if scored is None:
        _check_built(owner, value)
    else:
        check_scores(owner, value, scored, others=_needed(_parameters(value)[1:]))
    return _KINDS[scored]


def scored_by(value: object) -> Scored | None:
    """What a callable is handed for scoring; None where its signature does not tell.

    A parameter `completions` tells a reward function as TRL calls it; else the first parameter tells, by its name or by
    its annotation.
    """
    known = _parameters(value)
    if any(parameter.name == "completions" and parameter.kind not in (*_GATHERING, *_UNNAMED) for parameter in known):
        return "completions"
    if not known:
        return None
    first = known[0]
    annotation = first.annotation.__name__ if isinstance(first.annotation, type) else str(first.annotation).strip("'\"")
    if first.name == "sample" or _SAMPLE.fullmatch(annotation):
        return "sample"
    return "samples" if first.name == "samples" or _SAMPLES.fullmatch(annotation) else None


def is_batch_function(value: object) -> bool:
    """Whether a callable takes `completions`, as reward functions for TRL do."""
    return scored_by(value) == "completions"


def check_scores(owner: str, call: object, scored: Scored, *, written: str = "", others: Iterable[str] = ()) -> None:
    """Check that something can be called with what it scores.

    Args:
        owner: The call that is checked, for messages.
        call: What is called; a method without its `self`.
        scored: What it is handed.
        written: How it is written, for messages; by default its own name and signature.
        others: Parameters that it will be given besides, by name.

    Raises:
        BadParameter: it cannot; or it is a coroutine function, which only `from_trl` runs to its end.
    """
    written = written or _written(call)
    if _is_deferred(call, iterated=scored == "completions"):
        told = "a coroutine or generator function; from_trl takes a coroutine function of (completions, **columns)"
        if scored == "completions":
            told = "an asynchronous generator function; return a list"
        raise BadParameter(f"{owner}: must return at once, but {written} is {told}")
    signature = signature_of(call)
    if signature is None or scored == "completions":
        return
    try:
        signature.bind(scored, **dict.fromkeys(others))
    except TypeError as error:
        raise BadParameter(f"{owner}: must be callable as reward({scored}), but is {written}: {error}") from error


def builder_of(value: Callable[..., Any]) -> Callable[..., Any]:
    """What has the parameters that a reward is built with: itself, but `from_trl` for a batch function."""
    if isinstance(value, type) or not is_batch_function(value):
        return value
    from vireward.batch_function import from_trl  # which imports this module

    return from_trl


def named_parameters(value: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters that a reward is built with, as its signature has them.

    Those of a class are its constructor's, of a function that builds a reward its own. A function that is a reward has
    them behind the sample, and a batch function is built into one with those of `from_trl`. They are given by name.
    """
    kind = "builder" if isinstance(value, type) else kind_of(_written(value), value)
    known = _parameters(builder_of(value))[0 if kind == "builder" else 1 :]
    return {parameter.name: parameter for parameter in known if parameter.kind not in _UNNAMED}


def parameters_of(value: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters that a reward is built with, each with its default; a field's factory has made its default."""
    owned = fields(value) if isinstance(value, type) and is_dataclass(value) else ()
    factories = {field.name: field.default_factory for field in owned if field.default_factory is not MISSING}
    known = named_parameters(value)
    return {name: p.replace(default=factories[name]()) if name in factories else p for name, p in known.items()}


def signature_of(value: Any) -> inspect.Signature | None:
    """What a callable takes; None where it does not show it, as some that are written in C.

    A wrapper that gathers arguments, to hand them on, takes what it wraps takes; any other takes what it says.
    """
    found = None
    if isinstance(inspect.getattr_static(type(value), "__call__", None), staticmethod | classmethod):
        value = value.__call__  # which inspect takes for a method with `self`
    for follow_wrapped in (False, True):
        with suppress(TypeError, ValueError):
            found = inspect.signature(value, follow_wrapped=follow_wrapped)
            if not any(parameter.kind in _GATHERING for parameter in found.parameters.values()):
                break
    return found


def _kind_of_instances(owner: str, value: type) -> Kind:
    scored: Scored = "samples" if _method(value, "score_group") else "sample"
    name = "score_group" if scored == "samples" else "__call__"
    method = _method(value, name)
    if method is None:
        raise BadParameter(f"{owner}: {value.__name__} has no __call__(self, sample), so nothing scores")
    if is_batch_function(method):
        scored = "completions"
    check_scores(owner, method, scored, written=f"{value.__name__}.{_written(getattr(value, name), name)}")
    return _KINDS[scored]


def _method(value: type, name: str) -> Any:
    """A method as it is on an instance of a class, without `self`; None where the class has none."""
    found: Any = next((vars(base)[name] for base in value.__mro__ if name in vars(base)), None)
    if isinstance(found, property):  # it would be run
        return None
    with suppress(TypeError, AttributeError):  # it does not bind, or to instances of its own class alone
        found = found.__get__(object(), value)
    return found if callable(found) else None


def _check_built(owner: str, build: Any) -> None:
    """Check that something can be called with parameters by name."""
    if _is_deferred(build):
        raise BadParameter(f"{owner}: must return at once, but {_written(build)} is a coroutine or generator function")
    placed = [p.name for p in _parameters(build) if p.kind is p.POSITIONAL_ONLY and p.default is p.empty]
    if placed:
        way_out = "parameters are given by name, and a function that scores names its parameter sample"
        raise BadParameter(f"{owner}: {_written(build)} takes {placed[0]} by place only; {way_out}")


def _needed(known: Iterable[inspect.Parameter]) -> list[str]:
    """The names of those parameters that have no default."""
    return [p.name for p in known if p.default is p.empty and p.kind not in _GATHERING]


def _is_deferred(call: Any, *, iterated: bool = False) -> bool:
    """Whether a call gives back a coroutine or generator; where it is run and iterated over, an asynchronous one."""
    for one in (call, type(call).__call__):
        if inspect.isasyncgenfunction(one):
            return True
        if not iterated and (inspect.iscoroutinefunction(one) or inspect.isgeneratorfunction(one)):
            return True
    return False


def _parameters(value: Any) -> list[inspect.Parameter]:
    signature = signature_of(value)
    return [] if signature is None else list(signature.parameters.values())


def _written(value: Any, name: str = "") -> str:
    return f"{name or getattr(value, '__qualname__', type(value).__name__)}{signature_of(value) or '(...)'}"
