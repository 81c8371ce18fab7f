"""Rewards over all completions of one prompt → a reward like any other.

Example row: `per_group(Diversity(), size=8)` scores each of 8 completions by how much it differs from the other 7.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from types import MethodType
from typing import Any, TypeGuard

from vireward.columns import ScoresColumns
from vireward.errors import BadParameter, BadScore
from vireward.parameters import check_count, check_rewards
from vireward.records import Batch, GroupReward, Reward, Sample, Score, as_score, expression, shown
from vireward.signatures import check_scores, scored_by

ScoresGroup = GroupReward | Callable[..., Any]


@dataclass(frozen=True, slots=True)
class PerGroup:
    """What does a group reward say of a completion, beside the others of its prompt? Built by `per_group`."""

    reward: ScoresGroup
    size: int

    def __call__(self, sample: Sample, /) -> Score:
        """Score the sample's group; a sample of its own has none."""
        batch = sample.batch
        if batch is None:
            return Score(None, "the other completions of the prompt are not known")
        if batch.samples[sample.place] is not sample:
            return self._among_its_group(sample, batch)
        scores: list[Score] = batch.once(
            self.reward, self.size, lambda: [s for group in self.groups(batch) for s in self._scores(group)]
        )
        return scores[sample.place]

    def groups(self, batch: Batch) -> list[list[Sample]]:
        """The batch in groups: neighbours with one prompt, `size` of them each.

        Raises:
            BadParameter: the trainer has split a group, or its groups have another size.
        """
        runs: list[list[Sample]] = []
        for sample in batch.samples:
            if runs and runs[-1][-1].prompt == sample.prompt:
                runs[-1].append(sample)
            else:
                runs.append([sample])
        for run in runs:
            if len(run) % self.size:
                raise BadParameter(
                    f"per_group(size={self.size}): the trainer handed over {len(run)} completions of one prompt "
                    "together; size must be its number of generations, and each process must get whole groups"
                )
        return [run[i : i + self.size] for run in runs for i in range(0, len(run), self.size)]

    def _among_its_group(self, sample: Sample, batch: Batch) -> Score:
        """The score of a sample that another reward has changed on its way here, among the others as they are."""
        group = next(group for group in self.groups(batch) if group[0].place <= sample.place <= group[-1].place)
        place = sample.place - group[0].place
        return self._scores([*group[:place], sample, *group[place + 1 :]])[place]

    def _scores(self, group: Sequence[Sample]) -> list[Score]:
        score = self.reward.score_group if isinstance(self.reward, GroupReward) else self.reward
        results = score(group)
        if not isinstance(results, Iterable):
            raise BadScore(
                f"{shown(self.reward)}: gave {shown(results)} for a group, not one score for each completion"
            )
        scores = [as_score(result) for result in results]
        if len(scores) != len(group):
            raise BadScore(f"{shown(self.reward)}: gave {len(scores)} scores for a group of {len(group)}")
        return scores

    def __repr__(self) -> str:
        return f"per_group({expression(self.reward)}, size={self.size!r})"


def per_group(reward: ScoresGroup, *, size: int) -> PerGroup:
    """A reward over all completions of one prompt, made usable where a reward is.

    Completions of one prompt are neighbours in a batch. A trainer that hands over part of a group is refused at its
    first batch; a sample that comes alone is abstained on.

    Args:
        reward: Scores a group: an object with `score_group(samples)`, or a plain function of the samples, that gives
            one score for each in their order.
        size: How many completions the trainer samples for a prompt; TRL's `num_generations`.

    Raises:
        BadParameter: `reward` scores no group, or `size` is not above 1.
    """
    given = f"per_group(reward={shown(reward)})"
    if isinstance(reward, type):
        raise BadParameter(f"{given}: must be a group reward, not a class; write {reward.__name__}(...)")
    if not (isinstance(reward, GroupReward) or callable(reward)):
        raise BadParameter(f"{given}: must have score_group(samples), or be a function of the samples")
    score = reward.score_group if isinstance(reward, GroupReward) else reward
    if scored_by(score) in ("sample", "completions"):
        raise BadParameter(f"{given}: scores no group, so it goes without per_group")
    check_scores(given, score, "samples")
    check_count("per_group", size=size)
    if size == 1:
        raise BadParameter("per_group(size=1): must be above 1; a group of one has nothing to compare")
    return PerGroup(reward, size)


def within(reward: object) -> Iterator[object]:
    """A reward and everything that it is made of, outermost first; what stands in it twice comes once."""
    waiting, seen = [reward], dict[int, object]()  # by identity: what a reward holds may hold it in turn
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen[id(part)] = part
            yield part
            waiting += reversed(_held(part))


def _held(part: object) -> list[object]:
    """What a value holds; the text of a function is not looked into."""
    if isinstance(part, tuple | list):
        return list(part)
    if isinstance(part, Mapping):
        return list(part.values())
    if isinstance(part, partial):
        return [part.func, *part.args, *part.keywords.values()]
    if isinstance(part, MethodType):
        return [part.__self__]
    if is_dataclass(part) and not isinstance(part, type):
        return [getattr(part, one.name, None) for one in fields(part)]
    return list(getattr(part, "__dict__", {}).values()) if callable(part) and not isinstance(part, type) else []


def score_batch(reward: Reward, samples: Sequence[Sample]) -> list[Score]:
    """Score samples that belong together: one score for each, in their order, as a trainer's batch gets them.

    Raises:
        BadParameter: it is no reward, or needs groups that the samples do not make up.
        BadScore: the reward gave something that is no score.
    """
    check_rewards("score_batch", reward=reward)
    batch = Batch(samples)
    check_groups(reward, batch)
    return [as_score(reward(sample)) for sample in batch.samples]


def scores_columns(reward: object) -> TypeGuard[ScoresColumns]:
    """Whether a reward and all rewards in it can score a batch at once, without reasons."""
    return all(isinstance(part, ScoresColumns) for part in within(reward) if callable(part))


def check_groups(reward: object, batch: Batch) -> None:
    """Check that a batch has the whole groups that a reward needs.

    Raises:
        BadParameter: a group is split, or its size is not that of `per_group`.
    """
    for part in within(reward):
        if isinstance(part, PerGroup):
            part.groups(batch)


def check_pointwise(owner: str, reward: object) -> None:
    """Check that a reward can be used where a trainer hands over one completion at a time.

    Raises:
        BadParameter: a part of it needs the other completions of the prompt.
    """
    part = next((part for part in within(reward) if isinstance(part, PerGroup)), None)
    if part is not None:
        raise BadParameter(
            f"{owner}({shown(part)}): needs whole groups, and this trainer hands over single completions"
        )
