"""What the pages of `docs/` state about readings, verdicts, compositions and files is true."""

import inspect
import re
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

import vireward
from vireward.config.forms import FORMS
from vireward.extract import find_answer
from vireward.judge import compare
from vireward.numerals import read_number
from vireward.records import Answer, Sample, Verdict

DOCS = Path(__file__).parents[1] / "docs"
ANSWERS = (DOCS / "answers.md").read_text(encoding="utf-8")
COMPOSITION = (DOCS / "composition.md").read_text(encoding="utf-8")


def rows(*header, page=ANSWERS):
    """The rows of the table with this header, without backticks."""
    table = re.search(rf"^\| {re.escape(' | '.join(header))} \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", page, re.MULTILINE)[1]
    cells = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines())
    return [[cell[1:-1] if cell.startswith("`") else cell for cell in row] for row in cells]


@pytest.mark.parametrize(("text", "answer", "rule"), rows("text", "answer", "rule"))
def test_where_the_answer_stands(text, answer, rule):
    assert find_answer(text) == Answer(answer, rule)


@pytest.mark.parametrize(("text", "vi", "en", "_"), rows("text", "vi", "en", "why"))
def test_what_a_number_is(text, vi, en, _):
    read = [read_number(text, style) for style in ("vi", "en")]
    assert [number and number.value for number in read] == [None if v == "–" else Fraction(v) for v in (vi, en)]


@pytest.mark.parametrize(("answer", "gold", "style", "verdict", "_"), rows("answer", "gold", "style", "verdict", "why"))
def test_what_is_right(answer, gold, style, verdict, _):
    comparison = compare(answer, gold, style=style)
    assert comparison.verdict is Verdict(verdict), comparison.why


@pytest.mark.parametrize(("composition", "value"), rows("composition", "value", page=COMPOSITION))
def test_what_an_abstention_does(composition, value):
    rewards = {"yes": lambda sample: 1.0, "no": lambda sample: 0.0, "silent": lambda sample: None}
    reward = eval(composition, vars(vireward) | rewards)
    assert vireward.weighted(whole=(1.0, reward))(Sample("x", gold="7", step=0)).value == eval(value)


def test_every_composition_is_in_the_table_of_abstentions():
    shown = {composition.partition("(")[0] for composition, _ in rows("composition", "value", page=COMPOSITION)}
    assert shown | {"shift"} == set(FORMS)


def test_the_keys_of_each_composition_are_its_parameters():
    # A key such as `terms.NAME.weight` is within the parameter `terms`.
    told = {}
    for names, keys in re.findall(r"^\| (`[a-z_`, ]+`) \| (.+) \|$", COMPOSITION, re.MULTILINE):
        for name in re.findall(r"\w+", names):
            told[name] = {key.partition(".")[0] for key in re.findall(r"`([\w.]+)`", keys)}
    assert {name: told.get(name) for name in FORMS} == {
        name: set(inspect.signature(form.build).parameters) for name, form in FORMS.items()
    }


@pytest.mark.parametrize("text", re.findall(r"^```toml\n(.*?)^```$", COMPOSITION, re.MULTILINE | re.DOTALL))
def test_the_files_are_read_and_written_alike(text):
    reward = vireward.from_config(tomllib.loads(text))
    assert vireward.from_config(tomllib.loads(vireward.to_toml(reward))) == reward


def test_the_error_is_the_one_that_is_told():
    (text, _) = re.findall(r"^```toml\n(.*?)^```$", COMPOSITION, re.MULTILINE | re.DOTALL)
    wrong = text.replace('reward = "numeric_match"', 'reward = { use = "numeric_match", stile = "vi" }')
    (told,) = re.findall(r"^vireward: (rewards.toml: .*)$", COMPOSITION, re.MULTILINE)
    with pytest.raises(vireward.BadConfig) as caught:
        vireward.from_config(tomllib.loads(wrong), source="rewards.toml")
    assert str(caught.value) == told
