"""The parts of a composition as reward functions of their own, which TRL weighs and shows one by one."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vireward.adapters.trl import TrlReward
from vireward.adapters.trl_call import Call, Seconds, answered, call_of
from vireward.compose import Weighted
from vireward.errors import BadParameter
from vireward.records import Score, shown


@dataclass(frozen=True, slots=True)
class TrlPart:
    """One part of a weighted sum with the signature of TRL's `reward_funcs`; built by `to_trl_parts`.

    The whole is scored once for a batch, whichever of its parts the trainer calls first. Where the whole abstains or
    fails, all of its parts do: to TRL a None beside a number is a 0.
    """

    whole: TrlReward
    part: str
    weight: float

    @property
    def __name__(self) -> str:
        return self.part

    def __call__(
        self,
        /,  # so that a column may have any name
        prompts: Sequence[object] | None = None,
        completions: Sequence[object] = (),
        completion_ids: Sequence[Sequence[int]] | None = None,
        **given: Any,
    ) -> list[float | None]:
        """Score a batch: `len(completions)` values, each finite or None.

        Raises:
            BadParameter: as `TrlReward`.
            RewardFailed: as `TrlReward`.
        """
        return answered(self, call_of(self.whole.gold, prompts, completions, completion_ids, **given))[1]

    def answers(self, call: Call, seconds: Seconds | None = None) -> tuple[list[Score], list[float | None]]:
        """The part's score of each completion of a batch, in their order, and what the trainer gets for it.

        Args:
            call: The batch.
            seconds: Gets the time that each of them took, by the name of the part; all parts are scored with the first.

        Raises:
            BadParameter: as `TrlReward.scores`.
            RewardFailed: as `TrlReward.scores`.
        """
        wholes = _scored_once(self, call, seconds)
        scores = [self._score(whole) for whole in wholes]
        return scores, [self._value(whole, score) for whole, score in zip(wholes, scores, strict=True)]

    def _value(self, whole: Score, score: Score) -> float | None:
        """The part's value; where the whole has failed, its floor, which times the weight is never positive."""
        if whole.value is not None:
            return score.value
        floor = self.whole.value_of(whole)
        return -floor if floor is not None and self.weight < 0 else floor

    def _score(self, whole: Score) -> Score:
        part = whole.parts.get(self.part, whole)
        if whole.value is not None or part.value is None:
            return part
        left_out = f"{part.why}; left out, as another part has no value"
        return Score(None, left_out, part.parts, outcome=self.whole.failure(whole) or "abstained")


def to_trl_parts(whole: TrlReward) -> tuple[list[TrlPart], list[float]]:
    """A weighted sum as one reward function for each of its parts, and their weights for `reward_weights`.

    Raises:
        BadParameter: the reward is no `weighted` sum.
    """
    if not isinstance(whole.reward, Weighted):
        raise BadParameter(f"to_trl_parts({shown(whole.reward)}): only a weighted sum has parts with weights")
    terms = whole.reward.terms
    return [TrlPart(whole, name, weight) for name, weight, _ in terms], [weight for _, weight, _ in terms]


class _Latest(threading.local):
    whole: TrlReward | None = None
    completions: Sequence[object] | None = None
    scores: Sequence[Score] = ()
    parts: frozenset[str] = frozenset()  # that have asked for them


_latest = _Latest()


def _scored_once(one: TrlPart, call: Call, seconds: Seconds | None) -> Sequence[Score]:
    """The scores of a batch, which the trainer hands to all of its reward functions, one after the other.

    A part that asks again has another batch, even where it comes in the same list.
    """
    known = _latest.completions is call.completions and _latest.whole == one.whole
    if not known or one.part in _latest.parts:
        _latest.scores, _latest.parts = one.whole.scores(call, seconds), frozenset()
        _latest.whole, _latest.completions = one.whole, call.completions
    _latest.parts |= {one.part}
    return _latest.scores
