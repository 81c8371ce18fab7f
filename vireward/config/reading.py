"""A table → the reward that it describes, with faults that name the key, the value and the way out."""

import importlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from vireward import plugins, registry
from vireward.config.forms import FORMS
from vireward.config.notation import Path, brief_path, brief_value
from vireward.config.tables import USE, given_keys, table_model
from vireward.errors import UnknownReward, VirewardError, nearest
from vireward.signatures import is_batch_function, kind_of, parameters_of
from vireward.tags import TAG_PRESETS, TagFormat

if TYPE_CHECKING:
    from pydantic import ValidationError

DEEPEST = 64  # tables of rewards in each other; Python's own limit would be met at about 150
LESS = "build some of them in Python, in a function under a name of its own"
_NOTHING = object()  # stands for no value
_IMPORTED = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*")
_NO_TAG = ("open_reasoning", "close_reasoning", "close_answer")  # a format may go without
_RULES = {
    "missing": "has to be given",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "list_type": "must be an array",
    "tuple_type": "must be an array",
    "set_type": "must be an array",
    "frozen_set_type": "must be an array",
    "invalid_key": "must be text, as every key",
}
_SAID = re.compile("^(Value error, |Assertion failed, )?(Input should )?")  # what pydantic says before the rule


class Fault(ValueError):
    """What is wrong at a place of the data.

    Attributes:
        path: The keys that lead to the place, from where it was noticed; from the top if `at_top`.
        told: The rule that is broken, and the way out.
        value: What stands there.
    """

    def __init__(self, path: Path, told: str, value: object = _NOTHING, *, at_top: bool = False) -> None:
        super().__init__(told)
        self.path, self.told, self.value, self.at_top = path, " ".join(told.split()), value, at_top

    def under(self, *keys: str | int) -> "Fault":
        """The same fault, noticed from further up."""
        if self.at_top:
            return self
        fault = Fault((*keys, *self.path), self.told, self.value)
        fault.__cause__ = self.__cause__
        return fault

    def __str__(self) -> str:
        given = "" if self.value is _NOTHING else f" = {brief_value(self.value)}"
        return ": ".join(filter(None, (f"{brief_path(self.path)}{given}".removeprefix(" = "), self.told)))


@dataclass(slots=True)
class Reading:
    """The reading of one configuration.

    Attributes:
        allow_import: Whether `use = "module:attribute"` may import.
        defaults: Values for the parameters of registered rewards that are not given.
        parameters: The parameters of the registered rewards that were read.
        depth: How many tables of rewards are being read, each within the one before.
    """

    allow_import: bool
    defaults: Mapping[str, object] = field(default_factory=dict)
    parameters: set[str] = field(default_factory=set)
    depth: int = 0

    def reward(self, value: object) -> Any:
        """The reward that a table describes, or a lone name.

        Raises:
            Fault: the value describes none.
        """
        if isinstance(value, str):
            return self._reward(value, {})
        if not isinstance(value, Mapping):
            raise Fault((), f"must be a table with `{USE}`, or the name of a reward", value)
        if USE not in value:
            raise Fault((USE,), f"has to be given; the name of a reward, or one of {', '.join(FORMS)}")
        if not isinstance(value[USE], str):
            raise Fault((USE,), "must be text", value[USE])
        if self.depth >= DEEPEST:
            raise Fault(("reward",), f"more than {DEEPEST} rewards are nested in each other; {LESS}", at_top=True)
        self.depth += 1
        try:
            return self._reward(value[USE], {key: inner for key, inner in value.items() if key != USE})
        finally:
            self.depth -= 1

    def tags(self, value: object) -> TagFormat:
        """A format: the name of a preset, or a table of the fields of `TagFormat`, on top of a `preset` or without.

        Raises:
            Fault: the value describes none.
        """
        keys = {"preset": value} if isinstance(value, str) else value
        if not isinstance(keys, Mapping):
            raise Fault((), "must be a table, or the name of a preset", value)
        given = {key: inner for key, inner in keys.items() if key != "preset"}
        name = keys.get("preset", TAG_PRESETS[0])
        if name not in TAG_PRESETS:
            path = ("preset",) if keys is value else ()
            raise Fault(path, f"no such format; {nearest(str(name), TAG_PRESETS)}", name)
        preset = TagFormat.preset(name)
        build = partial(_built_without_blank, partial(replace, preset), _NO_TAG)
        tags: TagFormat = self._built("tags", TagFormat, given, build, also=("preset",))
        return tags

    def record(self, kind: type, value: object) -> Any:
        """An instance of a dataclass that is no reward, such as a term of `weighted`.

        Raises:
            Fault: the value describes none.
        """
        if not isinstance(value, Mapping):
            raise Fault((), "must be a table", value)
        return self._built(kind.__name__, kind, value, lambda params: kind(**params))

    def _reward(self, name: str, given: dict[str, object]) -> Any:
        if name in FORMS:
            return self._built(name, FORMS[name].build, given, lambda params: FORMS[name].build(**params))
        factory = self._factory(name)
        known = _guarded(name, lambda: parameters_of(factory))
        self.parameters.update(known)
        filled = {key: value for key, value in self.defaults.items() if key in known and key not in given}
        build = partial(registry.built, name, factory)
        if not isinstance(factory, type) and is_batch_function(factory):
            build = partial(_built_without_blank, lambda **params: registry.built(name, factory, params), ("gold",))
        try:
            return self._built(name, factory, filled | given, build)
        except Fault as fault:
            if fault.path and fault.path[0] in filled and not fault.at_top:
                raise Fault(("defaults", *fault.path), fault.told, fault.value, at_top=True) from fault.__cause__
            raise

    def _factory(self, name: str) -> Any:
        try:
            return registry.factory(name)
        except UnknownReward as error:
            if self.allow_import and _IMPORTED.fullmatch(name):
                return _imported(name)
            raise Fault((USE,), _unknown(name, str(error)), name) from error
        except VirewardError as error:
            raise Fault((USE,), str(error), name) from (error.__cause__ or error)

    def _built(
        self,
        name: str,
        factory: Any,
        given: Mapping[str, object],
        build: Callable[[dict[str, Any]], Any],
        also: Iterable[str] = (),
    ) -> Any:
        """What is built of a table's keys, each read as the type that the parameter of its name has."""
        from pydantic import ValidationError

        model = _guarded(name, lambda: table_model(name, factory, self))
        try:
            table = _guarded(name, lambda: model.model_validate(given))
        except ValidationError as error:
            fault = _fault(error, given, [*parameters_of(factory), *also])
            raise fault from fault.__cause__
        return _guarded(name, lambda: build(given_keys(table)))


def _built_without_blank(build: Callable[..., Any], may_lack: Iterable[str], params: dict[str, Any]) -> Any:
    """What is built of parameters of which TOML's empty text stands for some that are None."""
    return build(**{name: None if value == "" and name in may_lack else value for name, value in params.items()})


def _guarded(name: str, build: Callable[[], Any]) -> Any:
    """What is built; a constructor that refuses its values, or fails on them, is a fault of the table."""
    from pydantic import ValidationError

    try:
        return build()
    except (Fault, ValidationError):
        raise
    except VirewardError as error:
        raise Fault((), str(error)) from (error.__cause__ or error)
    except Exception as error:  # it may be anyone's code
        raise Fault((), f"{name} cannot be built: {type(error).__name__}: {error}") from error


def _unknown(name: str, told: str) -> str:
    """Why there is no reward of a name, which the registry has told, and the way out."""
    if _IMPORTED.fullmatch(name):
        told = "no plug-in has this reward; a module is imported only with allow_import=True"
        return f"{told}, on the command line with --allow-import"
    installed = [plugin.name for plugin in plugins.installed()]
    if name in installed:  # more than once
        return told
    hint = told.partition("; ")[2]
    if ":" not in name and plugins.enabled():
        hint = nearest(name, [*registry.names(), *installed, *FORMS])
    return f"no reward or composition has this name; {hint}"


def _fault(error: "ValidationError", given: Mapping[str, object], known: list[str]) -> Fault:
    """The first thing that pydantic found wrong; a key that does not exist before one that is missing for that."""
    faults: list[Any] = error.errors(include_url=False)
    first = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    path = _place(first, given)
    inner = first.get("ctx", {}).get("error")
    if isinstance(inner, Fault) and (inner.path or inner.value is _NOTHING):
        return inner.under(*path)
    if first["type"] == "missing":
        return Fault(path, _RULES["missing"])
    if first["type"] == "extra_forbidden":
        return Fault(path, f"no such key; {nearest(str(path[-1]), known)}", first["input"])
    told = ", or ".join(dict.fromkeys(_rule(one) for one in faults if _place(one, given) == path))  # those of a union
    return Fault(path, f"the key {told}") if first["loc"][-1] == "[key]" else Fault(path, told, first["input"])


def _place(fault: Any, given: Any) -> Path:
    """The keys of the data that lead to a fault; pydantic names types of a union between them, which are left out."""
    path: list[str | int] = []
    for key in fault["loc"]:
        inside = key in given if isinstance(given, Mapping) else isinstance(given, list) and key in range(len(given))
        if inside:
            path, given = [*path, key], given[key]
    return (*path, fault["loc"][-1]) if fault["type"] == "missing" else tuple(path)


def _rule(fault: Any) -> str:
    inner = fault.get("ctx", {}).get("error")
    if isinstance(inner, Fault):
        return inner.told
    told = _SAID.sub(lambda said: "must " if said[2] else "", fault["msg"])
    return _RULES.get(fault["type"]) or told[:1].lower() + told[1:]


def _imported(name: str) -> Any:
    module, _, attributes = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except (Exception, SystemExit) as error:  # it is someone else's code
        told = f"the module {module} cannot be imported: {type(error).__name__}: {error}"
        raise Fault((USE,), told, name) from error
    for attribute in attributes.split("."):
        if not hasattr(found, attribute):
            owner = getattr(found, "__name__", module)
            raise Fault((USE,), f"{owner} has no {attribute!r}; {nearest(attribute, *_callables(found))}", name)
        found = getattr(found, attribute)
    try:
        kind_of(name, found)
    except VirewardError as error:
        raise Fault((USE,), str(error).removeprefix(f"{name}: "), name) from error
    return found


def _callables(owner: Any) -> tuple[list[str], str]:
    """The names of what can be called in a module or class, and a sentence with those that its own package defines."""
    found = {name: value for name, value in vars(owner).items() if callable(value) and not name.startswith("_")}
    package = str(getattr(owner, "__module__", owner.__name__)).partition(".")[0]
    own = [name for name, value in found.items() if str(getattr(value, "__module__", "")).partition(".")[0] == package]
    return sorted(found), f"known: {', '.join(sorted(own)) or 'none'}"
