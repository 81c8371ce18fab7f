"""Reward → reward: compositions take rewards and give a reward."""

import keyword
import math
import unicodedata
from dataclasses import dataclass
from typing import Literal

from vireward.errors import BadParameter, BadScore
from vireward.parameters import check_finite
from vireward.records import Reward, Sample, Score, as_score

Missing = Literal["abstain", "skip"]
_MISSING: tuple[Missing, ...] = ("abstain", "skip")


@dataclass(frozen=True, slots=True)
class Weighted:
    """What is the weighted sum of the parts? Built by `weighted`."""

    terms: tuple[tuple[str, float, Reward], ...]
    missing: Missing = "abstain"

    def __call__(self, sample: Sample, /) -> Score:
        """Score every part, and add up."""
        parts = {name: as_score(reward(sample)) for name, _, reward in self.terms}
        why = "; ".join(f"{name}: {part.why}" for name, part in parts.items())
        values = [w * value for name, w, _ in self.terms if (value := parts[name].value) is not None]
        if not values or (self.missing == "abstain" and len(values) < len(parts)):
            return Score(None, why, parts)
        try:
            # fsum rounds once, so the order of the terms cannot change the sum.
            return Score(math.fsum(values), why, parts)
        except (OverflowError, BadScore):
            return Score(None, f"the sum is beyond the range of a float; {why}", parts, outcome="error")

    def __repr__(self) -> str:
        policy = [] if self.missing == "abstain" else [f"missing={self.missing!r}"]
        return f"weighted({', '.join(policy + [_shown_term(*term) for term in self.terms])})"


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
    # A class can be called with a sample too, and would fail only in the middle of a run.
    if not isinstance(term, tuple) or len(term) != 2 or not callable(term[1]) or isinstance(term[1], type):
        raise BadParameter(f"weighted({name}={term!r:.60}): must be (weight, reward)")
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
    term = f"({weight!r}, {reward!r})"
    # Python reads an identifier in NFKC, so another form of it has to stand in quotes to stay as it is.
    plain = name.isidentifier() and not keyword.iskeyword(name) and unicodedata.is_normalized("NFKC", name)
    return f"{name}={term}" if plain else f"**{{{name!r}: {term}}}"
