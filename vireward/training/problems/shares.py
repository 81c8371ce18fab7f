"""Problems whose answer is a share in per cent."""

import random
from fractions import Fraction
from typing import Final

from vireward.training.problems.casts import Cast, Template, classifier, number_of
from vireward.training.problems.draft import Draft
from vireward.training.problems.notation import comma, grouped, lowest, percent

WHOLES: Final = (16, 20, 24, 25, 30, 32, 36, 40, 48, 50)
# None of them needs more than one decimal place as per cent.
RATES: Final = tuple(Fraction(n, 1000) for n in (50, 100, 125, 150, 200, 250, 300, 350, 375, 400, 450, 625))


def _part(rng: random.Random, whole: int, low: Fraction, high: Fraction) -> int:
    """A part of `whole`, from `low` to `high` of it, that needs at most one decimal place as per cent."""
    return rng.choice(
        [part for part in range(whole) if low <= Fraction(part, whole) <= high and part * 1000 % whole == 0]
    )


def pupils(rng: random.Random, cast: Cast) -> Draft:
    """Girls in a class, in per cent?"""
    name, whole = rng.choice(cast.people), rng.choice(WHOLES)
    part = _part(rng, whole, Fraction(1, 4), Fraction(3, 4))
    share = Fraction(part, whole)
    query = (
        f"Lớp của {name} có {whole} học sinh, trong đó có {part} học sinh nữ. "
        "Hỏi số học sinh nữ chiếm bao nhiêu phần trăm số học sinh cả lớp?"
    )
    steps = f"Tỉ số phần trăm của số học sinh nữ là: {part} : {whole} = {comma(share)} = {percent(share)}."
    return Draft(query, steps, percent(share))


def test_score(rng: random.Random, cast: Cast) -> Draft:
    """Right answers in a test, in per cent?"""
    name, whole = rng.choice(cast.people), rng.choice((20, 25, 40, 50))
    part = _part(rng, whole, Fraction(3, 5), Fraction(49, 50))
    share = Fraction(part, whole)
    query = (
        f"Bài kiểm tra có {whole} câu hỏi, {name} trả lời đúng {part} câu. "
        f"Hỏi {name} trả lời đúng bao nhiêu phần trăm số câu hỏi?"
    )
    steps = f"{name} trả lời đúng: {part} : {whole} = {comma(share)} = {percent(share)} số câu hỏi."
    return Draft(query, steps, percent(share))


def field(rng: random.Random, cast: Cast) -> Draft:
    """Part of a field under one crop, in per cent?"""
    crop, whole, share = rng.choice(cast.crops), rng.choice((400, 800, 1200, 1600)), rng.choice(RATES)
    part, area = grouped(int(whole * share), "."), grouped(whole, ".")
    query = (
        f"Một khu đất rộng {area} m², trong đó {part} m² dùng để trồng {crop}. "
        f"Hỏi diện tích trồng {crop} chiếm bao nhiêu phần trăm diện tích khu đất?"
    )
    steps = f"Diện tích trồng {crop} chiếm: {part} : {area} = {comma(share)} = {percent(share)} diện tích khu đất."
    return Draft(query, steps, percent(share))


def discount(rng: random.Random, cast: Cast) -> Draft:
    """From one price to a lower one: by how many per cent?"""
    thing, share = rng.choice(cast.dear), rng.choice(RATES)
    price = rng.choice((800_000, 1_200_000, 1_600_000, 2_000_000))
    off = int(price * share)
    old, new = grouped(price, "."), grouped(price - off, ".")
    query = (
        f"Một {thing} có giá {old} đồng, sau khi giảm giá chỉ còn {new} đồng. "
        f"Hỏi {thing} được giảm giá bao nhiêu phần trăm?"
    )
    steps = (
        f"Số tiền được giảm là: {old} - {new} = {grouped(off, '.')} (đồng). "
        f"Tỉ số phần trăm giảm giá là: {grouped(off, '.')} : {old} = {comma(share)} = {percent(share)}."
    )
    return Draft(query, steps, percent(share))


def unread(rng: random.Random, cast: Cast) -> Draft:
    """Two parts of a book are read: how many per cent are left?"""
    reader, first, second = rng.choice(cast.people), rng.choice(RATES[:9]), rng.choice(RATES[:9])
    left = 1 - first - second
    query = (
        f"Hôm qua {reader} đọc được {percent(first)} số trang của một quyển sách, hôm nay đọc thêm được "
        f"{percent(second)} số trang. Hỏi {reader} còn phải đọc bao nhiêu phần trăm số trang sách?"
    )
    steps = f"Số trang sách còn phải đọc chiếm: 100% - {percent(first)} - {percent(second)} = {percent(left)}."
    return Draft(query, steps, percent(left))


def as_percent(rng: random.Random, _cast: Cast) -> Draft:
    """A fraction written as per cent?"""
    bottom = rng.choice((8, 16, 20, 25, 40))
    share = Fraction(_part(rng, bottom, Fraction(1, 40), Fraction(39, 40)), bottom)
    text = lowest(share, latex=False)
    query = f"Viết phân số {text} dưới dạng tỉ số phần trăm."
    return Draft(query, f"Ta có {text} = {comma(share)} = {percent(share)}.", percent(share))


def produced(rng: random.Random, cast: Cast) -> Draft:
    """More made this month than last: by how many per cent?"""
    thing, share = rng.choice(cast.pieces), rng.choice(RATES)
    before = rng.choice((1200, 1600, 2000, 4000))
    more = int(before * share)
    old, new, extra = (grouped(count, ".") for count in (before, before + more, more))
    query = (
        f"Tháng trước một cơ sở làm được {old} {thing}, tháng này làm được {new} {thing}. "
        f"Hỏi {number_of(thing)} tháng này tăng bao nhiêu phần trăm so với tháng trước?"
    )
    steps = (
        f"{number_of(thing).capitalize()} tăng thêm là: {new} - {old} = {extra} ({classifier(thing)}). "
        f"Tỉ số phần trăm tăng thêm là: {extra} : {old} = {comma(share)} = {percent(share)}."
    )
    return Draft(query, steps, percent(share))


PERCENT: Final[tuple[Template, ...]] = (pupils, test_score, field, discount, unread, as_percent, produced)
