"""The command `audit`: attacks on a reward, and what each would gain in a GRPO group."""

import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from vireward.cli.console import print_table, say
from vireward.cli.named import Wanted, place_of, rewards_named, tags_given, tags_of
from vireward.cli.score import Style, params_of, style_of
from vireward.errors import BadData, BadParameter
from vireward.tables import check_column, golds_of, prompt, read_rows
from vireward.whole_files import STDIN, check_target, put_out, target_of, write


class Form(StrEnum):
    """What the report is printed as."""

    table = "table"
    markdown = "markdown"
    json = "json"
    sarif = "sarif"


class FailOn(StrEnum):
    """What ends the command with exit status 1."""

    exploit = "exploit"
    punished = "punished"
    failure = "failure"
    any = "any"
    never = "never"


def audit(
    rewards: Annotated[list[str], typer.Argument(metavar="NAME|FILE.toml|MODULE:FUNCTION...", help="Several: a sum.")],
    tags: Annotated[str | None, typer.Option(metavar="PRESET|JSON", help="The layout; as the reward has it.")] = None,
    prefilled: Annotated[bool, typer.Option("--prefilled", help="The prompt opens the reasoning.")] = False,
    style: Annotated[Style, typer.Option(help="Number style; auto decides over all golds.")] = Style.auto,
    gold: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="A right answer; can be repeated.")] = None,
    data: Annotated[str | None, typer.Option(metavar="FILE", help="Takes golds from JSON lines or Parquet.")] = None,
    gold_column: Annotated[str, typer.Option(metavar="COLUMN", help="Golds, in FILE and for functions.")] = "answer",
    prompt_column: Annotated[str, typer.Option(metavar="COLUMN", help="Holds the problems of FILE.")] = "prompt",
    most_golds: Annotated[int, typer.Option(metavar="N", help="Golds that attacks are made for.")] = 5,
    group_size: Annotated[int, typer.Option(metavar="N", help="Completions of a prompt: num_generations.")] = 8,
    seconds: Annotated[float, typer.Option(metavar="S", help="How long one completion may take.")] = 2.0,
    param: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="A parameter, as JSON or text.")] = None,
    chat: Annotated[bool, typer.Option("--chat", help="The function reads chat messages.")] = False,
    form: Annotated[Form, typer.Option("--format", help="What to print.")] = Form.table,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Written whole or not at all.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="A page with a picture; needs jinja2.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --out and --html replace files.")] = False,
    fail_on: Annotated[list[FailOn] | None, typer.Option(help="Exit status 1 if there is one; repeatable.")] = None,
    allow_import: Annotated[bool, typer.Option("--allow-import", help="Let a TOML file import modules.")] = False,
) -> None:
    """Try attacks on a reward, and tell what each would gain in a GRPO group.

    Exit status 0 when the audit was made, whatever it found; 1 when it found what --fail-on names (exploit: an attack
    pays; punished: a right answer does not; failure: the reward raises, hangs, or mixes None with numbers; any: one of
    these); 2 when something cannot be used, and then nothing is written.
    """
    from vireward import audit as audits  # only for those who ask

    targets = _Targets.checked(out, html, data, force)
    problems = _problems(gold, data, gold_column, prompt_column)
    decided = style_of(style, [one for one, _ in problems])
    asked = None if tags is None and not prefilled else tags_given(tags, prefilled=prefilled)
    wanted = Wanted(asked, decided, params_of(param or [], Style.auto), gold_column, chat or None, allow_import)
    with redirect_stdout(sys.stderr):  # a reward may print when it is loaded or asked
        reward = rewards_named(rewards, wanted)
        layout, (golds, prompts) = tags_of(reward, asked), zip(*problems, strict=True) if problems else ((), ())
        settings: dict[str, Any] = {"group_size": group_size, "most_golds": most_golds, "seconds": seconds}
        report = audits.run(reward, tags=layout, style=decided, golds=golds, prompts=prompts, **settings)
    for remark in report.remarks:
        say(remark)
    targets.write(report, form, rewards)
    if report.of_kind(*_kinds(fail_on or [])):
        raise typer.Exit(1)


def _kinds(fail_on: Sequence[FailOn]) -> list[Any]:
    """The kinds of findings that end the command with exit status 1."""
    named = ("exploit", "punished", "failure")
    return [kind for kind in named if kind in fail_on or FailOn.any in fail_on]


def _problems(
    given: Sequence[str] | None, data: str | None, gold_column: str, prompt_column: str
) -> list[tuple[str, str | None]]:
    """The golds, each with its problem where that is known."""
    found: list[tuple[str, str | None]] = [(one, None) for one in given or []]
    if data is not None:
        rows = read_rows(data)
        check_column(rows, gold_column, data, "--gold-column")
        told = zip(golds_of(rows, gold_column), rows, strict=True)
        found += [(text, prompt(row, prompt_column)) for text, row in told if text is not None]
        if not found:
            raise BadData(f"{data}: no row has text or a number under {gold_column!r}")
    return found


@dataclass(frozen=True, slots=True)
class _Targets:
    """The files that will be written."""

    out: Path | None
    html: Path | None

    @classmethod
    def checked(cls, out: Path | None, html: Path | None, data: str | None, force: bool) -> "_Targets":
        """What is refused is refused before the audit begins."""
        read = data or STDIN
        named = target_of(out, read, force=force)
        page = None if html is None else check_target(html, read, force=force, option="--html")
        if page is not None:
            from vireward.report.audit import need

            need()
            if named == page:
                raise BadParameter(f"--html {html}: is the file of --out, too; name another one")
        return cls(named, page)

    def write(self, report: Any, form: Form, names: Sequence[str]) -> None:
        if self.html is not None:
            from vireward.report.audit import render

            write([render(report)], self.html)
        if form is Form.table and self.out is None:
            _print(report)
            return
        put_out([_text(report, form, names)], self.out)


def _text(report: Any, form: Form, names: Sequence[str]) -> str:
    from vireward.audit.outputs import Place, as_data, markdown, sarif

    if form in (Form.table, Form.markdown):
        return markdown(report)
    place = place_of(names[0])
    data = as_data(report) if form is Form.json else sarif(report, None if place is None else Place(*place))
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _print(report: Any) -> None:
    from vireward.audit.outputs import headline, table_rows

    typer.echo(headline(report))
    if report.findings:
        typer.echo()
        print_table(["", "attack", "what happens", "in numbers", "example"], table_rows(report))
