"""What ends a run before its time, really happening: it leaves one line, and a checkpoint that the run goes on from."""

import contextlib
import errno
import importlib.util
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
import torch
from example_script import EXAMPLE, QUICK, lines
from hypothesis import given
from hypothesis import strategies as st

from vireward import BadParameter
from vireward.errors import GpuFull
from vireward.training import failures
from vireward.training.checkpoints import is_complete, last_complete
from vireward.training.folder import new_folder
from vireward.training.options import read_options

pytestmark = [
    pytest.mark.training,
    pytest.mark.filterwarnings("default"),  # of a whole training, in this process; the trainer's are no matter here
]

# Two steps an epoch, so that a stop after four of the five steps falls on the end of an epoch, and the end in one.
SMALL = [
    *QUICK,
    *("--use_vllm", "false", "--max_rows", "4", "--per_device_train_batch_size", "4", "--num_generations", "2"),
    *("--max_completion_length", "6", "--max_steps", "5", "--log_completions", "true", "--disable_tqdm", "true"),
]
RAISING = '''
import os

def limited(sample):
    """Does it raise at some step?"""
    if str(sample.step) == os.environ.get("RAISES_AT"):
        raise ValueError("the grader\\nis gone")
    return float(len(sample.completion) % 3)

def deadly(sample):
    """Is its process killed by one completion in three?"""
    if len(sample.completion) % 3 == 0:
        os._exit(9)
    return 1.0
'''


@pytest.fixture
def rewards(tmp_path, monkeypatch):
    """A module with rewards, and the options that train with one of them."""
    (tmp_path / "graders_of_tests.py").write_text(RAISING, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def options(table):
        (tmp_path / "reward.toml").write_text(table, encoding="utf-8")
        return ["--rewards", str(tmp_path / "reward.toml"), "--allow_import", "true"]

    yield options
    sys.modules.pop("graders_of_tests", None)


@pytest.fixture
def example(tmp_path, monkeypatch, capsys):
    """Runs the example in this process; gives its exit status and what it said on standard error."""
    spec = importlib.util.spec_from_file_location("train_llama_grpo", EXAMPLE)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # Ctrl-C stays pytest's

    def run(name, *options):
        monkeypatch.setattr(sys, "argv", ["example", "--outputs", str(tmp_path / "out"), "--name", name, *options])
        capsys.readouterr()
        status = script.steps.told_in_one_line(script.main)
        said = capsys.readouterr().err.replace("\r", "\n").split("\n")
        return status, [line for line in said if line.startswith("vireward:")]

    return run


def logged(run):
    return [(row["step"], row["learning_rate"]) for row in lines(run / "metrics.jsonl") if "learning_rate" in row]


def asked(run):
    """The prompts of each step, in order."""
    import pandas

    tables = sorted((run / "completions").glob("*.parquet"))
    return {table.name: [str(prompt) for prompt in pandas.read_parquet(table)["prompt"]] for table in tables}


# --- the order of the data ---


class Loader:
    """A data loader with a sampler at its bottom, as the trainer's has one."""

    def __init__(self, sampler):
        self.batch_sampler = SimpleNamespace(sampler=sampler)


@given(rows=st.integers(1, 40), seed=st.integers(0, 2**31), epochs=st.integers(1, 4), part=st.floats(0, 0.99))
def test_every_epoch_of_a_resumed_run_has_its_own_shuffle(rows, seed, epochs, part):
    from trl.trainer.utils import RepeatSampler

    from vireward.training.order import EpochOrder

    unbroken = RepeatSampler(range(rows), mini_repeat_count=1, seed=seed)
    shuffles = [list(unbroken) for _ in range(epochs + 1)]
    resumed, order = RepeatSampler(range(rows), mini_repeat_count=1, seed=seed), EpochOrder()
    order.on_epoch_begin(None, SimpleNamespace(epoch=epochs - 1 + part), None, train_dataloader=Loader(resumed))
    assert list(resumed) == shuffles[epochs - 1]
    order.on_epoch_begin(None, SimpleNamespace(epoch=epochs), None, train_dataloader=Loader(resumed))
    assert list(resumed) == shuffles[epochs]


# --- a reward that raises, and one whose process dies ---


def test_a_run_whose_reward_raised_goes_on_as_if_it_had_not(example, rewards, tmp_path, monkeypatch):
    reward = rewards('[reward]\nuse = "graders_of_tests:limited"')
    assert example("whole", *SMALL, *reward) == (0, [])
    monkeypatch.setenv("RAISES_AT", "3")
    status, said = example("broken", *SMALL, *reward, "--on_error", "raise", "--save_steps", "2")
    assert (status, said) == (
        2,
        [
            "vireward: after step 3 of 5: limited raised ValueError: the grader is gone; "
            "mend that, then go on from checkpoint-3 with --resume"
        ],
    )
    monkeypatch.delenv("RAISES_AT")
    whole, broken = tmp_path / "out" / "whole", tmp_path / "out" / "broken"
    (broken / "checkpoint-9").mkdir()  # as a kill in the middle of a save leaves it
    assert example("broken", "--resume") == (0, [])
    assert {folder.name for folder in broken.glob("checkpoint-*")} == {"checkpoint-4", "checkpoint-5"}
    assert [step for step, _ in logged(whole)] == [1, 2, 3, 4, 5]
    assert logged(broken) == logged(whole)
    assert asked(broken) == asked(whole)
    assert len({str(prompts) for prompts in asked(whole).values()}) > 2  # the epochs differ, so the order can be wrong

    # Killed after the last save and before the adapter was there: no step more, and the adapter of that checkpoint.
    trained = (broken / "adapter" / "adapter_model.safetensors").read_bytes()
    metrics = (broken / "metrics.jsonl").read_bytes()
    for left in (*(broken / "adapter").iterdir(), broken / "summary.json"):
        left.unlink()
    (broken / "adapter").rmdir()
    assert example("broken", "--resume") == (0, [])
    assert (broken / "adapter" / "adapter_model.safetensors").read_bytes() == trained
    assert not {"optimizer.pt", "trainer_state.json", "rng_state.pth"} & set(os.listdir(broken / "adapter"))
    assert (broken / "metrics.jsonl").read_bytes() == metrics
    assert (broken / "summary.json").exists()


def test_a_reward_whose_worker_dies_is_counted_and_the_run_goes_on(example, rewards, tmp_path):
    reward = rewards('[reward]\nuse = "deadline"\nseconds = 20\nreward = "graders_of_tests:deadly"')
    assert example("run", *SMALL, *reward, "--max_steps", "2") == (0, [])
    run = tmp_path / "out" / "run"
    assert [step for step, _ in logged(run)] == [1, 2]
    answers = [row for row in lines(run / "evaluation.jsonl") if row["phase"] == "after"]
    died = [row for row in answers if len(row["completion"]) % 3 == 0]
    assert 0 < len(died) < len(answers)
    assert json.loads((run / "summary.json").read_text(encoding="utf-8"))["after"]["abstained"] == len(died)


# --- a full disk ---


@contextlib.contextmanager
def no_room_for_large_files(folder):
    """As a quota has it, of any file above 100 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def no_room_at_all(folder):
    """As a file system has it that another program has filled."""
    filler = folder / "filler"
    with filler.open("wb") as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(100_000))
    try:
        yield
    finally:
        filler.unlink()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own of 20 MB, where this process may mount one."""
    (tmp_path / "out").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(tmp_path / "out")]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield
    subprocess.run(["umount", "--lazy", str(tmp_path / "out")], check=True)


def fills_up(full, run, stop):
    """Waits for the first whole checkpoint, and lets the room be gone from then on."""
    while not last_complete(run) and not stop.wait(0.01):
        pass
    with full(run.parent):
        stop.wait(200)


@pytest.mark.parametrize(
    ("full", "number"), [(no_room_for_large_files, errno.EFBIG), (no_room_at_all, errno.ENOSPC)], ids=["quota", "disk"]
)
def test_a_save_without_room_leaves_the_checkpoint_before_it(example, tmp_path, full, number, request):
    if full is no_room_at_all:
        request.getfixturevalue("small_disk")
    run, stop = tmp_path / "out" / "run", threading.Event()
    filling = threading.Thread(target=fills_up, args=(full, run, stop))
    filling.start()
    try:
        status, said = example("run", *SMALL, "--save_steps", "1", "--max_steps", "60", "--logging_steps", "1000")
    finally:
        stop.set()
        filling.join()
    assert status == 2
    (line,) = said
    whole = last_complete(run)
    assert line.startswith("vireward: after step ")
    assert f" of 60: {run}: {os.strerror(number)}; make room, then " in line
    assert line.endswith(f"go on from {whole.name} with --resume")
    assert all(is_complete(left) for left in run.glob("checkpoint-*"))
    steps = str(int(whole.name.partition("-")[2]) + 1)
    assert example("run", "--resume", "--max_steps", steps) == (0, [])
    assert json.loads((run / "summary.json").read_text(encoding="utf-8"))["after"]


# --- a lost vLLM server ---

SERVER = """
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Answers(BaseHTTPRequestHandler):
    left = 2  # batches that it answers before it dies

    def do_GET(self):
        self.answer({"data": [{"id": "tiny"}]})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        if "prompt" in asked and not Answers.left:
            os._exit(9)
        Answers.left -= "prompt" in asked
        prompts = [prompt for prompt in asked.get("prompt", []) for _ in range(asked["n"])]
        said = {"content": [{"token": "token_id:9", "logprob": -1.0, "top_logprobs": []}]}
        choices = [{"prompt_token_ids": it, "token_ids": [9], "logprobs": said} for it in prompts]
        self.answer({"success": True, "choices": choices})

    def answer(self, value):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

server = HTTPServer(("127.0.0.1", 0), Answers)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@pytest.mark.skipif(not importlib.util.find_spec("vllm"), reason="TRL's client of the server needs vLLM")
def test_a_server_that_dies_ends_the_run_with_its_address_and_a_checkpoint(example, tmp_path, monkeypatch):
    from urllib3.util.retry import Retry

    read_options(["--preset", "tiny"])  # as a run does before it imports vLLM
    from trl.generation.vllm_client import VLLMClient

    monkeypatch.setattr(Retry, "get_backoff_time", lambda _: 0.0)  # 60 s in all
    for method in ("init_communicator", "update_named_params"):  # weights go from GPU to GPU only
        monkeypatch.setattr(VLLMClient, method, lambda *_, **__: None)
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with server, server.stdout:
        port = server.stdout.readline().decode().strip()
        by_server = ["--use_vllm", "true", "--vllm_mode", "server", "--vllm_server_port", port]
        status, said = example("run", *SMALL, *by_server, "--vllm_server_host", "127.0.0.1")
        assert (status, server.wait()) == (2, 9)
    assert said == [
        f"vireward: after step 2 of 5: http://127.0.0.1:{port}: the vLLM server failed: [Errno 111] Connection refused"
        "; start it again, then go on from checkpoint-2 with --resume"
    ]
    assert last_complete(tmp_path / "out" / "run").name == "checkpoint-2"


# --- what is no such thing, and two processes at one run ---


NO_WRITER = "[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"
OUT_OF_MEMORY = (
    "CUDA out of memory. Tried to allocate 44.00 MiB. GPU 0 has a total capacity of 79.11 GiB of which 36 MiB"
)
NO_SHARE = (
    """Free memory on device cuda:0 (3.1/79.2 GiB) on startup is less than desired GPU memory utilization (0.8)."""
)
NO_READER = "[enforce fail at inline_container.cc:349] . PytorchStreamReader failed reading zip archive"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x", "/run/metrics.jsonl"), "/run/metrics.jsonl: No space left on device"),
        (OSError(errno.EDQUOT, "x"), "the run's folder: Disk quota exceeded"),
        (Exception("No space left on device (os error 28)"), "the run's folder: No space left on device"),
        (RuntimeError(NO_WRITER), "the run's folder: No space left on device"),
    ],
)
def test_each_library_that_finds_no_room_is_understood(error, said):
    assert str(failures.explained(error, "go on")) == f"{said}; make room, then go on"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            torch.OutOfMemoryError(OUT_OF_MEMORY),
            "the GPU is out of memory: it has 79.11 GiB, and 44.00 MiB more were asked for; set --grad",
        ),
        (
            ValueError("No available memory for the cache blocks. Try"),
            "vLLM has no memory for its cache; raise --vllm_gpu",
        ),
        (ValueError("To serve at least one request with the model's max seq len (2048)"), "vLLM has no memory for its"),
        (ValueError(NO_SHARE), "vLLM cannot have its share of the GPU (Free memory on device cuda:0 (3.1/79.2 GiB)"),
    ],
)
def test_a_full_gpu_is_told_with_the_settings_that_make_a_run_smaller(error, said):
    told = failures.explained(error, "go on")
    assert isinstance(told, GpuFull)
    assert str(told).startswith(said)
    assert re.search(r"--vllm_gpu_memory_utilization.*, then go on$", str(told))


@pytest.mark.parametrize(
    "bug", [ConnectionError("elsewhere"), RuntimeError(NO_READER), OSError(2, "no file"), NotImplementedError("x")]
)
def test_a_bug_keeps_its_traceback(bug):
    with contextlib.suppress(type(bug)):
        raise bug
    assert failures.explained(bug, "go on") is None


def test_a_run_is_one_process_work_until_that_ends_however(tmp_path):
    folder = new_folder(tmp_path, "run", preset="tiny", seed=1)
    folder.start([])
    (folder.path / ".unfinished-summary.json-x").touch()
    code = "import sys, time; from pathlib import Path; from vireward.training.folder import RunFolder\n"
    code += "held = RunFolder(Path(sys.argv[1])).hold(); print('held', flush=True); time.sleep(100)"
    other = subprocess.Popen([sys.executable, "-c", code, str(folder.path)], stdout=subprocess.PIPE)
    with other, other.stdout:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(BadParameter, match="another process works on it; wait for its end, or end it"):
            folder.hold()
        other.kill()
        other.wait()
    folder.hold()
    assert sorted(path.name for path in folder.path.iterdir()) == [".lock", "run.json"]
