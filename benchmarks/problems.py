r"""Problems with a number for an answer, and the ways in which a policy writes that answer, right or wrong.

Example rows (gold → another spelling, in LaTeX, in words, a mistake):

    1500000      1.500.000 đồng    \boxed{1500000}     một triệu năm trăm nghìn      1500010
    2.5          2,5 kg            $2.5$               hai phẩy năm                  2.6
    \frac{1}{2}  0,5               \(\frac{1}{2}\)     một phần hai                  \frac{2}{2}
    25%          0,25              $25\%$              hai mươi lăm phần trăm        26%
"""

import random
from fractions import Fraction
from typing import NamedTuple

_SORTS = {"small": 45, "large": 30, "decimal": 9, "fraction": 8, "percent": 5, "negative": 3}  # per cent of the prompts
NAMES = ("An", "Bình", "Chi", "Dũng", "Hà", "Lan", "Minh", "Nga", "Quân", "Thảo", "Tuấn", "Vy")
_THINGS = ("quả táo", "học sinh", "quyển vở", "viên bi", "cái kẹo", "bông hoa")
_MEASURES = ("kg", "km", "lít", "m", "giờ")
_ONES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


class Problem(NamedTuple):
    """What the completions of one prompt have in common: the value asked for, the gold, and who does what."""

    sort: str
    value: Fraction
    gold: str
    unit: str
    who: str


def drawn(rng: random.Random) -> Problem:
    """A problem; its gold is a whole number, a decimal, a fraction or a percentage."""
    (sort,) = rng.choices(tuple(_SORTS), tuple(_SORTS.values()))
    value, unit = Fraction(rng.randint(2, 999)), rng.choice(_THINGS)
    match sort:
        case "large":
            value, unit = Fraction(rng.choice((1, 50, 500, 1_000)) * rng.randint(1_000, 9_999)), "đồng"
        case "decimal":
            value, unit = Fraction(10 * rng.randint(1, 99) + rng.randint(1, 9), 10), rng.choice(_MEASURES)
        case "fraction":
            bottom = rng.choice((2, 3, 4, 5, 7, 8))
            value, unit = rng.randint(0, 4) + Fraction(rng.randint(1, bottom - 1), bottom), ""
        case "percent":
            value, unit = Fraction(rng.randint(2, 99), 100), ""
        case "negative":
            value, unit = -value, ""
    return Problem(sort, value, _plain(sort, value, rng), unit, rng.choice(NAMES))


def _plain(sort: str, value: Fraction, rng: random.Random) -> str:
    match sort:
        case "decimal":
            return str(float(value)).replace(".", rng.choice(".,"))
        case "fraction":
            return rng.choice((str(value), _frac(value)))
        case "percent":
            return f"{value * 100}%"
    return str(value)


def _frac(value: Fraction) -> str:
    return f"\\frac{{{value.numerator}}}{{{value.denominator}}}"


def spelled(problem: Problem, rng: random.Random) -> str:
    """The gold in another spelling."""
    sort, value, gold, unit, _ = problem
    match sort:
        case "small":
            return rng.choice((f"{value} {unit}", f"{value},0", f"x = {value}", f"{value}.", f"**{value}**"))
        case "large":
            grouped = f"{int(value):,}".replace(",", rng.choice(". "))
            return rng.choice((grouped, f"{grouped} đồng", f"{grouped} VNĐ", f"{value} đồng"))
        case "decimal":
            other = gold.translate({ord("."): ",", ord(","): "."})
            return rng.choice((other, f"{other} {unit}", f"{gold} {unit}", f"{other}0", str(value)))
        case "fraction":
            decimal = str(float(value)).replace(".", ",")
            return (
                decimal if value.denominator in (2, 4, 5, 8) else str(value) if gold.startswith("\\") else _frac(value)
            )
        case "percent":
            return rng.choice((f"{value * 100} %", f"{value * 100}\\%", str(float(value)).replace(".", ",")))
    return f"\N{MINUS SIGN}{-value}"


def with_unit(problem: Problem) -> str:
    """The gold and what it counts or measures, if anything."""
    return f"{problem.gold} {problem.unit}".strip()


def in_latex(problem: Problem, rng: random.Random) -> str:
    """The gold as LaTeX, in a box or in mathematics, at times with its unit."""
    said = _frac(problem.value) if problem.sort == "fraction" else problem.gold.replace("%", "\\%")
    if problem.unit and rng.random() < 0.3:
        said += f"\\text{{ {problem.unit}}}"
    return rng.choice(("\\boxed{%s}", "$%s$", "\\(%s\\)", "$\\boxed{%s}$")) % said


def in_words(problem: Problem) -> str:
    """The gold as it is spoken."""
    value = abs(problem.value)
    match problem.sort:
        case "decimal":
            return f"{_said(int(value))} phẩy {_said(int(value * 10) % 10)}"
        case "fraction":
            return f"{_said(value.numerator)} phần {'tư' if value.denominator == 4 else _said(value.denominator)}"
        case "percent":
            return f"{_said(int(value * 100))} phần trăm"
    return ("âm " if problem.value < 0 else "") + _said(int(value))


def _said(n: int) -> str:
    """A number below a milliard in words."""
    for size, scale in ((10**6, "triệu"), (1_000, "nghìn"), (100, "trăm")):
        if n >= size:
            head, rest = divmod(n, size)
            gap = ("không trăm " if size > 100 > rest else "") + ("linh " if rest < 10 else "")
            return f"{_said(head)} {scale} {gap}{_said(rest)}" if rest else f"{_said(head)} {scale}"
    tens, one = divmod(n, 10)
    if not tens:
        return _ONES[one]
    unit = {0: "", 1: "mốt" if tens > 1 else "một", 5: "lăm"}.get(one, _ONES[one])
    return f"{'mười' if tens == 1 else f'{_ONES[tens]} mươi'} {unit}".strip()


def wrong(problem: Problem, rng: random.Random) -> str:
    """Another answer than the gold: mostly a number in the same notation, else the gold taken back or left open."""
    sort, value, gold, *_ = problem
    step = {"percent": Fraction(1, 100), "decimal": Fraction(1, 10)}.get(sort, Fraction(1, value.denominator))
    others = (-value, 10 * value, *(value + n * step for n in (1, 2, -1, 10, 9, 11)))
    other = _plain(sort, rng.choice(others) or 2 * value, rng)
    if rng.random() < 0.85:
        return other
    return rng.choice((f"{gold} hoặc {other}", f"{other} hoặc {gold}", f"không phải {gold}", "không biết"))
