"""Checks of the parameters that rewards share."""

import sys

from vireward.errors import BadParameter
from vireward.tags import TagFormat


def check_finite(owner: str, **values: object) -> None:
    """Check numbers among a reward's parameters.

    Raises:
        BadParameter: one of them is no finite number; the message has its name and value.
    """
    for name, value in values.items():
        # Compared, not converted: an integer beyond the largest float has no conversion, and NaN is not less than it.
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            raise BadParameter(f"{owner}({name}={value!r}): must be a finite number")


def check_tags(owner: str, tags: object) -> None:
    """Check a reward's tag format.

    Raises:
        BadParameter: it is no `TagFormat`.
    """
    if not isinstance(tags, TagFormat):
        raise BadParameter(f"{owner}(tags={tags!r}): must be a TagFormat")


def check_rewards(owner: str, **rewards: object) -> None:
    """Check rewards among the parameters of a composition.

    Raises:
        BadParameter: one of them cannot be called with a sample, or is a class, which would fail in a run.
    """
    for name, reward in rewards.items():
        if not callable(reward) or isinstance(reward, type):
            raise BadParameter(f"{owner}({name}={reward!r:.60}): must be a reward, callable as reward(sample)")


def check_whole(owner: str, **values: object) -> None:
    """Check whole numbers among a reward's parameters.

    Raises:
        BadParameter: one of them is no whole number; the message has its name and value.
    """
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadParameter(f"{owner}({name}={value!r}): must be a whole number")


def check_count(owner: str, **values: int) -> None:
    """Check whole numbers among a reward's parameters that have to be above 0.

    Raises:
        BadParameter: one of them is not; the message has its name and value.
    """
    check_whole(owner, **values)
    for name, value in values.items():
        if value < 1:
            raise BadParameter(f"{owner}({name}={value!r}): must be above 0")


def check_penalty(owner: str, name: str, value: float) -> None:
    """Check a penalty among a reward's parameters.

    Raises:
        BadParameter: it is not finite or above 0; the message has its name and value.
    """
    check_finite(owner, **{name: value})
    if value > 0:
        raise BadParameter(f"{owner}({name}={value!r}): must not be above 0")
