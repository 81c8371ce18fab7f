"""The example script, started as a user starts it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "train_llama_grpo.py"
QUICK = ["--preset", "tiny", "--warm_up_steps", "8", "--eval_problems", "12", "--logging_steps", "1"]


def command(outputs, *options):
    return [sys.executable, str(EXAMPLE), "--outputs", str(outputs), *options]


def environment():
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def finish(outputs, *options, status=0):
    done = subprocess.run(
        command(outputs, *options), env=environment(), capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def wait_for(happened, process, seconds=300):
    for _ in range(seconds * 10):
        if happened():
            return
        assert process.poll() is None, "the run ended before it could be stopped"
        time.sleep(0.1)
    pytest.fail(f"nothing happened in {seconds} s")


def start(outputs, *options):
    with (outputs.parent / "log.txt").open("w") as log:
        return subprocess.Popen(command(outputs, *options), env=environment(), stdout=log, stderr=subprocess.STDOUT)
