"""The tutorial's four functions against the tutorial's own two patterns, run by `re` itself."""

import itertools
import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward.errors import BadSample
from vireward.tutorial import check_answer, check_numbers, match_format_approximately, match_format_exactly

TAGS = ("<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>")
FORMAT = re.compile(
    r"^\s*<thinking>.+?</thinking>.+?<SOLUTION>(.+)</SOLUTION>\s*$", flags=re.MULTILINE | re.DOTALL
)  # cubic on a bad text, hence MAX_LENGTH
NUMBER = re.compile(r"<SOLUTION>.*?([\d\.\,]{1,})", flags=re.MULTILINE | re.DOTALL)
MAX_LENGTH = 300  # characters


# --- the reference: what the tutorial's text says, in the words of its patterns ---


def reference_scores(text, gold):
    """The scores of the four functions, in the order of `scores`."""
    return (reference_format(text), reference_count(text), reference_answer(text, gold), reference_number(text, gold))


def reference_format(text):
    return 3.0 if FORMAT.search(text) else 0.0


def reference_count(text):
    return sum(0.5 if text.count(tag) == 1 else -1.0 for tag in TAGS)


def reference_answer(text, gold):
    match = FORMAT.search(text)
    if match is None:
        return 0.0
    if match.group(1) == gold:
        return 3.0
    return 1.5 if match.group(1).strip() == gold.strip() else -1.5


def reference_number(text, gold):
    match = NUMBER.search(text)
    try:
        return 1.5 if float(match.group(1).strip().replace(",", "")) == float(gold.strip()) else -0.5
    except (AttributeError, ValueError):
        return 0.0


def scores(completion, gold):
    """The four functions on one completion."""
    return (
        *match_format_exactly([completion]),
        *match_format_approximately([completion]),
        *check_answer([""], [completion], [gold]),
        *check_numbers([""], [completion], [gold]),
    )


# --- completions, nearly all of them in or near the format ---

WHITE = ("", "", "\n", "\n", " ", "\t", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\u2028", "\xa0")
DIGITS = ("0", "1", "7", "25", "1500000", ",", ".", "-", "٣", "１", "²", "1,5", "1.500")
WORDS = ("a", "đáp án", "x + y", "<b>", "<thinking", "SOLUTION>", "\u200b", "kg")
# Tags that do not begin a line and tags that do not end one, in front of and behind those that do.
BEFORE = (*WHITE, "x", "x<thinking>", "x<thinking>\n", "<thinking>", "</thinking>\n", "Vâng.\n ")
AFTER = (*WHITE, "x", "</SOLUTION>x", "\n</SOLUTION>x", "x</SOLUTION>", "</SOLUTION>", "\nx", " x\n")
FILLERS = (*WORDS, *DIGITS, *WHITE)
ANSWERS = ("7", " 7", "7\n", "25", "2,5", "1.500", "1500000", "٣", "bảy", "Bảy", "-7", "1e3", ".", "", "nan")
FAULTS = ("drop", "repeat", "insert", "swap")


def pick_pieces(choose, some):
    """A completion in the format, in pieces, and the answer in it.

    Args:
        choose: Picks one of a tuple.
        some: Joins at most so many fillers.
    """
    answer = choose(ANSWERS)
    if choose((True, False)):
        before, reasoning, between = choose(BEFORE), choose(WORDS), "\n"
        inside, after = answer, choose(AFTER)
    else:
        before, reasoning, between = some(2), some(2), some(2)
        inside, after = some(1) + answer + some(1), some(2)
    pieces = [before, TAGS[0], reasoning, TAGS[1], between, TAGS[2], inside, TAGS[3], after]
    return pieces, answer


def harm(pieces, choose):
    """Make one change that a policy makes too: leave out, repeat, put in between, exchange."""
    at, other = choose(tuple(range(len(pieces)))), choose(tuple(range(len(pieces))))
    match choose(FAULTS):
        case "drop":
            del pieces[at]
        case "repeat":
            pieces.insert(other, pieces[at])
        case "insert":
            pieces.insert(at, choose((*TAGS, *FILLERS)))
        case _:
            pieces[at], pieces[other] = pieces[other], pieces[at]


def build(choose, some):
    """A completion and a gold."""
    if choose(tuple(range(20))) == 0:  # any order of anything
        return some(24, (*TAGS, *TAGS, *FILLERS))[:MAX_LENGTH], choose(ANSWERS)
    pieces, answer = pick_pieces(choose, some)
    for _ in range(choose((0, 0, 0, 1, 1, 2, 5))):
        if pieces:
            harm(pieces, choose)
    gold = choose((answer, answer, answer + " ", "\n" + answer, answer.upper(), choose(ANSWERS)))
    return "".join(pieces)[:MAX_LENGTH], gold


@st.composite
def cases(draw):
    return build(
        choose=lambda options: draw(st.sampled_from(options)),
        some=lambda most, of=FILLERS: "".join(draw(st.lists(st.sampled_from(of), max_size=most))),
    )


def seeded_cases(count):
    """The same cases from a fixed seed, so that they can be measured."""
    rng = random.Random(3407)

    def some(most, of=FILLERS):
        return "".join(rng.choices(of, k=rng.randint(0, most)))

    return [build(rng.choice, some) for _ in range(count)]


@given(cases())
def test_every_function_scores_as_the_tutorials_patterns_do(case):
    text, gold = case
    assert scores(text, gold) == reference_scores(text, gold)


def test_the_cases_are_often_enough_in_the_format_and_reach_every_score():
    found = [reference_scores(text, gold) for text, gold in seeded_cases(2_000)]
    exact, counts, answers, numbers = (Counter(column) for column in zip(*found, strict=True))
    assert exact[3.0] > 0.15 * len(found)
    assert exact[0.0] > 0.15 * len(found)
    assert set(counts) == {2.0, 0.5, -1.0, -2.5, -4.0}
    assert all(answers[value] > 0.02 * len(found) for value in (3.0, 1.5, -1.5, 0.0))
    assert all(numbers[value] > 0.02 * len(found) for value in (1.5, -0.5, 0.0))


def test_the_seeded_cases_score_as_the_patterns_do():
    wrong = [(text, gold) for text, gold in seeded_cases(2_000) if scores(text, gold) != reference_scores(text, gold)]
    assert wrong == []


# --- every short text ---


def texts_of(alphabet, longest):
    """All texts of at most so many letters of the alphabet; a letter is a string."""
    for length in range(longest + 1):
        yield from map("".join, itertools.product(alphabet, repeat=length))


def test_format_and_answer_agree_with_the_pattern_on_every_short_text():
    texts = list(texts_of((*TAGS, "a", " ", "\n"), 6))
    golds = ["a"] * len(texts)
    assert match_format_exactly(texts) == list(map(reference_format, texts))
    assert check_answer(texts, texts, golds) == [reference_answer(text, "a") for text in texts]


SHORT_AROUND = [
    # A short text stands for {}, so all of them together go through every place of the layout.
    pytest.param("{}<thinking>a</thinking>\n<SOLUTION>1</SOLUTION>", (TAGS[0], TAGS[1], "a", " ", "\n"), id="before"),
    pytest.param("<thinking>{}<SOLUTION>1</SOLUTION>", (*TAGS[:3], "a", "\n"), id="reasoning"),
    pytest.param("<thinking>a</thinking>{}1</SOLUTION>", (*TAGS[1:], "a", "\n"), id="between"),
    pytest.param("<thinking>a</thinking>\n<SOLUTION>1{}", (TAGS[2], TAGS[3], "1", " ", "\n"), id="after"),
]


@pytest.mark.parametrize(("layout", "alphabet"), SHORT_AROUND)
def test_format_and_answer_agree_with_the_pattern_on_every_short_text_in_a_long_one(layout, alphabet):
    texts = [layout.format(short) for short in texts_of(alphabet, 6)]
    golds = ["1"] * len(texts)
    assert match_format_exactly(texts) == list(map(reference_format, texts))
    assert check_answer(texts, texts, golds) == [reference_answer(text, "1") for text in texts]


def test_numbers_agree_with_the_pattern_on_every_short_text():
    texts = list(texts_of(("<SOLUTION>", "</SOLUTION>", "1", "-", ".", ",", "\n"), 5))
    golds = ["11"] * len(texts)
    assert check_numbers(texts, texts, golds) == [reference_number(text, "11") for text in texts]


# --- long texts: on most of these the patterns take a time quadratic or cubic in the length ---


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("<thinking>a</thinking><SOLUTION>\n", id="never closed"),
        pytest.param("<SOLUTION>", id="openings"),
        pytest.param("</SOLUTION>", id="closings"),
        pytest.param("</SOLUTION>x", id="closings inside a line"),
        pytest.param("<thinking>", id="reasoning openings"),
        pytest.param("x<thinking>", id="reasoning openings inside a line"),
        pytest.param("\n", id="line ends"),
        pytest.param("<SOLUTION>" + " " * 1_000, id="blanks"),
        pytest.param("1", id="digits"),
    ],
)
def test_a_megabyte_is_scored(line):
    text = line * (1_000_000 // len(line))
    assert scores(text, "7")[0] == 0.0
    assert scores(f"<thinking>{text}</thinking>\n<SOLUTION>7</SOLUTION>", "7")[0] == 3.0


# --- how trainers call them ---

GOOD = "<thinking>3 + 4</thinking>\n<SOLUTION>7</SOLUTION>"


@pytest.mark.parametrize(
    "completion",
    [
        pytest.param(GOOD, id="text"),
        pytest.param([{"role": "assistant", "content": GOOD}], id="chat"),
        pytest.param({"role": "assistant", "content": GOOD}, id="one message"),
        pytest.param([{"role": "assistant", "content": [{"type": "text", "text": GOOD}]}], id="blocks"),
    ],
)
def test_a_completion_may_be_text_or_chat_messages(completion):
    assert scores(completion, "7") == (3.0, 2.0, 3.0, 1.5)


def test_each_completion_of_a_batch_is_scored_against_its_own_gold():
    completions, golds = [GOOD, "7", GOOD], ["7", "7", "8"]
    assert match_format_exactly(completions) == [3.0, 0.0, 3.0]
    assert match_format_approximately(completions) == [2.0, -4.0, 2.0]
    assert check_answer(["?"] * 3, completions, golds) == [3.0, 0.0, -1.5]
    assert check_numbers(["?"] * 3, completions, golds) == [1.5, 0.0, -0.5]


def test_what_a_trainer_passes_besides_is_taken_and_ignored():
    batch = {
        "prompts": [[{"role": "user", "content": "3 + 4 = ?"}]],
        "completions": [[{"role": "assistant", "content": GOOD}]],
        "answer": ["7"],
        "completion_ids": [[1, 2, 3]],
        "trainer_state": object(),
    }
    assert match_format_exactly(**batch) == [3.0]
    assert match_format_approximately(**batch) == [2.0]
    assert check_answer(**batch) == [3.0]
    assert check_numbers(**batch) == [1.5]


@pytest.mark.parametrize("function", [check_answer, check_numbers])
def test_fewer_golds_than_completions_are_refused(function):
    with pytest.raises(ValueError, match="shorter"):
        function(["", ""], [GOOD, GOOD], ["7"])


def test_a_completion_that_is_no_text_is_refused():
    with pytest.raises(BadSample, match="a completion must be text or chat messages, got 7"):
        match_format_exactly([7])


@pytest.mark.parametrize(
    ("gold", "answer", "number"),
    [
        ("7", 3.0, 1.5),
        (" 7\n", 1.5, 1.5),
        (7, 3.0, 1.5),
        (7.0, -1.5, 1.5),
        ("7.0", -1.5, 1.5),
        (None, -1.5, 0.0),
        ("", -1.5, 0.0),
        ("bảy", -1.5, 0.0),
        ("8", -1.5, -0.5),
        ("nan", -1.5, -0.5),
    ],
)
def test_a_gold_may_be_a_number_or_missing(gold, answer, number):
    assert scores(GOOD, gold) == (3.0, 2.0, answer, number)


# --- what its rules get wrong, and `vireward.rewards` does not: sums of the four with gold 1500000 ---


@pytest.mark.parametrize(
    ("answer", "total"),
    [
        ("1500000", 9.5),
        ("1.500.000", 3.5),  # right
        ("1 500 000 đồng", 3.0),  # right
        ("1000000", 3.0),
        ("-1500000", 5.0),  # wrong, yet above an honest wrong answer
        ("không phải 1500000", 5.0),
        ("1500000 hoặc 5", 5.0),
        ("?", 3.5),
        ("không biết", 3.5),
        ("\u200b", 3.5),
        (" ", 3.5),
    ],
)
def test_the_sum_is_what_the_tutorials_rules_give(answer, total):
    completion = f"<thinking>Ta có 3 × 500000.</thinking>\n<SOLUTION>{answer}</SOLUTION>"
    assert sum(scores(completion, "1500000")) == total


def test_tags_with_white_space_inside_earn_more_than_an_honest_wrong_answer():
    assert sum(scores("<thinking> </thinking>\n<SOLUTION> </SOLUTION>", "1500000")) == 3.5


@pytest.mark.parametrize(
    ("text", "gold", "expected"),
    [
        pytest.param("<SOLUTION>2,5</SOLUTION>", "25", 1.5, id="a comma is dropped"),
        pytest.param("<SOLUTION>-7</SOLUTION>", "7", 1.5, id="a sign is not seen"),
        pytest.param("<SOLUTION>.</SOLUTION>", "7", 0.0, id="a mark alone is no number"),
        pytest.param("<SOLUTION></SOLUTION> 7", "7", 1.5, id="a number behind the block counts"),
        pytest.param("7 <SOLUTION></SOLUTION>", "7", 0.0, id="one before it does not"),
        pytest.param("<SOLUTION>3 + 4 = 7</SOLUTION>", "7", -0.5, id="the first number counts"),
    ],
)
def test_numbers_are_read_as_the_tutorial_reads_them(text, gold, expected):
    assert check_numbers([""], [text], [gold]) == [expected] == [reference_number(text, gold)]
