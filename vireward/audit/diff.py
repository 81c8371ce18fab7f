"""Two rewards over the same completions → which rows change, and by how much in the units that training feels.

Example row: to `1.500.000`, for the gold 1500000, `numeric_match` gives 1.5 and a comparison of texts 0, which in a
group of eight is the advantage +1.19 and -0.65.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from vireward.audit.advantages import Row, Scheme, advantages
from vireward.audit.asking import Asking, asking
from vireward.audit.findings import FELT
from vireward.audit.trials import Columns, columns_of
from vireward.batch_function import from_trl
from vireward.errors import BadData, BadParameter
from vireward.group import PerGroup, within
from vireward.parameters import check_finite, check_rewards
from vireward.records import Sample, Score, expression, failure_of
from vireward.signatures import is_batch_function

NOTHING = 1e-6  # an advantage that is less is a rounded zero


@dataclass(frozen=True, slots=True)
class Logged:
    """A completion of a file, with its place in training.

    Attributes:
        number: The row of the file, from 1.
        sample: The completion as rewards see it.
        step: The trainer's step that it belongs to; those of one step are a batch.
    """

    number: int
    sample: Sample
    step: object = None


@dataclass(frozen=True, slots=True)
class Change:
    """What two rewards say of one completion.

    Attributes:
        row: The completion.
        scores: What each of the two gave it.
        advantages: The advantage that this is, of each.
    """

    row: Logged
    scores: tuple[Score, Score]
    advantages: tuple[float, float]

    @property
    def by(self) -> float:
        """How much the advantage changes."""
        return self.advantages[1] - self.advantages[0]

    @property
    def changed(self) -> bool:
        """Whether the advantage is another one, by as much as training feels."""
        return abs(self.by) > max(NOTHING, FELT * max(map(abs, self.advantages)))

    @property
    def revalued(self) -> bool:
        """Whether the reward is another number, or one of the two is none."""
        return self.scores[0].value != self.scores[1].value

    @property
    def turned(self) -> bool:
        """Whether the completion is pushed the other way: up instead of down, or down instead of up."""
        return min(self.advantages) < -NOTHING and max(self.advantages) > NOTHING


@dataclass(frozen=True, slots=True)
class Difference:
    """The two rewards over all completions.

    Attributes:
        rewards: The two, as the expressions that build them.
        scheme: How rewards become advantages.
        groups: How many groups of completions there are.
        rows: Every completion, in the order of the file.
    """

    rewards: tuple[str, str]
    scheme: Scheme
    groups: int
    rows: tuple[Change, ...]

    @property
    def changed(self) -> tuple[Change, ...]:
        """The rows whose advantage changes, those that change most first."""
        found = [row for row in self.rows if row.changed]
        return tuple(sorted(found, key=lambda row: (-abs(row.by), row.row.number)))

    @property
    def failures(self) -> tuple[list[Score], list[Score]]:
        """What each of the two failed on."""
        first, second = ([row.scores[place] for row in self.rows] for place in (0, 1))
        return [score for score in first if failure_of(score)], [score for score in second if failure_of(score)]

    @property
    def mean(self) -> float:
        """The mean change of an advantage, whatever its sign, over all rows."""
        return math.fsum(abs(row.by) for row in self.rows) / len(self.rows) if self.rows else 0.0


def diff(
    first: Callable[..., Any],
    second: Callable[..., Any],
    groups: Sequence[Sequence[Logged]],
    *,
    scheme: Scheme | None = None,
    seconds: float = 10.0,
) -> Difference:
    """Compare two rewards over the same completions.

    Args:
        first: A reward, or a reward function as TRL calls it.
        second: Another one, or another version.
        groups: The completions, those of one prompt together; groups of one step are a batch.
        scheme: How rewards become advantages; TRL's default without it.
        seconds: How long a reward may take for a group.

    Raises:
        BadParameter: one of the two is no reward.
        BadData: there is no completion, or groups of one batch differ in size where it counts.
    """
    scheme, rewards = scheme or Scheme(), [from_trl(one) if _is_trl(one) else one for one in (first, second)]
    check_rewards("diff", first=rewards[0], second=rewards[1])
    check_finite("diff", seconds=seconds)
    rows = [row for group in groups for row in group]
    if not rows:
        raise BadData("there is no completion to compare")
    told = [_told(reward, groups, scheme, float(seconds)) for reward in rewards]
    changes = [
        Change(row, (one[0], other[0]), (one[1], other[1]))
        for row, one, other in zip(rows, told[0], told[1], strict=True)
    ]
    changes.sort(key=lambda change: change.row.number)
    return Difference((expression(first), expression(second)), scheme, len(groups), tuple(changes))


def _is_trl(reward: object) -> bool:
    return not isinstance(reward, type) and is_batch_function(reward)


def _told(
    reward: Callable[..., Any], groups: Sequence[Sequence[Logged]], scheme: Scheme, seconds: float
) -> list[tuple[Score, float]]:
    """The score and the advantage of each completion, group by group."""
    columns = columns_of(reward)
    with asking(reward, seconds) as asked:
        scores = [_asked(asked, [row.sample for row in group]) for group in groups]
    gained = [gain for batch in _batches(groups, scores) for gain in _gains(batch, columns, scheme)]
    return list(zip((score for group in scores for score in group), gained, strict=True))


def _asked(asked: Asking, samples: Sequence[Sample]) -> list[Score]:
    """The scores of a group; where one of its completions takes too long, the others are asked for by themselves."""
    scores = asked.together(samples)
    late = all(failure_of(score) in ("timeout", "crashed") for score in scores) and len(scores) > 1
    grouped = any(isinstance(part, PerGroup) for part in within(asked.reward))
    return asked.singly(samples) if late and not grouped else scores


def _batches(groups: Sequence[Sequence[Logged]], scores: Sequence[list[Score]]) -> Iterator[list[list[Score]]]:
    """The scores by batch: those of groups that follow each other and are of one step."""
    paired = zip((group[0].step for group in groups), scores, strict=True)
    for _, batch in groupby(paired, key=lambda one: repr(one[0])):
        yield [found for _, found in batch]


def _gains(batch: Sequence[Sequence[Score]], columns: Columns, scheme: Scheme) -> list[float]:
    sizes = {len(group) for group in batch}
    if len(sizes) > 1 and scheme.name in ("batch", "gdpo"):
        told = f"groups of {' and '.join(map(str, sorted(sizes)))} completions in one batch"
        raise BadData(f"{told}, which cannot be normalised together; use the scheme group or none, or say --group-size")
    pieces = [batch] if len(sizes) == 1 else [[group] for group in batch]
    found = []
    for piece in pieces:
        table: list[Row] = [columns.row(score) for group in piece for score in group]
        found += advantages(table, group_size=len(piece[0]), weights=columns.weights, scheme=scheme)
    return found


def grouped(rows: Sequence[Logged], size: int | None = None) -> list[list[Logged]]:
    """Completions in groups: neighbours with one prompt and one step, or so many neighbours.

    Raises:
        BadParameter: the size is not above 1.
        BadData: the rows are no whole groups of that size; or without one, a prompt is missing, or no two neighbours
            have one prompt.
    """
    if size is None:
        if any(row.sample.prompt is None for row in rows):
            raise BadData("rows without a prompt make no groups; name it with --prompt-column, or say --group-size")
        runs = groupby(rows, key=lambda row: (row.sample.prompt, repr(row.step)))
        found = [list(run) for _, run in runs]
        if rows and all(len(group) == 1 for group in found):
            raise BadData("no two neighbouring rows have one prompt, so there are no groups; say --group-size")
        return found
    if size < 2:
        raise BadParameter(f"--group-size {size}: must be above 1; a group of one has no advantages")
    if len(rows) % size:
        raise BadData(f"--group-size {size}: {len(rows)} rows are no whole groups of it")
    return [list(rows[place : place + size]) for place in range(0, len(rows), size)]
