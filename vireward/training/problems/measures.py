"""Problems about lengths, weights, times and areas; the gold carries its unit."""

import random
from fractions import Fraction
from typing import Final

from vireward.training.problems.casts import Cast, Template
from vireward.training.problems.draft import Draft
from vireward.training.problems.notation import comma, grouped

MARKS: Final = ("", ".", " ")  # four digits are also written without any mark

# (large unit, its name, small unit, its name, small ones in a large one)
SCALES: Final[tuple[tuple[str, str, str, str, int], ...]] = (
    ("km", "ki-lô-mét", "m", "mét", 1000),
    ("m", "mét", "cm", "xăng-ti-mét", 100),
    ("kg", "ki-lô-gam", "g", "gam", 1000),
    ("tấn", "tấn", "kg", "ki-lô-gam", 1000),
    ("tạ", "tạ", "kg", "ki-lô-gam", 100),
    ("giờ", "giờ", "phút", "phút", 60),
    ("m²", "mét vuông", "dm²", "đề-xi-mét vuông", 100),
)


def down(rng: random.Random, _cast: Cast) -> Draft:
    """Two units into the smaller one?"""
    large, _, small, name, size = rng.choice(SCALES)
    mark, many, few = rng.choice(MARKS), rng.randint(2, 8), rng.randrange(5, size, 5)
    total = grouped(many * size + few, mark)
    query = f"Đổi {many} {large} {few} {small} ra {name}."
    steps = (
        f"Ta có 1 {large} = {grouped(size, mark)} {small}. "
        f"Vậy {many} {large} {few} {small} = {many} × {grouped(size, mark)} + {few} = {total} ({small})."
    )
    return Draft(query, steps, f"{total} {small}")


def up(rng: random.Random, _cast: Cast) -> Draft:
    """Two units into the larger one, as a decimal?"""
    large, name, small, _, size = rng.choice([scale for scale in SCALES if scale[4] != 60])
    many, few = rng.randint(2, 9), rng.randrange(size // 20, size, size // 20)
    total = comma(many + Fraction(few, size))
    query = f"Viết số đo {many} {large} {few} {small} dưới dạng số thập phân có đơn vị là {name}."
    steps = (
        f"Ta có {few} {small} = {comma(Fraction(few, size))} {large}. "
        f"Vậy số đo đó là: {many} + {comma(Fraction(few, size))} = {total} ({large})."
    )
    return Draft(query, steps, f"{total} {large}")


def lasting(rng: random.Random, cast: Cast) -> Draft:
    """From one time of day to another within an hour and a half: how many minutes?"""
    walker, place, hour = rng.choice(cast.people), rng.choice(cast.places), rng.randint(6, 9)
    start, took = rng.randrange(5, 60, 5), rng.randrange(15, 90, 5)
    hours, minutes = divmod(start + took, 60)
    begin, end = f"{hour} giờ {start} phút", f"{hour + hours} giờ" + (f" {minutes} phút" if minutes else "")
    query = f"{walker} rời nhà lúc {begin} và đến {place} lúc {end}. Hỏi {walker} đi hết bao nhiêu phút?"
    steps = (
        f"Từ {hour} giờ đến {begin} là {start} phút, từ {hour} giờ đến {end} là {start + took} phút. "
        f"Thời gian {walker} đi là: {start + took} - {start} = {took} (phút)."
    )
    return Draft(query, steps, f"{took} phút")


def area(rng: random.Random, _cast: Cast) -> Draft:
    """The area of a rectangle?"""
    thing, unit = rng.choice((("mảnh bìa", "cm"), ("tờ giấy", "cm"), ("mảnh vườn", "m"), ("nền nhà", "m")))
    width = rng.randint(4, 9)
    length = width + rng.randint(2, 8)
    query = (
        f"Một {thing} hình chữ nhật có chiều dài {length} {unit}, chiều rộng {width} {unit}. Tính diện tích {thing} đó."
    )
    steps = f"Diện tích {thing} là: {length} × {width} = {length * width} ({unit}²)."
    return Draft(query, steps, f"{length * width} {unit}²")


def fence(rng: random.Random, cast: Cast) -> Draft:
    """Around a rectangular field: how long is the fence?"""
    crop, width = rng.choice(cast.crops), rng.randint(15, 90)
    length = width + rng.randint(5, 60)
    around = 2 * (length + width)
    query = (
        f"Thửa ruộng trồng {crop} hình chữ nhật có chiều dài {length} m, chiều rộng {width} m. "
        "Người ta làm hàng rào xung quanh thửa ruộng. Hỏi hàng rào dài bao nhiêu mét?"
    )
    return Draft(query, f"Chu vi thửa ruộng là: ({length} + {width}) × 2 = {around} (m).", f"{around} m")


def harvest(rng: random.Random, cast: Cast) -> Draft:
    """Two harvests, one in a larger unit: how many kilograms together?"""
    mark, farmer, crop = rng.choice(MARKS), rng.choice(cast.people), rng.choice(cast.crops)
    hundreds, rest = rng.randint(2, 9), rng.randrange(120, 860, 10)
    total = grouped(hundreds * 100 + rest, mark)
    query = (
        f"Nhà {farmer} thu hoạch vụ trước được {hundreds} tạ {crop}, vụ này được {rest} kg {crop}. "
        f"Hỏi cả hai vụ nhà {farmer} thu hoạch được bao nhiêu ki-lô-gam {crop}?"
    )
    steps = (
        f"Đổi: {hundreds} tạ = {hundreds * 100} kg. Cả hai vụ thu hoạch được: {hundreds * 100} + {rest} = {total} (kg)."
    )
    return Draft(query, steps, f"{total} kg")


def walk(rng: random.Random, cast: Cast) -> Draft:
    """There and a bit further, in kilometres and metres: how many metres?"""
    mark, walker, place = rng.choice(MARKS), rng.choice(cast.people), rng.choice(cast.places)
    far, more = rng.randint(1, 3), rng.randrange(150, 900, 50)
    total = grouped(far * 1000 + more, mark)
    thousand = grouped(far * 1000, mark)
    query = (
        f"{walker} đi bộ {far} km đến bưu điện, rồi đi tiếp {more} m nữa thì tới {place}. "
        f"Hỏi {walker} đã đi tất cả bao nhiêu mét?"
    )
    steps = f"Đổi: {far} km = {thousand} m. {walker} đã đi tất cả là: {thousand} + {more} = {total} (m)."
    return Draft(query, steps, f"{total} m")


UNITS: Final[tuple[Template, ...]] = (down, up, lasting, area, fence, harvest, walk)
