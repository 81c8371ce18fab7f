"""One thing that would end or spoil a run, told in one line.

Example row (level, where, what, way out):

    error   rows.jsonl   the column 'prompts' has the name of an argument of TRL's reward call …   rename the column
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from vireward.errors import Unready

Level = Literal["error", "warning"]

SHOWN = 3  # of the rows that a finding is about


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a set-up.

    Attributes:
        level: `error` when the run would end or train on something that was not meant, else `warning`.
        where: The file, option, model or machine that it is about.
        what: What was found there, and the rule that it breaks.
        way_out: What to do about it.
    """

    level: Level
    where: str
    what: str
    way_out: str

    def __str__(self) -> str:
        return " ".join(f"{self.where}: {self.what}; {self.way_out}".split())


def stop_at_errors(findings: Iterable[Finding]) -> None:
    """End the run if there is an error among the findings.

    Raises:
        Unready: there is; the message has a line for each.
    """
    errors = [str(finding) for finding in findings if finding.level == "error"]
    if errors:
        raise Unready("\n".join(errors))


def rows_told(rows: Sequence[int], of: int, texts: Sequence[str] = ()) -> str:
    """How many rows, their share, and the first of them with their texts.

    >>> rows_told([3, 8], 40, ["x", "y"])
    "2 of 40 rows (5 %), row 3 'x', row 8 'y'"
    """
    quoted = [f" {text if len(text) <= 40 else text[:37] + '...'!r}" for text in texts[:SHOWN]] or [""] * SHOWN
    first = ", ".join(f"row {row}{text}" for row, text in zip(rows[:SHOWN], quoted, strict=False))
    return f"{len(rows)} of {of} rows ({_percent(len(rows), of)} %), {first}{', …' if len(rows) > SHOWN else ''}"


def _percent(part: int, of: int) -> str:
    """Two digits that count: 0.048, 3.2, 58, 100."""
    share = 100 * part / of
    return f"{share:.0f}" if share >= 9.95 else f"{share:.2g}"
