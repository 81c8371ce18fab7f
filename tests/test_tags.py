"""`TagFormat`, its scanner, and the two rewards that look at nothing but the tags."""

import copy
import itertools
import pickle
import sys
import unicodedata
from dataclasses import FrozenInstanceError, fields

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import vireward
from vireward.errors import BadParameter
from vireward.layout.visible import is_blank, says_something
from vireward.records import Sample
from vireward.rewards import FormatExact, TagCount
from vireward.tags import TagFormat

DEFAULT = TagFormat()
SHORT = TagFormat("<think>", "</think>", "<answer>", "</answer>")
CUSTOM = TagFormat("[[", "]]", "@", "đáp án:")
TAGS = DEFAULT.tags

WHITE = (" ", "\n", "\t", "\r", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\u2028", "\xa0", "\u3000")
SILENT = (".", "?", "…", "—", "-", "$", "|", "「", "\u200b", "\ufeff", "\u2060", "\u3164", "\u2800", "\x00", "\u0301")
TALKING = ("a", "đ", "7", "٣", "½", "√", "₫", "漢", "ệ")

# --- any order of anything, and completions that are nearly well formed ---

some_white = st.lists(st.sampled_from(WHITE), max_size=2).map("".join)
some_silence = st.lists(st.sampled_from(WHITE + SILENT), max_size=3).map("".join)
said = st.tuples(some_silence, st.sampled_from(TALKING), some_silence).map("".join)
pieces = st.one_of(st.sampled_from(TAGS), st.sampled_from(WHITE + SILENT + TALKING))
anything = st.lists(pieces, max_size=14).map("".join)


def laid_out(before, reasoning, between, answer, after):
    """A completion with these five pieces around and between the four tags."""
    return f"{before}{TAGS[0]}{reasoning}{TAGS[1]}{between}{TAGS[2]}{answer}{TAGS[3]}{after}"


well_formed_texts = st.builds(laid_out, some_white, said, some_white, said, some_white)
nearly = st.builds(
    laid_out, some_white, said | some_silence, some_white | some_silence, said | some_silence, some_white | anything
)
texts = st.one_of(well_formed_texts, nearly, anything)


# --- oracles, written without the scanner ---


def is_well_formed(text, tags=TAGS):
    """The grammar: cut the text at each tag in turn, and look at the five pieces."""
    pieces = []
    for tag in tags:
        piece, found, text = text.partition(tag)
        if not found:
            return False
        pieces.append(piece)
    before, reasoning, between, answer, after = *pieces, text
    return (
        not any(tag in piece for tag in tags for piece in (*pieces, text))
        and set(before + between + after) <= set(WHITE)
        and any(c in reasoning for c in TALKING)
        and any(c in answer for c in TALKING)
    )


def one_answer(text):
    """The answer by cutting: just one opening, and behind it just one closing tag of the whole text."""
    parts = text.split(TAGS[2])
    if len(parts) != 2 or text.count(TAGS[3]) != 1 or TAGS[3] not in parts[1]:
        return None
    return parts[1].split(TAGS[3])[0]


# --- what the scanner finds ---


@given(texts)
def test_counts_and_first_places_are_those_of_the_naive_definition(text):
    parsed = DEFAULT.scan(text)
    places = [[i for i in range(len(text)) if text.startswith(tag, i)] for tag in TAGS]
    assert parsed.counts == tuple(map(len, places))
    assert parsed.first == tuple(found[0] if found else -1 for found in places)
    assert parsed.text == text
    assert parsed.format == DEFAULT


@given(texts)
def test_a_text_is_well_formed_just_when_the_grammar_says_so(text):
    parsed = DEFAULT.scan(text)
    assert parsed.well_formed is is_well_formed(text)
    assert (parsed.fault is None) is parsed.well_formed


def test_the_grammar_decides_every_short_text():
    alphabet = (*TAGS, "a", " ", "?")
    for length in range(7):
        for letters in itertools.product(alphabet, repeat=length):
            text = "".join(letters)
            assert DEFAULT.scan(text).well_formed is is_well_formed(text), text


@given(well_formed_texts)
def test_a_completion_in_the_layout_is_well_formed(text):
    assert DEFAULT.scan(text).fault is None


@given(texts)
def test_the_answer_is_what_stands_in_the_one_answer_block(text):
    parsed = DEFAULT.scan(text)
    assert parsed.answer == one_answer(text)
    assert parsed.answer_blocks == max(text.count(TAGS[2]), text.count(TAGS[3]))


@pytest.mark.parametrize(
    ("text", "answer", "blocks"),
    [
        ("<SOLUTION>7</SOLUTION>", "7", 1),
        ("</thinking><SOLUTION>7</SOLUTION><thinking>", "7", 1),
        ("<SOLUTION></SOLUTION>", "", 1),
        ("<SOLUTION>7", None, 1),
        ("7</SOLUTION>", None, 1),
        ("</SOLUTION>7<SOLUTION>", None, 1),
        ("<SOLUTION>7</SOLUTION><SOLUTION>", None, 2),
        ("<SOLUTION>7</SOLUTION></SOLUTION>", None, 2),
        ("7", None, 0),
        ("", None, 0),
    ],
)
def test_only_one_pair_makes_an_answer(text, answer, blocks):
    parsed = DEFAULT.scan(text)
    assert (parsed.answer, parsed.answer_blocks) == (answer, blocks)


# --- what breaks a well-formed completion ---


@given(well_formed_texts, st.sampled_from(SILENT + TALKING + TAGS))
def test_anything_but_white_space_outside_the_blocks_breaks_the_layout(text, extra):
    assert not DEFAULT.scan(extra + text).well_formed
    assert not DEFAULT.scan(text + extra).well_formed
    between = text.replace(TAGS[1], TAGS[1] + extra)
    assert not DEFAULT.scan(between).well_formed


@given(well_formed_texts, some_white, some_white)
def test_white_space_around_the_blocks_does_not(text, before, after):
    assert DEFAULT.scan(before + text + after).well_formed


@given(some_silence)
def test_a_block_that_says_nothing_is_no_block(silence):
    assert DEFAULT.scan(laid_out("", silence, "", "7", "")).fault == "the reasoning block says nothing"
    assert DEFAULT.scan(laid_out("", "3 + 4", "", silence, "")).fault == "the answer block says nothing"


@given(well_formed_texts, st.sampled_from(TAGS))
def test_a_tag_left_out_or_repeated_is_named(text, tag):
    assert DEFAULT.scan(text.replace(tag, "")).fault == f"{tag} stands 0 times, needs exactly one"
    assert DEFAULT.scan(text.replace(tag, tag + tag)).fault == f"{tag} stands 2 times, needs exactly one"


@given(st.permutations(TAGS))
def test_the_tags_stand_in_one_order_only(order):
    text = "a".join(order)
    expected = None if tuple(order) == TAGS else "the tags are out of order"
    fault = DEFAULT.scan(text.replace(TAGS[1] + "a", TAGS[1])).fault
    assert fault == expected


def test_text_outside_the_blocks_is_named():
    assert DEFAULT.scan("Vâng. " + laid_out("", "3 + 4", "\n", "7", "")).fault == "text outside the two blocks"


@pytest.mark.parametrize("char", SILENT + WHITE)
def test_a_silent_character_says_nothing(char):
    assert not says_something(char * 3)


@pytest.mark.parametrize("char", TALKING)
def test_a_letter_number_or_symbol_says_something(char):
    assert says_something(f" {char}.")


def test_a_character_says_as_much_in_its_parts():
    # `≠` in two parts is a `=`, which says nothing, and a stroke.
    composed = [char for char in map(chr, range(sys.maxunicode + 1)) if unicodedata.decomposition(char)]
    assert "≠" in composed
    for saying in (says_something, is_blank):
        assert [c for c in composed if saying(c) != saying(unicodedata.normalize("NFD", c))] == []


@pytest.mark.parametrize("text", [None, "", *WHITE, "\u200b", "\u3164", "\u2800", "\x00", " \ufeff\n"])
def test_nothing_to_be_seen_is_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize("text", [".", "?", "a", " 7 ", "\u200b-"])
def test_a_mark_is_not_blank(text):
    assert not is_blank(text)


# --- the scores ---


@given(texts)
def test_format_exact_scores_the_layout(text):
    score = FormatExact()(Sample(text))
    assert score.value == (3.0 if is_well_formed(text) else 0.0)
    assert score.why == (DEFAULT.scan(text).fault or "well formed")


@given(texts)
def test_tag_count_scores_each_tag_that_stands_once(text):
    once = sum(text.count(tag) == 1 for tag in TAGS)
    assert TagCount()(Sample(text)).value == {4: 2.0, 3: 0.5, 2: -1.0, 1: -2.5, 0: -4.0}[once]


@given(st.permutations(TAGS), st.sampled_from(TALKING))
def test_tag_count_does_not_look_at_the_order(order, glue):
    assert TagCount()(Sample(glue.join(order))).value == 2.0


@given(texts, st.integers(-8, 8), st.integers(-8, 8))
def test_the_scores_are_the_parameters(text, high, low):
    exact = FormatExact(well_formed=high, malformed=low)(Sample(text))
    assert exact.value == (high if is_well_formed(text) else low)
    once = sum(text.count(tag) == 1 for tag in TAGS)
    assert TagCount(once=high, otherwise=low)(Sample(text)).value == once * high + (4 - once) * low


def test_tag_count_says_which_tags_are_wrong():
    score = TagCount()(Sample("<thinking>a</thinking><SOLUTION>7<SOLUTION>"))
    assert (score.value, score.why) == (-1.0, "<SOLUTION> 2 times, </SOLUTION> 0 times")
    assert TagCount()(Sample("".join(TAGS))).why == "each tag stands once"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: FormatExact(tags="<think>"), "FormatExact(tags='<think>'): must be a TagFormat"),
        (lambda: FormatExact(well_formed=float("nan")), "FormatExact(well_formed=nan): must be a finite number"),
        (lambda: FormatExact(malformed="0"), "FormatExact(malformed='0'): must be a finite number"),
        (lambda: TagCount(tags=None), "TagCount(tags=None): must be a TagFormat"),
        (lambda: TagCount(once=float("inf")), "TagCount(once=inf): must be a finite number"),
        (lambda: TagCount(otherwise=True), "TagCount(otherwise=True): must be a finite number"),
    ],
)
def test_a_bad_parameter_of_a_reward_is_named(build, message):
    with pytest.raises(BadParameter) as caught:
        build()
    assert str(caught.value) == message


def test_an_integer_beyond_the_largest_float_is_no_finite_score():
    with pytest.raises(BadParameter, match=r"FormatExact\(well_formed=1000"):
        FormatExact(well_formed=10**400)


# --- tags of one's own choice ---


def renamed(text, tags):
    for tag, other in zip(TAGS, tags, strict=True):
        text = text.replace(tag, other)
    return text


@pytest.mark.parametrize("custom", [SHORT, CUSTOM])
@given(texts)
def test_renaming_the_tags_changes_nothing_else(custom, text):
    ours, theirs = DEFAULT.scan(text), custom.scan(renamed(text, custom.tags))
    assert (theirs.counts, theirs.well_formed) == (ours.counts, ours.well_formed)
    assert theirs.answer == (None if ours.answer is None else renamed(ours.answer, custom.tags))
    assert theirs.fault == (None if ours.fault is None else renamed(ours.fault, custom.tags))
    for reward in (FormatExact, TagCount):
        assert reward(tags=custom)(Sample(renamed(text, custom.tags))).value == reward()(Sample(text)).value


@given(texts)
def test_case_counts_in_a_tag(text):
    assume(any(tag in text for tag in TAGS[2:]))
    parsed = DEFAULT.scan(text.replace("SOLUTION", "solution"))
    assert parsed.counts[2:] == (0, 0)
    assert parsed.answer is None


# The second tag ends with the letter with which the third begins, and so on.
CHAINED = TagFormat("1>", ">2", "2>>", ">>>3")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1>2 a 2>>b>>>3", id="the reasoning tags share a character"),
        pytest.param("1>a>2>>b>>>3", id="the end of the reasoning is the beginning of the answer"),
        pytest.param("1>a>2 2>>>3", id="the answer tags share two characters"),
    ],
)
def test_tags_that_share_characters_are_no_layout(text):
    assert CHAINED.scan(text).fault == "the tags are out of order"


def test_tags_that_could_share_characters_and_do_not_are_one():
    parsed = CHAINED.scan("1>a>2 2>>b>>>3")
    assert (parsed.fault, parsed.answer) == (None, "b")


def test_answer_tags_that_share_characters_have_no_answer():
    assert CHAINED.scan("2>>>3").answer is None


def test_the_prompt_names_the_tags_in_their_order():
    prompt = SHORT.system_prompt()
    places = [prompt.index(tag) for tag in SHORT.tags]
    assert places == sorted(places)
    assert all(prompt.count(tag) == 1 for tag in SHORT.tags)


# --- the constructor ---


NAMES = ("open_reasoning", "close_reasoning", "open_answer", "close_answer")


@pytest.mark.parametrize(
    ("name", "tag"), [*itertools.product(NAMES, ("", " ", "\n\t", 7, b"<think>", False)), ("open_answer", None)]
)
def test_a_tag_that_is_no_text_or_blank_is_refused(name, tag):
    with pytest.raises(BadParameter) as caught:
        TagFormat(**{name: tag})
    assert str(caught.value) == f"TagFormat({name}={tag!r}): a tag must be text that is not blank"


@pytest.mark.parametrize(("name", "other"), [*itertools.permutations(NAMES, 2)])
@pytest.mark.parametrize("around", ["{}", "{}>", "<{}", "<<{}>>"])
def test_a_tag_within_another_is_refused(name, other, around):
    with pytest.raises(BadParameter) as caught:
        TagFormat(**{name: "<tag>", other: around.format("<tag>")})
    message = str(caught.value)
    assert "no tag may be contained in another" in message
    assert "='<tag>')" in message


def test_the_message_of_a_tag_within_another_shows_all_four():
    with pytest.raises(BadParameter) as caught:
        TagFormat(open_answer="SOLUTION")
    assert str(caught.value) == (
        "TagFormat(open_answer='SOLUTION'): no tag may be contained in another, "
        "got ('<thinking>', '</thinking>', 'SOLUTION', '</SOLUTION>')"
    )


@pytest.mark.parametrize("value", [DEFAULT, SHORT, CUSTOM, FormatExact(SHORT), TagCount(CUSTOM, once=1)])
def test_it_is_a_value(value):
    again = [pickle.loads(pickle.dumps(value)), copy.deepcopy(value), eval(repr(value), vars(vireward).copy())]
    assert all(other == value and hash(other) == hash(value) for other in again)
    assert value != TagFormat("a", "b", "c", "d")
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[0].name, "x")


def test_a_parsed_text_pickles_too():
    parsed = SHORT.scan("<think>a</think><answer>7</answer>")
    assert pickle.loads(pickle.dumps(parsed)) == parsed
    assert "a</think>" not in repr(parsed)
