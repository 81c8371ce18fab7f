r"""Solved equations and inequalities in one unknown → the values that fulfil them, written in brackets.

Example rows (text → unknown, values):

    x ≤ -2             x, (-∞; -2]
    1 < x \\le 2,5      x, (1; 2,5]
    2 < x              x, (2; +∞)
    x = 1              x, {1}
    2x > 4, x > x^2    none: they are not solved
"""

import re

_RELATIONS = {"\\le": "≤", "\\leq": "≤", "\\ge": "≥", "\\geq": "≥", "\\lt": "<", "\\gt": ">", "<=": "≤", ">=": "≥"}
_RELATIONS |= {"⩽": "≤", "⩾": "≥"}
_NAMES = re.compile(r"\\(?:[lg]eq?(?:slant)?|[lg]t)(?![a-zA-Z])|[<>]=|[⩽⩾]")
_SOLVED = re.compile(r"(?:([^<>≤≥=]*[^<>≤≥=\s])\s*([<>≤≥]))?\s*([a-zA-Z])\s*(?:([<>≤≥=])\s*([^<>≤≥=]+))?")
_TURNED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}
_SPANS = {"=": "{{{0}}}", "<": "(-∞; {0})", "≤": "(-∞; {0}]", ">": "({0}; +∞)", "≥": "[{0}; +∞)"}


def solved(text: str) -> tuple[str, str] | None:
    """The unknown of a solved condition and its values; None for any other text.

    >>> solved("1 < x ≤ 2,5"), solved("2x > 4")
    (('x', '(1; 2,5]'), None)
    """
    text = _NAMES.sub(lambda name: _RELATIONS[name[0].replace("slant", "")], text)
    match = _SOLVED.fullmatch(text.strip())
    if match is None:
        return None
    low, below, unknown, above, high = match.groups()
    if not (low or high) or _occurs(unknown, low) or _occurs(unknown, high):
        return None
    if low and high:
        if below not in "<≤" or above not in "<≤":
            return None
        return unknown, f"{'[' if below == '≤' else '('}{low.strip()}; {high.strip()}{']' if above == '≤' else ')'}"
    relation = above if high else _TURNED[below]
    return unknown, _SPANS[relation].format((high or low).strip())


def solved_both(one: str, other: str) -> tuple[str, str] | None:
    """Of two solved inequalities that bound one unknown from below and from above what both allow.

    >>> solved_both("x > 1", "x ≤ 2"), solved_both("x > 1", "x > 2")
    (('x', '(1; 2]'), None)
    """
    bounds = sorted((bound[1].startswith("(-∞"), *bound) for text in (one, other) if (bound := solved(text)))
    if [above for above, *_ in bounds] != [False, True] or bounds[0][1] != bounds[1][1]:
        return None
    low, high = bounds[0][2], bounds[1][2]
    return (bounds[0][1], f"{low.removesuffix('; +∞)')}; {high.removeprefix('(-∞; ')}") if low.endswith("+∞)") else None


def _occurs(unknown: str, value: str | None) -> bool:
    return value is not None and re.search(rf"(?<![\\a-zA-Z]){unknown}(?![a-zA-Z])", value) is not None
