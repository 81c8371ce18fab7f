"""Odd rewards, handed to `make_trainer`: none ends a run or spoils its tables, and each is told."""

import pytest
from trl_runs import BATCH, guarded

from vireward import Score

pytestmark = pytest.mark.training


class Unreadable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def raises_unreadably(sample):
    raise Unreadable


ODD_SCORES = [(None, {}), (5, {}), ("x", {"a": 0.5}), ("x", None), ("x", [1.0])]


def test_an_exception_without_readable_text_fails_the_reward_and_not_the_run():
    run = guarded(raises_unreadably, log_completions=True)
    assert run.column("raises_unreadably/why") == ["Unreadable: its text cannot be read"] * BATCH


@pytest.mark.parametrize(("why", "parts"), ODD_SCORES)
def test_a_score_that_cannot_be_logged_fails_the_reward_and_not_the_run(why, parts):
    def odd(sample):
        return Score(1.0, why, parts)

    run = guarded(odd, log_completions=True)
    assert run.logged("odd/failed") == [1.0]
    assert all("of a score must be" in told for told in run.column("odd/why"))
