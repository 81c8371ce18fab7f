"""Presets and options: the tutorial's settings under the trainer's current names, and what a wrong one is told."""

from dataclasses import fields

import pytest

from vireward import BadParameter, UnfitMachine, Unready
from vireward.training.arguments import RunArguments
from vireward.training.options import BACKENDS, read_options
from vireward.training.presets import LLAMA, PRESETS, TINY, choose

pytestmark = pytest.mark.training

# The tutorial's script, setting by setting; `max_prompt_length` and `warmup_ratio` no longer exist.
TUTORIAL = {
    "model_name_or_path": "meta-llama/Llama-3.2-1B-Instruct",
    "max_seq_length": 2048,
    "lora_r": 64,
    "lora_alpha": 64,
    "seed": 3407,
    "data": "5CD-AI/Vietnamese-meta-math-MetaMathQA-40K-gg-translated",
    "max_rows": 8000,
    "learning_rate": 5e-6,
    "weight_decay": 5e-4,
    "warmup_steps": 0.1,
    "lr_scheduler_type": "cosine",
    "optim": "adamw_torch_fused",
    "logging_steps": 1,
    "num_generations": 8,
    "num_train_epochs": 1,
    "max_steps": -1,
    "save_steps": 250,
    "max_grad_norm": 0.1,
}


def option_names():
    from trl import GRPOConfig, ModelConfig

    return {option.name for kind in (RunArguments, GRPOConfig, ModelConfig) for option in fields(kind)}


@pytest.mark.parametrize("setting", TUTORIAL)
def test_the_llama_preset_has_the_tutorials_setting(setting):
    assert PRESETS[LLAMA].defaults[setting] == TUTORIAL[setting]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_step_has_the_tutorials_completions(backend):
    settings = PRESETS[LLAMA].under(backend)
    assert settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] == 2 * 64


def test_lora_goes_on_the_tutorials_seven_projections():
    targets = {f"{name}_proj" for name in ("q", "k", "v", "o", "gate", "up", "down")}
    assert all(set(preset.defaults["lora_target_modules"]) == targets for preset in PRESETS.values())


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_setting_of_a_preset_is_an_option(preset, backend):
    assert set(PRESETS[preset].under(backend)) <= option_names()


def test_auto_takes_llama_on_a_gpu_and_tiny_without():
    assert choose("auto", gpu=True).name == LLAMA
    assert choose("auto", gpu=False).name == TINY


def test_the_command_line_wins_over_the_file_and_the_file_over_the_preset(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("preset: tiny\nlearning_rate: 0.5\nmax_steps: 3\nsamples_every: 9\n")
    options = read_options(["--config", str(file), "--max_steps", "4"])
    assert options.preset.name == TINY
    assert (options.trainer.learning_rate, options.trainer.max_steps, options.run.samples_every) == (0.5, 4, 9)
    assert options.trainer.num_generations == PRESETS[TINY].defaults["num_generations"]


def test_the_tiny_preset_is_the_default_without_a_gpu():
    options = read_options(["--backend", "trl", "--preset", "tiny"])
    assert (options.backend, options.trainer.use_vllm, options.model.lora_r) == ("trl", True, 16)


@pytest.mark.parametrize(
    ("argv", "error", "said"),
    [
        (["--preset", "tinny"], BadParameter, "--preset tinny: no such preset; there are auto, llama-3.2-1b, tiny"),
        (["--preset", "tiny", "--learning_rat", "1"], BadParameter, "--learning_rat: no such option; did you mean"),
        (["--preset", "tiny", "--zzz", "1"], BadParameter, "--zzz: no such option; see --help"),
        (["--preset", "tiny", "--backend", "jax"], BadParameter, "--backend jax: must be auto or one of unsloth, trl"),
        (["--preset", "tiny", "--num_generations", "7"], Unready, "--num_generations 7: it does not divide the 64 "),
        (["--preset", "tiny", "--vllm_importance_sampling_clip_min", "4"], BadParameter, "options: vllm_importance_"),
        (["--config", "none.yaml"], BadParameter, "--config none.yaml: cannot be read as YAML"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(argv, error, said):
    with pytest.raises(error) as caught:
        read_options(argv)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


KINDS = "learning_rate: 1e-5\nmax_steps: 3\ntypes: [a]\nheld_out: null\nbf16: false\nwarmup_steps: 0\nreport_to: none\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name: 2024", "name: 2024: must be text or null, got int"),
        ("name: 2024-11-28", "name: datetime.date(2024, 11, 28): must be text or null, got date"),
        ("rewards: [a.toml]", "rewards: ['a.toml']: must be text or null, got list"),
        ("seed: 1.5", "seed: 1.5: must be a whole number, got float"),
        ("samples_every: true", "samples_every: True: must be a whole number, got bool"),
        ("lora_dropout: [1]", "lora_dropout: [1]: must be a number, got list"),
        ("disable_tqdm: maybe", "disable_tqdm: 'maybe': must be true or false or null, got str"),
        ("types: easy", "types: 'easy': must be a list of texts, got str"),
        ("max_seq_length: null", "max_seq_length: None: must be a whole number, got NoneType"),
        ("5: 6", "5 is no name of an option; write `option: value` lines"),
        (
            "name: \udcff",
            "cannot be read as YAML: 'utf-8' codec can't decode byte 0xff in position 6: invalid start byte",
        ),
    ],
)
def test_a_value_in_a_file_that_an_option_does_not_take_is_told_in_one_line(tmp_path, content, said):
    file = tmp_path / "run.yaml"
    file.write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(BadParameter) as caught:
        read_options(["--preset", "tiny", "--config", str(file)])
    assert str(caught.value) == f"--config {file}: {said}"


def test_a_file_may_hold_each_kind_of_value(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text(KINDS, encoding="utf-8")
    options = read_options(["--preset", "tiny", "--config", str(file)])
    assert (options.trainer.learning_rate, options.trainer.max_steps, options.run.types) == (1e-5, 3, ["a"])


def test_what_needs_a_gpu_is_refused_without_one():
    with pytest.raises(UnfitMachine, match=r"--preset llama-3.2-1b needs a CUDA GPU"):
        choose(LLAMA, gpu=False)
    import torch

    if not torch.cuda.is_available():
        with pytest.raises(UnfitMachine, match=r"--backend unsloth: unsloth needs a CUDA GPU"):
            read_options(["--preset", "tiny", "--backend", "unsloth"])
