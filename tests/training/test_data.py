"""Problems: what is read, what is dropped and said, and the gold of each."""

import csv
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward import BadData, TagFormat
from vireward.training import problems
from vireward.training import run as steps
from vireward.training.data import Problem, gold_of, hold_out, load_problems, prompt
from vireward.training.preflight.rows import Layout, contents

ROWS = [
    {"query_vi": "Có 3 quả táo, thêm 4 quả. Hỏi có mấy quả?", "response_vi": "3 + 4 = 7.\nĐáp án là: 7", "type": "a"},
    {"query_vi": "Giá hai quyển vở?", "response_vi": "Câu trả lời là: 15 000 đồng", "type": "b"},
    {"query_vi": "Không có lời giải", "response_vi": "Em không biết", "type": "a"},
    {"query_vi": "", "response_vi": "Đáp án là: 1", "type": "a"},
    {"query_vi": "Trống", "response_vi": None, "type": "b"},
]


def as_jsonl(path):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS), encoding="utf-8")


def as_json(path):
    path.write_text(json.dumps(ROWS, ensure_ascii=False), encoding="utf-8")


def as_csv(path):
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ROWS[0])
        writer.writeheader()
        writer.writerows(ROWS)


def as_parquet(path):
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)


WRITERS = {".jsonl": as_jsonl, ".json": as_json, ".csv": as_csv, ".parquet": as_parquet}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_kind_of_file_gives_the_same_problems(tmp_path, suffix):
    path = tmp_path / f"rows{suffix}"
    WRITERS[suffix](path)
    found = load_problems(str(path))
    assert [problem.gold for problem in found.problems] == ["7", "15 000 đồng"]
    assert found.dropped == {"without a gold": 2, "without a question": 1}


def test_every_row_is_a_problem_or_counted(tmp_path):
    path = tmp_path / "rows.jsonl"
    as_jsonl(path)
    for types in ((), ("a",), ("b",), ("a", "b")):
        found = load_problems(str(path), types=types)
        assert len(found.problems) + sum(found.dropped.values()) == len(ROWS)


def test_the_limit_counts_rows_that_have_a_gold():
    found = load_problems(str(problems.TRAIN), limit=17)
    assert len(found.problems) == 17


@pytest.mark.parametrize("source", [problems.TRAIN, problems.HELD_OUT])
def test_the_bundled_problems_are_usable_to_the_last_row(source):
    assert load_problems(str(source)).dropped == {}


BAD_FILES = {
    "no such file": (None, "no such file; give a .jsonl, .json, .csv, .parquet file or a hub id"),
    "empty": ("", "the file is empty"),
    "broken line": ('{"query_vi": "a", "response_vi": "b"}\n{"query', "cannot be read: line 2: Unterminated string"),
    "no column": ('{"query_vi": "a", "answer": "b"}\n', "no column 'response_vi', there are ['query_vi', 'answer']"),
    "no gold": ('{"query_vi": "a", "response_vi": "b"}\n' * 3, "none of 3 rows can be used: 3 without a gold"),
}


@pytest.mark.parametrize("fault", BAD_FILES)
def test_a_file_that_cannot_be_used_is_told_in_one_line(tmp_path, fault):
    content, said = BAD_FILES[fault]
    path = tmp_path / "rows.jsonl"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(BadData) as caught:
        load_problems(str(path))
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


ANCHORS = (
    "Đáp án là: ",
    "đáp án là:",
    "Câu trả lời là: ",
    "CÂU TRẢ LỜI LÀ ",
    "#### 3 Đáp án là: ",
    "$.Câu trả lời là:",
)
TAILS = {
    "#### 37 Đáp án là: 37": "37",
    "####440": "440",
    r"Vậy \boxed{19}$.Câu trả lời là: 19": "19",
    "x là 4$. ####4": "4",
    r"diện tích là \boxed{\frac{9}{20}}": r"\frac{9}{20}",
    r"Vậy \đóng hộp{7}": "7",
    "Đáp án là: 5. Thử lại. Đáp án là: A. Hà Nội": "A. Hà Nội",
    "Đáp án là:\n-4": "-4",
}


@pytest.mark.parametrize("tail", TAILS)
def test_gold_of_real_shapes_of_tails(tail):
    assert gold_of(tail) == TAILS[tail]


@given(
    before=st.text("abc \n.0123đáp án là #", max_size=30),
    anchor=st.sampled_from(ANCHORS),
    gold=st.sampled_from(["7", "-2,5", "- 5", "- 3/4", "15 000 đồng", "A", "1.500.000", "x = 3", "3/4"]),
    form=st.sampled_from(["NFC", "NFD"]),
)
def test_the_gold_is_what_follows_the_last_anchor(before, anchor, gold, form):
    solution = unicodedata.normalize(form, f"{before}\n{anchor}{gold}")
    assert gold_of(solution) == unicodedata.normalize("NFC", gold)


@given(st.integers(2, 60), st.integers(1, 30), st.none() | st.integers(1, 80))
def test_held_out_questions_never_occur_in_training(count, test, wanted):
    rows = [Problem(f"câu {i % 40}", "", "1") for i in range(count)]
    train, held_out = hold_out(rows, test, wanted)
    assert train
    assert len(held_out) <= test
    assert not {p.question for p in train} & {p.question for p in held_out}
    assert wanted is None or len(train) <= wanted


def test_a_split_of_one_problem_is_refused():
    with pytest.raises(BadData, match="at least 2 are needed"):
        hold_out([Problem("a", "", "1")], 1, None)


def test_the_prompt_asks_for_the_tags_of_the_format():
    system, user = prompt("Bao nhiêu?", TagFormat())
    assert (system["role"], user["role"], user["content"]) == ("system", "user", "Bao nhiêu?")
    assert all(tag in system["content"] for tag in TagFormat().tags)


def test_a_run_that_has_no_problem_left_to_evaluate_on_is_refused(tmp_path):
    rows, options = tmp_path / "rows.jsonl", tmp_path / "run.yaml"
    rows.write_text('{"query_vi": "3 + 4 = ?", "response_vi": "Đáp án là: 7"}\n' * 3, encoding="utf-8")
    options.write_text("held_out: null\ntypes: []\n", encoding="utf-8")
    outputs = str(tmp_path / "outputs")
    run = steps.check_environment(
        ["--preset", "tiny", "--data", str(rows), "--config", str(options), "--outputs", outputs, "--use_vllm", "false"]
    )
    with pytest.raises(
        BadData, match=r"rows.jsonl: no problem is left to evaluate on, .*; name others with --held_out"
    ):
        steps.load_data(run)
    assert not (tmp_path / "outputs").exists()


def test_half_a_surrogate_pair_is_told_with_its_line(tmp_path):
    rows = tmp_path / "rows.jsonl"
    sound = '{"query_vi": "3 + 4 = ?", "response_vi": "Đáp án là: 7"}\n'
    rows.write_text(sound + '{"query_vi": "3 \\ud800", "response_vi": "Đáp án là: 7"}\n', encoding="utf-8")
    with pytest.raises(BadData, match=r"line 2: .*surrogates not allowed"):
        load_problems(str(rows))
    with pytest.raises(BadData, match=r"line 2: .*surrogates not allowed"):
        contents(str(rows), Layout())
