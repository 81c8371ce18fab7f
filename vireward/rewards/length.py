"""Rewards that look at how long a completion is, in tokens of the policy's tokenizer."""

import math
from dataclasses import dataclass, replace

from vireward.errors import BadParameter
from vireward.parameters import check_count, check_finite, check_rewards, check_whole
from vireward.records import Reward, Sample, Score, as_score
from vireward.registry import register

LENGTH_UNKNOWN = "length unknown"


@register("overlong")
@dataclass(frozen=True, slots=True)
class Overlong:
    """How close does the completion come to the generation limit?

    0 up to `limit - margin` tokens, then falling linearly to -1 at `limit`, and -1 beyond.
    Abstains when the trainer did not say how long the completion is.

    Args:
        limit: Longest completion the trainer samples, in tokens of the policy's tokenizer.
        margin: How far before the limit the penalty starts, in tokens.

    Returns:
        A value in [-1, 0], or None without a length.

    Raises:
        BadParameter: unless both are whole numbers and 0 < margin <= limit.

    Source: DAPO, soft overlong punishment, eq. 13 (https://arxiv.org/abs/2503.14476).
    """

    limit: int
    margin: int

    def __post_init__(self) -> None:
        check_whole("Overlong", limit=self.limit, margin=self.margin)
        if not 0 < self.margin <= self.limit:
            raise BadParameter(f"Overlong: need 0 < margin <= limit, got limit={self.limit}, margin={self.margin}")

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        if sample.tokens is None:
            return Score(None, LENGTH_UNKNOWN)
        over = sample.tokens - (self.limit - self.margin)
        # Clamped before the division, so that no length is beyond the range of a float and 0 has no sign.
        return Score(-min(max(over, 0), self.margin) / self.margin, f"{sample.tokens} of {self.limit} tokens")


@register("cosine_length")
@dataclass(frozen=True, slots=True)
class CosineLength:
    """Is the completion as long as its answer deserves?

    A right answer is worth most when it is short, a wrong one least, so that the policy thinks longer where it fails:
    between length 0 and `limit` the value goes from the `…_short` to the `…_long` score along half a cosine,
    `long + (short - long) · (1 + cos(π · tokens / limit)) / 2`. From `limit` tokens on it is `exceeded`, right or
    wrong: a completion that fills the limit was cut off. Whether the answer is right is asked of another reward.
    Abstains when the trainer did not say how long the completion is, and where `correct` abstains.

    Args:
        limit: Longest completion the trainer samples, in tokens of the policy's tokenizer.
        correct: The reward that tells a right answer, by a value above 0.
        right_short: Score of a right answer at length 0.
        right_long: Score of a right answer just before the limit.
        wrong_short: Score of a wrong answer at length 0.
        wrong_long: Score of a wrong answer just before the limit.
        exceeded: Score from the limit on.

    Returns:
        A value between the least and the greatest of the five scores, by default in [-10, 2], or None.

    Raises:
        BadParameter: `limit` is no whole number above 0, `correct` no reward, or a score not finite.

    Source: "Demystifying Long Chain-of-Thought Reasoning in LLMs", cosine reward (https://arxiv.org/abs/2502.03373),
    without its repetition penalty, which is `Repetition`. The defaults are those of the authors' training scripts
    (https://github.com/eddycmu/demystify-long-cot), whose code is stricter: it takes 16 tokens off the limit.
    """

    limit: int
    correct: Reward
    right_short: float = 2.0
    right_long: float = 1.0
    wrong_short: float = -10.0
    wrong_long: float = 0.0
    exceeded: float = -10.0

    def __post_init__(self) -> None:
        check_count("CosineLength", limit=self.limit)
        check_rewards("CosineLength", correct=self.correct)
        check_finite("CosineLength", right_short=self.right_short, right_long=self.right_long)
        check_finite("CosineLength", wrong_short=self.wrong_short, wrong_long=self.wrong_long, exceeded=self.exceeded)

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        if sample.tokens is None:
            return Score(None, LENGTH_UNKNOWN)
        told = as_score(self.correct(sample))
        if told.value is None:
            return replace(told, why=f"correct: {told.why}")
        verdict = "right" if told.value > 0 else "wrong"
        why = f"{verdict} in {sample.tokens} of {self.limit} tokens; correct: {told.why}"
        if sample.tokens >= self.limit:
            return Score(self.exceeded, why, {"correct": told})
        ends = (self.right_short, self.right_long) if told.value > 0 else (self.wrong_short, self.wrong_long)
        return Score(half_cosine(max(sample.tokens, 0) / self.limit, *ends), why, {"correct": told})


def half_cosine(way: float, start: float, end: float) -> float:
    """A value between two ends, along half a cosine; `way` in [0, 1] says how far.

    >>> half_cosine(0.0, 2.0, 1.0), half_cosine(0.5, 2.0, 1.0), half_cosine(1.0, 2.0, 1.0)
    (2.0, 1.5, 1.0)
    """
    share = (1.0 + math.cos(math.pi * way)) / 2.0
    # Weighted, since the difference of the ends may be beyond a float; clamped, since a weighted mean rounds.
    return min(max(share * start + (1.0 - share) * end, min(start, end)), max(start, end))
