"""What keys a table may have: a pydantic model of what is built of it, a reward, a composition or a record."""

import enum
import functools
import inspect
import operator
import re
import sys
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import is_dataclass
from types import NoneType, SimpleNamespace, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Protocol, Union, get_args, get_origin

from vireward.records import GroupReward, Reward
from vireward.signatures import builder_of, parameters_of
from vireward.tags import TagFormat

if TYPE_CHECKING:
    from pydantic import BaseModel

USE = "use"  # the key that says what a table is
REWARD_SCHEMA = {"readable": "reward"}  # stands in a model's schema for the definition of this name
TAGS_SCHEMA = {"readable": "tags"}

_GATHERING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_SCALARS = (bool, int, float, str)
_TABLES = (dict, Mapping)
# A reward is a value, so an array becomes a tuple where the type leaves that open.
_ARRAYS: dict[Any, Any] = {Sequence: tuple, Collection: tuple, Iterable: tuple, Set: frozenset}
_ARRAYS |= {one: one for one in (tuple, list, set, frozenset)}
_STEP = re.compile("-?(0|[1-9][0-9]{0,18})")  # in one spelling, or two keys could be one


class Readers(Protocol):
    """What reads those values that are made of further tables."""

    def reward(self, value: object) -> Any:
        """The reward that a value describes."""
        ...

    def tags(self, value: object) -> TagFormat:
        """The format that a value describes."""
        ...

    def record(self, kind: type, value: object) -> Any:
        """The instance of a dataclass that a value describes."""
        ...


def table_model(name: str, build: Callable[..., Any], readers: Readers | None) -> "type[BaseModel]":
    """The model of a table's keys: the parameters of what is built of it, with their types and defaults.

    Args:
        name: The name of the model, for the schema.
        build: A class or function; parameters without a type may be anything.
        readers: Read what is made of further tables; None where no data is read.
    """
    from pydantic import BaseModel, ConfigDict, Field, create_model

    parameters = [p for p in parameters_of(build).values() if p.kind is not p.VAR_POSITIONAL and p.name != USE]
    hints = _hints(builder_of(build))
    settings = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    base: dict[str, Any] = {"model_config": settings, "__module__": __name__}
    known: dict[str, Any] = {}
    for place, parameter in enumerate(parameters):
        hint: Any = _readable(hints.get(parameter.name, _implied(parameter.default)), readers)
        if parameter.kind is parameter.VAR_KEYWORD:
            settings["extra"], base["__annotations__"] = "allow", {"__pydantic_extra__": dict[str, hint]}
            continue
        # Only a default that JSON has is told to the schema; the others say that the key may be left out.
        plain = type(parameter.default) in _SCALARS
        default = ... if parameter.default is parameter.empty else parameter.default if plain else None
        # By place, because pydantic refuses names that its models use themselves, such as `copy`.
        known[f"field_{place}"] = (hint, Field(default, alias=parameter.name))
    return create_model(name, __base__=type("Table", (BaseModel,), base), **known)


def given_keys(table: "BaseModel") -> dict[str, Any]:
    """The keys that a table gave, in the order of the parameters, with what they stand for."""
    fields = type(table).model_fields
    given = {str(field.alias): getattr(table, name) for name, field in fields.items() if name in table.model_fields_set}
    return given | (table.model_extra or {})


def _hints(build: Callable[..., Any]) -> dict[str, Any]:
    """The types of the parameters; one that cannot be found out is left out."""
    owners: list[Any] = [build if inspect.isroutine(build) else type(build).__call__]
    if isinstance(build, type):  # a class's fields first, since each is to be looked up where its class was written
        owners = [*reversed(build.__mro__), build.__init__]  # type: ignore[misc]  # the class's own
    return {name: hint for owner in owners for name, hint in _own_hints(owner)}


def _own_hints(owner: Any) -> Iterable[tuple[str, Any]]:
    owner = inspect.unwrap(owner)
    scope = getattr(owner, "__globals__", None) or vars(sys.modules.get(owner.__module__, typing))
    annotations: Mapping[str, Any] = {}
    with suppress(NameError, TypeError):
        annotations = inspect.get_annotations(owner)
    for name, hint in annotations.items():
        with suppress(Exception):  # a name that is there for type checkers only, say
            one = SimpleNamespace(__annotations__={name: hint})
            yield name, typing.get_type_hints(one, scope, include_extras=True)[name]


def _implied(default: object) -> Any:
    """The type of a parameter that says none."""
    if isinstance(default, TagFormat):
        return TagFormat
    scores = callable(default) and not isinstance(default, type)
    return Reward if scores or isinstance(default, GroupReward) else Any


def _readable(hint: Any, readers: Readers | None) -> Any:
    """A type as it is read from data: strict where TOML has the type, with readers for what it has not."""
    from pydantic import Field

    hint = getattr(hint, "__supertype__", hint)  # of a NewType
    origin, inner = get_origin(hint), get_args(hint)
    if _is_reward(hint):
        return _read_by(readers.reward if readers else None, REWARD_SCHEMA)
    if hint is TagFormat:
        return _read_by(readers.tags if readers else None, TAGS_SCHEMA)
    if isinstance(hint, type) and is_dataclass(hint):
        return _read_by(functools.partial(readers.record, hint)) if readers else table_model(hint.__name__, hint, None)
    if hint in _SCALARS:
        return Annotated[hint, Field(strict=True)]
    if origin is Annotated:
        return Annotated[(_readable(inner[0], readers), *inner[1:])]
    if origin in (Union, UnionType):
        known = [one if one is NoneType else _readable(one, readers) for one in inner]
        return functools.reduce(operator.or_, known)
    if origin in _TABLES:
        return dict[_key(inner[0]), _readable(inner[1], readers)]  # type: ignore[misc]  # is a type
    if origin in _ARRAYS:
        made, items = _ARRAYS[origin], [one if one is ... else _readable(one, readers) for one in inner]
        return made[(*items, ...)] if made is tuple is not origin else made[tuple(items)]
    return _known_to_pydantic(hint)


def _is_reward(hint: Any) -> bool:
    """Whether a type is one of rewards or functions."""
    if not isinstance(hint, type):
        return hint is Callable or get_origin(hint) is Callable
    scores = hasattr(hint, "score_group") or any("__call__" in vars(base) for base in hint.__mro__)
    return scores and not issubclass(hint, enum.Enum | type)


def _read_by(reader: Callable[[object], Any] | None, schema: dict[str, str] | None = None) -> Any:
    from pydantic import PlainValidator, WithJsonSchema

    return Annotated[Any, PlainValidator(reader or (lambda value: value)), WithJsonSchema(schema or {})]


def _key(hint: Any) -> Any:
    """The type of a table's keys, which are always text."""
    from pydantic import BeforeValidator, WithJsonSchema

    schema = {"type": "string", "pattern": f"^{_STEP.pattern}$"}
    return Annotated[int, BeforeValidator(_step), WithJsonSchema(schema)] if hint is int else hint


def _step(key: object) -> object:
    if isinstance(key, str) and not _STEP.fullmatch(key):
        raise ValueError("must be a whole number")
    return key


def _known_to_pydantic(hint: Any) -> Any:
    """The type, or any where pydantic can make nothing of it."""
    from pydantic import ConfigDict, TypeAdapter, WithJsonSchema
    from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

    try:
        TypeAdapter(list[hint], config=ConfigDict(arbitrary_types_allowed=True)).json_schema()
    except PydanticInvalidForJsonSchema:
        return Annotated[hint, WithJsonSchema({})]
    except (PydanticUserError, NameError, TypeError):
        return Any
    return hint
