r"""Equal as expressions? Asked of math-verify, in a worker with a deadline, about texts it can not misread.

Example rows (answer, gold, style → equal):

    0,5x + \frac12            \frac{x+1}{2}         vi → yes
    1.500\sqrt2               1500\sqrt{2}          vi → yes,   en → no
    x \in (-∞; 2,5]           x \le 2,5             vi → yes
    0.3333333                 \frac13               en → no: numbers are exact
    x = k2π                   2nπ                   any → yes: the whole number may have any name

`formulas.py` makes both texts plain first. This process parses and computes nothing itself.
"""

import functools
import re
from typing import Any, NamedTuple

from vireward.answers.formulas import Side, Unfit, plain_side, without_marks
from vireward.quantities.digits import checked_style
from vireward.quantities.units import same_unit
from vireward.workers.broker import Reply
from vireward.workers.worker import Worker

_TRIGONOMETRY = re.compile(r"\\(?:sin|cos|tan|cot|sec|csc)(?![A-Za-z])")
_DEGREES = re.compile(r"([0-9]+|\(\\frac\{[0-9]+\}\{[0-9]+\}\))\s*°")
_BARE_WORD = re.compile(r"[A-Za-z\s]{2,}")
# The names of the whole number in a family of solutions such as `x = \frac{\pi}{6} + k2\pi`.
_ANY_WHOLE = re.compile(r"(?<![\\A-Za-z_])([kmn])(?![A-Za-z_])")
_ANY_WHOLE_POWER = re.compile(r"[kmn]\s*\}?\s*\^|\^\s*\{?[^{}]*(?<![\\A-Za-z])[kmn]")
_NO_UNKNOWN = ("\\pi", "\\frac", "\\cdot", "\\pm", "\\times")

_NAME = re.compile(r"\\[A-Za-z]+|[A-Za-z]")

_worker = Worker(preload=("math_verify",))


class Equality(NamedTuple):
    """Whether two texts are equal as expressions, None when they were not compared, and the sentence that says why."""

    equal: bool | None
    why: str


def same_expression(answer: str, gold: str, *, style: str = "vi", seconds: float = 2.0) -> Equality:
    r"""Is the answer equal to the gold as an expression, equation, inequality, interval, set, tuple or matrix?

    `{2,5}` is not `(2,5)`, tuples keep their order, decimals are exact. A name on one side only (`x =`, `x \in`) and a
    unit on one side only are overlooked. A list without brackets is not compared: its items are, one by one.

    Args:
        answer: One value, in LaTeX or plain.
        gold: The right one.
        style: The data set's number style, `vi` or `en`.
        seconds: How long the comparison may take; the wait for another one and the worker's start are not counted.

    Raises:
        BadParameter: unless the style is `vi` or `en` and the seconds are positive and finite.
    """
    checked_style(style)
    try:
        have, want = plain_side(answer, style), plain_side(gold, style)
    except Unfit as reason:
        return Equality(None, str(reason))
    if all(_BARE_WORD.fullmatch("=".join(side.members)) for side in (have, want)):
        return Equality(None, "words, not expressions")  # as products, `not` would be `ton`
    if have.unit and want.unit and not same_unit(have.unit, want.unit):
        return Equality(False, f"{have.unit} is another unit than {want.unit}")
    members = _matched(have, want)
    if members is None:
        return Equality(False, "not equal as expressions: they name different unknowns")
    members = _cased(*_renamed(*members))
    if not _installed():
        missing = "the extra 'math' is not installed (pip install 'vireward[math]')"
        return Equality(None, f"could not be compared symbolically: {missing}")
    return _said(_worker.call("vireward.symbolic:_compared", *members, seconds=seconds), seconds)


def _said(reply: Reply, seconds: float) -> Equality:
    if reply.end == "timeout":
        return Equality(None, f"the symbolic comparison took more than {seconds:g} s")
    if reply.end != "done":
        return Equality(None, f"the symbolic comparison failed: {reply.why:.200}")
    if reply.value is None:
        return Equality(None, "could not be read as expressions")
    return Equality(reply.value, f"{'' if reply.value else 'not '}equal as expressions")


@functools.cache
def _installed() -> bool:
    import importlib.util

    return importlib.util.find_spec("math_verify") is not None


def _matched(have: Side, want: Side) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The members to compare, without names that say nothing; None when the sides are about different unknowns."""
    both = have.label and want.label
    if both and have.label != want.label and (have.contained or want.contained):
        return None
    members = []
    for side, other in ((have, want), (want, have)):
        overlooked = have.label == want.label if both else not other.relates
        if side.contained and other.relates and not both and side.label not in without_marks(other.members[0]):
            return None
        kept = side.members[1:] if side.label and not side.contained and overlooked else side.members
        radians = _TRIGONOMETRY.search("=".join(kept)) or (
            "\\pi" in str(other.members) and "°" not in str(other.members)
        )
        members.append(
            tuple(_DEGREES.sub(r"(\1\\cdot\\frac{\\pi}{180})" if radians else r"\1", member) for member in kept)
        )
    return members[0], members[1]


def _renamed(have: tuple[str, ...], want: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    r"""The answer with the gold's name for the whole number that multiplies \pi, where each side has one such name."""
    names = [{name for name in _NAME.findall(" ".join(side)) if name not in _NO_UNKNOWN} for side in (have, want)]
    powers = any(_ANY_WHOLE_POWER.search(" ".join(side)) for side in (have, want))
    families = all(
        "\\pi" in "".join(side) and found <= set("kmn") for side, found in zip((have, want), names, strict=True)
    )
    if families and not powers and [len(found) for found in names] == [1, 1]:
        have = tuple(_ANY_WHOLE.sub(min(names[1]), member) for member in have)
    return have, want


def _cased(have: tuple[str, ...], want: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both sides with capitals that also occur in small renamed, because math-verify takes `R` for `r`."""
    used = _NAME.findall(" ".join((*have, *want)))
    twice = sorted({name for name in used if name != name.lower() and name.lower() in used})
    free = [letter for letter in "bcfghjpqstuvwxyz" if letter not in used and letter.upper() not in used]
    names = dict(zip(twice, free, strict=False))

    def renamed(side: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_NAME.sub(lambda name: names.get(name[0], name[0]), member) for member in side)

    return renamed(have), renamed(want)


# --- in the worker ---


def _compared(answer: tuple[str, ...], gold: tuple[str, ...]) -> bool | None:
    import logging

    logging.disable()  # math-verify warns that nobody but the caller limits its time
    have, want = [_parsed(member) for member in answer], [_parsed(member) for member in gold]
    if any(member is None for member in (*have, *want)):
        return None
    if len(have) > 1 and len(want) > 1:
        return _same_equation(have, want)
    pairs = ((a, b, s, t) for a, s in zip(have, answer, strict=True) for b, t in zip(want, gold, strict=True))
    found = [_equal(*pair) for pair in pairs]
    return None if None in found else all(found)


def _parsed(text: str) -> Any:
    r"""What math-verify reads in a plain text as it stands; its own mending would take `2t` for 2 tonnes."""
    import math_verify
    from latex2sympy2_extended import NormalizationConfig

    if "=" in re.sub(r"_\{[a-z]=", "", text):  # within brackets
        return None
    as_is = NormalizationConfig(basic_latex=False, units=False, malformed_operators=False, nits=False, boxed="none")
    config = math_verify.LatexExtractionConfig(boxed_match_priority=-1, normalization_config=as_is)
    text = text.replace("\\cr", "\\\\")
    found = math_verify.parse(f"${text}$", [config], fallback_mode="no_fallback", parsing_timeout=None)
    return found[0] if found else None


def _equal(have: Any, want: Any, answer: str, gold: str) -> bool | None:
    """Whether two parsed texts are equal; math-verify itself does not tell `{1,2}` from `(1,2)`, nor 1/0 from 2/0."""
    import math_verify
    import sympy

    for value, text in ((have, answer), (want, gold)):
        infinite = isinstance(value, sympy.Expr) and value.has(sympy.oo) and value not in (sympy.oo, -sympy.oo)
        nothing = value == sympy.S.EmptySet and "\\emptyset" not in text
        if infinite or nothing or value.has(sympy.nan, sympy.zoo):
            return None
    kinds = {
        "set" if isinstance(value, sympy.FiniteSet) else "tuple"
        for value in (have, want)
        if isinstance(value, sympy.FiniteSet | sympy.Tuple | sympy.Interval)
    }
    if len(kinds) > 1:
        return False
    if sympy.Tuple in (type(have), type(want)) and (answer[0], answer[-1]) != (gold[0], gold[-1]):
        return False
    exact = {"float_rounding": 30, "numeric_precision": 50}
    if math_verify.verify(want, have, strict=True, allow_set_relation_comp=True, timeout_seconds=None, **exact):
        return True
    if (
        isinstance(have, sympy.Expr)
        and isinstance(want, sympy.Expr)
        and (have - want).has(sympy.Sum, sympy.Product, sympy.Integral, sympy.Limit)
    ):
        return bool(sympy.simplify((have - want).doit()) == 0)  # math-verify leaves them standing
    return _same_inequality(have, want)


def _same_inequality(have: Any, want: Any) -> bool:
    """Whether two inequalities in one unknown have the same solutions."""
    from math_verify.grader import is_relation, unwrap_fcs

    if not (is_relation(have) and is_relation(want)) or have.free_symbols != want.free_symbols:
        return False
    return len(have.free_symbols) == 1 and bool(unwrap_fcs(have).as_set() == unwrap_fcs(want).as_set())


def _same_equation(have: list[Any], want: list[Any]) -> bool | None:
    """Whether one equation is a multiple of the other; math-verify takes all that it cannot solve for equal."""
    import sympy

    if len(have) != len(want) or len(have) > 2 or not all(isinstance(v, sympy.Expr) for v in (*have, *want)):
        return None
    differences = [sympy.simplify(sides[0].doit() - sides[1].doit()) for sides in (have, want)]
    if sympy.S.Zero in differences:
        return None
    ratio = sympy.simplify(differences[0] / differences[1])
    return bool(ratio.is_number and ratio.is_finite and ratio.is_nonzero)
