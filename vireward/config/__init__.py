"""Rewards as plain data: what Python composes, written in TOML or a dict.

Example rows (key → what it is):

    reward.use                    a registered reward, a composition, or "module:attribute" where imports are allowed
    reward.terms.correct.weight   a parameter, under the name that it has in Python
    reward.when = "format_exact"  a lone name is a table with nothing but `use`
    defaults.style                a value for every registered reward here that has such a parameter
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vireward.config.reading import Fault, Reading
from vireward.config.schema import config_schema
from vireward.config.writing import check_depth, table_of, toml_of
from vireward.errors import BadConfig, BadParameter, nearest
from vireward.parameters import check_rewards
from vireward.records import Reward, shown

__all__ = ["config_schema", "from_config", "from_toml", "to_config", "to_toml"]

_KEYS = ("reward", "defaults")


def from_config(
    data: Mapping[str, object],
    *,
    allow_import: bool = False,
    defaults: Mapping[str, object] | None = None,
    source: str = "config",
) -> Reward:
    """The reward that a dict describes.

    Args:
        data: Has the reward under `reward`, and under `defaults`, if at all, values for parameters that are not given.
        allow_import: Whether `use = "module:attribute"` imports a module, which runs its code.
        defaults: Values for parameters that the data does not give either, for those rewards that have them, such as
            the number style of a data set.
        source: What the data is called in messages.

    Raises:
        BadConfig: the data describes none; the message has the path of the key, the value, and the way out.
    """
    try:
        reward: Reward = _read(data, allow_import, defaults or {})
    except Fault as fault:
        raise BadConfig(f"{source}: {fault}") from fault.__cause__
    except RecursionError as error:
        raise BadConfig(f"{source}: is nested too deep") from error
    return reward


def from_toml(path: str | Path, *, allow_import: bool = False, defaults: Mapping[str, object] | None = None) -> Reward:
    """The reward that a TOML file describes.

    Args:
        path: The file.
        allow_import: Whether `use = "module:attribute"` imports a module, which runs its code.
        defaults: Values for parameters that the file does not give, for those rewards that have them.

    Raises:
        BadConfig: the file cannot be read, is no TOML, or describes no reward; the message has the file, the path of
            the key, the value, and the way out.
    """
    source = str(path) if path and str(path).isprintable() else shown(str(path))
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")  # editors of Windows put a mark before the text
    except OSError as error:
        hint = "; from_config(tomllib.loads(text)) reads text" if "\n" in str(path) else ""
        raise BadConfig(f"{source}: cannot be read ({error.strerror}){hint}") from error
    except UnicodeDecodeError as error:
        raise BadConfig(f"{source}: is not in UTF-8, from byte {error.start} on") from error
    except ValueError as error:
        raise BadConfig(f"{source}: is no path ({error})") from error
    try:
        data = tomllib.loads(text)
    except RecursionError as error:
        raise BadConfig(f"{source}: is nested too deep") from error
    except ValueError as error:  # a whole number of thousands of digits is no TOMLDecodeError
        raise BadConfig(f"{source}: is no TOML: {str(error).partition(';')[0]}") from error
    return from_config(data, allow_import=allow_import, defaults=defaults, source=source)


def to_config(reward: Reward) -> dict[str, Any]:
    """The dict that describes a reward; `from_config` makes an equal one of it.

    A reward that is not registered is written as `module:attribute`, which is read only where imports are allowed.

    Raises:
        BadConfig: the reward, or a part of it, has no name to be found by again, a value that TOML lacks, or one that
            would be read as another.
        BadParameter: it is no reward.
    """
    check_rewards("to_config", reward=reward)
    try:
        table = table_of(reward)
        check_depth(table)
    except RecursionError as error:
        raise BadConfig("the reward is nested too deep to be written") from error
    return {"reward": table}


def to_toml(reward: Reward) -> str:
    """The TOML text that describes a reward, as `to_config` has it.

    Raises:
        BadConfig: the reward, or a part of it, cannot be written.
        BadParameter: it is no reward.
    """
    return toml_of(to_config(reward))


def _read(data: object, allow_import: bool, fallback: Mapping[str, object]) -> Any:
    if not isinstance(data, Mapping):
        raise Fault((), "must be a table with `reward`", data)
    for key in data:
        if key not in _KEYS:
            raise Fault((str(key),), f"no such key; {nearest(str(key), _KEYS)}", data[key])
    if "reward" not in data:
        raise Fault(("reward",), "has to be given")
    defaults = data.get("defaults", {})
    if not isinstance(defaults, Mapping):
        raise Fault(("defaults",), "must be a table", defaults)
    reading = Reading(allow_import, {**fallback, **defaults})
    try:
        reward = reading.reward(data["reward"])
        check_rewards("from_config", reward=reward)
    except Fault as fault:
        raise fault.under("reward") from fault.__cause__
    except BadParameter as error:
        raise Fault(("reward",), str(error)) from error
    for key, value in defaults.items():
        if key not in reading.parameters:
            told = f"no reward here has such a parameter; {nearest(str(key), sorted(reading.parameters))}"
            raise Fault(("defaults", str(key)), told, value)
    return reward
