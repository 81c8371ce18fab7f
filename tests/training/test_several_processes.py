"""The example started by `accelerate launch`: two processes make one run, with one set of files."""

import json
import subprocess
import sys

import pytest
from example_script import EXAMPLE, lines

pytestmark = pytest.mark.training

LAUNCH = (sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1")
PLAIN = ("--mixed_precision", "no", "--dynamo_backend", "no")
SMALL = {
    "preset": "tiny",
    "use_vllm": "false",
    "warm_up_steps": 2,
    "save_steps": 2,
    "eval_problems": 5,
    "max_completion_length": 8,
    "per_device_train_batch_size": 4,
    "num_generations": 4,
    "disable_tqdm": "true",
    "logging_steps": 1,
    "samples_every": 0,
}


def launched(outputs, **more):
    options = [part for name, value in {**SMALL, **more}.items() for part in (f"--{name}", str(value))]
    command = [*LAUNCH, *PLAIN, str(EXAMPLE), *options, "--outputs", str(outputs), "--name", "run"]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    outputs = tmp_path_factory.mktemp("outputs")
    return launched(outputs, max_steps=3), outputs / "run"


def test_two_processes_write_each_line_of_the_run_once(done):
    process, run = done
    assert process.returncode == 0, process.stderr[-3000:]
    assert [row["step"] for row in lines(run / "metrics.jsonl") if "loss" in row] == [1, 2, 3]
    assert [row["completions"] for row in lines(run / "diagnostics.jsonl")] == [4, 4, 4]  # those of the first process
    assert (run / "report.html").exists()
    assert (run / "adapter" / "adapter_model.safetensors").exists()


def test_they_share_the_evaluation_and_keep_its_order(done):
    _, run = done
    answers = lines(run / "evaluation.jsonl")
    before, after = ([row["question"] for row in answers if row["phase"] == phase] for phase in ("before", "after"))
    assert before == after
    assert len(set(before)) == 5


def test_what_is_said_is_said_once(done):
    process, _ = done
    assert process.stdout.count("GRPO starts") == 1
    assert process.stdout.count("report ") == 1


def test_a_name_that_is_taken_is_told_and_ends_both(done):
    _, run = done
    process = launched(run.parent, max_steps=3)
    assert process.returncode != 0
    assert f"--name run: {run} holds a run" in process.stderr
    assert json.loads((run / "run.json").read_text())["argv"]
