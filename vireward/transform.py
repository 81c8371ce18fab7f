"""One reward → a reward: gated, clipped, scaled, or weighted by the trainer's step.

Example row: `gate(NumericMatch(), when=FormatExact())` is the number's score in a well-formed completion, else 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from vireward.errors import BadParameter, BadScore
from vireward.parameters import check_finite, check_rewards
from vireward.records import Reward, Sample, Score, as_score, expression


@dataclass(frozen=True, slots=True)
class Gate:
    """What is the reward, where a condition is met? Built by `gate`."""

    reward: Reward
    when: Reward
    above: float = 0.0
    closed: float = 0.0

    def __call__(self, sample: Sample, /) -> Score:
        """Score the condition, and the reward if it is met."""
        condition = as_score(self.when(sample))
        if condition.value is None:
            return replace(condition, why=f"gate: {condition.why}")
        if condition.value <= self.above:
            return Score(self.closed, f"gate closed: {condition.why}", {"when": condition})
        return as_score(self.reward(sample))

    def __repr__(self) -> str:
        return _call("gate", self.reward, when=self.when, above=(self.above, 0.0), closed=(self.closed, 0.0))


def gate(reward: Reward, *, when: Reward, above: float = 0.0, closed: float = 0.0) -> Reward:
    """The reward where the value of a condition is above a bound, and a fixed score elsewhere.

    The reward is not asked where the gate is closed. A gate behind an equal gate is that gate.

    Args:
        reward: What is scored behind the gate.
        when: The condition, any reward; where it abstains the gate does.
        above: The bound that the condition's value has to exceed.
        closed: The score where it does not.

    Raises:
        BadParameter: `reward` or `when` is no reward, or a number is not finite.
    """
    check_rewards("gate", reward=reward, when=when)
    check_finite("gate", above=above, closed=closed)
    if isinstance(reward, Gate) and (reward.when, reward.above, reward.closed) == (when, above, closed):
        return reward
    return Gate(reward, when, float(above), float(closed))


@dataclass(frozen=True, slots=True)
class Clip:
    """What is the reward, within bounds? Built by `clip`."""

    reward: Reward
    low: float
    high: float

    def __call__(self, sample: Sample, /) -> Score:
        """Score, and cut off what is out of bounds."""
        return _mapped(self.reward, sample, lambda value: min(max(value, self.low), self.high))

    def __repr__(self) -> str:
        return _call("clip", self.reward, low=self.low, high=self.high)


def clip(reward: Reward, *, low: float, high: float) -> Reward:
    """The reward, not below `low` and not above `high`; a clip of a clip whose bounds it contains is the inner one.

    Raises:
        BadParameter: `reward` is no reward, a bound is not finite, or low is above high.
    """
    check_rewards("clip", reward=reward)
    check_finite("clip", low=low, high=high)
    if low > high:
        raise BadParameter(f"clip(low={low!r}, high={high!r}): low must not be above high")
    if isinstance(reward, Clip) and low <= reward.low and reward.high <= high:
        return reward
    return Clip(reward, float(low), float(high))


@dataclass(frozen=True, slots=True)
class Scale:
    """What is the reward, times a factor and moved? Built by `scale` and `shift`."""

    reward: Reward
    by: float = 1.0
    plus: float = 0.0

    def __call__(self, sample: Sample, /) -> Score:
        """Score, multiply and add."""
        return _mapped(self.reward, sample, lambda value: value * self.by + self.plus)

    def __repr__(self) -> str:
        return _call("scale", self.reward, by=(self.by, 1.0), plus=(self.plus, 0.0))


def scale(reward: Reward, *, by: float = 1.0, plus: float = 0.0) -> Reward:
    """The reward times `by`, plus `plus`; a reward that this does not change is given back.

    Raises:
        BadParameter: `reward` is no reward, or a number is not finite.
    """
    check_rewards("scale", reward=reward)
    check_finite("scale", by=by, plus=plus)
    return reward if (by, plus) == (1.0, 0.0) else Scale(reward, float(by), float(plus))


def shift(reward: Reward, *, by: float) -> Reward:
    """The reward plus a constant: `scale(reward, plus=by)`.

    Raises:
        BadParameter: `reward` is no reward, or `by` is not finite.
    """
    return scale(reward, plus=by)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is the reward, times a weight that changes as training goes on? Built by `schedule`."""

    reward: Reward
    weights: tuple[tuple[int, float], ...]
    linear: bool = False

    def __call__(self, sample: Sample, /) -> Score:
        """Score, and multiply by the weight of the trainer's step."""
        if sample.step is None:
            return Score(None, "the trainer's step is not known")
        weight = self.weight(sample.step)
        score = _mapped(self.reward, sample, lambda value: value * weight)
        return replace(score, why=f"{score.why} (weight {weight:g} at step {sample.step})")

    def weight(self, step: int) -> float:
        """The weight at a step of the trainer: that of the last point reached, or on the line to the next one."""
        reached = [point for point in self.weights if point[0] <= step] or [self.weights[0]]
        begin, weight = reached[-1]
        following = next((point for point in self.weights if point[0] > step), None)
        if not self.linear or following is None or begin > step:
            return weight
        end, target = following
        return weight + (target - weight) * (step - begin) / (end - begin)

    def __repr__(self) -> str:
        how = ", linear=True" if self.linear else ""
        return f"schedule({expression(self.reward)}, {dict(self.weights)!r}{how})"


def schedule(reward: Reward, weights: Mapping[int, float], *, linear: bool = False) -> Schedule:
    """The reward times a weight that depends on the trainer's step alone, so that a resumed run goes on with it.

    Args:
        reward: What is weighted.
        weights: From which global step (in optimizer updates) which weight holds; before the first step, its weight.
        linear: Whether the weight moves on a line from one step to the next instead of jumping there.

    Returns:
        A reward that abstains where the step is not known.

    Raises:
        BadParameter: `reward` is no reward, there is no step, a step is negative, or a weight is not finite.
    """
    check_rewards("schedule", reward=reward)
    if not weights:
        raise BadParameter("schedule(weights={}): needs at least one step and weight")
    for step, weight in weights.items():
        if isinstance(step, bool) or not isinstance(step, int) or step < 0:
            raise BadParameter(f"schedule(weights=...): a step must be a whole number from 0 on, got {step!r}")
        check_finite("schedule", **{f"weights[{step}]": weight})
    return Schedule(reward, tuple(sorted((step, float(weight)) for step, weight in weights.items())), bool(linear))


def _mapped(reward: Reward, sample: Sample, change: Callable[[float], float]) -> Score:
    """The reward's score with its value changed; a value beyond the range of a float is an error."""
    score = as_score(reward(sample))
    if score.value is None:
        return score
    try:
        return replace(score, value=change(score.value))
    except BadScore:
        return Score(None, f"beyond the range of a float; {score.why}", score.parts, outcome="error")


def _call(name: str, reward: Reward, **params: object) -> str:
    """A call as it is written, without the parameters that have their default, given as (value, default)."""
    shown = [expression(reward)]
    for param, value in params.items():
        given, default = value if isinstance(value, tuple) else (value, None)
        if given != default:
            shown.append(f"{param}={expression(given)}")
    return f"{name}({', '.join(shown)})"
