"""Problems about fractions, written `3/4` or in LaTeX."""

import random
from fractions import Fraction
from math import lcm
from typing import Final

from vireward.training.problems.casts import Cast, Template
from vireward.training.problems.draft import Draft
from vireward.training.problems.notation import formula, lowest, ratio

LATEX_SHARE: Final = 0.35  # of the problems
BOTTOMS: Final = (3, 4, 5, 6, 7, 8, 9, 10, 12)  # denominators a school child meets


def _simple(rng: random.Random) -> Fraction:
    """A fraction between 0 and 1 with a small denominator."""
    bottom = rng.choice(BOTTOMS)
    return Fraction(rng.randint(1, bottom - 1), bottom)


def _pair(rng: random.Random) -> tuple[Fraction, Fraction]:
    """Two different ones, the larger first, that add to less than 1 over a common denominator of at most 40."""
    while True:
        small, large = sorted((_simple(rng), _simple(rng)))
        if small < large < 1 - small and lcm(small.denominator, large.denominator) <= 40:
            return large, small


def _is_latex(rng: random.Random) -> bool:
    return rng.random() < LATEX_SHARE


def _shown(value: Fraction, *, latex: bool) -> str:
    return formula(lowest(value, latex=latex), latex=latex)


def _worked(first: Fraction, sign: str, second: Fraction, *, latex: bool) -> str:
    """`1/4 + 3/8 = 2/8 + 3/8 = 5/8`, the way it is worked on paper."""
    result = first + second if sign == "+" else first - second
    common = lcm(first.denominator, second.denominator)
    plain = f" {sign} ".join(lowest(value, latex=latex) for value in (first, second))
    widened = f" {sign} ".join(ratio(int(value * common), common, latex=latex) for value in (first, second))
    # dict: equal denominators need no widening, and the step would only repeat itself
    return formula(" = ".join(dict.fromkeys((plain, widened, lowest(result, latex=latex)))), latex=latex)


def eaten(rng: random.Random, cast: Cast) -> Draft:
    """Two parts of a cake: what part together?"""
    (x, y), cake, latex = rng.sample(cast.people, 2), rng.choice(cast.cakes), _is_latex(rng)
    first, second = _pair(rng)
    query = (
        f"{x} ăn {_shown(first, latex=latex)} {cake}, {y} ăn {_shown(second, latex=latex)} chiếc bánh đó. "
        f"Hỏi cả hai bạn đã ăn bao nhiêu phần {cake}?"
    )
    steps = f"Số phần {cake} cả hai bạn đã ăn là: {_worked(first, '+', second, latex=latex)}."
    return Draft(query, steps, lowest(first + second, latex=latex))


def more_eaten(rng: random.Random, cast: Cast) -> Draft:
    """Two parts of a cake: by how much is one larger?"""
    (x, y), cake, latex = rng.sample(cast.people, 2), rng.choice(cast.cakes), _is_latex(rng)
    first, second = _pair(rng)
    query = (
        f"{x} ăn {_shown(first, latex=latex)} {cake}, {y} ăn {_shown(second, latex=latex)} {cake} như thế. "
        f"Hỏi {x} ăn nhiều hơn {y} bao nhiêu phần {cake}?"
    )
    steps = f"{x} ăn nhiều hơn {y} số phần {cake} là: {_worked(first, '-', second, latex=latex)}."
    return Draft(query, steps, lowest(first - second, latex=latex))


def unplanted(rng: random.Random, cast: Cast) -> Draft:
    """A part of a field is planted: what part is left?"""
    crop, latex, share = rng.choice(cast.crops), _is_latex(rng), _simple(rng)
    query = (
        f"Bác nông dân đã trồng {crop} trên {_shown(share, latex=latex)} thửa ruộng. "
        f"Hỏi còn bao nhiêu phần thửa ruộng chưa trồng {crop}?"
    )
    rest = lowest(1 - share, latex=latex)
    worked = formula(f"1 - {lowest(share, latex=latex)} = {rest}", latex=latex)
    return Draft(query, f"Phần thửa ruộng chưa trồng {crop} là: {worked}.", rest)


def part_of_part(rng: random.Random, cast: Cast) -> Draft:
    """A part of a part of a garden: what part of the garden?"""
    owner, crop, latex = rng.choice(cast.people), rng.choice(cast.crops), _is_latex(rng)
    first, second = _pair(rng)
    query = (
        f"Nhà {owner} đã cải tạo {_shown(first, latex=latex)} khu vườn và trồng {crop} trên "
        f"{_shown(second, latex=latex)} phần đã cải tạo. Hỏi phần trồng {crop} chiếm bao nhiêu phần khu vườn?"
    )
    result = lowest(first * second, latex=latex)
    times = (" \\times " if latex else " × ").join(lowest(value, latex=latex) for value in (first, second))
    return Draft(query, f"Phần khu vườn trồng {crop} là: {formula(f'{times} = {result}', latex=latex)}.", result)


def boys(rng: random.Random, cast: Cast) -> Draft:
    """Boys in a class, as a fraction in lowest terms?"""
    name, latex, share = rng.choice(cast.people), _is_latex(rng), _simple(rng)
    whole = share.denominator * rng.choice([n for n in range(2, 13) if 20 <= n * share.denominator <= 48])
    part = int(share * whole)
    query = (
        f"Lớp của {name} có {whole} học sinh, trong đó có {part} học sinh nam. "
        "Số học sinh nam chiếm mấy phần số học sinh cả lớp? Viết kết quả dưới dạng phân số tối giản."
    )
    result = lowest(share, latex=latex)
    worked = formula(f"{ratio(part, whole, latex=latex)} = {result}", latex=latex)
    return Draft(query, f"Số học sinh nam chiếm {worked} số học sinh cả lớp.", result)


def reduce(rng: random.Random, _cast: Cast) -> Draft:
    """A fraction in lowest terms?"""
    latex, share, factor = _is_latex(rng), _simple(rng), rng.randint(2, 9)
    wide = ratio(share.numerator * factor, share.denominator * factor, latex=latex)
    query = f"Rút gọn phân số {formula(wide, latex=latex)} về phân số tối giản."
    result = lowest(share, latex=latex)
    steps = f"Chia cả tử số và mẫu số cho {factor} ta được {formula(f'{wide} = {result}', latex=latex)}."
    return Draft(query, steps, result)


def bare(rng: random.Random, _cast: Cast) -> Draft:
    """Two fractions and a sign: what is the result?"""
    latex, (first, second) = _is_latex(rng), _pair(rng)
    sign, result = rng.choice((("+", first + second), ("-", first - second)))
    asked = f" {sign} ".join(lowest(value, latex=latex) for value in (first, second))
    steps = f"Quy đồng mẫu số rồi tính: {_worked(first, sign, second, latex=latex)}."
    return Draft(f"Tính: {formula(asked, latex=latex)}.", steps, lowest(result, latex=latex))


FRACTION: Final[tuple[Template, ...]] = (eaten, more_eaten, unplanted, part_of_part, boys, reduce, bare)
