"""Any reward under a deadline: it is the same reward where it finishes, and a typed outcome where it does not."""

import asyncio
import importlib
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vireward
from vireward import (
    AnswerMatch,
    FormatExact,
    NumericMatch,
    Sample,
    Score,
    TagCount,
    clip,
    first_of,
    from_trl,
    gate,
    per_group,
    scale,
    score_batch,
    to_trl,
    weighted,
)
from vireward.deadline import Deadline, deadline
from vireward.errors import BadParameter, BadScore, RewardFailed
from vireward.workers.processes import children
from vireward.workers.worker import MEMORY, close_workers

ROOT = Path(vireward.__file__).parents[1]
LONG = 60.0  # seconds that no reward here needs, so that who waits for them hangs
LATE = 10.0  # seconds that a loaded machine may need to kill and replace a worker
HERE = Sample("<SOLUTION>7</SOLUTION>", gold="7")
STRAYS = "STRAYS_OF_A_DEADLINE"  # names the file into which processes left behind write their ids

REWARDS = """
import ctypes, dataclasses, functools, mmap, multiprocessing, os, signal, subprocess, sys, time
from vireward import Score
from vireward.workers.worker import Worker

@dataclasses.dataclass(frozen=True)
class Says:
    score: Score
    def __call__(self, sample): return self.score

@dataclasses.dataclass(frozen=True)
class Sleeps:
    seconds: float
    def __call__(self, sample): time.sleep(self.seconds); return where(sample)

def where(sample): return Score(1.0, f"{os.getpid()} {os.getppid()}")
def batch(completions, answer, **columns): return [float(len(completions)) for _ in completions]
def prints(sample): print("a word"); os.write(1, b"bytes"); return 1.0

# --- what does not come to an end ---

def spins(sample):
    while True: pass
def tower(sample): return 5**5**5**5
def power(sample): return float(pow(9, 9**9) > 0)
def sleeps(sample): time.sleep(1000)
def blocks(sample):
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True: pass
def catches(sample):
    while True:
        try: time.sleep(1000)
        except BaseException: pass
def stops(sample): os.kill(os.getpid(), signal.SIGSTOP)
def holds(sample):  # its child holds the pipe to it
    if os.fork(): os._exit(0)
    time.sleep(1000)

# --- what ends its process ---

def segfaults(sample): ctypes.string_at(0)
def leaves(sample): os._exit(0)
def leaves_with_one(sample): os._exit(1)
def exits(sample): sys.exit("enough")
def interrupts(sample): raise KeyboardInterrupt
def kills(sample): os.kill(os.getpid(), signal.SIGKILL)
def aborts(sample): os.abort()
def descends(sample):
    sys.setrecursionlimit(10**9)
    def down(_): return list(map(down, [0]))
    down(0)
def eats(sample):
    held = []
    while True: held.append(bytearray(2**24))
def closes_all(sample): os.closerange(0, 1000)

# --- what misbehaves and scores ---

def closes(sample):
    for stream in (sys.stdin, sys.stdout, sys.stderr): stream.close()
    for number in range(3):
        try: os.close(number)
        except OSError: pass
    return 1.0
def forks(sample): os.fork(); os.fork(); return 3.0
def strays(sample):
    if not os.fork():
        os.setsid()
        if not os.fork():
            with open(os.environ["STRAYS_OF_A_DEADLINE"], "a") as ids: ids.write(f"{os.getpid()}\\n")
            time.sleep(1000)
        os._exit(0)
    while not os.path.getsize(os.environ["STRAYS_OF_A_DEADLINE"]): time.sleep(0.01)
    return 1.0
def strays_and_spins(sample): strays(sample); spins(sample)
def starts(sample):
    child = multiprocessing.get_context("fork").Process(target=os.getpid)
    child.start(); child.join()
    return float(subprocess.run(["true"]).returncode == child.exitcode == 0)
def reserves(sample):
    mmap.mmap(-1, 2**42, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=0)
    return 1.0
def takes(sample): return float(len(bytearray(2**28)))

# --- what raises ---

class Odd(Exception):
    def __init__(self, one, two): super().__init__(f"{one} and {two}")
class Changed(Exception):
    def __init__(self, what): super().__init__(f"not {what}")
@dataclasses.dataclass(frozen=True)
class Raises:
    error: Exception
    def __call__(self, sample): raise self.error
def raises_odd(sample): raise Odd(1, 2)
def raises_changed(sample): raise Changed("so")
def raises_local(sample):
    class Local(Exception): pass
    raise Local("from within")
def scores_nothing(sample): return "seven"
def gives_what_does_not_pickle(sample): return Score(1.0, "said", parts={1: lambda: 0})

def hangs(): time.sleep(1000)
def dies(): os._exit(2)
class Unloads:
    def __init__(self, end): self.end = end
    def __call__(self, sample): return 1.0
    def __reduce__(self): return self.end, ()

_slow = Worker(preload=("imports_for_a_second",))
def loads_within(sample): return _slow.call("math:sqrt", 4, seconds=30).value
"""


@pytest.fixture(scope="module")
def rewards(tmp_path_factory):
    """A module of rewards that is importable here and in a worker."""
    folder = tmp_path_factory.mktemp("rewards")
    (folder / "rewards_under_deadlines.py").write_text(REWARDS, encoding="utf-8")
    (folder / "imports_for_a_second.py").write_text("import time; time.sleep(1.2)", encoding="utf-8")
    sys.path.append(str(folder))
    yield importlib.import_module("rewards_under_deadlines")
    sys.path.remove(str(folder))
    del sys.modules["rewards_under_deadlines"]
    close_workers()


@pytest.fixture
def ids(tmp_path, monkeypatch):
    """The file for the ids of processes left behind; workers that start from now on know it."""
    close_workers()
    path = tmp_path / "ids"
    path.touch()
    monkeypatch.setenv(STRAYS, str(path))
    yield path
    close_workers()


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pids, seconds=LATE):
    until = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(map(alive, pids))


def taken(score):
    """A score without the reason of a failure, which has a process id or traceback in it."""
    return score.value, score.outcome


# --- a reward that finishes is the same reward ---

values = st.floats(-1e6, 1e6)
plain = st.builds(Score, values, st.text(max_size=9))
silent = st.builds(
    lambda why, outcome: Score(None, why, outcome=outcome),
    st.text(max_size=9),
    st.sampled_from(["abstained", "timeout", "crashed", "error"]),
)
scores = st.recursive(
    plain | silent,
    lambda inner: st.builds(
        Score, values, st.text(max_size=9), st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
completions = st.lists(
    st.sampled_from(["<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>", "7", "1.500", "bảy", " ", "\n"]),
    max_size=9,
).map("".join)
samples = st.builds(
    Sample,
    completions,
    st.none() | st.just("7"),
    step=st.none() | st.integers(0, 9),
    columns=st.just({"type": ["a", 1]}),
)


def compositions(rewards):
    leaves = st.sampled_from([FormatExact(), TagCount(), NumericMatch(), AnswerMatch()]) | scores.map(rewards.Says)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda a, b: weighted(a=(0.5, a), b=(2.0, b)), inner, inner),
            st.builds(lambda a, b: gate(a, when=b), inner, inner),
            st.builds(lambda a: clip(scale(a, by=2.0), low=-1.0, high=1.0), inner),
            st.builds(first_of, inner, inner),
            st.builds(lambda a: deadline(a, seconds=LONG), inner),
        ),
        max_leaves=4,
    )


def test_a_deadline_changes_nothing_of_a_score_that_is_there_in_time(rewards):
    @given(compositions(rewards), samples)
    @settings(max_examples=40)
    def transparent(reward, sample):
        assert deadline(reward, seconds=LONG)(sample) == reward(sample)

    transparent()


@given(seconds=st.floats(0.001, 86_400), memory=st.none() | st.integers(1, 2**40))
def test_a_deadline_is_a_value_that_prints_as_what_builds_it(seconds, memory):
    one = deadline(FormatExact(), seconds=seconds, memory=memory)
    again = deadline(FormatExact(), seconds=seconds, memory=memory)
    assert one == again == pickle.loads(pickle.dumps(one))
    assert hash(one) == hash(again)
    assert one != deadline(TagCount(), seconds=seconds, memory=memory)
    assert deadline(one, seconds=seconds, memory=memory) is one
    names = {"deadline": deadline, "FormatExact": FormatExact, "TagFormat": vireward.TagFormat}
    assert eval(repr(one), names) == one


def test_its_defaults_are_not_printed(rewards):
    assert repr(deadline(rewards.spins, seconds=1)) == "deadline(spins, seconds=1.0)"
    assert repr(deadline(rewards.spins, seconds=1, memory=MEMORY)) == "deadline(spins, seconds=1.0)"
    assert isinstance(deadline(rewards.spins, seconds=1), Deadline)


def test_functions_of_a_batch_are_called_with_one_sample(rewards):
    reward = deadline(from_trl(rewards.batch), seconds=LONG)
    assert [score.value for score in score_batch(reward, [HERE, HERE])] == [1.0, 1.0]


def test_what_it_prints_is_not_on_the_output_of_this_process(rewards, capfd):
    close_workers()
    assert deadline(rewards.prints, seconds=LONG)(HERE).value == 1.0
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "a word" in printed.err
    close_workers()  # its standard error was that of this test


# --- a reward that does not ---

ENDLESS = ["spins", "tower", "power", "sleeps", "blocks", "catches", "stops"]
DEADLY = {
    "segfaults": "SIGSEGV",
    "leaves": "exited with 0",
    "leaves_with_one": "exited with 1",
    "exits": "SystemExit(enough)",
    "interrupts": "KeyboardInterrupt",
    "kills": "SIGKILL",
    "aborts": "SIGABRT",
    "descends": "SIGSEGV",
    "eats": "ran out of memory",
    "holds": "exited with 0",
    "closes_all": "the worker ",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_reward_without_end_is_a_timeout_and_the_next_sample_is_scored(rewards, name):
    bomb, fine = (deadline(getattr(rewards, one), seconds=0.3) for one in (name, "where"))
    fine(HERE)
    start = time.monotonic()
    score = bomb(HERE)
    assert time.monotonic() - start < 0.3 + LATE
    assert score == Score(None, "no score within 0.3 s", outcome="timeout")
    assert deadline(rewards.where, seconds=LONG)(HERE).value == 1.0


@pytest.mark.parametrize("name", DEADLY)
def test_a_reward_that_ends_its_process_is_a_crash_and_the_next_sample_is_scored(rewards, name):
    score = deadline(getattr(rewards, name), seconds=LONG, memory=2**28)(HERE)
    assert taken(score) == (None, "crashed")
    assert DEADLY[name] in score.why
    assert deadline(rewards.where, seconds=LONG, memory=2**28)(HERE).value == 1.0


@pytest.mark.parametrize(("name", "value"), [("closes", 1.0), ("forks", 3.0), ("starts", 1.0), ("reserves", 1.0)])
def test_a_reward_that_misbehaves_is_scored_all_the_same(rewards, name, value):
    reward, fine = deadline(getattr(rewards, name), seconds=LONG), deadline(rewards.Says(Score(5.0, "")), seconds=LONG)
    assert [one(HERE).value for one in (reward, fine) * 3] == [value, 5.0] * 3
    close_workers()


def test_many_bombs_lose_no_worker(rewards):
    bomb, fine = deadline(rewards.spins, seconds=0.03), deadline(rewards.where, seconds=LONG)
    brokers = set()
    for _ in range(30):
        assert bomb(HERE).outcome == "timeout"
        score = fine(HERE)
        assert score.value == 1.0
        brokers.add(score.why.split()[1])
    assert len(brokers) == 1


def test_a_worker_killed_from_outside_is_a_crash_in_a_call_and_nothing_between_calls(rewards):
    fine, slow = deadline(rewards.where, seconds=LONG), deadline(rewards.sleeps, seconds=LONG)
    pid = int(fine(HERE).why.split()[0])
    os.kill(pid, 9)
    again = fine(HERE)
    assert again.value == 1.0
    killer = threading.Timer(0.3, os.kill, (int(again.why.split()[0]), 9))
    killer.start()
    score = slow(HERE)
    killer.join()
    assert (score.outcome, score.why) == ("crashed", "the worker was killed by SIGKILL")


def test_a_broker_killed_from_outside_takes_its_worker_along_and_is_replaced(rewards):
    fine, bomb = deadline(rewards.where, seconds=LONG), deadline(rewards.spins, seconds=LONG)
    worker, broker = map(int, fine(HERE).why.split())
    killer = threading.Timer(0.3, os.kill, (broker, 9))
    killer.start()
    assert bomb(HERE).outcome == "crashed"
    killer.join()
    assert gone([worker, broker])
    assert fine(HERE).value == 1.0


@pytest.mark.parametrize(
    "error",
    [
        ValueError("so"),
        KeyError("k"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"),
        BadScore("bad"),
        OSError(2, "gone"),
    ],
)
def test_what_a_reward_raises_is_raised_here_with_its_traceback(rewards, error):
    with pytest.raises(type(error)) as raised:
        deadline(rewards.Raises(error), seconds=LONG)(HERE)
    assert (str(raised.value), raised.value.args) == (str(error), error.args)
    assert "in __call__" in raised.value.__notes__[0]


def test_what_is_no_score_raises_as_it_does_here(rewards):
    with pytest.raises(BadScore, match="'seven'"):
        deadline(rewards.scores_nothing, seconds=LONG)(HERE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("raises_odd", "Odd: 1 and 2"),
        ("raises_changed", "Changed: not so"),
        ("raises_local", "Local: from within"),
    ],
)
def test_what_does_not_come_back_as_it_was_raised_is_an_error(rewards, name, said):
    score = deadline(getattr(rewards, name), seconds=LONG)(HERE)
    assert taken(score) == (None, "error")
    assert score.why.startswith(said)
    assert f"in {name}" in score.why


def test_what_does_not_pickle_is_an_error(rewards):
    assert taken(deadline(rewards.gives_what_does_not_pickle, seconds=LONG)(HERE)) == (None, "error")
    sample = Sample("7", columns={"lock": threading.Lock()})
    score = deadline(rewards.where, seconds=LONG)(sample)
    assert taken(score) == (None, "error")
    assert "do not pickle" in score.why


def test_adapters_treat_a_raised_error_by_their_policy(rewards):
    reward = deadline(rewards.Raises(ValueError("so")), seconds=LONG)
    assert to_trl(reward, gold=None)(completions=["7"]) == [None]
    with pytest.raises(RewardFailed, match="ValueError: so"):
        to_trl(reward, gold=None, on_error="raise")(completions=["7"])


def test_memory_is_bounded_where_it_is_touched(rewards):
    assert "ran out of memory" in deadline(rewards.takes, seconds=LONG, memory=2**26)(HERE).why
    assert deadline(rewards.takes, seconds=LONG, memory=2**29)(HERE).value == 2**28
    assert deadline(rewards.takes, seconds=LONG, memory=None)(HERE).value == 2**28
    assert deadline(rewards.reserves, seconds=LONG, memory=2**26)(HERE).value == 1.0


# --- deadlines within deadlines ---


def test_the_shorter_deadline_holds(rewards):
    start = time.monotonic()
    assert deadline(deadline(rewards.spins, seconds=0.2), seconds=LONG)(HERE).outcome == "timeout"
    assert deadline(deadline(rewards.spins, seconds=LONG), seconds=0.5)(HERE).outcome == "timeout"
    assert time.monotonic() - start < 0.7 + LATE


@pytest.mark.parametrize("name", ["spins", "segfaults", "leaves"])
def test_a_part_may_fail_and_the_rest_be_scored(rewards, name):
    part = deadline(getattr(rewards, name), seconds=0.3)
    both = weighted(missing="skip", a=(1.0, part), b=(1.0, NumericMatch()))
    assert deadline(both, seconds=LONG)(HERE).value == NumericMatch()(HERE).value


def test_the_clock_stands_still_for_imports_within(rewards):
    close_workers()
    reward = deadline(rewards.loads_within, seconds=0.8)
    assert reward(HERE).value == 2.0
    assert deadline(rewards.spins, seconds=0.1)(HERE).outcome == "timeout"
    start = time.monotonic()
    assert reward(HERE).value == 2.0  # a new worker
    assert time.monotonic() - start < LATE


# --- what it leaves behind ---


@pytest.mark.parametrize("name", ["strays", "strays_and_spins"])
def test_what_a_reward_leaves_behind_ends_with_its_worker(rewards, ids, name):
    deadline(getattr(rewards, name), seconds=LONG if name == "strays" else 1.5)(HERE)
    close_workers()
    left = ids.read_text().split()
    assert left
    assert gone(left)


def test_no_child_is_left_after_the_workers_are_closed(rewards):
    close_workers()
    before = children()
    reward = deadline(rewards.where, seconds=LONG)
    pids = [pid for score in map(reward, [HERE] * 3) for pid in map(int, score.why.split())]
    deadline(rewards.spins, seconds=0.05)(HERE)
    assert children() > before
    close_workers()
    assert children() == before
    assert gone(pids)


def run_script(folder, lines):
    (folder / "their_rewards.py").write_text(REWARDS, encoding="utf-8")
    script = folder / "script.py"
    script.write_text(textwrap.dedent(lines), encoding="utf-8")
    (folder / "ids").touch()
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", STRAYS: str(folder / "ids")}
    return subprocess.run([sys.executable, str(script)], env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "os._exit(3)", "sys.exit(3)"])
def test_nothing_is_left_of_a_process_that_ends_in_the_middle_of_a_call(tmp_path, end):
    done = run_script(
        tmp_path,
        f"""
        import os, sys, threading, time
        import their_rewards
        from vireward import Sample
        from vireward.deadline import deadline
        fine, bomb = deadline(their_rewards.where, seconds=50), deadline(their_rewards.strays_and_spins, seconds=50)
        print(fine(Sample("")).why, flush=True)
        threading.Thread(target=bomb, args=[Sample("")], daemon=True).start()
        while not os.path.getsize(os.environ["{STRAYS}"]): time.sleep(0.01)
        {end}
        """,
    )
    left = (tmp_path / "ids").read_text().split()
    assert done.returncode in (-9, 3)
    assert left
    assert gone(done.stdout.split() + left)


def test_forked_processes_have_workers_of_their_own(tmp_path):
    done = run_script(
        tmp_path,
        """
        import multiprocessing, os
        import their_rewards
        from vireward import Sample
        from vireward.deadline import deadline
        fine, bomb = deadline(their_rewards.where, seconds=50), deadline(their_rewards.spins, seconds=0.2)
        def told(_): return bomb(Sample("")).outcome, fine(Sample("")).why.split()[1]
        own = told(0)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            forked = pool.map(told, range(4), chunksize=1)
        print({outcome for outcome, _ in [own, *forked]}, own[1] in {broker for _, broker in forked}, told(0) == own)
        """,
    )
    assert (done.stderr, done.stdout) == ("", "{'timeout'} False True\n")


# --- where it is called from ---


def test_threads_wait_for_a_worker_without_losing_their_time(rewards):
    reward = deadline(rewards.Sleeps(0.1), seconds=1.2)
    reward(HERE)
    with ThreadPoolExecutor(32) as pool:  # more than a second for all of them
        scored = list(pool.map(reward, [HERE] * 32))
    assert [score.value for score in scored] == [1.0] * 32
    assert len({score.why.split()[1] for score in scored}) <= min(4, os.cpu_count() or 1)


def test_threads_with_bombs_do_not_disturb_each_other(rewards):
    bomb, fine = deadline(rewards.spins, seconds=0.1), deadline(rewards.Says(Score(2.0, "fine")), seconds=LONG)
    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(lambda n: (bomb, fine)[n % 2](HERE), range(32)))
    assert {taken(score) for score in found[::2]} == {(None, "timeout")}
    assert found[1::2] == [Score(2.0, "fine")] * 16


def test_an_event_loop_goes_on_while_a_thread_of_it_waits(rewards):
    bomb, fine = deadline(rewards.power, seconds=1.0), deadline(rewards.where, seconds=LONG)
    fine(HERE)

    async def beats(seconds):
        until, count = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            await asyncio.sleep(0.01)
            count += 1
        return count

    async def both():
        return await asyncio.gather(asyncio.to_thread(bomb, HERE), beats(1.0))

    score, count = asyncio.run(both())
    assert score.outcome == "timeout"
    assert count > 10  # a loop that is blocked beats once


def test_it_may_be_called_in_a_coroutine(rewards):
    async def scored():
        return deadline(rewards.spins, seconds=0.1)(HERE).outcome, deadline(rewards.where, seconds=LONG)(HERE).value

    assert asyncio.run(scored()) == ("timeout", 1.0)


# --- what it refuses ---


def local():
    def reward(sample):
        return 1.0

    return reward


@pytest.mark.parametrize("reward", [lambda sample: 1.0, local(), gate(lambda sample: 1.0, when=FormatExact())])
def test_what_does_not_pickle_is_refused(reward):
    with pytest.raises(BadParameter, match=r"does not pickle.*needs a function or class of a module"):
        deadline(reward, seconds=1.0)


@pytest.mark.parametrize("name", ["__main__", "__mp_main__"])
def test_a_reward_of_the_script_is_refused(monkeypatch, name):
    reward = local()
    module = types.ModuleType(name)
    module.reward, reward.__module__, reward.__qualname__ = reward, name, "reward"
    monkeypatch.setitem(sys.modules, name, module)
    with pytest.raises(BadParameter, match=r"of the script that is run.*move it to a module"):
        deadline(reward, seconds=1.0)


def test_a_reward_that_only_this_process_knows_is_told_at_the_first_call(monkeypatch):
    reward = local()
    module = types.ModuleType("of_no_file")
    module.reward, reward.__module__, reward.__qualname__ = reward, "of_no_file", "reward"
    monkeypatch.setitem(sys.modules, "of_no_file", module)
    with pytest.raises(BadParameter, match="a worker cannot load it: ModuleNotFoundError: No module"):
        deadline(reward, seconds=1.0)(HERE)


@pytest.mark.parametrize(
    ("name", "outcome", "why"), [("hangs", "timeout", "0.3 s"), ("dies", "crashed", "exited with 2")]
)
def test_a_reward_that_cannot_be_loaded_has_a_typed_outcome(rewards, monkeypatch, name, outcome, why):
    monkeypatch.setattr(sys.modules["vireward.deadline"], "LOADING", 0.3)  # the name in the package is the function
    score = deadline(rewards.Unloads(getattr(rewards, name)), seconds=LONG)(HERE)
    assert taken(score) == (None, outcome)
    assert score.why.startswith("while loading the reward: ")
    assert score.why.endswith(why)
    assert deadline(rewards.where, seconds=LONG)(HERE).value == 1.0


def group_of(samples):
    return [0.0 for _ in samples]


@pytest.mark.parametrize("wrap", [lambda reward: reward, lambda reward: clip(reward, low=0.0, high=1.0)])
def test_a_reward_over_groups_is_refused(wrap):
    with pytest.raises(BadParameter, match=r"needs whole groups.*outside of the deadline"):
        deadline(wrap(per_group(group_of, size=2)), seconds=1.0)


@pytest.mark.parametrize("seconds", [0, -1.0, 1e-6, 1e9, float("inf"), float("nan"), True, "1", None])
def test_a_deadline_is_a_number_of_seconds(seconds):
    with pytest.raises(BadParameter, match=r"deadline\(seconds="):
        deadline(FormatExact(), seconds=seconds)


@pytest.mark.parametrize("memory", [0, -1, 1.5, True, "2G"])
def test_memory_is_a_number_of_bytes(memory):
    with pytest.raises(BadParameter, match=r"deadline\(memory="):
        deadline(FormatExact(), seconds=1.0, memory=memory)


@pytest.mark.parametrize("reward", [FormatExact, 3, group_of])
def test_only_rewards_have_deadlines(reward):
    with pytest.raises(BadParameter, match=r"deadline\(reward="):
        deadline(reward, seconds=1.0)
