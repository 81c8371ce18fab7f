"""The command `vireward`: look at rewards, attack and compare them, score completions, check a run before it starts.

Data goes to standard output, all else to standard error. What cannot be used is told in one line, with exit status 2.
"""

from typing import Annotated

import typer

import vireward
from vireward.cli import audit, diff, look, preflight, score
from vireward.cli.console import Commands

__all__ = ["app"]

app = typer.Typer(
    cls=Commands,
    help="Reward functions for GRPO post-training: look at them, attack and compare them, and score completions.",
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


app.command("list")(look.list_)
app.command()(look.show)
app.command()(look.formats)
app.command()(look.schema)
app.command()(score.score)
app.command()(audit.audit)
app.command()(diff.diff)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(preflight.preflight)
