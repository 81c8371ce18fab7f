"""What the pages of `docs/` state about readings and verdicts is true."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from vireward.extract import find_answer
from vireward.judge import compare
from vireward.numerals import read_number
from vireward.records import Answer, Verdict

PAGE = (Path(__file__).parents[1] / "docs" / "answers.md").read_text(encoding="utf-8")


def rows(*header):
    """The rows of the table with this header, without backticks."""
    table = re.search(rf"^\| {re.escape(' | '.join(header))} \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", PAGE, re.MULTILINE)[1]
    cells = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines())
    return [[cell[1:-1] if cell.startswith("`") else cell for cell in row] for row in cells]


@pytest.mark.parametrize(("text", "answer", "rule"), rows("text", "answer", "rule"))
def test_where_the_answer_stands(text, answer, rule):
    assert find_answer(text) == Answer(answer, rule)


@pytest.mark.parametrize(("text", "vi", "en", "_"), rows("text", "vi", "en", "why"))
def test_what_a_number_is(text, vi, en, _):
    read = [read_number(text, style) for style in ("vi", "en")]
    assert [number and number.value for number in read] == [None if v == "–" else Fraction(v) for v in (vi, en)]


@pytest.mark.parametrize(("answer", "gold", "style", "verdict", "_"), rows("answer", "gold", "style", "verdict", "why"))
def test_what_is_right(answer, gold, style, verdict, _):
    comparison = compare(answer, gold, style=style)
    assert comparison.verdict is Verdict(verdict), comparison.why
