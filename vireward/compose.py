"""Several rewards → one reward: a weighted sum, the first that says something, a vote, or one for each kind of row."""

import keyword
import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Literal, cast

from vireward.columns import Columns, ScoresColumns
from vireward.errors import BadParameter
from vireward.parameters import check_finite, check_rewards
from vireward.records import GroupReward, Reward, Sample, Score, as_score, expression

Missing = Literal["abstain", "skip"]
_MISSING: tuple[Missing, ...] = ("abstain", "skip")


@dataclass(frozen=True, slots=True)
class Weighted:
    """What is the weighted sum of the parts? Built by `weighted`."""

    terms: tuple[tuple[str, float, Reward], ...]
    missing: Missing = "abstain"

    def __call__(self, sample: Sample, /) -> Score:
        """Score every part, and add up."""
        return self.total({name: as_score(reward(sample)) for name, _, reward in self.terms})

    def total(self, parts: Mapping[str, Score]) -> Score:
        """The score of the whole, from that of each part."""
        why = "; ".join(f"{name}: {part.why}" for name, part in parts.items())
        values = [w * value for name, w, _ in self.terms if (value := parts[name].value) is not None]
        if not values or (self.missing == "abstain" and len(values) < len(parts)):
            return Score(None, why, parts)
        try:
            # fsum rounds once, so the order of the terms cannot change the sum.
            return Score(math.fsum(values), why, parts)
        except (OverflowError, ValueError):  # products of both infinite signs have no sum
            return Score(None, f"the sum is beyond the range of a float; {why}", parts, outcome="error")

    def values(self, columns: Columns, /) -> list[float | None]:
        """The values of a batch, where all parts can give them."""
        weights = [weight for _, weight, _ in self.terms]
        rows = list(zip(*(cast(ScoresColumns, reward).values(columns) for _, _, reward in self.terms), strict=True))
        sums = {row: _sum(weights, row, self.missing) for row in set(rows)}  # few rewards have many values
        return [sums[row] for row in rows]

    def __repr__(self) -> str:
        policy = [] if self.missing == "abstain" else [f"missing={self.missing!r}"]
        return f"weighted({', '.join(policy + [_shown_term(*term) for term in self.terms])})"


def _sum(weights: Sequence[float], values: Sequence[float | None], missing: Missing) -> float | None:
    """The weighted sum of the values that are there; None where that is not defined or no float."""
    if None in values:
        known = [(w, value) for w, value in zip(weights, values, strict=True) if value is not None]
        if missing == "abstain" or not known:
            return None
        weights, values = zip(*known, strict=True)
    try:
        total = math.fsum(map(mul, weights, values))
    except (OverflowError, ValueError):
        return None
    return total if math.isfinite(total) else None


def weighted(*, missing: str = "abstain", **terms: tuple[float, Reward]) -> Weighted:
    """Add rewards up, each with a weight; the names in the call are the names in the log.

    A part that is itself `weighted`, with the same `missing`, is flattened: its parts are named `outer/inner`.

    Args:
        missing: What a part that abstains does: `abstain` makes the whole abstain, because a sum with a missing part is
            not defined; `skip` adds up what is there.
        **terms: For each name a weight and a reward.

    Returns:
        A reward with the value Σ weight · value, whose score has the parts.

    Raises:
        BadParameter: no terms, two of one name, a term that is no (weight, reward), a weight that is not finite, or an
            unknown `missing`.
    """
    policy = next((known for known in _MISSING if known == missing), None)
    if policy is None:
        raise BadParameter(f"weighted(missing={missing!r}): must be one of {', '.join(_MISSING)}")
    if not terms:
        raise BadParameter("weighted(): needs at least one name=(weight, reward)")
    flat: list[tuple[str, float, Reward]] = []
    for name, term in terms.items():
        weight, reward = _checked_term(name, term)
        if isinstance(reward, Weighted) and reward.missing == policy:
            flat += [(f"{name}/{inner}", weight * w, r) for inner, w, r in reward.terms]
        else:
            flat.append((name, weight, reward))
    _check_flat(flat)
    return Weighted(tuple(flat), policy)


def _checked_term(name: str, term: object) -> tuple[float, Reward]:
    if not isinstance(term, tuple) or len(term) != 2 or not (callable(term[1]) or isinstance(term[1], GroupReward)):
        raise BadParameter(f"weighted({name}={term!r:.60}): must be (weight, reward)")
    check_rewards("weighted", **{name: term[1]})
    check_finite("weighted", **{name: term[0]})
    return float(term[0]), term[1]


def _check_flat(terms: list[tuple[str, float, Reward]]) -> None:
    """What only flattening can break: two parts of one name, and a product of weights beyond the largest float."""
    names = [name for name, _, _ in terms]
    for name, weight, _ in terms:
        check_finite("weighted", **{name: weight})
        if names.count(name) > 1:
            raise BadParameter(f"weighted({name}=...): two parts would have this name; rename one of them")


def _shown_term(name: str, weight: float, reward: Reward) -> str:
    """A term as it is written in a call; a flattened name such as `shape/tags` is no keyword of its own."""
    return _shown_keyword(name, f"({weight!r}, {expression(reward)})")


def _shown_keyword(name: str, term: str) -> str:
    # Python reads an identifier in NFKC, so another form of it has to stand in quotes to stay as it is.
    plain = name.isidentifier() and not keyword.iskeyword(name) and unicodedata.is_normalized("NFKC", name)
    return f"{name}={term}" if plain else f"**{{{name!r}: {term}}}"


@dataclass(frozen=True, slots=True)
class FirstOf:
    """What does the first reward say that says something? Built by `first_of`."""

    rewards: tuple[Reward, ...]

    def __call__(self, sample: Sample, /) -> Score:
        """Ask one reward after the other until one has a value; the last one's abstention stands."""
        score = Score(None, "no reward was asked")
        for reward in self.rewards:
            score = as_score(reward(sample))
            if score.value is not None:
                break
        return score

    def __repr__(self) -> str:
        return f"first_of({', '.join(map(expression, self.rewards))})"


def first_of(*rewards: Reward) -> Reward:
    """The first of some rewards that does not abstain; a `first_of` among them is flattened, a single one is itself.

    Raises:
        BadParameter: there is none, or one is no reward.
    """
    check_rewards("first_of", **{str(i): reward for i, reward in enumerate(rewards)})
    flat = tuple(one for reward in rewards for one in (reward.rewards if isinstance(reward, FirstOf) else (reward,)))
    if not flat:
        raise BadParameter("first_of(): needs at least one reward")
    return flat[0] if len(flat) == 1 else FirstOf(flat)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Do all rewards say yes? Built by `all_of`."""

    rewards: tuple[tuple[str, Reward], ...]
    above: float = 0.0

    def __call__(self, sample: Sample, /) -> Score:
        """Score every part; 1.0 if all are above the bound, else 0.0."""
        return _voted(self.rewards, sample, self.above, all)

    def __repr__(self) -> str:
        return _shown_vote("all_of", self.rewards, self.above)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Does any reward say yes? Built by `any_of`."""

    rewards: tuple[tuple[str, Reward], ...]
    above: float = 0.0

    def __call__(self, sample: Sample, /) -> Score:
        """Score every part; 1.0 if one is above the bound, else 0.0."""
        return _voted(self.rewards, sample, self.above, any)

    def __repr__(self) -> str:
        return _shown_vote("any_of", self.rewards, self.above)


def all_of(*, above: float = 0.0, **rewards: Reward) -> AllOf:
    """1.0 where the values of all rewards are above a bound, else 0.0; abstains where one of them does.

    Raises:
        BadParameter: there is none, one is no reward, or the bound is not finite.
    """
    return AllOf(_checked_votes("all_of", rewards, above), float(above))


def any_of(*, above: float = 0.0, **rewards: Reward) -> AnyOf:
    """1.0 where the value of a reward is above a bound, else 0.0; abstains where one of them does.

    Raises:
        BadParameter: there is none, one is no reward, or the bound is not finite.
    """
    return AnyOf(_checked_votes("any_of", rewards, above), float(above))


def _checked_votes(owner: str, rewards: Mapping[str, Reward], above: float) -> tuple[tuple[str, Reward], ...]:
    check_finite(owner, above=above)
    check_rewards(owner, **rewards)
    if not rewards:
        raise BadParameter(f"{owner}(): needs at least one name=reward")
    return tuple(rewards.items())


def _voted(
    rewards: tuple[tuple[str, Reward], ...], sample: Sample, above: float, decide: Callable[[Iterable[bool]], bool]
) -> Score:
    parts = {name: as_score(reward(sample)) for name, reward in rewards}
    why = "; ".join(f"{name}: {part.why}" for name, part in parts.items())
    values = [part.value for part in parts.values() if part.value is not None]
    if len(values) < len(parts):
        return Score(None, why, parts)
    return Score(float(decide(value > above for value in values)), why, parts)


def _shown_vote(owner: str, rewards: tuple[tuple[str, Reward], ...], above: float) -> str:
    bound = [] if above == 0.0 else [f"above={above!r}"]
    return f"{owner}({', '.join(bound + [_shown_keyword(name, expression(reward)) for name, reward in rewards])})"


@dataclass(frozen=True, slots=True)
class ByColumn:
    """What does the reward say that the row names? Built by `by_column`."""

    column: str
    rewards: tuple[tuple[str, Reward], ...]
    otherwise: Reward | None = None

    def __call__(self, sample: Sample, /) -> Score:
        """Score with the reward for the value in the column; abstain where there is none for it."""
        value = sample.columns.get(self.column)
        reward = next((reward for known, reward in self.rewards if known == value), self.otherwise)
        if reward is None:
            return Score(None, f"no reward for {self.column}={value!r:.40}")
        return as_score(reward(sample))

    def __repr__(self) -> str:
        rest = "" if self.otherwise is None else f", otherwise={expression(self.otherwise)}"
        rewards = ", ".join(f"{value!r}: {expression(reward)}" for value, reward in self.rewards)
        return f"by_column({self.column!r}, {{{rewards}}}{rest})"


def by_column(column: str, rewards: Mapping[str, Reward], *, otherwise: Reward | None = None) -> ByColumn:
    """Another reward for each row, by the text in a column of the data set, such as `type` or `subject`.

    Args:
        column: The name of the column.
        rewards: The reward for each text in it.
        otherwise: The reward for every other row; without it those abstain, with all completions of their group.

    Raises:
        BadParameter: there is no reward, or one of them is none.
    """
    if not isinstance(column, str) or not rewards or not all(isinstance(value, str) for value in rewards):
        raise BadParameter(f"by_column({column!r}, ...): needs the name of a column and rewards for texts in it")
    check_rewards("by_column", **rewards, **({} if otherwise is None else {"otherwise": otherwise}))
    return ByColumn(column, tuple(rewards.items()), otherwise)
