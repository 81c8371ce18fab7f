"""What all commands share: one line for what cannot be used, tables, and streams that take any text."""

import errno
import io
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from vireward.errors import BadData, VirewardError


class Commands(TyperGroup):
    """Turns our own exceptions into one line; a bug keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
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
            say(str(error))
            raise typer.Exit(2) from error
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter would try once more, and complain
            say(f"standard output: cannot be written ({error.strerror})")
            raise typer.Exit(2) from error
        return result


def say(message: str) -> None:
    """One line on standard error, with nothing in it that a terminal would obey."""
    typer.echo("vireward: " + "".join(c if c.isprintable() else repr(c)[1:-1] for c in message), err=True)


def print_table(header: Sequence[str], rows: Iterable[Iterable[object]], *, stderr: bool = False) -> None:
    """Print a table, as wide as it needs where no terminal sets a width."""
    from rich.console import Console  # only where a table is asked for
    from rich.table import Table

    console = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 1000  # columns; a pipe has no width, and folded cells cannot be searched
    table = Table(*header, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*map(str, row))
    console.print(table)
