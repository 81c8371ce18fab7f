"""The JSON Schema of the configuration, for editors."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from inspect import getdoc
from typing import Any

from vireward import plugins, registry
from vireward.config.forms import FORMS
from vireward.config.tables import USE, table_model
from vireward.signatures import parameters_of
from vireward.tags import TAG_PRESETS, TagFormat

Schema = dict[str, Any]
_IMPORTED = r"^[^\s:-]+:[^\s:-]+$"  # a name of Python may have letters that the \w of JSON Schema has not


def config_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a configuration with the rewards that are registered and installed here."""
    tables = dict(_tables())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A reward of vireward",
        "type": "object",
        "properties": {
            "reward": {"$ref": "#/$defs/reward"},
            "defaults": _defaults(table for name, table in tables.items() if name not in FORMS),
        },
        "required": ["reward"],
        "additionalProperties": False,
        "$defs": {
            "reward": _any_reward(tables),
            "tags": _tags(),
            **{_definition(name): table for name, table in tables.items()},
        },
    }


def _tables() -> Iterator[tuple[str, Schema]]:
    """Compositions and rewards by name; a plug-in's reward also by its bare name, where no other reward has that."""
    yield from ((name, _table(name, form.build, form.made_by)) for name, form in FORMS.items())
    names = {*registry.names(), *(plugin.name for plugin in plugins.installed())}
    for name in sorted(names.difference(FORMS)):  # what has the name of a composition is read as that
        with suppress(Exception):  # several have the name; or it is anyone's code, and the others are still to be told
            build = registry.factory(name)
            yield name, _table(name, build, build)


def _any_reward(tables: Mapping[str, Schema]) -> Schema:
    alone = [name for name, table in tables.items() if table["required"] == [USE]]
    imported = {"type": "string", "pattern": _IMPORTED, "not": {"enum": [name for name in tables if ":" in name]}}
    return {
        "anyOf": [
            {"type": "string", "enum": alone},
            imported,
            *({"$ref": f"#/$defs/{_definition(name)}"} for name in tables),
            {"type": "object", "properties": {USE: imported}, "required": [USE]},
        ]
    }


def _tags() -> Schema:
    preset = {"type": "string", "enum": list(TAG_PRESETS)}
    own = _properties("tags", TagFormat)
    return {"anyOf": [preset, {**own, "properties": {"preset": preset, **own["properties"]}}]}


def _defaults(tables: Iterable[Schema]) -> Schema:
    """The parameters of all registered rewards; one that several have is as any of them has it."""
    found: dict[str, list[Schema]] = {}
    for table in tables:
        for key, schema in table["properties"].items():
            own = {name: value for name, value in schema.items() if name != "default"}
            if key != USE and own not in found.setdefault(key, []):
                found[key].append(own)
    properties = {key: schemas[0] if len(schemas) == 1 else {"anyOf": schemas} for key, schemas in found.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _table(name: str, build: Callable[..., Any], documented: object) -> Schema:
    own = _properties(name, build)
    told = (getdoc(documented) or "").partition("\n")[0]
    made_up = told.startswith(f"{getattr(documented, '__name__', '')}(")  # by `dataclass`, which writes the signature
    return {
        **own,
        **({"description": told} if told and not made_up else {}),
        "properties": {USE: {"const": name}, **own["properties"]},
        "required": [USE, *own.get("required", [])],
    }


def _properties(name: str, build: Callable[..., Any]) -> Schema:
    """The schema of the keys that a table has besides `use`."""
    try:
        model = table_model(name, build, None)
    except RecursionError:  # a dataclass that has fields of its own kind
        return {"type": "object", "properties": {parameter: {} for parameter in parameters_of(build)}}
    schema: Schema = _mended(model.model_json_schema(ref_template=f"#/$defs/{_definition(name)}/$defs/{{model}}"))
    return {"properties": {}, **schema}


def _mended(schema: Any) -> Any:
    """The schema with references for what stands in for them, and without what pydantic makes up: titles and nulls."""
    if isinstance(schema, list):
        return [_mended(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("readable"), str):
        return {"$ref": f"#/$defs/{schema['readable']}"}
    closed = {"additionalProperties": False} if "patternProperties" in schema else {}  # keys are whole numbers
    return {**closed, **{key: _mended(inner) for key, inner in schema.items() if not _made_up(key, inner)}}


def _made_up(key: str, value: object) -> bool:
    if key == "default":  # JSON has no number that is infinite or none
        return value is None or (isinstance(value, float) and not math.isfinite(value))
    return key == "title" and isinstance(value, str)


def _definition(name: str) -> str:
    """The name of a table's definition, which no other definition has."""
    return f"use_{name}"
