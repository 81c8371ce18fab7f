"""The main job, really run: the tiny model, TRL's trainer, vLLM's CPU build."""

import importlib.util
import json

import pytest
from example_script import QUICK, finish, lines

from vireward import ModelUnavailable
from vireward.training import run as steps
from vireward.training.models import check_loadable

REWARDS = ("format_exact", "tag_count", "answer_match", "numeric_match")

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """One unbroken run of four steps, by whatever generates here."""
    outputs = tmp_path_factory.mktemp("whole") / "outputs"
    log = finish(outputs, *QUICK, "--name", "whole", "--max_steps", "4", "--samples_every", "2")
    return outputs / "whole", log


def test_a_run_leaves_everything_that_a_person_needs(whole_run):
    folder, _ = whole_run
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["steps"] == 4
    assert summary["generation"] == ("vllm" if importlib.util.find_spec("vllm") else "transformers")
    assert {"seed", "seconds", "versions"} <= summary.keys()
    for phase in ("before", "after"):
        assert summary[phase]["problems"] == 12
        assert {"right", "format", "reward"} <= summary[phase].keys()
    assert (folder / "adapter" / "adapter_model.safetensors").is_file()
    assert "<html" in (folder / "report.html").read_text(encoding="utf-8")
    assert (folder.parent / "latest").resolve() == folder.resolve()


def test_each_reward_is_a_metric_of_its_own(whole_run):
    folder, _ = whole_run
    logged = [row for row in lines(folder / "metrics.jsonl") if "reward" in row]
    assert [row["step"] for row in logged] == [1, 2, 3, 4]
    for row in logged:
        means = [row[f"rewards/{name}/mean"] for name in REWARDS]
        assert sum(means) == pytest.approx(row["reward"], abs=1e-4)


def test_samples_are_shown_with_question_answer_gold_and_reasons(whole_run):
    _, log = whole_run
    assert "── reward call 2 ──" in log
    assert "── reward call 3 ──" not in log
    for word in ("question", "completion", "answer", "gold", *REWARDS):
        assert word in log
    assert "the saved adapter, loaded again, answers" in log


def test_a_finished_run_is_not_trained_again(whole_run):
    folder, _ = whole_run
    before = (folder / "metrics.jsonl").read_bytes()
    log = finish(folder.parent, "--resume")
    assert "all steps are done" in log
    assert (folder / "metrics.jsonl").read_bytes() == before


def test_transformers_generates_when_vllm_is_not_wanted(tmp_path):
    outputs = tmp_path / "outputs"
    log = finish(outputs, *QUICK, "--name", "plain", "--max_steps", "2", "--use_vllm", "false")
    assert "completions by transformers" in log
    assert json.loads((outputs / "plain" / "summary.json").read_text())["generation"] == "transformers"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--max_seq_length", "60"], "--max_seq_length 60: the longest prompt has "),
        (["--max_prompt_tokens", "9"], "--max_prompt_tokens 9: every prompt is longer; raise it"),
        (["--data", "none.jsonl"], "none.jsonl: no such file; give a .jsonl, .json, .csv, .parquet file or a hub id"),
        (["--model_name_or_path", "./none"], "./none: the model cannot be loaded: no such folder, and no hub id"),
        (
            ["--model_name_or_path", "meta-llama/Llama-3.2-1B-Instruct"],
            "meta-llama/Llama-3.2-1B-Instruct: the model cannot be loaded: ",
        ),
    ],
)
def test_what_cannot_run_is_told_in_one_line(tmp_path, capsys, options, said):
    def start():
        run = steps.check_environment([*QUICK, "--outputs", str(tmp_path), "--use_vllm", "false", *options])
        steps.load_data(run)
        steps.load_base(run)
        return 0

    assert steps.told_in_one_line(start) == 2
    *bars, last = capsys.readouterr().err.replace("\r", "\n").rstrip("\n").split("\n")
    assert last.startswith(f"vireward: {said}")
    assert not [line for line in bars if line.strip() and "it/s" not in line and "step" not in line]


def test_a_gated_model_is_told_how_to_get_it():
    with pytest.raises(ModelUnavailable) as caught:
        check_loadable("meta-llama/Llama-3.2-1B-Instruct")
    for way in ("https://huggingface.co/meta-llama/Llama-3.2-1B-Instruct", "hf auth login", "unsloth/Llama-3.2-1B-"):
        assert way in str(caught.value)
