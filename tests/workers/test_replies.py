"""What a worker sends is read without running it: bytes that name a function are refused, not called."""

import contextlib
import os
import pickle
import sys
import types
from multiprocessing import Pipe

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward import Sample, Score
from vireward.deadline import _Raised, deadline
from vireward.errors import BadScore
from vireward.workers.broker import Reply
from vireward.workers.replies import opened, received
from vireward.workers.worker import Worker

ROGUE = """
import os
class Marks:
    def __init__(self, path): self.path = path
    def __reduce__(self): return open, (self.path, "w")
def gives(path): return Marks(path)
class Poisoned(Exception):
    def __reduce__(self): return open, self.args + ("w",)
class Raises:
    def __init__(self, path): self.path = path
    def __call__(self, sample): raise Poisoned(self.path)
def says(sample):
    from vireward import Score
    return Score(1.0, "x", parts={"x": os.system})
"""
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner) | st.frozensets(st.text()),
    max_leaves=8,
)


class Own(Exception):
    class Inner(ValueError):
        pass


class OwnScore(Score):
    pass


class Calls:
    """Names a function, to be called with its arguments when it is unpickled."""

    def __init__(self, function, *args):
        self.reduced = function, args

    def __reduce__(self):
        return self.reduced


@pytest.fixture
def rogue(tmp_path, monkeypatch):
    (tmp_path / "rogue_replies.py").write_text(ROGUE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import rogue_replies

    yield rogue_replies
    del sys.modules["rogue_replies"]


@given(plain)
def test_plain_values_come_back_as_they_are(value):
    assert opened(pickle.dumps(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        Score(0.5, "so", parts={"a": Score(None, "late", outcome="timeout")}),
        Reply("done", b"x"),
        _Raised(b"x", "so", "there"),
        OwnScore(1.0, "mine"),
    ],
)
def test_scores_and_what_carries_them_come_back_as_they_are(value):
    back = opened(pickle.dumps(value))
    assert (type(back), back) == (type(value), value)


@pytest.mark.parametrize("error", [ValueError("so"), OSError(2, "gone"), BadScore("bad"), Own("o"), Own.Inner("i")])
def test_exceptions_of_imported_modules_come_back_as_they_are(error):
    back = opened(pickle.dumps(error))
    assert (type(back), back.args) == (type(error), error.args)


@pytest.mark.parametrize(
    "value",
    [
        Calls(eval, "1"),
        Calls(os.getpid),
        Calls(getattr, "x", "upper"),
        Calls(pickle.loads, b"N."),
        Calls(type, "x"),
        len,
        object(),
        SystemExit(1),
        Sample("7"),
        vireward.NumericMatch(),
        [Score(1.0, "x", parts={"x": os.getpid})],
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_score_and_no_exception_is_refused(value):
    with pytest.raises(pickle.UnpicklingError, match="neither a score nor an exception"):
        opened(pickle.dumps(value))


def test_no_module_is_imported_for_a_reply():
    sys.modules.pop("this", None)
    with pytest.raises(pickle.UnpicklingError):
        opened(b"cthis\ns\n.")
    assert "this" not in sys.modules


def test_a_module_is_not_asked_for_what_it_has_not(monkeypatch):
    lazy = types.ModuleType("lazy_replies")
    lazy.__getattr__ = lambda name: ValueError  # as modules do that import on demand
    monkeypatch.setitem(sys.modules, "lazy_replies", lazy)
    with pytest.raises(pickle.UnpicklingError):
        opened(b"clazy_replies\nOnDemand\n.")


@pytest.mark.parametrize("name", [b"Score.__init__.__globals__", b"Score.__post_init__", b"math.sqrt", b"Outcome"])
def test_no_way_leads_on_from_what_is_admitted(name):
    with pytest.raises(pickle.UnpicklingError):
        opened(b"\x80\x04cvireward.records\n" + name + b"\n.")


@given(st.binary(max_size=60))
def test_bytes_that_are_no_pickle_have_one_error(sent):
    with contextlib.suppress(pickle.UnpicklingError):
        opened(sent)


def test_a_message_is_read_as_strictly():
    ours, theirs = Pipe()
    with ours, theirs:
        theirs.send(Reply("done", b"x"))
        theirs.send(Calls(os.getpid))
        assert received(ours) == Reply("done", b"x")
        with pytest.raises(pickle.UnpicklingError):
            received(ours)


def test_a_function_in_a_workers_value_is_not_called_here(rogue, tmp_path):
    worker = Worker()
    reply = worker.call("rogue_replies:gives", str(tmp_path / "mark"), seconds=30)
    worker.close()
    assert (reply.end, reply.value) == ("error", None)
    assert "neither a score nor an exception" in reply.why
    assert not (tmp_path / "mark").exists()


def test_a_function_in_what_a_reward_gives_or_raises_is_an_error(rogue, tmp_path):
    for reward in (rogue.Raises(str(tmp_path / "mark")), rogue.says):
        score = deadline(reward, seconds=30)(Sample("7"))
        assert (score.value, score.outcome) == (None, "error")
    assert not (tmp_path / "mark").exists()
