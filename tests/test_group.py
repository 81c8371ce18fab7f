"""Rewards over the completions of one prompt: groups are whole or refused, and nothing outside a group is looked at."""

import copy
import functools
import math
import pickle
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward import (
    all_of,
    any_of,
    by_column,
    clip,
    first_of,
    from_trl,
    gate,
    per_group,
    scale,
    schedule,
    score_batch,
    weighted,
)
from vireward.errors import BadParameter, BadScore, RewardFailed
from vireward.group import PerGroup, check_groups, check_pointwise, within
from vireward.records import Batch, Sample, Score
from vireward.rewards import FormatExact, NumericMatch, TagCount

SPLIT = (
    "per_group(size={}): the trainer handed over {} completions of one prompt together; "
    "size must be its number of generations, and each process must get whole groups"
)


@dataclass(frozen=True, slots=True)
class Rank:
    """How many completions of the prompt are longer?"""

    def score_group(self, samples):
        return [float(sum(len(o.completion) > len(s.completion) for o in samples)) for s in samples]


def best(samples):
    """Is the completion the longest of its prompt?"""
    longest = max(len(sample.completion) for sample in samples)
    return [Score(float(len(s.completion) == longest), f"longest has {longest}") for s in samples]


def counts(completions, answer, **columns):
    """How long is the completion, in letters of its gold?"""
    return [len(text) / len(gold) if gold else None for text, gold in zip(completions, answer, strict=True)]


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What is the reward of the completion without the white space around it?"""

    reward: object

    def __call__(self, sample, /):
        return self.reward(replace(sample, completion=sample.completion.strip()))


def message_of(error, call, *args, **kwargs):
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def values(scores):
    return [score.value for score in scores]


def alone(reward, sample):
    """The score of a sample that comes alone."""
    return vireward.records.as_score(reward(sample))


# --- compositions ---

texts = st.sampled_from(["", "7", "bảy", " 8 ", "<thinking>3 + 4</thinking><SOLUTION>7</SOLUTION>", "<SOLUTION>8"])
samples = st.builds(
    Sample,
    texts,
    st.sampled_from([None, "7", "8", "bảy"]),
    st.sampled_from([None, "3 + 4 = ?", "4 + 4 = ?"]),
    step=st.none() | st.integers(0, 20),
    columns=st.sampled_from([{}, {"type": "đại số"}, {"type": "hình học"}]),
)
batches = st.lists(samples, min_size=1, max_size=8)
dyadic = st.integers(-64, 64).map(lambda n: n / 8)
leaves = st.sampled_from([FormatExact(), TagCount(), NumericMatch(), from_trl(counts), lambda s: len(s.completion) / 4])


def around(inner):
    """Every composition of one or two rewards."""
    return st.one_of(
        st.builds(lambda a, b, w, m: weighted(a=(w, a), b=(2.0, b), missing=m), inner, inner, dyadic, MISSING),
        st.builds(lambda a, b, bound: gate(a, when=b, above=bound), inner, inner, dyadic),
        st.builds(lambda a: clip(a, low=-1.0, high=1.5), inner),
        st.builds(lambda a, by: scale(a, by=by, plus=1.0), inner, dyadic),
        st.builds(lambda a, w: schedule(a, {0: 1.0, 10: w}, linear=True), inner, dyadic),
        st.builds(first_of, inner, inner),
        st.builds(lambda a, b: all_of(a=a, b=b), inner, inner),
        st.builds(lambda a, b: any_of(a=a, b=b), inner, inner),
        st.builds(lambda a, b: by_column("type", {"đại số": a}, otherwise=b), inner, inner),
        st.builds(Trimmed, inner),
    )


MISSING = st.sampled_from(["abstain", "skip"])
compositions = st.recursive(leaves, around, max_leaves=8)


@given(compositions, batches)
def test_a_batch_is_scored_as_its_samples_one_by_one(reward, batch):
    assert score_batch(reward, batch) == [alone(reward, sample) for sample in batch]


@given(compositions, batches, st.randoms(use_true_random=False))
def test_the_order_of_a_batch_does_not_matter(reward, batch, rng):
    order = rng.sample(range(len(batch)), len(batch))
    scores = score_batch(reward, batch)
    assert score_batch(reward, [batch[place] for place in order]) == [scores[place] for place in order]


# --- per_group ---

sizes = st.integers(2, 5)
group_rewards = st.sampled_from([Rank(), best])


@st.composite
def grouped(draw):
    """A size, and groups of that size, whose prompts may be equal, also those of neighbours."""
    size = draw(sizes)
    prompts = draw(st.lists(st.sampled_from([None, "3 + 4 = ?", "4 + 4 = ?"]), min_size=1, max_size=4))
    return size, [[Sample(draw(texts), prompt=prompt) for _ in range(size)] for prompt in prompts]


def flat(groups):
    return [sample for group in groups for sample in group]


def asked(reward, group):
    """What a group reward says when it is asked itself."""
    return list(map(vireward.records.as_score, getattr(reward, "score_group", reward)(group)))


@given(group_rewards, grouped())
def test_each_completion_gets_what_its_own_group_gives_it(reward, drawn):
    size, groups = drawn
    assert score_batch(per_group(reward, size=size), flat(groups)) == flat(asked(reward, group) for group in groups)


@given(group_rewards, grouped(), st.randoms(use_true_random=False))
def test_shuffling_a_group_shuffles_its_scores(reward, drawn, rng):
    size, groups = drawn
    order = [rng.sample(range(size), size) for _ in groups]
    shuffled = [[group[place] for place in places] for group, places in zip(groups, order, strict=True)]
    scores = score_batch(per_group(reward, size=size), flat(groups))
    expected = [scores[i * size + place] for i, places in enumerate(order) for place in places]
    assert score_batch(per_group(reward, size=size), flat(shuffled)) == expected


@given(group_rewards, grouped(), st.randoms(use_true_random=False))
def test_shuffling_the_groups_shuffles_them_whole(reward, drawn, rng):
    size, groups = drawn
    order = rng.sample(range(len(groups)), len(groups))
    scores = score_batch(per_group(reward, size=size), flat(groups))
    expected = flat(scores[place * size : (place + 1) * size] for place in order)
    assert score_batch(per_group(reward, size=size), flat(groups[place] for place in order)) == expected


@given(grouped(), st.data())
def test_a_batch_without_one_of_its_samples_is_refused_before_anything_is_scored(drawn, data):
    size, groups = drawn
    batch = flat(groups)
    del batch[data.draw(st.integers(0, len(batch) - 1))]
    told = message_of(BadParameter, score_batch, per_group(never, size=size), batch)
    assert told.startswith(f"per_group(size={size}): the trainer handed over ")
    assert told.endswith(SPLIT.rpartition("; ")[2])


def test_a_split_group_is_refused_though_nobody_asks_for_its_score():
    closed = gate(per_group(never, size=4), when=FormatExact())
    batch = [Sample("", prompt=prompt) for prompt in "aabb"]
    assert message_of(BadParameter, score_batch, closed, batch) == SPLIT.format(4, 2)
    assert values(score_batch(closed, batch[:2] * 2)) == [0.0] * 4


def never(samples):
    raise AssertionError("asked")


@pytest.mark.parametrize(
    ("size", "prompts", "refused"),
    [
        (2, "aabb", None),
        (2, "aaaabb", None),  # two groups of one prompt in a row
        (2, "aabbaa", None),
        (4, "aaaaaaaa", None),
        (3, "aabbb", 2),
        (2, "aab", 1),
        (4, "aabb", 2),  # half of each group is with another process
        (4, "aaaaaabb", 6),
        (2, "abab", 1),  # groups are neighbours
        (3, "aa", 2),
    ],
)
def test_groups_are_whole_neighbours_of_one_size(size, prompts, refused):
    batch = [Sample("x" * place, prompt=prompt) for place, prompt in enumerate(prompts)]
    reward = per_group(Rank(), size=size)
    if refused is None:
        assert len(score_batch(reward, batch)) == len(prompts)
    else:
        assert message_of(BadParameter, score_batch, reward, batch) == SPLIT.format(size, refused)


def test_a_sample_that_comes_alone_is_abstained_on():
    score = per_group(Rank(), size=2)(Sample("x"))
    assert score == Score(None, "the other completions of the prompt are not known")


@given(st.integers(1, 4), sizes)
def test_a_group_is_asked_once(groups, size):
    asked = []

    def watch(samples):
        asked.append([sample.completion for sample in samples])
        return [0.0] * len(samples)

    reward = per_group(watch, size=size)
    both = weighted(
        a=(1.0, reward), b=(2.0, gate(reward, when=FormatExact(), above=-1.0)), c=(1.0, per_group(watch, size=size))
    )
    batch = [Sample(f"{group} {place}", prompt=str(group)) for group in range(groups) for place in range(size)]
    score_batch(both, batch)
    assert asked == [[f"{group} {place}" for place in range(size)] for group in range(groups)]


def test_two_sizes_of_one_reward_are_two_rewards():
    two, four = (score_batch(per_group(Rank(), size=size), [Sample("x" * i) for i in range(4)]) for size in (2, 4))
    both = weighted(two=(1.0, per_group(Rank(), size=2)), four=(10.0, per_group(Rank(), size=4)))
    scores = score_batch(both, [Sample("x" * i) for i in range(4)])
    assert values(scores) == [a + 10 * b for a, b in zip(values(two), values(four), strict=True)]


@given(grouped(), st.data())
def test_a_changed_sample_is_scored_as_changed_among_the_others_as_they_are(drawn, data):
    size, groups = drawn
    place = data.draw(st.integers(0, size - 1))
    group = [*groups[0]]
    group[place] = replace(group[place], completion=group[place].completion.strip())
    scores = score_batch(Trimmed(per_group(Rank(), size=size)), flat(groups))
    assert scores[place] == asked(Rank(), group)[place]


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        (None, BadScore, "gives: gave None for a group, not one score for each completion"),
        (1.0, BadScore, "gives: gave 1.0 for a group, not one score for each completion"),
        ([1.0], BadScore, "gives: gave 1 scores for a group of 2"),
        ([1.0] * 3, BadScore, "gives: gave 3 scores for a group of 2"),
        ([1.0, "1"], BadScore, "a reward must be a finite number, a Score or None, got '1'"),
        ([1.0, math.nan], BadScore, "a reward must be finite, got nan"),
    ],
)
def test_a_group_reward_gives_one_score_for_each(result, error, message):
    def gives(samples):
        return result

    gives.__qualname__ = "gives"
    batch = [Sample("a", prompt="p"), Sample("b", prompt="p")]
    assert message_of(error, score_batch, per_group(gives, size=2), batch) == message


@pytest.mark.parametrize("results", [(1.0, None), iter([1.0, None]), {1.0: 0, None: 0}])
def test_scores_may_come_in_any_order_that_can_be_walked(results):
    assert values(score_batch(per_group(lambda samples: results, size=2), [Sample("a"), Sample("b")])) == [1.0, None]


# --- wrong use ---


class Later:
    async def score_group(self, samples):
        return []


class NoSamples:
    def score_group(self):
        return []


async def later(samples):
    return []


def of_two(samples, others):
    return []


AT_ONCE = "a coroutine or generator function; from_trl takes a coroutine function of (completions, **columns)"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: per_group(Rank, size=2),
            "per_group(reward=Rank): must be a group reward, not a class; write Rank(...)",
        ),
        (
            lambda: per_group("rank", size=2),
            "per_group(reward='rank'): must have score_group(samples), or be a function of the samples",
        ),
        (lambda: per_group(TagCount(once=9), size=2), None),
        (lambda: per_group(counts, size=2), "per_group(reward=counts): scores no group, so it goes without per_group"),
        (
            lambda: per_group(later, size=2),
            f"per_group(reward=later): must return at once, but later(samples) is {AT_ONCE}",
        ),
        (
            lambda: per_group(of_two, size=2),
            "per_group(reward=of_two): must be callable as reward(samples), but is of_two(samples, others): "
            "missing a required argument: 'others'",
        ),
        (lambda: per_group(best, size=1), "per_group(size=1): must be above 1; a group of one has nothing to compare"),
        (lambda: per_group(best, size=0), "per_group(size=0): must be above 0"),
        (lambda: per_group(best, size=2.0), "per_group(size=2.0): must be a whole number"),
        (lambda: per_group(best, size=True), "per_group(size=True): must be a whole number"),
        (lambda: score_batch(Rank(), []), None),
        (
            lambda: score_batch(FormatExact, []),
            "score_batch(reward=FormatExact): must be a reward, not a class; write FormatExact(...)",
        ),
        (
            lambda: score_batch(counts, []),
            "score_batch(reward=counts): scores a batch a call; wrap it as from_trl(...)",
        ),
        (
            lambda: check_pointwise("to_verl", scale(per_group(best, size=2), by=2.0)),
            "to_verl(per_group(best, size=2)): needs whole groups, and this trainer hands over single completions",
        ),
    ],
)
def test_wrong_use_is_named_at_once(call, message):
    told = message_of(BadParameter, call)
    if message is None:
        assert told.endswith(("so it goes without per_group", "wrap it as per_group(..., size=...)"))
    else:
        assert told == message


def test_a_method_that_cannot_score_a_group_is_refused():
    assert "must return at once, but Later.score_group(samples) is" in message_of(
        BadParameter, per_group, Later(), size=2
    )
    assert "must be callable as reward(samples)" in message_of(BadParameter, per_group, NoSamples(), size=2)


# --- within ---


class Held:
    """A class that is no dataclass, as people write them."""

    def __init__(self, reward):
        self.reward = reward
        self.itself = self

    def __call__(self, sample):
        return self.reward(sample)

    def say(self, sample):
        return self.reward(sample)


GROUPED = per_group(Rank(), size=4)
HOLDERS = [
    GROUPED,
    weighted(a=(1.0, FormatExact()), b=(1.0, scale(GROUPED, by=2.0))),
    gate(FormatExact(), when=GROUPED),
    by_column("type", {"a": FormatExact()}, otherwise=GROUPED),
    all_of(a=first_of(NumericMatch(), clip(GROUPED, low=0, high=1))),
    schedule(any_of(a=GROUPED), {0: 1.0}),
    Trimmed(GROUPED),
    Held(GROUPED),
    Held({"a": [GROUPED]}),
    Held(GROUPED).say,
    functools.partial(lambda reward, sample: reward(sample), GROUPED),
    functools.partial(lambda sample, reward: reward(sample), reward=Held(GROUPED)),
]


@pytest.mark.parametrize("reward", HOLDERS, ids=range(len(HOLDERS)))
def test_a_group_reward_is_found_wherever_it_is(reward):
    assert GROUPED in list(within(reward))
    assert next(within(reward)) is reward
    told = message_of(BadParameter, check_groups, reward, Batch([Sample("x")] * 6))
    assert told == SPLIT.format(4, 6)
    assert message_of(BadParameter, check_pointwise, "to_verl", reward).startswith("to_verl(per_group(")
    check_groups(reward, Batch([Sample("x")] * 8))


@given(compositions)
def test_a_composition_without_a_group_needs_none(reward):
    check_pointwise("to_verl", reward)
    check_groups(reward, Batch([Sample("x")]))


def test_what_holds_itself_is_looked_at_once():
    held = Held(FormatExact())
    many = weighted(a=(1.0, held), b=(1.0, held))
    assert sum(part is held for part in within(many)) == 1


# --- by TRL's adapter ---


def handed(reward, prompts, completions=None, **options):
    """What the adapter gives for a batch, and the reasons that it logs."""
    logged = {}
    completions = completions or [prompt * place for place, prompt in enumerate(prompts)]
    call = vireward.to_trl(reward, gold=None, **options)
    return call(list(prompts), completions, log_extra=logged.__setitem__), next(iter(logged.values()))


def test_the_adapter_scores_groups():
    assert handed(per_group(Rank(), size=2), "aabb")[0] == [1.0, 0.0, 1.0, 0.0]
    assert handed(per_group(Rank(), size=2), "aaaa")[0] == [1.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize("on_error", ["abstain", "raise"])
@pytest.mark.parametrize("wrap", [lambda r: r, lambda r: weighted(a=(1.0, gate(r, when=FormatExact()))), Held, Trimmed])
def test_the_adapter_refuses_a_split_group_at_the_first_batch(wrap, on_error):
    assert message_of(BadParameter, handed, wrap(per_group(never, size=4)), "aabb", on_error=on_error) == SPLIT.format(
        4, 2
    )


@pytest.mark.parametrize("unreadable", [7, None, [7], {"content": 7}])
def test_an_unreadable_completion_keeps_its_place_in_its_group(unreadable):
    given, reasons = handed(per_group(Rank(), size=3), "aaabbb", ["x", unreadable, "xxx", "yyy", "y", ""])
    assert given == [1.0, None, 0.0, 0.0, 1.0, 2.0]
    assert reasons[1].startswith("BadSample: ")


def test_a_group_reward_that_fails_is_a_failure_of_the_whole_batch():
    def fails(samples):
        raise ZeroDivisionError("division by zero")

    given, reasons = handed(per_group(fails, size=2), "aabb")
    assert (given, set(reasons)) == ([None] * 4, {"ZeroDivisionError: division by zero"})
    with pytest.raises(RewardFailed) as caught:
        handed(per_group(fails, size=2), "aabb", on_error="raise")
    assert str(caught.value) == "per_group raised ZeroDivisionError: division by zero"


# --- a value among values ---


@pytest.mark.parametrize("reward", [per_group(Rank(), size=2), per_group(best, size=3)])
def test_it_is_a_value(reward):
    scope = vars(vireward) | {"Rank": Rank, "best": best}
    for twin in (pickle.loads(pickle.dumps(reward)), copy.deepcopy(reward), eval(repr(reward), scope)):
        assert twin == reward
        assert hash(twin) == hash(reward)
    assert isinstance(reward, PerGroup)
