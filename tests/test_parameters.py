"""What every composition refuses for a reward, and how it says what to write instead."""

import functools
from dataclasses import dataclass

import pytest

import vireward
from vireward import per_group, to_trl
from vireward.errors import BadParameter
from vireward.parameters import check_rewards
from vireward.records import Score
from vireward.rewards import FormatExact, TagCount


@dataclass(frozen=True)
class Rank:
    def score_group(self, samples):
        return [1.0 for _ in samples]


def spread(samples):
    return [1.0 for _ in samples]


def length(completions, **columns):
    return [1.0 for _ in completions]


def nothing():
    return 1.0


def pair(sample, gold):
    return 1.0


async def waits(sample):
    return 1.0


def one_by_one(sample):
    yield 1.0


class Waits:
    async def __call__(self, sample):
        return 1.0

    def __repr__(self):
        return "Waits(\n)"


class Says:
    @staticmethod
    def __call__(sample):
        return 1.0

    def of(self, sample, weight=1.0):
        return weight


LATER = "a coroutine or generator function; from_trl takes a coroutine function of (completions, **columns)"
REFUSED = [
    (FormatExact, "FormatExact", "must be a reward, not a class; write FormatExact(...)"),
    (Rank, "Rank", "must be a reward, not a class; write Rank(...)"),
    (Rank(), "Rank()", "scores all completions of a prompt; wrap it as per_group(..., size=...)"),
    (spread, "spread", "scores all completions of a prompt; wrap it as per_group(..., size=...)"),
    (length, "length", "scores a batch a call; wrap it as from_trl(...)"),
    (
        to_trl(TagCount()),
        repr(to_trl(TagCount()))[:80],
        "scores a batch a call; wrap it as from_trl(...)",
    ),
    (None, "None", "must be a reward, callable as reward(sample)"),
    ("tag_count", "'tag_count'", "must be a reward, callable as reward(sample)"),
    (Score(1.0, "one"), "Score(value=1.0, why='one', parts={}, outcome='scored')", None),
    (nothing, "nothing", "must be callable as reward(sample), but is nothing(): too many positional arguments"),
    (
        pair,
        "pair",
        "must be callable as reward(sample), but is pair(sample, gold): missing a required argument: 'gold'",
    ),
    (waits, "waits", f"must return at once, but waits(sample) is {LATER}"),
    (one_by_one, "one_by_one", f"must return at once, but one_by_one(sample) is {LATER}"),
    (Waits(), "Waits( )", f"must return at once, but Waits(sample) is {LATER}"),
]


@pytest.mark.parametrize(("reward", "shown", "rule"), REFUSED, ids=range(len(REFUSED)))
@pytest.mark.parametrize(
    ("owner", "param", "build"),
    [
        ("check", "a", lambda reward: check_rewards("check", a=reward)),
        ("gate", "when", lambda reward: vireward.gate(TagCount(), when=reward)),
        ("clip", "reward", lambda reward: vireward.clip(reward, low=0, high=1)),
        ("scale", "reward", lambda reward: vireward.scale(reward, by=2.0)),
        ("schedule", "reward", lambda reward: vireward.schedule(reward, {0: 1.0})),
        ("first_of", "1", lambda reward: vireward.first_of(TagCount(), reward)),
        ("all_of", "b", lambda reward: vireward.all_of(a=TagCount(), b=reward)),
        ("any_of", "b", lambda reward: vireward.any_of(a=TagCount(), b=reward)),
        ("by_column", "a", lambda reward: vireward.by_column("type", {"a": reward})),
        ("to_trl", "reward", lambda reward: to_trl(reward)),
        ("score_batch", "reward", lambda reward: vireward.score_batch(reward, [])),
    ],
)
def test_what_cannot_score_a_sample_is_refused_with_the_way_out(owner, param, build, reward, shown, rule):
    with pytest.raises(BadParameter) as caught:
        build(reward)
    rule = rule or "must be a reward, callable as reward(sample)"
    assert str(caught.value) == f"{owner}({param}={shown}): {rule}"


@pytest.mark.parametrize(
    "reward",
    [
        TagCount(),
        per_group(Rank(), size=2),
        vireward.from_trl(length),
        lambda sample: 1.0,
        lambda reply: 1.0,
        lambda *given: 1.0,
        lambda sample, weight=1.0: weight,
        functools.partial(pair, gold="7"),
        Says(),
        Says().of,
        len,
        min,  # shows no signature, so it may be one
    ],
)
def test_what_can_be_called_with_a_sample_is_a_reward(reward):
    check_rewards("check", a=reward, b=reward)
    vireward.weighted(a=(1.0, reward))
