"""The example started by torchrun, as `accelerate launch` does it on several GPUs: two processes make one run."""

import contextlib
import json
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest
from example_script import EXAMPLE, lines

pytestmark = pytest.mark.training

# `accelerate launch --cpu` starts one process, however many are asked for.
LAUNCH = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
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


def command(outputs, **more):
    options = [part for name, value in {**SMALL, **more}.items() for part in (f"--{name}", str(value))]
    return [*LAUNCH, str(EXAMPLE), *options, "--outputs", str(outputs), "--name", "run"]


def launched(outputs, **more):
    return subprocess.run(command(outputs, **more), capture_output=True, text=True, timeout=600)


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


def test_each_asks_prompts_of_its_own(done):
    process, run = done
    (count,) = re.findall(r": (\d+) problems to train on", process.stdout)
    first = next(row for row in lines(run / "metrics.jsonl") if "loss" in row)
    assert first["epoch"] == pytest.approx(2 / int(count))


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


def rank(process):
    return process.environ().get("RANK") if str(EXAMPLE) in process.cmdline() else None


@pytest.mark.parametrize("who", ["the launcher", "the last process"])
def test_ctrl_c_stops_both_after_the_same_step_with_a_checkpoint(tmp_path, who):
    run = tmp_path / "outputs" / "run"
    launcher = subprocess.Popen(
        command(run.parent, max_steps=200, save_steps=1_000),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    processes = {}
    try:
        while not ((run / "metrics.jsonl").exists() and lines(run / "metrics.jsonl")):
            assert launcher.poll() is None, launcher.communicate()[0][-3_000:]
            time.sleep(0.2)
        processes = {rank(it): it for it in psutil.Process(launcher.pid).children(recursive=True)}
        stopped = launcher if who == "the launcher" else processes["1"]
        stopped.send_signal(signal.SIGINT)
        said, _ = launcher.communicate(timeout=120)
    finally:
        launcher.kill()
        for process in processes.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    assert launcher.returncode != 0
    (checkpoint,) = run.glob("checkpoint-*")
    assert (checkpoint / "trainer_state.json").exists(), said[-3_000:]
    step = checkpoint.name.removeprefix("checkpoint-")
    assert f"stopped after step {step} of 200; go on with --resume" in said
