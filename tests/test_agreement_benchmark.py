"""The agreement benchmark on a small folder of its own: counts, tables, JSON, and what a bad peer does to them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "agreement.py"
PAIRS = [
    {"id": 1, "prediction": "12", "gold": "12", "expected": True},
    {"id": 2, "prediction": "1.500", "gold": "1500", "expected": True},
    {"id": 3, "prediction": "13", "gold": "12", "expected": False},
    {"id": 4, "prediction": None, "gold": "12", "expected": False},
    {"id": 5, "prediction": "12", "gold": "12", "expected": None},
    {"id": 6, "prediction": "12", "gold": None, "expected": True},
    {"id": 7, "prediction": "1,500", "gold": "1500", "expected": True, "style": "en"},
    {"id": 8, "prediction": "12", "gold": "12", "expected": False, "notes": "a mistaken verdict"},
]
SOLVED = [{"id": "a", "completion": "5 + 7 = 12\n#### 12", "gold": "12", "expected": True}]
PEER = """
import time
def parse(text):
    if text == "$13$":
        raise ValueError(text)
    if text == "$1500$":
        time.sleep(60)
    return text
def verify(gold, text):
    return gold == text
"""


@pytest.fixture
def data(tmp_path):
    files = {
        "pairs/mixed": PAIRS,
        "completions/solved": SOLVED,
        "numbers/cases": [{"text": "12", "value": "12"}],
        "peer_cases/one__format": [{"prediction": "x", "gold": "x", "expected": True}],
    }
    for name, rows in files.items():
        path = tmp_path / "sets" / f"{name}.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path / "sets"


def run(data, *args, path=None, status=0):
    """Standard output, and the result as it was written."""
    out = data.parent / "result" / "agreement.json"
    paths = [str(path)] * bool(path) + os.environ.get("PYTHONPATH", "").split(os.pathsep)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUTF8": "1"}
    command = [sys.executable, str(SCRIPT), "--data", str(data), "--out", str(out), *args]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr, json.loads(out.read_text("utf-8")) if out.exists() else None


def counts(result, name, grader):
    return {key: n for key, n in result["sets"][name]["graders"][grader].items() if not key.endswith("_us")}


def test_counts_are_printed_and_written(data):
    printed, result = run(data, "--graders", "vireward,check_answer,check_numbers")
    none = {"errors": 0, "timeouts": 0}
    known = {"true": 3, "false": 3, **none}
    assert counts(result, "pairs/mixed", "vireward") == known | {"accepted_true": 3, "accepted_false": 1}
    assert counts(result, "pairs/mixed", "check_answer") == known | {"accepted_true": 1, "accepted_false": 1}
    assert counts(result, "pairs/mixed", "check_numbers") == known | {"accepted_true": 2, "accepted_false": 1}
    total = {"true": 4, "false": 3, "accepted_true": 4, "accepted_false": 1, **none}
    assert counts(result, "total", "vireward") == total
    assert result["sets"]["total"]["skipped"] == {"no verdict": 1, "no gold": 1}
    assert result["sets"]["pairs/mixed"]["styles"] == ["en", "vi"]
    assert set(result["left_out"]) == {"numbers/cases", "peer_cases/one__format"}
    assert result["graders"]["vireward"]["version"] == result["vireward"]
    assert {"machine", "python", "command", "date", "limit_s"} <= set(result)
    assert str(data) not in json.dumps(result), "a result tells no path of the machine"
    assert "left out: numbers/cases" in printed
    assert "pairs/mixed (en and vi); 1 skipped: no verdict, 1 skipped: no gold" in printed
    rows = [line.split() for line in printed.splitlines() if line.startswith("check_answer")]
    assert [row[1] for row in rows] == ["1/1", "1/3", "2/4"]


def test_styles_sets_and_disagreements_can_be_chosen(data):
    args = ("--graders", "vireward", "--only", "mixed", "--list-disagreements", "vireward")
    printed, result = run(data, *args, "--style-of", "mix*=en")
    assert list(result["sets"]) == ["pairs/mixed", "total"]
    assert counts(result, "pairs/mixed", "vireward")["accepted_true"] == 2
    listed = printed.partition("judges otherwise:\n")[2].splitlines()
    assert [line.split(":")[0] for line in listed] == ["pairs/mixed 2", "pairs/mixed 8"]
    assert "refused; '1.500', gold '1500' (en)" in listed[0]


def test_a_peer_that_raises_hangs_or_is_absent_stops_nothing(data, tmp_path):
    (tmp_path / "peers" / "reasoning_gym").mkdir(parents=True)
    (tmp_path / "peers" / "math_verify.py").write_text(PEER, encoding="utf-8")
    (tmp_path / "peers" / "reasoning_gym" / "__init__.py").write_text("raise ImportError('not here')")
    args = ("--graders", "math_verify,reasoning_gym,check_answer", "--limit", "2")
    printed, result = run(data, *args, path=tmp_path / "peers")
    # The gold 1500 hangs twice, 13 raises, 12 stands twice; the row without a text compares "$$" with "$12$".
    expected = {"true": 3, "false": 3, "accepted_true": 1, "accepted_false": 1, "errors": 3, "timeouts": 2}
    assert counts(result, "pairs/mixed", "math_verify") == expected
    assert result["absent"] == {"reasoning_gym": "ImportError: not here"}
    assert "absent: reasoning_gym" in printed
    assert set(result["graders"]) == {"math_verify", "check_answer"}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(["--only", "nothing"], "no file has pairs with a verdict", id="nothing to compare"),
        pytest.param(["--graders", "vireward,judge"], "no grader named 'judge'", id="unknown grader"),
        pytest.param(["--style-of", "mixed=fr"], "must be GLOB=vi or GLOB=en", id="unknown style"),
    ],
)
def test_what_cannot_be_done_is_told(data, args, message):
    assert message in run(data, *args, status=2)[0]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    assert "no such folder" in run(tmp_path / "nowhere", status=2)[0]
