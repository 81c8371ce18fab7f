"""The command `vireward`: list and show the rewards, score a file of completions.

Data goes to standard output, all else to standard error. What cannot be used is told in one line, with exit status 2.
"""

import errno
import inspect
import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import vireward
from vireward import scoring
from vireward.adapters.trl import TrlReward, to_trl
from vireward.errors import BadData, BadParameter, VirewardError, nearest
from vireward.registry import factory, make, names
from vireward.style_evidence import StyleEvidence

_GOLD = "1500"
_EXAMPLES = (
    "<thinking>3 × 500</thinking><SOLUTION>1.500</SOLUTION>",
    "<thinking>3 × 500</thinking><SOLUTION>15</SOLUTION>",
    "3 × 500 = 1500",
)


class Style(StrEnum):
    """Number styles, and the way to have it found."""

    vi = "vi"
    en = "en"
    auto = "auto"


class _Commands(TyperGroup):
    """Turns our own exceptions into one line; a bug keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # JSON is UTF-8 in every locale, and half a surrogate pair in it becomes an escape that JSON knows.
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        try:
            if sys.stdout is None:
                raise BadData("standard output is closed; redirect it to /dev/null where it is not wanted")
            result = super().invoke(ctx)
            sys.stdout.flush()  # here, where a reader that went away ends the command quietly
        except VirewardError as error:
            _say(str(error))
            raise typer.Exit(2) from error
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter would try once more, and complain
            _say(f"standard output: cannot be written ({error.strerror})")
            raise typer.Exit(2) from error
        return result


app = typer.Typer(
    cls=_Commands,
    help="Reward functions for GRPO post-training: look at them, and score completions with them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vireward {vireward.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Options before the command."""


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False) -> None:
    """Print the registered rewards, each with the question that it asks."""
    questions = {name: _question(name) for name in names()}
    if as_json:
        rows = [{"name": name, "question": question} for name, question in questions.items()]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        _print_table(["reward", "question"], questions.items())


@app.command()
def show(name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `vireward list` prints.")]) -> None:
    """Print what a reward asks, its parameters with their default values, and the scores of three completions."""
    params = parameters(name)
    typer.echo(f"{name}\n\n{inspect.getdoc(factory(name)) or 'It has no docstring.'}\n")
    defaults = {key: "must be given" if p.default is p.empty else repr(p.default) for key, p in params.items()}
    _print_table(["parameter", "default"], defaults.items())
    try:
        reward = build([name], {})[name]
    except BadParameter as error:
        typer.echo(f"\nNo example: {error}")
        return
    scores = [reward.score({"completion": text, scoring.GOLD: _GOLD}) for text in _EXAMPLES]
    told = ([text, score.value, score.why] for text, score in zip(_EXAMPLES, scores, strict=True))
    typer.echo()
    _print_table([f"completion, with the gold {_GOLD}", "value", "why"], told)


def _question(name: str) -> str:
    """The first line of a reward's docstring; of a plug-in that does not load, the reason."""
    try:
        return (inspect.getdoc(factory(name)) or "").partition("\n")[0]
    except Exception as error:  # a plug-in may raise anything, and the others are still to be listed
        return f"cannot be loaded: {type(error).__name__}: {error}"


@app.command()
def score(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, one object a row; - is standard input.")],
    reward: Annotated[list[str], typer.Option(metavar="NAME[,NAME...]", help="The rewards.")],
    completion: Annotated[str, typer.Option(metavar="COLUMN", help="Holds text or chat messages.")] = "completion",
    gold: Annotated[str, typer.Option(metavar="COLUMN", help="Holds the right answer.")] = "answer",
    no_gold: Annotated[bool, typer.Option("--no-gold", help="There is no gold; some rewards need none.")] = False,
    style: Annotated[Style, typer.Option(help="Number style; auto decides once over all golds.")] = Style.auto,
    param: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="A parameter, as JSON or text.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Written whole or not at all.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --out replace a file.")] = False,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Leave broken lines out and count them.")] = False,
    summary: Annotated[bool | None, typer.Option(help="Print means; as default on a terminal.")] = None,
) -> None:
    """Score each row of a file: a line of JSON with value, why and outcome.

    With several rewards it has the scores by name and their sum, which is null when one of them abstains.
    """
    chosen, params = _reward_names(reward), _params(param or [], style)
    build(chosen, params)  # what it refuses, it refuses before anything is read
    target = None if out in (None, Path("-")) else scoring.check_target(out, file, force=force)
    find = "style" not in params and not no_gold and any("style" in parameters(name) for name in chosen)
    columns = scoring.Columns(completion, None if no_gold else gold)
    skipped = scoring.Skipped() if keep_going else None
    with scoring.opened(file, columns, twice=find) as source:
        evidence = source.evidence(scoring.Skipped() if keep_going else None) if find else None
        if evidence:
            params["style"] = evidence.style
        tallies = _scored(source, build(chosen, params), skipped, target)
    _report(tallies, skipped, evidence)
    if summary or (summary is None and sys.stderr is not None and sys.stderr.isatty()):
        means = {name: None if tally.mean is None else round(tally.mean, 4) for name, tally in tallies.items()}
        told = ([name, means[name], tally.rows, tally.abstained, tally.failed] for name, tally in tallies.items())
        _print_table(["reward", "mean", "rows", "abstained", "failed"], told, stderr=True)


def _scored(
    source: scoring.Source, rewards: Mapping[str, TrlReward], skipped: scoring.Skipped | None, target: Path | None
) -> dict[str, scoring.Tally]:
    """Score to standard output or a file."""
    tallies = {name: scoring.Tally() for name in rewards}
    lines = scoring.lines(source, rewards, tallies, skipped)
    if target is None:
        sys.stdout.writelines(lines)
    else:
        scoring.write(lines, target)
    return tallies


def _report(
    tallies: Mapping[str, scoring.Tally], skipped: scoring.Skipped | None, evidence: StyleEvidence | None
) -> None:
    """Tell what was decided, and what went wrong."""
    if evidence:
        vi, en = evidence.votes
        told = f"number style {evidence.style}: golds that can only be vi: {vi}, only en: {en}"
        _say(f"{evidence.doubt}; settle it with --style" if evidence.doubt else told)
    rows = next(iter(tallies.values())).rows
    if skipped and skipped.count:
        _say(f"skipped {skipped.count} of {skipped.count + rows} lines, the first: {skipped.first}")
    for name, tally in tallies.items():
        if tally.failed:
            _say(f"{name} failed on {tally.failed} of {rows} rows, first with {tally.failure}")


def _reward_names(given: Sequence[str]) -> list[str]:
    chosen = [name.strip() for text in given for name in text.split(",")]
    for name in chosen:
        if chosen.count(name) > 1:
            raise BadParameter(f"--reward {','.join(given)}: {name!r} stands twice; name each reward once")
    return chosen


def _params(given: Sequence[str], style: Style) -> dict[str, str]:
    """The parameters as text, the style among them unless it is still to be found."""
    params = {} if style is Style.auto else {"style": style.value}
    for text in given:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise BadParameter(f"--param {text}: must be KEY=VALUE, as in --param anywhere=true")
        if key in params:
            raise BadParameter(f"--param {text}: {key} is {params[key]} already; give each parameter once")
        params[key] = value
    return params


def parameters(name: str) -> dict[str, inspect.Parameter]:
    """The parameters of the reward registered under a name, with the defaults that its dataclass fields make."""
    build = factory(name)
    owned = fields(build) if isinstance(build, type) and is_dataclass(build) else ()
    made = {field.name: field.default_factory() for field in owned if field.default_factory is not MISSING}
    known = inspect.signature(build).parameters
    return {key: parameter.replace(default=made.get(key, parameter.default)) for key, parameter in known.items()}


def build(chosen: Sequence[str], params: Mapping[str, str]) -> dict[str, TrlReward]:
    """Build rewards; each takes, of the parameters given as text, those that it has.

    Raises:
        UnknownReward: nothing has one of the names.
        BadParameter: none of the rewards has such a parameter, one refuses its value, or one needs a value.
    """
    known = {name: parameters(name) for name in chosen}
    every = list(dict.fromkeys(key for has in known.values() for key in has))
    for param, text in params.items():
        if param not in every:
            raise BadParameter(f"{param}={text}: no such parameter of {', '.join(chosen)}; {nearest(param, every)}")
    return {name: _built(name, {key: params[key] for key in known[name] if key in params}) for name in chosen}


def _built(name: str, texts: Mapping[str, str]) -> TrlReward:
    known = parameters(name)
    params = {key: _value(f"{name}({key}={text})", text, known[key].default) for key, text in texts.items()}
    try:
        inspect.signature(factory(name)).bind(**params)
    except TypeError as error:
        raise BadParameter(f"{name}: {error}; give it with --param KEY=VALUE") from error
    return to_trl(make(name, **params), gold=scoring.GOLD)


def _value(where: str, text: str, default: object) -> object:
    """A parameter's value: JSON where it is JSON, but text where the default is; an object gives a record's fields."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    if isinstance(default, str) and not isinstance(value, str):
        return text
    if isinstance(default, bool) and not isinstance(value, bool):  # `False` is text, and text is true
        raise BadParameter(f"{where}: must be true or false")
    if isinstance(value, dict) and is_dataclass(default) and not isinstance(default, type):
        known = [field.name for field in fields(default)]
        for key in value:
            if key not in known:
                raise BadParameter(f"{where}: no field {key!r}; {nearest(key, known)}")
        return type(default)(**value)
    return value


def _say(message: str) -> None:
    """One line on standard error, with nothing in it that a terminal would obey."""
    typer.echo("vireward: " + "".join(c if c.isprintable() else repr(c)[1:-1] for c in message), err=True)


def _print_table(header: Sequence[str], rows: Iterable[Iterable[object]], *, stderr: bool = False) -> None:
    from rich.console import Console  # only where a table is asked for
    from rich.table import Table

    console = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 1000  # columns; a pipe has no width, and folded cells cannot be searched
    table = Table(*header, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*map(str, row))
    console.print(table)
