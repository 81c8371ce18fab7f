"""`Sample`, `Score`, and the readers of what rewards return and trainers pass."""

import math
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward.errors import BadSample, BadScore
from vireward.messages import message_text
from vireward.records import Answer, Reward, Sample, Score, Verdict, as_score, finite

OUTCOMES = ("scored", "abstained", "timeout", "crashed", "error")


class Scalar:
    """A number of a library that is not imported here, such as NumPy: it only knows how to become a float."""

    def __init__(self, value):
        self.value = value

    def __float__(self):
        return self.value

    def __repr__(self):
        return f"Scalar({self.value!r})"


class Table(Scalar):
    """A wide object: its text takes many lines, and it is no single number."""

    def __float__(self):
        raise TypeError("only length-1 arrays can be converted")

    def __repr__(self):
        return "\n".join(["Table"] * 50)


def message_of(error, call, *args, **kwargs):
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
    return str(caught.value)


# --- Score ---


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**300), 10**300) | st.booleans())
def test_a_finite_number_is_a_scored_value(value):
    score = Score(value, "why")
    assert score.outcome == "scored"
    assert score.value == float(value)
    assert type(score.value) is float


@pytest.mark.parametrize("number", [Scalar(1.5), Fraction(3, 2), Decimal("1.5")])
def test_a_number_of_another_library_becomes_a_float(number):
    for value in (Score(number, "why").value, as_score(number).value, finite(number)):
        assert value == 1.5
        assert type(value) is float


def test_numpy_scalars_are_numbers():
    numpy = pytest.importorskip("numpy")
    for number in (numpy.float64(1.5), numpy.float32(1.5), numpy.float16(1.5)):
        assert type(Score(number, "why").value) is float
        assert Score(number, "why").value == 1.5
    assert Score(numpy.int64(2), "why").value == 2.0
    assert Score(numpy.True_, "why").value == 1.0
    assert "must be a finite number" in message_of(BadScore, Score, numpy.str_("1.5"), "why")


@given(st.sampled_from(OUTCOMES), st.none() | st.floats(-9, 9))
def test_a_value_is_present_just_when_the_outcome_is_scored(outcome, value):
    if value is not None and outcome != "scored":
        assert "only a scored outcome has a value" in message_of(BadScore, Score, value, "why", outcome=outcome)
    else:
        score = Score(value, "why", outcome=outcome)
        assert (score.value is None) is (score.outcome != "scored")


@pytest.mark.parametrize("outcome", OUTCOMES[1:])
def test_an_outcome_without_a_value_is_kept(outcome):
    assert Score(None, "why", outcome=outcome).outcome == outcome


def test_no_value_is_an_abstention():
    assert Score(None, "why").outcome == "abstained"


@pytest.mark.parametrize("outcome", ["", "fine", "Scored", None, ["scored"]])
def test_an_unknown_outcome_is_refused(outcome):
    expected = f"Score(outcome={outcome!r}): must be one of scored, abstained, timeout, crashed, error"
    assert message_of(BadScore, Score, None, "why", outcome=outcome) == expected


NO_NUMBERS = [
    (math.nan, "a reward must be finite, got nan"),
    (math.inf, "a reward must be finite, got inf"),
    (-math.inf, "a reward must be finite, got -inf"),
    (Scalar(math.nan), "a reward must be finite, got nan"),
    ("1.0", "a reward must be a finite number, a Score or None, got '1.0'"),
    (b"1", "a reward must be a finite number, a Score or None, got b'1'"),
    (1j, "a reward must be a finite number, a Score or None, got 1j"),
    ([1.0], "a reward must be a finite number, a Score or None, got [1.0]"),
    ({}, "a reward must be a finite number, a Score or None, got {}"),
    (Verdict.RIGHT, "a reward must be a finite number, a Score or None, got <Verdict.RIGHT: 'right'>"),
]


@pytest.mark.parametrize(("value", "message"), NO_NUMBERS)
def test_what_is_no_finite_number_is_refused(value, message):
    assert message_of(BadScore, Score, value, "why") == message
    assert message_of(BadScore, as_score, value) == message
    assert message_of(BadScore, finite, value) == message


@pytest.mark.parametrize("value", [10**400, Table(0), ["x" * 1_000], "x\n" * 1_000])
def test_a_refusal_is_one_short_line_whatever_was_given(value):
    assert message_of(BadScore, finite, value).startswith("a reward must be a finite number, a Score or None, got ")


def test_a_score_compares_with_its_parts_and_hashes_without_them():
    one, other = (Score(1.0, "sum", {"a": Score(value, "part")}) for value in (1.0, 2.0))
    assert one != other
    assert hash(one) == hash(other)
    assert one == Score(1.0, "sum", {"a": Score(1.0, "part")})


@pytest.mark.parametrize(
    "record",
    [
        Score(1.5, "why", {"a": Score(None, "part", outcome="timeout")}),
        Score(None, "why"),
        Sample("7", "7", "3 + 4 = ?", 3, False, 10, {"type": "x"}),
        Answer("7", "tags"),
        Verdict.NO_ANSWER,
    ],
)
def test_a_record_pickles_and_hashes(record):
    again = pickle.loads(pickle.dumps(record))
    assert again == record
    assert hash(again) == hash(record)


@pytest.mark.parametrize(
    "record", [Score(1.5, "why", {"a": Score(None, "b")}), Sample("7", step=2), Answer("7", "boxed")]
)
def test_a_record_prints_as_the_expression_that_builds_it(record):
    assert eval(repr(record), vars(vireward).copy()) == record


# --- as_score ---


def test_a_score_is_given_back_as_it_is():
    score = Score(1.0, "why")
    assert as_score(score) is score


def test_none_is_an_abstention_with_a_reason():
    assert as_score(None) == Score(None, "abstained without a reason", outcome="abstained")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_a_score_without_a_reason(value):
    assert as_score(value) == Score(value, "no reason given")


# --- Sample ---


def test_a_sample_needs_nothing_but_the_completion():
    sample = Sample("7")
    assert (sample.gold, sample.prompt, sample.tokens, sample.truncated, sample.step) == (None,) * 5
    assert sample.columns == {}


def test_two_samples_do_not_share_their_columns():
    assert Sample("a").columns is not Sample("a").columns


@given(st.text())
def test_a_completion_is_kept_as_it_is(text):
    assert Sample(text, text).completion == text
    assert Sample(text, text).gold == text


@pytest.mark.parametrize(
    ("completion", "kind"), [(None, "NoneType"), (7, "int"), (b"7", "bytes"), ([{"role": "assistant"}], "list")]
)
def test_a_completion_that_is_no_text_is_refused(completion, kind):
    expected = f"Sample(completion=...): must be text, got {kind}; read chat messages with message_text"
    assert message_of(BadSample, Sample, completion) == expected


@pytest.mark.parametrize(
    ("gold", "shown"),
    [(7, "gold=7): must be text or None, got int"), (["7"], "gold=['7']): must be text or None, got list")],
)
def test_a_gold_that_is_no_text_is_refused(gold, shown):
    assert message_of(BadSample, Sample, "7", gold) == f"Sample({shown}"
    message_of(BadSample, Sample, "7", [gold] * 1_000)


def test_a_reward_is_anything_that_can_be_called():
    assert isinstance(lambda sample: 1.0, Reward)
    assert isinstance(vireward.FormatExact(), Reward)
    assert not isinstance("format_exact", Reward)


# --- message_text ---


def assistant(content):
    return {"role": "assistant", "content": content}


@given(st.text())
def test_text_is_itself_in_every_shape(text):
    shapes = [
        text,
        assistant(text),
        {"content": text},
        [assistant(text)],
        (assistant(text),),
        [{"content": text}],
        assistant([{"type": "text", "text": text}]),
        [assistant([{"type": "text", "text": text}])],
        [assistant((text,))],
    ]
    assert [message_text(shape) for shape in shapes] == [text] * len(shapes)


@given(st.lists(st.text(), max_size=4))
def test_the_blocks_of_a_message_are_joined_without_anything_between(texts):
    blocks = [{"type": "text", "text": text} for text in texts]
    assert message_text(assistant(blocks)) == "".join(texts)


@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant", "tool"]), st.text()), max_size=5))
def test_only_the_assistants_messages_are_its_words(turns):
    messages = [{"role": role, "content": text} for role, text in turns]
    assert message_text(messages) == "\n".join(text for role, text in turns if role == "assistant")


@pytest.mark.parametrize(
    ("completion", "text"),
    [
        pytest.param([], "", id="no message"),
        pytest.param({}, "", id="an empty message"),
        pytest.param([assistant(None)], "", id="a message without content"),
        pytest.param([{"role": "assistant", "tool_calls": []}], "", id="a tool call"),
        pytest.param(assistant([]), "", id="no blocks"),
        pytest.param(assistant([{"type": "image"}, {"type": "text", "text": "7"}]), "7", id="an image before the text"),
        pytest.param(assistant([{"type": "text", "text": None}]), "", id="a block without text"),
        pytest.param(
            [assistant("Để tôi tính."), {"role": "tool", "content": "<SOLUTION>7</SOLUTION>"}, assistant("7")],
            "Để tôi tính.\n7",
            id="a tool's result between two messages",
        ),
    ],
)
def test_a_completion_without_words_is_empty_text(completion, text):
    assert message_text(completion) == text


SHAPE = "a completion must be text or chat messages, got"
CONTENT = "the content of a chat message must be text, blocks or null, got"


@pytest.mark.parametrize(
    ("completion", "message"),
    [
        (None, f"{SHAPE} None"),
        (7, f"{SHAPE} 7"),
        (b"7", f"{SHAPE} b'7'"),
        (["7"], "a chat message must be a mapping with role and content, got '7'"),
        ([assistant("7"), None], "a chat message must be a mapping with role and content, got None"),
        ([[assistant("7")]], f"a chat message must be a mapping with role and content, got {[assistant('7')]}"),
        (assistant(7), f"{CONTENT} 7"),
        ([assistant({"text": "7"})], f"{CONTENT} {{'text': '7'}}"),
        (assistant([7]), "a content block must be text or a mapping with it, got 7"),
        (assistant([{"text": 7}]), "a content block must be text or a mapping with it, got {'text': 7}"),
    ],
)
def test_another_shape_is_refused_with_what_is_wrong(completion, message):
    assert message_of(BadSample, message_text, completion) == message


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], assistant, lambda x: assistant([x])])
@pytest.mark.parametrize("wide", [Table(0), dict.fromkeys(range(100)).keys()])
def test_a_refused_shape_is_shown_on_one_short_line(wrap, wide):
    message_of(BadSample, message_text, wrap(wide))
