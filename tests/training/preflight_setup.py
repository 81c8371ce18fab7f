"""Set-ups to plant faults in: a file of rows and the tokenizer of a model, both sound until they are changed."""

import json

from vireward import TagFormat
from vireward.training.preflight.checks import of_command
from vireward.training.preflight.rows import Layout
from vireward.training.tiny import build_tokenizer

ROWS = [
    {"query_vi": f"Có {n} quả táo, thêm 4 quả. Hỏi có mấy quả?", "response_vi": f"{n} + 4.\nĐáp án là: {n + 4}"}
    for n in range(2, 12)
]
PLAIN = [{"prompt": row["query_vi"], "answer": row["response_vi"].rpartition(" ")[2]} for row in ROWS]
LAYOUT = Layout("answer")
LONG = ("Có rất nhiều quả táo. " * 200).strip()


def changed(rows, *, at=0, **columns):
    """The rows, one of them with other values."""
    return [{**row, **columns} if number == at else row for number, row in enumerate(rows)]


def with_column(rows, name):
    return [{**row, name: "x"} for row in rows]


def with_golds(*golds):
    """The sound rows, the first of them with other golds."""
    replaced = [{**row, "response_vi": f"Đáp án là: {gold}"} for row, gold in zip(ROWS, golds, strict=False)]
    return [*replaced, *ROWS[len(golds) :]]


def only_golds(*golds):
    return with_golds(*golds)[: len(golds)]


def tokenizer(tags=None):
    """The tiny model's own, which knows the tags as ordinary tokens."""
    texts = [TagFormat().system_prompt(), *(row["query_vi"] for row in ROWS)] * 20
    return build_tokenizer(texts, tags or TagFormat())


def found(tmp_path, *options, rows=None, model=None, layout=None):
    """What is found in a file of rows, with a tokenizer if one is given."""
    path = tmp_path / "rows.jsonl"
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in (ROWS if rows is None else rows))
    path.write_text("".join(lines), encoding="utf-8")
    argv = ["--data", str(path), *options]
    if model is not None:
        model.save_pretrained(tmp_path / "model")
        argv += ["--model_name_or_path", str(tmp_path / "model")]
    return of_command(argv, layout or Layout()).findings


def told(findings):
    """Level and text of findings, without the folder that they lie in."""
    return [(finding.level, str(finding)) for finding in findings]
