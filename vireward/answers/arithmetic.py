r"""Calculations with numbers: is one done rightly, or left to do?

Example rows (text, style → value):

    3 × 500                any → 1500
    (2 + 3) : 2            any → 5/2
    \frac{3}{4} + 1,5      vi  → 9/4
    2.(4 + 5) . 3          any → 54
    60 km : 2              any → 30
    200 × 25%              any → 50
    5, x + 1               any → none: no calculation

Bounded and exact: at most `MAX_LENGTH` characters and `MAX_DEPTH` brackets, no powers, and nothing is evaluated but the
four operations on fractions.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from vireward.quantities.digits import BLANK_GROUPS, PLAIN, plain_value
from vireward.quantities.measures import read_measure

MAX_LENGTH = 200  # characters
MAX_DEPTH = 8  # brackets

_OPERATORS = (("\\times", "*"), ("\\cdot", "*"), ("\\div", "/"), ("×", "*"), ("·", "*"), ("÷", "/"), (":", "/"))
_OPERATION = re.compile(r"[-+*/x:.\\×·÷]")
_FRACTION = re.compile(r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_TIMES = re.compile(r"(?<=[0-9)\s])x(?=\s*[0-9(])")
_TOKEN = re.compile(rf"\s*({BLANK_GROUPS}|{PLAIN}|[-+*/()])\s*")
_GROUPED = re.compile(r"[0-9]\.[0-9]{3}(?![0-9])")
_DOT = re.compile(  # that multiplies: a blank or a bracket is beside it
    r"(?<=[0-9)])(?:\s+\.\s*|\s*\.\s+)(?=[0-9(])|(?<=\))\.(?=[0-9(])|(?<=[0-9])\.(?=\()"
)
_BESIDE = re.compile(r"(?<=[0-9)])\s*(?=\()|(?<=\))\s*(?=[0-9])")  # `2(4 + 5)`
_PERCENT = re.compile(rf"({PLAIN})\s*%")
_UNIT = re.compile(r"(?<=[0-9])\s*([^\W\d_]{1,9}(?:\s[^\W\d_]{1,9}){0,2}(?:[²³]|\^[23])?)(?!\w)")
_POINT = re.compile(r"(?<=[0-9])\.(?=[0-9])")


def calculated(text: str, style: str) -> set[Fraction]:
    """The values that a calculation can have; none for a text that is no calculation.

    A dot between digits is a mark of the number, or in Vietnamese notation a multiplication: `20.6` is 20,6 or 120.

    >>> calculated("3 × 500", "vi"), calculated("500", "vi")
    ({Fraction(1500, 1)}, set())
    """
    if len(text) > MAX_LENGTH or not _OPERATION.search(text):
        return set()
    text = _plain(text)
    texts = {text, _POINT.sub("*", text)} if style == "vi" and not _GROUPED.search(text) else {text}
    values = {_value(one, style) for one in texts if re.search(r"[-+*/]", one.strip().lstrip("+-"))}
    return {value for value in values if value is not None}


def _plain(text: str) -> str:
    for sign, operator in _OPERATORS:
        text = text.replace(sign, operator)
    text = _TIMES.sub("*", _FRACTION.sub(r"((\1)/(\2))", text))
    return _BESIDE.sub("*", _DOT.sub("*", _PERCENT.sub(r"(\1/100)", _without_units(text))))


def _without_units(text: str) -> str:
    """A calculation without its units, which are of one kind where it adds or subtracts: `60 km : 2`."""
    measures = {unit[1]: read_measure(f" {unit[1]}") for unit in _UNIT.finditer(text)}
    plain = all(it and it.unit and it.factor == 1 and not it.percent for it in measures.values())
    return _UNIT.sub("", text) if plain and (len(measures) == 1 or not re.search(r"[-+]", text)) else text


def _value(text: str, style: str) -> Fraction | None:
    tokens = _TOKEN.findall(text)
    if not tokens or _TOKEN.sub("", text):
        return None
    rest = iter([*tokens, ""])
    try:
        value, last = _sum(rest, style, next(rest), 0)
    except (ValueError, ZeroDivisionError):
        return None
    return value if last == "" else None


def _sum(rest: Iterator[str], style: str, token: str, depth: int) -> tuple[Fraction, str]:
    value, token = _product(rest, style, token, depth)
    while token in ("+", "-"):
        other, following = _product(rest, style, next(rest), depth)
        value, token = value + other if token == "+" else value - other, following
    return value, token


def _product(rest: Iterator[str], style: str, token: str, depth: int) -> tuple[Fraction, str]:
    value, token = _factor(rest, style, token, depth)
    while token in ("*", "/"):
        other, following = _factor(rest, style, next(rest), depth)
        value, token = value * other if token == "*" else value / other, following
    return value, token


def _factor(rest: Iterator[str], style: str, token: str, depth: int) -> tuple[Fraction, str]:
    """A number or a bracket, with at most one sign before it; raises ValueError where neither stands."""
    sign = -1 if token == "-" else 1
    token = next(rest) if token in ("+", "-") else token
    if token == "(" and depth < MAX_DEPTH:
        value, token = _sum(rest, style, next(rest), depth + 1)
        if token != ")":
            raise ValueError(token)
        return sign * value, next(rest)
    number = plain_value(token, style)
    if number is None:
        raise ValueError(token)
    return sign * number, next(rest)
