import errno
import json
import os
import pty
import signal
import subprocess
import sys
import time
import tracemalloc
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

import vireward
from vireward import registry, scoring
from vireward.cli import app

RIGHT = "<thinking>3 × 500</thinking><SOLUTION>1.500</SOLUTION>"
ROWS = [
    {"completion": RIGHT, "answer": "1500"},
    {"completion": "<thinking>ừ</thinking><SOLUTION>không biết</SOLUTION>", "answer": "1.234,5"},
    {"completion": "Đáp án là: 7", "answer": 7},
    {"completion": "x", "answer": None},
    {"completion": "<SOLUTION>2,50</SOLUTION>", "answer": 2.5},
]
BUILT_IN = ["answer_match", "format_exact", "numeric_match", "tag_count"]
MEND = "; mend the line, or leave such lines out with --keep-going"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def registered(monkeypatch):
    """Give tests rewards of their own, under names that are gone afterwards."""

    def register(**factories):
        for name, factory in factories.items():
            monkeypatch.setitem(registry._factories, name, factory)

    return register


def run(*args, stdin=None):
    return CliRunner().invoke(app, [str(arg) for arg in args], input=stdin)


def score(*args, reward="answer_match", stdin=None):
    """Score in one number style, so that standard error holds complaints alone."""
    return run("score", *args, "--reward", reward, "--style", "vi", stdin=stdin)


def write(folder, *lines, name="c.jsonl"):
    text = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    (folder / name).write_bytes(text)
    return name


def read(text):
    return [json.loads(line) for line in text.splitlines()]


def told(score):
    return {"value": score.value, "why": score.why, "outcome": score.outcome}


def command(*args, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([sys.executable, "-m", "vireward", *args], **options)


# --- scores ---


def gold_text(gold):
    return {7: "7", 2.5: "5/2"}.get(gold, gold)


@pytest.mark.parametrize("name", BUILT_IN)
def test_scores_are_those_of_the_library(folder, name):
    file, reward = write(folder, *ROWS), vireward.make(name)
    result = run("score", file, "--reward", name)
    assert result.exit_code == 0
    expected = [reward(vireward.Sample(row["completion"], gold_text(row["answer"]))) for row in ROWS]
    assert read(result.stdout) == [told(score) for score in expected]


def test_several_rewards_give_each_score_and_the_sum(folder):
    rows = read(score(write(folder, *ROWS), reward="answer_match, tag_count").stdout)
    assert rows[0]["scores"] == {
        name: told(vireward.make(name)(vireward.Sample(RIGHT, "1500"))) for name in ("answer_match", "tag_count")
    }
    assert [row["value"] for row in rows] == [3.5, 0.5, -4.0, None, 0.5]


def test_rewards_can_be_named_in_several_options(folder):
    result = run("score", write(folder, ROWS[0]), "--reward", "tag_count", "--reward", "format_exact", "--no-gold")
    assert list(read(result.stdout)[0]["scores"]) == ["tag_count", "format_exact"]


def test_a_sum_beyond_all_floats_is_null(folder):
    equal = {"completion": "<SOLUTION>7</SOLUTION>", "answer": "7"}
    params = ["--param", "same=1e308", "--param", "equal=1e308"]
    result = score(write(folder, equal), *params, reward="answer_match,numeric_match")
    assert read(result.stdout)[0]["value"] is None


def test_chat_messages_are_read(folder):
    blocks = [{"type": "text", "text": "<SOLUTION>15"}, {"type": "text", "text": "00</SOLUTION>"}]
    chats = [
        [{"role": "user", "content": "3 × 500?"}, {"role": "assistant", "content": RIGHT}],
        [{"role": "assistant", "content": blocks}],
        {"role": "assistant", "content": RIGHT},
    ]
    result = score(write(folder, *({"completion": chat, "answer": "1500"} for chat in chats)))
    assert [row["value"] for row in read(result.stdout)] == [1.5, 3.0, 1.5]


def test_columns_can_be_named_also_crosswise(folder):
    file = write(folder, {"completion": "1500", "output": RIGHT, "answer": "8", "gold": "9"})
    assert read(score(file, "--completion", "output", "--gold", "completion").stdout)[0]["value"] == 1.5


def test_a_prompt_that_is_no_text_does_not_matter(folder):
    file = write(folder, *({"prompt": prompt, **ROWS[0]} for prompt in (3, [1, 2], None, "?", [])))
    assert {row["value"] for row in read(score(file).stdout)} == {1.5}


def test_a_reward_that_needs_no_gold_can_do_without(folder):
    assert read(run("score", write(folder, {"completion": RIGHT}), "--reward", "format_exact", "--no-gold").stdout) == [
        {"value": 3.0, "why": "well formed", "outcome": "scored"}
    ]


def test_parts_of_a_composed_reward_are_told(folder, registered):
    registered(both=lambda: vireward.weighted(shape=(2.0, vireward.FormatExact())))
    row = read(run("score", write(folder, ROWS[0]), "--reward", "both").stdout)[0]
    assert (row["value"], row["parts"]["shape"]["value"]) == (6.0, 3.0)


def test_a_reward_that_raises_ends_nothing_and_is_told(folder, registered):
    def failing(sample):
        raise ZeroDivisionError("by zero")

    registered(failing=lambda: failing)
    result = run("score", write(folder, *ROWS), "--reward", "failing,tag_count")
    row = {"value": None, "why": "ZeroDivisionError: by zero", "outcome": "error"}
    assert [row_["scores"]["failing"] for row_ in read(result.stdout)] == [row] * len(ROWS)
    assert result.stderr == "vireward: failing failed on 5 of 5 rows, first with ZeroDivisionError: by zero\n"
    assert result.exit_code == 0


def test_a_bug_keeps_its_traceback(folder, monkeypatch):
    monkeypatch.setattr(scoring, "lines", lambda *args: 1 / 0)
    assert isinstance(score(write(folder, *ROWS)).exception, ZeroDivisionError)


# --- number style and parameters ---


def test_the_style_is_found_over_all_golds(folder):
    file = write(folder, {"completion": "<SOLUTION>1500</SOLUTION>", "answer": "1.500"}, {**ROWS[0], "answer": "2.25"})
    for source, stdin in ((file, None), ("-", (folder / file).read_bytes())):
        result = run("score", source, "--reward", "numeric_match", stdin=stdin)
        assert read(result.stdout)[0]["value"] == -0.5
        assert result.stderr == "vireward: number style en: golds that can only be vi: 0, only en: 1\n"
    assert read(score(file, reward="numeric_match").stdout)[0]["value"] == 1.5


def test_a_doubt_about_the_style_is_told(folder):
    result = run("score", write(folder, {**ROWS[0], "answer": "1.500"}), "--reward", "numeric_match")
    doubt = vireward.style_evidence(["1.500"]).doubt
    assert result.stderr == f"vireward: {doubt}; settle it with --style\n"


def test_no_style_is_looked_for_where_no_reward_has_one(folder):
    assert run("score", write(folder, *ROWS), "--reward", "tag_count").stderr == ""


def test_a_parameter_goes_to_each_reward_that_has_it(folder):
    result = score(write(folder, ROWS[2]), "--param", "anywhere=true", reward="answer_match,tag_count")
    assert read(result.stdout)[0]["scores"]["answer_match"]["value"] == 3.0


def test_tags_are_given_as_an_object(folder):
    tags = json.dumps({"open_answer": "<answer>", "close_answer": "</answer>"})
    file = write(folder, {"completion": "<answer>7</answer>", "answer": "7"})
    assert read(score(file, "--param", f"tags={tags}").stdout)[0]["value"] == 3.0


def test_a_text_parameter_may_look_like_a_number(folder, registered):
    @dataclass(frozen=True)
    class Says:
        word: str = "a"

        def __call__(self, sample):
            return vireward.Score(1.0, self.word)

    registered(says=Says)
    file = write(folder, ROWS[0])
    for given in ("word=5", 'word="5"'):
        assert read(run("score", file, "--reward", "says", "--param", given).stdout)[0]["why"] == "5"


# --- what cannot be used: one line, exit status 2 ---


BROKEN = {
    "cut": (b'{"completion": "a"', "not JSON (Expecting ',' delimiter at column 19)"),
    "python": (b"{'completion': 'a'}", "not JSON (Expecting property name enclosed in double quotes at column 2)"),
    "array": (b'[{"completion": "a"}]', """not a JSON object but '[{"completion": "a"}]'"""),
    "number": (b"7", "not a JSON object but '7'"),
    "digits": (
        b"9" * 5000,
        "JSON out of bounds (Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits)",
    ),
    "latin-1": (b'{"completion": "\xe9"}', "not UTF-8 (byte 0xe9 at offset 16)"),
    "utf-16": ('{"completion": "a"}'.encode("utf-16"), "not UTF-8 (byte 0xff at offset 0)"),
    "no completion": (
        {"text": "a", "answer": "1"},
        "no column 'completion', there are 'text', 'answer' (name yours with --completion)",
    ),
    "empty": ({}, "no column 'completion', there are none (name yours with --completion)"),
    "no gold": (
        {"completion": "a"},
        "no column 'answer', there are 'completion' (name yours with --gold, or say --no-gold)",
    ),
    "null": (
        {"completion": None, "answer": "1"},
        "column 'completion': a completion must be text or chat messages, got None",
    ),
    "type": (
        {"completion": 5, "answer": "1"},
        "column 'completion': a completion must be text or chat messages, got 5",
    ),
    "chat": (
        {"completion": ["a"], "answer": "1"},
        "column 'completion': a chat message must be a mapping with role and content, got 'a'",
    ),
    "list": (
        {"completion": "a", "answer": [1]},
        "column 'answer': a gold must be text, a finite number or null, got [1]",
    ),
    "bool": (
        {"completion": "a", "answer": True},
        "column 'answer': a gold must be text, a finite number or null, got True",
    ),
    "nan": (
        b'{"completion": "a", "answer": NaN}',
        "column 'answer': a gold must be text, a finite number or null, got nan",
    ),
    "inf": (
        b'{"completion": "a", "answer": 1e999}',
        "column 'answer': a gold must be text, a finite number or null, got inf",
    ),
}


@pytest.mark.parametrize(("line", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_line_is_named(folder, line, reason):
    result = score(write(folder, ROWS[0], line), "--out", "scores.jsonl")
    assert result.stderr == f"vireward: c.jsonl:2: {reason}{MEND}\n"
    assert (result.exit_code, result.stdout) == (2, "")
    assert os.listdir() == ["c.jsonl"]


@pytest.mark.parametrize("style", ["vi", "auto"])
def test_keep_going_leaves_broken_lines_out_and_counts_them(folder, style):
    lines = [line for line, _ in BROKEN.values()]
    file = write(folder, *lines, ROWS[0], *lines, ROWS[1])
    result = run("score", file, "--reward", "answer_match", "--style", style, "--keep-going")
    assert [row["value"] for row in read(result.stdout)] == [1.5, -1.5]
    skipped = f"skipped {2 * len(lines)} of {2 * len(lines) + 2} lines, the first: c.jsonl:1: {BROKEN['cut'][1]}"
    assert result.stderr.splitlines()[-1] == f"vireward: {skipped}"
    assert result.exit_code == 0


def test_brackets_without_end_are_a_broken_line(folder):
    result = score(write(folder, b"[" * 100_000))
    assert result.stderr.startswith("vireward: c.jsonl:1: JSON out of bounds (maximum recursion depth exceeded")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("style", ["vi", "auto"])
@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\n", b"\xef\xbb\xbf\n"])
def test_a_file_without_rows_is_told(folder, content, style):
    (folder / "c.jsonl").write_bytes(content)
    result = run("score", "c.jsonl", "--reward", "answer_match", "--style", style, "--out", "scores.jsonl")
    assert result.stderr == "vireward: c.jsonl: there is no row in it; write one JSON object a line\n"
    assert result.exit_code == 2
    assert os.listdir() == ["c.jsonl"]


def test_a_file_without_usable_rows_is_told(folder):
    result = run("score", write(folder, b"[]", b"{"), "--reward", "answer_match", "--keep-going")
    reason = "none of 2 lines can be scored, the first: c.jsonl:1: not a JSON object but '[]'"
    assert result.stderr == f"vireward: c.jsonl: {reason}\n"
    assert result.exit_code == 2


def test_blank_lines_line_ends_of_windows_and_a_byte_order_mark_are_no_fault(folder):
    line = json.dumps(ROWS[0]).encode()
    (folder / "c.jsonl").write_bytes(b"\xef\xbb\xbf" + line + b"\r\n\r\n  \n" + line)
    assert [row["value"] for row in read(score("c.jsonl").stdout)] == [1.5, 1.5]


GIVEN = {
    "unknown reward": (
        ["--reward", "answer_mach"],
        "no reward named 'answer_mach'; did you mean 'answer_match'?",
    ),
    "reward twice": (
        ["--reward", "tag_count,tag_count"],
        "--reward tag_count,tag_count: 'tag_count' stands twice; name each reward once",
    ),
    "no value": (
        ["--reward", "tag_count", "--param", "once"],
        "--param once: must be KEY=VALUE, as in --param anywhere=true",
    ),
    "no key": (
        ["--reward", "tag_count", "--param", "=1"],
        "--param =1: must be KEY=VALUE, as in --param anywhere=true",
    ),
    "twice": (
        ["--reward", "tag_count", "--param", "once=1", "--param", "once=2"],
        "--param once=2: once is 1 already; give each parameter once",
    ),
    "style twice": (
        ["--reward", "answer_match", "--style", "vi", "--param", "style=en"],
        "--param style=en: style is vi already; give each parameter once",
    ),
    "near": (
        ["--reward", "tag_count,answer_match", "--param", "anywher=true"],
        "anywher=true: no such parameter of tag_count, answer_match; did you mean 'anywhere'?",
    ),
    "far": (
        ["--reward", "tag_count", "--param", "xyz=1"],
        "xyz=1: no such parameter of tag_count; known: tags, once, otherwise",
    ),
    "style of none": (
        ["--reward", "tag_count", "--style", "en"],
        "style=en: no such parameter of tag_count; known: tags, once, otherwise",
    ),
    "not bool": (
        ["--reward", "answer_match", "--param", "anywhere=False"],
        "answer_match(anywhere=False): must be true or false",
    ),
    "refused": (
        ["--reward", "tag_count", "--param", "once=NaN"],
        "TagCount(once=nan): must be a finite number",
    ),
    "style": (
        ["--reward", "answer_match", "--param", "style=fr"],
        "style='fr': the number style must be one of vi, en",
    ),
    "field": (
        ["--reward", "tag_count", "--param", 'tags={"open": "<a>"}'],
        """tag_count(tags={"open": "<a>"}): no field 'open'; """
        "known: open_reasoning, close_reasoning, open_answer, close_answer, prefilled, needs_reasoning",
    ),
    "field value": (
        ["--reward", "tag_count", "--param", 'tags={"open_answer": 5}'],
        "TagFormat(open_answer=5): a tag must be text that is not blank",
    ),
}


@pytest.mark.parametrize(("args", "message"), GIVEN.values(), ids=GIVEN)
def test_what_is_given_wrong_is_told_before_anything_is_read(args, message):
    result = run("score", "no-such-file", *args)
    assert result.stderr == f"vireward: {message}\n"
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_parameter_without_default_must_be_given(folder, registered):
    registered(limited=lambda limit: lambda sample: min(len(sample.completion), limit))
    file = write(folder, ROWS[0])
    result = run("score", file, "--reward", "limited")
    message = "limited: limit has no default; give it with --param limit=VALUE"
    assert (result.exit_code, result.stderr) == (2, f"vireward: {message}\n")
    assert read(run("score", file, "--reward", "limited", "--param", "limit=3").stdout)[0]["value"] == 3.0


FILES = {
    "none": ("none.jsonl", "none.jsonl: cannot be read (No such file or directory)"),
    "folder": (".", ".: cannot be read (Is a directory)"),
    "control characters": ("a\n\x1b[31m", r"a\n\x1b[31m: cannot be read (No such file or directory)"),
}


@pytest.mark.parametrize(("file", "message"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_read_is_told(file, message):
    result = score(file)
    assert (result.exit_code, result.stderr) == (2, f"vireward: {message}\n")


def test_a_file_without_line_ends_is_not_read_whole(folder, monkeypatch):
    monkeypatch.setattr(scoring, "MAX_LINE", 100)
    result = score(write(folder, ROWS[0], b"x" * 101), "--keep-going")
    assert result.stderr == "vireward: c.jsonl:2: longer than 100 bytes; write one JSON object a line\n"
    assert result.exit_code == 2


@pytest.mark.parametrize("args", [["score", "c.jsonl"], ["score"], ["scor"], ["score", "c.jsonl", "--style", "fr"]])
def test_usage_errors_exit_with_2(args):
    assert run(*args).exit_code == 2


# --- writing ---


def test_out_holds_the_lines_and_standard_output_nothing(folder):
    file = write(folder, *ROWS)
    result = score(file, "--out", "scores.jsonl")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (
        (folder / "scores.jsonl").read_text(encoding="utf-8") == score(file).stdout == score(file, "--out", "-").stdout
    )
    assert sorted(os.listdir()) == ["c.jsonl", "scores.jsonl"]


def test_out_has_the_permissions_of_any_new_file(folder):
    before = os.umask(0o027)
    try:
        score(write(folder, *ROWS), "--out", "scores.jsonl")
    finally:
        os.umask(before)
    assert (folder / "scores.jsonl").stat().st_mode & 0o777 == 0o640


def test_a_file_is_replaced_only_by_force_and_only_by_a_whole_one(folder):
    file = write(folder, *ROWS)
    (folder / "scores.jsonl").write_text("old")
    result = score(file, "--out", "scores.jsonl")
    assert result.stderr == "vireward: --out scores.jsonl: is there already; choose another name, or say --force\n"
    assert score(write(folder, *ROWS, b"{", name="broken"), "--out", "scores.jsonl", "--force").exit_code == 2
    assert (folder / "scores.jsonl").read_text() == "old"
    assert score(file, "--out", "scores.jsonl", "--force").exit_code == 0
    assert len((folder / "scores.jsonl").read_text().splitlines()) == len(ROWS)


def test_the_input_is_never_written_by_any_name(folder):
    file = write(folder, *ROWS)
    before = (folder / file).read_bytes()
    os.symlink(file, "symbolic")
    os.link(file, "hard")
    for name in (file, "symbolic", "hard", f"../{folder.name}/{file}"):
        result = score(file, "--out", name, "--force")
        assert result.stderr == f"vireward: --out {name}: that is the file being read; choose another name\n"
    assert (folder / file).read_bytes() == before


def test_a_symbolic_link_is_followed(folder):
    os.symlink("elsewhere", "scores.jsonl")
    score(write(folder, *ROWS), "--out", "scores.jsonl")
    assert (folder / "scores.jsonl").is_symlink()
    assert len((folder / "elsewhere").read_text().splitlines()) == len(ROWS)


@pytest.mark.parametrize("out", [".", "/dev/null"])
def test_folders_and_devices_are_not_replaced(folder, out):
    result = score(write(folder, *ROWS), "--out", out, "--force")
    assert result.stderr == f"vireward: --out {out}: not a plain file; leave --out away and redirect the output\n"
    assert os.path.exists(out)
    assert not os.path.isfile(out)


def test_out_in_no_folder_is_told(folder):
    result = score(write(folder, *ROWS), "--out", "none/scores.jsonl")
    assert result.stderr == f"vireward: {folder}/none/scores.jsonl: cannot be written (No such file or directory)\n"
    assert result.exit_code == 2


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_process_leaves_no_draft(folder, registered, stop):
    seen = []

    def stopping(sample):
        seen.append(len(os.listdir()))
        if sample.gold == "last":
            raise stop

    registered(stopping=lambda: stopping)
    file = write(folder, *ROWS, {"completion": "a", "answer": "last"})
    run("score", file, "--reward", "stopping", "--out", "scores.jsonl")
    assert seen == [2] * 6  # the rows, and the draft
    assert os.listdir() == ["c.jsonl"]


def test_a_full_disk_leaves_no_draft(folder, monkeypatch):
    def full(old, new):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    result = score(write(folder, *ROWS), "--out", "scores.jsonl")
    assert result.stderr == f"vireward: {folder}/scores.jsonl: cannot be written (No space left on device)\n"
    assert os.listdir() == ["c.jsonl"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_signals_leave_no_draft(folder, number, status):
    os.mkfifo("rows")
    process = command("score", "rows", "--reward", "tag_count", "--out", "scores.jsonl")
    with open("rows", "w", encoding="utf-8") as rows:
        rows.write(json.dumps(ROWS[0]) + "\n")
        rows.flush()
        deadline = time.monotonic() + 20  # seconds; a start takes a fifth of one
        while len(os.listdir()) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(os.listdir()) == 2
        process.send_signal(number)
        _, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (status, b"")
    assert os.listdir() == ["rows"]


def test_memory_does_not_grow_with_the_file(folder):
    row = json.dumps({"completion": "ấ" * 20_000, "answer": "7"}) + "\n"  # 120 kB, written as escapes
    (folder / "c.jsonl").write_text(row * 100)
    assert score("c.jsonl", "--out", "warm-up").exit_code == 0
    tracemalloc.start()
    try:
        assert score("c.jsonl", "--out", "scores.jsonl").exit_code == 0
        assert tracemalloc.get_traced_memory()[1] < 3_000_000  # bytes; the file has 12 million
    finally:
        tracemalloc.stop()


# --- list, show, summary ---


def test_list_has_each_reward_with_its_question(registered):
    result = run("list")
    lines = [line.strip().split(maxsplit=1) for line in result.stdout.splitlines()]
    assert [line[0] for line in lines] == ["reward", *vireward.names()]
    assert lines[1] == ["answer_match", "Is the answer the gold?"]
    rows = json.loads(run("list", "--json").stdout)
    assert [[row["name"], row["question"]] for row in rows] == lines[1:]


def test_list_tells_which_plugin_does_not_load(folder, monkeypatch):
    installed = folder / "shop_rewards-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-rewards\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[vireward.rewards]\nprice = no_such_shop:Price\n")
    monkeypatch.syspath_prepend(folder)
    message = (
        "plug-in reward 'shop-rewards:price': no_such_shop:Price cannot be loaded: "
        "ModuleNotFoundError: No module named 'no_such_shop'"
    )
    result = run("list")
    assert result.exit_code == 0
    assert ["shop-rewards:price", f"broken: {message}"] in [
        line.strip().split(maxsplit=1) for line in result.stdout.splitlines()
    ]
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    assert rows["shop-rewards:price"] == {"name": "shop-rewards:price", "question": None, "broken": message}
    assert list(rows) == vireward.names()
    assert run("show", "price").stderr == f"vireward: {message}\n"


# --- rewards in TOML files ---

FILE = """
[reward]
use = "weighted"
[reward.terms]
right = { weight = 1.0, reward = "answer_match" }
shape = { weight = 0.5, reward = { use = "gate", reward = "tag_count", when = "format_exact" } }
"""


def test_a_toml_file_is_shown_as_a_tree(folder):
    (folder / "r.toml").write_text(FILE)
    result = run("show", "r.toml")
    assert result.exit_code == 0
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "weighted",
        "├── right × 1: answer_match",
        "└── shape × 0.5: gate",
        "    ├── reward: tag_count",
        "    └── when: format_exact",
    ]


def test_a_toml_file_scores_as_its_reward(folder):
    (folder / "r.toml").write_text(FILE)
    result = run("score", write(folder, ROWS[0]), "--reward", "r.toml")
    value = vireward.from_toml("r.toml")(vireward.Sample(RIGHT, "1500")).value
    assert (result.exit_code, json.loads(result.stdout)["value"]) == (0, value)
    result = score(write(folder, ROWS[0]), reward="r.toml,answer_match")
    assert list(json.loads(result.stdout)["scores"]) == ["r", "answer_match"]


@pytest.mark.parametrize("command", [["show", "r.toml"], ["score", "c.jsonl", "--reward", "r.toml"]])
def test_a_broken_toml_file_is_told_in_one_line(folder, command):
    write(folder, ROWS[0])
    (folder / "r.toml").write_text(FILE.replace("tag_count", "tag_cuont"))
    result = run(*command)
    message = "no reward or composition has this name; did you mean 'tag_count'?"
    where = 'r.toml: reward.terms.shape.reward.reward.use = "tag_cuont"'
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"vireward: {where}: {message}\n")


def test_a_module_is_imported_only_where_that_is_asked_for(folder, monkeypatch):
    monkeypatch.delitem(sys.modules, "own_rewards", raising=False)
    (folder / "own_rewards.py").write_text("def short(sample):\n    return float(len(sample.completion) < 9)\n")
    monkeypatch.syspath_prepend(folder)
    (folder / "r.toml").write_text('reward = "own_rewards:short"\n')
    for command in (["show", "r.toml"], ["score", write(folder, ROWS[3]), "--reward", "r.toml"]):
        assert run(*command).stderr == (
            'vireward: r.toml: reward.use = "own_rewards:short": no plug-in has this reward; '
            "a module is imported only with allow_import=True, on the command line with --allow-import\n"
        )
        assert run(*command, "--allow-import").exit_code == 0


def test_the_parameters_of_a_toml_file_stand_in_it(folder):
    (folder / "r.toml").write_text(FILE)
    message = "once=1: the parameters of r.toml stand in the file; change them there"
    assert score(write(folder, ROWS[0]), "--param", "once=1", reward="r.toml").stderr == f"vireward: {message}\n"


@pytest.mark.parametrize(("told", "value"), [("", -1.5), ('style = "en"', -1.5), ('style = "vi"', 1.5)])
def test_the_number_style_is_the_file_s_or_else_the_data_set_s(folder, told, value):
    (folder / "r.toml").write_text(f'[reward]\nuse = "answer_match"\n{told}\n')
    rows = [{"completion": "<SOLUTION>1500</SOLUTION>", "answer": "1.500"}, {"completion": "x", "answer": "2.5"}]
    result = run("score", write(folder, *rows), "--reward", "r.toml")
    assert "number style en" in result.stderr
    assert json.loads(result.stdout.splitlines()[0])["value"] == value


def test_two_rewards_of_one_name_are_refused(folder):
    (folder / "answer_match.toml").write_text('reward = "tag_count"\n')
    result = score(write(folder, ROWS[0]), reward="answer_match.toml,answer_match")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'answer_match'" in result.stderr


def test_formats_shows_each_preset_with_its_prompts():
    text = run("formats").stdout
    for name in vireward.tags.TAG_PRESETS:
        tags = vireward.TagFormat.preset(name)
        assert f"{name}: {tags!r}" in text
        assert tags.system_prompt("vi") in text
        assert tags.system_prompt("en") in text


def test_schema_is_what_python_gives():
    assert json.loads(run("schema").stdout) == vireward.config_schema()


@pytest.mark.parametrize("name", BUILT_IN)
def test_show_has_docstring_parameters_and_scores(name):
    result = run("show", name)
    reward = vireward.make(name)
    score = reward(vireward.Sample(RIGHT, "1500"))
    text = result.stdout
    assert result.exit_code == 0
    assert type(reward).__doc__.partition("\n")[0] in text
    assert ["tags", repr(vireward.TagFormat())] in [line.strip().split(maxsplit=1) for line in text.splitlines()]
    assert f"{RIGHT}  {score.value}" in text
    assert score.why in text


def test_show_of_a_reward_that_needs_a_parameter(registered):
    def limited(limit):
        """Is it short? [0, 1] :smile: [bold]"""

    registered(limited=limited)
    assert run("show", "limited").stdout == (
        "limited\n\nIs it short? [0, 1] :smile: [bold]\n\n"
        "parameter  default      \nlimit      must be given\n\n"
        "No example: limited: limit has no default; give it with --param limit=VALUE\n"
    )


def test_show_of_an_unknown_reward():
    result = run("show", "numbr_match")
    assert result.stderr == "vireward: no reward named 'numbr_match'; did you mean 'numeric_match'?\n"
    assert (result.exit_code, result.stdout) == (2, "")


def test_the_summary_has_means_and_counts(folder):
    result = score(write(folder, *ROWS), "--summary", reward="answer_match,tag_count")
    rows = [line.split() for line in result.stderr.splitlines()]
    assert rows == [
        ["reward", "mean", "rows", "abstained", "failed"],
        ["answer_match", "0.375", "5", "1", "0"],
        ["tag_count", "-1.0", "5", "0", "0"],
    ]


def test_the_summary_of_nothing_but_abstentions(folder):
    result = score(write(folder, ROWS[3]), "--summary")
    assert result.stderr.splitlines()[1].split() == ["answer_match", "None", "1", "1", "0"]


def test_version():
    assert run("--version").stdout == f"vireward {vireward.__version__}\n"


# --- the real command ---


def test_output_is_utf8_in_every_locale(folder):
    file = write(folder, {"completion": "<SOLUTION>chữ \ud800</SOLUTION>", "answer": "số \udc00"})
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    out, complaints = command("score", file, "--reward", "answer_match", "--style", "vi", env=environment).communicate()
    assert complaints == b""
    assert "chữ".encode() in out
    assert json.loads(out)["value"] == -1.5
    score(file, "--out", "scores.jsonl")
    assert (folder / "scores.jsonl").read_bytes() == out


def test_half_a_surrogate_pair_is_written_as_an_escape(folder, registered):
    registered(echo=lambda: lambda sample: vireward.Score(0.0, sample.completion))
    result = run("score", write(folder, {"completion": "ừ \ud800"}), "--reward", "echo", "--no-gold", "--out", "s")
    assert result.exit_code == 0
    assert (folder / "s").read_bytes() == '{"value": 0.0, "why": "ừ \\ud800", "outcome": "scored"}\n'.encode()


def test_standard_input_through_a_pipe(folder):
    lines = (folder / write(folder, *ROWS)).read_bytes()
    out, complaints = command("score", "-", "--reward", "answer_match", stdin=subprocess.PIPE).communicate(lines)
    assert out.decode() == score("c.jsonl").stdout
    assert complaints == b"vireward: number style vi: golds that can only be vi: 1, only en: 0\n"
    broken = command("score", "-", "--reward", "answer_match", stdin=subprocess.PIPE)
    assert broken.communicate(b"{")[1].startswith(b"vireward: standard input:1: not JSON")
    assert broken.returncode == 2


def test_a_reader_that_goes_away_ends_the_command_quietly(folder):
    (folder / "c.jsonl").write_text((json.dumps(ROWS[0]) + "\n") * 20_000)  # more than a pipe holds
    process = command("score", "c.jsonl", "--reward", "tag_count")
    assert json.loads(process.stdout.readline())["value"] == 2.0
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


@pytest.mark.parametrize("args", [["list"], ["score", "c.jsonl", "--reward", "tag_count"]])
def test_a_full_disk_behind_standard_output_is_told(folder, args):
    write(folder, *ROWS)
    with open("/dev/full", "w") as full:
        process = command(*args, stdout=full)
    _, complaints = process.communicate()
    assert complaints == b"vireward: standard output: cannot be written (No space left on device)\n"
    assert process.returncode == 2


def test_closed_streams_are_no_traceback(folder):
    write(folder, *ROWS)
    line = f"exec {sys.executable} -m vireward score"
    closed = subprocess.run(["sh", "-c", f"{line} - --reward tag_count <&-"], capture_output=True)
    assert (closed.returncode, closed.stderr) == (2, b"vireward: standard input is closed; give a file\n")
    closed = subprocess.run(["sh", "-c", f"{line} c.jsonl --reward tag_count >&-"], capture_output=True)
    assert (closed.returncode, closed.stderr.count(b"\n")) == (2, 1)
    closed = subprocess.run(["sh", "-c", f"{line} c.jsonl --reward answer_match 2>&-"], capture_output=True)
    assert (closed.returncode, closed.stdout.count(b"\n")) == (0, len(ROWS))


def test_the_summary_comes_by_itself_on_a_terminal(folder):
    write(folder, *ROWS)
    ours, theirs = pty.openpty()
    out, _ = command("score", "c.jsonl", "--reward", "tag_count", stderr=theirs).communicate()
    os.close(theirs)
    assert b"-1.0" in os.read(ours, 10_000)
    os.close(ours)
    assert out.count(b"\n") == len(ROWS)


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from vireward.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr.split()
    heavy = "torch transformers trl datasets vllm unsloth numpy sympy hypothesis math_verify matplotlib jinja2 pydantic"
    assert not set(loaded) & set(heavy.split())
    assert "vireward" in loaded


# --- preflight ---

PROBLEM = {"query_vi": "3 + 4?", "response_vi": "3 + 4 = 7.\nĐáp án là: 7"}


def test_preflight_finds_nothing_in_sound_data(folder):
    result = run("preflight", "--data", write(folder, PROBLEM, PROBLEM, name="p.jsonl"))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("vireward: 0 errors, 0 warnings; looked at data, rewards; not at tokenizer (")


def test_preflight_warns_and_goes_on(folder):
    file = write(folder, PROBLEM, {**PROBLEM, "response_vi": "Đáp án là: ừ"}, name="p.jsonl")
    result = run("preflight", "--data", file)
    assert result.exit_code == 0
    assert result.stdout.startswith("warning: p.jsonl: the gold is not one number in 1 of 2 rows (50 %), row 2 'ừ': ")
    assert result.stderr.startswith("vireward: 0 errors, 1 warning; ")


def test_preflight_stops_at_an_error(folder):
    file = write(folder, {"prompt": "3 + 4?", "label": 7, "completions": "x"}, name="p.jsonl")
    result = run("preflight", "--data", file, "--gold", "label")
    call = "the column 'completions' has the name of an argument of TRL's reward call"
    assert result.exit_code == 1
    assert result.stdout == f"error: p.jsonl: {call}: it ends in a TypeError at the first step; rename the column\n"


def test_preflight_prints_json(folder):
    file = write(folder, {"question": "3 + 4?", "label": None}, name="p.jsonl")
    result = run("preflight", "--data", file, "--gold", "label", "--question", "question", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            "level": "error",
            "where": "p.jsonl",
            "what": "no gold stands in 1 of 1 rows (100 %), row 1: every reward that needs one abstains",
            "way_out": "mend the rows, or leave them out",
        }
    ]


@pytest.mark.training
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--preset", "tinny"), "vireward: --preset tinny: no such preset; there are auto, llama-3.2-1b, tiny\n"),
        (("--preset", "tiny", "--zzz", "1"), "vireward: --zzz: no such option; see --help\n"),
        (("--config", "none.yaml"), "vireward: --config none.yaml: cannot be read as YAML: "),
    ],
)
def test_preflight_is_called_with_what_it_cannot_read(args, said):
    result = run("preflight", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(said)
