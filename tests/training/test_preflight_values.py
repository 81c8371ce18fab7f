"""Values out of range, options that a run would pass over, missing packages: told before anything is loaded."""

import pytest
from preflight_setup import found

from vireward import Unready
from vireward.training.options import read_options
from vireward.training.preflight.values import option_findings

pytestmark = pytest.mark.training

TINY = ("--preset", "tiny")
NOT_HEARD = (
    "the run would not hear it: with --backend trl it trains a LoRA adapter as it is told by --lora_alpha, "
    "--lora_dropout, --lora_modules_to_save, --lora_r, --lora_target_modules, --use_dora, --use_rslora; leave it out"
)
# options → the one error
FAULTS = {
    "--eval_temperature 0": "--eval_temperature 0.0: must be above 0; for nearly greedy answers set 0.01",
    "--eval_temperature inf": "--eval_temperature inf: must be above 0; for nearly greedy answers set 0.01",
    "--eval_top_p 2": "--eval_top_p 2.0: must be above 0 and at most 1; set it to 1 for all tokens",
    "--eval_problems 0": "--eval_problems 0: must be at least 1; raise it to 1",
    "--eval_batch 0": "--eval_batch 0: must be at least 1; raise it to 1",
    "--max_rows -1": "--max_rows -1: must be at least 1; raise it to 1",
    "--max_prompt_tokens 0": "--max_prompt_tokens 0: must be at least 1; raise it to 1",
    "--warm_up_steps -1": "--warm_up_steps -1: must be at least 0; raise it to 0",
    "--lora_task_type SEQ_CLS": f"--lora_task_type SEQ_CLS: {NOT_HEARD}",
    "--load_in_4bit true": f"--load_in_4bit True: {NOT_HEARD}",
    "--model_revision old": f"--model_revision old: {NOT_HEARD}",
    "--output_dir here": "--output_dir here: a run writes under outputs/NAME; say --outputs here, and --name",
    "--save_only_model true": (
        "--save_only_model: from a checkpoint without optimizer and schedule no run can go on, neither after Ctrl-C "
        "nor after a crash; leave it out, or lower --save_total_limit to save room"
    ),
    "--remove_unused_columns true": "--remove_unused_columns: the rewards would not get the golds; leave it out",
    "--learning_rate nan": ("--learning_rate nan: must be a finite number, and not below 0; 5e-6 is the tutorial's"),
}
OF_GENERATION = {
    '{"nosuch": 1}': "'nosuch' would not reach the generation by transformers",
    '{"stop_strings": ["a"]}': "'stop_strings' would not reach the generation by transformers",
}


@pytest.mark.parametrize("options", FAULTS)
def test_a_fault_is_found_in_one_line_and_ends_the_run_before_anything_is_loaded(tmp_path, options):
    assert FAULTS[options] in [str(it) for it in found(tmp_path, *TINY, *options.split())]
    with pytest.raises(Unready) as caught:
        read_options([*TINY, *options.split()])
    assert str(caught.value) == FAULTS[options]


@pytest.mark.parametrize("options", ["--use_dora true", "--use_rslora true", "--lora_modules_to_save embed_tokens"])
def test_an_option_of_the_adapter_reaches_it(options):
    from vireward.training.models import lora_config

    name, value = options.removeprefix("--").split()
    config = lora_config(read_options([*TINY, *options.split()]).model)
    assert getattr(config, name.removeprefix("lora_")) == (True if value == "true" else [value])


@pytest.mark.parametrize("asked", OF_GENERATION)
def test_what_transformers_would_not_generate_by_is_told(tmp_path, asked):
    findings = found(tmp_path, *TINY, "--use_vllm", "false", "--generation_kwargs", asked)
    assert [it.what for it in findings if it.where == "--generation_kwargs"] == [OF_GENERATION[asked]]


@pytest.mark.parametrize("asked", ['{"nosuch": 1}', '{"stop": ["a"], "detokenize": false}', '{"top_p": 7}'])
def test_what_vllm_would_not_generate_by_is_told(tmp_path, asked):
    pytest.importorskip("vllm")
    (finding,) = [it for it in found(tmp_path, *TINY, "--generation_kwargs", asked) if "vLLM refuses" in it.what]
    assert "\n" not in str(finding)


@pytest.mark.parametrize("asked", ["", '{"top_k": 5}'])
@pytest.mark.parametrize("use_vllm", ["true", "false"])
def test_a_sound_argument_of_generation_is_none_to_tell(tmp_path, asked, use_vllm):
    more = ("--generation_kwargs", asked) if asked else ()
    findings = found(tmp_path, *TINY, "--use_vllm", use_vllm, *more)
    assert not [it for it in findings if it.where == "--generation_kwargs"]


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ("--report_to wandb", ["--report_to wandb"]),
        ("--use_liger_kernel true", ["--use_liger_kernel"]),
        ("--optim adamw_8bit", ["--optim adamw_8bit"]),
        ("--report_to none", []),
    ],
)
def test_a_package_that_an_option_needs_is_looked_for(options, where):
    from vireward.training.options import read_wanted

    values = read_wanted([*TINY, *options.split()]).values
    assert [it.where for it in option_findings(values, "trl", there=lambda module: None)] == where
    assert not [*option_findings(values, "trl", there=lambda module: module)]
