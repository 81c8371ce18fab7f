"""Problems with two operations, on whole numbers up to the thousands."""

import random
from typing import Final

from vireward.training.problems.casts import Cast, Template, classifier, number_of
from vireward.training.problems.draft import Draft
from vireward.training.problems.notation import grouped

MARKS: Final = ("", ".", " ")  # four digits are also written without any mark


def packed(rng: random.Random, cast: Cast) -> Draft:
    """Boxes of things, some given away: how many are left?"""
    mark, owner, thing = rng.choice(MARKS), rng.choice(cast.people), rng.choice(cast.pieces)
    boxes, size = rng.randint(6, 40), rng.choice((12, 20, 24, 25, 36, 50))
    given = rng.randrange(20, boxes * size - 10)
    total, left = grouped(boxes * size, mark), grouped(boxes * size - given, mark)
    given_text, one = grouped(given, mark), classifier(thing)
    query = (
        f"Cửa hàng nhà {owner} có {boxes} hộp, mỗi hộp đựng {size} {thing}. Cửa hàng đã bán {given_text} {thing}. "
        f"Hỏi cửa hàng còn lại bao nhiêu {thing}?"
    )
    steps = (
        f"Lúc đầu cửa hàng có: {size} × {boxes} = {total} ({one}). "
        f"Cửa hàng còn lại: {total} - {given_text} = {left} ({one})."
    )
    return Draft(query, steps, left)


def two_days(rng: random.Random, cast: Cast) -> Draft:
    """One day some, the next day more: how many on both?"""
    mark, thing, first, more = rng.choice(MARKS), rng.choice(cast.pieces), rng.randint(250, 3_200), rng.randint(25, 480)
    one, second = classifier(thing), first + more
    total = grouped(first + second, mark)
    query = (
        f"Ngày thứ nhất một cửa hàng bán được {grouped(first, mark)} {thing}, ngày thứ hai bán được nhiều hơn "
        f"ngày thứ nhất {more} {one}. Hỏi cả hai ngày cửa hàng bán được bao nhiêu {thing}?"
    )
    steps = (
        f"Ngày thứ hai bán được: {grouped(first, mark)} + {more} = {grouped(second, mark)} ({one}). "
        f"Cả hai ngày bán được: {grouped(first, mark)} + {grouped(second, mark)} = {total} ({one})."
    )
    return Draft(query, steps, total)


def times_as_many(rng: random.Random, cast: Cast) -> Draft:
    """One has some, the other several times as many: how many together?"""
    (x, y), thing, have, times = (
        rng.sample(cast.people, 2),
        rng.choice(cast.pieces),
        rng.randint(12, 85),
        rng.randint(3, 7),
    )
    one, total = classifier(thing), have + have * times
    query = (
        f"{x} có {have} {thing}, {y} có {number_of(thing)} gấp {times} lần {number_of(thing)} của {x}. "
        f"Hỏi cả hai bạn có bao nhiêu {thing}?"
    )
    steps = (
        f"{number_of(thing).capitalize()} của {y} là: {have} × {times} = {have * times} ({one}). "
        f"Cả hai bạn có: {have} + {have * times} = {total} ({one})."
    )
    return Draft(query, steps, str(total))


def shared_out(rng: random.Random, cast: Cast) -> Draft:
    """Two heaps put together and shared evenly: how many for each?"""
    (x, y), thing, groups, each = (
        rng.sample(cast.people, 2),
        rng.choice(cast.pieces),
        rng.randint(3, 9),
        rng.randint(14, 96),
    )
    total = groups * each
    first = rng.randint(total // 4, total - total // 4)
    one = classifier(thing)
    query = (
        f"{x} góp {first} {thing}, {y} góp {total - first} {thing} rồi chia đều cho {groups} tổ. "
        f"Hỏi mỗi tổ nhận được bao nhiêu {thing}?"
    )
    steps = (
        f"Hai bạn góp được tất cả: {first} + {total - first} = {total} ({one}). "
        f"Mỗi tổ nhận được: {total} : {groups} = {each} ({one})."
    )
    return Draft(query, steps, str(each))


def school(rng: random.Random, cast: Cast) -> Draft:
    """Classes of one size, and teachers: how many people?"""
    mark, name = rng.choice(MARKS), rng.choice(cast.people)
    classes, size, staff = rng.randint(14, 45), rng.randint(28, 42), rng.randint(31, 75)
    pupils, total = grouped(classes * size, mark), grouped(classes * size + staff, mark)
    query = (
        f"Trường của {name} có {classes} lớp, mỗi lớp có {size} học sinh, và có {staff} thầy cô giáo. "
        "Hỏi trường có tất cả bao nhiêu học sinh và thầy cô giáo?"
    )
    steps = (
        f"Số học sinh của trường là: {size} × {classes} = {pupils} (học sinh). "
        f"Số học sinh và thầy cô giáo là: {pupils} + {staff} = {total} (người)."
    )
    return Draft(query, steps, total)


def still_to_make(rng: random.Random, cast: Cast) -> Draft:
    """So many a day for some days of a larger order: how many are still to be made?"""
    mark, thing, daily, days = rng.choice(MARKS), rng.choice(cast.pieces), rng.randrange(120, 480, 5), rng.randint(3, 9)
    done, order = daily * days, (daily * days // 100 + rng.randint(2, 12)) * 100
    one, rest = classifier(thing), grouped(order - done, mark)
    query = (
        f"Một xưởng phải đóng gói {grouped(order, mark)} {thing}. Mỗi ngày xưởng đóng gói được {daily} {thing}. "
        f"Hỏi sau {days} ngày xưởng còn phải đóng gói bao nhiêu {thing} nữa?"
    )
    steps = (
        f"Sau {days} ngày xưởng đóng gói được: {daily} × {days} = {grouped(done, mark)} ({one}). "
        f"Xưởng còn phải đóng gói: {grouped(order, mark)} - {grouped(done, mark)} = {rest} ({one})."
    )
    return Draft(query, steps, rest)


TWO_STEP: Final[tuple[Template, ...]] = (packed, two_days, times_as_many, shared_out, school, still_to_make)
