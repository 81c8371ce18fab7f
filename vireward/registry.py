"""Rewards by name: register, make, names; other packages join through the entry-point group `vireward.rewards`."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from vireward.errors import BadParameter, DuplicateReward, UnknownReward, nearest
from vireward.records import Reward

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "vireward.rewards"

_Factory = TypeVar("_Factory", bound=Callable[..., object])
_factories: dict[str, Callable[..., object]] = {}
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def register(name: str) -> Callable[[_Factory], _Factory]:
    """Register a reward class, or a function that builds a reward, under a name; used as a decorator.

    Raises:
        BadParameter: the name is not lower-case letters, digits and underscores.
        DuplicateReward: the name is taken; the message says by what.
    """
    if not _NAME.fullmatch(name):
        raise BadParameter(f"register({name!r}): a name is lower-case letters, digits and underscores")

    def bind(factory: _Factory) -> _Factory:
        taken = _factories.get(name)
        if taken is not None and _path(taken) != _path(factory):
            raise DuplicateReward(
                f"reward {name!r} is already registered by {_path(taken)}; {_path(factory)} needs another name"
            )
        _factories[name] = factory
        return factory

    return bind


def names() -> list[str]:
    """All registered names, sorted, those of installed plug-ins included."""
    return sorted({*_factories, *_plugins()})


def factory(name: str) -> Callable[..., object]:
    """The class or function registered under a name.

    Raises:
        UnknownReward: nothing has that name; the message tells the nearest one, or all.
    """
    if name not in _factories and name in (found := _plugins()):
        register(name)(found[name].load())
    if name not in _factories:
        raise UnknownReward(f"no reward named {name!r}; {nearest(name, names())}")
    return _factories[name]


def make(name: str, /, **params: object) -> Reward:
    """Build the reward registered under `name` with the given parameters.

    Raises:
        UnknownReward: nothing has that name; the message tells the nearest one, or all.
        BadParameter: the reward has no such parameter, needs one more, or refuses a value.
    """
    build = factory(name)
    _check_params(name, build, params)
    reward = build(**params)
    if not isinstance(reward, Reward):
        raise BadParameter(f"{name}: {_path(build)} built {reward!r:.60}, which is not callable as reward(sample)")
    return reward


def reward_name(reward: object) -> str:
    """What a reward is called in logs: its registered name, else its function's or class's own in snake case."""
    for name, registered in _factories.items():
        if registered is type(reward):
            return name
    own = getattr(reward, "__name__", type(reward).__name__)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(own)).lower()


def _check_params(name: str, build: Callable[..., object], params: dict[str, object]) -> None:
    import inspect  # costs 10 ms, and `import vireward` needs none of it

    known = inspect.signature(build).parameters
    for param in params:
        if param not in known and not any(p.kind is p.VAR_KEYWORD for p in known.values()):
            hint = nearest(param, known)
            raise BadParameter(f"{name}({param}={params[param]!r}): no such parameter; {hint}")
    for param, p in known.items():
        if param not in params and p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            raise BadParameter(f"{name}({param}=...): this parameter has no default and has to be given")


def _plugins() -> "dict[str, EntryPoint]":
    from importlib.metadata import entry_points  # costs 20 ms, and `import vireward` needs none of it

    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _path(factory: object) -> str:
    return f"{getattr(factory, '__module__', '?')}.{getattr(factory, '__qualname__', factory)}"
