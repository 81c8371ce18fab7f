import json
import re
import unicodedata
from collections import Counter
from fractions import Fraction

import pytest

from vireward.training.problems import EASY, HELD_OUT, TRAIN, casts, easy, easy_wording, generate

PATHS = [pytest.param(TRAIN, id="train"), pytest.param(HELD_OUT, id="held_out")]
ANCHOR = re.compile(r"(?:Đáp án|Câu trả lời) là: ([^\n]+)\Z")
# What one does to the numbers. A tiny model can only read these words held out if it was shown them.
OPERATIONS = (
    "cho, cho thêm, mua thêm, tặng, tất cả, tổng cộng, cả hai, nhiều hơn, bay đến, trồng thêm, hái, cộng, thêm, "
    "còn lại, còn, ít hơn, kém, bán, bán đi, ăn hết, làm mất, bay đi, bớt, bớt đi, xuống, trong đó, lấy"
)


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def of_type(path, kind):
    return [row for row in read(path) if row["type"] == kind]


def gold(row):
    return ANCHOR.search(row["response_vi"])[1]


def reasoning(row):
    return re.split(r"\n| ####| Vậy (?:kết quả|đáp số) là \$\\boxed", row["response_vi"])[0]


# --- the arithmetic, read back from the text without the code that wrote it ---

NUMBER = re.compile(r"(\d{1,3}(?:[. ]\d{3})+(?!\d)|\d+)(?:,(\d+))?(%?)")
EXPRESSION = r"[\d.,+\-×:/^()% ]*\d[\d.,+\-×:/^()% ]*"
EQUATION = re.compile(rf"{EXPRESSION}(?:={EXPRESSION})+")


def fraction_source(match):
    whole, places, percent = match.groups()
    value = Fraction(re.sub(r"\D", "", whole) + "." + (places or "0")) / (100 if percent else 1)
    return f"Fraction({value.numerator},{value.denominator})"


def value(text):
    # Only digits, signs and brackets get here (EXPRESSION), so nothing but arithmetic can be evaluated.
    text = text.strip(" ,.:").removesuffix("(").strip(" ,.:")
    source = NUMBER.sub(fraction_source, text)
    return eval(source.replace("×", "*").replace(":", "/").replace("^", "**"), {"Fraction": Fraction})


def plain(text):
    text = re.sub(r"(\d+)\\frac\{(\d+)\}\{(\d+)\}", r"(\1+\2/\3)", text)
    text = re.sub(r"\\frac\{(\d+)\}\{(\d+)\}", r"(\1/\2)", text)
    return text.replace(r"\times", "×").replace("$", "")


def equations(row):
    """The values along every chain of equal signs: `5 + 3 = 8` is [8, 8]."""
    return [[value(side) for side in found[0].split("=")] for found in EQUATION.finditer(plain(reasoning(row)))]


def test_arithmetic_is_read_back():
    row = {"response_vi": r"Tổng là: 1.200 + 2,5 = 1.202,5 (kg). Ta có $\frac{1}{2} = 0,5 = 50%$ và 7 : 2 = 3."}
    half = Fraction(1, 2)
    assert equations(row) == [[1202 + half] * 2, [half] * 3, [3 + half, 3]]


@pytest.mark.parametrize("path", PATHS)
def test_every_equation_is_right(path):
    for row in read(path):
        assert all(len(set(chain)) == 1 for chain in equations(row)), row["response_vi"]


@pytest.mark.parametrize("path", PATHS)
def test_gold_is_what_the_reasoning_arrives_at(path):
    for row in read(path):
        if row["type"] != "handwritten":  # those also ask for a weekday or a time of day
            number = re.match(r"[\d.,%/()\s]*[\d%)]", plain(gold(row)))[0]
            assert equations(row)[-1][-1] == value(number), row


# --- the files ---


def test_files_are_what_the_generator_writes():
    for path, rows in zip((TRAIN, HELD_OUT), generate.rows(), strict=True):
        assert path.read_bytes() == generate.jsonl(rows).encode("utf-8")


@pytest.mark.parametrize("path", PATHS)
def test_rows_have_the_schema(path):
    for row in read(path):
        assert list(row) == ["query_vi", "response_vi", "type"]
        for text in row.values():
            assert text == text.strip() != ""
            assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize("path", PATHS)
def test_anchor_with_the_gold_comes_last(path):
    for row in read(path):
        answer = gold(row)
        assert answer == answer.strip()
        assert len(re.findall(r"(?i)đáp án là|câu trả lời là", row["response_vi"])) == 1
        assert all(other == answer for other in re.findall(r"#### (.+?)(?:\n| Đáp án)", row["response_vi"]))
        assert all(other == answer for other in re.findall(r"\\boxed\{(.+)\}\$", row["response_vi"]))


def test_counts_per_type():
    train, held_out = (Counter(row["type"] for row in read(path)) for path in (TRAIN, HELD_OUT))
    further = dict.fromkeys(generate.TYPES, generate.COUNTS[0])
    assert train == {EASY: 1_400, **further, "handwritten": 55}
    further = dict.fromkeys(generate.TYPES, generate.COUNTS[1])
    assert held_out == {EASY: 300, **further, "handwritten": 27}


def test_no_question_is_asked_twice():
    asked = Counter(row["query_vi"] for path in (TRAIN, HELD_OUT) for row in read(path))
    assert [query for query, times in asked.items() if times > 1] == []


@pytest.mark.parametrize("path", PATHS)
def test_number_notations_and_endings_vary(path):
    golds = [gold(row) for row in read(path)]
    for form in (r"\d\.\d{3}\.\d{3}", r"\d \d{3}", r"\d,\d", r"\d%", r"\d/\d", r"\\frac\{", r" đồng$", r" kg$", r"²$"):
        assert any(re.search(form, answer) for answer in golds), form
    responses = [row["response_vi"] for row in read(path)]
    for form in (
        "\n#### .+\nĐáp án là",
        "\n#### .+\nCâu trả lời là",
        r"[^\d]\nĐáp án là",
        " #### .+ Đáp án là",
        r"boxed\{",
    ):
        assert any(re.search(form, response) for response in responses), form


# --- the easy type ---


@pytest.mark.parametrize("path", PATHS)
def test_easy_rows_state_one_step_in_the_order_of_the_question(path):
    for row in of_type(path, EASY):
        a, sign, b, result = re.search(r"(\d+) ([+-]) (\d+) = (\d+)", reasoning(row)).groups()
        assert re.findall(r"\d+", row["query_vi"]) == [a, b]
        assert gold(row) == result
        assert (int(a), int(b), int(result)) in (easy.ADD if sign == "+" else easy.SUB)
        assert len(row["query_vi"].split()) <= 32


def facts(path):
    return Counter(re.search(r"\d+ [+-] \d+", reasoning(row))[0] for row in of_type(path, EASY))


def test_easy_facts_are_all_trained_on():
    train = facts(TRAIN)
    assert len(train) == len(easy.ADD) + len(easy.SUB) == 162
    assert min(train.values()) >= 8
    assert set(facts(HELD_OUT)) <= set(train)


@pytest.mark.parametrize("path", PATHS)
def test_easy_signs_are_balanced(path):
    signs = Counter(fact.split()[1] for fact in facts(path).elements())
    assert signs["+"] == signs["-"]


def things(wording):
    return {thing for kind in wording.objects.values() for thing in kind} - {""}


def masked(wording):
    return {re.sub(r"\{\w\}", "_", sentence) for _, sentence in wording.add + wording.sub}


def test_easy_wording_is_held_out():
    train, held_out = easy_wording.TRAIN, easy_wording.HELD_OUT
    assert set(train.names).isdisjoint(held_out.names)
    assert things(train).isdisjoint(things(held_out))
    assert masked(train).isdisjoint(masked(held_out))
    assert (len(masked(train)), len(masked(held_out))) >= (60, 24)
    assert (len(set(train.names)), len(things(train))) >= (40, 40)


@pytest.mark.parametrize(
    ("path", "other"),
    [pytest.param(TRAIN, easy_wording.HELD_OUT, id="train"), pytest.param(HELD_OUT, easy_wording.TRAIN, id="held_out")],
)
def test_easy_rows_name_nobody_and_nothing_of_the_other_split(path, other):
    strange = re.compile(rf"\b(?:{'|'.join([*other.names, *things(other)])})\b")
    assert [row["query_vi"] for row in of_type(path, EASY) if strange.search(row["query_vi"])] == []


@pytest.mark.parametrize("word", OPERATIONS.split(", "))
def test_easy_operation_words_are_trained_on(word):
    pattern = re.compile(rf"\b{word}\b", re.IGNORECASE)
    assert any(pattern.search(row["query_vi"]) for row in of_type(TRAIN, EASY))
    assert any(pattern.search(row["query_vi"]) for row in of_type(HELD_OUT, EASY))


def test_casts_share_nothing():
    train, held_out = casts.TRAIN, casts.HELD_OUT
    for field in casts.Cast.__dataclass_fields__:
        assert set(getattr(train, field)).isdisjoint(getattr(held_out, field)), field
