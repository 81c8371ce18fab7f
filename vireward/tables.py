"""The rows of a file: JSON lines, a Parquet file, or a folder of TRL's tables of completions."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vireward.adapters.rows import gold_text, sample_of
from vireward.audit.diff import Logged
from vireward.errors import BadData, BadSample, MissingExtra, in_words
from vireward.messages import prompt_text
from vireward.scoring import Columns, object_of, opened
from vireward.whole_files import STDIN

Row = dict[str, object]
_PARQUET = ".parquet"
_TABLES = f"completions_*{_PARQUET}"  # as TRL names them


def read_rows(source: str) -> list[Row]:
    """All rows of a file; of a folder those of all tables of completions in it, in their order.

    Args:
        source: A file of JSON lines, a Parquet file, a folder that has TRL's tables, or `-` for JSON lines on standard
            input.

    Raises:
        BadData: it cannot be read, or holds no row; the message has the file and the line.
        MissingExtra: it is Parquet, and pyarrow is not installed.
    """
    path = Path(source)
    if source != STDIN and path.is_dir():
        tables = sorted(path.glob(_TABLES)) or sorted((path / "completions").glob(_TABLES))
        if not tables:
            raise BadData(f"{source}: no {_TABLES} in this folder; give a file, or the folder that TRL logged to")
        rows = [row for table in tables for row in _parquet(table)]
    else:
        rows = _parquet(path) if path.suffix == _PARQUET else _json_lines(source)
    if not rows:
        raise BadData(f"{source}: there is no row in it; write one JSON object a line")
    return rows


def _json_lines(source: str) -> list[Row]:
    rows = []
    with opened(source, Columns()) as file:
        for number, line in file.lines():
            try:
                rows.append(object_of(line))
            except BadData as error:
                raise BadData(f"{file.name}:{number}: {error}; mend the line") from error
    return rows


def _parquet(path: Path) -> list[Row]:
    try:
        from pyarrow.parquet import read_table
    except ImportError as error:
        raise MissingExtra(f"{path}: needs pyarrow to be read; pip install pyarrow") from error
    try:
        rows: list[Row] = read_table(path).to_pylist()
    except FileNotFoundError as error:
        raise BadData(f"{path}: cannot be read (no such file)") from error
    except Exception as error:  # whatever its reader raises
        raise BadData(
            f"{path}: is no Parquet file that can be read ({in_words(error).partition(chr(10))[0]})"
        ) from error
    return rows


@dataclass(frozen=True, slots=True)
class Names:
    """What the columns of a file of completions are called; no gold where the rewards need none."""

    completion: str = "completion"
    prompt: str = "prompt"
    gold: str | None = "answer"
    step: str = "step"


def logged(rows: Sequence[Row], names: Names, source: str, problems: Sequence[Row] = ()) -> list[Logged]:
    """The rows of a file of completions.

    Args:
        rows: The rows.
        names: What their columns are called.
        source: The file, for messages.
        problems: Rows of the data set, whose golds are looked up by the prompt where the completions have none.

    Raises:
        BadData: a row lacks its completion or its gold, or the completion is nothing that has a text.
    """
    check_column(rows, names.completion, source, "--completion-column")
    known = {prompt(row, names.prompt): row.get(names.gold) for row in problems} if names.gold else {}
    return [_logged(number, row, names, source, known) for number, row in enumerate(rows, 1)]


def _logged(number: int, row: Row, names: Names, source: str, known: Mapping[str | None, object]) -> Logged:
    step, text = row.get(names.step), prompt(row, names.prompt)
    full = {**row, "completion": row[names.completion], "prompt": row.get(names.prompt) if text is not None else None}
    if names.gold is not None and names.gold not in row:
        if text is None or text not in known:
            told = "has no gold" if known else f"no column {names.gold!r} (name yours with --gold-column, or"
            way_out = "; --data must have its prompt" if known else " give the data set with --data, or say --no-gold)"
            raise BadData(f"{source}: row {number}: {told}{way_out}")
        full[names.gold] = known[text]
    try:
        sample = sample_of(full, names.gold, step if isinstance(step, int) else None, None)
    except BadSample as error:
        raise BadData(f"{source}: row {number}: {error}") from error
    return Logged(number, sample, step)


def check_column(rows: Sequence[Row], column: str, source: str, option: str) -> None:
    """Check that all rows have a column.

    Raises:
        BadData: one has not; the message has those that are there.
    """
    for number, row in enumerate(rows, 1):
        if column not in row:
            there = f"there are {', '.join(map(repr, row)) or 'none'}"[:200]
            raise BadData(f"{source}: row {number}: no column {column!r}, {there} (name yours with {option})")


def golds_of(rows: Iterable[Row], column: str) -> list[str | None]:
    """The golds of rows as text; None where one is missing, or is nothing that a gold can be."""
    return [gold(row.get(column)) for row in rows]


def gold(value: object) -> str | None:
    """A value as a gold: text, or a finite number as text; None for anything else."""
    odd = isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value))
    return None if odd or not isinstance(value, str | int | float) else gold_text(value)


def prompt(row: Row, column: str) -> str | None:
    """The text of a row's prompt; None where it has none that can be read."""
    try:
        return prompt_text(row.get(column))
    except BadSample:
        return None
