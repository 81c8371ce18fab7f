"""Problems about money: amounts in đồng, in the thousands and millions."""

import random
from typing import Final

from vireward.training.problems.casts import Cast, Template, classifier
from vireward.training.problems.draft import Draft
from vireward.training.problems.notation import MARKS, grouped

UNIT_SHARE: Final = 0.6  # of the golds say "đồng"
SMALL: Final = range(12_000, 48_500, 500)  # đồng for one of the goods
LARGE: Final = range(650_000, 2_500_000, 10_000)  # đồng for one of the dear things
NOTES: Final = (50_000, 100_000, 200_000, 500_000)  # đồng, bank notes


def _gold(amount: str, rng: random.Random) -> str:
    return f"{amount} đồng" if rng.random() < UNIT_SHARE else amount


def bill(rng: random.Random, cast: Cast) -> Draft:
    """Several of one thing: what do they cost together?"""
    mark, buyer, thing = rng.choice(MARKS), rng.choice(cast.people), rng.choice(cast.goods)
    count, price = rng.randint(3, 9), rng.choice(SMALL)
    total = grouped(price * count, mark)
    query = (
        f"{buyer} mua {count} {thing}, mỗi {classifier(thing)} giá {grouped(price, mark)} đồng. "
        f"Hỏi {buyer} phải trả bao nhiêu tiền?"
    )
    steps = f"Số tiền {buyer} phải trả là: {grouped(price, mark)} × {count} = {total} (đồng)."
    return Draft(query, steps, _gold(total, rng))


def change(rng: random.Random, cast: Cast) -> Draft:
    """One thing paid with one bank note: how much comes back?"""
    mark, buyer, thing = rng.choice(MARKS), rng.choice(cast.people), rng.choice(cast.goods)
    price, note = rng.choice(SMALL), rng.choice(NOTES)
    back = grouped(note - price, mark)
    query = (
        f"{buyer} mua một {thing} giá {grouped(price, mark)} đồng và đưa cho cô bán hàng tờ "
        f"{grouped(note, mark)} đồng. Hỏi cô bán hàng phải trả lại {buyer} bao nhiêu tiền?"
    )
    steps = f"Số tiền cô bán hàng phải trả lại là: {grouped(note, mark)} - {grouped(price, mark)} = {back} (đồng)."
    return Draft(query, steps, _gold(back, rng))


def savings(rng: random.Random, cast: Cast) -> Draft:
    """The same sum put aside every month: how much in the end?"""
    mark, saver, months = rng.choice(MARKS), rng.choice(cast.people), rng.randint(4, 12)
    monthly = rng.randrange(80_000, 350_000, 10_000)
    total = grouped(monthly * months, mark)
    query = (
        f"Mỗi tháng {saver} để dành được {grouped(monthly, mark)} đồng. "
        f"Hỏi sau {months} tháng {saver} để dành được bao nhiêu đồng?"
    )
    steps = f"Sau {months} tháng, {saver} để dành được: {grouped(monthly, mark)} × {months} = {total} (đồng)."
    return Draft(query, steps, _gold(total, rng))


def reduced(rng: random.Random, cast: Cast) -> Draft:
    """A dear thing with money off: what does it cost now?"""
    mark, thing = rng.choice(MARKS), rng.choice(cast.dear)
    price, off = rng.choice(LARGE), rng.randrange(50_000, 400_000, 10_000)
    now = grouped(price - off, mark)
    query = (
        f"Một {thing} có giá {grouped(price, mark)} đồng, nay được giảm {grouped(off, mark)} đồng. "
        f"Hỏi giá của {thing} sau khi giảm là bao nhiêu?"
    )
    steps = f"Giá của {thing} sau khi giảm là: {grouped(price, mark)} - {grouped(off, mark)} = {now} (đồng)."
    return Draft(query, steps, _gold(now, rng))


def each(rng: random.Random, cast: Cast) -> Draft:
    """Several of one thing for a total: what does one cost?"""
    mark, buyer, thing = rng.choice(MARKS), rng.choice(cast.people), rng.choice(cast.goods)
    count, price = rng.randint(3, 8), rng.choice(SMALL)
    total, one = grouped(price * count, mark), grouped(price, mark)
    query = f"{buyer} mua {count} {thing} hết {total} đồng. Hỏi mỗi {thing} giá bao nhiêu tiền?"
    return Draft(query, f"Giá tiền của mỗi {thing} là: {total} : {count} = {one} (đồng).", _gold(one, rng))


def market(rng: random.Random, cast: Cast) -> Draft:
    """Two purchases by weight: what do they come to?"""
    mark, first, second = rng.choice(MARKS), *rng.sample(cast.fruits, 2)
    one, two = rng.randrange(22_000, 96_000, 1_000), rng.randrange(22_000, 96_000, 1_000)
    total = grouped(one + two, mark)
    query = (
        f"Mẹ đi chợ mua {first} hết {grouped(one, mark)} đồng và mua {second} hết {grouped(two, mark)} đồng. "
        "Hỏi mẹ mua cả hai loại hết bao nhiêu tiền?"
    )
    steps = f"Mẹ mua cả hai loại hết số tiền là: {grouped(one, mark)} + {grouped(two, mark)} = {total} (đồng)."
    return Draft(query, steps, _gold(total, rng))


def short_of(rng: random.Random, cast: Cast) -> Draft:
    """A dear thing and some savings, in millions and thousands: how much is missing?"""
    mark, buyer, thing = rng.choice(MARKS), rng.choice(cast.people), rng.choice(cast.dear)
    hundreds = rng.choice((200, 300, 400, 600, 700, 800))  # thousand đồng beyond the first million
    saved = rng.randrange(350_000, 1_000_000, 50_000)
    price = 1_000_000 + hundreds * 1_000
    missing = grouped(price - saved, mark)
    query = (
        f"{buyer} muốn mua một {thing} giá 1 triệu {hundreds} nghìn đồng nhưng mới để dành được "
        f"{grouped(saved, mark)} đồng. Hỏi {buyer} còn thiếu bao nhiêu tiền?"
    )
    steps = (
        f"Đổi: 1 triệu {hundreds} nghìn đồng = {grouped(price, mark)} đồng. "
        f"Số tiền còn thiếu là: {grouped(price, mark)} - {grouped(saved, mark)} = {missing} (đồng)."
    )
    return Draft(query, steps, _gold(missing, rng))


MONEY: Final[tuple[Template, ...]] = (bill, change, savings, reduced, each, market, short_of)
