"""The compositions as tables: the name of each, the keys of its table, the way from them to the reward and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vireward import compose, group, transform
from vireward.deadline import Deadline, deadline
from vireward.errors import BadParameter
from vireward.records import GroupReward, Reward
from vireward.workers.worker import MEMORY


@dataclass(frozen=True, slots=True)
class Term:
    """A term of `weighted`."""

    weight: float
    reward: Reward


@dataclass(frozen=True, slots=True)
class Form:
    """How a composition is written as a table.

    Attributes:
        build: Makes the reward of the table's keys, whose names and types are those of its parameters.
        made_by: The function that builds the same in Python.
        kind: The class of what it builds.
        keys: The keys of a reward, with the rewards in it as they are.
    """

    build: Callable[..., Any]
    made_by: Callable[..., Any]
    kind: type
    keys: Callable[[Any], dict[str, object]]


def _weighted(terms: dict[str, Term], missing: Literal["abstain", "skip"] = "abstain") -> Reward:
    named = {name: (term.weight, term.reward) for name, term in _free(terms, "missing").items()}
    return compose.weighted(missing=missing, **named)


def _gate(reward: Reward, when: Reward, above: float = 0.0, closed: float = 0.0) -> Reward:
    return transform.gate(reward, when=when, above=above, closed=closed)


def _clip(reward: Reward, low: float, high: float) -> Reward:
    return transform.clip(reward, low=low, high=high)


def _scale(reward: Reward, by: float = 1.0, plus: float = 0.0) -> Reward:
    return transform.scale(reward, by=by, plus=plus)


def _shift(reward: Reward, by: float) -> Reward:
    return transform.shift(reward, by=by)


def _schedule(reward: Reward, weights: dict[int, float], linear: bool = False) -> Reward:
    return transform.schedule(reward, weights, linear=linear)


def _first_of(rewards: list[Reward]) -> Reward:
    return compose.first_of(*rewards)


def _all_of(rewards: dict[str, Reward], above: float = 0.0) -> Reward:
    return compose.all_of(above=above, **_free(rewards, "above"))


def _any_of(rewards: dict[str, Reward], above: float = 0.0) -> Reward:
    return compose.any_of(above=above, **_free(rewards, "above"))


def _by_column(column: str, rewards: dict[str, Reward], otherwise: Reward | None = None) -> Reward:
    return compose.by_column(column, rewards, otherwise=otherwise)


def _per_group(reward: GroupReward, size: int) -> Reward:
    return group.per_group(reward, size=size)


def _deadline(reward: Reward, seconds: float, memory: int | Literal[""] = MEMORY) -> Reward:
    return deadline(reward, seconds=seconds, memory=None if memory == "" else memory)


def _free(named: dict[str, Any], taken: str) -> dict[str, Any]:
    """The parts of a composition, none of which may have the name of its parameter."""
    if taken in named:
        raise BadParameter(f"a part cannot be named {taken!r}, which is a parameter; rename it")
    return named


def _fields(*names: str, **optional: object) -> Callable[[Any], dict[str, object]]:
    """Reads attributes of a reward; those that are optional are left out where they have their default."""

    def keys(reward: Any) -> dict[str, object]:
        given = {name: getattr(reward, name) for name in (*names, *optional)}
        return {name: value for name, value in given.items() if name not in optional or value != optional[name]}

    return keys


def _weighted_keys(reward: compose.Weighted) -> dict[str, object]:
    terms = {name: {"weight": weight, "reward": inner} for name, weight, inner in reward.terms}
    return _fields(missing="abstain")(reward) | {"terms": terms}


def _deadline_keys(reward: Deadline) -> dict[str, object]:
    keys = _fields("reward", "seconds", memory=MEMORY)(reward)
    return keys | ({"memory": ""} if reward.memory is None else {})  # as for a tag that a format has not


def _schedule_keys(reward: transform.Schedule) -> dict[str, object]:
    return _fields("reward", linear=False)(reward) | {"weights": dict(reward.weights)}


def _named_keys(reward: compose.AllOf | compose.AnyOf | compose.ByColumn) -> dict[str, object]:
    fixed = _fields("column", otherwise=None) if isinstance(reward, compose.ByColumn) else _fields(above=0.0)
    return fixed(reward) | {"rewards": dict(reward.rewards)}


FORMS: Mapping[str, Form] = {
    "weighted": Form(_weighted, compose.weighted, compose.Weighted, _weighted_keys),
    "gate": Form(_gate, transform.gate, transform.Gate, _fields("reward", "when", above=0.0, closed=0.0)),
    "clip": Form(_clip, transform.clip, transform.Clip, _fields("reward", "low", "high")),
    "scale": Form(_scale, transform.scale, transform.Scale, _fields("reward", by=1.0, plus=0.0)),
    "shift": Form(_shift, transform.shift, type(None), _fields()),  # what it builds is written as `scale`
    "schedule": Form(_schedule, transform.schedule, transform.Schedule, _schedule_keys),
    "first_of": Form(_first_of, compose.first_of, compose.FirstOf, _fields("rewards")),
    "all_of": Form(_all_of, compose.all_of, compose.AllOf, _named_keys),
    "any_of": Form(_any_of, compose.any_of, compose.AnyOf, _named_keys),
    "by_column": Form(_by_column, compose.by_column, compose.ByColumn, _named_keys),
    "deadline": Form(_deadline, deadline, Deadline, _deadline_keys),
    "per_group": Form(_per_group, group.per_group, group.PerGroup, _fields("reward", "size")),
}


def form_of(reward: object) -> str | None:
    """The name of the composition that a reward is; None where it is none."""
    return next((name for name, form in FORMS.items() if type(reward) is form.kind), None)
