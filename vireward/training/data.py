r"""Problems to train on: rows of the MetaMath schema, from a hub or a file, and the gold of each.

Example row (only `query_vi` and `response_vi` are read, and `type` where it is there):

    {"query_vi": "An có 3 quả táo, mua thêm 4 quả …", "response_vi": "3 + 4 = 7.\n#### 7\nĐáp án là: 7", "type": "…"}
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vireward.errors import BadData
from vireward.extract import find_answer
from vireward.tags import TagFormat

if TYPE_CHECKING:
    from datasets import Dataset

QUESTION, SOLUTION, TYPE = "query_vi", "response_vi", "type"
OTHER_TYPE, NO_QUESTION, NO_GOLD = "of another type", "without a question", "without a gold"  # why a row is left out
_LOADERS = {".jsonl": "json", ".json": "json", ".csv": "csv", ".parquet": "parquet"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A question, its worked solution, and the gold that was found in the solution."""

    question: str
    solution: str
    gold: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class ProblemSet:
    """The usable problems of a source.

    Attributes:
        source: The hub id or file.
        problems: The rows that can be used, in their order.
        dropped: How many rows were left out, by reason.
    """

    source: str
    problems: tuple[Problem, ...]
    dropped: dict[str, int] = field(default_factory=dict)


def gold_of(solution: str) -> str | None:
    r"""The gold that a worked solution states.

    What follows the last "đáp án là" or its like (any case, glued or spaced, with or without a colon) up to the end of
    the line, else what follows the last `####`, else what the last `\boxed{}` holds. The case is kept.
    """
    found = find_answer(solution, rules=("anchor", "hashes", "boxed"))
    return None if found is None else found.text


def load_problems(source: str, *, types: Sequence[str] = (), limit: int | None = None) -> ProblemSet:
    """Load problems from a hub id or a local .jsonl, .json, .csv or .parquet file.

    Args:
        source: The hub id, whose split `train` is taken, or the file.
        types: Only rows of these types; all when empty.
        limit: Only the first so many rows that have a gold; the rows after them are not looked at.

    Raises:
        BadData: the source cannot be read, lacks the columns, or has no usable row; the message says what it has.
    """
    rows = load_rows(source)
    missing = [name for name in (QUESTION, SOLUTION) if name not in rows.column_names]
    if missing:
        raise BadData(
            f"{source}: no column {missing[0]!r}, there are {rows.column_names}; rename yours to {missing[0]!r}"
        )
    dropped: Counter[str] = Counter()
    problems = tuple(islice(_usable(rows, types, dropped), limit))
    if not problems:
        reasons = ", ".join(f"{count} {reason}" for reason, count in dropped.items()) or "it is empty"
        raise BadData(f"{source}: none of {len(rows)} rows can be used: {reasons}")
    return ProblemSet(source, problems, dict(dropped))


def load_rows(source: str) -> "Dataset":
    """The rows of a hub id or local file, as a `datasets.Dataset`.

    Raises:
        BadData: it cannot be read; of a .jsonl file the message names the first broken line.
    """
    import datasets

    path = Path(source)
    if path.suffix not in _LOADERS:
        return _from_hub(source)
    if not path.is_file():
        raise BadData(f"{source}: no such file; give a {', '.join(_LOADERS)} file or a hub id")
    if path.stat().st_size == 0:
        raise BadData(f"{source}: the file is empty")
    datasets.disable_progress_bars()
    loud = datasets.logging.get_verbosity()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # what it would say is in the error too
    try:
        return datasets.load_dataset(_LOADERS[path.suffix], data_files=str(path), split="train")
    except Exception as error:  # the loaders raise whatever their parser raises
        raise BadData(f"{source}: cannot be read: {_broken_line(path) or _first_line(error)}") from error
    finally:
        datasets.enable_progress_bars()
        datasets.logging.set_verbosity(loud)


def _from_hub(source: str) -> "Dataset":
    import datasets

    try:
        return datasets.load_dataset(source, split="train")
    except Exception as error:  # network, authentication and schema errors share no base class
        raise BadData(
            f"{source}: neither a local file nor a data set that the hub gives: {_first_line(error)}; "
            f"give a {', '.join(_LOADERS)} file with the columns {QUESTION} and {SOLUTION}"
        ) from error


def _usable(rows: Iterable[Mapping[str, object]], types: Sequence[str], dropped: Counter[str]) -> Iterable[Problem]:
    for row in rows:
        problem = problem_in(row, types)
        if isinstance(problem, Problem):
            yield problem
        else:
            dropped[problem] += 1


def problem_in(row: Mapping[str, object], types: Sequence[str] = ()) -> Problem | str:
    """The problem of a row, or why it is left out."""
    kind = str(row.get(TYPE) or "")
    question, solution = (str(row.get(name) or "").strip() for name in (QUESTION, SOLUTION))
    if types and kind not in types:
        return OTHER_TYPE
    if not question:
        return NO_QUESTION
    gold = gold_of(solution)
    return NO_GOLD if gold is None else Problem(question, solution, gold, kind)


def prompt(question: str, tags: TagFormat) -> list[dict[str, str]]:
    """The chat messages that ask a question: the layout as the system's message, the question as the user's."""
    return [{"role": "system", "content": tags.system_prompt()}, {"role": "user", "content": question}]


def hold_out(problems: Sequence[Problem], count: int, wanted: int | None) -> tuple[list[Problem], list[Problem]]:
    """Split problems into those to train on and `count` to test on, whose questions do not occur in training.

    The first `wanted` are for training and the next for the test; when too few follow, the last are kept from training.

    Raises:
        BadData: there are fewer than two problems.
    """
    if len(problems) < 2:
        raise BadData(f"{len(problems)} usable problem: at least 2 are needed, one of them for the test")
    cut = min(wanted or len(problems), max(len(problems) - count, len(problems) * 9 // 10, 1))
    train = list(problems[:cut])
    seen = {problem.question for problem in train}
    return train, [problem for problem in problems[cut:] if problem.question not in seen][:count]


def rows_to_read(wanted: int | None, held_out: str | None, eval_problems: int) -> int | None:
    """How many rows a run reads: those to train on, and those to test on unless another source has them; None: all."""
    return None if wanted is None else wanted + (0 if held_out else eval_problems)


def json_value(line: str) -> Any:
    """The value of a line of JSON.

    Raises:
        ValueError: it is none, or has half a surrogate pair, which `json` takes and nothing after it does.
    """
    value = json.loads(line)
    if "\\u" in line:
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _broken_line(path: Path) -> str | None:
    """Which line of a JSON lines file is broken, and why."""
    if path.suffix != ".jsonl":
        return None
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            try:
                json_value(line or "null")
            except ValueError as error:
                return f"line {number}: {error}"
    return None


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]:.200}"
