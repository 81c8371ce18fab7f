"""Rewards as verl calls them: one completion a call, by keyword, a dictionary of what to train on and what to log.

verl takes the keys of a batch from its first sample and the others' values for these keys, so that every sample of a
reward has to have the same ones. A score has to be a number: what an abstention counts as is said in `to_verl`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral

from vireward.adapters.pointwise import as_numbers, check_substitutes
from vireward.adapters.trl import OnError, TrlReward, checked_on_error
from vireward.errors import BadParameter
from vireward.group import check_pointwise
from vireward.parameters import check_column, check_rewards
from vireward.records import Reward
from vireward.registry import reward_name

WHY_LENGTH = 400  # characters; NumPy stores every text of a batch as wide as its longest


@dataclass(frozen=True, slots=True)
class VerlReward:
    """A reward with the signature of verl's `compute_score`; built by `to_verl`.

    Of every completion it gives, under the same keys, `score`; `abstained` and `failed`, each 0.0 or 1.0; the value of
    each part of a composition as `NAME/PART`; and the reason as `why`.
    """

    reward: Reward
    gold: str | None = "ground_truth"
    prompt: str | None = "raw_prompt"
    abstained: float = 0.0
    failed: float | None = None
    on_error: OnError = "abstain"

    @property
    def __name__(self) -> str:
        return reward_name(self.reward)

    def __call__(
        self,
        data_source: object,
        solution_str: object,
        ground_truth: object,
        extra_info: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> dict[str, float | str]:
        """Score one completion.

        Raises:
            BadParameter: the gold is to be read from a key that `extra_info` does not have.
            RewardFailed: the reward raised and `on_error` is `raise`.
        """
        extra = kwargs | dict(extra_info or {})
        row = extra | {"data_source": _plain(data_source), "ground_truth": _plain(ground_truth)}
        if self.gold is not None and self.gold not in row:
            raise BadParameter(f"to_verl(gold={self.gold!r}): no such key in extra_info, there are {sorted(row)}")
        prompt = None if self.prompt is None else _plain(extra.get(self.prompt))
        step = extra.get("global_steps")
        score = TrlReward(self.reward, self.gold, self.on_error).score(
            row | {"completion": solution_str, "prompt": prompt}, int(step) if isinstance(step, Integral) else None
        )
        counted = as_numbers(self.reward, score, self.abstained, self.failed)
        return {**counted, "why": score.why[:WHY_LENGTH]}


def to_verl(
    reward: Reward,
    *,
    gold: str | None = "ground_truth",
    prompt: str | None = "raw_prompt",
    abstained: float = 0.0,
    failed: float | None = None,
    on_error: str = "abstain",
) -> VerlReward:
    """Make a reward usable as verl's `reward.custom_reward_function`.

    A sample's columns are `data_source`, the keys of `extra_info` and verl's `reward_kwargs`. Its prompt and its step,
    verl's `global_steps`, are known where the reward manager hands them over, as `naive` does; its length never is.

    Args:
        reward: Any reward of single completions, also a plain function of a sample.
        gold: Where the gold stands: `ground_truth`, or a key of `extra_info`; None when the reward needs none.
        prompt: The key of `extra_info` that holds the prompt, as text or chat messages; None when there is none.
        abstained: The score where the reward has nothing to say. verl has no such score and needs a number. An unusable
            gold makes all completions of a prompt abstain, and equal scores have no advantage, whatever they are.
        failed: The score where the reward raised or ran out of time; None for the same as `abstained`.
        on_error: What a reward that raises does: `abstain` counts the completion as `failed`, `raise` ends the run.

    Returns:
        A picklable callable with a `__name__`.

    Raises:
        BadParameter: the reward is none or needs whole groups, a key is no text, a number is not finite, or `on_error`
            is unknown.
    """
    check_rewards("to_verl", reward=reward)
    check_pointwise("to_verl", reward)
    check_column("to_verl", gold=gold, prompt=prompt)
    check_substitutes("to_verl", abstained, failed)
    return VerlReward(reward, gold, prompt, abstained, failed, checked_on_error("to_verl", on_error))


def _plain(value: object) -> object:
    """A value as Python has it; rows read from Parquet may hold arrays and scalars of NumPy."""
    return value.tolist() if hasattr(value, "tolist") else value
