"""Several values are read as they were written, and compared as the gold says."""

import itertools
import time
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vireward.answers.matching import difference
from vireward.answers.structures import MAX_ITEMS, MAX_TEXT, Item, Several, read_several
from vireward.numerals import read_number
from vireward.quantities.digits import STYLES

styles = st.sampled_from(STYLES)


def equal(one, other):
    return one == other


class Told(NamedTuple):
    """What a text of several values should be read as."""

    kind: str
    items: list
    ordered: bool
    brackets: str = ""


def told(several):
    return several and Told(several.kind, [item.text for item in several.items], several.ordered, several.brackets)


# --- a writer that knows nothing of the reader ---


@st.composite
def scalars(draw, style):
    """One value as it is written in a style: a number, a fraction, a root, with sign and unit."""
    whole, part = draw(st.integers(0, 999)), draw(st.sampled_from(("", "", "5", "25", "125")))
    decimal, group = (",", ".") if style == "vi" else (".", ",")
    forms = (
        f"{whole}{decimal * bool(part)}{part}",
        f"-{whole}{decimal * bool(part)}{part}",
        f"{whole % 99 + 1}{group}500",
        f"{whole % 99 + 1} 500",
        f"{whole}/7",
        f"\\frac{{{whole}}}{{7}}",
        f"-\\sqrt{{{whole}}}",
        f"{whole}{decimal}5 kg",
        f"{whole} quả táo",
        f"{whole}%",
        f"x^{{{whole}}}",
    )
    return draw(st.sampled_from(forms))


SEMICOLONS = (";", "; ", " ; ")
SPACED = (*SEMICOLONS, ", ")  # a comma with a blank is no decimal mark in either style


@st.composite
def nested(draw, style, depth=2):
    """A value or a bracketed list of values."""
    if depth == 0 or draw(st.booleans()):
        return draw(scalars(style))
    items = draw(st.lists(nested(style, depth - 1), min_size=2, max_size=4))
    left, right = draw(st.sampled_from(("()", "[]", "{}", "[)", "(]")))
    return left + draw(st.sampled_from(SPACED)).join(items) + right


def lists(style, least=2):
    return st.lists(scalars(style), min_size=least, max_size=8)


# --- what is written is read back ---


@given(
    st.data(),
    styles,
    st.sampled_from(SPACED),
    st.sampled_from(("{}", "{}.", "${}$", "\\boxed{{{}}}", " {} ", "**{}**")),
)
def test_lists_are_read_back(data, style, separator, wrap):
    items = data.draw(lists(style))
    assert told(read_several(wrap.format(separator.join(items)), style)) == Told("list", items, ordered=True)


@given(st.data(), styles, st.sampled_from(SPACED), st.sampled_from((" và ", " and ", ", và ")))
def test_the_last_separator_may_be_a_word(data, style, separator, last):
    items = data.draw(lists(style))
    text = separator.join(items[:-1]) + last.replace(",", separator.strip()) + items[-1]
    assert told(read_several(text, style)) == Told("list", items, ordered=True)


@given(st.data(), styles, st.sampled_from((" hoặc ", " hay ", " or ")))
def test_alternatives_have_no_order(data, style, either):
    items = data.draw(lists(style))
    assert told(read_several(either.join(items), style)) == Told("list", items, ordered=False)


@given(st.data(), styles, st.sampled_from(SPACED), st.sampled_from((" hoặc ", " or ", ", hoặc ")))
@example(None, "vi", ", ", " hoặc ")
def test_the_last_of_the_alternatives_may_have_the_word(data, style, separator, last):
    items = data.draw(lists(style, least=3)) if data else ["2", "3", "4"]
    text = separator.join(items[:-1]) + last.replace(",", separator.strip()) + items[-1]
    assert told(read_several(text, style)) == Told("list", items, ordered=False)


@given(
    st.data(),
    styles,
    st.sampled_from(SPACED),
    st.sampled_from(("{}", "S = {}", "x \\in {}", "S={}", "$S = {}$", "x ∈ {}")),
)
def test_brackets_say_what_their_values_are(data, style, separator, frame):
    items = data.draw(lists(style))
    inner = separator.join(items)
    pair = "interval" if len(items) == 2 else "list"
    for left, right, kind in (("(", ")", "tuple"), ("[", "]", pair), ("[", ")", pair), ("(", "]", pair)):
        expected = Told(kind, items, ordered=True, brackets=left + right)
        assert told(read_several(frame.format(f"{left}{inner}{right}"), style)) == expected
        assert told(read_several(frame.format(f"\\left{left}{inner}\\right{right}"), style)) == expected
    for left, right in (("{", "}"), ("\\{", "\\}"), ("\\left\\{", "\\right\\}")):
        expected = Told("set", items, ordered=False, brackets="{}")
        assert told(read_several(frame.format(f"{left}{inner}{right}"), style)) == expected


@given(st.lists(st.integers(-999, 999), min_size=2, max_size=8).map(lambda ns: [str(n) for n in ns]), styles)
@example(["2", "5"], "vi")
def test_a_glued_comma_between_brackets_separates(items, style):
    for left, right in ("()", "[]", "{}", "[)"):
        assert told(read_several(f"{left}{','.join(items)}{right}", style)).items == items


@given(styles, st.data())
def test_one_value_makes_a_set_only(style, data):
    value = data.draw(scalars(style).filter(lambda text: "," not in text))  # `{2,5}` is a pair
    assert told(read_several(f"{{{value}}}", style)) == Told("set", [value], ordered=False, brackets="{}")
    for text in (value, f"({value})", f"[{value}]", f"{value};", f"; {value}", f"x = {value}", "{}", "()", ";", ", "):
        assert read_several(text, style) is None


@given(st.data(), styles)
def test_separators_between_brackets_do_not_split_the_outer_list(data, style):
    items = data.draw(st.lists(nested(style), min_size=2, max_size=4))
    for separator in SPACED:
        inner = separator.join(items)
        assert told(read_several(f"({inner})", style)).items == items
        assert told(read_several(f"{{{inner}}}", style)).items == items
        assert told(read_several(inner, style)).items == items
    assert told(read_several(" hoặc ".join(items), style)).items == items


@pytest.mark.parametrize("inner", ["(1 hoặc 2; 3)", "(1; 2 hay 3)", "[1 ∪ 2; 3]", "{1, 2 và 3; 4}"])
def test_words_between_brackets_do_not_split_the_outer_list(inner):
    for separator in ("; ", " hoặc ", " và ", "∪"):
        assert told(read_several(f"{inner}{separator}9", "vi")).items == [inner, "9"]


@given(st.data(), styles)
def test_bracketed_values_side_by_side_have_no_order(data, style):
    items = [f"({data.draw(scalars(style))}; {data.draw(scalars(style))})" for _ in range(3)]
    for separator in (*SPACED, " và ", " hoặc "):
        assert told(read_several(separator.join(items), style)) == Told("list", items, ordered=False)


@given(
    st.data(), styles, st.sampled_from((" ∪ ", "∪", "\\cup ", " \\cup ")), st.sampled_from(("{}", "S = {}", "x ∈ {}"))
)
def test_unions_of_intervals(data, style, union, frame):
    values = data.draw(st.lists(scalars(style), min_size=4, max_size=4))
    items = [f"(-∞; {values[0]})", f"[{values[1]}; {values[2]}]", f"({values[3]}; +\\infty)"]
    assert told(read_several(frame.format(union.join(items)), style)) == Told("union", items, ordered=False)


@given(st.data(), styles)
def test_the_two_styles_differ_only_in_what_a_comma_between_digits_is(data, style):
    whole, part = data.draw(st.integers(1, 99)), data.draw(st.integers(1, 99))
    text = f"{whole},{part}"
    assert read_several(text, "vi") is None
    assert read_number(text, "vi").value == Fraction(f"{whole}.{part}")
    assert told(read_several(text, "en")).items == [str(whole), str(part)]
    for separator in (";", "; "):
        assert told(read_several(f"{text}{separator}{text}", style)).items == [text, text]
    assert told(read_several(f"{text}, {text}", "vi")).items == [text, text]
    assert told(read_several(f"({text})", style)).items == [str(whole), str(part)]
    assert told(read_several(f"({text}; 3)", style)).items == [text, "3"]


@given(st.integers(1, 99).map("0,{:02}".format), styles)
def test_a_leading_zero_makes_a_decimal_in_both_styles(text, style):
    assert read_several(text, style) is None
    assert told(read_several(f"{text}, {text}", style)).items == [text, text]


letters = st.sampled_from("xyzabmn")
NAMES = ("An", "Bình", "số cam", "lớp 5A", "x", "y", "chiều dài")


@given(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5, unique=True), st.data(), styles, st.sampled_from("=:"))
def test_named_values_keep_their_names(names, data, style, sign):
    values = [data.draw(scalars(style)) for _ in names]
    for separator in (*SPACED, " và "):
        text = separator.join(f"{name} {sign} {value}" for name, value in zip(names, values, strict=True))
        several = read_several(text, style)
        assert several == Several("list", tuple(map(Item, values, map(str.casefold, names))), ordered=True)


@given(letters, st.data(), styles)
def test_several_values_of_one_unknown_have_no_order(name, data, style):
    values = data.draw(lists(style))
    for separator in (*SPACED, " hoặc ", " và "):
        several = read_several(separator.join(f"{name} = {value}" for value in values), style)
        items = tuple(Item(value, name) for value in values)
        assert several == Several("list", items, ordered=False, either=separator == " hoặc ")


@pytest.mark.parametrize(
    ("text", "kind", "items", "ordered"),
    [
        ("27; 43; 50; 65", "list", ["27", "43", "50", "65"], True),
        ("7, 11 và 15", "list", ["7", "11", "15"], True),
        ("7,11,15", "list", ["7", "11", "15"], True),
        ("1, 2, và 3", "list", ["1", "2", "3"], True),
        ("1,5; 2,5", "list", ["1,5", "2,5"], True),
        ("x = 1 hoặc x = 2", "list", ["1", "2"], False),
        ("0,5 hoặc 0,25", "list", ["0,5", "0,25"], False),
        ("1 ± 2", "list", ["1 + 2", "1 - 2"], False),
        ("x = 1 \\pm \\sqrt{2}", "list", ["1 + \\sqrt{2}", "1 - \\sqrt{2}"], False),
        ("±2", "list", ["2", "-2"], False),
        ("{2,5}", "set", ["2", "5"], False),
        ("{1,5; 2}", "set", ["1,5", "2"], False),
        ("(2,5, 3,5)", "tuple", ["2,5", "3,5"], True),
        ("(0; +∞)", "tuple", ["0", "+∞"], True),
        ("[1; 2)", "interval", ["1", "2"], True),
        ("{(1; 2); (3; 4)}", "set", ["(1; 2)", "(3; 4)"], False),
        ("f(1; 2); 3", "list", ["f(1; 2)", "3"], True),
        ("100 km, 3 giờ", "list", ["100 km", "3 giờ"], True),
        ("tập nghiệm là {1; 2}", "set", ["1", "2"], False),
        ("(x; y) = (1; 2)", "tuple", ["1", "2"], True),
    ],
)
def test_kinds(text, kind, items, ordered):
    several = read_several(text, "vi")
    assert several is not None
    assert (several.kind, [item.text for item in several.items], several.ordered) == (kind, items, ordered)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("x ≤ -2 hoặc x = 1", ["(-∞; -2]", "{1}"]),
        ("x < 1 hoặc x > 2", ["(-∞; 1)", "(2; +∞)"]),
        ("1 < x < 2 hoặc x ≥ 5", ["(1; 2)", "[5; +∞)"]),
        ("1 ≤ x < 2 hoặc x = 5", ["[1; 2)", "{5}"]),
        ("1 < x ≤ 2 hoặc x = 5", ["(1; 2]", "{5}"]),
        ("1 \\le x \\le 2 hoặc x = 5", ["[1; 2]", "{5}"]),
        ("2 < x hoặc x \\leqslant 1", ["(2; +∞)", "(-∞; 1]"]),
    ],
)
def test_conditions_of_one_unknown_are_a_union(text, items):
    assert told(read_several(text, "vi")) == Told("union", items, ordered=False)


ONE = """
|5|5,1|1.500|1 500|-2,5 kg|(5)|[5]|()|[]|{}|;|,|và|hoặc|1;|;1|A|x = 5|x > 2|{x \\mid x > 2}|{x ∈ R : x > 2}|{x: x > 2}
(1; 2|1; 2)|)1; 2(|(1; 2}|{1; 2)|{1; 2]|{1; 2|1; 2}|[1; 2}}|((1; 2)|1; (2|1); 2|\\frac{1}{2}|nữa|học sinh và
(1; 2) (3|f(1; 2)
"""


@pytest.mark.parametrize("text", [text for line in ONE.strip().splitlines() for text in line.split("|")])
def test_one_value_or_a_broken_bracket_is_not_several(text):
    assert read_several(text, "vi") is None
    assert read_several("{x | x > 2}", "vi") is read_several("\\{n \\in N | n > 2\\}", "vi") is None


# --- total and bounded ---

FRAGMENTS = (
    *("1", "2,5", "1.500", ",", ";", ", ", "; ", " ", "(", ")", "[", "]", "{", "}", "\\{", "\\}", "và", "hoặc", "∪"),
    *(
        "\\cup ",
        "±",
        "\\pm",
        "x",
        "=",
        ":",
        "x = ",
        "An: ",
        "∈",
        "≤",
        "<",
        ">",
        "\\le ",
        "|",
        "\\frac{",
        "\\left(",
        "$",
        "\n",
    ),
)
texts = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))


@given(texts, styles)
@example("1∪", "vi")
@example("hoặc", "vi")
@example("±", "vi")
@example("±\r0", "vi")
@example("∪".join("1" * (MAX_ITEMS + 1)), "vi")
def test_any_text_is_several_values_or_none(text, style):
    several = read_several(text, style)
    if several is not None:
        assert (1 if several.kind == "set" else 2) <= len(several.items) <= MAX_ITEMS
        assert all(item.text and item.text == item.text.strip() for item in several.items)
        assert difference(several, several, equal) is None


@given(st.text("([{)]}1;", min_size=1, max_size=20), styles)
def test_unbalanced_brackets_hold_nothing(text, style):
    if sum(map(text.count, "([{")) != sum(map(text.count, ")]}")):
        assert read_several(text, style) is None


def test_many_items_are_too_many():
    framed = itertools.product((";", "; ", ", ", " và "), ("{}", "{{{}}}", "({})", "[{}]"))
    for separator, frame in (*framed, (" hoặc ", "{}"), ("∪", "{}")):
        most, more = (frame.format(separator.join("1" * count)) for count in (MAX_ITEMS, MAX_ITEMS + 1))
        assert len(read_several(most, "vi").items) == MAX_ITEMS, (separator, frame)
        assert read_several(more, "vi") is None, (separator, frame)


@pytest.mark.parametrize(
    "part",
    ["1; ", "1,", "(", "()", "{1;", "1 hoặc ", "∪", "±", "x = 1; ", "a ", " ", "x<", "\\le ", "1,5, ", "=", "\\{", "$"],
)
def test_bounded_work(part):
    start = time.process_time()
    for style in STYLES:
        assert read_several(part * 1_000_000, style) is None
        read_several((part * MAX_TEXT)[:MAX_TEXT], style)
    assert time.process_time() - start < 1  # seconds; 20 ms on an idle machine


# --- comparing ---


@st.composite
def several_values(draw):
    """Several values with texts that tell them apart, with or without names."""
    names = draw(st.sampled_from((("",) * 4, ("x",) * 4, ("a", "b", "c", "d"))))
    values = draw(st.lists(st.sampled_from("12345678"), min_size=2, max_size=4, unique=True))
    kind, brackets = draw(
        st.sampled_from((("list", ""), ("set", "{}"), ("tuple", "()"), ("interval", "[)"), ("union", "")))
    )
    return Several(kind, tuple(map(Item, values, names)), draw(st.booleans()), brackets)


@given(several_values())
def test_values_do_not_differ_from_themselves(values):
    assert difference(values, values, equal) is None


@given(several_values(), st.data())
def test_a_permutation_is_the_same_exactly_when_the_order_is_free(want, data):
    items = tuple(data.draw(st.permutations(want.items)))
    named = len({item.name for item in want.items}) == len(want.items)
    same = difference(want._replace(items=items), want, equal) is None
    assert same == (named or not want.ordered or items == want.items)


@given(several_values(), st.data())
def test_the_order_of_the_gold_decides_not_that_of_the_answer(want, data):
    have = want._replace(items=want.items[::-1])
    fault = difference(have, want, equal)
    assert difference(have._replace(ordered=not have.ordered), want, equal) == fault


@given(several_values(), st.data())
def test_each_value_counts_once(values, data):
    fewer, twice = values.items[:-1], (*values.items, values.items[0])
    for items in (fewer, twice):
        other = values._replace(items=items)
        assert difference(other, values, equal) == f"{len(items)} values for {len(values.items)}"
        assert difference(values, other, equal) == f"{len(values.items)} values for {len(items)}"
    doubled = values._replace(items=(values.items[0], *values.items[:-1]))
    assert difference(doubled, values, equal) is not None
    assert difference(values, doubled, equal) is not None


@given(several_values(), st.data())
def test_one_other_value_is_a_difference(values, data):
    i = data.draw(st.integers(0, len(values.items) - 1))
    items = list(values.items)
    items[i] = items[i]._replace(text="9")
    assert difference(values._replace(items=tuple(items)), values, equal) is not None
    assert difference(values, values._replace(items=tuple(items)), equal) is not None


@given(st.lists(st.integers(0, 5), min_size=2, max_size=4), st.lists(st.integers(0, 5), min_size=2, max_size=4))
@example([1, 0], [0, 2])
def test_free_values_are_the_same_when_they_can_be_paired(have, want):
    # "Same" need not be transitive: `5%` meets both 5 and 0,05. The order of the answer must not decide.
    def near(one, other):
        return abs(int(one) - int(other)) <= 1

    answer, gold = (Several("set", tuple(Item(str(n)) for n in ns), False, "{}") for ns in (have, want))
    paired = len(have) == len(want) and any(
        all(abs(a - b) <= 1 for a, b in zip(order, want, strict=True)) for order in itertools.permutations(have)
    )
    assert (difference(answer, gold, near) is None) == paired


@given(st.lists(st.sampled_from("abcd"), min_size=2, unique=True), st.data())
def test_named_values_are_matched_by_name(names, data):
    values = data.draw(st.lists(st.sampled_from("123"), min_size=len(names), max_size=len(names)))
    gold = "; ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
    order = data.draw(st.permutations(range(len(names))))
    # Of a single letter case counts: M and m, R and r.
    cased = [name.upper() if len(name) > 1 else name for name in names]
    answer = " và ".join(f"{cased[i]}: {values[i]}" for i in order)
    assert difference(read_several(answer, "vi"), read_several(gold, "vi"), equal) is None
    exchanged = "; ".join(f"{name} = {value}" for name, value in zip(names[::-1], values, strict=True))
    fault = difference(read_several(exchanged, "vi"), read_several(gold, "vi"), equal)
    assert (fault is None) == (values == values[::-1])
    other = "; ".join(f"{name}b = {value}" for name, value in zip(names, values, strict=True))
    assert difference(read_several(other, "vi"), read_several(gold, "vi"), equal) == "other names"


@pytest.mark.parametrize(
    ("answer", "gold", "same"),
    [
        ("2; 1", "{1; 2}", True),
        ("1; 2", "(1; 2)", True),
        ("2; 1", "(1; 2)", False),
        ("1; 2", "x = 2 hoặc x = 1", True),
        ("2 hoặc 1", "1; 2", False),
        ("(1; 2)", "1; 2", True),
        ("{2; 1}", "1; 2", False),
        ("[1; 2)", "[1; 2)", True),
        ("(1; 2)", "[1; 2)", False),
        ("[1; 2]", "[1; 2)", False),
        ("1; 2", "[1; 2]", False),
        ("{1; 2}", "(1; 2)", False),
        ("(1; 2)", "{1; 2}", False),
        ("[1; 2] ∪ {3}", "{3} ∪ [1; 2]", True),
        ("[1; 2]; {3}", "{3} ∪ [1; 2]", False),
        ("y = 2; x = 1", "x = 1; y = 2", True),
        ("x = 2; y = 1", "x = 1; y = 2", False),
        ("1; 2", "x = 1; y = 2", True),
        ("2; 1", "x = 1; y = 2", False),
    ],
)
def test_how_an_answer_may_be_written(answer, gold, same):
    assert (difference(read_several(answer, "vi"), read_several(gold, "vi"), equal) is None) is same
