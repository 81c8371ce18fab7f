"""What the adapters share whose trainers need a number where a reward has none."""

from collections.abc import Iterator

from vireward.compose import AllOf, AnyOf, ByColumn, FirstOf, Weighted
from vireward.parameters import check_finite
from vireward.records import Reward, Score, failure_of
from vireward.registry import reward_name
from vireward.transform import Clip, Gate, Scale, Schedule


def as_numbers(reward: Reward, score: Score, abstained: float, failed: float | None) -> dict[str, float]:
    """A score in numbers, with the same keys for every score of a reward.

    A part that abstained, or that was not asked because a gate was closed, has the number for abstentions.
    """
    name = reward_name(reward)
    missing = score if score.value is None else Score(None, "not asked")
    parts = {f"{name}/{part}": score.parts.get(part, missing) for part in part_names(reward)}
    known = {key: _number(part, abstained, failed) for key, part in ({"score": score} | parts).items()}
    failure = failure_of(score) is not None
    return known | {"abstained": float(score.value is None and not failure), "failed": float(failure)}


def part_names(reward: object) -> list[str]:
    """The names of all parts that scores of a reward can have, as far as compositions of this library tell.

    The condition of a gate is none of them: it has a value only where the gate is closed.
    """
    return list(dict.fromkeys(_part_names(reward)))


def _part_names(reward: object) -> Iterator[str]:
    match reward:
        case Weighted(terms=terms):
            yield from (name for name, _, _ in terms)
        case AllOf(rewards=rewards) | AnyOf(rewards=rewards):
            yield from (name for name, _ in rewards)
        case Gate(reward=inner) | Clip(reward=inner) | Scale(reward=inner) | Schedule(reward=inner):
            yield from _part_names(inner)
        case FirstOf(rewards=choices):
            for choice in choices:
                yield from _part_names(choice)
        case ByColumn(rewards=cases, otherwise=otherwise):
            for case in (*dict(cases).values(), otherwise):
                yield from _part_names(case)


def check_substitutes(owner: str, abstained: object, failed: object) -> None:
    """Check the numbers that stand for a missing score.

    Raises:
        BadParameter: `abstained` is no finite number, or `failed` neither one nor None.
    """
    check_finite(owner, abstained=abstained)
    if failed is not None:
        check_finite(owner, failed=failed)


def _number(score: Score, abstained: float, failed: float | None) -> float:
    if score.value is not None:
        return score.value
    return float(abstained if failed is None or failure_of(score) is None else failed)
