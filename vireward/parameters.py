"""Checks of the parameters that rewards share."""

import sys

from vireward.errors import BadParameter
from vireward.records import GroupReward, shown
from vireward.signatures import check_scores, scored_by
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
        BadParameter: one of them cannot be called with a sample, so that it would fail in a run; the message says how
            it is made into what can.
    """
    for name, reward in rewards.items():
        given = f"{owner}({name}={shown(reward)})"
        if isinstance(reward, type):
            raise BadParameter(f"{given}: must be a reward, not a class; write {reward.__name__}(...)")
        if isinstance(reward, GroupReward) or scored_by(reward) == "samples":
            raise BadParameter(f"{given}: scores all completions of a prompt; wrap it as per_group(..., size=...)")
        if not callable(reward):
            raise BadParameter(f"{given}: must be a reward, callable as reward(sample)")
        if scored_by(reward) == "completions":
            raise BadParameter(f"{given}: scores a batch a call; wrap it as from_trl(...)")
        check_scores(given, reward, "sample")


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


def check_name(owner: str, name: object) -> None:
    """Check the name that an adapter gives a reward.

    Raises:
        BadParameter: it is neither text with something in it nor None.
    """
    if not (name is None or (isinstance(name, str) and name)):
        raise BadParameter(f"{owner}(name={shown(name)}): must be text, or None")


def check_column(owner: str, **columns: object) -> None:
    """Check names of columns among the parameters of an adapter.

    Raises:
        BadParameter: one of them is neither text nor None; the message has its name and value.
    """
    for name, column in columns.items():
        if not (column is None or isinstance(column, str)):
            raise BadParameter(f"{owner}({name}={column!r:.60}): must be the name of a column, or None")
