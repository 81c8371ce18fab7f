"""The same rewards for many threads and processes at once, and for completions that nobody sane writes."""

import itertools
import math
import multiprocessing
import random
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import vireward
from vireward import AnswerMatch, FormatExact, NumericMatch, TagCount, TagFormat, to_trl, weighted
from vireward.columns import Scans

DEEPSEEK = TagFormat.preset("deepseek")
REWARDS = {
    "stack": weighted(
        layout=(1.0, FormatExact()), tags=(0.5, TagCount()), answer=(1.0, AnswerMatch()), number=(0.5, NumericMatch())
    ),
    "nested": vireward.clip(
        weighted(
            first=(1.0, vireward.first_of(NumericMatch(anywhere=True), TagCount())),
            gated=(0.5, vireward.gate(AnswerMatch(anywhere=True), when=FormatExact())),
            either=(0.25, vireward.any_of(half=FormatExact(DEEPSEEK), whole=FormatExact())),
        ),
        low=-1.0,
        high=2.0,
    ),
    "repetition": vireward.Repetition(),
    "language": vireward.LanguageShare(),
    "steps": vireward.ReasoningSteps(),
    "answer anywhere": AnswerMatch(anywhere=True),
    "number anywhere": NumericMatch(anywhere=True),
}
by_reward = pytest.mark.parametrize("name", REWARDS)
THREADS = 32
GOLDS = ["7", "1.500", "2,5", "\\frac{5}{2}", "hai mươi lăm", "x + 1", "{1; 2}", "A", "", None]
PIECES = [
    *("<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>", "<think>", "</think>", "<answer>", "<", "</", "<sup>2"),
    *("\\boxed{", "\\boxed{7}", "{", "}", "{{{{", "}}}}", "$", "\\[", "\\]", "\\(", "\\frac{", "\\frac{5}{2}", "\\"),
    *("7", "1.500", "1,5", "99999999999999999999", "1e999999999", "٧", "７", "2,5", "nan", "-", "−", "%", "1/0", "9!"),
    *("\x00", "\x08", "\ud800", "\udfff", "\u0301", "\u0323\u0302", "e\u0302\u0301", "\u200b", "\u202e", "\ufeff"),
    *("hai mươi lăm", "mươi", "một phần hai", "không phải ", "hoặc ", "Đáp án là: ", "Vậy ", "####", "Bước 1: "),
    *("Ta có ba quả táo. ", "所以", "😀", "x = ", "km", "3 giờ 15 phút", "A. ", "\n", "\r\n", " ", "\t", "\u00a0"),
]


def hostile(count, seed=20, most=24):
    """So many texts, the same each time: pieces in any order, some of them many times, a third laid out with tags."""
    draw = random.Random(seed)
    texts = []
    for _ in range(count):
        chosen = [draw.choice(PIECES) * draw.choice((1, 1, 1, 2, 9)) for _ in range(draw.randrange(most))]
        text = "".join(chosen)
        if draw.random() < 0.3:
            text = f"<thinking>{text}</thinking>\n<SOLUTION>{draw.choice(PIECES)}</SOLUTION>"
        texts.append(text)
    return texts


def golds(count):
    return list(itertools.islice(itertools.cycle(GOLDS), count))


BATCHES = [hostile(12, seed=seed) for seed in range(8)]


def scored(name, texts, logged=False):
    """The values of a batch, and what was logged of it."""
    said = []
    logs = {"log_extra": lambda *row: said.append(row), "log_metric": lambda *row: said.append(row)} if logged else {}
    return to_trl(REWARDS[name])(completions=texts, answer=golds(len(texts)), **logs), said


def scored_as_pickled(task):
    """In another process: the values of a batch of a reward that came along with it."""
    reward, texts, answers = task
    return reward(completions=texts, answer=answers)


# --- at once ---


@pytest.fixture
def restless():
    """Threads take turns all the time, so that what they share wrongly is soon mixed up."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@by_reward
@pytest.mark.parametrize("logged", [False, True], ids=["plain", "logged"])
def test_threads_at_once_get_what_each_gets_alone(restless, name, logged):
    reward, alone = to_trl(REWARDS[name]), [scored(name, texts, logged) for texts in BATCHES]
    start = threading.Barrier(THREADS)

    def run(thread):
        start.wait()
        rounds = []
        for i in range(len(BATCHES)):
            texts, said = BATCHES[(thread + i) % len(BATCHES)], []
            logs = {"log_extra": lambda *r: said.append(r), "log_metric": lambda *r: said.append(r)} if logged else {}  # noqa: B023  # called before the next round
            rounds.append((reward(completions=texts, answer=golds(len(texts)), **logs), said))
        return rounds

    with ThreadPoolExecutor(THREADS) as threads:
        for thread, rounds in enumerate(threads.map(run, range(THREADS))):
            assert rounds == [alone[(thread + i) % len(BATCHES)] for i in range(len(BATCHES))]


class Hesitant(Scans):
    """Scans that let other threads go first whenever they are asked what they are of."""

    @property
    def completions(self):
        time.sleep(1e-4)
        return self.own

    @completions.setter
    def completions(self, texts):
        self.own = texts


def test_threads_do_not_get_each_others_scans(monkeypatch):
    monkeypatch.setattr("vireward.columns.Scans", Hesitant)
    reward, alone = to_trl(REWARDS["stack"]), [scored("stack", texts)[0] for texts in BATCHES]

    def run(i):
        return [reward(completions=BATCHES[i], answer=golds(len(BATCHES[i]))) for _ in range(20)]

    with ThreadPoolExecutor(len(BATCHES)) as threads:
        for i, values in enumerate(threads.map(run, range(len(BATCHES)))):
            assert values == [alone[i]] * 20


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_get_what_this_one_gets(method):
    tasks = [(to_trl(REWARDS[name]), texts, golds(len(texts))) for name in REWARDS for texts in BATCHES]
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as processes:
        assert list(processes.map(scored_as_pickled, tasks, chunksize=7)) == [*map(scored_as_pickled, tasks)]


# --- what nobody sane writes ---

MANY = hostile(3_000, seed=4)
DECLARED = {
    "stack": lambda value: -5.0 <= value <= 9.0,
    "nested": lambda value: -1.0 <= value <= 2.0,
    "repetition": lambda value: -1.0 <= value <= 0.0,
    "language": lambda value: 0.0 <= value <= 1.0,
    "steps": lambda value: 0.0 <= value <= 1.0,
    "answer anywhere": {3.0, 1.5, -1.5, 0.0}.__contains__,
    "number anywhere": {1.5, -0.5, 0.0}.__contains__,
}


def test_the_hostile_texts_are_hostile_and_the_same_each_time():
    assert hostile(50, seed=4) == MANY[:50]
    assert all(any(piece in text for text in MANY) for piece in PIECES)
    assert len({*MANY}) > len(MANY) * 0.9


@by_reward
def test_hostile_completions_have_declared_values_and_raise_nothing(name):
    reward = to_trl(REWARDS[name], on_error="raise")
    values = reward(completions=MANY, answer=golds(len(MANY)))
    assert len(values) == len(MANY)
    known = [value for value in values if value is not None]
    assert all(type(value) is float and math.isfinite(value) for value in known)
    assert [value for value in known if not DECLARED[name](value)] == []
    assert len({*values}) > 1  # or nothing was looked at


@by_reward
def test_a_hostile_completion_has_the_value_of_its_own_row_logged_or_not(name):
    texts = MANY[:400]
    reward, plain = to_trl(REWARDS[name]), scored(name, texts)[0]
    logged, said = scored(name, texts, logged=True)
    rows = zip(texts, golds(len(texts)), strict=True)
    assert plain == logged == [reward.score({"completion": text, "answer": gold}).value for text, gold in rows]
    assert said[0][0] == f"{reward.__name__}/why"
    assert len(said[0][1]) == len(texts)
    assert all(math.isfinite(mean) for _, mean in said[1:])


# --- one bad item ---

BAD = {
    "nothing": None,
    "a number": 7,
    "bytes": b"7",
    "a set": {"7"},
    "messages without roles": [["assistant", "7"]],
    "content of no kind": [{"role": "assistant", "content": 7}],
}
HOSTILE = {
    "boxes": "\\boxed{" * 2_000,
    "digits": "7" * 20_000,
    "tags": "<thinking></thinking><SOLUTION>" * 300,
    "marks": "e" + "\u0301" * 5_000,
    "surrogates": "\ud800" * 2_000,
}


@by_reward
@pytest.mark.parametrize("logged", [False, True], ids=["plain", "logged"])
@pytest.mark.parametrize("item", [*BAD, *HOSTILE])
def test_one_bad_item_changes_no_other(name, item, logged):
    texts, bad = hostile(12, seed=9), (BAD | HOSTILE)[item]
    alone, reward = scored(name, texts)[0], to_trl(REWARDS[name])
    logs = {"log_extra": lambda *_: None, "log_metric": lambda *_: None} if logged else {}
    for place in (0, 5, 12):
        given, answers = [*texts[:place], bad, *texts[place:]], golds(12)
        answers.insert(place, "7")
        values = reward(completions=given, answer=answers, **logs)
        assert values[:place] + values[place + 1 :] == alone
        if item in BAD:
            assert values[place] is None
