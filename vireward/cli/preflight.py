"""The command `preflight`: what would end or spoil a run, found before its model is loaded."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from vireward.cli.console import say


def preflight(
    context: typer.Context,
    gold: Annotated[str | None, typer.Option(metavar="COLUMN", help="Holds golds; by default solutions do.")] = None,
    question: Annotated[str, typer.Option(metavar="COLUMN", help="Beside --gold: holds questions.")] = "prompt",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Check a run before it starts; takes the options of the training script, such as --data, --preset and --config.

    With --data and options of the data alone only these are looked at, in a moment; --model_name_or_path adds its
    tokenizer; any other option, such as --preset, checks the whole run: batches, settings, packages and memory too.
    Exit status 1 when something would end or spoil the run, 2 when the options cannot be read.
    """
    from vireward.training.preflight.checks import of_command  # only for those who ask
    from vireward.training.preflight.rows import Layout

    found = of_command(context.args, Layout(gold, question))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in found.findings], ensure_ascii=False, indent=2))
    else:
        for finding in found.findings:
            typer.echo(f"{finding.level}: {finding}")
    missed = "".join(f"; not at {subject} ({why})" for subject, why in found.skipped.items())
    counts = {"error": found.errors, "warning": len(found.findings) - found.errors}
    told = ", ".join(f"{count} {level}{'s' * (count != 1)}" for level, count in counts.items())
    say(f"{told}; looked at {', '.join(found.looked) or 'nothing'}{missed}")
    if found.errors:
        raise typer.Exit(1)
