"""Rewards that look at all completions of one prompt; `per_group` makes a reward for a trainer of them.

Example row: of the completions `ta có ba`, `ta có ba` and `mẹ cho em` the first two are 0.5 diverse, the third 1.0.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from vireward.parameters import check_count, check_finite, check_rewards
from vireward.records import Reward, Sample, Score, as_score
from vireward.registry import register
from vireward.rewards.length import LENGTH_UNKNOWN
from vireward.spelling import folded

_OTHERS_UNKNOWN = "the length of another completion of the prompt is unknown"


@register("diversity")
@dataclass(frozen=True, slots=True)
class Diversity:
    """How much does a completion differ from the others of its prompt?

    1 less the mean, over its distinct runs of `n` words, of the share of the other completions that have the run too:
    0.0 for one that all others repeat, 1.0 for one that shares no run. A word (a Vietnamese syllable) is what stands
    between white space or punctuation, in any case and Unicode form, as in `Repetition`. A completion of fewer words is
    one run; one without words is 0.0, as it adds nothing. Needs no gold. A group of one abstains.

    It does not ask whether a completion makes sense: put it behind a `gate`, or give it a small weight.

    Args:
        n: Length of a run, in words.

    Returns:
        For each completion a value in [0, 1], or None in a group of one.

    Raises:
        BadParameter: unless `n` is a whole number above 0.

    Source: the question is that of Self-BLEU (https://arxiv.org/abs/1802.01886); the answer here is a plain share.
    """

    n: int = 3

    def __post_init__(self) -> None:
        check_count("Diversity", n=self.n)

    def score_group(self, samples: Sequence[Sample], /) -> list[Score]:
        """Score the completions of one prompt."""
        if len(samples) < 2:
            return [Score(None, "no other completion of the prompt") for _ in samples]
        texts = [re.findall(r"[^\W_]+", folded(sample.completion)) for sample in samples]
        rows = _runs(texts, self.n)
        counts = Counter(run for row in rows for run in set(row))
        return [self._scored(words, row, counts, len(rows) - 1) for words, row in zip(texts, rows, strict=True)]

    def _scored(self, words: Sequence[str], row: Sequence[Hashable], counts: Counter[Hashable], others: int) -> Score:
        repeats = {run: counts[run] - 1 for run in row}
        if not repeats:
            return Score(0.0, "no words")
        most = max(repeats, key=repeats.__getitem__)
        kind = f"distinct runs of {min(self.n, len(words))} words"
        if not repeats[most]:
            return Score(1.0, f"none of its {len(repeats)} {kind} stands in another completion")
        # Counted in whole numbers, and divided once, so that the order of the group cannot change the value.
        value = 1.0 - sum(repeats.values()) / (len(repeats) * others)
        shared = sum(1 for times in repeats.values() if times)
        start = row.index(most)
        shown = " ".join(words[start : start + min(self.n, 60)])
        why = f"{shared} of its {len(repeats)} {kind} stand in others, {shown!r:.60} in {repeats[most]} of {others}"
        return Score(value, why)


@register("relative_length")
@dataclass(frozen=True, slots=True)
class RelativeLength:
    """Is the completion short among those of its prompt?

    `λ = 0.5 - (tokens - shortest) / (longest - shortest)` where the answer is right, and min(0, λ) where it is wrong,
    so that of the right answers the shorter are better, and a wrong one gains nothing by being short. 0.0 for all when
    they are equally long. Whether an answer is right is asked of another reward. The whole group abstains where one
    length is unknown or `correct` abstains on one completion, since all are measured against each other.

    Args:
        correct: The reward that tells a right answer, by its value.
        above: What its value is above for a right answer.

    Returns:
        For each completion a value in [-0.5, 0.5], or None.

    Raises:
        BadParameter: `correct` is no reward, or `above` is not finite.

    Source: Kimi k1.5, length penalty, section 2.3.3 (https://arxiv.org/abs/2501.12599). The report adds it with a
    weight, and not from the first step on: `weighted` and `schedule` do.
    """

    correct: Reward
    above: float = 0.0

    def __post_init__(self) -> None:
        check_rewards("RelativeLength", correct=self.correct)
        check_finite("RelativeLength", above=self.above)

    def score_group(self, samples: Sequence[Sample], /) -> list[Score]:
        """Score the completions of one prompt."""
        lengths = [sample.tokens for sample in samples if sample.tokens is not None]
        if len(lengths) < len(samples):
            return [Score(None, LENGTH_UNKNOWN if s.tokens is None else _OTHERS_UNKNOWN) for s in samples]
        verdicts = [as_score(self.correct(sample)) for sample in samples]
        if any(told.value is None for told in verdicts):
            return [_abstained(told) for told in verdicts]
        ends = (min(lengths, default=0), max(lengths, default=0))
        return [self._scored(told, tokens, *ends) for told, tokens in zip(verdicts, lengths, strict=True)]

    def _scored(self, told: Score, tokens: int, shortest: int, longest: int) -> Score:
        right = told.value is not None and told.value > self.above
        value = 0.5 - (tokens - shortest) / (longest - shortest) if longest > shortest else 0.0
        why = f"{'right' if right else 'wrong'} in {tokens} tokens, of {shortest} to {longest}; correct: {told.why}"
        return Score(value if right else min(value, 0.0), why, {"correct": told})


def _abstained(told: Score) -> Score:
    """The score of a completion in a group on one of whose completions `correct` abstains."""
    if told.value is None:
        return replace(told, why=f"correct: {told.why}")
    return Score(None, "correct: abstains on another completion of the prompt", {"correct": told})


def _runs(texts: Iterable[Sequence[str]], n: int) -> list[Sequence[Hashable]]:
    """The runs of n words of each text, equal where their words are; a shorter text is one run, unless it is empty.

    They are numbers, each made of two overlapping shorter runs, so that the time is linear in the texts for any n.
    """
    rows: list[Sequence[Hashable]] = list(texts)
    short = [[tuple(row)] if 0 < len(row) < n else None for row in rows]
    width = 1
    while width < n:
        step = min(width, n - width)
        seen: dict[Hashable, int] = {}
        rows = [[seen.setdefault(pair, len(seen)) for pair in zip(row, row[step:], strict=False)] for row in rows]
        width += step
    return [one or row for one, row in zip(short, rows, strict=True)]
