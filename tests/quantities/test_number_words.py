"""Number words are read as the number they say, north and south, or not at all."""

import itertools
import time
import unicodedata
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vireward.numerals import Number, read_number
from vireward.quantities.number_words import Read, marked, read_words

# --- a writer that knows nothing of the reader ---

ONES = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
TAILS = {1: ("mốt",), 2: ("hai",), 3: ("ba",), 4: ("tư", "bốn"), 5: ("lăm", "nhăm"), 6: ("sáu",)}
TAILS |= {7: ("bảy", "bẩy"), 8: ("tám",), 9: ("chín",)}


class Dialect(NamedTuple):
    """Which of the words that mean the same a writer uses, and whether groups of zeros are said."""

    zero: str = "linh"
    four: str = "bốn"
    five: str = "lăm"
    seven: str = "bảy"
    thousand: str = "nghìn"
    billion: str = "tỷ"
    zeros: bool = False

    def digit(self, n):
        return self.seven if n == 7 else ONES[n]


NORTH, SOUTH = Dialect(four="tư"), Dialect("lẻ", thousand="ngàn", billion="tỉ", five="nhăm", seven="bẩy", zeros=True)
dialects = st.builds(
    Dialect,
    st.sampled_from(("linh", "lẻ")),
    st.sampled_from(("bốn", "tư")),
    st.sampled_from(("lăm", "nhăm")),
    st.sampled_from(("bảy", "bẩy")),
    st.sampled_from(("nghìn", "ngàn")),
    st.sampled_from(("tỷ", "tỉ")),
    st.booleans(),
)


def two_digits(n, say):
    """The words of 1 to 99."""
    tens, one = divmod(n, 10)
    head = [] if tens == 0 else ["mười"] if tens == 1 else [say.digit(tens), "mươi"]
    special = {0: {}, 1: {5: say.five}}.get(tens, {1: "mốt", 4: say.four, 5: say.five})
    return [*head, special.get(one, say.digit(one))] if one else head


def three_digits(n, say, *, full):
    """The words of 0 to 999; all three digits when a group stands before."""
    hundreds, rest = divmod(n, 100)
    head = [say.digit(hundreds), "trăm"] if hundreds or full else []
    if 0 < rest < 10 and head:
        return [*head, say.zero, say.four if rest == 4 else say.digit(rest)]
    return head + two_digits(rest, say)


def below_billion(n, say, *, full=False):
    words = []
    for power, name in ((6, "triệu"), (3, say.thousand), (0, "")):
        group, left = n // 10**power % 1000, n % 10**power
        if group or (say.zeros and (words or full) and left):
            words += [*three_digits(group, say, full=full or bool(words)), *name.split()]
    return words


def in_words(n, say=NORTH):
    """A whole number, 0 < n < 10^15, as it is written in school."""
    billions, rest = divmod(n, 10**9)
    head = [*below_billion(billions, say), say.billion] if billions else []
    return " ".join(head + below_billion(rest, say, full=bool(head)))


# Numbers with zeros and ones inside, where the rules are.
wholes = st.one_of(
    st.integers(1, 10**15 - 1),
    st.integers(1, 999),
    st.text("0000114559", min_size=1, max_size=15).map(int).filter(bool),
)
small = st.integers(1, 999)


@st.composite
def said(draw):
    """A number with all that can be said about it in words, and what was said."""
    say = draw(dialects)
    kind = draw(st.sampled_from(("whole", "decimal", "fraction", "mixed")))
    n = draw(small if kind in ("fraction", "mixed") else wholes)
    value, text = Fraction(n), in_words(n, say)
    if kind == "decimal":
        digits = draw(st.text("0123456789", min_size=1, max_size=5))
        text += draw(st.sampled_from((" phẩy ", " chấm "))) + " ".join(say.digit(int(digit)) for digit in digits)
        value = Fraction(f"{n}.{digits}")
    elif kind == "fraction":
        bottom = draw(st.integers(2, 999))
        text, value = f"{text} phần {'tư' if bottom == 4 else in_words(bottom, say)}", Fraction(n, bottom)
    elif kind == "mixed":
        bottom = draw(st.integers(2, 999))
        top = draw(st.integers(1, bottom - 1))
        text += f" và {in_words(top, say)} phần {in_words(bottom, say)}"
        value += Fraction(top, bottom)
    sign = draw(st.sampled_from(("", "", "âm ", "trừ ")))
    percent = kind in ("whole", "decimal") and draw(st.booleans())
    unit = None if percent else draw(st.sampled_from((None, None, "kg", "quả táo", "đồng", "học sinh", "km/giờ")))
    text = sign + text + (" phần trăm" if percent else "") + (f" {unit}" if unit else "")
    return text, Number((-value if sign else value) / (100 if percent else 1), unit, percent)


def without_marks(text):
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


# --- laws ---


@given(wholes, dialects)
@example(10**14 + 10**9 + 1, Dialect(zeros=True))
@example(1_005, Dialect(zero="lẻ"))
@example(999_999_999_999_999, Dialect(seven="bẩy"))
def test_what_is_written_in_words_is_read_back(n, say):
    assert read_number(in_words(n, say)) == Number(Fraction(n))


@given(said())
def test_signs_decimals_fractions_percent_and_units_are_read_back(number):
    text, value = number
    assert read_number(text) == value


@given(said(), st.sampled_from((" ", "  ", "\u00a0", "\u202f", "\t")), st.sampled_from(("{}", "{}.", " {} ", "**{}**")))
def test_reading_is_blind_to_unicode_form_case_blanks_and_dressing(number, blank, wrap):
    text, value = number
    if len(text) <= 180:  # longer ones are more than 400 characters with their marks apart
        for form, case in itertools.product(("NFC", "NFD"), (str.lower, str.upper, str.capitalize)):
            assert read_number(wrap.format(unicodedata.normalize(form, case(text))).replace(" ", blank)) == value


@given(said(), st.data())
def test_a_line_end_joins_no_words(number, data):
    words = number[0].split()
    if len(words) > 1:
        i = data.draw(st.integers(1, len(words) - 1))
        assert read_number(" ".join(words[:i]) + "\n" + " ".join(words[i:])) is None


@pytest.mark.parametrize("say", [pytest.param(NORTH, id="north"), pytest.param(SOUTH, id="south")])
def test_all_numbers_up_to_20_000_are_read_back(say):
    # Each text has one value, so two numbers are never read alike.
    texts = {in_words(n, say): n for n in range(1, 20_001)}
    assert len(texts) == 20_000
    assert [text for text, n in texts.items() if read_number(text) != Number(Fraction(n))] == []


def dropped_tens():
    """`hai mốt` for 21 up to `chín chín`: what is left when the word for tens is dropped, with the value."""
    for tens, one in itertools.product(range(2, 10), range(1, 10)):
        for tail in TAILS[one]:
            yield f"{ONES[tens]} {tail}", 10 * tens + one


def test_tens_without_their_word_are_read():
    for text, value in dropped_tens():
        assert read_number(text) == Number(Fraction(value)), text
        for hundreds in range(1, 10):
            assert read_number(f"{ONES[hundreds]} trăm {text}") == Number(Fraction(100 * hundreds + value)), text


@given(wholes, dialects)
def test_years_are_counted_but_not_after_a_scale(n, say):
    # `hai nghìn năm` is 2000 years, or 2005; after `trăm` it may be 205 or 250.
    text = in_words(n, say)
    scaled = text.endswith(("trăm", say.thousand, "triệu", say.billion))
    assert read_number(f"{text} năm") == (None if scaled else Number(Fraction(n), "năm"))


@given(small, small, small)
def test_mixed_numbers_have_a_proper_fraction(whole, top, bottom):
    text = f"{in_words(whole)} và {in_words(top)} phần {in_words(bottom)}"
    assert read_number(text) == (Number(whole + Fraction(top, bottom)) if top < bottom else None)


@given(st.integers(1, 999), st.integers(1, 999), st.sampled_from(("trên", "chia", "chia cho", "phần")))
def test_fractions_are_said_in_four_ways(top, bottom, over):
    assert read_number(f"{in_words(top)} {over} {in_words(bottom)}") == Number(Fraction(top, bottom))


@given(wholes, st.integers(1, 99).filter(lambda n: n != 5))  # `một năm` is a year
def test_a_number_goes_on_to_its_end(n, other):
    # Two numbers side by side are not one of them.
    text = f"{in_words(n)} {in_words(other)}"
    number = read_number(text)
    assert number is None or (number.unit is None and number.value != n)


# --- words without marks ---


def test_all_numbers_without_marks_are_read_back():
    texts = {
        without_marks(in_words(n)): n for n in (*range(20, 2_000), *range(2_000, 20_000, 7), *range(10**6, 10**6 + 99))
    }
    assert [text for text, n in texts.items() if read_number(text) != Number(Fraction(n))] == []


@given(said())
@example(("hai tư", Number(Fraction(24))))
@example(("hai phẩy năm", Number(Fraction(5, 2))))
@example(("ba phần tư", Number(Fraction(3, 4))))
def test_without_marks_nothing_is_read_as_another_number(number):
    text, value = number
    plain = read_number(without_marks(text))
    assert plain is None or plain.value == value.value


# --- what is said in short ---

SPOKEN = """
năm trăm tư 540 | một trăm mốt 110 | hai trăm hai 220 | ba trăm sáu 360 | hai trăm rưỡi 250 | một trăm rưởi 150
một ngàn chín 1900 | ba nghìn tư 3400 | hai nghìn tám 2800 | hai nghìn rưỡi 2500 | mười hai nghìn rưỡi 12500
một triệu rưỡi 1500000 | một triệu hai 1200000 | bốn triệu sáu 4600000 | hai tỷ ba 2300000000 | ba tỉ rưỡi 3500000000
hăm lăm 25 | hăm mốt 21 | hăm 20 | băm ba 33 | băm sáu 36 | hai rưỡi 5/2 | nửa nghìn 500
mười vạn 100000 | một vạn hai 12000 | ba vạn 30000 | hai chục 20 | một chục 10 | một tá 12 | hai tá rưỡi 30
nửa 1/2 | một nửa 1/2 | ba phần tư 3/4 | ba phần bốn 3/4 | một trên hai 1/2 | mười chia bốn 5/2
một nghìn linh năm 1005 | một ngàn lẻ chín 1009 | một triệu không trăm linh một 1000001 | một trăm lẻ tư 104
một triệu không nghìn không trăm linh một 1000001 | một nghìn hai 1200 | một nghìn không trăm năm mươi 1050
mười bốn 14 | mười tư 14 | hai mươi tư 24 | hai mươi bốn 24 | hai mươi nhăm 25 | hai mươi một 21 | bảy mươi bẩy 77
mười hai phẩy không năm 241/20 | hai phẩy năm mươi 5/2 | không phẩy không một 1/100 | hai phẩy năm triệu 2500000
một nghìn tỷ 1000000000000 | một tỷ tỷ 1000000000000000000 | trừ ba -3 | âm không phẩy năm -1/2 | âm nửa -1/2
hai mươi ba và một phần năm 116/5 | ba phần nghìn 3/1000 | một phần triệu 1/1000000
"""
SPOKEN = [line.strip().rsplit(" ", 1) for line in SPOKEN.strip().replace("\n", "|").split("|")]


@pytest.mark.parametrize(("text", "value"), SPOKEN)
def test_spoken_forms(text, value):
    assert read_number(text) == Number(Fraction(value))


def test_spoken_forms_without_marks_are_never_another_number():
    forms = [*SPOKEN, *dropped_tens()]
    read = {without_marks(text): (read_number(without_marks(text)), Fraction(value)) for text, value in forms}
    assert {text: found.value for text, (found, value) in read.items() if found and found.value != value} == {}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ba năm", Number(Fraction(3), "năm")),
        ("năm năm", Number(Fraction(5), "năm")),
        ("hai mươi năm", Number(Fraction(20), "năm")),
        ("mười năm", Number(Fraction(10), "năm")),
        ("nửa ki-lô-gam", Number(Fraction(1, 2), "ki-lô-gam")),
        ("một nửa quả cam", Number(Fraction(1, 2), "quả cam")),
        ("hai tá trứng", Number(Fraction(24), "trứng")),
        ("không đồng", Number(Fraction(0), "đồng")),
        ("không phần trăm", Number(Fraction(0), percent=True)),
        ("hai phẩy năm phần trăm", Number(Fraction(1, 40), percent=True)),
        ("mười lăm ki-lô-mét trên giờ", Number(Fraction(15), "ki-lô-mét/giờ")),
        ("x = hai mươi", Number(Fraction(20))),
    ],
)
def test_number_words_with_what_follows(text, number):
    assert read_number(text) == number


UNCERTAIN = """
lăm|mốt|tư|nhăm|tỉ|tỷ|trăm|nghìn|triệu|mươi|rưỡi|phẩy|linh|lẻ|âm|trừ|không|âm không|không quả
một số|một ít|một vài|một chút|một hai|một hai ba|hai một|hai ba bốn|hai mươi ba bốn
hai nghìn năm|hai nghìn một|một triệu một|một tỷ năm|một trăm một|năm trăm năm|hai triệu năm quả
mười mươi|không mươi|một mươi|một mươi lăm|lăm mươi|hai mươi không|hai mươi linh năm
một trăm linh mười|một trăm không năm|hai nghìn ba nghìn|hai nghìn ba triệu|hai triệu ba tỷ năm tỷ|một linh năm
hai phẩy|phẩy năm|hai phẩy phẩy năm|hai phẩy mười hai phẩy ba|phần tư|ba phần không|ba trên không
hai và một nửa quả|hai và ba|hai cộng ba|hai hoặc ba|không phải hai|khoảng hai|hơn hai|hai ba phần tư
một trăm ba phần tư|hai nghìn ba phần tư|năm rưỡi|âm âm hai|trừ âm hai|hai âm|nửa năm trăm|hai nửa
mấy|vài|bao nhiêu|nam|tram|le|muoi hai ban|hai muoi nam|nghin nghin
"""


@pytest.mark.parametrize("text", UNCERTAIN.strip().replace("\n", "|").split("|"))
def test_what_is_not_certainly_one_number_is_not_read(text):
    assert read_number(text) is None


SCALES = {"trăm": 2, "nghìn": 3, "ngàn": 3, "vạn": 4, "triệu": 6, "tỷ": 9}


def test_no_smaller_scale_multiplies_a_larger_one():
    read = {}
    for (large, much), (less, few) in itertools.product(SCALES.items(), (*SCALES.items(), ("chục", 1), ("tá", 1))):
        if few < much or (few == much and large != "tỷ"):
            texts = (f"hai {large} {less}", f"hai {large} {less} đồng", f"ba mươi {large} {less}")
            read |= {text: number.value for text in texts if (number := read_number(text))}
    assert read == {}


@pytest.mark.parametrize("scale", ["nghìn", "triệu", "tỷ"])
def test_digits_and_words_after_a_scale_never_say_two_numbers(scale):
    # `5 triệu 2` and `năm triệu hai` are both 5 200 000. What is read in two ways is not read in one of them.
    differing = {}
    for n in range(1, 1000):
        digits = read_number(f"5 {scale} {n} đồng")
        for text in (in_words(n), *(text for text, value in dropped_tens() if value == n)):
            words = read_number(f"năm {scale} {text} đồng")
            if digits and words and digits.value != words.value:
                differing[f"{n}: {text}"] = (digits.value, words.value)
    assert dict(itertools.islice(differing.items(), 3)) == {}


def test_a_digit_between_two_scales_is_no_ones():
    # People write `hai nghìn không trăm linh ba tỷ`; `hai nghìn ba tỷ` is 2300 of them, if anything.
    read = {}
    for digit in (2, 3, 4, 6, 7, 8, 9):
        for tail in TAILS[digit]:
            number = read_number(f"hai nghìn {tail} tỷ")
            if number and number.value != (2000 + 100 * digit) * 10**9:
                read[tail] = number.value
    assert read == {}


# --- total and bounded ---

WORDS = (
    *(*ONES, "mười", "mươi", "mốt", "tư", "lăm", "nhăm", "bẩy", "linh", "lẻ", "trăm", "nghìn", "ngàn", "vạn", "triệu"),
    *(
        "tỷ",
        "tỉ",
        "chục",
        "tá",
        "rưỡi",
        "rưởi",
        "nửa",
        "hăm",
        "băm",
        "phẩy",
        "chấm",
        "phần",
        "trên",
        "chia",
        "cho",
        "và",
    ),
    *("âm", "trừ", "quả", "muoi", "tram", "nghin", "trieu", "ty", "mot", "khong", "nam", ""),
)
NOUNS = ("năm", "nam", "phần", "quả", "cho")  # what can also be counted: years, boys, parts, fruit, dogs without marks
word_lists = st.lists(st.sampled_from(WORDS), max_size=70)


@given(word_lists)
@example(["một", "hăm"])
@example(["hai", "băm"])
def test_any_words_are_a_number_or_none(words):
    read = read_words(words)
    assert read is None or (type(read.value) is Fraction and read.value >= 0 and 0 < read.end <= len(words))
    number = read_number(" ".join(words))
    assert number is None or number.unit is None or not set(number.unit.split()) & set(WORDS) - set(NOUNS)


@given(word_lists, st.lists(st.sampled_from(WORDS), max_size=9))
def test_what_stands_before_a_number_does_not_change_it(words, before):
    read, later = read_words(words), read_words([*before, *words], len(before))
    assert later == (read and Read(read.value, read.end + len(before)))


@given(word_lists)
@example(["không", "nghìn", "không", "hai"])
@example(["hai", "nghìn", "một", "hai"])
def test_a_number_is_read_from_its_own_words(words):
    # What is read up to `end` is read alike when nothing follows.
    read = read_words(words)
    if read:
        assert read_words(words[: read.end]) == read


@given(st.lists(st.sampled_from([*map(without_marks, WORDS), "ban", "hai"]), max_size=8))
def test_marks_are_restored_on_all_words_or_none(words):
    plain = [without_marks(word).replace("ti", "ty") for word in marked(words)]
    assert plain == [] or plain == [word.replace("ti", "ty") for word in words]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["ba"], id="ones"),
        pytest.param(["hai", "mươi"], id="tens"),
        pytest.param(["một", "tỷ"], id="billions"),
        pytest.param(["hai", "nghìn", "ba", "trăm"], id="hundreds"),
        pytest.param(["ba", "phần"], id="fractions"),
        pytest.param(["hai", "phẩy"], id="decimals"),
        pytest.param(["hai", "và"], id="mixed"),
        pytest.param(["muoi"], id="without marks"),
        pytest.param(["tỷ"], id="scales"),
    ],
)
@pytest.mark.parametrize("count", [60, 100_000])
def test_bounded_work(words, count):
    words = ["một", *words * count][:count]
    start = time.process_time()
    for read in (read_words(words), read_words(marked(words)), read_number(" ".join(words))):
        assert count < 100 or read is None
    assert time.process_time() - start < 0.2  # seconds; 20 ms on an idle machine


def test_a_fraction_may_end_before_its_bar():
    words = ["ba", "phần", "tư"]
    assert read_words(words) == Read(Fraction(3, 4), 3)
    assert read_words(words, fractions=False) == Read(Fraction(3), 1)
    assert read_words(words, 3) is read_words(words, 7) is read_words([]) is None
