"""What the pages of `docs/` state about readings, verdicts, compositions and files is true."""

import contextlib
import inspect
import io
import re
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

import vireward
from vireward.audit import ATTACKS, RULES, run
from vireward.cli import app
from vireward.config.forms import FORMS
from vireward.extract import find_answer
from vireward.judge import compare
from vireward.numerals import read_number
from vireward.records import Answer, Sample, Verdict

DOCS = Path(__file__).parents[1] / "docs"
ANSWERS = (DOCS / "answers.md").read_text(encoding="utf-8")
COMPOSITION = (DOCS / "composition.md").read_text(encoding="utf-8")
AUDIT = (DOCS / "audit.md").read_text(encoding="utf-8")


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


# --- docs/audit.md ---


def blocks(language, page=AUDIT):
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.fixture
def lenient(tmp_path, monkeypatch):
    """A folder with the files of the page, in which its commands are run."""
    (source,) = (code for code in blocks("python") if code.startswith("# lenient.py"))
    (tmp_path / "lenient.py").write_text(source, encoding="utf-8")
    (tmp_path / "completions.jsonl").write_text("".join(blocks("json")), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lenient", raising=False)
    return tmp_path


@pytest.mark.parametrize("shown", [block for block in blocks("console") if block.startswith("$ vireward ")])
def test_the_commands_of_the_audit_print_what_is_shown(lenient, shown):
    command, _, output = shown.partition("\n")
    result = CliRunner().invoke(app, command.removeprefix("$ vireward ").split())
    told = "\n".join(line.rstrip() for line in result.stdout.splitlines())
    beginning, cut, _ = output.partition("…\n")
    assert told.startswith(beginning.rstrip("\n")) if cut else told == output.rstrip("\n")
    assert result.exit_code == (1 if "--fail-on exploit" in command else 0)


def test_the_planted_exploit_is_paid_as_is_told(lenient):
    import importlib

    report = run(importlib.import_module("lenient").right_number, golds=["1500000"])
    tried = {(trial.attack, trial.completion): trial for trial in report.trials}
    table = rows("attack", "answer, for the gold 1500000", "reward", "advantage", page=AUDIT)
    for attack, answer, reward, advantage in table:
        (trial,) = (
            one for (name, text), one in tried.items() if name == attack and text.endswith(f">{answer}</SOLUTION>")
        )
        assert (f"{trial.score.value:g}", f"{trial.advantages['group'].attack:+.2f}") == (reward, advantage)
    assert {attack for attack, *_ in table} <= {f.attack for f in report.findings if f.rule.name == "beats-right"}


def test_the_example_from_python_prints_what_is_shown():
    (code,) = (code for code in blocks("python") if "print(" in code)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "audit.md", "exec"), {})
    assert [out.getvalue()] == blocks("text")


def test_the_findings_and_attacks_are_those_that_there_are():
    found = [[rule.name, rule.kind, rule.level, f"a completion {rule.says}"] for rule in RULES]
    assert rows("finding", "kind", "level", "what happened", page=AUDIT) == found
    tried = [[attack.family, attack.name, attack.question] for attack in ATTACKS]
    assert sorted(rows("family", "attack", "question", page=AUDIT)) == sorted(tried)
