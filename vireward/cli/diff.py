"""The command `diff`: two rewards over the same completions, and which rows change in advantage units."""

import json
import sys
from contextlib import redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from vireward.cli.console import print_table, say
from vireward.cli.named import Wanted, reward_named, tags_given
from vireward.cli.score import Style, style_of
from vireward.errors import BadParameter
from vireward.tables import Names, Row, check_column, golds_of, logged, read_rows
from vireward.whole_files import put_out, target_of


class Scaled(StrEnum):
    """How rewards become advantages."""

    group = "group"
    batch = "batch"
    none = "none"
    gdpo = "gdpo"


class Form(StrEnum):
    """What is printed."""

    table = "table"
    markdown = "markdown"
    json = "json"


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A name, FILE.toml or MODULE:FUNCTION.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one, or another version.")],
    completions: Annotated[str, typer.Option(metavar="FILE", help="JSON lines, TRL's Parquet, or its folder.")],
    data: Annotated[str | None, typer.Option(metavar="FILE", help="Has the golds, by prompt.")] = None,
    completion_column: Annotated[str, typer.Option(metavar="COLUMN", help="Holds completions.")] = "completion",
    prompt_column: Annotated[str, typer.Option(metavar="COLUMN", help="Holds prompts.")] = "prompt",
    gold_column: Annotated[str, typer.Option(metavar="COLUMN", help="Holds golds.")] = "answer",
    no_gold: Annotated[bool, typer.Option("--no-gold", help="There is no gold; some rewards need none.")] = False,
    step_column: Annotated[str, typer.Option(metavar="COLUMN", help="Rows of one step are a batch.")] = "step",
    group_size: Annotated[int | None, typer.Option(metavar="N", help="Completions of a prompt.")] = None,
    scheme: Annotated[Scaled, typer.Option(help="How rewards become advantages.")] = Scaled.group,
    tags: Annotated[str | None, typer.Option(metavar="PRESET|JSON", help="The layout; as the reward has it.")] = None,
    style: Annotated[Style, typer.Option(help="Number style; auto decides over all golds.")] = Style.auto,
    seconds: Annotated[float, typer.Option(metavar="S", help="How long one group may take.")] = 10.0,
    most: Annotated[int, typer.Option(metavar="N", help="Rows that are shown; JSON has all.")] = 20,
    form: Annotated[Form, typer.Option("--format", help="What to print.")] = Form.table,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Written whole or not at all.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --out replace a file.")] = False,
    allow_import: Annotated[bool, typer.Option("--allow-import", help="Let a TOML file import modules.")] = False,
) -> None:
    """Compare two rewards over the same completions: which rows change, and by how much in advantage units.

    Completions of one prompt are neighbours, as TRL writes them. Its tables have no golds: --data finds them by prompt.
    """
    from vireward.audit.diff import diff as compared
    from vireward.audit.diff import grouped

    if most < 0:
        raise BadParameter(f"--most {most}: must not be below 0")
    target = target_of(out, completions, force=force)
    names = Names(completion_column, prompt_column, None if no_gold else gold_column, step_column)
    rows, problems = read_rows(completions), _problems(data, gold_column)
    decided = style_of(style, golds_of([*rows, *problems], gold_column))
    asked = None if tags is None else tags_given(tags, prefilled=False)
    wanted = Wanted(asked, decided, gold=names.gold, allow_import=allow_import)
    with redirect_stdout(sys.stderr):  # a reward may print when it is loaded or asked
        one, other = (reward_named(name, wanted) for name in (first, second))
        groups = grouped(logged(rows, names, completions, problems), group_size)
        found = compared(one, other, groups, scheme=_scheme(scheme), seconds=seconds)
    for name, failures in zip((first, second), found.failures, strict=True):
        if failures:
            say(f"{name} failed on {len(failures)} of {len(rows)} rows, first with {failures[0].why}")
    _tell(found, form, most, target)


def _problems(data: str | None, gold_column: str) -> list[Row]:
    """The rows of the data set that has the golds."""
    rows = [] if data is None else read_rows(data)
    check_column(rows, gold_column, data or "", "--gold-column")
    return rows


def _tell(found: Any, form: Form, most: int, target: Path | None) -> None:
    """Print the difference, or write it to a file."""
    from vireward.audit.diff_outputs import HEADER, as_data, headline, markdown, rows_told

    if form is Form.table and target is None:
        typer.echo(headline(found))
        if found.changed:
            typer.echo()
            print_table(HEADER, rows_told(found, most))
        return
    data = form is Form.json
    told = json.dumps(as_data(found), ensure_ascii=False, indent=2) + "\n" if data else markdown(found, most)
    put_out([told], target)


def _scheme(name: Scaled) -> Any:
    from vireward.audit.advantages import SCHEMES

    return next(scheme for scheme in SCHEMES if scheme.name == name.value)
