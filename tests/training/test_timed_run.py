"""The benchmark of a step: a run that is killed leaves the steps it has done, and what is said of several runs."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import step_times
from hypothesis import given
from hypothesis import strategies as st

TIMED = Path(__file__).parents[2] / "benchmarks" / "timed_run.py"
LONG = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import trl_runs
trl_runs.trained([trl_runs.place], trl_runs.ROWS, max_steps=1_000)
"""
SECONDS = st.floats(0.01, 1_000)


@pytest.mark.training
def test_a_run_that_is_killed_leaves_the_steps_it_has_done(tmp_path):
    out, script = tmp_path / "out.json", tmp_path / "script.py"
    script.write_text(LONG, encoding="utf-8")
    with (tmp_path / "log").open("wb") as log:
        run = subprocess.Popen([sys.executable, TIMED, out, script], stdout=log, stderr=log)
        while not out.exists() and run.poll() is None:
            time.sleep(0.05)
        run.kill()
        run.wait()
    assert out.exists(), (tmp_path / "log").read_text(encoding="utf-8")
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["failed"] == "it did not end"
    assert found["steps"] == len(found["seconds_per_step"]) == len(found["stages"]) >= 1
    for step in found["stages"]:
        parts = sum(value for name, value in step.items() if name not in ("seconds", "tokens"))
        assert parts == pytest.approx(step["seconds"], abs=1e-3)


def run_of(*steps):
    """A run of these steps, (seconds of generation, other seconds), after one that is far slower."""
    stages = [(1_000_000, 1_000_000), *steps]
    return {"stages": [{"seconds": a + b, "generation": a, "tokens": 100, "rewards": 0.5} for a, b in stages]}


@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=4))
def test_a_run_beside_itself_has_ratio_one_and_twice_the_time_ratio_two(steps):
    twice = [(2 * a, 2 * b) for a, b in steps]
    found = step_times.compared({"plain": run_of(*steps), "same": run_of(*steps), "twice": run_of(*twice)})
    for ratio in ("seconds_per_step_ratio", "seconds_per_token_ratio"):
        assert found[ratio] == {"plain": 1, "same": 1, "twice": 2}


@given(SECONDS, st.lists(SECONDS, min_size=2, max_size=2))
def test_runs_that_differ_in_generation_alone_are_equal_with_equal_generation(other, generation):
    example, plain = ([(seconds, other)] for seconds in generation)
    found = step_times.compared({"example": run_of(*example), "plain": run_of(*plain)})
    assert found["ratio_with_equal_generation"] == {"example": 1, "plain": 1}


def test_settings_that_change_the_generation_have_no_ratio_with_equal_generation():
    found = step_times.compared({"2 a pass": run_of((9, 3)), "8 a pass": run_of((3, 3))})
    assert found["seconds_per_step_ratio"] == {"2 a pass": 1, "8 a pass": 0.5}
    assert "ratio_with_equal_generation" not in found


@pytest.mark.parametrize("runs", [{}, {"plain": {}}, {"plain": run_of()}, {"plain": {"stages": []}}])
def test_runs_of_one_step_or_none_have_no_ratio(runs):
    assert step_times.compared(runs)["seconds_per_step_ratio"] == {}
