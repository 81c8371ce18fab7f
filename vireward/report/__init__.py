"""The run report: one self-contained page, `report.html`, that a person looks at after a training run."""

import importlib.util
import json
import os
from collections.abc import Mapping
from pathlib import Path

from vireward.errors import BadData, MissingExtra
from vireward.report.page import Row, Run, render

__all__ = ["write"]

NAME = "report.html"


def write(run: Path) -> Path:
    """Write `report.html` into a run's folder and return its path.

    Reads what is there of `summary.json`, `metrics.jsonl`, `diagnostics.jsonl`, `evaluation.jsonl` and
    `warmup.jsonl`. A run that was interrupted, or is still going, gets a page that says so. The page depends on these
    files and the folder's name alone: no clock, no network, no environment. An earlier page is replaced in one step,
    never half.

    Args:
        run: The folder that a training run wrote.

    Returns:
        The path of the page.

    Raises:
        BadData: unless the folder holds metrics.jsonl or summary.json, and the summary is a JSON object.
        MissingExtra: unless jinja2 and matplotlib are installed.
    """
    _need("jinja2", "matplotlib")
    run = Path(run)
    _replace(run / NAME, render(read(run)))
    return run / NAME


def _replace(target: Path, text: str) -> None:
    """Put the text where a reader finds either all of it or what was there before."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def _need(*packages: str) -> None:
    """Tell in one line which package is missing, before any work."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise MissingExtra(f"the report needs {package}; pip install 'vireward[train]'")


def read(run: Path) -> Run:
    """The files of a run's folder, as far as they are there."""
    metrics, summary = run / "metrics.jsonl", run / "summary.json"
    if not metrics.is_file() and not summary.is_file():
        raise BadData(f"{run}: neither metrics.jsonl nor summary.json is there; give the folder of a training run")
    found = {
        file: _rows(run / file) for file in (metrics.name, "diagnostics.jsonl", "warmup.jsonl", "evaluation.jsonl")
    }
    return Run(
        name=run.resolve().name,
        summary=_summary(summary),
        metrics=found["metrics.jsonl"][0],
        warmup=found["warmup.jsonl"][0],
        evaluation=found["evaluation.jsonl"][0],
        diagnostics=found["diagnostics.jsonl"][0],
        skipped={file: torn for file, (_, torn) in found.items() if torn},
    )


def _summary(path: Path) -> Row:
    """The summary as an object; empty when the run has not written one."""
    if not path.is_file():
        return {}
    summary = _object(path.read_text(encoding="utf-8", errors="replace"))
    if summary is None:
        raise BadData(f"{path}: not a JSON object; remove it to get a page from metrics.jsonl alone")
    return summary


def _rows(path: Path) -> tuple[list[Row], int]:
    """The objects of a JSON lines file, and how many lines are none.

    A killed run leaves half a line, and a resumed one may go on right behind it: such lines are skipped and counted.
    """
    if not path.is_file():
        return [], 0
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        found = [_object(line) for line in file if line.strip()]
    rows = [row for row in found if row is not None]
    return rows, len(found) - len(rows)


def _object(text: str) -> Row | None:
    """The JSON object that a text holds, or None."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # not JSON, a number of thousands of digits, or brackets without end
        return None
    return value if isinstance(value, Mapping) else None
