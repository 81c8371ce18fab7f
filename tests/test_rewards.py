"""The rewards that compare with the gold, and what the four built-ins add up to."""

import math
import unicodedata
from dataclasses import fields

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vireward.compose import weighted
from vireward.errors import BadParameter
from vireward.judge import judge
from vireward.numerals import read_number
from vireward.quantities.digits import STYLES
from vireward.records import Sample, Score, Verdict
from vireward.rewards import AnswerMatch, FormatExact, NumericMatch, TagCount
from vireward.rewards.stated import stated_answer
from vireward.tags import TagFormat

SHORT = TagFormat("<think>", "</think>", "<answer>", "</answer>")
MATCHES = (AnswerMatch, NumericMatch)
FOUR = (FormatExact(), TagCount(), AnswerMatch(), NumericMatch())
styles = st.sampled_from(STYLES)


def completion(answer, reasoning="Ta có 3 + 4.", tags=TagFormat()):  # noqa: B008  (a frozen value)
    return f"{tags.open_reasoning}{reasoning}{tags.close_reasoning}\n{tags.open_answer}{answer}{tags.close_answer}"


def scores(text, gold="1500000", **params):
    return tuple(reward(**params)(Sample(text, gold)).value for reward in MATCHES)


def total(text, gold):
    return math.fsum(reward(Sample(text, gold)).value for reward in FOUR)


# --- laws ---

FRAGMENTS = (
    *(
        "<thinking>",
        "</thinking>",
        "<SOLUTION>",
        "</SOLUTION>",
        "<SOLUTION>5</SOLUTION>",
        "5",
        "1",
        "0",
        ".",
        ",",
        " ",
        "-",
    ),
    *(
        "%",
        "$",
        "\\boxed{",
        "}",
        "\\frac{1}{2}",
        "Đáp án là: ",
        "####",
        "không",
        " hoặc ",
        " kg",
        "triệu",
        "\u0301",
        "\u200b",
    ),
    *("\u2800", "٣", "５", "½", "\n", "\x00", "x = ", "\ud800"),
)
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)
answers = st.one_of(fragments, st.text(), st.text("0123456789., -/%"))
golds = st.one_of(st.none(), st.sampled_from(("5", "-5", "2,5", "25%", "5 kg", "B", "", " ", "1500000")), answers)
texts = st.one_of(
    answers, answers.map(completion), st.text(), st.lists(answers.map(completion), max_size=2).map("".join)
)


@given(texts, golds, styles, st.booleans())
def test_any_text_gets_one_of_the_declared_scores(text, gold, style, anywhere):
    sample = Sample(text, gold)
    declared = {AnswerMatch: {3.0, 1.5, -1.5, 0.0}, NumericMatch: {1.5, -0.5, 0.0}}
    values = []
    for build, allowed in declared.items():
        score = build(style=style, anywhere=anywhere)(sample)
        assert isinstance(score, Score)
        assert score.value in allowed | {None}
        assert score.why
        values.append(score.value)
    assert (values[0] is None) == (values[1] is None)
    assert all(reward(sample).value is not None for reward in FOUR[:2])


@given(texts, texts, golds)
def test_all_completions_of_a_prompt_abstain_together(one, other, gold):
    for build in MATCHES:
        assert (build()(Sample(one, gold)).value is None) == (build()(Sample(other, gold)).value is None)


@given(texts, golds, styles)
def test_scores_are_blind_to_unicode_form(text, gold, style):
    for build in MATCHES:
        values = [build(style=style)(Sample(unicodedata.normalize(f, text), gold)).value for f in ("NFC", "NFD")]
        assert values[0] == values[1]


@given(answers, golds, styles)
def test_a_filled_block_scores_what_the_judge_says(answer, gold, style):
    assume("<" not in answer)
    verdict = judge(answer, gold, style=style)
    match, numeric = scores(completion(answer), gold, style=style)
    if verdict is Verdict.BAD_GOLD:
        assert (match, numeric) == (None, None)
    elif verdict is Verdict.NO_ANSWER:
        assert (match, numeric) == (0.0, 0.0)
    else:
        right = verdict is Verdict.RIGHT
        assert match in ((3.0, 1.5) if right else (-1.5,))
        assert numeric in ((1.5, 0.0) if right else (-0.5, 0.0))


@given(golds.filter(lambda gold: gold is not None and "<" not in gold), styles)
def test_the_gold_itself_scores_most(gold, style):
    match, numeric = scores(completion(gold), gold, style=style)
    assert match in (3.0, None)
    assert numeric in (1.5, 0.0, None)


@given(answers, golds, st.sampled_from(("", "\n", "Không phải 5. \\boxed{6}")), st.sampled_from(("", "\n", " ")))
def test_only_the_answer_block_is_looked_at(answer, gold, before, after):
    assume("<" not in answer)
    block = f"<SOLUTION>{answer}</SOLUTION>"
    assert scores(before + block + after, gold) == scores(completion(answer), gold) == scores(block, gold)


@given(st.lists(st.tuples(st.integers(-1, 3), answers), max_size=6), golds)
def test_other_tags_change_nothing_else(pieces, gold):
    assume(not any("<" in words for _, words in pieces))
    texts = ["".join((tags.tags[i] if i >= 0 else "") + words for i, words in pieces) for tags in (TagFormat(), SHORT)]
    assert scores(texts[0], gold) == scores(texts[1], gold, tags=SHORT)


@given(texts, golds, st.tuples(*[st.floats(-1e3, 1e3)] * 4))
def test_the_scores_are_the_parameters(text, gold, values):
    same, equal, wrong, missing = values
    renamed = {3.0: same, 1.5: equal, -1.5: wrong, 0.0: missing, None: None}
    custom = AnswerMatch(same=same, equal=equal, wrong=wrong, missing=missing)(Sample(text, gold)).value
    assert custom == renamed[AnswerMatch()(Sample(text, gold)).value]
    renamed = {1.5: equal, -0.5: wrong, 0.0: missing, None: None}
    custom = NumericMatch(equal=equal, wrong=wrong, missing=missing)(Sample(text, gold)).value
    assert custom == renamed[NumericMatch()(Sample(text, gold)).value]


# --- what the four add up to (gold × the answer in the block) ---

GOLDS = st.one_of(
    st.integers(-(10**7), 10**9).filter(lambda n: abs(n) > 999).map(str),
    st.integers(1, 998).map(str),
    st.integers(1, 10**6).map(lambda n: f"{n // 100},{n % 100:02}"),
    st.sampled_from(("1500000", "37", "2,5", "25%", "15 000 đồng", "3/4", "\\frac{1}{2}", "-4", "12 quả táo")),
)
RESPELLED = ("{} .", "${}$", " **{}** ", "\\({}\\)", "x = {}")
HEDGED = (
    "không phải {}",
    "{} hoặc 5",
    "5 hoặc {}",
    "{} hay 6",
    "khoảng {}",
    "{}?",
    "{} không đúng",
    "{}; 5",
    "{} nhưng có thể 6",
)
NOTHING = ("", " ", "\n \t", "\u200b", "\u200b\u2060\ufeff", "\u3164", "\u00a0")
SILENCE = ("?", "...", "—", "!", "$", "-")
WORDS = ("không biết", "tôi không chắc", "một số")


def other_than(gold):
    """An honest wrong answer."""
    return "1000000" if judge("1000000", gold) is Verdict.WRONG else "1000001"


@given(GOLDS)
@example("1500000")
def test_no_answer_beats_the_gold_and_no_gaming_beats_an_honest_wrong_answer(gold):
    best, honest = total(completion(gold), gold), total(completion(other_than(gold)), gold)
    assert (best, honest) == (9.5, 3.0)
    for form in RESPELLED:
        assert honest < total(completion(form.format(gold)), gold) <= best
    gamed = [form.format(gold) for form in HEDGED] + [*WORDS, f"-{gold}" if gold[0] != "-" else gold[1:], "5 5", "1/0"]
    for answer in gamed:
        assert total(completion(answer), gold) <= honest, answer
    for answer in NOTHING + SILENCE:
        assert total(completion(answer), gold) < honest, answer


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("1500000", 9.5),
        ("１５０００００", 9.5),
        (" 1500000\n", 9.5),
        ("\\boxed{1500000}", 9.5),
        ("1.500.000", 8.0),
        ("1 500 000 đồng", 8.0),
        ("1,5 triệu", 8.0),
        ("1000000", 3.0),
        ("1,500", 3.0),
        ("-1500000", 3.0),
        ("không phải 1500000", 3.0),
        ("1500000 hoặc 5", 3.0),
        ("không biết", 3.0),
        (" ", 2.0),
        ("\u200b", 2.0),
        ("?", 0.0),
        ("</SOLUTION><SOLUTION>1500000", -3.0),
    ],
)
def test_sums_for_one_gold(answer, value):
    assert total(completion(answer), "1500000") == value
    four = weighted(a=(1.0, FOUR[0]), b=(1.0, FOUR[1]), c=(1.0, FOUR[2]), d=(1.0, FOUR[3]))
    assert four(Sample(completion(answer), "1500000")).value == value


@given(st.sampled_from(("B", "vô nghiệm", "thứ Sáu", "7; 11; 15", "2x + 1")))
def test_a_gold_that_is_no_number_scores_its_text_only(gold):
    assert total(completion(gold), gold) == 8.0
    assert total(completion("1000000"), gold) == total(completion(f"không phải {gold}"), gold) == 3.5
    assert total(completion("\u200b"), gold) < 3.5
    reason = f"the gold {gold!r} is no number"
    assert all(NumericMatch()(Sample(text, gold)).why == reason for text in ("", completion("7"), completion(gold)))


@given(
    GOLDS,
    st.sampled_from(("<SOLUTION>{0}", "{0}", "{0}</SOLUTION>", "<SOLUTION></SOLUTION>{0}", "</SOLUTION>{0}<SOLUTION>")),
)
def test_without_a_filled_block_there_is_no_answer(gold, form):
    text = form.format(gold)
    assert scores(text, gold) == (0.0, 0.0)
    assert total(text, gold) < 3.0


# --- examples ---


@pytest.mark.parametrize(
    ("text", "match", "numeric"),
    [
        ("<SOLUTION>1500000</SOLUTION>", 3.0, 1.5),
        ("<SOLUTION>\\boxed{1500000}</SOLUTION>", 3.0, 1.5),
        ("<SOLUTION>Đáp án là: 1500000.</SOLUTION>", 3.0, 1.5),
        ("<SOLUTION>1.500.000 đồng</SOLUTION>", 1.5, 1.5),
        ("<SOLUTION>1500001</SOLUTION>", -1.5, -0.5),
        ("<SOLUTION>Đáp án là:</SOLUTION>", -1.5, -0.5),
        ("<SOLUTION>\\boxed{}</SOLUTION>", -1.5, -0.5),
        ("<SOLUTION>\\boxed{1500000</SOLUTION>", -1.5, -0.5),
        ("<SOLUTION>không phải \\boxed{1500000}</SOLUTION>", -1.5, -0.5),
        ("<SOLUTION>1500000</SOLUTION><SOLUTION>1500000</SOLUTION>", -1.5, -0.5),
        ("<SOLUTION><SOLUTION>1500000</SOLUTION>", -1.5, -0.5),
        ("<SOLUTION>1500000</SOLUTION></SOLUTION>", -1.5, -0.5),
        ("<SOLUTION></SOLUTION>", 0.0, 0.0),
        ("<SOLUTION> \n</SOLUTION>", 0.0, 0.0),
        ("<SOLUTION>1500000", 0.0, 0.0),
        ("1500000</SOLUTION>", 0.0, 0.0),
        ("</SOLUTION>1500000<SOLUTION>", 0.0, 0.0),
        ("\\boxed{1500000}", 0.0, 0.0),
        ("Đáp án là: 1500000", 0.0, 0.0),
        ("", 0.0, 0.0),
    ],
)
def test_where_the_answer_is_taken_from(text, match, numeric):
    assert scores(text) == (match, numeric)


@pytest.mark.parametrize(
    ("text", "match", "numeric"),
    [
        ("ta có \\boxed{1500000}", 3.0, 1.5),
        ("Đáp án là: 1.500.000 đồng.", 1.5, 1.5),
        ("#### 7", -1.5, -0.5),
        ("1500000", 0.0, 0.0),
        ("<SOLUTION>7</SOLUTION> \\boxed{1500000}", -1.5, -0.5),
        ("\\boxed{1500000}<SOLUTION>7</SOLUTION><SOLUTION>7</SOLUTION>", -1.5, -0.5),
        ("ta có $x = -\\boxed{1500000}$", -1.5, -0.5),
    ],
)
def test_anywhere(text, match, numeric):
    assert scores(text, anywhere=True) == (match, numeric)


def test_the_gold_is_unwrapped_too():
    for gold in ("\\boxed{7}", "#### 7", "Đáp án là: 7"):
        assert scores(completion("7"), gold) == scores(completion(gold), gold) == (3.0, 1.5)


def test_a_counted_noun_meets_the_bare_number():
    assert scores(completion("5 quả táo"), "5") == (1.5, 1.5)
    assert scores(completion("5 quả táo"), "5 quả cam") == (-1.5, -0.5)


def test_the_style_decides_the_value():
    assert scores(completion("1.500"), "1500", style="vi") == (1.5, 1.5)
    assert scores(completion("1.500"), "1500", style="en") == (-1.5, -0.5)


@pytest.mark.parametrize(
    ("text", "gold", "match", "numeric"),
    [
        (completion("7"), None, "the gold is missing", "the gold is missing"),
        (completion("7"), "\u200b", "the gold is missing", "the gold is missing"),
        (completion("7"), "7", "'7' is the gold", "'7' is the gold"),
        (completion("7 quả"), "7", "'7 quả' equals the gold '7'", "'7 quả' equals the gold '7'"),
        (completion("số 7"), "7", "'số 7' does not read as the gold '7' as one number", "'số 7' is not one number"),
        (completion("8"), "7", "'8' is not the gold '7'", "'8' is not the gold '7'"),
        (completion(" "), "7", "the answer block is empty", "the answer block is empty"),
        ("<SOLUTION>7", "7", "the answer block is not closed", "the answer block is not closed"),
        ("7", "7", "no answer block", "no answer block"),
        (completion("7") * 2, "7", "more than one answer block", "more than one answer block"),
    ],
)
def test_reasons(text, gold, match, numeric):
    assert [reward()(Sample(text, gold)).why for reward in MATCHES] == [match, numeric]


def test_stated_answer_is_what_both_rewards_compare():
    assert stated_answer(TagFormat().scan(completion("\\boxed{7} kg"))) == "7 kg"
    assert stated_answer(TagFormat().scan("\\boxed{7}")) is None
    assert stated_answer(TagFormat().scan("\\boxed{7}"), anywhere=True) == "7"
    assert stated_answer(SHORT.scan("<SOLUTION>7</SOLUTION> Đáp án: 8"), anywhere=True) == "8"  # a tag of no format
    assert read_number("7 kg").value == 7


@pytest.mark.parametrize("reward", [AnswerMatch, NumericMatch, FormatExact, TagCount])
def test_every_score_among_the_parameters_is_checked_by_its_name(reward):
    for field in fields(reward):
        if field.type is float:
            for bad in (math.nan, -math.inf, "1", None, True):
                with pytest.raises(BadParameter) as error:
                    reward(**{field.name: bad})
                assert str(error.value) == f"{reward.__name__}({field.name}={bad!r}): must be a finite number"
    with pytest.raises(BadParameter) as error:
        reward(tags="<answer>")
    assert str(error.value) == f"{reward.__name__}(tags='<answer>'): must be a TagFormat"


@pytest.mark.parametrize("reward", MATCHES)
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"style": "fr"}, "the number style must be one of vi, en"),
        ({"equal": math.nan}, r"\(equal=nan\): must be a finite number"),
        ({"wrong": math.inf}, r"\(wrong=inf\): must be a finite number"),
        ({"missing": "0"}, r"\(missing='0'\): must be a finite number"),
        ({"tags": "<answer>"}, r"\(tags='<answer>'\): must be a TagFormat"),
    ],
)
def test_a_bad_parameter_is_named(reward, params, message):
    with pytest.raises(BadParameter, match=message):
        reward(**params)


def test_scores_whose_sum_is_infinite_are_refused():
    with pytest.raises(BadParameter, match=r"TagCount\(4 \* once=inf\): must be a finite number"):
        TagCount(once=1e308)
    assert TagCount(once=4e307)(Sample(completion("7"))).value == 1.6e308


@pytest.mark.parametrize("unit", ["1.", "\\boxed{", "Đáp án là: ", "<SOLUTION>5</SOLUTION>", "\u200b"])
def test_a_megabyte_is_scored(unit):
    text = unit * (1_000_000 // len(unit))
    for sample in (Sample(text, "5"), Sample(completion(text), "5"), Sample(completion("5"), text)):
        assert all(reward(sample).why for reward in (*FOUR, AnswerMatch(anywhere=True)))
