"""What the README says is true: its Python runs and prints what it shows, its table is the registry."""

import contextlib
import inspect
import io
import re
import tomllib
import unicodedata
from pathlib import Path

import pytest

import vireward
from vireward import registry, tutorial

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BUILT_IN = (
    *("answer_match", "choice_match", "cosine_length", "diversity", "forbidden_text", "format_exact"),
    *("language_share", "numeric_match", "overlong", "pattern", "reasoning_steps", "relative_length", "repetition"),
    "tag_count",
)
TUTORIAL_SUM = ("answer_match", "format_exact", "numeric_match", "tag_count")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_examples_print_what_is_shown():
    printing = [code for code in blocks("python") if "print(" in code]
    assert len(printing) == len(blocks("text")) == 5
    for code, shown in zip(printing, blocks("text"), strict=True):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, "README.md", "exec"), {})
        assert out.getvalue() == shown


def test_the_reward_of_the_reader_works(monkeypatch):
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    (own,) = [code for code in blocks("python") if "class MentionsPrice" in code]
    exec(compile(own, "README.md", "exec"), {"__name__": "reader"})
    assert vireward.make("mentions_price")(vireward.Sample("15 000 đồng")).value == 1.0
    with pytest.raises(vireward.LawBroken) as caught:
        vireward.testing.check_reward(
            vireward.make("mentions_price"), laws=["normalisation_blind"], vocabulary=["đồng"]
        )
    assert unicodedata.normalize("NFD", "đồng") in caught.value.breaches[0].cases[1].completion


def test_the_toml_is_a_reward():
    files = [tomllib.loads(text) for text in blocks("toml")]
    (reward,) = [vireward.from_config(file) for file in files if "reward" in file]
    assert vireward.from_config(tomllib.loads(vireward.to_toml(reward))) == reward


def test_the_table_of_rewards_is_the_registry():
    rows = [f"| `{name}` | {inspect.getdoc(registry.factory(name)).splitlines()[0]} |" for name in BUILT_IN]
    assert "\n".join(["| name | the question it asks |", "|---|---|", *rows]) in README


def test_the_table_of_sums_is_what_both_sets_of_rewards_give():
    table = re.findall(r"^\| (.+) \| (-?[\d.]+) \| (-?[\d.]+) \|$", README, re.MULTILINE)
    assert len(table) == 8
    for label, theirs, ours in table:
        for answer in re.findall(r"`([^`]*)`", label) or [" "]:
            thought = " " if label.startswith("white space") else "ba lần"
            completion = f"<thinking>{thought}</thinking>\n<SOLUTION>{answer}</SOLUTION>"
            assert sum_of_tutorial(completion) == float(theirs), label
            assert sum_of_ours(completion) == float(ours), label


def sum_of_tutorial(completion):
    given = {"prompts": ["?"], "completions": [completion], "answer": ["1500000"]}
    functions = (
        tutorial.match_format_exactly,
        tutorial.match_format_approximately,
        tutorial.check_answer,
        tutorial.check_numbers,
    )
    return sum(function(**given)[0] for function in functions)


def sum_of_ours(completion):
    return sum(vireward.make(name)(vireward.Sample(completion, "1500000")).value for name in TUTORIAL_SUM)


def test_every_file_that_is_named_is_there():
    root = Path(__file__).parents[1]
    for name in re.findall(r"`(training/[\w./]+|examples/[\w./]+|tests/[\w./]+)`", README):
        assert (root / name).exists() or (root / "vireward" / name).exists(), name
