"""A quantity written in several parts is their exact sum in the first unit, or is not read."""

import itertools
import time
import unicodedata
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vireward.numerals import Number, read_number
from vireward.quantities.compounds import Compound, read_compound
from vireward.quantities.units import conversion, same_unit

# Kinds of units from large to small, with the size of each in the smallest: a table of its own, from school.
KINDS = {
    "time": {"tuần": 604_800, "ngày": 86_400, "giờ": 3600, "phút": 60, "giây": 1},
    "span": {"thế kỷ": 1200, "thập kỷ": 120, "năm": 12, "tháng": 1},
    "mass": {"tấn": 10**9, "tạ": 10**8, "yến": 10**7, "kg": 10**6, "hg": 10**5, "dag": 10**4, "g": 1000, "mg": 1},
    "length": {"km": 10**6, "hm": 10**5, "dam": 10**4, "m": 1000, "dm": 100, "cm": 10, "mm": 1},
    "area": {"km2": 10**12, "ha": 10**10, "dam2": 10**8, "m2": 10**6, "dm2": 10**4, "cm2": 100, "mm2": 1},
    "volume": {"m3": 10**9, "dm3": 10**6, "cm3": 1000, "mm3": 1},
    "liquid": {"lít": 1000, "dl": 100, "cl": 10, "ml": 1},
    "dollar": {"đô la": 100, "xu": 1},
}
SCALES = {"tỷ": 10**9, "triệu": 10**6, "nghìn": 10**3}
# Each way to write a unit that has several.
SPELLINGS = {
    "giờ": ("h", "tiếng"),
    "kg": ("ki-lô-gam", "kí"),
    "g": ("gam",),
    "m": ("mét",),
    "km": ("ki-lô-mét",),
    "m2": ("m²", "m^{2}", "mét vuông"),
    "dm2": ("dm^2", "đề-xi-mét vuông"),
    "cm3": ("cm³", "xăng-ti-mét khối"),
    "lít": ("l",),
    "đô la": ("đô", "usd"),
    "tạ": (),
    "tỷ": ("tỉ",),
    "nghìn": ("ngàn",),
    "triệu": ("tr",),
}
kinds = st.sampled_from(sorted(KINDS))


@st.composite
def quantities(draw, sizes, most=4):
    """Parts from large to small, each less than one of the unit before: (value, unit) with the last one in decimals."""
    units = draw(st.lists(st.sampled_from(sorted(sizes)), min_size=2, max_size=most, unique=True))
    units.sort(key=sizes.get, reverse=True)
    limits = [1000, *(sizes[one] // sizes[other] - 1 for one, other in itertools.pairwise(units))]
    values = [draw(st.integers(int(i == 0), min(limit, 10**6))) for i, limit in enumerate(limits)]
    parts = [[value, unit] for value, unit in zip(values, units, strict=True)]
    if draw(st.booleans()):
        parts[-1][0] += Fraction(draw(st.integers(1, 99)), 100)
    return [tuple(part) for part in parts]


def measured(*among):
    """A kind of units, and parts of it."""
    return st.sampled_from(among or sorted(KINDS)).flatmap(
        lambda kind: st.tuples(st.just(kind), quantities(KINDS[kind]))
    )


def decimal(value):
    return str(value) if value == int(value) else f"{float(value):.2f}".replace(".", ",")


def written(parts, between=" ", blank=" "):
    return between.join(f"{decimal(value)}{blank}{unit}" for value, unit in parts)


def total(parts, sizes):
    """The sum in the first unit."""
    return sum(value * Fraction(sizes[unit], sizes[parts[0][1]]) for value, unit in parts)


def two_digits(n):
    """The words of 10 to 59."""
    ones = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
    tens, one = divmod(n, 10)
    last = {0: "", 1: "mốt" if tens > 1 else "một", 5: "lăm"}.get(one, ones[one])
    return f"{'mười' if tens == 1 else ones[tens] + ' mươi'} {last}".strip()


# --- laws ---


@given(measured(), st.sampled_from((" ", ", ", " và ", "  ")))
@example(("length", [(3, "m"), (2, "dm")]), " ")
def test_a_quantity_is_the_sum_of_its_parts(quantity, between):
    kind, parts = quantity
    sizes = KINDS[kind]
    number = read_number(written(parts, between))
    assert number is not None
    assert (number.value, number.compound, number.percent) == (total(parts, sizes), True, False)
    assert same_unit(number.unit, parts[0][1])


@given(measured(), st.data())
def test_names_of_the_units_do_not_matter(quantity, data):
    _, parts = quantity
    named = [(value, data.draw(st.sampled_from((unit, *SPELLINGS.get(unit, ()))))) for value, unit in parts]
    for text in (written(named), f"${written(named)}$.", written(named).upper()):
        assert read_number(text) == read_number(unicodedata.normalize("NFD", text)) == read_number(written(parts))


@given(measured("time", "mass", "liquid"))
@example(("mass", [(1, "kg"), (Fraction(5, 2), "g")]))
def test_blanks_are_free(quantity):
    # In lengths they are not: `3m2` is an area.
    _, parts = quantity
    number = read_number(written(parts))
    assert number is not None
    assert read_number(written(parts, "", "")) == read_number(written(parts, " ", "")) == number


@given(measured("length", "area", "volume"))
@example(("length", [(3, "m"), (2, "dm")]))
def test_without_blanks_a_length_is_read_alike_or_not_at_all(quantity):
    kind, parts = quantity
    glued = read_number(written(parts, "", ""))
    assert glued is None or glued.value == total(parts, KINDS[kind])


@given(quantities(SCALES), st.sampled_from(("", " đồng", " đ", " người")), st.booleans())
def test_scales_are_summed(parts, unit, other_name):
    assume(all(value for value, _ in parts))
    named = [(value, SPELLINGS[name][0] if other_name else name) for value, name in parts]
    value = sum(value * SCALES[name] for value, name in parts)
    assert read_number(written(named) + unit) == Number(Fraction(value), unit.strip() or None)


@given(st.integers(1, 99), st.integers(1, 999), st.integers(100, 999), st.sampled_from((" đồng", "đ", " VND", " quả")))
def test_three_digits_after_thousands_are_ones(millions, thousands, ones, unit):
    number = read_number(f"{millions} triệu {thousands} nghìn {ones}{unit}")
    assert number == Number(Fraction(millions * 10**6 + thousands * 10**3 + ones), unit.strip().casefold())


@given(measured())
def test_a_sign_stands_before_the_whole(quantity):
    kind, parts = quantity
    value = total(parts, KINDS[kind])
    for sign in ("-", "- ", "\u2212", "âm ", "trừ "):
        number = read_number(sign + written(parts))
        assert number is not None
        assert number.value == -value
        assert read_number(f"{written(parts[:1])} {sign}{written(parts[1:])}") is None


@given(measured())
def test_a_thing_may_be_named_after_the_last_part(quantity):
    _, parts = quantity
    plain, number = read_number(written(parts)), read_number(written(parts) + " đường")
    assert plain is not None
    assert number == plain.__class__(plain.value, f"{plain.unit} đường", compound=True)


@given(measured(), st.data())
def test_units_go_from_large_to_small(quantity, data):
    _, parts = quantity
    i = data.draw(st.integers(0, len(parts) - 2))
    swapped = [*parts[:i], parts[i + 1], parts[i], *parts[i + 2 :]]
    twice = [*parts[: i + 1], *parts[i:]]
    assert [read_number(written(wrong)) for wrong in (swapped, twice)] == [None, None]


@given(kinds, st.data())
def test_a_part_is_less_than_one_of_the_unit_before(kind, data):
    sizes = KINDS[kind]
    large, less = sorted(data.draw(st.lists(st.sampled_from(sorted(sizes)), min_size=2, max_size=2, unique=True)))
    if sizes[large] < sizes[less]:
        large, less = less, large
    ratio = sizes[large] // sizes[less]
    assume(ratio < 10**9)
    extra = data.draw(st.integers(0, 10**6))
    assert read_number(f"3 {large} {ratio + extra} {less}") is None
    assert read_number(f"3 {large} {ratio - 1} {less}").value == 3 + Fraction(ratio - 1, ratio)


@given(measured(), measured())
def test_parts_measure_one_thing(one, other):
    (kind, first), (other_kind, last) = one, other
    assume(kind != other_kind and {kind, other_kind} != {"volume", "liquid"})
    for parts in (first + last, [first[0], last[-1]], [last[0], first[-1]]):
        assert read_number(written(parts)) is None


# --- hours and minutes ---


@given(st.integers(0, 23), st.integers(1, 59))
@example(3, 2)
@example(3, 3)
def test_minutes_are_written_in_many_ways(hour, minute):
    value = Number(hour + Fraction(minute, 60), "giờ", compound=True)
    for form in ("{}h{}", "{}h {}", "{} h {}", "{} giờ {}", "{}giờ{}", "{}h{}phút", "{} tiếng {} phút", "{}H{:02}"):
        assert read_number(form.format(hour, minute)) == value, form
    if minute > 9:
        assert read_number(f"{hour} giờ {two_digits(minute)}") == value
        assert read_number(f"{hour} giờ {two_digits(minute)} phút") == value


@given(st.integers(1, 24), st.integers(1, 59))
def test_what_lacks_to_the_hour_is_taken_off(hour, minute):
    value = Number(hour - Fraction(minute, 60), "giờ", compound=True)
    for form in ("{} giờ kém {}", "{}h kém {} phút", "{} giờ kém {} phút"):
        assert read_number(form.format(hour, minute)) == value, form
    if minute > 9:
        assert read_number(f"{hour} giờ kém {two_digits(minute)} phút") == value


@given(st.integers(0, 23), st.integers(60, 10**6))
def test_an_hour_has_sixty_minutes(hour, minute):
    for form in ("{}h{}", "{} giờ {}", "{} giờ {} phút", "{} giờ kém {}", "{} giờ kém {} phút"):
        assert read_number(form.format(hour, minute)) is None, form


@given(st.integers(1, 10**6), st.sampled_from([unit for sizes in KINDS.values() for unit in sizes]))
@example(2, "tháng")
def test_half_is_of_the_unit_just_named(n, unit):
    for half in ("rưỡi", "rưởi"):
        number = read_number(f"{n} {unit} {half}")
        assert number is not None
        assert number.value == n + Fraction(1, 2)
        assert same_unit(number.unit, unit)
        assert not number.compound
    assert read_number(f"{n} {half}") is None


@given(st.integers(1, 999), st.sampled_from(sorted(SCALES)))
def test_half_of_a_scale(n, scale):
    for unit in ("", " đồng", " người"):
        assert read_number(f"{n} {scale} rưỡi{unit}") == Number(
            (n + Fraction(1, 2)) * SCALES[scale], unit.strip() or None
        )


@given(st.integers(1, 999), st.text("0123456789", min_size=1, max_size=3))
def test_digits_after_a_glued_scale_are_its_decimals(n, digits):
    value = Fraction(f"{n}.{digits}") * 10**6
    assert read_number(f"{n}tr{digits}") == Number(value)
    assert read_number(f"{n}tr{digits}đ") == Number(value, "đ")
    assert read_number(f"{n}tr{digits}000") is None


@given(st.integers(1, 999), st.integers(0, 9), st.sampled_from(("triệu", "tỷ", "tỉ", "nghìn", "ngàn", "vạn")))
def test_one_digit_after_a_scale_is_its_tenths(n, digit, scale):
    value = Fraction(f"{n}.{digit}") * {"tỉ": 10**9, "ngàn": 10**3, "vạn": 10**4, **SCALES}[scale]
    assert read_number(f"{n} {scale} {digit}") == Number(value)
    assert read_number(f"{n} {scale} {digit} đồng") == Number(value, "đồng")
    assert read_number(f"{n} {scale} {digit}0") is None  # ten, or a tenth and no hundredths


# --- units convert ---

ALL = [unit for sizes in KINDS.values() for unit in (*sizes, *(s for u in sizes for s in SPELLINGS.get(u, ())))]


def test_conversion_there_and_back_is_one():
    for one, other in itertools.product(ALL, ALL):
        there, back = conversion(one, other), conversion(other, one)
        assert (there is None) == (back is None), (one, other)
        assert there is None or there * back == 1, (one, other)


def test_conversion_by_the_table_of_school():
    for kind, sizes in KINDS.items():
        for one, other in itertools.product(sizes, sizes):
            assert conversion(one, other) == Fraction(sizes[one], sizes[other]), (one, other)
        for other in (unit for name in KINDS if {name, kind} != {"volume", "liquid"} != {name} for unit in KINDS[name]):
            assert other in sizes or {conversion(one, other) for one in sizes} == {None}, (kind, other)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_conversion_by_way_of_a_third_unit(kind):
    units = [name for unit in KINDS[kind] for name in (unit, *SPELLINGS.get(unit, ()))]
    for one, two, three in itertools.product(units, repeat=3):
        assert conversion(one, two) * conversion(two, three) == conversion(one, three)


@given(st.sampled_from(sorted(KINDS["length"])), st.sampled_from(["giờ", "phút", "giây"]), st.data())
def test_speeds_convert_by_both_sides(length, hour, data):
    other, second = data.draw(st.sampled_from(sorted(KINDS["length"]))), data.draw(st.sampled_from(["giờ", "phút"]))
    expected = conversion(length, other) / conversion(hour, second)
    assert conversion(f"{length}/{hour}", f"{other}/{second}") == expected


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        ("dm3", "lít", Fraction(1)),
        ("m3", "lít", Fraction(1000)),
        ("cm3", "ml", Fraction(1)),
        ("lạng", "g", Fraction(100)),
        ("km/h", "m/s", Fraction(5, 18)),
        ("kg gạo", "g", Fraction(1000)),
        ("kg gạo", "g gạo", Fraction(1000)),
        ("kg gạo", "g ngô", None),
        ("năm", "ngày", None),
        ("đồng", "đô la", None),
        ("đôi", "chiếc", None),
        ("m", "m2", None),
        ("km/giờ", "km", None),
    ],
)
def test_conversion(one, other, factor):
    assert conversion(one, other) == factor
    assert conversion(other, one) == (factor and 1 / factor)


# --- examples ---


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3h15", "13/4", "giờ"),
        ("7 giờ 30", "15/2", "giờ"),
        ("12 giờ kém 15 phút", "47/4", "giờ"),
        ("mười sáu giờ kém mười lăm", "63/4", "giờ"),
        ("hai giờ mười lăm phút", "9/4", "giờ"),
        ("1 giờ 30 phút 15 giây", "361/240", "giờ"),
        ("5 phút 30", "11/2", "phút"),
        ("12tấn5kg", "12.005", "tấn"),
        ("4 tạ 2kg", "4.02", "tạ"),
        ("3 kg 5 lạng", "3.5", "kg"),
        ("3km 48m", "3.048", "km"),
        ("95m^{2} 7dm^{2}", "95.07", "m²"),
        ("8dm2 24cm2", "8.24", "dm²"),
        ("5 ha 25 m2", "5.0025", "ha"),
        ("5 đô 25 xu", "5.25", "usd"),
        ("2 năm 3 tháng", "2.25", "năm"),
        ("1.500 km 200 m", "1500.2", "km"),
        ("-0 giờ 15 phút", "-0.25", "giờ"),
    ],
)
def test_mixed_units(text, value, unit):
    assert read_number(text) == Number(Fraction(value), unit, compound=True)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1tr5", "1500000", None),
        ("1tr05", "1050000", None),
        ("2tr5đ", "2500000", "đ"),
        ("5 triệu 2", "5200000", None),
        ("2 triệu 300 nghìn đồng", "2300000", "đồng"),
        ("1 tỷ 200 triệu 300 nghìn", "1200300000", None),
        ("1 triệu 2 trăm nghìn", "1200000", None),
        ("1 triệu rưỡi", "1500000", None),
        ("1 tá rưỡi", "18", None),
        ("50 đơn vị, 8 phần trăm", "50.08", None),
        ("3 đơn vị 5 phần mười", "3.5", None),
        ("hai giờ rưỡi", "2.5", "giờ"),
        ("hai đô rưỡi", "2.5", "usd"),
        ("11 giờ rưỡi", "11.5", "giờ"),
    ],
)
def test_scales_and_halves_are_one_number(text, value, unit):
    assert read_number(text) == Number(Fraction(value), unit)


UNCERTAIN = """
3 giờ và|3 giờ,|kém 15 phút|12 giờ kém|12 giờ kém kém 5|giờ 15|3 giờ 15 phút 20 phút|3 giờ rưỡi 15 phút|3 giờ rưỡi rưỡi
1 giờ hoặc 15 phút|3 giờ đến 4 giờ|3 giờ - 15 phút|3 giờ + 15 phút|3 giờ hay 15 phút|3 giờ và và 15 phút|3 giờ; 15 phút
1 kg 2|5 lít 25|3 km 48|1m25|2 m 5|1m 2|5 m 25 kg|3 kg 500 g và 2 quả|1tr2500|1tr5tr|1tr1,5|3 tr 5 tr|2 triệu 1 tỷ
2 triệu 1000 nghìn|5 chục 3|1 tá 5|3h15h|3h15 sáng mai nhé|3 quả 5 kg|3 quả 5 cam|rưỡi giờ
1 giờ kém 1 giờ|5 phút kém 1 giờ|khoảng 3 giờ 15|3 giờ 15 phút?|3h15 hoặc 3h20
"""


@pytest.mark.parametrize("text", UNCERTAIN.strip().replace("\n", "|").split("|"))
def test_what_is_not_certainly_one_quantity_is_not_read(text):
    assert read_number(text) is None


# --- total and bounded ---

FRAGMENTS = (
    *(
        "3",
        "15",
        "0",
        "1,5",
        "1.500",
        "-",
        ",",
        ".",
        ";",
        "h",
        "giờ",
        "phút",
        "giây",
        "kém",
        "rưỡi",
        "và",
        "m",
        "m2",
        "dm",
    ),
    *(
        "cm",
        "²",
        "2",
        "kg",
        "tạ",
        "triệu",
        "tr",
        "tỷ",
        "nghìn",
        "đồng",
        "đô",
        "xu",
        "mười",
        "lăm",
        "hai",
        "đơn vị",
        "phần",
    ),
)
texts = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(" ".join))


@given(texts, st.sampled_from(("vi", "en")))
def test_any_text_is_a_quantity_or_none(text, style):
    read = read_compound(text, style)
    assert read is None or (isinstance(read, Compound) and type(read.value) is Fraction and read.unit != "")


@pytest.mark.parametrize(
    "text", ["3 giờ ", "3h", "1 km ", "mười ", "1tr", "3 giờ kém ", ", ", "1 tỷ ", "hai giờ ", "đơn vị ", "m2 "]
)
def test_bounded_work(text):
    start = time.process_time()
    for length in (400, 100_000):
        for style in ("vi", "en"):
            assert read_number((text * length)[:length], style) is None
            assert read_compound((text * length)[:length], style) is None
    assert time.process_time() - start < 3  # seconds; 0.3 on an idle machine
