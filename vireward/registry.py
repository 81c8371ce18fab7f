"""Rewards by name: register, make, names; other packages join through the entry-point group `vireward.rewards`."""

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from vireward import plugins
from vireward.batch_function import BatchFunction, from_trl
from vireward.errors import BadParameter, BrokenPlugin, DuplicateReward, UnknownReward, VirewardError, nearest
from vireward.plugins import Plugin
from vireward.records import GroupReward, Reward, expression, shown
from vireward.signatures import is_batch_function, kind_of, named_parameters

_Factory = TypeVar("_Factory", bound=Callable[..., object])
_factories: dict[str, Callable[..., Any]] = {}  # by name, of this process
_loaded: dict[Plugin, Callable[..., Any]] = {}


@dataclass(frozen=True, slots=True)
class Parametrized:
    """What does a registered function say, with some parameters given? Built by `make`."""

    name: str
    function: Callable[..., Any]
    params: tuple[tuple[str, object], ...]

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(functools.partial(self.function, **dict(self.params)))

    def __call__(self, scored: Any, /) -> Any:
        """Score a sample, or all completions of a prompt where the function scores those."""
        return self.function(scored, **dict(self.params))

    def __repr__(self) -> str:
        return f"make({self.name!r}, {', '.join(f'{param}={expression(value)}' for param, value in self.params)})"


def register(name: str) -> Callable[[_Factory], _Factory]:
    """Register a reward under a name; used as a decorator.

    What is registered may be a class, whose instances are rewards; a function of a sample; a function that builds a
    reward of its parameters; or a reward function as TRL calls it. A function of a sample is told from a builder by
    its parameter, which is named `sample` or annotated as one.

    Raises:
        BadParameter: the name is not lower-case letters, digits and underscores, or what is registered cannot be called
            as a reward; the message has its signature.
        DuplicateReward: the name is taken; the message says by what.
    """
    if not isinstance(name, str) or not plugins.NAME.fullmatch(name):
        raise BadParameter(f"register({name!r}): a name is lower-case letters, digits and underscores")

    def bind(factory: _Factory) -> _Factory:
        kind_of(f"register({name!r})", factory)
        taken = _factories.get(name)
        if taken is not None and not _is_same(taken, factory):
            raise DuplicateReward(
                f"reward {name!r} is already registered by {_path(taken)}; {_path(factory)} needs another name"
            )
        _factories[name] = factory
        return factory

    return bind


def names() -> list[str]:
    """All names, sorted: those registered in this process, and `distribution:name` of each plug-in, loaded or not."""
    return sorted({*_factories, *(plugin.full_name for plugin in plugins.installed())})


def broken() -> dict[str, str]:
    """What is wrong with each plug-in that cannot be loaded, by its full name."""
    faults = {}
    for plugin in plugins.installed():
        try:
            _loaded_plugin(plugin)
        except BrokenPlugin as error:
            faults[plugin.full_name] = str(error)
    return faults


def factory(name: str) -> Callable[..., Any]:
    """The class or function that is registered under a name.

    A plug-in's reward has the name `distribution:name`; the bare name will do while nothing else has it.

    Raises:
        BadParameter: the name is no text.
        UnknownReward: nothing has that name, or several plug-ins have; the message tells the nearest one, or all.
        BrokenPlugin: it is a plug-in's reward, which cannot be loaded.
    """
    if not isinstance(name, str):
        raise BadParameter(f"a reward is made by its name, a text, got {shown(name)}")
    if name in _factories:
        return _factories[name]
    distribution, colon, bare = name.partition(":")
    wanted = (plugins.hyphened(distribution), bare)
    known = plugins.installed()
    found = [one for one in known if (one.distribution, one.name) == wanted or (one.name == name and not colon)]
    if len(found) > 1:
        choice = ", ".join(plugin.full_name for plugin in found)
        raise UnknownReward(f"several plug-ins have a reward {name!r}; say which: {choice}")
    if not found:
        hint = nearest(name, [*names(), *(plugin.name for plugin in known)], f"known: {', '.join(names())}")
        off = "" if plugins.enabled() else f"; plug-ins are off by {plugins.SWITCH}"
        raise UnknownReward(f"no reward named {name!r}; {hint}{off}")
    return _loaded_plugin(found[0])


def make(name: str, /, **params: object) -> Reward:
    """Build the reward registered under `name` with the given parameters.

    Raises:
        UnknownReward: nothing has that name; the message tells the nearest one, or all.
        BrokenPlugin: it is a plug-in's reward, which cannot be loaded.
        BadParameter: the reward has no such parameter, needs one more, or refuses a value.
    """
    reward: Reward = built(name, factory(name), params)
    return reward


def built(name: str, factory: Callable[..., Any], params: dict[str, Any]) -> Any:
    """The reward that a class or function stands for, with the given parameters.

    Raises:
        BadParameter: it has no such parameter, needs one more, refuses a value, or builds no reward.
    """
    kind = kind_of(name, factory)
    _check_params(name, factory, params)
    if isinstance(factory, type) or kind == "builder":
        return _checked(name, factory, _called(name, factory, params))
    if kind == "batch":
        return from_trl(factory, **params)
    return Parametrized(name, factory, tuple(params.items())) if params else factory


def reward_name(reward: object) -> str:
    """What a reward is called in logs: its registered name, else its function's or class's own in snake case."""
    name = registered_name(reward)
    if name is not None:
        return name.rpartition(":")[2]
    own = getattr(reward, "__name__", type(reward).__name__)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(own)).lower()


def registered_name(reward: object) -> str | None:
    """The name under which a reward's class, or the function that it is, is registered."""
    if isinstance(reward, Parametrized):
        return reward.name
    if isinstance(reward, BatchFunction):
        reward = reward.function
    known = [*_factories.items(), *((plugin.full_name, factory) for plugin, factory in _loaded.items())]
    return next((name for name, registered in known if registered is reward or registered is type(reward)), None)


def _loaded_plugin(plugin: Plugin) -> Callable[..., Any]:
    if plugin not in _loaded:
        _loaded[plugin] = plugins.load(plugin)
    return _loaded[plugin]


def _called(name: str, factory: Callable[..., Any], params: dict[str, Any]) -> Any:
    try:
        return factory(**params)
    except VirewardError:
        raise
    except (TypeError, ValueError) as error:  # what a constructor of someone else refuses its values with
        told = " ".join(str(error).split())
        raise BadParameter(f"{name}: cannot be built with these parameters: {type(error).__name__}: {told}") from error


def _checked(name: str, factory: Callable[..., Any], made: Any) -> Any:
    if is_batch_function(made) and not isinstance(made, type):
        return from_trl(made)
    if isinstance(made, type) or not (callable(made) or isinstance(made, GroupReward)):
        told = "which is no reward; a function that scores has a parameter named sample"
        raise BadParameter(f"{name}: {_path(factory)} built {shown(made)}, {told}")
    return made


def _check_params(name: str, factory: Callable[..., Any], params: dict[str, Any]) -> None:
    known = named_parameters(factory)
    for param in params:
        if param not in known and not any(p.kind is p.VAR_KEYWORD for p in known.values()):
            raise BadParameter(f"{name}({param}={shown(params[param])}): no such parameter; {nearest(param, known)}")
    for param, p in known.items():
        if param not in params and p.default is p.empty and p.kind is not p.VAR_KEYWORD:
            raise BadParameter(f"{name}({param}=...): this parameter has no default and has to be given")


def _is_same(taken: object, factory: object) -> bool:
    """Whether a reward is registered once more, as when its module is loaded again; lambdas share one path."""
    return taken is factory or (_path(taken) == _path(factory) and "<" not in _path(factory))


def _path(factory: object) -> str:
    return f"{getattr(factory, '__module__', '?')}.{getattr(factory, '__qualname__', factory)}"
