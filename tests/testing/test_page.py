"""What `docs/testing.md` states is true: its examples run and print what is shown, its laws are those there are."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from vireward.testing import LAWS

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SHOWN = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example_runs_and_prints_what_is_shown(code):
    scope, out = {"__name__": "example"}, io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "docs/testing.md", "exec"), scope)
        for name, test in list(scope.items()):
            if name.startswith("test_"):
                for law in laws_of(test):
                    test(*law)
    assert out.getvalue() == (SHOWN[0] if "print(" in code else "")


def laws_of(test):
    """The arguments of a test: those that it is parametrized with, but for what says nothing in a few words."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    return [case.values for mark in marks for case in mark.args[1] if case.id in ("total", "in_range")] or [()]


def test_there_is_one_example_that_prints():
    assert len(SHOWN) == len([code for code in EXAMPLES if "print(" in code]) == 1


def test_the_table_of_laws_is_that_of_the_laws():
    rows = [f"| `{law.name}` | {law.question} |" for law in LAWS]
    assert "\n".join(["| law | the question it asks |", "|---|---|", *rows]) in PAGE
