"""What the strategies draw: every class of completion often enough, and answers whose verdict is known."""

import re
import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vireward.errors import BadParameter
from vireward.extract import _ANCHOR, find_answer
from vireward.judge import compare, judge
from vireward.messages import message_text
from vireward.quantities.digits import STYLES
from vireward.records import Verdict
from vireward.tags import TAG_PRESETS, TagFormat
from vireward.testing import (
    ANCHORS,
    LABELS,
    VOCABULARY,
    Setting,
    batches,
    golds,
    labelled_samples,
    questions,
    samples,
    trl_batches,
)
from vireward.testing.strategies import in_form

settings_of = st.builds(
    Setting, st.sampled_from(TAG_PRESETS).map(TagFormat.preset), st.sampled_from(STYLES), st.just(("đồng",))
)
DRAWN = 500


def draw(strategy, each, times=DRAWN):
    """Hand `times` drawn values to a function."""

    @settings(max_examples=times, database=None, derandomize=True)
    @given(strategy)
    def run(drawn):
        each(drawn)

    run()


# --- questions ---


@settings(max_examples=200)
@given(st.data(), settings_of)
def test_the_answers_of_a_question_are_what_they_are_said_to_be(data, setting):
    question = data.draw(questions(setting))
    for one in (*question.right, question.right[0]):
        assert judge(one.text, question.gold, style=setting.style) is Verdict.RIGHT, one
    for one in (*question.wrong, *question.asserting):
        comparison = compare(one.text, question.gold, style=setting.style)
        assert comparison.verdict is not Verdict.RIGHT, (one, comparison.why)
    assert question.right[0].text == question.gold


@given(st.data(), settings_of)
def test_a_gold_is_readable(data, setting):
    gold = data.draw(golds(setting))
    assert judge(gold, gold, style=setting.style) is Verdict.RIGHT


# --- no law sleeps ---


@pytest.mark.parametrize("preset", TAG_PRESETS)
def test_every_class_of_completion_is_drawn_often(preset):
    setting, seen = Setting(TagFormat.preset(preset), vocabulary=("phở",)), Counter()

    def look(one):
        label, sample = one
        parsed = sample.scanned(setting.tags)
        seen[label] += 1
        seen["well formed"] += parsed.well_formed
        seen["not well formed"] += not parsed.well_formed
        verdict = judge(parsed.answer, sample.gold)
        seen[f"judged {verdict.value}"] += 1
        seen["no gold"] += sample.gold is None
        seen["NFD"] += sample.completion != unicodedata.normalize("NFC", sample.completion)
        seen["Vietnamese"] += bool(re.search("[ấạáàéđờ]", unicodedata.normalize("NFC", sample.completion)))
        seen["own word"] += "phở" in unicodedata.normalize("NFC", sample.completion)
        seen["silent"] += parsed.answer is not None and not parsed.answer.strip()

    draw(labelled_samples(setting), look)
    expected = dict.fromkeys(LABELS, 0.05) | {"well formed": 0.2, "not well formed": 0.2, "judged right": 0.08}
    expected |= {"judged wrong": 0.15, "judged no answer": 0.08, "no gold": 0.04, "NFD": 0.15, "Vietnamese": 0.25}
    expected |= {"own word": 0.05, "silent": 0.02}
    assert {name: seen[name] for name, least in expected.items() if seen[name] < least * DRAWN} == {}


def test_a_completion_that_is_called_right_is_right_and_one_called_wrong_is_not():
    setting, right = Setting(), Counter()

    def look(one):
        label, sample = one
        if sample.gold is not None and label in ("right", "nearly right", "wrong"):
            verdict = judge(sample.scanned(setting.tags).answer, sample.gold)
            assert (verdict is Verdict.RIGHT) == (label == "right"), (label, sample)
            right[label] += 1

    draw(labelled_samples(setting), look)
    assert min(right.values()) > DRAWN * 0.05


def test_batches_have_all_shapes_and_kinds():
    seen = Counter()

    def look(given):
        assert {len(column) for column in given.values()} == {len(given["prompts"])}
        for completion in given["completions"]:
            assert isinstance(message_text(completion), str)
            blocks = not isinstance(completion, str) and not isinstance(completion[0]["content"], str)
            seen["text" if isinstance(completion, str) else "blocks" if blocks else "chat"] += 1

    draw(trl_batches(Setting(), gold="solution"), look, 100)
    assert all(seen[shape] > 20 for shape in ("text", "chat", "blocks"))


@given(batches(Setting(), 4))
def test_a_group_has_one_prompt_and_one_gold(group):
    assert len(group) == 4
    assert len({(sample.prompt, sample.gold) for sample in group}) == 1


@given(samples(Setting(TagFormat("[nghĩ]", "[/nghĩ]", "«", "»"))), st.sampled_from(("NFC", "NFD")))
def test_another_form_leaves_the_tags_as_they_are_written(sample, form):
    setting = Setting(TagFormat("[nghĩ]", "[/nghĩ]", "«", "»"))
    text = in_form(setting, form, sample.completion)
    assert [text.count(tag) for tag in setting.tags.tags] == [sample.completion.count(tag) for tag in setting.tags.tags]
    assert unicodedata.normalize("NFC", text) == unicodedata.normalize("NFC", sample.completion)


# --- the vocabulary ---


def alternatives():
    """The alternatives of the pattern of anchors."""
    depth, parts = 0, [""]
    for char in re.sub(r"\\.", "x", _ANCHOR.pattern):
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return len(parts)


def test_the_vocabulary_holds_the_anchors_in_both_forms():
    assert alternatives() == 4
    found = [find_answer(f"{anchor} 7" if "7" not in anchor else anchor) for anchor in ANCHORS]
    assert all(answer is not None and answer.text == "7" for answer in found), list(zip(ANCHORS, found, strict=True))
    assert {answer.rule for answer in found} == {"anchor", "boxed", "hashes", "conclusion"}
    for anchor in ANCHORS:
        assert {unicodedata.normalize(form, anchor) for form in ("NFC", "NFD")} <= {*VOCABULARY}


@pytest.mark.parametrize(
    "params",
    [{"style": "fr"}, {"tags": "<a>"}, {"vocabulary": "đồng"}, {"vocabulary": ("",)}, {"value_range": (1.0, 0.0)}],
)
def test_a_bad_setting_is_refused(params):
    with pytest.raises(BadParameter):
        Setting(**params)
