"""The advantage of each completion of a batch, as TRL's GRPO trainer works it out of what the reward functions gave.

Example row (one reward function, a group of four, rewards 1 0 0 0, scaled by the group):

    1.49985 -0.49995 -0.49995 -0.49995

Source: `GRPOTrainer._generate_and_score_completions` of TRL 1.16; a test compares with what a trainer logs.
"""

import math
from collections.abc import Iterable, Sequence
from ctypes import c_float
from dataclasses import dataclass
from typing import Literal, get_args

from vireward.errors import BadParameter, nearest

Aggregation = Literal["sum_then_normalize", "normalize_then_sum"]
Scale = Literal["group", "batch", "none"]
Row = Sequence[float | None]  # what each reward function gave one completion

EPSILON = 1e-4  # TRL adds it to a standard deviation before dividing by it
LARGEST = 2.0**128 - 2.0**104  # of 32 bits; it stands for what is infinite
NAN = math.nan


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a trainer turns rewards into advantages: `multi_objective_aggregation` and `scale_rewards` of TRL.

    Args:
        aggregation: `sum_then_normalize`, or `normalize_then_sum` (GDPO), which does not look at `scale`.
        scale: Whose standard deviation the sums are divided by: that of the `group`, of the `batch`, or `none`.

    Raises:
        BadParameter: one of them is unknown.
    """

    aggregation: Aggregation = "sum_then_normalize"
    scale: Scale = "group"

    def __post_init__(self) -> None:
        for name, value, known in (
            ("aggregation", self.aggregation, get_args(Aggregation)),
            ("scale", self.scale, get_args(Scale)),
        ):
            if value not in known:
                raise BadParameter(f"Scheme({name}={value!r}): no such {name}; {nearest(str(value), known)}")

    @property
    def name(self) -> str:
        """How it is called in a report: `group`, `batch`, `none` or `gdpo`."""
        return "gdpo" if self.aggregation == "normalize_then_sum" else self.scale


GDPO = Scheme("normalize_then_sum")
SCHEMES = (Scheme(), Scheme(scale="batch"), Scheme(scale="none"), GDPO)


def advantages(
    rewards: Sequence[Row], *, group_size: int, weights: Sequence[float] | None = None, scheme: Scheme | None = None
) -> list[float]:
    """The advantage of each completion.

    A None beside a number counts as 0; a completion that no function scored is left out of mean and standard deviation,
    and has the advantage 0. Values are held in 32 bits, as by the trainer: one beyond them makes its group 0.

    Args:
        rewards: For each completion of a batch what each reward function gave it; completions of one prompt are
            neighbours.
        group_size: How many completions a prompt has; the trainer's `num_generations`.
        weights: One for each function; by default 1.
        scheme: How rewards are put together; TRL's default without it.

    Raises:
        BadParameter: the batch is no whole groups, or rows and weights do not fit each other.
    """
    scheme = scheme or Scheme()
    table = [[NAN if value is None else single(value) for value in row] for row in rewards]
    weights = [1.0] * len(table[0] if table else ()) if weights is None else weights
    _check(table, group_size, weights)
    told = _normalised_first if scheme.aggregation == "normalize_then_sum" else _summed_first
    found = told(table, group_size, weights, scheme.scale)
    return [0.0 if math.isnan(value) else min(max(single(value), -LARGEST), LARGEST) for value in found]


def single(value: float) -> float:
    """A number as 32 bits hold it."""
    return c_float(value).value


def _check(table: Sequence[Sequence[float]], group_size: int, weights: Sequence[float]) -> None:
    if group_size < 1 or len(table) % group_size:
        raise BadParameter(f"advantages(group_size={group_size!r}): {len(table)} completions are no whole groups of it")
    for row in table:
        if len(row) != len(weights):
            raise BadParameter(f"advantages(...): {len(row)} rewards of a completion for {len(weights)} weights")


def _summed_first(table: list[list[float]], size: int, weights: Sequence[float], scale: Scale) -> list[float]:
    sums = _sums(table, weights, _unscored(table))
    of_batch = _spread(sums) if len(sums) > 1 else 0.0
    found = []
    for group in _groups(sums, size):
        mean, spread = _mean(group), of_batch if scale == "batch" else _spread(group) if size > 1 else 0.0
        found += [value - mean if scale == "none" else (value - mean) / (spread + EPSILON) for value in group]
    return found


def _normalised_first(table: list[list[float]], size: int, weights: Sequence[float], _: Scale) -> list[float]:
    columns = [[v for group in _groups(column, size) for v in _standard(group)] for column in zip(*table, strict=True)]
    return _standard(_sums(list(zip(*columns, strict=True)), weights, _unscored(table)))


def _unscored(table: Sequence[Sequence[float]]) -> list[bool]:
    return [all(map(math.isnan, row)) for row in table]


def _sums(table: Sequence[Sequence[float]], weights: Sequence[float], unscored: Sequence[bool]) -> list[float]:
    """The weighted sum of what is there in each row, 0 where nothing is; NaN for what no function scored."""
    held = [single(weight) for weight in weights]
    rows = ([w * value for w, value in zip(held, row, strict=True)] for row in table)
    return [NAN if missing else single(_total(row)) for missing, row in zip(unscored, rows, strict=True)]


def _groups(values: Sequence[float], size: int) -> list[Sequence[float]]:
    return [values[i : i + size] for i in range(0, len(values), size)]


def _standard(values: Sequence[float]) -> list[float]:
    """Values less their mean, divided by their standard deviation; that of a lone one counts as 0."""
    mean, spread = _mean(values), _spread(values) if len(values) > 1 else 0.0
    return [(value - mean) / (spread + EPSILON) for value in values]


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return single(_total(known) / len(known)) if known else NAN


def _spread(values: Sequence[float]) -> float:
    """The standard deviation of a sample, NaN left out; NaN where fewer than two are left."""
    known = [value for value in values if not math.isnan(value)]
    if len(known) < 2:
        return NAN
    mean = _mean(known)
    squares = [single((value - mean) * (value - mean)) for value in known]
    kept = [square for square in squares if not math.isnan(square)]  # of an infinite value, which counts all the same
    return math.sqrt(single(_total(kept) / len(kept)) * (len(known) / (len(known) - 1))) if kept else NAN


def _total(values: Iterable[float]) -> float:
    """The sum of those that are numbers; also where some are infinite, which `fsum` refuses."""
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) if all(map(math.isfinite, known)) else sum(known)
