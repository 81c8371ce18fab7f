"""The commands that look at rewards: `list`, `show`, `formats` and `schema`."""

import inspect
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from vireward import registry, scoring
from vireward.cli.build import build
from vireward.cli.console import print_table
from vireward.config import config_schema, from_toml
from vireward.config.tree import Node, tree_of
from vireward.errors import BadParameter
from vireward.registry import factory, names
from vireward.signatures import parameters_of
from vireward.tags import TAG_PRESETS, TagFormat

_GOLD = "1500"
_EXAMPLES = (
    "<thinking>3 × 500</thinking><SOLUTION>1.500</SOLUTION>",
    "<thinking>3 × 500</thinking><SOLUTION>15</SOLUTION>",
    "3 × 500 = 1500",
)


def list_(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False) -> None:
    """Print the registered rewards, each with the question that it asks, and those of other packages."""
    with redirect_stdout(sys.stderr):  # a plug-in may print when it is loaded
        broken = registry.broken()
    rows = [
        {"name": name, "question": None if name in broken else _question(name), "broken": broken.get(name)}
        for name in names()
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        told = ([row["name"], row["question"] or f"broken: {row['broken']}"] for row in rows)
        print_table(["reward", "question"], told)


def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A name that `vireward list` prints; a TOML file.")],
    allow_import: Annotated[bool, typer.Option("--allow-import", help="Let the file name modules to import.")] = False,
) -> None:
    """Print what a reward asks, its parameters with their defaults, and three scores; of a TOML file, its tree."""
    if name.endswith(".toml") or Path(name).is_file():
        _print_tree(tree_of(from_toml(name, allow_import=allow_import)))
    else:
        _show_registered(name)


def formats() -> None:
    """Print the presets of TagFormat, each with a completion and the system prompts that ask for it."""
    for place, name in enumerate(TAG_PRESETS):
        tags = TagFormat.preset(name)
        typer.echo("\n" * bool(place) + f"{name}: {tags!r}\n")
        typer.echo("  " + tags.write("3 × 500 = 1500", "1500").replace("\n", "\n  "))
        typer.echo("\n".join(f"  {language}: {tags.system_prompt(language)}" for language in ("vi", "en")))


def schema() -> None:
    """Print the JSON Schema of the TOML files that describe a reward, for editors."""
    typer.echo(json.dumps(config_schema(), ensure_ascii=False, indent=2))


def _show_registered(name: str) -> None:
    typer.echo(f"{name}\n\n{inspect.getdoc(factory(name)) or 'It has no docstring.'}\n")
    params = parameters_of(factory(name))
    defaults = {key: "must be given" if p.default is p.empty else repr(p.default) for key, p in params.items()}
    print_table(["parameter", "default"], defaults.items())
    try:
        reward = build([name], {})[name]
    except BadParameter as error:
        typer.echo(f"\nNo example: {error}")
        return
    scores = [reward.score({"completion": text, scoring.GOLD: _GOLD}) for text in _EXAMPLES]
    told = ([text, score.value, score.why] for text, score in zip(_EXAMPLES, scores, strict=True))
    typer.echo()
    print_table([f"completion, with the gold {_GOLD}", "value", "why"], told)


def _question(name: str) -> str:
    """The first line of a reward's docstring."""
    return (inspect.getdoc(factory(name)) or "").partition("\n")[0]


def _print_tree(node: Node) -> None:
    from rich.console import Console  # only where a tree is asked for
    from rich.text import Text
    from rich.tree import Tree

    def label(node: Node) -> Text:
        shown = f"{node.role}: " if node.role else ""
        return Text(f"{shown}{node.name}" + (f"({node.params})" if node.params else ""))

    def grown(tree: Tree, node: Node) -> Tree:
        for part in node.parts:
            grown(tree.add(label(part)), part)
        return tree

    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 1000  # columns; a pipe has no width
    console.print(grown(Tree(label(node)), node))
