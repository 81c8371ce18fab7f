"""A reward → its parts, for a person to look at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vireward.config.forms import FORMS, form_of
from vireward.config.writing import params_of, shown_param
from vireward.errors import BadConfig
from vireward.records import GroupReward
from vireward.registry import reward_name


@dataclass(frozen=True, slots=True)
class Node:
    """A reward in a composition.

    Attributes:
        role: What it is there for, such as `correct × 1.0` or `when`; empty at the top.
        name: The name of the composition or reward.
        params: Its parameters as text, without those that have their default.
        parts: The rewards in it.
    """

    role: str
    name: str
    params: str
    parts: tuple["Node", ...]


def tree_of(reward: object, role: str = "") -> Node:
    """The parts of a reward and theirs."""
    form = form_of(reward)
    keys = FORMS[form].keys(reward) if form else _params(reward)
    shown = [shown_param(key, value) for key, value in keys.items() if not list(_parts(key, value))]
    parts = tuple(tree_of(part, role) for key, value in keys.items() for role, part in _parts(key, value))
    return Node(role, form or reward_name(reward), ", ".join(shown), parts)


def _params(reward: object) -> Mapping[str, object]:
    """The parameters of a reward; none where it does not say which it has."""
    try:
        return params_of(reward)
    except BadConfig:
        return {}


def _parts(key: str, value: object) -> Iterator[tuple[str, object]]:
    """The rewards among a parameter's value, each with its role."""
    if isinstance(value, GroupReward) or callable(value):
        yield key, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, Mapping) and "weight" in inner:
                yield f"{name} × {inner['weight']:g}", inner["reward"]
            elif isinstance(inner, GroupReward) or callable(inner):
                yield str(name), inner
    elif isinstance(value, tuple | list):
        yield from ((str(place), inner) for place, inner in enumerate(value, 1) if callable(inner))
