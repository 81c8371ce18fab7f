r"""The rows of a data set with their numbers, read with as little as its kind of file needs.

Example rows (a line of the file, layout → question, gold):

    {"query_vi": "3 + 4?", "response_vi": "3 + 4 = 7.\nĐáp án là: 7"}   the training script's   3 + 4?   7
    {"prompt": "3 + 4?", "answer": "7"}                                  --gold answer           3 + 4?   7
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vireward.adapters.rows import gold_text
from vireward.errors import BadData
from vireward.layout.visible import is_blank
from vireward.training.data import (
    NO_GOLD,
    NO_QUESTION,
    OTHER_TYPE,
    QUESTION,
    SOLUTION,
    Problem,
    json_value,
    load_rows,
    problem_in,
)

PROMPT = "prompt"  # TRL's column of prompts

Row = Mapping[str, object]
Prompt = str | Sequence[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where question and gold stand in a row.

    Attributes:
        gold: The column that holds the gold; None in the layout of the training script, whose golds stand in solutions.
        question: The column of the question.
    """

    gold: str | None = None
    question: str = PROMPT

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that have to be there."""
        return (QUESTION, SOLUTION) if self.gold is None else (self.question, self.gold)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its gold; its row is counted from 1."""

    row: int
    question: Prompt
    gold: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a data set holds.

    Attributes:
        source: The hub id or file.
        columns: Names of its columns.
        rows: How many rows were looked at, those of another type left out.
        asked: The rows with a question and a gold.
        left_out: Numbers of the other rows, by what they lack.
    """

    source: str
    columns: tuple[str, ...]
    rows: int = 0
    asked: tuple[Asked, ...] = ()
    left_out: Mapping[str, list[int]] = field(default_factory=dict)


def contents(
    source: str, layout: Layout, *, types: Sequence[str] = (), limit: int | None = None, split: str = "data"
) -> Contents:
    """Read a data set: a .jsonl, .json, .csv or .parquet file, or a hub id.

    Args:
        source: The file or hub id.
        layout: Where question and gold stand.
        types: Only rows of these types, in the layout of the training script.
        limit: Only the first so many rows that have a gold.
        split: What the option is called that named the source.

    Raises:
        BadData: it cannot be read; of a .jsonl file the message names the broken line.
    """
    rows = _rows(source)
    named = getattr(rows, "column_names", None) or dict.fromkeys(name for row in rows for name in row)
    if not rows:
        raise BadData(f"{source}: it holds no row; give --{split} a file with the columns {', '.join(layout.needed)}")
    asked: list[Asked] = []
    left_out: dict[str, list[int]] = {}
    looked = 0
    for number, row in enumerate(rows, 1):
        if len(asked) == limit:
            break
        found = _asked(number, row, layout, types)
        looked += found != OTHER_TYPE
        if isinstance(found, Asked):
            asked.append(found)
        else:
            left_out.setdefault(found, []).append(number)
    left_out.pop(OTHER_TYPE, None)
    return Contents(source, tuple(named), looked, tuple(asked), left_out)


def _asked(number: int, row: Row, layout: Layout, types: Sequence[str]) -> Asked | str:
    """Question and gold of a row, or what it lacks."""
    if layout.gold is None:
        problem = problem_in(row, types)
        return Asked(number, problem.question, problem.gold) if isinstance(problem, Problem) else problem
    question, gold = row.get(layout.question), gold_text(row.get(layout.gold))
    if not question or (isinstance(question, str) and is_blank(question)):
        return NO_QUESTION
    if gold is None or is_blank(gold):
        return NO_GOLD
    return Asked(number, question if isinstance(question, list) else str(question), gold)


def _rows(source: str) -> Sequence[Row]:
    """All rows; a file is read without `datasets`, whose import alone takes longer than most files."""
    path = Path(source)
    read = {".jsonl": _json_lines, ".json": _json, ".csv": _csv, ".parquet": _parquet}.get(path.suffix)
    if read is None or not path.is_file():
        hub: Sequence[Row] = load_rows(source)
        return hub
    try:
        rows = read(path)
    except (OSError, ValueError, csv.Error) as error:
        reason = error if isinstance(error, BadData) else f"cannot be read: {' '.join(str(error).split())}"
        raise BadData(f"{source}: {reason}") from error
    fault = next((number for number, row in enumerate(rows, 1) if not isinstance(row, dict)), None)
    if fault is not None:
        raise BadData(f"{source}: row {fault} is no JSON object; write one with a value for each column")
    return rows


def _json_lines(path: Path) -> list[Row]:
    rows = []
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            try:
                rows += [json_value(line)] if line.strip() else []
            except ValueError as error:
                raise BadData(f"line {number}: {error}; mend the line") from error
    return rows


def _json(path: Path) -> list[Row]:
    value = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(value, list):
        raise BadData("holds no JSON array; write an array of objects, or one object a line in a .jsonl file")
    return value


def _csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def _parquet(path: Path) -> list[Row]:
    from pyarrow import parquet  # it ships no types

    rows: list[Row] = parquet.read_table(path).to_pylist()
    return rows
