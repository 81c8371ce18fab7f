"""Laws of gates, bounds, scales, schedules and choices; the values are dyadic, so they hold exactly."""

import copy
import math
import pickle
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import vireward
from vireward import all_of, any_of, by_column, clip, first_of, gate, scale, schedule, shift, weighted
from vireward.compose import FirstOf
from vireward.errors import BadParameter
from vireward.records import Sample, Score
from vireward.rewards import FormatExact, NumericMatch, TagCount
from vireward.transform import Clip, Gate, Scale

SAMPLE = Sample("<thinking>3 + 4</thinking>\n<SOLUTION>7</SOLUTION>", "7", step=10, columns={"type": "đại số"})


@dataclass(frozen=True, slots=True)
class Always:
    """What was it told to say?"""

    value: float | None

    def __call__(self, sample, /):
        return Score(self.value, f"always {self.value}")


@dataclass(frozen=True, slots=True)
class Never:
    """Is it asked at all?"""

    def __call__(self, sample, /):
        raise AssertionError("asked")


SCOPE = vars(vireward) | {"Always": Always, "NumericMatch": NumericMatch}
dyadic = st.integers(-64, 64).map(lambda n: n / 8)
said = st.none() | dyadic
factors = st.sampled_from([-2.0, -0.5, 0.25, 1.0, 4.0])


def value(reward, sample=SAMPLE):
    return reward(sample).value


@st.composite
def leaves(draw):
    return draw(st.sampled_from([Always(draw(said)), FormatExact(), TagCount(), NumericMatch()]))


def around(inner):
    steps = st.dictionaries(st.integers(0, 30), dyadic, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda r, w, a, c: gate(r, when=w, above=a, closed=c), inner, inner, dyadic, dyadic),
        st.builds(lambda r, a, b: clip(r, low=min(a, b), high=max(a, b)), inner, dyadic, dyadic),
        st.builds(lambda r, f, p: scale(r, by=f, plus=p), inner, factors, dyadic),
        st.builds(lambda r, w, how: schedule(r, w, linear=how), inner, steps, st.booleans()),
        st.builds(first_of, inner, inner),
        st.builds(lambda a, b, bound: all_of(a=a, b=b, above=bound), inner, inner, dyadic),
        st.builds(lambda a, b: any_of(a=a, **{"một hai": b}), inner, inner),
        st.builds(lambda a, b: by_column("type", {"đại số": a}, otherwise=b), inner, inner),
        st.builds(
            lambda a, b, m: weighted(a=(0.5, a), b=(2.0, b), missing=m),
            inner,
            inner,
            st.sampled_from(["abstain", "skip"]),
        ),
    )


compositions = st.recursive(leaves(), around, max_leaves=8)


# --- every composition ---


@given(compositions)
def test_a_composition_is_a_value(reward):
    for twin in (pickle.loads(pickle.dumps(reward)), copy.deepcopy(reward), eval(repr(reward), SCOPE)):
        assert twin == reward
        assert hash(twin) == hash(reward)
        assert repr(twin) == repr(reward)
        assert twin(SAMPLE) == reward(SAMPLE)


@given(compositions)
def test_a_composition_is_a_reward(reward):
    score = reward(SAMPLE)
    assert isinstance(score, Score)
    assert score.why
    assert score.value is None or math.isfinite(score.value)


@given(compositions, st.text(), st.none() | st.text())
def test_a_composition_is_total(reward, completion, gold):
    assert isinstance(reward(Sample(completion, gold)), Score)


# --- gate ---


@given(said, said, dyadic, dyadic)
def test_a_gate_lets_the_reward_through_where_the_condition_is_above(number, condition, above, closed):
    gated = gate(Always(number), when=Always(condition), above=above, closed=closed)
    expected = None if condition is None else number if condition > above else closed
    assert value(gated) == expected


@given(dyadic, dyadic)
def test_a_closed_gate_does_not_ask_the_reward(condition, closed):
    assume(condition <= 0)
    assert value(gate(Never(), when=Always(condition), closed=closed)) == closed
    assert value(gate(Never(), when=Always(None))) is None


@given(said, said, dyadic, dyadic)
def test_a_gate_is_idempotent(number, condition, above, closed):
    once = gate(Always(number), when=Always(condition), above=above, closed=closed)
    assert gate(once, when=Always(condition), above=above, closed=closed) is once


# --- clip, scale, shift ---


@given(said, dyadic, dyadic)
def test_a_clip_keeps_within_its_bounds_and_changes_nothing_inside(number, one, other):
    low, high = sorted((one, other))
    clipped = clip(Always(number), low=low, high=high)
    assert value(clipped) == (None if number is None else min(max(number, low), high))
    assert clip(clipped, low=low, high=high) is clipped
    assert clip(clipped, low=low - 1, high=high + 1) is clipped


@given(said, factors, dyadic, factors, dyadic)
def test_scales_compose_as_lines_do(number, by, plus, other_by, other_plus):
    once = scale(Always(number), by=by, plus=plus)
    assert value(once) == (None if number is None else number * by + plus)
    both = scale(once, by=other_by, plus=other_plus)
    assert value(both) == value(scale(Always(number), by=by * other_by, plus=plus * other_by + other_plus))
    assert value(shift(Always(number), by=plus)) == (None if number is None else number + plus)


def test_the_line_that_changes_nothing_is_the_reward_itself():
    assert scale(TagCount()) == shift(TagCount(), by=0.0) == TagCount()


def test_what_leaves_the_range_of_a_float_is_an_error_without_a_value():
    score = scale(Always(1e300), by=1e300)(SAMPLE)
    assert (score.value, score.outcome) == (None, "error")


# --- schedule ---

points = st.dictionaries(st.integers(0, 100), dyadic, min_size=1, max_size=5)


@given(dyadic, points, st.integers(0, 120))
def test_a_schedule_has_the_weight_of_the_last_step_reached(number, weights, step):
    reached = [at for at in weights if at <= step] or [min(weights)]
    sample = Sample("", step=step)
    assert value(schedule(Always(number), weights), sample) == number * weights[max(reached)]


@given(points, st.integers(0, 120))
def test_a_linear_schedule_stays_between_its_neighbours_and_meets_its_points(weights, step):
    planned = schedule(Always(1.0), weights, linear=True)
    for at, weight in weights.items():
        assert planned.weight(at) == weight
    below, above = [at for at in weights if at <= step], [at for at in weights if at >= step]
    ends = [weights[max(below)]] if below else []
    ends += [weights[min(above)]] if above else []
    assert min(ends) - 1e-9 <= planned.weight(step) <= max(ends) + 1e-9


@given(points, st.booleans())
def test_a_schedule_depends_on_the_step_alone(weights, linear):
    planned = schedule(Always(1.0), weights, linear=linear)
    forwards = [value(planned, Sample("", step=step)) for step in range(0, 100, 7)]
    backwards = [value(pickle.loads(pickle.dumps(planned)), Sample("", step=step)) for step in range(98, -1, -7)]
    assert forwards == backwards[::-1]
    assert value(planned, Sample("")) is None


# --- choosing ---


@given(st.lists(said, min_size=1, max_size=5))
def test_the_first_that_says_something_decides(values):
    rewards = [Always(number) for number in values]
    assert value(first_of(*rewards)) == next((number for number in values if number is not None), None)
    nested = first_of(first_of(*rewards), *rewards)
    assert nested == FirstOf((*rewards, *rewards))


@given(st.dictionaries(st.sampled_from("abc"), said, min_size=1), dyadic)
def test_votes(values, bound):
    rewards = {name: Always(number) for name, number in values.items()}
    parts = {name: reward(SAMPLE) for name, reward in rewards.items()}
    why = "; ".join(f"{name}: always {number}" for name, number in values.items())
    for build, decide in ((all_of, all), (any_of, any)):
        voted = None if None in values.values() else float(decide(number > bound for number in values.values()))
        assert build(above=bound, **rewards)(SAMPLE) == Score(voted, why, parts)


@given(st.sampled_from(["đại số", "hình học", None, 5]), said, said)
def test_a_column_chooses_the_reward(kind, number, other):
    sample = Sample("", columns={} if kind is None else {"type": kind})
    chosen = by_column("type", {"đại số": Always(number)})
    none = Score(None, f"no reward for type={kind!r}")
    assert chosen(sample) == (Always(number)(sample) if kind == "đại số" else none)
    assert value(by_column("type", {"đại số": Always(number)}, otherwise=Always(other)), sample) == (
        number if kind == "đại số" else other
    )


def test_what_is_not_given_is_not_printed():
    assert repr(by_column("type", {"a": Always(1.0)})) == "by_column('type', {'a': Always(value=1.0)})"
    assert repr(by_column("type", {"a": Always(1.0)}, otherwise=Always(2.0))) == (
        "by_column('type', {'a': Always(value=1.0)}, otherwise=Always(value=2.0))"
    )
    assert repr(all_of(a=Always(1.0))) == "all_of(a=Always(value=1.0))"
    assert repr(any_of(a=Always(1.0))) == "any_of(a=Always(value=1.0))"
    assert repr(any_of(a=Always(1.0), above=0.5)) == "any_of(above=0.5, a=Always(value=1.0))"
    assert repr(first_of(Always(1.0), Always(2.0))) == "first_of(Always(value=1.0), Always(value=2.0))"


# --- strict constructors ---

nan = float("nan")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: gate(5, when=TagCount()), "gate(reward=5): must be a reward, callable as reward(sample)"),
        (
            lambda: gate(TagCount(), when=TagCount),
            "gate(when=TagCount): must be a reward, not a class; write TagCount(...)",
        ),
        (lambda: gate(TagCount(), when=TagCount(), above=nan), "gate(above=nan): must be a finite number"),
        (lambda: clip(TagCount(), low=2, high=1), "clip(low=2, high=1): low must not be above high"),
        (lambda: clip(TagCount(), low="0", high=1), "clip(low='0'): must be a finite number"),
        (lambda: scale(TagCount(), by=math.inf), "scale(by=inf): must be a finite number"),
        (lambda: schedule(TagCount(), {}), "schedule(weights={}): needs at least one step and weight"),
        (
            lambda: schedule(TagCount(), {-1: 1.0}),
            "schedule(weights=...): a step must be a whole number from 0 on, got -1",
        ),
        (lambda: schedule(TagCount(), {0: nan}), "schedule(weights[0]=nan): must be a finite number"),
        (lambda: first_of(), "first_of(): needs at least one reward"),
        (lambda: first_of(TagCount(), None), "first_of(1=None): must be a reward, callable as reward(sample)"),
        (lambda: all_of(), "all_of(): needs at least one name=reward"),
        (lambda: any_of(a=7), "any_of(a=7): must be a reward, callable as reward(sample)"),
        (
            lambda: by_column("type", {}),
            "by_column('type', ...): needs the name of a column and rewards for texts in it",
        ),
        (
            lambda: by_column(5, {"a": TagCount()}),
            "by_column(5, ...): needs the name of a column and rewards for texts in it",
        ),
        (
            lambda: by_column("type", {1: TagCount()}),
            "by_column('type', ...): needs the name of a column and rewards for texts in it",
        ),
        (
            lambda: by_column("type", {"a": TagCount()}, otherwise=1),
            "by_column(otherwise=1): must be a reward, callable as reward(sample)",
        ),
        (lambda: all_of(above=nan, a=TagCount()), "all_of(above=nan): must be a finite number"),
        (lambda: any_of(above="0", a=TagCount()), "any_of(above='0'): must be a finite number"),
        (lambda: any_of(), "any_of(): needs at least one name=reward"),
        (lambda: by_column("type", {"a": 1}), "by_column(a=1): must be a reward, callable as reward(sample)"),
    ],
)
def test_bad_parameters(build, message):
    with pytest.raises(BadParameter) as error:
        build()
    assert str(error.value) == message


def test_what_is_built_is_frozen():
    for built in (Gate(TagCount(), TagCount()), Clip(TagCount(), 0.0, 1.0), Scale(TagCount(), 2.0)):
        with pytest.raises(AttributeError):
            built.reward = None
