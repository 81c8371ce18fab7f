"""A file of completions → scores: rows are read, checked and scored one at a time, so memory stays small.

Example row, with the default columns:

    {"completion": "<thinking>3 × 500</thinking><SOLUTION>1.500</SOLUTION>", "answer": "1500"}
"""

import codecs
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import BinaryIO

from vireward.adapters.trl import TrlReward
from vireward.errors import BadData, BadSample
from vireward.messages import message_text
from vireward.quantities.style_evidence import StyleEvidence, style_evidence
from vireward.records import Score, failure_of
from vireward.whole_files import STDIN

MAX_LINE = 2**28  # bytes; a file without line ends would otherwise be read into memory whole
GOLD = "gold"  # the column under which rewards find the gold, whatever the file calls it

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a row are looked at; no gold where the rewards need none."""

    completion: str = "completion"
    gold: str | None = "answer"


@dataclass(frozen=True, slots=True)
class Source:
    """An open file of rows."""

    name: str
    file: BinaryIO
    columns: Columns

    def rows(self, skip: Callable[[str], None] | None = None) -> Iterator[Row]:
        """The rows of the file from where it stands, each with its completion as text; blank lines are no rows.

        Args:
            skip: What is told of a broken line, which is then left out; without it the first broken line is raised.

        Raises:
            BadData: a line is broken, too long, or cannot be read; the message has the file and the line.
        """
        for number, line in self.lines():
            try:
                row = _row(line, self.columns)
            except BadData as error:
                told = f"{self.name}:{number}: {error}"
                if skip is None:
                    raise BadData(f"{told}; mend the line, or leave such lines out with --keep-going") from error
                skip(told)
            else:
                yield row

    def evidence(self, skip: Callable[[str], None] | None = None) -> StyleEvidence:
        """What the golds of the whole file say of its number style; the file then stands where it stood."""
        start = self.file.tell()
        golds = (row[GOLD] for row in self.rows(skip))
        evidence = style_evidence(gold for gold in golds if isinstance(gold, str))
        self.file.seek(start)
        return evidence

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines of the file from where it stands, numbered from 1; blank ones are left out.

        Raises:
            BadData: a line is too long, or cannot be read.
        """
        for number in count(1):
            try:
                line = self.file.readline(MAX_LINE + 1)
            except OSError as error:
                raise BadData(f"{self.name}: cannot be read ({error.strerror})") from error
            if not line:
                return
            if len(line) > MAX_LINE:
                raise BadData(f"{self.name}:{number}: longer than {MAX_LINE} bytes; write one JSON object a line")
            # Editors of Windows put this mark before the text.
            line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if line := line.rstrip():
                yield number, line


@contextmanager
def opened(name: str, columns: Columns, *, twice: bool = False) -> Iterator[Source]:
    """Open a file of rows, or standard input as `-`; to be read twice, a pipe is kept in a temporary file.

    Raises:
        BadData: it cannot be read.
    """
    with ExitStack() as stack:
        try:
            file = _stdin() if name == STDIN else stack.enter_context(open(name, "rb"))
            if twice and not file.seekable():
                copy = stack.enter_context(tempfile.TemporaryFile())
                shutil.copyfileobj(file, copy)
                copy.seek(0)
                file = copy
        except OSError as error:
            raise BadData(f"{name}: cannot be read ({error.strerror})") from error
        yield Source("standard input" if name == STDIN else name, file, columns)


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise BadData("standard input is closed; give a file")
    return sys.stdin.buffer


def _row(line: bytes, columns: Columns) -> Row:
    """Check a line.

    Raises:
        BadData: it cannot be scored; the message has the reason.
    """
    row = object_of(line)
    there = f"there are {', '.join(map(repr, row)) or 'none'}"[:200]
    if columns.completion not in row:
        raise BadData(f"no column {columns.completion!r}, {there} (name yours with --completion)")
    if columns.gold is not None and columns.gold not in row:
        raise BadData(f"no column {columns.gold!r}, {there} (name yours with --gold, or say --no-gold)")
    try:
        text = message_text(row[columns.completion])
    except BadSample as error:
        raise BadData(f"column {columns.completion!r}: {error}") from error
    gold = None if columns.gold is None else row[columns.gold]
    odd = isinstance(gold, bool) or (isinstance(gold, float) and not math.isfinite(gold))
    if odd or not isinstance(gold, str | int | float | None):
        raise BadData(f"column {columns.gold!r}: a gold must be text, a finite number or null, got {gold!r:.80}")
    try:
        message_text(row.get("prompt", ""))
    except BadSample:  # a number or token ids under that name, which no reward reads as the prompt
        row["prompt"] = None
    return {**row, "completion": text, GOLD: gold}


def object_of(line: bytes) -> dict[str, object]:
    """The object that a line of JSON lines holds; BadData has the reason where it holds none."""
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadData(f"not UTF-8 (byte 0x{line[error.start]:02x} at offset {error.start})") from error
    except json.JSONDecodeError as error:
        raise BadData(f"not JSON ({error.msg} at column {error.colno})") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or brackets without end
        raise BadData(f"JSON out of bounds ({str(error).partition(';')[0]})") from error
    if not isinstance(row, dict):
        raise BadData(f"not a JSON object but {line[:40].decode('utf-8', 'ignore').strip()!r}")
    return row


@dataclass(slots=True)
class Skipped:
    """How many lines were left out, and why the first one was."""

    count: int = 0
    first: str = ""

    def __call__(self, reason: str) -> None:
        """Count a line."""
        self.count += 1
        self.first = self.first or reason


@dataclass(slots=True)
class Tally:
    """What one reward gave so far."""

    rows: int = 0
    scored: int = 0
    abstained: int = 0
    total: float = 0.0
    failure: str = ""

    @property
    def failed(self) -> int:
        """How many rows the reward failed on; the first reason is `failure`."""
        return self.rows - self.scored - self.abstained

    @property
    def mean(self) -> float | None:
        """The mean of the values; None without any."""
        return self.total / self.scored if self.scored else None

    def add(self, score: Score) -> None:
        """Count a score."""
        self.rows += 1
        self.scored += score.value is not None
        self.total += score.value or 0.0
        failed = failure_of(score) is not None
        self.abstained += score.value is None and not failed
        self.failure = self.failure or (score.why if failed else "")


def lines(
    source: Source, rewards: Mapping[str, TrlReward], tallies: Mapping[str, Tally], skipped: Skipped | None = None
) -> Iterator[str]:
    """Score the rows: for each a line of JSON, with the score of the one reward, or all scores and their sum.

    The sum is null when a reward abstains or fails, because a sum with a missing part is not defined.

    Raises:
        BadData: a line is broken and `skipped` is None, or there is no row at all.
    """
    for row in source.rows(skipped):
        scores = {name: reward.score(row) for name, reward in rewards.items()}
        for name, score in scores.items():
            tallies[name].add(score)
        told = {name: _told(score) for name, score in scores.items()}
        whole = next(iter(told.values())) if len(told) == 1 else {"scores": told, "value": _sum(scores.values())}
        yield json.dumps(whole, ensure_ascii=False) + "\n"
    if not any(tally.rows for tally in tallies.values()):
        if skipped and skipped.count:
            raise BadData(f"{source.name}: none of {skipped.count} lines can be scored, the first: {skipped.first}")
        raise BadData(f"{source.name}: there is no row in it; write one JSON object a line")


def _told(score: Score) -> dict[str, object]:
    parts = {name: _told(part) for name, part in score.parts.items()}
    return {"value": score.value, "why": score.why, "outcome": score.outcome} | ({"parts": parts} if parts else {})


def _sum(scores: Collection[Score]) -> float | None:
    values = [score.value for score in scores if score.value is not None]
    if len(values) < len(scores):
        return None
    try:
        return math.fsum(values)
    except OverflowError:
        return None
