"""The commands `audit` and `diff`."""

import json
import sys

import pytest
from typer.testing import CliRunner

from vireward.cli import app

MODULE = """
from vireward import FormatExact, NumericMatch, Sample, weighted

def everywhere(completions, answer, **columns):
    return [float(gold in completion) for completion, gold in zip(completions, answer)]

def solutions(completions, solution):
    return [float(gold in completion) for completion, gold in zip(completions, solution)]

def broken(sample):
    raise ValueError("broken")

both = weighted(shape=(1.0, FormatExact()), number=(1.0, NumericMatch()))
print("imported")
"""
TOML = """
[reward]
use = "weighted"

[reward.terms.shape]
weight = 1.0
reward = { use = "format_exact", tags = "deepseek" }

[reward.terms.number]
weight = 1.0
reward = { use = "numeric_match", tags = "deepseek" }
"""
DEFAULT = ["format_exact", "tag_count", "answer_match", "numeric_match"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mine_to_audit", raising=False)  # of another test's folder
    (tmp_path / "mine_to_audit.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "own.toml").write_text(TOML, encoding="utf-8")
    return tmp_path


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


def audit(*args):
    return run("audit", *args, "--most-golds", 1)


# --- audit ---


def test_the_default_rewards_pass(folder):
    result = run("audit", *DEFAULT, "--fail-on", "any")
    assert result.exit_code == 0
    assert result.stdout.startswith("No attack pays, and no right answer is punished")


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ([], 0),
        (["never"], 0),
        (["exploit"], 1),
        (["punished"], 1),
        (["failure"], 0),
        (["any"], 1),
        (["failure", "exploit"], 1),
    ],
)
def test_the_exit_status_is_what_was_asked_for(folder, kinds, status):
    result = audit("mine_to_audit:everywhere", *(part for kind in kinds for part in ("--fail-on", kind)))
    assert result.exit_code == status
    assert "attacks are paid" in result.stdout


def test_a_reward_that_fails_is_a_finding_and_no_traceback(folder):
    result = audit("mine_to_audit:broken", "--fail-on", "failure")
    assert result.exit_code == 1
    assert "ValueError: broken" in result.stdout
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["mine_to_audit:both", "own.toml", "vireward.tutorial:check_numbers", "numeric_match"])
def test_a_reward_can_be_named_in_every_way(folder, name):
    result = audit(name, "--format", "json")
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert data["trials"]
    assert ("<think>" in data["tags"]) is (name == "own.toml")


def test_golds_are_taken_from_a_file_with_their_problems(folder):
    rows = [{"answer": "7,5", "prompt": "Hỏi 7,5 là mấy?"}, {"answer": None}, {"answer": 12}]
    (folder / "golds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    data = json.loads(run("audit", "numeric_match", "--data", "golds.jsonl", "--format", "json").stdout)
    assert data["golds"] == ["7,5", "12"]
    assert any("Hỏi 7,5 là mấy?" in trial["completion"] for trial in data["trials"])


def test_the_style_is_decided_over_all_golds(folder):
    data = json.loads(run("audit", "numeric_match", "--gold", "1,234.5", "--gold", "7", "--format", "json").stdout)
    assert data["style"] == "en"
    assert "style='en'" in data["reward"]


def test_a_format_can_be_named_or_described(folder):
    described = json.dumps({"open_answer": "<answer>", "close_answer": "</answer>"})
    for given, tag in (("deepseek", "<answer>"), (described, "<answer>"), ("gsm8k", "####")):
        data = json.loads(audit(*DEFAULT, "--tags", given, "--format", "json", "--fail-on", "any").stdout)
        assert tag in data["tags"]
        assert data["clean"]


def test_a_function_gets_the_gold_under_its_own_name(folder):
    assert "beats-right" in audit("mine_to_audit:solutions", "--gold-column", "solution", "--format", "sarif").stdout


def test_sarif_says_where_the_reward_is_written(folder):
    data = json.loads(audit("mine_to_audit:everywhere", "--format", "sarif").stdout)
    place = data["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "mine_to_audit.py"}, "region": {"startLine": 4}}


def test_files_are_written_whole(folder):
    result = audit("mine_to_audit:everywhere", "--format", "markdown", "--out", "a.md", "--html", "a.html")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (folder / "a.md").read_text(encoding="utf-8").startswith("# Audit of")
    assert (folder / "a.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    again = audit("mine_to_audit:everywhere", "--out", "a.md")
    assert (again.exit_code, again.stderr) == (
        2,
        "vireward: --out a.md: is there already; choose another name, or say --force\n",
    )


REFUSED = [
    (["nope"], "no reward named 'nope'"),
    (["mine_to_audit:nope"], "mine_to_audit has no 'nope'"),
    (["no_such_module:f"], "no_such_module"),
    (["nope.toml"], "nope.toml: cannot be read"),
    (["numeric_match", "numeric_match"], "two of these have one name"),
    (["numeric_match", "--tags", "nope"], "no such format"),
    (["numeric_match", "--tags", '{"nope": 1}'], "no field 'nope'"),
    (["numeric_match", "--group-size", "1"], "group_size=1"),
    (["numeric_match", "--gold", ""], "no gold can be used"),
    (["numeric_match", "--data", "nope.jsonl"], "nope.jsonl: cannot be read"),
    (["numeric_match", "--data", "own.toml"], "own.toml:2: not JSON"),
    (["numeric_match", "--param", "nope=1"], "nope"),
    (["own.toml", "--param", "tags=x"], "stand in the file"),
    (["numeric_match", "--html", "x.html", "--out", "x.html"], "is the file of --out"),
    (["numeric_match", "--out", "/no/such/folder/x"], "cannot be written"),
]


@pytest.mark.parametrize(("args", "told"), REFUSED)
def test_what_cannot_be_used_is_told_in_one_line_and_nothing_is_written(folder, args, told):
    before = {path.name for path in folder.iterdir()}
    result = audit(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert told in result.stderr.splitlines()[-1]
    assert result.stderr.splitlines()[-1].startswith("vireward: ")
    assert {path.name for path in folder.iterdir()} - before <= {"__pycache__"}


def test_what_a_reward_prints_is_not_among_the_data(folder):
    result = audit("mine_to_audit:everywhere", "--format", "json")
    json.loads(result.stdout)


# --- diff ---

ANSWERS = ("1500000", "1.500.000", "không phải 1500000", "7")


def completions(folder, name="c.jsonl", **change):
    rows = [
        {
            "prompt": prompt,
            "answer": "1500000",
            "step": 1,
            "completion": f"<thinking>a</thinking><SOLUTION>{answer}</SOLUTION>",
        }
        for prompt in ("a", "b")
        for answer in ANSWERS
    ]
    rows = [{key: value for key, value in (row | change).items() if value is not ...} for row in rows]
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return name


def diff(*args):
    return run("diff", "numeric_match", "vireward.tutorial:check_numbers", *args)


def test_the_rows_that_change_are_told(folder):
    data = json.loads(diff("--completions", completions(folder), "--format", "json").stdout)
    assert (data["rows"], data["groups"], data["failed"]) == (8, 2, [0, 0])
    worst = {change["row"]: change["values"] for change in data["changes"]}
    assert worst[2] == [1.5, 0.0]
    assert worst[3] == [-0.5, 1.5]


def test_a_reward_does_not_differ_from_itself(folder):
    result = run("diff", "numeric_match", "numeric_match", "--completions", completions(folder))
    assert result.stdout == "No advantage changes, of 8 completions in 2 groups.\n"


def test_golds_are_found_by_prompt(folder):
    bare = completions(folder, "bare.jsonl", answer=...)
    whole = diff("--completions", completions(folder), "--format", "json").stdout
    assert diff("--completions", bare, "--data", "c.jsonl", "--format", "json").stdout == whole
    assert "give the data set with --data" in diff("--completions", bare).stderr


def test_tables_of_trl_are_read(folder):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    chat = [{"role": "assistant", "content": "<thinking>a</thinking><SOLUTION>1.500.000</SOLUTION>"}]
    rows = [
        {"step": 1, "prompt": [{"role": "user", "content": "a"}], "completion": chat, "advantage": 0.0},
        {
            "step": 1,
            "prompt": [{"role": "user", "content": "a"}],
            "completion": [chat[0] | {"content": "7"}],
            "advantage": 0.0,
        },
    ]
    (folder / "out" / "completions").mkdir(parents=True)
    for step in (1, 2):
        table = pyarrow.Table.from_pylist([row | {"step": step} for row in rows])
        parquet.write_table(table, folder / "out" / "completions" / f"completions_{step:05d}.parquet")
    completions(folder)
    for source, count in (("out", 4), ("out/completions", 4), ("out/completions/completions_00001.parquet", 2)):
        data = json.loads(diff("--completions", source, "--data", "c.jsonl", "--format", "json").stdout)
        assert data["rows"] == count
        assert data["changes"][0]["values"] in ([1.5, 0.0], [0.0, 0.0])


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--completions", "nope.jsonl"], "nope.jsonl: cannot be read"),
        (["--completions", "."], "no completions_*.parquet in this folder"),
        (["--completions", "nope.parquet"], "nope.parquet: cannot be read (no such file)"),
        (["--completions", "c.jsonl", "--completion-column", "text"], "no column 'text'"),
        (["--completions", "c.jsonl", "--group-size", "3"], "8 rows are no whole groups"),
        (["--completions", "c.jsonl", "--group-size", "1"], "must be above 1"),
        (["--completions", "single.jsonl"], "no two neighbouring rows have one prompt"),
        (["--completions", "uneven.jsonl", "--scheme", "batch"], "groups of 1 and 2 completions"),
        (["--completions", "empty.jsonl"], "there is no row in it"),
        (["--completions", "c.jsonl", "--most", "-1"], "--most -1"),
    ],
)
def test_completions_that_cannot_be_compared_are_told_in_one_line(folder, args, told):
    completions(folder)
    row = {"answer": "7", "completion": "7"}
    for name, prompts in (("single", "abc"), ("uneven", "aab"), ("empty", "")):
        lines = [json.dumps(row | {"prompt": prompt}) + "\n" for prompt in prompts]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    result = diff(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr.splitlines()[-1]


def test_markdown_goes_to_a_file(folder):
    assert diff("--completions", completions(folder), "--format", "markdown", "--out", "d.md").exit_code == 0
    assert (folder / "d.md").read_text(encoding="utf-8").startswith("# Two rewards over the same completions\n")
