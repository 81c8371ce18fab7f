"""Many callers at once and hostile batches: every completion gets the score that it gets alone."""

import itertools
import math
import multiprocessing
import random
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from fuzz_targets import declared, stack
from fuzz_texts import FRAGMENTS, text_of

import vireward
from vireward import AnswerMatch, ChoiceMatch, FormatExact, NumericMatch, Sample, TagCount, TagFormat, symbolic, to_trl

THREADS = 32
DEEPSEEK = TagFormat.preset("deepseek")
STYLE = vireward.weighted(
    repeats=(0.5, vireward.Repetition()),
    language=(1.0, vireward.LanguageShare()),
    steps=(0.25, vireward.ReasoningSteps()),
    text=(1.0, vireward.ForbiddenText(("không biết", "đáp án"))),
    missing="skip",
)
NESTED = vireward.gate(
    vireward.first_of(
        vireward.weighted(a=(2.0, ChoiceMatch()), b=(1.0, vireward.clip(STYLE, low=-1.0, high=1.0))), STYLE
    ),
    when=vireward.any_of(format=FormatExact(), tags=TagCount(DEEPSEEK)),
    closed=-1.0,
)
REWARDS = {
    "four": stack(TagFormat(), "vi"),
    "four in boxes": stack(TagFormat.preset("boxed"), "en", anywhere=True),
    "answer anywhere": AnswerMatch(anywhere=True),
    "number anywhere": NumericMatch(DEEPSEEK, style="en", anywhere=True),
    "style": STYLE,
    "nested": NESTED,
}
each_reward = pytest.mark.parametrize("reward", REWARDS.values(), ids=list(REWARDS))


def hostile(rng, longest=40):
    """A completion with its gold: loose fragments, or blocks whose answer is hostile, or is the gold."""
    loose, gold = (text_of(rng.randbytes(rng.randrange(size))) for size in (longest, 5))
    answer = rng.choice([gold, loose, rng.choice(FRAGMENTS)])
    blocks = f"<thinking>{loose}</thinking>\n<SOLUTION>{answer}</SOLUTION>"
    return rng.choice([loose, blocks, blocks, f"{blocks}{rng.choice(FRAGMENTS)}"]), rng.choice([gold, gold, gold, None])


def rows(seed, size):
    rng = random.Random(seed)
    texts, golds = zip(*(hostile(rng) for _ in range(size)), strict=True)
    return list(texts), list(golds)


TEXTS, GOLDS = rows(1, 240)
SAMPLES = list(map(Sample, TEXTS, GOLDS))


@pytest.fixture(autouse=True)
def _without_a_worker(monkeypatch):
    """One worker answers all that ask for a symbolic comparison, each in its turn: that is a test of its own."""
    monkeypatch.setattr(symbolic, "_installed", lambda: False)


def scores(reward, samples=SAMPLES):
    return [reward(sample) for sample in samples]


# --- threads ---


def at_once(work):
    """What each of many threads comes to, all of them released in one moment."""
    barrier = threading.Barrier(THREADS)

    def released(n):
        barrier.wait()
        return work(n)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(released, range(THREADS)))


@each_reward
def test_threads_that_share_a_reward_get_the_scores_of_one(reward):
    alone = scores(reward)
    orders = [random.Random(n).sample(range(len(SAMPLES)), 24) for n in range(THREADS)]
    found = at_once(lambda n: scores(reward, [Sample(TEXTS[i], GOLDS[i]) for i in orders[n]]))
    assert found == [[alone[i] for i in order] for order in orders]


@each_reward
def test_threads_that_share_a_function_get_the_batches_of_one(reward):
    function = to_trl(reward)
    # Each has batches of its own, the next before another is done with the last.
    batches = [(TEXTS[n : n + 16], GOLDS[n : n + 16]) for n in range(THREADS)]

    def values(n):
        return [function(completions=texts, answer=golds) for texts, golds in (batches[n], batches[-n], batches[n])]

    alone = [to_trl(reward)(completions=texts, answer=golds) for texts, golds in batches]
    assert at_once(values) == [[alone[n], alone[-n], alone[n]] for n in range(THREADS)]


def test_threads_that_share_samples_get_the_scores_of_one():
    shared = [Sample(text, gold) for text, gold in zip(TEXTS[:60], GOLDS[:60], strict=True)]
    alone = [scores(reward, SAMPLES[:60]) for reward in REWARDS.values()]
    assert at_once(lambda n: [scores(reward, shared) for reward in REWARDS.values()]) == [alone] * THREADS


def test_threads_that_share_a_worker_get_the_verdicts_of_one(monkeypatch):
    pytest.importorskip("math_verify")
    monkeypatch.undo()
    pairs = [("x + 1", "1 + x"), ("2x", "x"), ("\\sqrt{8}", "2\\sqrt{2}"), ("x^2 - 1", "(x - 1)(x + 1)"), ("x", "y")]
    alone = [vireward.compare(answer, gold) for answer, gold in pairs]
    assert [found.verdict.value for found in alone] == ["right", "wrong", "right", "right", "wrong"]
    found = at_once(lambda n: [vireward.compare(*pairs[(n + i) % 5]) for i in range(5)])
    assert found == [[alone[(n + i) % 5] for i in range(5)] for n in range(THREADS)]


# --- processes ---


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_get_the_scores_of_one(method):
    # There math-verify may be installed, so what comes to expressions is not sent.
    sent = [sample for sample in SAMPLES if "symbolic" not in str([reward(sample) for reward in REWARDS.values()])]
    assert len(sent) > len(SAMPLES) / 2
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        found = {name: pool.map(reward, sent, chunksize=64) for name, reward in REWARDS.items()}
        for name, each in found.items():
            assert list(each) == scores(REWARDS[name], sent), name


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_get_the_batches_of_one(method):
    texts, golds = TEXTS[:50], ["7"] * 50
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        asked = {name: pool.submit(to_trl(reward), None, texts, answer=golds) for name, reward in REWARDS.items()}
        found = {name: future.result() for name, future in asked.items()}
    assert found == {name: to_trl(reward)(completions=texts, answer=golds) for name, reward in REWARDS.items()}


# --- hostile batches ---


def within(reward, values):
    """Whether all values of a batch are among those that the reward declares."""
    if reward is REWARDS["four"]:
        parts = declared(TagFormat()).values()
        weights = [weight for _, weight, _ in reward.terms]
        sums = {
            None if None in row else math.fsum(map(float.__mul__, weights, row)) for row in itertools.product(*parts)
        }
        return {*values} <= sums
    if reward is REWARDS["answer anywhere"]:
        return {*values} <= {3.0, 1.5, -1.5, 0.0, None}
    if reward is REWARDS["number anywhere"]:
        return {*values} <= {1.5, -0.5, 0.0, None}
    return all(value is None or (type(value) is float and -20.0 <= value <= 20.0) for value in values)


@each_reward
def test_a_batch_of_thousands_of_hostile_completions_has_declared_values(reward):
    texts, golds = rows(2, 2_000)
    values = to_trl(reward, on_error="raise")(completions=texts, answer=golds)
    assert len(values) == len(texts)
    assert within(reward, values)
    assert len({*values}) > 2


def test_long_hostile_completions_have_declared_values():
    rng = random.Random(3)
    texts = [rng.choice(FRAGMENTS) * 3_000 + rng.choice(TEXTS) for _ in range(60)]
    for reward in REWARDS.values():
        assert within(reward, to_trl(reward, on_error="raise")(completions=texts, answer=["7"] * len(texts)))


BAD = [None, 5, b"bytes", [["?"]], [{"role": "assistant", "content": 5}], {"content": [3]}, object()]


@each_reward
@pytest.mark.parametrize("logged", [{}, {"log_extra": lambda *_: None}], ids=["at once", "with reasons"])
def test_a_bad_item_changes_no_other_score(reward, logged):
    texts, golds = TEXTS[:70], GOLDS[:70]
    alone = to_trl(reward)(completions=texts, answer=golds)
    rng = random.Random(4)
    for bad in BAD:
        at = rng.randrange(len(texts))
        values = to_trl(reward)(
            completions=[*texts[:at], bad, *texts[at:]], answer=[*golds[:at], "7", *golds[at:]], **logged
        )
        assert values[at] is None
        assert values[:at] + values[at + 1 :] == alone


@each_reward
def test_what_stands_beside_a_completion_changes_nothing(reward):
    alone = to_trl(reward)(completions=TEXTS, answer=GOLDS)
    order = random.Random(5).sample(range(len(TEXTS)), len(TEXTS))
    mixed = to_trl(reward)(completions=[TEXTS[i] for i in order], answer=[GOLDS[i] for i in order])
    assert mixed == [alone[i] for i in order]
    assert alone == [reward(sample).value for sample in SAMPLES]
