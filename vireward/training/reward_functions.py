"""The reward functions of a trainer, from rewards of any kind: under names of their own, with guards on each value."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from vireward.adapters.trl import TrlReward, to_trl
from vireward.adapters.trl_parts import TrlPart, to_trl_parts
from vireward.batch_function import from_trl
from vireward.compose import Missing, Weighted
from vireward.errors import BadParameter
from vireward.parameters import check_finite
from vireward.records import Reward, shown
from vireward.registry import reward_name
from vireward.signatures import is_batch_function

AnyReward = Reward | TrlReward | Callable[..., Any]
Rewards = AnyReward | Sequence[AnyReward] | Mapping[str, AnyReward]
# Columns of TRL's table of completions, which a reward of the name would write over, and the metrics of all rewards.
_TAKEN = ("step", "prompt", "completion", "advantage", "all_rewards")
_SETTINGS = ("gold", "on_error", "floor")  # of `to_trl`, which the trainer has for all of its rewards


def reward_functions(
    rewards: Rewards, *, weights: Sequence[float] | None, separate: bool, **policy: Any
) -> tuple[Sequence[TrlReward | TrlPart], list[float] | None]:
    """The functions for `reward_funcs`, and the weights for `reward_weights`; None where there is one without a weight.

    Args:
        rewards: One reward of any kind, or several.
        weights: Those of several rewards.
        separate: Whether the parts of weighted sums become functions of their own.
        **policy: Parameters of `to_trl`.

    Raises:
        BadParameter: there is no reward, one is none or a whole model, a name is taken, the weights do not fit, or
            the rewards have no parts that can be separated.
    """
    named = list(_named(rewards, policy))
    if not named:
        raise BadParameter("make_trainer(rewards=...): needs at least one reward")
    if separate:
        _check_separable(named, weights)
    factors = _factors(weights, len(named))
    name, reward = named[0]
    watched = frozenset[str]()
    if len(named) > 1 or isinstance(rewards, Mapping):
        reward, watched = _summed(named, factors, separate)
        name = "reward"
    elif not separate:
        _check_names([name])
        return [to_trl(reward, name=name, **policy)], None if weights is None else factors
    parts, products = to_trl_parts(replace(to_trl(reward, name=name, **policy), watched=watched))
    _check_names([part.__name__ for part in parts])
    return parts, products


def _check_separable(named: Sequence[tuple[str, Reward]], weights: Sequence[float] | None) -> None:
    """Check that the parts of weighted sums can be functions: one sum that is alone, or any among several rewards."""
    (name, reward), *others = named
    if not others and not isinstance(reward, Weighted):
        raise BadParameter(f"make_trainer(separate=True): {name} is no weighted sum, so it has no parts")
    if not others and weights is not None:
        raise BadParameter("GRPOConfig(reward_weights=...): the parts of a weighted sum have their weights already")
    for name, reward in named if others else []:
        if isinstance(reward, Weighted) and reward.missing == "skip":
            told = f"{name} sums what is there (missing='skip'), which its parts cannot do among other rewards"
            raise BadParameter(f"make_trainer(separate=True): {told}; give it alone, or with missing='abstain'")


def _summed(
    named: Sequence[tuple[str, Reward]], factors: Sequence[float], separate: bool
) -> tuple[Weighted, frozenset[str]]:
    """The sum of several rewards, and which of its parts weigh nothing beside others that do.

    With `separate` a weighted sum among them is its parts, each as `NAME/PART`. Not flattened otherwise: one is one.
    """
    terms, idle, missing = list[tuple[str, float, Reward]](), set[str](), set[Missing]()
    for (name, reward), factor in zip(named, factors, strict=True):
        own = [(name, factor, reward)]
        if separate and isinstance(reward, Weighted):
            own = [(f"{name}/{part}", factor * weight, one) for part, weight, one in reward.terms]
            missing.add(reward.missing)
        terms += own
        idle |= {part for part, _, _ in own} if factor == 0 else set()
    for _, weight, _ in terms:
        check_finite("GRPOConfig", reward_weights=weight)
    summed = Weighted(tuple(terms), "skip" if "skip" in missing else "abstain")
    return summed, frozenset(idle if any(factors) else ())


def _named(rewards: Rewards, policy: Mapping[str, Any]) -> Iterator[tuple[str, Reward]]:
    """Each reward with a name that no other has."""
    if isinstance(rewards, Mapping):
        yield from ((name, _as_reward(one, name, policy)) for name, one in rewards.items())
        return
    several: Sequence[Any] = rewards if isinstance(rewards, list | tuple) else [rewards]
    own = [one.__name__ if isinstance(one, TrlReward) else _name_of(one) for one in several]
    for name, one in zip(_made_unique(own), several, strict=True):
        yield name, _as_reward(one, name, policy)


def _made_unique(names: Sequence[str]) -> Iterator[str]:
    """The first of a name keeps it; the others get the next number that makes a name which nobody has."""
    taken, met = set(names), set[str]()
    for name in names:
        unique = name
        if name in met:
            unique = next(made for n in count(2) if (made := f"{name}_{n}") not in taken)
        met.add(name)
        taken.add(unique)
        yield unique


def _name_of(one: AnyReward) -> str:
    if isinstance(one, str) or hasattr(one, "forward"):
        raise BadParameter(
            f"make_trainer(rewards={shown(one)}): a reward model cannot be guarded; give it to GRPOTrainer itself"
        )
    return from_trl(one).__name__ if _scores_batches(one) else reward_name(one)


def _as_reward(one: AnyReward, name: str, policy: Mapping[str, Any]) -> Reward:
    if isinstance(one, TrlReward):
        for setting in _SETTINGS:
            if getattr(one, setting) != policy[setting]:
                told = f"{name} was made with {setting}={getattr(one, setting)!r}, the trainer has {policy[setting]!r}"
                raise BadParameter(f"make_trainer({setting}=...): {told}; give it the reward itself")
        return one.reward
    return from_trl(one, gold=None, name=name) if _scores_batches(one) else one


def _scores_batches(one: object) -> bool:
    return not isinstance(one, type) and callable(one) and is_batch_function(one)


def _factors(weights: Sequence[float] | None, rewards: int) -> list[float]:
    """What the trainer multiplies each reward by."""
    if weights is None:
        return [1.0] * rewards
    for weight in weights:
        check_finite("GRPOConfig", reward_weights=weight)
    if len(weights) != rewards:
        raise BadParameter(f"GRPOConfig(reward_weights={list(weights)}): {len(weights)} weights for {rewards} rewards")
    return [float(weight) for weight in weights]


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        taken = [other for other in (*names, *_TAKEN) if other == name or name == f"{other}/why"]
        if len(taken) > 1 or name in _TAKEN:
            told = "another reward, or a column or metric of the trainer, has this name"
            raise BadParameter(f"make_trainer(rewards=...): {name!r}: {told}; give it another one by {{name: reward}}")
