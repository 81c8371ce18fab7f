"""Golds that are not one number: several values, choices, words of judgement, units that convert, expressions."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vireward.judge import compare, judge
from vireward.quantities.digits import STYLES
from vireward.quantities.units import conversion
from vireward.records import Verdict

RIGHT, WRONG, NO_ANSWER, BAD_GOLD = Verdict
styles = st.sampled_from(STYLES)

# --- several values ---

values = st.builds(Fraction, st.integers(-999, 999), st.sampled_from((1, 1, 10, 100, 8)))
distinct = st.lists(values, min_size=2, max_size=5, unique=True)


def decimal(value, style):
    """A value as it stands in a list: a decimal that has two digits at most, else a fraction."""
    hundredths = value * 100
    if hundredths.denominator > 1:
        return f"{value.numerator}/{value.denominator}"
    text = f"{abs(hundredths.numerator):03d}"
    text = f"{text[:-2]}.{text[-2:]}".rstrip("0").rstrip(".")
    return ("-" if value < 0 else "") + (text.replace(".", ",") if style == "vi" else text)


def written(values, style, form):
    items = [decimal(value, style) for value in values]
    return {
        "semicolons": "; ".join(items),
        "tight": ";".join(items),
        "commas": ", ".join(items),
        "and": f"{', '.join(items[:-1])} và {items[-1]}",
        "named": f"x = {items[0]}; y = {'; z = '.join(items[1:])}" if len(items) < 4 else "; ".join(items),
        "tuple": f"({'; '.join(items)})",
        "set": f"{{{'; '.join(items)}}}",
        "latex set": f"$\\left\\{{{'; '.join(items)}\\right\\}}$",
        "named set": f"S = {{{'; '.join(items)}}}",
        "either": " hoặc ".join(items),
        "solutions": " hoặc ".join(f"x = {item}" for item in items),
    }[form]


ORDERED = ("semicolons", "tight", "commas", "and", "tuple")
FREE = ("set", "latex set", "named set", "either", "solutions")


@given(st.data(), distinct, styles, st.sampled_from(("semicolons", "tight", "commas", "and")))
def test_a_list_is_met_in_its_order_only(data, values, style, form):
    gold = written(values, style, data.draw(st.sampled_from(ORDERED)))
    other = data.draw(st.permutations(values))
    assert judge(written(values, style, form), gold, style=style) is RIGHT
    assert judge(written(other, style, form), gold, style=style) is (RIGHT if other == values else WRONG)


@given(st.data(), distinct, styles, st.sampled_from(("semicolons", "commas", "and", "either", "solutions")))
def test_a_set_and_alternatives_are_met_in_any_order(data, values, style, form):
    gold = written(values, style, data.draw(st.sampled_from(FREE)))
    assert judge(written(data.draw(st.permutations(values)), style, form), gold, style=style) is RIGHT


@given(st.data(), distinct, values, styles, st.sampled_from(ORDERED + FREE), st.sampled_from(ORDERED + FREE))
def test_one_value_less_more_or_different_is_wrong(data, values, other, style, form, gold_form):
    assume(other not in values)
    gold = written(values, style, gold_form)
    changed = data.draw(st.sampled_from(range(len(values))))
    for wrong in (values[:-1], [*values, other], [*values[:changed], other, *values[changed + 1 :]]):
        if len(wrong) > 1:
            assert judge(written(wrong, style, form), gold, style=style) is WRONG


@given(distinct, styles, st.sampled_from(ORDERED + FREE))
def test_several_values_and_one_value_never_meet(values, style, form):
    several = written(values, style, form)
    for value in values:
        one = decimal(value, style)
        assert judge(several, one, style=style) is WRONG
        assert judge(one, several, style=style) is WRONG


@given(distinct, styles, st.sampled_from(ORDERED + FREE))
def test_several_values_meet_themselves(values, style, form):
    gold = written(values, style, form)
    assert judge(gold, gold, style=style) is judge(f"Đáp án là: {gold}", gold, style=style) is RIGHT


@given(st.permutations(["An: 24", "Bình: 16", "Chi: 8"]), st.sampled_from(("; ", ", ")))
def test_named_values_are_met_by_name(items, joint):
    assert judge(joint.join(items), "An: 24, Bình: 16, Chi: 8") is RIGHT
    assert (
        judge(joint.join(items).replace("24", "16").replace("Bình: 16", "Bình: 24"), "An: 24, Bình: 16, Chi: 8")
        is WRONG
    )


@pytest.mark.parametrize("gold", ["[1; 2]", "(1; 2]", "[1; 2)", "(1; 2)", "{1; 2}"])
def test_brackets_count(gold):
    for answer in ("[1; 2]", "(1; 2]", "[1; 2)", "(1; 2)", "{1; 2}"):
        assert judge(answer, gold) is (RIGHT if answer == gold else WRONG)
    assert judge("1; 2", gold) is (RIGHT if gold in ("(1; 2)", "{1; 2}") else WRONG)


# --- units that convert ---

LADDERS = (
    *(
        ("km", "m", "dm", "cm", "mm"),
        ("km2", "ha", "m2", "dm2", "cm2"),
        ("m3", "dm3", "cm3"),
        ("lít", "ml"),
        ("l", "cm3"),
    ),
    *(("tấn", "tạ", "yến", "kg", "g"), ("tuần", "ngày", "giờ", "phút", "giây"), ("thế kỷ", "năm", "tháng")),
    *(("km/h", "m/s", "m/phút"), ("USD", "xu"), ("kg gạo", "g gạo")),
)
pairs = st.sampled_from([pair for ladder in LADDERS for pair in itertools.permutations(ladder, 2)])


@given(pairs, st.integers(1, 999), st.integers(1, 999))
def test_units_of_one_dimension_are_converted(units, amount, other):
    have, want = units
    value = amount * conversion(have, want)
    assert judge(f"{amount} {have}", f"{value} {want}") is RIGHT
    assert judge(f"{value} {want}", f"{amount} {have}") is RIGHT
    if other != amount:
        assert judge(f"{other} {have}", f"{value} {want}") is WRONG
    if value != amount:
        assert judge(f"{amount} {have}", f"{amount} {want}") is WRONG
        assert judge(str(amount), f"{value} {want}") is WRONG


@given(st.integers(1, 23), st.integers(1, 59))
def test_a_time_in_two_units_is_met_by_a_unit_only(hours, minutes):
    gold = f"{hours} giờ {minutes} phút"
    for answer in (f"{hours}h{minutes}", f"{hours * 60 + minutes} phút", f"{Fraction(hours * 60 + minutes, 60)} giờ"):
        assert judge(answer, gold) is judge(gold, answer) is RIGHT
    for answer in (f"{hours * 60 + minutes}", f"{hours} giờ", f"{minutes} phút", f"{hours},{minutes} giờ"):
        assert judge(answer, gold) is (RIGHT if answer.endswith(",5 giờ") and minutes == 30 else WRONG)


# --- choices ---

LETTERS = "ABCDEFGH"
letters = st.sampled_from(LETTERS)
LETTER_FORMS = (
    "{}",
    "({})",
    "{}.",
    "{})",
    "Chọn {}",
    "Đáp án {}",
    "đáp án đúng là {}",
    "**{}**",
    "$\\text{{{}}}$",
    "Câu {}.",
)
CHOICE_TEXTS = ("178", "0,45", "$x = 3$", "Hà Nội", "12 cm2", "(1; 2)")


@given(letters, letters, st.sampled_from(LETTER_FORMS), st.sampled_from(CHOICE_TEXTS))
def test_a_choice_is_its_letter(letter, other, form, text):
    verdict = RIGHT if letter == other else WRONG
    for gold in (letter, f"{letter}. {text}", f"{letter}) {text}", f"({letter}) {text}"):
        assert judge(form.format(other), gold) is verdict
        assert judge(form.format(other).lower(), gold) is verdict
    assert judge(f"{other}. {text}", letter) is judge(f"{other}. {text}", f"{letter}. {text}") is verdict


@given(letters, st.sampled_from(CHOICE_TEXTS), st.sampled_from(CHOICE_TEXTS))
def test_the_text_of_a_choice_must_not_contradict(letter, text, other):
    verdict = RIGHT if text == other else WRONG
    assert judge(other, f"{letter}. {text}") is judge(f"{letter}. {other}", f"{letter}. {text}") is verdict


@given(letters, letters, st.sampled_from(CHOICE_TEXTS))
def test_two_choices_are_none(letter, other, text):
    assume(letter != other)
    for answer in (
        f"{letter} hoặc {other}",
        f"{letter}, {other}",
        f"{letter}. {text} {other}. 5",
        f"không phải {letter}",
    ):
        assert judge(answer, letter) is judge(answer, f"{letter}. {text}") is WRONG


# --- words of judgement ---


@pytest.mark.parametrize(
    ("group", "others"),
    [
        (
            ("vô nghiệm", "Phương trình vô nghiệm.", "S = ∅", "không có nghiệm", "\\varnothing"),
            ("0", "vô số nghiệm", "S = {0}"),
        ),
        (("có", "Đúng", "yes", "đúng vậy"), ("không", "sai", "5", "có 5", "đúng không")),
        (("không", "Sai.", "no", "không đúng"), ("có", "đúng", "không phải 5", "0")),
    ],
)
def test_words_of_judgement(group, others):
    for gold in group:
        assert {judge(answer, gold) for answer in group} == {RIGHT}
        assert {judge(answer, gold) for answer in others} == {WRONG}


# --- expressions ---


@pytest.mark.parametrize(
    ("answer", "gold", "verdict"),
    [
        ("x + 1", "1 + x", RIGHT),
        ("2(x + 1)", "2x + 2", RIGHT),
        ("0,5x", "\\frac{x}{2}", RIGHT),
        ("\\sqrt{8}", "2\\sqrt{2}", RIGHT),
        ("10^4", "10000", RIGHT),
        ("\\sqrt{16}", "4", WRONG),
        ("\\binom{10}{3}", "120", WRONG),
        ("\\int_0^1 x^2 dx", "\\frac{\\pi}{3}", WRONG),
        ("y = 2x + 1", "2x + 1", RIGHT),
        ("\\frac{\\sqrt{3}}{3} \\approx 0,58", "\\frac{\\sqrt{3}}{3}", RIGHT),
        ("x^2 với mọi x", "x^2", RIGHT),
        ("x + 2", "1 + x", WRONG),
        ("x", "y", WRONG),
        ("\\sqrt{5}", "2,236", WRONG),
        ("x + 1 hoặc 1 - x", "1 + x", WRONG),
        ("không phải x + 1", "1 + x", WRONG),
        ("__import__('os').system('true')", "1 + x", WRONG),
    ],
)
def test_expressions(answer, gold, verdict):
    comparison = compare(answer, gold)
    assert comparison.verdict is verdict, comparison.why


@pytest.mark.parametrize("answer", ["1 + 4", "10 - 5", "10 : 2", "2,5 × 2", "(5)+0", "5 \\cdot 1", "2*2+1"])
def test_a_calculation_left_to_do_is_no_answer(answer):
    comparison = compare(answer, "5")
    assert comparison.verdict is WRONG
    assert comparison.why == f"{answer!r} leaves the calculation to do"
    assert judge(f"{answer} = 5", "5") is RIGHT
    assert judge(f"{answer} = 6", "5") is WRONG
