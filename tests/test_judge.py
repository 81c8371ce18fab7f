"""What counts as correct."""

import itertools
import json
import re
import time
import unicodedata
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vireward.answers.choices import read_choice
from vireward.answers.structures import read_several
from vireward.errors import BadParameter
from vireward.extract import find_answer, unwrapped
from vireward.judge import _compared, _short, compare, compare_stated, is_one_number, judge, longest_answer
from vireward.numerals import Number, read_number
from vireward.quantities.digits import MAX_LENGTH, STYLES
from vireward.quantities.same_number import same_value
from vireward.records import Answer, Comparison, Verdict

CORPUS = Path(__file__).with_name("corpus") / "verdicts.jsonl"
ROWS = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
RIGHT, WRONG, NO_ANSWER, BAD_GOLD = Verdict
styles = st.sampled_from(STYLES)

# --- the corpus ---


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row['answer']!r} for {row['gold']!r}") for row in ROWS])
def test_corpus(row):
    comparison = compare(row["answer"], row["gold"], style=row["style"])
    assert comparison.verdict is Verdict(row["verdict"]), f"{comparison.why}; {row['reason']}"


def test_corpus_rows_have_a_reason_and_stand_once():
    assert all(set(row) == {"answer", "gold", "style", "verdict", "reason"} and row["reason"] for row in ROWS)
    keys = [(row["answer"], row["gold"], row["style"]) for row in ROWS]
    assert len(set(keys)) == len(keys)
    assert {row["verdict"] for row in ROWS} == {verdict.value for verdict in Verdict}
    assert {row["style"] for row in ROWS} == set(STYLES)


@given(st.sampled_from(ROWS), st.sampled_from(("NFC", "NFD")), st.sampled_from(("{}", " {}\n", "\u200b{}")))
def test_corpus_in_another_unicode_form_and_between_blanks(row, form, blanks):
    answer, gold = (unicodedata.normalize(form, row[side]) for side in ("answer", "gold"))
    assert judge(blanks.format(answer), gold, style=row["style"]).value == row["verdict"]
    assert judge(Answer(answer, "tags"), blanks.format(gold), style=row["style"]).value == row["verdict"]


# --- a writer of values: vi and en notation, groups, units, dressing ---


def in_groups(digits, mark):
    head = len(digits) % 3 or 3
    return mark.join([digits[:head], *(digits[i : i + 3] for i in range(head, len(digits), 3))])


def decimals(value, style, mark):
    """The shortest decimal of a value, or None when it has no end."""
    places = next((p for p in range(7) if (value * 10**p).denominator == 1), None)
    if places is None:
        return None
    digits = str(abs(value) * 10**places).zfill(places + 1)
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    decimal = "," if style == "vi" else "."
    return ("-" if value < 0 else "") + in_groups(whole, mark) + (decimal + part if part else "")


def spellings(value, style):
    """All ways to write a value that the library promises to read."""
    fraction = f"{value.numerator}/{value.denominator}"
    sign = "-" if value < 0 else ""
    yield from (fraction, f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}")
    for mark in ("", "." if style == "vi" else ",", " ", "\u00a0", "\\,"):
        plain = decimals(value, style, mark)
        if plain is not None:
            yield from (
                plain,
                f"${plain}$",
                f"\\boxed{{{plain}}}",
                f"Đáp án là: {plain}.",
                plain.replace("-", "\u2212"),
            )
            yield from (f"{plain} đồng", f"{plain}đ", f"{plain} quả", f"{plain} kg")
    thousand = decimals(value / 1000, style, "")
    if thousand is not None:
        yield from (f"{thousand} nghìn", f"{thousand} ngàn đồng")


values = st.one_of(
    st.integers(-(10**9), 10**9).map(Fraction),
    st.integers(-30, 30).map(Fraction),
    st.builds(Fraction, st.integers(-(10**7), 10**7), st.sampled_from((10, 100, 1000, 8, 3, 7))),
)


def spelled(value, style):
    return st.sampled_from(list(spellings(value, style)))


# --- laws of numbers ---


@given(st.data(), values, styles)
def test_every_spelling_of_the_gold_is_right(data, value, style):
    answer, gold = data.draw(spelled(value, style)), data.draw(spelled(value, style))
    units = {number.unit for text in (answer, gold) if (number := read_number(unwrapped(text), style))}
    contradiction = len(units - {None, "đ"} | ({"đồng"} if "đ" in units else set())) > 1
    assert judge(answer, gold, style=style) is (WRONG if contradiction else RIGHT)


@given(st.data(), values, values, styles)
def test_no_spelling_of_another_value_is_right(data, value, other, style):
    assume(value != other)
    answer, gold = data.draw(spelled(other, style)), data.draw(spelled(value, style))
    assert judge(answer, gold, style=style) is WRONG


@given(st.data(), values, styles, st.sampled_from((-1, 10, Fraction(1, 10), 100, 1000, Fraction(1, 1000))))
def test_signs_and_marks_are_never_lost(data, value, style, factor):
    assume(value != 0)
    answer, gold = data.draw(spelled(value * factor, style)), data.draw(spelled(value, style))
    assert judge(answer, gold, style=style) is WRONG


@given(st.data(), values, styles)
def test_a_percentage_meets_the_bare_value_and_its_hundredth_only(data, value, style):
    percent = decimals(value, style, "")
    assume(percent is not None)
    for gold_value, verdict in ((value, RIGHT), (value / 100, RIGHT), (value * 100, WRONG), (value + 1, WRONG)):
        assume(verdict is RIGHT or gold_value not in (value, value / 100))
        gold = decimals(gold_value, style, "")
        if gold is not None:
            assert judge(f"{percent}%", gold, style=style) is verdict
            assert judge(gold, f"{percent} %", style=style) is verdict


HEDGED = (
    "không phải {}",
    "{} không đúng",
    "{} hoặc 5",
    "5 hoặc {}",
    "{} hay 6",
    "khoảng {}",
    "{}?",
    "{} nhưng có thể 6",
)
HEDGED += (
    "~{}",
    "{} ± 1",
    "{} chắc vậy",
    "có lẽ {}",
    "not {}",
    "{} or 6",
    "{}; 7",
    "{} và 7",
    "{}\n7",
    "hơn {}",
    "{} sai",
)


@given(st.data(), values, styles, st.sampled_from(HEDGED))
def test_a_hedge_is_wrong_and_no_number(data, value, style, hedge):
    gold = data.draw(spelled(value, style))
    answer = hedge.format(gold)
    assert judge(answer, gold, style=style) is WRONG
    assert read_number(answer, style) is None


# --- laws of any text ---

FRAGMENTS = (
    *(
        "5",
        "1",
        "0",
        "500",
        ".",
        ",",
        " ",
        "-",
        "+",
        "/",
        "%",
        "$",
        "\\frac{",
        "}{",
        "}",
        "{",
        "\\boxed{",
        "\\text{",
        "####",
    ),
    *(
        "Đáp án là: ",
        "không",
        " hoặc ",
        "kg",
        " quả",
        " triệu",
        "đồng",
        "x = ",
        "²",
        "½",
        "٣",
        "５",
        "\u0301",
        "\u200b",
        "\n",
    ),
    *("<SOLUTION>", "</SOLUTION>", "?", "(", ")", "B", "thứ Sáu", "Câu trả lời: ", "\x08oxed{", "\x00", "**"),
)
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join)
texts = st.one_of(
    fragments, fragments, st.text(), st.text("0123456789., -/%"), st.sampled_from([r["answer"] for r in ROWS])
)
blanks = st.text(" \n\t\u200b\u3164", max_size=3)


@given(st.one_of(st.none(), texts), st.one_of(st.none(), texts), styles)
def test_any_texts_have_a_verdict_and_a_sentence(answer, gold, style):
    comparison = compare(answer, gold, style=style)
    assert isinstance(comparison, Comparison)
    assert comparison.why
    assert len(comparison.why) < 250
    assert comparison.verdict is judge(answer, gold, style=style)


@given(texts, styles)
@example("\u0345", "vi")
@example("\\boxed{\\boxed{", "vi")
def test_the_gold_itself_is_right(gold, style):
    expected = BAD_GOLD if judge(None, gold) is BAD_GOLD else RIGHT
    assert judge(gold, gold, style=style) is expected
    if gold.strip() and gold.isprintable() and gold.isascii():
        assert expected is RIGHT


@given(texts, texts, styles)
def test_verdicts_are_symmetric_for_single_values_of_one_kind(answer, gold, style):
    # The gold decides the kind: a set is met by a list, an expression by a number, and not the other way round.
    sides = [unwrapped(text) for text in (answer, gold)]
    assume(not any(read_several(side, style) or read_choice(side) for side in sides))
    assume(len({read_number(side, style) is None for side in sides}) == 1)
    verdicts = {judge(answer, gold, style=style), judge(gold, answer, style=style)}
    assert len(verdicts) == 1 or verdicts == {NO_ANSWER, BAD_GOLD}


@given(texts, texts, texts, styles)
def test_different_values_are_never_both_right(one, other, gold, style):
    numbers = [read_number(unwrapped(text), style) for text in (one, other, gold)]
    right = [judge(text, gold, style=style) is RIGHT for text in (one, other)]
    if all(right) and all(numbers) and not any(number.percent for number in numbers):
        assert len({number.value for number in numbers}) == 1


@given(blanks, st.one_of(st.none(), texts))
def test_nothing_is_no_answer_and_no_gold(blank, other):
    assert judge(other, blank) is judge(other, None) is BAD_GOLD
    assert judge(blank, other) in {NO_ANSWER, BAD_GOLD}
    assert judge(blank, "5") is judge(None, "5") is NO_ANSWER


@given(texts, texts, styles)
def test_the_rule_that_found_an_answer_does_not_matter(answer, gold, style):
    verdicts = {judge(Answer(answer, rule), gold, style=style) for rule in ("tags", "boxed", "anchor")}
    assert verdicts == {judge(answer, gold, style=style)}


SIMPLE_GOLDS = st.from_regex(r"-?(0|[1-9][0-9]{0,6})([.,][0-9]{1,3}){0,2}(/[1-9]|%| %)?", fullmatch=True)


@given(texts, st.one_of(SIMPLE_GOLDS, st.sampled_from([r["gold"] for r in ROWS])), styles)
def test_the_short_way_to_a_number_ends_where_the_long_way_does(answer, gold, style):
    given, wanted = unwrapped(answer), unwrapped(gold or "")
    assume(given.strip() and wanted.strip() and len(given) <= 400)
    assert compare_stated(given, wanted, style).verdict is (WRONG if _compared(given, wanted, style)[0] else RIGHT)


@given(texts.filter(str.strip), styles)
def test_an_answer_many_times_as_long_as_a_number_is_none(text, style):
    assert judge("không phải " + text * 2_000, "5", style=style) is WRONG


@pytest.mark.parametrize("unit", ["1", "\\boxed{5}", "{", "Đáp án là: ", "5 hoặc "])
def test_a_megabyte_is_judged(unit):
    text = unit * (1_000_000 // len(unit))
    assert judge(text, "5") is judge("5", text) is WRONG


RUNS = (*" \n\t.,;:($*~^=-<>x5\\{°×≈∈\u200b", "| ", "5, ", "x = ", "và ", "hoặc ", "đáp án ", "\\frac{", "x∈")


@pytest.mark.parametrize("frame", ["5@6", "Đáp án là: 5@x", "Vậy x = 5@y", "@\\boxed{5}@", "B. @C", "x@∈"])
def test_a_long_run_of_anything_is_judged_in_linear_time(frame):
    # A pattern that walks a run anew from each of its characters would take minutes here.
    for run in RUNS:
        text = frame.replace("@", run * (100_000 // len(run)))
        start = time.process_time()
        found = find_answer(text) or text
        assert RIGHT not in (judge(text, "7"), judge("7", text), judge(found, "7")), run
        assert time.process_time() - start < 4.0, run  # seconds; 0.4 on an idle machine at the worst


def test_piled_marks_are_judged():
    # Sorting them in unicodedata takes a minute.
    assert judge("5" + "\u0315\u0300\u0323" * 60_000, "5") is WRONG


# --- examples ---


@pytest.mark.parametrize(("style", "answer"), [("vi", "(1,5/2 = 0,75)"), ("en", "(1.5/2 = 0.75)")])
def test_a_calculation_in_brackets_is_read_in_the_style_of_the_data(style, answer):
    assert judge(answer, "3/4", style=style) is RIGHT


@pytest.mark.parametrize("style", ["VI", "", "fr"])
def test_only_two_styles_are_known(style):
    with pytest.raises(BadParameter, match="the number style must be one of vi, en"):
        judge("5", "5", style=style)


@pytest.mark.parametrize(
    ("answer", "gold", "why"),
    [
        ("1.500.000", "1500000", "'1.500.000' equals the gold '1500000'"),
        ("B", "b", "'B' is the gold"),
        ("2", "1/3", "'2' is not the gold '1/3'"),
        ("5 hoặc 6", "5", "'5 hoặc 6' does not read as the gold '5' as one number"),
        ("A", "B", "'A' is another choice than the gold 'B'"),
        ("5 kg", "5 m", "'5 kg' has another unit than the gold '5 m'"),
        ("y = 5", "x = 5", "'y = 5' names another unknown than the gold 'x = 5'"),
        ("", "5", "no answer"),
        ("5", "", "the gold is missing"),
        ("1" * 1001, "x", "'" + "1" * 57 + "...' is too long to be the gold 'x'"),
        ("vô nghiệm", "đúng", "'vô nghiệm' does not mean the gold 'đúng'"),
        ("không có nghiệm", "vô nghiệm", "'không có nghiệm' means the gold 'vô nghiệm'"),
        ("179", "B", "'179' is not the choice 'B'"),
        ("B. 179", "B. 178", "'B. 179' has another text than the gold 'B. 178'"),
        ("b", "B. 178", "'b' is the choice 'B. 178'"),
        ("B. A, C", "B", "'B. A, C' names another choice beside B"),
        ("7", "1; 2", "'7' is not the 2 values of the gold '1; 2'"),
        ("1; 3", "1; 2", "'1; 3' is not the gold '1; 2': value 2 differs"),
        ("x = 1; x = 2", "1; 2", "'x = 1; x = 2' has the values of the gold '1; 2'"),
        ("28 + 32", "60", "'28 + 32' leaves the calculation to do"),
        ("0,50", "1/3", "'0,50' (read as 1/2) is not the gold '1/3'"),
        ("khoảng x + 1", "1 + x", "'khoảng x + 1' does not read as the gold '1 + x'"),
        ("\\int x", "x^2", "'\\\\int x' leaves the calculation to do"),
        ("con mèo", "x + 1", "'con mèo' does not read as the gold 'x + 1'"),
        ("x + 1?", "x + 1", "'x + 1?' does not read as the gold 'x + 1'"),
        ("\\int 2x = x^2 + 1", "x^2", "'\\\\int 2x = x^2 + 1' and the gold 'x^2': not equal as expressions"),
        ("x + 2", "x + 1", "'x + 2' and the gold 'x + 1': not equal as expressions"),
        ("4:6:8", "2:3:4", "'4:6:8' is in the ratio of the gold '2:3:4'"),
        ("4:6:9", "2:3:4", "'4:6:9' is not in the ratio of the gold '2:3:4'"),
    ],
)
def test_reasons(answer, gold, why):
    assert compare(answer, gold).why == why


RATIOS = st.lists(st.integers(1, 99), min_size=3, max_size=5)


@given(RATIOS, st.integers(2, 9), styles)
def test_a_ratio_is_met_by_its_multiples_and_by_no_other(terms, factor, style):
    def ratio(numbers):
        return ":".join(decimals(Fraction(number), style, "") for number in numbers)

    gold, longer = ratio(terms), ratio([*terms, 1])
    for scale in (Fraction(factor), Fraction(factor, 10)):
        assert judge(ratio(scale * term for term in terms), gold, style=style) is RIGHT
        assert judge(ratio([scale * (terms[0] + 1), *(scale * term for term in terms[1:])]), gold, style=style) is WRONG
    assert judge(longer, gold, style=style) is judge(gold, longer, style=style) is WRONG


@given(st.integers(1, 9999), st.integers(1, 9999), styles)
def test_a_calculation_states_what_stands_behind_its_last_sign(one, other, style):
    mark = "." if style == "vi" else ","
    a, b, total, more = (decimals(Fraction(n), style, mark) for n in (one, other, one + other, one + other + 1))
    for gold in (total, str(one + other)):
        assert judge(f"{a} + {b} = {total}", gold, style=style) is RIGHT
        assert judge(f"{b} + {a} = {a} + {b} = {total}", gold, style=style) is RIGHT
        assert judge(f"{a} + {b} = {more}", gold, style=style) is WRONG
        assert judge(f"{a} + {b} = {more}", more, style=style) is WRONG  # it is not done right
        assert judge(f"{a} + {b}", gold, style=style) is WRONG


@pytest.mark.parametrize(
    ("gold", "in_vi", "in_en"),
    [
        *(("1500", True, True), ("-7", True, True), ("1.5", True, True), ("3/4", True, True), ("25 %", True, True)),
        *(("5,1", True, False), ("1,500", True, False), ("\\frac{1}{2}", True, True)),
        *(("", False, False), ("B", False, False), ("7 kg", False, False), ("5; 1", False, False)),
    ],
)
def test_what_is_certainly_one_number(gold, in_vi, in_en):
    assert (is_one_number(gold, "vi"), is_one_number(gold, "en")) == (in_vi, in_en)


def test_long_texts_are_shown_short():
    assert re.fullmatch(r"'1{57}\.\.\.' is not the gold '2'", compare("1" * 300, "2").why)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a" * 60, repr("a" * 60)),
        ("a" * 61, repr("a" * 57 + "...")),
        ("\t" * 31, repr("\t" * 31)),  # 64 characters with its escapes
        ("\t" * 31 + "a", repr("\t" * 31)[:60] + "...'"),
        ("\t" * 60, repr("\t" * 60)[:60] + "...'"),
    ],
)
def test_a_text_is_shown_in_64_characters(text, shown):
    assert _short(text) == shown
    assert len(shown) <= 64


def test_how_long_an_answer_may_be():
    assert longest_answer("7", of_number=True) == MAX_LENGTH
    assert longest_answer("x", of_number=False) == 1_000
    assert longest_answer("x" * 300, of_number=True) == longest_answer("x" * 300, of_number=False) == 1_200
    assert "is too long" in compare("1" * (MAX_LENGTH + 1), "7").why
    assert "is too long" not in compare("x" * (MAX_LENGTH + 1), "y").why


def test_same_value_knows_the_percent_rule():
    quarter, whole = Number(Fraction(1, 4), percent=True), Number(Fraction(25))
    for one, other in itertools.permutations((quarter, whole)):
        assert same_value(one, other)
    assert same_value(quarter, Number(Fraction(1, 4)))
    assert not same_value(quarter, Number(Fraction(25), percent=True))
    assert not same_value(whole, Number(Fraction(1, 4)))
