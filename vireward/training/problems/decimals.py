"""Problems whose numbers have a decimal comma."""

import random
from fractions import Fraction
from typing import Final

from vireward.training.problems.casts import Cast, Template
from vireward.training.problems.draft import Draft
from vireward.training.problems.notation import comma

UNIT_SHARE: Final = 0.3  # of the golds carry their unit


def _gold(number: Fraction, unit: str, rng: random.Random) -> str:
    return f"{comma(number)} {unit}" if rng.random() < UNIT_SHARE else comma(number)


def _tenths(rng: random.Random, low: int, high: int) -> Fraction:
    """A number with one decimal place that is not 0, from `low` to `high` tenths."""
    return Fraction(rng.choice([n for n in range(low, high + 1) if n % 10]), 10)


def _quarters(rng: random.Random, low: int, high: int) -> Fraction:
    """A number that ends in ,25 or ,75, from `low` to `high` quarters."""
    return Fraction(rng.choice([n for n in range(low, high + 1) if n % 2]), 4)


def basket(rng: random.Random, cast: Cast) -> Draft:
    """Two kinds of fruit: what do they weigh together?"""
    buyer, (first, second) = rng.choice(cast.people), rng.sample(cast.fruits, 2)
    one, two = _tenths(rng, 12, 48), _quarters(rng, 3, 15)
    query = (
        f"{buyer} mua {comma(one)} kg {first} và {comma(two)} kg {second}. "
        f"Hỏi {buyer} mua tất cả bao nhiêu ki-lô-gam hoa quả?"
    )
    steps = f"Số ki-lô-gam hoa quả {buyer} mua là: {comma(one)} + {comma(two)} = {comma(one + two)} (kg)."
    return Draft(query, steps, _gold(one + two, "kg", rng))


def ribbon(rng: random.Random, cast: Cast) -> Draft:
    """A piece is cut off: how long is the rest?"""
    tailor, whole, cut = rng.choice(cast.people), _tenths(rng, 42, 95), _quarters(rng, 3, 15)
    query = (
        f"{tailor} có một cuộn ruy băng dài {comma(whole)} m. {tailor} cắt ra {comma(cut)} m để gói quà. "
        "Hỏi cuộn ruy băng còn lại dài bao nhiêu mét?"
    )
    steps = f"Cuộn ruy băng còn lại dài là: {comma(whole)} - {comma(cut)} = {comma(whole - cut)} (m)."
    return Draft(query, steps, _gold(whole - cut, "m", rng))


def bottles(rng: random.Random, cast: Cast) -> Draft:
    """Bottles of one size: how much do they hold together?"""
    liquid, count, size = rng.choice(cast.liquids), rng.choice((3, 5, 6, 7, 9)), rng.choice((25, 35, 45, 75))
    one = Fraction(size, 100)
    query = f"Mỗi chai chứa {comma(one)} l {liquid}. Hỏi {count} chai như thế chứa bao nhiêu lít {liquid}?"
    steps = f"{count} chai như thế chứa số lít {liquid} là: {comma(one)} × {count} = {comma(one * count)} (l)."
    return Draft(query, steps, _gold(one * count, "lít", rng))


def bags(rng: random.Random, cast: Cast) -> Draft:
    """A weight shared out evenly: how much in one bag?"""
    fruit, count, one = rng.choice(cast.fruits), rng.randint(3, 8), _tenths(rng, 6, 39)
    query = (
        f"Người ta chia đều {comma(one * count)} kg {fruit} vào {count} túi. "
        f"Hỏi mỗi túi có bao nhiêu ki-lô-gam {fruit}?"
    )
    steps = f"Số ki-lô-gam {fruit} trong mỗi túi là: {comma(one * count)} : {count} = {comma(one)} (kg)."
    return Draft(query, steps, _gold(one, "kg", rng))


def runs(rng: random.Random, cast: Cast) -> Draft:
    """The same way every day: how far in all?"""
    runner, days, way = rng.choice(cast.people), rng.choice((3, 4, 6, 7)), _tenths(rng, 11, 34)
    total = way * days
    query = (
        f"Mỗi buổi sáng {runner} chạy {comma(way)} km. Hỏi trong {days} buổi {runner} chạy được bao nhiêu ki-lô-mét?"
    )
    steps = f"Trong {days} buổi, {runner} chạy được quãng đường là: {comma(way)} × {days} = {comma(total)} (km)."
    return Draft(query, steps, _gold(total, "km", rng))


def taller(rng: random.Random, cast: Cast) -> Draft:
    """Two heights in metres: what is the difference?"""
    (one, two), high, less = rng.sample(cast.people, 2), rng.randint(141, 159), rng.randint(3, 14)
    first, second = Fraction(high, 100), Fraction(high - less, 100)
    query = f"{one} cao {comma(first)} m, {two} cao {comma(second)} m. Hỏi {one} cao hơn {two} bao nhiêu mét?"
    steps = f"{one} cao hơn {two} là: {comma(first)} - {comma(second)} = {comma(first - second)} (m)."
    return Draft(query, steps, _gold(first - second, "m", rng))


def bare(rng: random.Random, _cast: Cast) -> Draft:
    """Two numbers and a sign: what is the result?"""
    one, two = _tenths(rng, 61, 149), _quarters(rng, 5, 23)
    sign, result = rng.choice((("+", one + two), ("-", one - two), ("×", one * two)))
    query = f"Tính giá trị của biểu thức: {comma(one)} {sign} {comma(two)}."
    return Draft(query, f"Ta có {comma(one)} {sign} {comma(two)} = {comma(result)}.", comma(result))


DECIMAL: Final[tuple[Template, ...]] = (basket, ribbon, bottles, bags, runs, taller, bare)
