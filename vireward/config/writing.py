"""A reward → the table that describes it, and TOML text of such a table."""

import importlib
import operator
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from vireward.batch_function import BatchFunction
from vireward.config.forms import FORMS, form_of
from vireward.config.notation import brief_value, toml_key, toml_path, toml_value
from vireward.config.reading import DEEPEST, LESS, Fault, Reading
from vireward.config.tables import USE
from vireward.errors import BadConfig
from vireward.records import GroupReward, shown
from vireward.registry import Parametrized, registered_name
from vireward.tags import TAG_PRESETS, TagFormat

Table = dict[str, object]
LINE = 100  # characters of a table that is written on one line
_WHOLE = 2**63  # TOML has the whole numbers from minus this to below it
_KINDS = "text, a number, true, false, a date, a list or table of these, a dataclass, a TagFormat, or a reward"


def table_of(reward: object) -> str | Table:
    """The table that describes a reward; a lone name where that is all of it.

    Raises:
        BadConfig: the reward, or a part of it, is neither registered nor importable, or would be read as another one.
    """
    form = form_of(reward)
    if form is not None:
        return {USE: form, **_tables_last(_values(FORMS[form].keys(reward)))}
    name, params = _name_of(reward), params_of(reward)
    table = {USE: name, **_tables_last(_values(params))} if params else name
    if USE in params:
        raise BadConfig(f"{name}: cannot be written; rename its parameter {USE!r}, which a table has for the name")
    _check_read_back(name, reward, table)
    return table


def _check_read_back(name: str, reward: object, table: str | Table) -> None:
    """Check that what is written will be read as what it was."""
    try:
        back = Reading(allow_import=True).reward(table)
    except Fault as fault:
        raise BadConfig(f"{name}: cannot be written, because it would not be read; {fault}") from fault.__cause__
    was, then = params_of(reward), params_of(back) if type(back) is type(reward) else {}
    for key, value in was.items():
        if key not in then or then[key] != value:
            other = f"{key}={shown(then[key])}; annotate it with its type" if key in then else f"no {key}"
            raise BadConfig(f"{name}: cannot be written; {key}={shown(value)} would be read as {other}")
    if type(back) is not type(reward) or (back != reward and type(reward).__eq__ is not object.__eq__):
        raise BadConfig(f"{name}: cannot be written, because it would be read as {shown(back)}")


def check_depth(table: str | Table) -> None:
    """Check that rewards are not nested deeper than they can be read.

    Raises:
        BadConfig: they are.
    """
    if _depth(table) > DEEPEST:
        raise BadConfig(f"more than {DEEPEST} rewards are nested in each other; {LESS}")


def _depth(value: object) -> int:
    if isinstance(value, Mapping):
        return (USE in value) + max(map(_depth, value.values()), default=0)
    return max(map(_depth, value), default=0) if isinstance(value, list) else 0


def toml_of(table: Mapping[str, object]) -> str:
    """TOML text of a table: its own keys, then its tables under headers."""
    return "\n".join(_lines(table, ())).lstrip() + "\n"


def _name_of(reward: object) -> str:
    """The name that a reward's class or function has in the registry, else `module:name`."""
    if isinstance(reward, BatchFunction):
        reward = reward.function
    name = registered_name(reward)
    if name is not None:
        return name
    built = reward if hasattr(reward, "__qualname__") else type(reward)
    module, qualname = getattr(built, "__module__", None) or "", str(getattr(built, "__qualname__", ""))
    if module in ("", "__main__", "builtins") or _attribute(module, qualname) is not built:
        raise BadConfig(f"{shown(reward)}: cannot be written; register it, or define it at the top of a module")
    return f"{module}:{qualname}"


def _attribute(module: str, qualname: str) -> object:
    try:
        return operator.attrgetter(qualname)(importlib.import_module(module))
    except Exception:  # it stands within a function, say, or its module is gone
        return None


def params_of(reward: object) -> Mapping[str, object]:
    """The parameters of a reward that have not their default.

    Raises:
        BadConfig: it does not say which they are.
    """
    if isinstance(reward, Parametrized):
        return dict(reward.params)
    if isinstance(reward, BatchFunction):
        own = _given(reward, "gold", "chat")
        if hasattr(reward.function, "__qualname__"):
            return own | ({"gold": ""} if reward.gold is None else {})
        if own:
            raise BadConfig(f"{shown(reward)}: cannot be written; gold and chat are written for functions only")
        return params_of(reward.function)
    if hasattr(reward, "__qualname__"):  # a function
        return {}
    if not is_dataclass(reward):
        raise BadConfig(f"{shown(reward)}: cannot be written; make it a dataclass, whose fields are its parameters")
    return _given(reward, *(field.name for field in fields(reward) if field.init))


def _given(record: Any, *names: str) -> Table:
    """The fields of a dataclass that have not their default."""
    known = {field.name: field for field in fields(record)}
    values = {name: getattr(record, name) for name in names}
    return {name: value for name, value in values.items() if not _is_default(known[name], value)}


def _is_default(field: Field[Any], value: object) -> bool:
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    return type(value) is type(default) and bool(value == default)


def _values(params: Mapping[str, object]) -> Table:
    return {_key(name): _value(name, value) for name, value in params.items()}


def _value(name: str, value: object) -> object:
    value = _plain(value)
    if isinstance(value, str):
        return _checked_text(name, value)
    if isinstance(value, int) and not -_WHOLE <= value < _WHOLE:
        raise BadConfig(f"{name}={brief_value(value)}: cannot be written; TOML's whole numbers have 64 bits")
    if isinstance(value, bool | int | float) or (isinstance(value, date) and not getattr(value, "tzinfo", None)):
        return value
    if isinstance(value, TagFormat):
        return tags_table(value)
    if isinstance(value, Mapping):
        return _values(value)
    if isinstance(value, tuple | list):
        return [_value(name, inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((_value(name, inner) for inner in value), key=toml_value)
    if callable(value) or isinstance(value, GroupReward):
        return table_of(value)
    if is_dataclass(value):
        return _values(_given(value, *(field.name for field in fields(value) if field.init)))
    told = "TOML has no such value" if value is None else f"a parameter is {_KINDS}"
    raise BadConfig(f"{name}={shown(value)}: cannot be written; {told}")


def _plain(value: object) -> object:
    """A text, number or truth value as Python's own type has it; anything else as it is."""
    if isinstance(value, Enum):
        value = value.value
    if getattr(value, "ndim", None) == 0:  # a scalar of NumPy
        value = value.item()  # type: ignore[attr-defined]
    if isinstance(value, str):
        return str.__str__(value)
    return next((kind(value) for kind in (bool, int, float) if isinstance(value, kind)), value)


def _key(key: object) -> str:
    """A key of a table; whole numbers are keys as well."""
    key = _plain(key)
    if isinstance(key, str):
        return _checked_text("key", key)
    if isinstance(key, int) and not isinstance(key, bool) and -_WHOLE <= key < _WHOLE:
        return str(key)
    raise BadConfig(f"key={brief_value(key)}: cannot be written; the keys of a table are text or whole numbers")


def _checked_text(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadConfig(f"{name}={shown(text)}: cannot be written; TOML has no half of a surrogate pair") from error
    return text


def shown_param(name: str, value: object) -> str:
    """A parameter as a person reads it: as TOML has it, or as Python does where TOML cannot."""
    try:
        return f"{name}={toml_value(_value(name, value))}"
    except BadConfig:
        return f"{name}={value!r}"


def tags_table(tags: TagFormat) -> str | Table:
    """The table that describes a format, on top of the preset that it is nearest to; a lone name where it is one."""
    tables: list[Table] = []
    for name in TAG_PRESETS:
        preset = TagFormat.preset(name)
        own = {field.name: (getattr(tags, field.name), getattr(preset, field.name)) for field in fields(TagFormat)}
        differing = {field: "" if value is None else value for field, (value, other) in own.items() if value != other}
        tables.append({"preset": name, **_values(differing)})
    nearest = min(tables, key=len)
    return str(nearest["preset"]) if len(nearest) == 1 else nearest


def _tables_last(params: Table) -> Table:
    """Parameters, whose order says nothing, in an order in which TOML has them easy to read."""
    return dict(sorted(params.items(), key=lambda item: isinstance(item[1], Mapping) + (not _fits(*item))))


def _lines(table: Mapping[str, object], path: tuple[str, ...]) -> Iterator[str]:
    """A header and the table's lines, in the order of its keys; from the first that does not fit, tables have headers.

    A key is its owner's only before the first header, so that all stands on one line that comes before such a key.
    """
    items = list(table.items())
    begin = max((place for place, (_, value) in enumerate(items, 1) if not isinstance(value, Mapping)), default=0)
    while begin < len(items) and _fits(*items[begin]):
        begin += 1
    if path and (begin or not items):
        yield f"\n[{toml_path(path)}]"
    yield from (f"{toml_key(key)} = {toml_value(value)}" for key, value in items[:begin])
    for key, value in items[begin:]:
        yield from _lines(value, (*path, key))  # type: ignore[arg-type]  # a table


def _fits(key: str, value: object) -> bool:
    """Whether a value goes on its key's line; a table only when it is short and none is in it."""
    if not isinstance(value, Mapping):
        return True
    nested = any(isinstance(inner, Mapping | list) for inner in value.values())
    return not nested and len(key) + len(toml_value(value)) < LINE
