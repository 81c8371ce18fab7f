r"""Keys and values as TOML writes them.

Example rows (Python → TOML):

    ("terms", "đáp án", 0)     terms."đáp án"[0]
    'a"b\u200bc'               "a\"b\u200bc": what cannot be seen is escaped
    {"once": 1.0, "on": True}  { once = 1.0, on = true }
"""

import re
from collections.abc import Mapping
from datetime import date

from vireward.records import shown

Path = tuple[str | int, ...]
MOST = 60  # characters of a key or value in a message
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def toml_path(path: Path) -> str:
    """The keys that lead to a place.

    >>> toml_path(("reward", "terms", "shape/tags", "rewards", 0))
    'reward.terms."shape/tags".rewards[0]'
    """
    steps = (f"[{key}]" if isinstance(key, int) else "." + toml_key(key) for key in path)
    return "".join(steps).removeprefix(".")


def toml_key(key: str) -> str:
    """A key, in quotes where it needs them."""
    return key if _BARE_KEY.fullmatch(key) else _quoted(key)


def toml_value(value: object) -> str:
    """A text, number, truth value or date, or a list or table of such, on one line."""
    if isinstance(value, Mapping):
        keys = ", ".join(f"{toml_key(key)} = {toml_value(inner)}" for key, inner in value.items())
        return f"{{ {keys} }}" if keys else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, date):  # a time of a day, too
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else repr(value)


def brief_path(path: Path) -> str:
    """The keys that lead to a place, for a message: each of a readable length."""
    return toml_path(tuple(_cut(key) if isinstance(key, str) else key for key in path))


def brief_value(value: object) -> str:
    """A value for a message: on one line, of a readable length, as TOML writes it or else as Python does."""
    if isinstance(value, Mapping):
        return "{…}"
    if isinstance(value, list):
        return _cut("[" + ", ".join("[…]" if isinstance(one, list) else brief_value(one) for one in value[:MOST]) + "]")
    if type(value) is int and value.bit_length() > 10_000:  # Python has no decimal form of more digits
        return _cut(hex(value))
    return _cut(toml_value(value) if isinstance(value, str | bool | float | date) else shown(value))


def _cut(text: str) -> str:
    return text if len(text) <= MOST else text[: MOST - 1] + "…"


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _escape(char)) for char in text) + '"'


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
