"""Any call under a hard time limit: how it ends, and what it leaves behind."""

import asyncio
import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import vireward
from vireward.errors import BadParameter
from vireward.workers.broker import Reply
from vireward.workers.worker import Worker, import_path

ROOT = Path(vireward.__file__).parents[1]
LATE = 1.5  # seconds that a loaded machine may need beyond a deadline

MISCHIEF = """
import os, signal, sys, time

print("imported")

def square(x): return x * x
def spin():
    while True: pass
def segfault(): os.kill(os.getpid(), signal.SIGSEGV)
def leave(code): os._exit(code)
def eat():
    held = []
    while True: held.append(bytearray(2**24))
def chatter():
    os.write(1, b"raw bytes on the standard output"); print("said"); return sys.stdin.read()
def complain(): raise ValueError("too\\u0323 bad")
def give_back_a_lambda(): return lambda: 0
def name(): return __name__
def parent(): return os.getppid()
def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True: pass
class Outer:
    @staticmethod
    def inner(): return "inner"
"""


@pytest.fixture(scope="module")
def mischief(tmp_path_factory):
    """A module that the worker can import and this process has not."""
    folder = tmp_path_factory.mktemp("mischief")
    (folder / "mischief_for_workers.py").write_text(MISCHIEF, encoding="utf-8")
    sys.path.append(str(folder))
    yield "mischief_for_workers"
    sys.path.remove(str(folder))


@pytest.fixture
def worker():
    one = Worker()
    yield one
    one.close()


@pytest.fixture(scope="module")
def bounded():
    one = Worker(memory=2**28)
    yield one
    one.close()


def alive(pid):
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid, seconds=5.0):
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not alive(pid)


# --- how a call ends ---


@pytest.mark.parametrize("value", [0, -3, 10**40, "ký tự", [1, {2: None}], b"\x00" * 100_000])
def test_a_value_comes_back_as_it_is(worker, value):
    assert worker.call("copy:deepcopy", value, seconds=5) == Reply("done", value)


def test_functions_are_named_or_handed_over(worker, mischief):
    assert worker.call(math.sqrt, 9, seconds=5).value == worker.call("math:sqrt", 9, seconds=5).value == 3.0
    assert worker.call(f"{mischief}:Outer.inner", seconds=5).value == "inner"


ENDS = [
    ("time:sleep", (30,), "timeout", "took more than 0.3 s"),
    ("mischief_for_workers:spin", (), "timeout", "took more than 0.3 s"),
    ("operator:pow", (9, 9**9), "timeout", "took more than 0.3 s"),  # one long computation in C
    ("mischief_for_workers:segfault", (), "crashed", "the worker was killed by SIGSEGV"),
    ("mischief_for_workers:leave", (1,), "crashed", "the worker exited with 1"),
    ("mischief_for_workers:eat", (), "crashed", "ran out of memory"),
    ("mischief_for_workers:complain", (), "error", "ValueError: too\u0323 bad"),
    ("sys:exit", (3,), "crashed", "told to exit: SystemExit(3)"),
    ("mischief_for_workers:nothing_of_the_kind", (), "error", "has no attribute"),
    ("no_module_of_that_name:f", (), "error", "No module named 'no_module_of_that_name'"),
    ("mischief_for_workers:give_back_a_lambda", (), "error", "pickle"),
    ("copy:deepcopy", (threading.Lock(),), "error", "the arguments do not pickle"),
]


@pytest.mark.parametrize(("function", "args", "end", "why"), ENDS)
def test_every_end_is_typed_quick_and_followed_by_the_next_call(bounded, mischief, function, args, end, why):
    bounded.call(f"{mischief}:square", 2, seconds=5)
    start = time.monotonic()
    reply = bounded.call(function, *args, seconds=5 if end == "crashed" else 0.3)
    assert (reply.end, reply.value) == (end, None)
    assert why in reply.why
    assert time.monotonic() - start < (5 if end == "crashed" else 0.3) + LATE
    assert bounded.call(f"{mischief}:square", 3, seconds=5) == Reply("done", 9)


def test_a_worker_that_ignores_the_polite_signal_is_killed_all_the_same(worker, mischief):
    start = time.monotonic()
    assert worker.call(f"{mischief}:stubborn", seconds=0.2).end == "timeout"
    assert time.monotonic() - start < 0.4 + LATE
    assert worker.call(f"{mischief}:square", 3, seconds=5).value == 9


def test_what_a_function_prints_is_no_reply(worker, mischief):
    assert worker.call(f"{mischief}:chatter", seconds=5) == Reply("done", "")
    assert worker.call(f"{mischief}:square", 3, seconds=5).value == 9


def test_the_time_of_an_import_is_not_counted(tmp_path, monkeypatch, worker):
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(1)\ndef f(): return 1", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert worker.call("slow_to_import:f", seconds=0.3) == Reply("done", 1)


def test_preloaded_modules_are_there_before_a_call(tmp_path, monkeypatch):
    (tmp_path / "preloaded.py").write_text("here = True", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    one = Worker(preload=("preloaded",))
    assert one.call("sys:modules.__contains__", "preloaded", seconds=5).value is True
    one.close()


# --- what it refuses ---


def local():
    def inner():
        pass

    return inner


@pytest.mark.parametrize("function", [lambda: 0, local(), "math", ":sqrt", "math:", "__main__:f", "math:a b", 3])
def test_a_function_that_no_other_process_can_import_is_refused(function):
    with pytest.raises(BadParameter, match="must be module:attribute"):
        import_path(function)


@pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan])
def test_a_deadline_is_positive_and_finite(worker, seconds):
    with pytest.raises(BadParameter, match="seconds="):
        worker.call("math:sqrt", 4, seconds=seconds)


def test_a_call_needs_some_memory():
    with pytest.raises(BadParameter, match="memory=0"):
        Worker(memory=0)


def test_a_worker_prints_as_what_builds_it():
    assert repr(Worker(("math",), memory=5)) == "Worker(preload=('math',), memory=5)"


# --- where it is called from ---


def test_calls_from_threads_wait_for_each_other_without_losing_their_time(worker):
    with ThreadPoolExecutor(4) as pool:
        slept = list(pool.map(lambda _: worker.call("time:sleep", 0.2, seconds=0.5).end, range(4)))
        roots = list(pool.map(lambda n: worker.call("math:isqrt", n * n, seconds=5).value, range(100)))
    assert slept == ["done"] * 4
    assert roots == list(range(100))


def test_an_event_loop_can_call_through_its_executor(worker):
    async def both():
        calls = [asyncio.to_thread(worker.call, "math:isqrt", n * n, seconds=5) for n in range(20)]
        return [reply.value for reply in await asyncio.gather(*calls)]

    assert asyncio.run(both()) == list(range(20))


def run_script(folder, lines):
    script = folder / "script.py"
    script.write_text(textwrap.dedent(lines), encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    return subprocess.run([sys.executable, str(script)], env=env, capture_output=True, text=True, timeout=30)


def test_a_script_without_a_guard_is_run_once(tmp_path):
    done = run_script(
        tmp_path,
        """
        print("top")
        from vireward.workers.worker import Worker
        worker = Worker()
        print(worker.call("math:sqrt", 9, seconds=5).value, worker.call("time:sleep", 9, seconds=0.1).end)
        print(worker.call("os:getppid", seconds=5).value)
        """,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    top, replies, broker = done.stdout.splitlines()
    assert (top, replies) == ("top", "3.0 timeout")
    assert gone(int(broker))


def test_the_process_ends_with_one_that_is_killed(tmp_path):
    done = run_script(
        tmp_path,
        """
        import os
        from vireward.workers.worker import Worker
        worker = Worker()
        print(worker.call("os:getppid", seconds=5).value, worker.call("os:getpid", seconds=5).value, flush=True)
        os.kill(os.getpid(), 9)
        """,
    )
    assert done.returncode == -9
    assert all(gone(int(pid)) for pid in done.stdout.split())


def test_a_forked_child_starts_its_own(tmp_path):
    done = run_script(
        tmp_path,
        """
        import os
        from vireward.workers.worker import Worker
        worker = Worker()
        first = worker.call("os:getppid", seconds=5).value
        child = os.fork()
        again = worker.call("os:getppid", seconds=5).value
        print((again == first) != (child == 0), flush=True)
        if child:
            os.waitpid(child, 0)
            print(worker.call("os:getppid", seconds=5).value == first)
        """,
    )
    assert (done.stderr, done.stdout) == ("", "True\nTrue\nTrue\n")


# --- what it leaves behind ---


def test_nothing_is_left_after_close(worker):
    broker, process = worker.call("os:getppid", seconds=5).value, worker.call("os:getpid", seconds=5).value
    assert alive(broker)
    assert alive(process)
    worker.close()
    assert not Path(f"/proc/{broker}").exists()  # collected, so no zombie
    assert gone(process)
    worker.close()
    assert worker.call("math:sqrt", 9, seconds=5).value == 3.0


def test_nothing_is_left_of_a_worker_that_nobody_holds():
    one = Worker()
    broker = one.call("os:getppid", seconds=5).value
    del one
    assert not Path(f"/proc/{broker}").exists()


def test_a_broker_killed_between_calls_is_replaced(worker):
    broker = worker.call("os:getppid", seconds=5).value
    os.kill(broker, 9)
    assert worker._broker.wait(5) == -9  # its threads end a moment after it cannot answer any more
    assert worker.call("math:sqrt", 9, seconds=5).value == 3.0


def test_a_broker_killed_during_a_call_is_a_crash(worker):
    broker, process = worker.call("os:getppid", seconds=5).value, worker.call("os:getpid", seconds=5).value
    killer = threading.Timer(0.3, os.kill, (broker, 9))
    killer.start()
    assert worker.call("time:sleep", 20, seconds=20).end == "crashed"
    killer.join()
    assert gone(process)
    assert worker.call("math:sqrt", 9, seconds=5).value == 3.0


def test_an_interrupted_call_does_not_answer_the_next_one(tmp_path):
    done = run_script(
        tmp_path,
        """
        import os, signal, threading
        from vireward.workers.worker import Worker
        worker = Worker()
        worker.call("math:sqrt", 9, seconds=5)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            worker.call("time:sleep", 1, seconds=5)
        except KeyboardInterrupt:
            print(worker.call("math:sqrt", 9, seconds=5).value)
        """,
    )
    assert (done.stderr, done.stdout) == ("", "3.0\n")


def test_a_broker_that_is_stopped_is_replaced(worker, monkeypatch):
    monkeypatch.setattr("vireward.workers.worker._GRACE", 0.5)
    broker = worker.call("os:getppid", seconds=5).value
    os.kill(broker, signal.SIGSTOP)
    assert worker.call("math:sqrt", 9, seconds=0.5).end == "timeout"
    assert gone(broker)
    monkeypatch.undo()
    assert worker.call("math:sqrt", 9, seconds=5).value == 3.0


def test_a_changed_path_of_modules_is_followed(worker, tmp_path, monkeypatch):
    assert worker.call("math:sqrt", 9, seconds=5).value == 3.0
    (tmp_path / "found_later.py").write_text("def f(): return 1", encoding="utf-8")
    assert worker.call("found_later:f", seconds=5).end == "error"
    monkeypatch.syspath_prepend(str(tmp_path))
    assert worker.call("found_later:f", seconds=5) == Reply("done", 1)


def test_many_killed_processes_leave_no_open_file(worker):
    broker = worker.call("os:getppid", seconds=5).value
    before = len(os.listdir(f"/proc/{broker}/fd"))
    for _ in range(50):
        worker.call("time:sleep", 9, seconds=0.001)
    assert worker.call("os:getppid", seconds=5).value == broker
    assert len(os.listdir(f"/proc/{broker}/fd")) == before
