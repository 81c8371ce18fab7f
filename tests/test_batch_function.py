"""Reward functions that score a batch a call: each is called once, with what TRL's trainer would hand over itself."""

import asyncio
import copy
import functools
import math
import os
import pickle
import subprocess
import sys
import threading
import traceback
from collections import Counter, deque
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward import from_trl, gate, per_group, scale, score_batch, to_trl, weighted
from vireward.errors import BadParameter, BadScore, RewardFailed
from vireward.records import Batch, Sample, Score, as_score
from vireward.rewards import FormatExact, NumericMatch

RIGHT = "<thinking>3 + 4</thinking>\n<SOLUTION>7</SOLUTION>"


def length(completions, **columns):
    return [float(len(text)) for text in completions]


def chat_length(completions, **columns):
    return [float(len(completion[0]["content"])) for completion in completions]


class Recorder:
    """A reward function that remembers what it was called with."""

    def __init__(self):
        self.calls = []

    def __call__(self, completions, **columns):
        self.calls.append({"completions": completions, **columns})
        return [float(place) for place, _ in enumerate(completions)]


@dataclass(frozen=True, slots=True)
class Changed:
    """What is the reward of a sample that is changed on its way?"""

    reward: object
    changes: tuple

    def __call__(self, sample, /):
        return self.reward(replace(sample, **dict(self.changes)))


def message_of(error, call, *args, **kwargs):
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- what the function is called with ---


def trainers_batch(rows, *, chat, step=250):
    """The keywords that TRL's trainer calls a reward function with."""
    prompts = [f"{row} + 4 = ?" for row in range(len(rows))]
    completions = [text for text, _ in rows]
    if chat:
        prompts = [[{"role": "system", "content": "Hãy nghĩ."}, {"role": "user", "content": p}] for p in prompts]
        completions = [[{"role": "assistant", "content": text}] for text in completions]
    return {
        "prompts": prompts,
        "completions": completions,
        "completion_ids": [list(range(len(text))) for text, _ in rows],
        "answer": [gold for _, gold in rows],
        "level": [{"of": ["school", place]} for place in range(len(rows))],
        "environments": [SimpleNamespace(name=place) for place in range(len(rows))],
        "trainer_state": SimpleNamespace(global_step=step),
        "log_extra": lambda column, values: None,
        "log_metric": lambda name, value: None,
    }


rows = st.lists(st.tuples(st.text(max_size=5), st.sampled_from(["7", 7.0, None])), min_size=1, max_size=6)


@given(rows, st.booleans())
def test_it_sees_what_the_trainer_would_have_called_it_with(rows, chat):
    ours, theirs = Recorder(), Recorder()
    batch = trainers_batch(rows, chat=chat)
    assert to_trl(from_trl(ours))(**batch) == theirs(**batch)
    lent = ("log_extra", "log_metric")  # under the function's name
    (seen,), (given_to_theirs,) = ours.calls, theirs.calls
    assert {**seen, **dict.fromkeys(lent)} == {**given_to_theirs, **dict.fromkeys(lent)}
    for name, values in batch.items():
        if name not in lent and not isinstance(values, list):
            assert seen[name] is values


@given(rows, st.booleans(), st.integers(1, 4))
def test_it_is_called_once_a_batch_wherever_it_stands(rows, chat, times):
    recorder = Recorder()
    reward = from_trl(recorder)
    terms = {f"a{place}": (1.0, reward) for place in range(times)}
    reward = weighted(
        **terms,
        again=(1.0, from_trl(recorder)),  # made once more of the same function
        gated=(1.0, gate(scale(reward, by=2.0), when=reward, above=2.0)),
    )
    call = to_trl(reward)
    for batch in range(2):
        call(**trainers_batch(rows, chat=chat))
        assert len(recorder.calls) == batch + 1


def test_another_gold_or_shape_is_another_call():
    recorder = Recorder()
    reward = weighted(
        a=(1.0, from_trl(recorder)), b=(1.0, from_trl(recorder, gold="gold")), c=(1.0, from_trl(recorder, chat=True))
    )
    score_batch(reward, [Sample("x", "7")])
    assert [sorted({"answer", "gold"} & set(call)) for call in recorder.calls] == [["answer"], ["gold"], ["answer"]]
    assert [call["completions"] for call in recorder.calls] == [["x"], ["x"], [[{"role": "assistant", "content": "x"}]]]


KNOWN = {"prompts", "completions", "completion_ids", "answer", "trainer_state", "log_extra", "log_metric"}


def test_a_sample_of_its_own_is_a_batch_of_one():
    recorder = Recorder()
    from_trl(recorder)(Sample("x", "7", "3 + 4 = ?", step=5, columns={"level": 3, "completion_ids": [1]}))
    (call,) = recorder.calls
    assert set(call) == {*KNOWN, "level"}
    assert (call["prompts"], call["completions"], call["answer"]) == (["3 + 4 = ?"], ["x"], ["7"])
    assert (call["level"], call["completion_ids"], call["trainer_state"].global_step) == ([3], [[1]], 5)
    assert call["log_extra"]("column", ["value"]) is call["log_metric"]("name", 1.0) is None


def test_a_column_that_a_row_lacks_is_no_column():
    recorder = Recorder()
    score_batch(from_trl(recorder), [Sample("x", columns={"a": 1, "b": 2}), Sample("y", columns={"a": 3})])
    assert recorder.calls[0]["a"] == [1, 3]
    assert "b" not in recorder.calls[0]


@pytest.mark.parametrize(
    "function",
    [
        lambda completions: [float(len(c)) for c in completions],
        lambda completions, answer: [float(len(c)) for c in completions],
        lambda prompts, completions, level: [float(len(c)) for c in completions],
        lambda *, completions, answer=None, absent=3: [float(len(c)) for c in completions],
        functools.partial(lambda weight, completions: [weight * len(c) for c in completions], 1.0),
        functools.wraps(lambda completions, level: 0)(lambda **columns: length(columns["completions"])),
    ],
)
def test_it_gets_the_keywords_that_it_takes(function):
    assert to_trl(from_trl(function))(**trainers_batch([("xx", "7"), ("x", "7")], chat=False)) == [2.0, 1.0]


def test_the_gold_goes_by_the_name_that_the_function_has_for_it():
    recorder = Recorder()
    batch = trainers_batch([("x", "7")], chat=False)
    batch["solution"] = batch.pop("answer")
    to_trl(from_trl(recorder), gold="solution")(**batch)
    assert (recorder.calls[0]["answer"], recorder.calls[0]["solution"]) == (["7"], ["7"])
    from_trl(recorder, gold=None)(Sample("x", "7"))
    assert "answer" not in recorder.calls[1]


# --- shapes ---

CHAT = [{"role": "assistant", "content": "xx"}]
TOOLS = [{"role": "assistant", "content": "x"}, {"role": "tool", "content": "5"}, {"role": "assistant", "content": "x"}]
ASKED = [{"role": "system", "content": "Hãy nghĩ."}, {"role": "user", "content": "3 + 4 = ?"}]


@pytest.mark.parametrize(
    ("chat", "given", "text", "seen"),
    [
        (None, "xx", "xx", "xx"),
        (None, CHAT, "xx", CHAT),
        (None, TOOLS, "x\nx", TOOLS),
        (None, None, "xx", "xx"),
        (None, "xx", "x", "x"),  # changed on its way
        (None, CHAT, "x", [{"role": "assistant", "content": "x"}]),
        (True, "xx", "xx", CHAT),
        (True, TOOLS, "x\nx", TOOLS),
        (True, None, "xx", CHAT),
        (True, CHAT, "x", [{"role": "assistant", "content": "x"}]),
        (False, "xx", "xx", "xx"),
        (False, CHAT, "xx", "xx"),
        (False, None, "xx", "xx"),
        (False, CHAT, "x", "x"),
    ],
)
def test_a_completion_has_the_shape_that_was_asked_for_or_given(chat, given, text, seen):
    recorder = Recorder()
    from_trl(recorder, chat=chat)(Sample(text, columns={} if given is None else {"completion": given}))
    assert recorder.calls[0]["completions"] == [seen]


@pytest.mark.parametrize(
    ("chat", "given", "text", "seen"),
    [
        (None, ASKED, "3 + 4 = ?", ASKED),
        (None, "3 + 4 = ?", "3 + 4 = ?", "3 + 4 = ?"),
        (None, None, "3 + 4 = ?", "3 + 4 = ?"),
        (None, ASKED, None, ASKED),
        (None, ASKED, "4 + 4 = ?", [{"role": "user", "content": "4 + 4 = ?"}]),
        (True, None, "3 + 4 = ?", ASKED[1:]),
        (True, None, None, None),
        (False, ASKED, "3 + 4 = ?", "3 + 4 = ?"),
    ],
)
def test_so_has_a_prompt(chat, given, text, seen):
    recorder = Recorder()
    from_trl(recorder, chat=chat)(Sample("x", prompt=text, columns={} if given is None else {"prompt": given}))
    assert recorder.calls[0]["prompts"] == [seen]


# --- a sample that is changed on its way ---


@given(rows, st.booleans(), st.text(max_size=5))
def test_what_is_changed_is_scored_as_changed(rows, chat, text):
    function = chat_length if chat else length
    batch = trainers_batch(rows, chat=chat)
    assert to_trl(from_trl(function))(**batch) == [len(given) for given, _ in rows]
    changed = Changed(from_trl(function), (("completion", text),))
    assert to_trl(changed)(**batch) == [len(text)] * len(rows)


def test_a_changed_gold_step_and_column_are_seen():
    recorder = Recorder()
    changes = (("gold", "8"), ("step", 9), ("columns", {"level": 4, "answer": 7.0}))
    to_trl(Changed(from_trl(recorder), changes))(**trainers_batch([("x", 7.0), ("y", 7.0)], chat=False))
    assert len(recorder.calls) == 2  # each for itself
    for call in recorder.calls:
        assert (call["answer"], call["level"], call["trainer_state"].global_step) == (["8"], [4], 9)


def test_a_change_of_one_leaves_the_batch_of_the_others():
    recorder = Recorder()
    reward = from_trl(recorder)

    def some(sample):
        return reward(replace(sample, completion="z") if sample.completion == "y" else sample)

    to_trl(some)(**trainers_batch([("x", "7"), ("y", "7"), ("x", "7")], chat=False))
    assert Counter(tuple(call["completions"]) for call in recorder.calls) == {("x", "y", "x"): 1, ("z",): 1}


# --- failures ---


def fails(completions, **columns):
    raise ZeroDivisionError("division by zero")


def handed(function, *, on_error="abstain", size=3):
    """What the adapter gives for a batch, and the reasons that it logs."""
    logged = {}
    batch = trainers_batch([("x" * place, "7") for place in range(size)], chat=False)
    call = to_trl(from_trl(function), on_error=on_error)
    return call(**batch | {"log_extra": logged.__setitem__}), next(iter(logged.values()))


@given(st.integers(1, 5))
def test_a_failure_is_one_of_every_sample(size):
    given, reasons = handed(fails, size=size)
    assert (given, reasons) == ([None] * size, ["ZeroDivisionError: division by zero"] * size)
    with pytest.raises(RewardFailed) as caught:
        handed(fails, on_error="raise", size=size)
    assert str(caught.value) == "fails raised ZeroDivisionError: division by zero"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("results", "message"),
    [
        (None, "gives: gave None, not one result for each completion"),
        (1.0, "gives: gave 1.0, not one result for each completion"),
        ([1.0], "gives: gave 1 results for 3 completions"),
        ([1.0] * 4, "gives: gave 4 results for 3 completions"),
    ],
)
def test_results_that_are_not_one_for_each_are_a_failure_of_every_sample(results, message):
    def gives(completions, **columns):
        return results

    given, reasons = handed(gives)
    assert (given, reasons) == ([None] * 3, [f"BadScore: {message}"] * 3)
    assert message_of(RewardFailed, handed, gives, on_error="raise") == f"gives raised BadScore: {message}"
    assert message_of(BadScore, score_batch, from_trl(gives), [Sample("x")] * 3) == message


@pytest.mark.parametrize("bad", [math.nan, "1", [1.0], 10**400])
def test_a_result_that_is_no_score_is_a_failure_of_its_own_sample(bad):
    given, reasons = handed(lambda completions, **columns: [1.0, bad, None])
    assert given == [1.0, None, None]
    assert reasons[1].startswith("BadScore: a reward must be ")
    assert reasons[2] == "abstained without a reason"


def test_a_missing_argument_is_named():
    assert handed(lambda completions, absent: [])[1][0].endswith("missing 1 required positional argument: 'absent'")


def test_a_failure_does_not_grow_by_the_samples_of_its_batch():
    batch = Batch([Sample("x")] * 50)
    depths = []
    for sample in batch.samples:
        try:
            from_trl(fails)(sample)
        except ZeroDivisionError as error:
            depths.append(len(traceback.extract_tb(error.__traceback__)))
    assert len(depths) == 50
    assert len(set(depths[1:])) == 1
    assert depths[1] <= depths[0] + 1


@pytest.mark.parametrize("results", [(0.5, True), iter([0.5, 1]), deque([0.5, 1.0])])
def test_results_may_be_anything_to_walk_over(results):
    scores = score_batch(from_trl(lambda completions, **columns: results), [Sample("x"), Sample("y")])
    assert [score.value for score in scores] == [0.5, 1.0]


def test_a_result_may_be_a_score():
    told = Score(0.5, "half of it", {"part": Score(1.0, "one")})
    assert score_batch(from_trl(lambda completions: [told]), [Sample("x")]) == [told]


def test_a_generator_is_a_list_too():
    def one_by_one(completions, **columns):
        yield from length(completions)

    assert from_trl(one_by_one)(Sample("xyz")).value == 3.0


# --- an unreadable completion ---


@pytest.mark.parametrize("unreadable", [7, None, [7], {"content": 7}])
@pytest.mark.parametrize("chat", [True, False])
def test_an_unreadable_completion_fails_alone_and_leaves_the_columns(unreadable, chat):
    recorder = Recorder()
    batch = trainers_batch([("x", "7"), ("y", "7"), ("z", "8")], chat=chat)
    batch["completions"][1] = unreadable
    assert to_trl(from_trl(recorder))(**batch) == [0.0, None, 2.0]
    (call,) = recorder.calls
    assert call["completions"] == [batch["completions"][0], "", batch["completions"][2]]
    assert all(call[name] == batch[name] for name in ("prompts", "answer", "level", "completion_ids"))


def test_an_unreadable_prompt_fails_alone():
    recorder = Recorder()
    batch = trainers_batch([("x", "7"), ("y", "7")], chat=False)
    batch["prompts"][0] = [7]
    assert to_trl(from_trl(recorder))(**batch) == [None, 1.0]
    assert recorder.calls[0]["prompts"] == [None, "1 + 4 = ?"]


# --- coroutine functions ---


async def asks(completions, **columns):
    await asyncio.sleep(0)
    return length(completions)


class Judge:
    """A client as people write it: what it waits on belongs to the event loop of its first call."""

    def __init__(self):
        self.answered = None
        self.loops = set()

    async def __call__(self, completions, **columns):
        loop = asyncio.get_running_loop()
        self.loops.add(loop)
        self.answered = self.answered or asyncio.Event()
        loop.call_later(0.001, self.answered.set)
        await self.answered.wait()
        self.answered.clear()
        return length(completions)


@pytest.mark.parametrize("function", [asks, Judge(), functools.partial(asks, level=3)])
def test_a_coroutine_function_is_run_to_its_end(function):
    assert from_trl(function)(Sample("xyz")).value == 3.0
    assert to_trl(from_trl(function))(**trainers_batch([("x", "7"), ("xx", "7")], chat=False)) == [1.0, 2.0]


def test_it_is_run_where_an_event_loop_runs_already():
    async def notebook():
        return from_trl(asks)(Sample("xyz")).value

    assert asyncio.run(notebook()) == 3.0


def test_every_batch_is_run_in_the_loop_of_the_first():
    judge = Judge()
    for _ in range(3):
        assert score_batch(from_trl(judge), [Sample("x"), Sample("xx")]) == [as_score(1.0), as_score(2.0)]
    assert len(judge.loops) == 1


def test_one_that_scores_by_another_does_not_wait_for_itself():
    async def outer(completions, **columns):
        return [from_trl(asks)(Sample(text)).value for text in completions]

    results = []
    thread = threading.Thread(target=lambda: results.append(from_trl(outer)(Sample("xyz")).value), daemon=True)
    thread.start()
    thread.join(30)
    assert results == [3.0]


def test_its_failure_is_told_like_any():
    async def fails_later(completions, **columns):
        await asyncio.sleep(0)
        raise ZeroDivisionError("division by zero")

    assert handed(fails_later)[1] == ["ZeroDivisionError: division by zero"] * 3


def in_a_program(code):
    """What a program prints that has an asynchronous reward function; it must end, and without a complaint."""
    head = "import os\nfrom vireward import Sample, from_trl\nasync def asks(completions): return [1.0]\n"
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", head + code]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


@pytest.mark.parametrize("leaving", ["SystemExit", "KeyboardInterrupt"])
def test_one_that_leaves_the_program_is_not_waited_for(leaving):
    code = (
        f"async def leaves(completions): raise {leaving}(3)\n"
        f"try: from_trl(leaves)(Sample('x'))\nexcept {leaving} as left: print('left', *left.args)\n"
        "print(from_trl(asks)(Sample('x')).value)\n"
    )
    assert in_a_program(code) == "left 3\n1.0\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is nothing to fork")
def test_a_forked_process_has_a_loop_of_its_own():
    code = (
        "from_trl(asks)(Sample('x'))\n"
        "child = os.fork()\n"
        "print(from_trl(asks)(Sample('x')).value, flush=True)\n"
        "if not child: os._exit(0)\n"
        "os.waitpid(child, 0)\n"
    )
    assert in_a_program(f"import warnings\nwarnings.simplefilter('ignore', DeprecationWarning)\n{code}") == "1.0\n1.0\n"


def test_a_program_that_ran_one_ends_without_a_word():
    assert in_a_program("print(from_trl(asks)(Sample('x')).value)") == "1.0\n"


# --- there and back ---


@pytest.mark.parametrize(
    "reward", [FormatExact(), NumericMatch(), weighted(a=(1.0, FormatExact()), b=(2.0, NumericMatch()))]
)
@given(rows, st.booleans())
def test_what_was_made_for_the_trainer_is_a_reward_again(reward, rows, chat):
    batch = trainers_batch([(RIGHT if text else text, gold) for text, gold in rows], chat=chat)
    assert to_trl(from_trl(to_trl(reward)))(**batch) == to_trl(reward)(**batch)


def test_the_tutorials_functions_compose():
    from vireward import tutorial

    reward = weighted(
        shape=(1.0, from_trl(tutorial.match_format_exactly, chat=True)),
        right=(1.0, from_trl(tutorial.check_answer, chat=True)),
    )
    assert reward(Sample(RIGHT, "7", "3 + 4 = ?")).value == 6.0


# --- wrong use ---


async def streams(completions, **columns):
    yield 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: from_trl(len), "from_trl(len): must be a function of (completions, **columns)"),
        (lambda: from_trl("length"), "from_trl('length'): must be a function of (completions, **columns)"),
        (lambda: from_trl(Recorder), "from_trl(Recorder): must be a function of (completions, **columns)"),
        (lambda: from_trl(FormatExact()), None),
        (
            lambda: from_trl(streams),
            "from_trl(streams): must return at once, but streams(completions, **columns) is an asynchronous generator "
            "function; return a list",
        ),
        (lambda: from_trl(length, gold=7), "from_trl(gold=7): must be the name of a column, or None"),
        (lambda: from_trl(length, chat="yes"), "from_trl(chat='yes'): must be True, False or None"),
        (lambda: from_trl(length, chat=1), "from_trl(chat=1): must be True, False or None"),
        (lambda: to_trl(length), "to_trl(reward=length): scores a batch a call; wrap it as from_trl(...)"),
        (
            lambda: weighted(a=(1.0, to_trl(FormatExact()))),
            None,
        ),
        (
            lambda: per_group(from_trl(length), size=2),
            "per_group(reward=from_trl(length)): scores no group, so it goes without per_group",
        ),
    ],
)
def test_wrong_use_is_named_at_once(call, message):
    told = message_of(BadParameter, call)
    if message is None:
        assert told.endswith((": must be a function of (completions, **columns)", "wrap it as from_trl(...)"))
    else:
        assert told == message


# --- a value among values ---


@pytest.mark.parametrize(
    ("function", "name"),
    [(length, "length"), (functools.partial(length, a=1), "length"), (Recorder(), "Recorder"), (asks, "asks")],
)
def test_it_has_the_name_of_its_function(function, name):
    assert from_trl(function).__name__ == name
    assert to_trl(from_trl(function)).__name__ == name.lower()


@pytest.mark.parametrize("options", [{}, {"gold": None}, {"gold": "solution", "chat": True}, {"chat": False}])
def test_it_is_a_value(options):
    reward = from_trl(length, **options)
    scope = vars(vireward) | {"length": length}
    for twin in (pickle.loads(pickle.dumps(reward)), copy.deepcopy(reward), eval(repr(reward), scope)):
        assert twin == reward
        assert hash(twin) == hash(reward)


# --- samples and their batch ---


@given(rows)
def test_pickling_and_copying_drop_the_batch(rows):
    batch = Batch([Sample(text, columns={"level": 3}) for text, _ in rows])
    for place, sample in enumerate(batch.samples):
        assert (sample.batch, sample.place) == (batch, place)
        for again in (pickle.loads(pickle.dumps(sample)), copy.copy(sample), copy.deepcopy(sample)):
            assert again == sample
            assert (again.batch, again.place) == (None, 0)


def test_a_batch_stands_in_no_repr_comparison_or_hash():
    plain = Sample("x", "7")
    (sample,) = Batch([plain]).samples
    assert (sample, hash(sample), repr(sample)) == (plain, hash(plain), repr(plain))


def test_a_sample_of_another_batch_gets_the_new_one():
    first = Batch([Sample("x"), Sample("y")])
    second = Batch(reversed(first.samples))
    assert [(s.completion, s.place, s.batch is second) for s in second.samples] == [("y", 0, True), ("x", 1, True)]
    assert [sample.completion for sample in first.samples] == ["x", "y"]
