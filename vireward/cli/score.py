"""The command `score`: a file of completions in, a line of JSON for each out."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vireward import scoring
from vireward.adapters.trl import TrlReward
from vireward.cli.build import STYLE, build, takes_style
from vireward.cli.console import print_table, say
from vireward.errors import BadParameter
from vireward.quantities.style_evidence import StyleEvidence, style_evidence
from vireward.whole_files import put_out, target_of


class Style(StrEnum):
    """Number styles, and the way to have it found."""

    vi = "vi"
    en = "en"
    auto = "auto"


def score(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, one object a row; - is standard input.")],
    reward: Annotated[list[str], typer.Option(metavar="NAME[,NAME...]", help="Rewards; a TOML file is one.")],
    completion: Annotated[str, typer.Option(metavar="COLUMN", help="Holds text or chat messages.")] = "completion",
    gold: Annotated[str, typer.Option(metavar="COLUMN", help="Holds the right answer.")] = "answer",
    no_gold: Annotated[bool, typer.Option("--no-gold", help="There is no gold; some rewards need none.")] = False,
    style: Annotated[Style, typer.Option(help="Number style; auto decides once over all golds.")] = Style.auto,
    param: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="A parameter, as JSON or text.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Written whole or not at all.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --out replace a file.")] = False,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Leave broken lines out and count them.")] = False,
    allow_import: Annotated[bool, typer.Option("--allow-import", help="Let a TOML file import modules.")] = False,
    summary: Annotated[bool | None, typer.Option(help="Print means; as default on a terminal.")] = None,
) -> None:
    """Score each row of a file: a line of JSON with value, why and outcome.

    With several rewards it has the scores by name and their sum, which is null when one of them abstains.
    """
    chosen, params = _reward_names(reward), params_of(param or [], style)
    with redirect_stdout(sys.stderr):  # a plug-in may print when it is loaded
        build(chosen, params, allow_import=allow_import)  # what it refuses, it refuses before anything is read
    target = target_of(out, file, force=force)
    find = STYLE not in params and not no_gold and any(takes_style(one, allow_import=allow_import) for one in chosen)
    columns = scoring.Columns(completion, None if no_gold else gold)
    skipped = scoring.Skipped() if keep_going else None
    with scoring.opened(file, columns, twice=find) as source:
        evidence = source.evidence(scoring.Skipped() if keep_going else None) if find else None
        if evidence:
            params[STYLE] = evidence.style
        tallies = _scored(source, build(chosen, params, allow_import=allow_import), skipped, target)
    _report(tallies, skipped, evidence)
    if summary or (summary is None and sys.stderr is not None and sys.stderr.isatty()):
        means = {name: None if tally.mean is None else round(tally.mean, 4) for name, tally in tallies.items()}
        told = ([name, means[name], tally.rows, tally.abstained, tally.failed] for name, tally in tallies.items())
        print_table(["reward", "mean", "rows", "abstained", "failed"], told, stderr=True)


def style_of(style: Style, golds: Iterable[str | None]) -> str:
    """The number style of some golds; where it has to be found, doubts are told."""
    if style is not Style.auto:
        return style.value
    evidence = style_evidence(golds)
    if evidence.doubt:
        say(f"{evidence.doubt}; settle it with --style")
    return evidence.style


def _scored(
    source: scoring.Source, rewards: Mapping[str, TrlReward], skipped: scoring.Skipped | None, target: Path | None
) -> dict[str, scoring.Tally]:
    """Score to standard output or a file."""
    tallies = {name: scoring.Tally() for name in rewards}
    lines = scoring.lines(source, rewards, tallies, skipped)
    put_out(lines, target)
    return tallies


def _report(
    tallies: Mapping[str, scoring.Tally], skipped: scoring.Skipped | None, evidence: StyleEvidence | None
) -> None:
    """Tell what was decided, and what went wrong."""
    if evidence:
        vi, en = evidence.votes
        told = f"number style {evidence.style}: golds that can only be vi: {vi}, only en: {en}"
        say(f"{evidence.doubt}; settle it with --style" if evidence.doubt else told)
    rows = next(iter(tallies.values())).rows
    if skipped and skipped.count:
        say(f"skipped {skipped.count} of {skipped.count + rows} lines, the first: {skipped.first}")
    for name, tally in tallies.items():
        if tally.failed:
            say(f"{name} failed on {tally.failed} of {rows} rows, first with {tally.failure}")


def _reward_names(given: Sequence[str]) -> list[str]:
    chosen = [name.strip() for text in given for name in text.split(",")]
    for name in chosen:
        if chosen.count(name) > 1:
            raise BadParameter(f"--reward {','.join(given)}: {name!r} stands twice; name each reward once")
    return chosen


def params_of(given: Sequence[str], style: Style) -> dict[str, str]:
    """The parameters as text, the style among them unless it is still to be found.

    Raises:
        BadParameter: one is no KEY=VALUE, or is given twice.
    """
    params = {} if style is Style.auto else {STYLE: style.value}
    for text in given:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise BadParameter(f"--param {text}: must be KEY=VALUE, as in --param anywhere=true")
        if key in params:
            raise BadParameter(f"--param {text}: {key} is {params[key]} already; give each parameter once")
        params[key] = value
    return params
