"""The main job, killed and stopped by Ctrl-C: it leaves a checkpoint, and goes on to the same end."""

import json
import signal

import pytest
from example_script import QUICK, finish, lines, start, wait_for

pytestmark = pytest.mark.training


def test_a_killed_run_goes_on_from_its_last_whole_checkpoint(tmp_path):
    outputs = tmp_path / "outputs"
    process = start(outputs, *QUICK, "--name", "killed", "--max_steps", "6", "--save_steps", "2")
    run = outputs / "killed"
    wait_for(lambda: (run / "checkpoint-2" / "trainer_state.json").exists(), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # As if the kill had come in the middle of the next save.
    (run / "checkpoint-5").mkdir(exist_ok=True)
    (run / "checkpoint-5" / "adapter_model.safetensors").write_bytes(b"cut off")
    log = finish(outputs, "--resume")
    assert "going on from checkpoint-" in log
    assert "checkpoint-5" not in log
    steps = [row["step"] for row in lines(run / "metrics.jsonl") if "reward" in row]
    assert steps == [1, 2, 3, 4, 5, 6]
    assert json.loads((run / "summary.json").read_text())["after"]["problems"] == 12


def test_ctrl_c_leaves_a_checkpoint_to_go_on_from(tmp_path):
    outputs = tmp_path / "outputs"
    process = start(outputs, *QUICK, "--name", "stopped", "--max_steps", "60", "--save_steps", "1000")
    run = outputs / "stopped"
    wait_for(lambda: (run / "metrics.jsonl").exists() and len(lines(run / "metrics.jsonl")) >= 1, process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 130
    saved = [folder for folder in run.glob("checkpoint-*") if (folder / "trainer_state.json").exists()]
    assert len(saved) == 1
    assert "go on with --resume" in (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert "interrupted" in (run / "report.html").read_text(encoding="utf-8")
