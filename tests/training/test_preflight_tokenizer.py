"""What preflight finds in a tokenizer and its chat template, with real tokenizers that were spoilt on purpose."""

import pytest
from preflight_setup import LONG, ROWS, changed, found, tokenizer, told

from vireward import TagFormat
from vireward.training.preflight.checks import of_command
from vireward.training.preflight.rows import Layout

pytestmark = pytest.mark.training

START = "<|start_header_id|>assistant<|end_header_id|>\n\n"


def opens(text):
    """A template whose prompt ends with a text."""

    def spoil(it):
        it.chat_template = it.chat_template.replace("+ ''", f"+ '{text}'")

    return spoil


def special(*tags):
    def spoil(it):
        it.add_special_tokens({"additional_special_tokens": list(tags)})

    return spoil


def lower_case(it):
    from tokenizers.normalizers import Lowercase

    it.backend_tokenizer.normalizer = Lowercase()


def without(**settings):
    def spoil(it):
        for name, value in settings.items():
            setattr(it, name, value)

    return spoil


def template(text):
    return without(chat_template=text)


WRITES_USERS_ONLY = (
    "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '" + START.replace("\n", "\\n") + "' }}{% endif %}"
)
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
PREFILLED = 'use = "format_exact"\ntags = { open_reasoning = "<thinking>", prefilled = true }'
GSM8K = 'use = "format_exact"\ntags = "gsm8k"'

# name → what spoils the tokenizer, tags that it knows as ordinary tokens, reward, the one finding
FAULTS = {
    "special tags": (
        special("<SOLUTION>", "</SOLUTION>"),
        TagFormat.preset("gsm8k"),
        None,
        (
            "error",
            "tags <SOLUTION>, </SOLUTION>: special for the tokenizer, and TRL decodes completions without special "
            "tokens; make them ordinary tokens (special=False), or take other tags",
        ),
    ),
    "tags in another case": (
        lower_case,
        TagFormat.preset("gsm8k"),
        None,
        (
            "error",
            "tags that the tokenizer cannot write: <SOLUTION> comes back as '<solution>', </SOLUTION> comes back as "
            "'</solution>'; take other tags (--rewards)",
        ),
    ),
    "a template that opens the reasoning": (
        opens("<thinking>\\n"),
        None,
        None,
        (
            "error",
            "the chat template ends the prompt with <thinking>, which a completion of this format has to write itself; "
            "set `prefilled = true` in the tags of the rewards",
        ),
    ),
    "a template that opens other reasoning": (
        opens("<think>\\n"),
        None,
        None,
        (
            "warning",
            "the chat template ends the prompt with <think>, and the format looks for <thinking>; take the tags of the "
            "model, prefilled (--rewards)",
        ),
    ),
    "a template that opens nothing": (
        without(),
        None,
        PREFILLED,
        (
            "error",
            "the format is prefilled, but the chat template does not end the prompt with <thinking>; set `prefilled = "
            "false` in the tags of the rewards, or mend the template",
        ),
    ),
    "no template": (
        template(None),
        None,
        None,
        (
            "error",
            "the tokenizer has no chat template, and prompts are chat messages; take an instruct model, or set the "
            "tokenizer's chat_template",
        ),
    ),
    "a template without a system role": (
        template(NO_SYSTEM),
        None,
        None,
        (
            "error",
            "the chat template refuses a system and a user message: System role not supported; take a template that "
            "knows the role `system`",
        ),
    ),
    "a template that leaves the system out": (
        template(WRITES_USERS_ONLY),
        None,
        None,
        (
            "error",
            "the chat template leaves the system message out, so that nothing asks for the tags; take a template that "
            "writes the system message",
        ),
    ),
    "no pad token": (
        without(pad_token=None),
        None,
        None,
        (
            "warning",
            "no pad token: TRL pads with the end-of-sequence token <|eot_id|>; give the tokenizer a pad token of its "
            "own",
        ),
    ),
    "no token to pad with": (
        without(pad_token=None, eos_token=None),
        None,
        None,
        ("error", "no pad token and no end-of-sequence token; set both in the tokenizer"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_gives_its_one_message(tmp_path, fault):
    spoil, tags, reward, (level, text) = FAULTS[fault]
    model = tokenizer(tags)
    spoil(model)
    options = []
    if reward:
        (tmp_path / "r.toml").write_text(f"[reward]\n{reward}\n", encoding="utf-8")
        options = ["--rewards", str(tmp_path / "r.toml")]
    findings = found(tmp_path, *options, model=model)
    assert told(findings) == [(level, f"{tmp_path}/model: {text}")]


@pytest.mark.parametrize("prefilled", [False, True])
@pytest.mark.parametrize("preset", ["tutorial", "deepseek", "boxed", "gsm8k"])
def test_a_sound_tokenizer_gives_no_finding_for_any_format(tmp_path, preset, prefilled):
    if (preset, prefilled) == ("gsm8k", True):
        pytest.skip("a format without reasoning tags cannot be prefilled")
    tags = TagFormat.preset(preset, prefilled=prefilled)
    start = f'open_reasoning = "{tags.open_reasoning}", close_reasoning = "{tags.close_reasoning}", '
    names = f'open_answer = {tags.open_answer!r}, close_answer = "{tags.close_answer}", '
    flag = f"prefilled = {str(prefilled).lower()}"
    described = f'"{preset}"' if not prefilled else f"{{ {start}{names}{flag} }}"
    (tmp_path / "r.toml").write_text(f'[reward]\nuse = "format_exact"\ntags = {described}\n', encoding="utf-8")
    assert found(tmp_path, "--rewards", str(tmp_path / "r.toml"), model=tokenizer(tags)) == []


def test_a_model_that_cannot_be_loaded_is_one_finding(tmp_path):
    (finding,) = found(tmp_path, "--model_name_or_path", "./none")
    assert finding.level == "error"
    assert str(finding).startswith("./none: the model cannot be loaded: no such folder, and no hub id")


# --- lengths ---


def longest(tmp_path, rows):
    """Tokens of the longest prompt, as the run counts them."""
    from vireward.training.data import prompt

    writer = tokenizer()
    prompts = [prompt(row["query_vi"], TagFormat()) for row in rows]
    texts = [writer.apply_chat_template(one, tokenize=False, add_generation_prompt=True) for one in prompts]
    return max(len(writer(text, add_special_tokens=False)["input_ids"]) for text in texts)


def test_prompts_that_leave_no_completion_are_named(tmp_path):
    rows = changed(ROWS, at=3, query_vi=LONG)
    room = longest(tmp_path, ROWS) * 2 + 2
    (finding,) = found(tmp_path, "--max_seq_length", str(room), rows=rows, model=tokenizer())
    assert finding.level == "error"
    assert finding.what == (
        f"the prompt leaves no token of --max_seq_length {room} for the completion in 1 of 10 rows (10 %), row 4"
    )


def test_a_long_prompt_that_shortens_every_completion_is_named(tmp_path):
    rows = changed(ROWS, at=3, query_vi=LONG)
    room = longest(tmp_path, rows) + 11
    (finding,) = found(tmp_path, "--max_seq_length", str(room), rows=rows, model=tokenizer())
    assert finding.level == "warning"
    assert finding.what == (
        f"the longest prompt leaves every completion 10 tokens, fewer than {room // 2} (half of --max_seq_length), "
        "because of 1 of 10 rows (10 %), row 4"
    )


def test_the_ways_out_of_a_long_prompt_lead_out(tmp_path):
    rows = changed(ROWS, at=3, query_vi=LONG)
    room = longest(tmp_path, ROWS) * 3
    (finding,) = found(tmp_path, "--max_seq_length", str(room), rows=rows, model=tokenizer())
    raised, left_out = (part.split()[-1] for part in finding.way_out.split(", or "))
    assert int(left_out) == room - 1 - room // 2
    assert found(tmp_path, "--max_seq_length", raised, rows=rows, model=tokenizer()) == []
    options = ["--max_seq_length", str(room), "--max_prompt_tokens", left_out]
    assert found(tmp_path, *options, rows=rows, model=tokenizer()) == []


def test_a_limit_below_every_prompt_is_told(tmp_path):
    (finding,) = found(tmp_path, "--max_prompt_tokens", "9", model=tokenizer())
    assert (finding.level, finding.what) == ("error", "every prompt has more than --max_prompt_tokens 9 tokens")
    raised = finding.way_out.split()[3]
    assert found(tmp_path, "--max_prompt_tokens", raised, model=tokenizer()) == []


def test_a_tokenizer_is_looked_at_without_the_trainer(tmp_path):
    found(tmp_path, model=tokenizer())
    seen = of_command(["--data", f"{tmp_path}/rows.jsonl", "--model_name_or_path", f"{tmp_path}/model"], Layout())
    assert seen.looked == ["data", "rewards", "tokenizer"]
