"""Rewards as the command line names them: registered names and TOML files, with parameters given as text."""

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

from vireward import scoring
from vireward.adapters.trl import TrlReward, to_trl
from vireward.config import from_toml
from vireward.errors import BadParameter, nearest
from vireward.group import within
from vireward.registry import factory, make
from vireward.signatures import parameters_of
from vireward.tags import TagFormat

STYLE = "style"  # the parameter that is decided once for a data set
_GATHERING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def is_file(name: str) -> bool:
    """Whether a reward is named by the file that describes it."""
    return name.endswith(".toml")


def takes_style(name: str, *, allow_import: bool = False) -> bool:
    """Whether a reward, or a part of it, looks at the number style."""
    if is_file(name):
        return any(hasattr(part, STYLE) for part in within(from_toml(name, allow_import=allow_import)))
    return STYLE in parameters_of(factory(name))


def build(chosen: Sequence[str], params: Mapping[str, str], *, allow_import: bool = False) -> dict[str, TrlReward]:
    """Build rewards; each takes, of the parameters given as text, those that it has.

    Raises:
        UnknownReward: nothing has one of the names.
        BadParameter: none of the rewards has such a parameter, one refuses its value, or one needs a value.
        BadConfig: a file describes no reward.
    """
    known = {name: {} if is_file(name) else parameters_of(factory(name)) for name in chosen}
    every = list(dict.fromkeys(key for has in known.values() for key in has))
    in_file = next((name for name in chosen if is_file(name)), None)
    for param, text in params.items():
        if param not in every and in_file is None:
            raise BadParameter(f"{param}={text}: no such parameter of {', '.join(chosen)}; {nearest(param, every)}")
        if param not in every and param != STYLE:
            raise BadParameter(f"{param}={text}: the parameters of {in_file} stand in the file; change them there")
    built: dict[str, TrlReward] = {}
    for name in chosen:
        shown = Path(name).stem if is_file(name) else name
        if shown in built:
            raise BadParameter(f"--reward {name}: there is another reward {shown!r}; rename the file")
        if is_file(name):
            reward = from_toml(
                name, allow_import=allow_import, defaults={key: params[key] for key in (STYLE,) if key in params}
            )
            built[shown] = to_trl(reward, gold=scoring.GOLD)
        else:
            built[shown] = _built(name, {key: params[key] for key in known[name] if key in params})
    return built


def json_or_text(text: str) -> object:
    """What a text of the command line stands for: JSON where it is JSON, else itself."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _built(name: str, texts: Mapping[str, str]) -> TrlReward:
    known = parameters_of(factory(name))
    params = {key: _value(f"{name}({key}={text})", text, known[key].default) for key, text in texts.items()}
    for key, parameter in known.items():
        if key not in params and parameter.default is parameter.empty and parameter.kind not in _GATHERING:
            raise BadParameter(f"{name}: {key} has no default; give it with --param {key}=VALUE")
    return to_trl(make(name, **params), gold=scoring.GOLD)


def _value(where: str, text: str, default: object) -> object:
    """A parameter's value: JSON where it is JSON, but text where the default is; an object gives a record's fields."""
    value = json_or_text(text)
    if isinstance(default, str) and not isinstance(value, str):
        return text
    if isinstance(default, bool) and not isinstance(value, bool):  # `False` is text, and text is true
        raise BadParameter(f"{where}: must be true or false")
    if isinstance(value, str) and isinstance(default, TagFormat):
        return TagFormat.preset(value)
    if isinstance(value, dict) and is_dataclass(default) and not isinstance(default, type):
        known = [field.name for field in fields(default)]
        for key in value:
            if key not in known:
                raise BadParameter(f"{where}: no field {key!r}; {nearest(key, known)}")
        return type(default)(**value)
    return value
