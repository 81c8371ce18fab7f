"""What preflight finds in a data set: each planted fault gives its one message, and sound data none."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from preflight_setup import LAYOUT, PLAIN, ROWS, changed, found, only_golds, told, with_column, with_golds

from vireward import BadData
from vireward.training import problems
from vireward.training.data import load_problems
from vireward.training.preflight.checks import of_command
from vireward.training.preflight.finding import Finding, rows_told
from vireward.training.preflight.rows import Layout, contents

CALL = "has the name of an argument of TRL's reward call: "
MEND_ROWS = "mend the rows, or leave them out"
SETTLE = "mend them, or settle it with --number_style vi or en"
NO_NUMBER = "numeric_match gives all completions the same score"

# name → rows, options, layout, the one finding
FAULTS = {
    "no column of solutions": (
        [{"query_vi": row["query_vi"], "response": row["response_vi"]} for row in ROWS],
        [],
        None,
        ("error", "no column 'response_vi', there are 'query_vi', 'response'; did you mean 'response'?"),
    ),
    "no column of golds": (
        [{"prompt": row["prompt"], "label": row["answer"]} for row in PLAIN],
        [],
        LAYOUT,
        (
            "error",
            "no column 'answer', there are 'prompt', 'label'; rename yours, or name the column of golds with --gold",
        ),
    ),
    "a column that ends the call": (
        with_column(PLAIN, "prompts"),
        [],
        LAYOUT,
        ("error", f"the column 'prompts' {CALL}it ends in a TypeError at the first step; rename the column"),
    ),
    "a column that is written over": (
        with_column(PLAIN, "log_extra"),
        [],
        LAYOUT,
        ("warning", f"the column 'log_extra' {CALL}TRL writes its own over it; rename the column"),
    ),
    "a column that is left out": (
        with_column(PLAIN, "completion"),
        [],
        LAYOUT,
        ("warning", f"the column 'completion' {CALL}TRL leaves the column out of the call; rename the column"),
    ),
    "a column that only another trainer hands on": (
        with_column(ROWS, "completions"),
        [],
        None,
        (
            "warning",
            f"the column 'completions' {CALL}it ends in a TypeError at the first step; the training script does not "
            "hand it on, a trainer that is given these rows does; rename the column",
        ),
    ),
    "rows without a gold": (
        changed(changed(ROWS, at=2, response_vi="Em không biết"), at=5, response_vi=None),
        [],
        None,
        (
            "warning",
            "no gold is stated in 2 of 10 rows (20 %), row 3, row 6: they are left out of training; " + MEND_ROWS,
        ),
    ),
    "golds that are null": (
        changed(PLAIN, at=3, answer=None),
        [],
        LAYOUT,
        (
            "warning",
            "no gold stands in 1 of 10 rows (10 %), row 4: every reward that needs one abstains; " + MEND_ROWS,
        ),
    ),
    "no gold at all": (
        [{**row, "response_vi": "Em không biết"} for row in ROWS[:2]],
        [],
        None,
        (
            "error",
            "no gold is stated in 2 of 2 rows (100 %), row 1, row 2: they are left out of training; " + MEND_ROWS,
        ),
    ),
    "a row without a question": (
        changed(ROWS, at=1, query_vi=" "),
        [],
        None,
        ("warning", "no question stands in 1 of 10 rows (10 %), row 2: they are left out of training; " + MEND_ROWS),
    ),
    "a type that no row has": (
        with_column(ROWS, "type"),
        ["--types", "y"],
        None,
        ("error", "no row of the types asked for; change --types"),
    ),
    "golds that are no number": (
        with_golds("thứ Sáu", "B. 178"),
        [],
        None,
        (
            "warning",
            f"the gold is not one number in 2 of 10 rows (20 %), row 1 'thứ Sáu', row 2 'B. 178': {NO_NUMBER}; leave "
            "them to the other rewards, or name others in a file (--rewards), such as choice_match",
        ),
    ),
    "golds that fit both styles": (
        with_golds("1.500", "2,125"),
        [],
        None,
        (
            "warning",
            "the value of the gold depends on the number style in 2 of 10 rows (20 %), row 1 '1.500', row 2 '2,125': "
            f"read as vi, which no gold tells; {SETTLE}",
        ),
    ),
    "golds of both styles": (
        with_golds("0,5", "2,5", "2.5"),
        [],
        None,
        (
            "warning",
            "the golds mix two number styles: read as vi, which 2 of them show, but the gold can only be en in "
            f"1 of 10 rows (10 %), row 3 '2.5'; {SETTLE}",
        ),
    ),
    "a style that no gold has": (
        with_golds("0,5", "1.500"),
        ["--number_style", "en"],
        None,
        (
            "error",
            "--number_style en is contradicted: the gold can only be vi in 1 of 10 rows (10 %), row 1 '0,5'; golds "
            "that can only be en: 0, whose value depends on the style: 1; leave it to auto, or mend these golds",
        ),
    ),
    "a style that few golds have": (
        with_golds("0,5", "0,25", "0.5"),
        ["--number_style", "en"],
        None,
        (
            "warning",
            "--number_style en is contradicted: the gold can only be vi in 2 of 10 rows (20 %), row 1 '0,5', row 2 "
            "'0,25'; golds that can only be en: 1, whose value depends on the style: 0; leave it to auto, or mend "
            "these golds",
        ),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_gives_its_one_message(tmp_path, fault):
    rows, options, layout, (level, text) = FAULTS[fault]
    findings = found(tmp_path, *options, rows=rows, layout=layout)
    assert told(findings) == [(level, f"{tmp_path}/rows.jsonl: {text}")]


def test_sound_data_give_no_finding(tmp_path):
    assert found(tmp_path) == []
    assert found(tmp_path, rows=PLAIN, layout=LAYOUT) == []
    assert found(tmp_path, rows=[{**row, "answer": int(row["answer"])} for row in PLAIN], layout=LAYOUT) == []
    assert found(tmp_path, "--number_style", "en", rows=with_golds("1,500", "0.5")) == []


def rewards_file(tmp_path, text):
    file = tmp_path / "r.toml"
    file.write_text(f"[reward]\n{text}\n", encoding="utf-8")
    return ["--rewards", str(file)]


def test_a_gold_that_says_nothing_is_no_well_formed_answer(tmp_path):
    rows = with_golds("Hà Nội", "?")
    gated = 'use = "gate"\nreward = "answer_match"\nwhen = "format_exact"'
    (finding,) = found(tmp_path, *rewards_file(tmp_path, gated), rows=rows)
    assert finding.level == "warning"
    assert (
        finding.what == "no well-formed answer behind <SOLUTION> can state the gold in 1 of 10 rows (10 %), row 2 '?'"
    )
    assert found(tmp_path, *rewards_file(tmp_path, 'use = "answer_match"'), rows=rows) == []


def test_a_gold_with_a_tag_in_it_can_never_be_answered(tmp_path):
    rows = with_golds("</SOLUTION>")
    (finding,) = found(tmp_path, *rewards_file(tmp_path, 'use = "answer_match"'), rows=rows)
    assert finding.what.endswith("can state the gold in 1 of 10 rows (10 %), row 1 '</SOLUTION>'")


def test_a_reward_that_reads_no_gold_has_no_fault_with_golds(tmp_path):
    assert found(tmp_path, *rewards_file(tmp_path, 'use = "format_exact"'), rows=with_golds("?", "thứ Sáu")) == []


def test_enough_votes_settle_the_style_of_the_other_golds(tmp_path):
    assert found(tmp_path, rows=with_golds("1.500", *["0,5"] * 5)) == []


def test_held_out_rows_are_looked_at_too(tmp_path):
    held_out = tmp_path / "held_out.jsonl"
    held_out.write_text(json.dumps({"query_vi": "Mấy?", "response_vi": "Không rõ"}) + "\n", encoding="utf-8")
    (finding,) = found(tmp_path, "--held_out", str(held_out))
    assert finding.where == str(held_out)
    assert finding.what.startswith("no gold is stated in 1 of 1 rows (100 %), row 1")


def test_only_the_rows_that_a_run_reads_are_looked_at(tmp_path):
    rows = [*ROWS, *only_golds("?")]
    assert found(tmp_path, "--max_rows", "9", "--held_out", str(problems.HELD_OUT), rows=rows) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"query_vi": "a"}\n{"query',
            "line 2: Unterminated string starting at: line 1 column 2 (char 1); mend the line",
        ),
        ("[1]\n", "row 1 is no JSON object; write one with a value for each column"),
        ("\n", "it holds no row; give --data a file with the columns query_vi, response_vi"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_finding(tmp_path, text, said):
    file = tmp_path / "rows.jsonl"
    file.write_text(text, encoding="utf-8")
    assert told(of_command(["--data", str(file)], Layout()).findings) == [("error", f"{file}: {said}")]


def test_a_file_that_is_not_there_is_one_finding(tmp_path):
    (finding,) = of_command(["--data", str(tmp_path / "none.jsonl")], Layout()).findings
    assert str(finding).endswith("none.jsonl: no such file; give a .jsonl, .json, .csv, .parquet file or a hub id")


def test_the_bundled_problems_have_one_gold_that_is_no_number():
    for source, golds in ((problems.TRAIN, ["thứ Sáu"]), (problems.HELD_OUT, [])):
        findings = of_command(["--data", str(source)], Layout()).findings
        assert ["not one number in 1 of" in finding.what for finding in findings] == [True] * len(golds)
        assert all(repr(gold) in findings[0].what for gold in golds)


# --- laws ---


def as_jsonl(path, rows):
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")


def as_json(path, rows):
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def as_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def as_parquet(path, rows):
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


WRITERS = {".jsonl": as_jsonl, ".json": as_json, ".csv": as_csv, ".parquet": as_parquet}


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("limit", [None, 3])
def test_every_kind_of_file_is_read_as_a_run_reads_it(tmp_path, suffix, limit):
    path = tmp_path / f"rows{suffix}"
    WRITERS[suffix](path, changed(changed(ROWS, at=1, query_vi=""), at=2, response_vi=None))
    ours, theirs = contents(str(path), Layout(), limit=limit), load_problems(str(path), limit=limit)
    assert [(it.question, it.gold) for it in ours.asked] == [(it.question, it.gold) for it in theirs.problems]
    assert {lack: len(rows) for lack, rows in ours.left_out.items()} == theirs.dropped
    assert [it.row for it in ours.asked][:2] == [1, 4]


def test_an_empty_file_is_refused_by_both(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("")
    for read in (load_problems, lambda source: contents(source, Layout())):
        with pytest.raises(BadData):
            read(str(path))


@given(st.text(), st.text(), st.lists(st.text(), min_size=1, max_size=5))
def test_a_finding_is_one_line_whatever_it_quotes(where, what, golds):
    shown = rows_told(range(len(golds)), 9, golds)
    assert len(str(Finding("error", where, f"{what} {shown}", "x")).splitlines()) == 1
