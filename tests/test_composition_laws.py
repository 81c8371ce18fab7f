"""Laws of compositions of any kind and depth, with any rewards in them.

What a composition has to be worth is worked out once more here, by `worth`, from the scores of its leaves alone.
"""

import json
import math
import pickle
import tomllib
from collections import Counter
from dataclasses import dataclass, is_dataclass, replace
from types import SimpleNamespace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vireward
from vireward import Sample, TagFormat, registry
from vireward.batch_function import BatchFunction
from vireward.compose import AllOf, AnyOf, ByColumn, FirstOf, Weighted
from vireward.group import PerGroup, scores_columns, within
from vireward.messages import message_text
from vireward.records import Score, as_score, expression
from vireward.registry import Parametrized
from vireward.signatures import kind_of, parameters_of
from vireward.tags import TAG_PRESETS
from vireward.transform import Clip, Gate, Scale, Schedule

GROUP = 4  # completions of a prompt
ABOUT = {"rel_tol": 1e-9, "abs_tol": 1e-9}
COMPOSITIONS = (Weighted, Gate, Clip, Scale, Schedule, FirstOf, AllOf, AnyOf, ByColumn, PerGroup)
NEED_GOLD = ("AnswerMatch", "NumericMatch", "ChoiceMatch", "from_trl")


# --- rewards of one's own ---


def has_words(sample, least: int = 3, tags: TagFormat = TagFormat()):  # noqa: B008  # a value, which nothing changes
    return Score(float(len(sample.completion.split()) >= least), f"looked for {least} words, the format is {tags}")


def is_gold(completions, answer, **columns):
    texts = [message_text(completion) for completion in completions]
    return [None if gold is None else float(gold in text) for text, gold in zip(texts, answer, strict=True)]


def is_longest(samples):
    return [float(len(sample.completion) == max(len(one.completion) for one in samples)) for sample in samples]


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many of the others say something else?"""

    each: float = 1.0

    def score_group(self, samples, /):
        texts = Counter(sample.completion for sample in samples)
        return [self.each * (len(samples) - texts[sample.completion]) for sample in samples]


@dataclass(frozen=True, slots=True)
class Hidden:
    """What does the reward say, when nothing can look into it?"""

    reward: object

    def __call__(self, sample, /):
        return self.reward(sample)


OWN = {"has_words": has_words, "is_gold": is_gold, "is_longest": is_longest, "distinct": Distinct}
SCOPE = vars(vireward) | {each.__name__: each for each in OWN.values()}


@pytest.fixture(autouse=True, scope="module")
def own_rewards():
    """What is registered here is gone after the tests of this module."""
    before = dict(registry._factories)
    registry._factories.update(OWN)
    yield
    registry._factories.clear()
    registry._factories.update(before)


# --- random compositions ---

numbers = st.integers(-64, 64).map(lambda n: n / 8)
weights = numbers | st.sampled_from([0.1, 0.2, 0.3])  # whose sum depends on their order, unless it is rounded once
penalties = st.integers(-16, 0).map(lambda n: n / 8)
names = st.sampled_from(
    ["a", "b", "đúng", "tag_count", "class", "đáp án", "a.b", 'q"', "1", "", "e\u0301", "🎉", "use"]
)
styles = st.sampled_from(["vi", "en"])
missings = st.sampled_from(["abstain", "skip"])
KINDS = ("đại số", "hình học", "số")
TAGS = ["<a>", "</a>", "[nghĩ]", "[/nghĩ]", "«", "»", "<SOLUTION>", "\t{", "&#x7f;\x7f", 'đ"á\\p']


@st.composite
def own_formats(draw):
    """Four tags, or two without reasoning; the answer is a block, a box or a line."""
    open_reasoning, close_reasoning, *answer = draw(st.permutations(TAGS))[:4]
    answer = draw(st.sampled_from([tuple(answer), ("\\hộp{", "}"), ("====", None)]))
    if draw(st.booleans()):
        return TagFormat(None, None, *answer, needs_reasoning=draw(st.booleans()))
    return TagFormat(
        open_reasoning, close_reasoning, *answer, prefilled=draw(st.booleans()), needs_reasoning=draw(st.booleans())
    )


presets = st.sampled_from(TAG_PRESETS).map(TagFormat.preset)
prefilled = st.sampled_from(["tutorial", "deepseek", "boxed"]).map(lambda name: TagFormat.preset(name, prefilled=True))
formats = st.one_of(presets, presets, prefilled, own_formats())


def made(name, **params):
    """A registered reward, each of whose parameters may be left out unless it has to be given."""
    required = {key: value for key, value in params.items() if key in ("texts", "pattern")}
    optional = {key: value for key, value in params.items() if key not in required}
    given = st.fixed_dictionaries(required, optional=optional)
    return given.map(lambda found: vireward.make(name, **{key: found[key] for key in params if key in found}))


def can_be_left_out(name):
    return all(parameter.default is not parameter.empty for parameter in parameters_of(registry.factory(name)).values())


ends = dict.fromkeys(("right_short", "right_long", "wrong_short", "wrong_long", "exceeded"), numbers)
scores = dict.fromkeys(("equal", "wrong", "missing"), numbers)
LEAVES = {
    "answer_match": made("answer_match", tags=formats, same=numbers, style=styles, anywhere=st.booleans(), **scores),
    "numeric_match": made("numeric_match", tags=formats, style=styles, anywhere=st.booleans(), **scores),
    "choice_match": made("choice_match", tags=formats, right=numbers, style=styles, choices=names),
    "format_exact": made("format_exact", tags=formats, well_formed=numbers, malformed=numbers),
    "tag_count": made("tag_count", tags=formats, once=numbers, otherwise=numbers),
    "overlong": st.tuples(st.integers(1, 99), st.integers(0, 99)).map(
        lambda ints: vireward.make("overlong", limit=sum(ints), margin=ints[0])
    ),
    "forbidden_text": made(
        "forbidden_text", texts=st.lists(st.sampled_from(["không biết", "7", 'a"\n']), min_size=1), penalty=penalties
    ),
    "language_share": made("language_share", tags=formats),
    "reasoning_steps": made("reasoning_steps", target=st.integers(1, 3), tags=formats),
    "repetition": made("repetition", n=st.integers(1, 3), characters=st.booleans(), worst=penalties),
    "pattern": made("pattern", pattern=st.sampled_from(["7", r"\d+$", "</?\\w+>"]), found=numbers, most=st.just(2)),
    "has_words": made("has_words", least=st.integers(0, 9), tags=formats),
    "is_gold": made("is_gold", gold=st.sampled_from(["answer", None]), chat=st.booleans()).map(
        lambda reward: vireward.from_trl(reward.function, chat=reward.chat)
    ),
}
# Of each registered reward that is not described here, the one with its defaults; the first law misses all others.
KINDS_OF = {name: kind_of(name, factory) for name, factory in registry._factories.items()}
LEAVES = {name: made(name) for name, kind in KINDS_OF.items() if kind == "reward" and can_be_left_out(name)} | LEAVES
GROUPS = {name: made(name) for name, kind in KINDS_OF.items() if kind == "group" and can_be_left_out(name)}
GROUPS |= {"distinct": made("distinct", each=numbers), "is_longest": st.just(is_longest)}


def parts(inner):
    return st.dictionaries(names, inner, min_size=1, max_size=3)


def terms_of(inner):
    return parts(st.tuples(weights, inner))


def sums_of(inner):
    return st.builds(lambda terms, missing: vireward.weighted(missing=missing, **terms), terms_of(inner), missings)


def around(inner, groups):
    """Every composition of some rewards."""
    steps = st.dictionaries(st.integers(0, 30), numbers, min_size=1, max_size=3)
    both = st.tuples(numbers, numbers).map(sorted)
    relative = st.builds(lambda one, above: vireward.make("relative_length", correct=one, above=above), inner, numbers)
    scored = st.one_of(st.just(is_longest), *GROUPS.values(), relative, *GROUPS.values())
    sized = st.builds(lambda one, size: vireward.per_group(one, size=size), scored, st.sampled_from([2, GROUP]))
    kinds = [
        sums_of(inner),
        st.builds(
            lambda r, w, a, c: vireward.gate(r, when=w, above=a, closed=c),
            inner,
            inner,
            st.just(0.0) | numbers,
            numbers,
        ),
        st.builds(lambda r, ends: vireward.clip(r, low=ends[0], high=ends[1]), inner, both),
        st.builds(lambda r, by, plus: vireward.scale(r, by=by, plus=plus), inner, numbers, numbers),
        st.builds(lambda r, by: vireward.shift(r, by=by), inner, numbers),
        st.builds(lambda r, weights, how: vireward.schedule(r, weights, linear=how), inner, steps, st.booleans()),
        st.builds(lambda rewards: vireward.first_of(*rewards), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda rewards, bound: vireward.all_of(above=bound, **rewards), parts(inner), numbers),
        st.builds(lambda rewards, bound: vireward.any_of(above=bound, **rewards), parts(inner), numbers),
        st.builds(
            lambda rewards, rest: vireward.by_column("type", rewards, otherwise=rest),
            st.dictionaries(st.sampled_from(KINDS), inner, min_size=1, max_size=2),
            st.none() | inner,
        ),
        st.builds(
            lambda limit, correct, ends: vireward.CosineLength(limit, correct, **ends),
            st.integers(1, 99),
            inner,
            st.fixed_dictionaries({}, optional=ends),
        ),
    ]
    return st.one_of(kinds + [sized, sized] * groups)


def timed(reward, seconds, memory):
    """The reward under a deadline, which one that needs whole groups cannot have."""
    if any(isinstance(part, PerGroup) for part in within(reward)):
        return reward
    return vireward.deadline(reward, seconds=seconds, memory=memory)


def under_a_deadline(inner):
    return st.builds(timed, inner, st.floats(0.001, 60.0), st.sampled_from([None, 2**28, 2**29]))


def nested(depth, groups=True, besides=lambda inner: inner):
    leaves = st.one_of(*LEAVES.values())
    below = leaves
    for _ in range(depth):
        below = st.one_of(leaves, around(below, groups), around(below, groups), besides(below))
    return around(below, groups)


compositions = nested(3)
pointwise = nested(3, groups=False)  # those that need no other completions
written = nested(3, besides=under_a_deadline)  # which are not scored, since a worker process cannot import a test


# --- random samples ---


golds = st.sampled_from(["7", "1500", "B. 7", "bảy"])
rows = st.sampled_from([*KINDS, None])


@st.composite
def samples(draw, gold=golds, kind=rows):
    """A completion, often well formed in some preset and often right, and what is known beside it."""
    right = draw(gold)
    tags = TagFormat.preset(draw(st.sampled_from(TAG_PRESETS)))
    answer = draw(st.sampled_from([right or "7", "7", "không biết 1.500"]))
    text = tags.write(draw(st.sampled_from(["Đầu tiên 3 + 4", "First 3 + 4. Then 7 7 7"])), answer)
    text = draw(st.sampled_from([text, text, text[:-3], f"Đáp án: {answer}", ""]))
    column = draw(kind)
    steps, tokens = st.none() | st.integers(0, 40), st.none() | st.integers(0, 120)
    columns = {} if column is None else {"type": column}
    return Sample(text, right, "Hỏi?", draw(tokens), step=draw(steps), columns=columns)


@st.composite
def batches(draw):
    """Groups of completions of one prompt each."""
    groups = [draw(st.lists(samples(), min_size=GROUP, max_size=GROUP)) for _ in range(draw(st.integers(1, 2)))]
    return [
        Sample(one.completion, one.gold, f"Hỏi {place}?", one.tokens, step=one.step, columns=one.columns)
        for place, group in enumerate(groups)
        for one in group
    ]


# --- what a composition is worth ---


def worth(reward, sample):
    """The value of a reward, worked out by the plainest arithmetic; of what is no composition, as it says."""
    match reward:
        case Weighted(terms, missing):
            values = [(weight, worth(one, sample)) for _, weight, one in terms]
            there = [weight * value for weight, value in values if value is not None]
            return sum(there) if there and (missing == "skip" or len(there) == len(values)) else None
        case Gate(inner, when, above, closed):
            condition = worth(when, sample)
            return None if condition is None else worth(inner, sample) if condition > above else closed
        case FirstOf(rewards):
            return next((value for one in rewards if (value := worth(one, sample)) is not None), None)
        case AllOf(rewards, above) | AnyOf(rewards, above):
            values = [worth(one, sample) for _, one in rewards]
            if None in values:
                return None
            passed = [value > above for value in values]
            return float(all(passed) if isinstance(reward, AllOf) else any(passed))
        case ByColumn(column, rewards, otherwise):
            one = dict(rewards).get(sample.columns.get(column), otherwise)
            return None if one is None else worth(one, sample)
        case Clip() | Scale() | Schedule():
            value = worth(reward.reward, sample)
            return None if value is None else changed(reward, value, sample.step)
    return as_score(reward(sample)).value


def changed(reward, value, step):
    match reward:
        case Clip(_, low, high):
            return low if value < low else high if value > high else value
        case Scale(_, by, plus):
            return value * by + plus
        case Schedule():
            return None if step is None else value * reward.weight(step)


def same(one, other):
    return one is other is None or (None not in (one, other) and math.isclose(one, other, **ABOUT))


def value(reward, sample):
    return as_score(reward(sample)).value


def kinds_of(reward):
    """The names of the compositions and rewards within a reward."""
    for part in within(reward):
        if isinstance(part, Parametrized | BatchFunction):
            yield "from_trl" if isinstance(part, BatchFunction) else part.name
        elif hasattr(part, "__qualname__"):
            yield part.__name__
        elif is_dataclass(part) and not isinstance(part, TagFormat):
            yield type(part).__name__


def depth_of(reward):
    inner = [depth_of(part) for part in list(within(reward))[1:] if isinstance(part, COMPOSITIONS)]
    return isinstance(reward, COMPOSITIONS) + max(inner, default=0)


def rebuilt(reward, change=lambda terms: terms, inside=lambda part: part):
    """The composition once more, with its terms in another order, or its parts as they are changed."""

    def again(part):
        return part and inside(rebuilt(part, change, inside))

    match reward:
        case Weighted(terms, missing):
            terms = {name: (weight, again(one)) for name, weight, one in change(terms)}
            return vireward.weighted(missing=missing, **terms)
        case AllOf(rewards, above) | AnyOf(rewards, above):
            build = vireward.all_of if isinstance(reward, AllOf) else vireward.any_of
            return build(above=above, **{name: again(one) for name, one in change(rewards)})
        case ByColumn(column, rewards, otherwise):
            known = {text: again(one) for text, one in change(rewards)}
            return vireward.by_column(column, known, otherwise=again(otherwise))
        case FirstOf(rewards):
            return vireward.first_of(*map(again, rewards))
        case Gate(inner, when, above, closed):
            return vireward.gate(again(inner), when=again(when), above=above, closed=closed)
    return rebuilt_of_one(reward, again)


def rebuilt_of_one(reward, again):
    match reward:
        case Clip(inner, low, high):
            return vireward.clip(again(inner), low=low, high=high)
        case Scale(inner, by, plus):
            return vireward.scale(again(inner), by=by, plus=plus)
        case Schedule(inner, weights, linear):
            return vireward.schedule(again(inner), dict(weights), linear=linear)
    return reward


# --- no law sleeps ---


def test_the_compositions_are_of_every_kind_deep_and_mostly_awake():
    seen, depths, said, looked = Counter(), Counter(), Counter(), 400

    @settings(max_examples=looked, database=None, derandomize=True)
    @given(compositions, samples())
    def look(reward, sample):
        kinds = set(kinds_of(reward))
        seen.update(kinds)
        depths[depth_of(reward)] += 1
        score = value(reward, sample)
        said["none" if score is None else "zero" if score == 0 else "something"] += 1

    look()
    registered = {one.__name__ for one in registry._factories.values() if isinstance(one, type)}
    expected = {kind.__name__ for kind in COMPOSITIONS} | registered | {"from_trl", "has_words", "is_longest"}
    rare = {kind: seen[kind] for kind in expected if seen[kind] < looked / 100}
    assert rare == {}
    assert sum(depths[depth] for depth in depths if depth >= 3) >= looked / 4, depths
    assert min(said["none"], said["zero"], said["something"]) >= looked / 20, said


# --- values ---


@given(compositions, samples())
def test_a_composition_is_worth_what_plain_arithmetic_says(reward, sample):
    assert same(value(reward, sample), worth(reward, sample))


@given(compositions, samples())
def test_what_is_nested_is_worth_what_is_flattened(reward, sample):
    # A part that cannot be looked into is neither flattened nor simplified.
    assert same(value(rebuilt(reward, inside=Hidden), sample), value(rebuilt(reward), sample))


@given(compositions, samples(), st.randoms(use_true_random=False))
def test_the_order_of_named_parts_does_not_matter(reward, sample, rng):
    other = rebuilt(reward, change=lambda terms: rng.sample(terms, len(terms)))
    assert value(other, sample) == value(reward, sample)


@given(compositions, samples())
def test_some_compositions_change_nothing(reward, sample):
    assert vireward.first_of(reward) == vireward.scale(reward) == vireward.shift(reward, by=0.0) == reward
    wide = vireward.clip(reward, low=-1e300, high=1e300)
    always = vireward.shift(vireward.scale(vireward.TagCount(), by=0.0), by=1.0)
    alone = vireward.weighted(only=(1.0, reward))
    row = vireward.by_column("no such column", {"x": always}, otherwise=reward)
    for other in (wide, vireward.gate(reward, when=always), alone, row, vireward.first_of(reward, reward)):
        assert value(other, sample) == value(reward, sample)


@given(compositions, compositions, samples(), numbers, numbers)
def test_a_gate_behind_itself_is_one_gate(reward, condition, sample, above, closed):
    gated = vireward.gate(reward, when=condition, above=above, closed=closed)
    assert vireward.gate(gated, when=condition, above=above, closed=closed) is gated
    twice = vireward.gate(Hidden(gated), when=condition, above=above, closed=closed)
    assert value(twice, sample) == value(gated, sample)


@given(compositions, samples(), numbers, numbers)
def test_a_clip_keeps_its_bounds_and_once_is_enough(reward, sample, one, other):
    low, high = sorted((one, other))
    clipped = vireward.clip(reward, low=low, high=high)
    score = value(clipped, sample)
    assert score is None or low <= score <= high
    assert value(vireward.clip(Hidden(clipped), low=low, high=high), sample) == score
    assert vireward.clip(clipped, low=low, high=high) is clipped


@given(compositions, compositions, samples(), numbers, numbers, st.sampled_from([-2.0, 0.5, 4.0]))
def test_a_sum_is_linear_in_its_weights(reward, other, sample, one, two, factor):
    def both(first, second):
        return value(vireward.weighted(a=(first, reward), b=(second, other)), sample)

    plain, scaled = both(one, two), both(factor * one, factor * two)
    assert scaled == (None if plain is None else factor * plain)
    split = vireward.weighted(a=(one, reward), c=(two, reward))
    assert same(value(split, sample), value(vireward.weighted(a=(one + two, reward)), sample))


# --- abstentions ---


def needs_gold(reward, sample):
    """Whether a missing gold makes the reward abstain, whatever the completion is; the table of abstentions."""

    def any_of(rewards):
        return any(needs_gold(one, sample) for one in rewards)

    match reward:
        case Weighted(terms, "abstain"):
            return any_of(one for _, _, one in terms)
        case Weighted(terms, "skip"):
            return all(needs_gold(one, sample) for _, _, one in terms)
        case FirstOf(rewards):
            return all(needs_gold(one, sample) for one in rewards)
        case AllOf(rewards) | AnyOf(rewards):
            return any_of(one for _, one in rewards)
        case Gate(_, when):  # a closed gate does not ask what is behind it
            return needs_gold(when, sample)
        case Clip() | Scale() | Schedule():
            return needs_gold(reward.reward, sample)
        case ByColumn(column, rewards, otherwise):
            one = dict(rewards).get(sample.columns.get(column), otherwise)
            return one is not None and needs_gold(one, sample)
        case vireward.CosineLength():
            return needs_gold(reward.correct, sample)
    return next(iter(kinds_of(reward)), "") in NEED_GOLD


groups_without_gold = rows.flatmap(
    lambda kind: st.lists(samples(gold=st.none(), kind=st.just(kind)), min_size=GROUP, max_size=GROUP)
)


@given(compositions, groups_without_gold)
def test_without_a_gold_all_completions_of_a_prompt_abstain_together(reward, group):
    for part in within(reward):
        if not isinstance(part, vireward.GroupReward) and callable(part) and needs_gold(part, group[0]):
            assert [value(part, sample) for sample in group] == [None] * GROUP


@given(pointwise, groups_without_gold)
def test_what_needs_no_gold_does_not_look_at_it(reward, group):
    if not set(kinds_of(reward)) & set(NEED_GOLD):
        for sample in group:
            other = Sample(sample.completion, "7", None, sample.tokens, step=sample.step, columns=sample.columns)
            assert value(reward, other) == value(reward, sample)


def test_both_laws_of_abstention_meet_rewards_that_need_a_gold_and_rewards_that_do_not():
    met = Counter()

    @settings(max_examples=200, database=None, derandomize=True)
    @given(pointwise, samples())
    def look(reward, sample):
        met[needs_gold(reward, sample)] += 1
        met["none at all"] += not set(kinds_of(reward)) & set(NEED_GOLD)

    look()
    assert min(met[True], met[False], met["none at all"]) >= 30, met


# --- batches ---


@given(pointwise, batches())
def test_a_batch_is_scored_as_its_samples_one_by_one(reward, batch):
    assert vireward.score_batch(reward, batch) == [as_score(reward(sample)) for sample in batch]


@given(compositions, batches())
def test_a_batch_is_scored_as_its_groups_one_by_one(reward, batch):
    groups = [batch[i : i + GROUP] for i in range(0, len(batch), GROUP)]
    apart = [score for group in groups for score in vireward.score_batch(reward, group)]
    assert vireward.score_batch(reward, batch) == apart


at_once = ["answer_match", "numeric_match", "format_exact", "tag_count"]
quick = st.recursive(st.one_of([LEAVES[name] for name in at_once]), sums_of, max_leaves=6)  # those without reasons


@given(quick)
def test_sums_of_the_commonest_rewards_are_given_at_once(reward):
    assert scores_columns(reward)


@given(compositions | quick, batches())
def test_a_trainer_gets_the_values_of_the_scores(reward, batch):
    step = batch[0].step
    ids = None if any(one.tokens is None for one in batch) else [list(range(one.tokens)) for one in batch]
    known = [replace(one, step=step, tokens=None if ids is None else one.tokens) for one in batch]
    values = vireward.to_trl(reward)(
        [one.prompt for one in batch],
        [one.completion for one in batch],
        ids,
        answer=[one.gold for one in batch],
        type=[one.columns.get("type") for one in batch],
        trainer_state=SimpleNamespace(global_step=step),
    )
    assert values == [score.value for score in vireward.score_batch(reward, known)]


# --- a composition is a value, and data ---


@given(compositions, samples())
def test_a_composition_pickles_prints_compares_and_hashes(reward, sample):
    text = expression(reward)
    # A dataclass prints a function among its fields with its address, which is no expression.
    twins = [] if " at 0x" in text else [eval(text, dict(SCOPE))]
    for twin in (pickle.loads(pickle.dumps(reward)), rebuilt(reward), *twins):
        assert twin == reward
        assert hash(twin) == hash(reward)
        assert expression(twin) == text
        assert twin(sample) == reward(sample)


def test_deadlines_are_among_what_is_written():
    met = Counter()

    @settings(max_examples=200, database=None, derandomize=True)
    @given(written)
    def look(reward):
        met.update(set(kinds_of(reward)) & {"Deadline"})

    look()
    assert met["Deadline"] > 8


@given(written)
def test_what_is_written_is_as_the_schema_says_and_is_read_back(validator, tmp_path_factory, reward):
    data, text = vireward.to_config(reward), vireward.to_toml(reward)
    assert tomllib.loads(text) == data
    assert list(validator.iter_errors(data)) == []
    (file := tmp_path_factory.getbasetemp() / "reward.toml").write_text(text, encoding="utf-8")
    for twin in (vireward.from_config(json.loads(json.dumps(data))), vireward.from_toml(file)):
        assert twin == reward
        assert hash(twin) == hash(reward)


@pytest.fixture(scope="module")
def validator(own_rewards):
    return jsonschema.Draft202012Validator(vireward.config_schema())
