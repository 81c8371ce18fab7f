"""Hypothesis strategies: completions, golds with known answers, samples and batches, for a user's own setting.

Example row (`labelled_samples(Setting())` → label, completion, gold):

    nearly right    <thinking>Ta có 3 + 4.</thinking>(line end)<SOLUTION>-7</SOLUTION>    7
"""

import functools
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import strategies as st

from vireward.quantities.renderings import Rendering
from vireward.records import Sample
from vireward.testing.setting import WORDS_QUESTIONS, Question, Setting, choice_question, number_question
from vireward.testing.subject import SHAPES, shaped, token_ids
from vireward.testing.vocabulary import FRAGMENTS, both_forms

LABELS = ("right", "nearly right", "wrong", "silent", "broken", "truncated", "hostile", "prose")
THOUGHTS = ("Ta có 3 + 4 = 7.", "First add 3 and 4. Then check.", "Bước 1: lấy 5 × 500.\nBước 2: cộng lại.", "a")
SILENCE = (" ", "", "\n", "\t \n", "\u200b", "\u00a0", "?", "...", "-")
_PROMPTS = ("3 + 4 = ?", "Lan có 3 quả táo, mẹ cho thêm 4 quả. Hỏi Lan có bao nhiêu quả?")
_UNITS = (None, None, None, "đồng", "kg", "%", "quả táo", "giờ")
_TELLING = (7, 25, 1500, 1_500_000, -4, 12, 30, 1000, 0)  # with few digits, with groups, with a sign
_CENTS = (Fraction(5, 2), Fraction(3, 4), Fraction(25, 10), Fraction(9, 8), Fraction(1, 3))


class Labelled(NamedTuple):
    """A sample, and what it was made to be: one of `LABELS`."""

    label: str
    sample: Sample


# --- questions ---


def values() -> st.SearchStrategy[Fraction]:
    """Exact numbers: telling ones, whole ones of any size, decimals and fractions."""
    return st.one_of(
        st.sampled_from(_TELLING).map(Fraction),
        st.integers(0, 999).map(Fraction),
        st.sampled_from(_CENTS),
        st.integers(-(10**9), 10**9).map(Fraction),
        st.integers(1, 9_999).map(lambda n: Fraction(n * 1_000)),
        st.integers(-(10**6), 10**6).map(lambda n: Fraction(n, 100)),
        st.fractions(-9, 99, max_denominator=12),
    )


@functools.cache
def number_questions(setting: Setting) -> st.SearchStrategy[Question]:
    """Questions whose answer is a number, with or without a unit."""
    return st.builds(lambda value, unit: number_question(value, setting.style, unit), values(), st.sampled_from(_UNITS))


@functools.cache
def questions(setting: Setting) -> st.SearchStrategy[Question]:
    """Questions with known right and wrong answers: numbers mostly, choices, words."""
    return st.one_of(
        number_questions(setting),
        number_questions(setting),
        number_questions(setting),
        st.sampled_from("BADC").map(choice_question),
        st.sampled_from(WORDS_QUESTIONS),
    )


@functools.cache
def golds(setting: Setting) -> st.SearchStrategy[str]:
    """Golds in any notation of the setting."""
    return questions(setting).flatmap(lambda question: st.sampled_from([one.text for one in question.right]))


# --- completions ---


@functools.cache
def thoughts(setting: Setting) -> st.SearchStrategy[str]:
    """Reasoning that says something, in Vietnamese and English, often with a word on which a reward may turn."""
    words = _words(setting)
    sentences = st.sampled_from(THOUGHTS)
    led, followed = st.builds("{} 5. {}".format, words, sentences), st.builds("{} {}".format, sentences, words)
    return st.one_of(sentences, followed, led)


def _words(setting: Setting) -> st.SearchStrategy[str]:
    """Words on which a reward may turn, the user's own as often as all others together."""
    own = st.sampled_from(both_forms(setting.vocabulary)) if setting.vocabulary else st.nothing()
    return st.one_of(own, st.sampled_from(setting.words))


def well_formed(setting: Setting, renderings: Sequence[Rendering]) -> st.SearchStrategy[str]:
    """Completions in the format with one of some answers, whether the format can hold it or not."""
    answers = st.sampled_from([one.text for one in renderings])
    return st.builds(setting.laid_out, thoughts(setting), answers)


@functools.cache
def hostile_texts(setting: Setting) -> st.SearchStrategy[str]:
    """Texts of fragments, of the setting's tags and words, and of any characters at all."""
    pieces = st.sampled_from((*setting.tags.tags, *setting.words, *FRAGMENTS))
    joined = st.lists(pieces, max_size=12).map("".join)
    inside = st.builds(setting.laid_out, joined, joined)
    alone = st.sampled_from((*setting.tags.tags, *setting.words))
    return st.one_of(
        joined, inside, st.text(max_size=40), st.builds(setting.laid_out, st.text(max_size=9), joined), alone
    )


@functools.cache
def silent_texts(setting: Setting) -> st.SearchStrategy[str]:
    """Completions whose blocks say nothing."""
    blank = st.sampled_from(SILENCE)
    return st.one_of(
        st.builds(setting.laid_out, blank, blank), st.builds(setting.laid_out, thoughts(setting), blank), blank
    )


@st.composite
def broken_texts(draw: Any, setting: Setting, question: Question) -> str:
    """A right completion with a tag taken away, doubled, cut, in another case, or quoted; or its blocks exchanged."""
    answer = draw(st.sampled_from([one.text for one in question.right]))
    text = setting.laid_out(draw(thoughts(setting)), answer)
    tag = draw(st.sampled_from(setting.tags.tags))
    damages = ("", tag * 2, tag[:-1], tag.upper(), tag.lower(), f"`{tag}`", f"{tag} {answer} {tag}")
    if draw(st.integers(0, 3)) == 0:
        head, opening, tail = text.partition(setting.tags.open_answer)
        return f"{opening}{tail}\n{head}"
    return text.replace(tag, str(draw(st.sampled_from(damages))))


@st.composite
def truncated_texts(draw: Any, setting: Setting, question: Question) -> str:
    """The beginning of a right completion, as a limit of tokens leaves it."""
    text = draw(well_formed(setting, question.right))
    return str(text[: draw(st.integers(0, max(len(text) - 1, 0)))])


def prose(question: Question) -> st.SearchStrategy[str]:
    """Solutions without tags, as other models write them."""
    forms = ("Ta có 3 + 4. Đáp án là: {}", "So the answer is {}.", "$\\boxed{{{}}}$", "Giải\n#### {}", "{}", "Vậy {}")
    answers = st.sampled_from([one.text for one in (*question.right, *question.wrong)])
    return st.builds(lambda form, answer: form.format(answer), st.sampled_from(forms), answers)


def completions(setting: Setting, label: str, question: Question) -> st.SearchStrategy[str]:
    """Completions of one label for a question."""
    near = (*question.wrong, *question.asserting)
    return {
        "right": lambda: well_formed(setting, question.right),
        "nearly right": lambda: well_formed(setting, near),
        "wrong": lambda: st.builds(
            setting.laid_out, thoughts(setting), st.sampled_from(("1000001", "không biết", "E"))
        ),
        "silent": lambda: silent_texts(setting),
        "broken": lambda: broken_texts(setting, question),
        "truncated": lambda: truncated_texts(setting, question),
        "hostile": lambda: hostile_texts(setting),
        "prose": lambda: prose(question),
    }[label]()


# --- samples ---


@st.composite
def labelled_samples(draw: Any, setting: Setting, question: Question | None = None) -> Labelled:
    """A sample with what it was made to be; a few have no gold, and half are in NFD."""
    asked = question or draw(questions(setting))
    label = draw(st.sampled_from(LABELS))
    text = draw(completions(setting, label, asked))
    if draw(st.booleans()):
        text = in_form(setting, "NFD", text)
    gold = asked.gold if draw(st.integers(0, 9)) < 9 else None
    return Labelled(label, sample_of(text, gold, draw(st.sampled_from(_PROMPTS)), step=draw(st.integers(0, 99))))


def samples(setting: Setting) -> st.SearchStrategy[Sample]:
    """Samples of every label."""
    return labelled_samples(setting).map(lambda one: one.sample)


@st.composite
def batches(draw: Any, setting: Setting, size: int = 0) -> list[Sample]:
    """Samples that a trainer hands over together: of any questions, or `size` completions of one prompt."""
    if not size:
        return list(draw(st.lists(samples(setting), min_size=2, max_size=5)))
    question = draw(questions(setting))
    group = draw(st.lists(labelled_samples(setting, question), min_size=size, max_size=size))
    return [sample_of(one.sample.completion, question.gold, _PROMPTS[0]) for one in group]


@st.composite
def trl_batches(draw: Any, setting: Setting, gold: str = "answer") -> dict[str, Any]:
    """The keywords that TRL gives a reward function, completions in one of the shapes that they come in."""
    given, shape = draw(batches(setting)), draw(st.sampled_from(SHAPES))
    return {
        "prompts": [shaped(sample.prompt or "", shape, "user") for sample in given],
        "completions": [shaped(sample.completion, shape) for sample in given],
        "completion_ids": [token_ids(sample.completion) for sample in given],
        gold: [sample.gold for sample in given],
    }


def sample_of(text: str, gold: str | None, prompt: str = _PROMPTS[0], step: int = 0) -> Sample:
    """A sample with all that a trainer knows of it."""
    return Sample(text, gold, prompt, tokens=len(token_ids(text)), truncated=False, step=step)


def in_form(setting: Setting, form: Any, text: str) -> str:
    """A completion in a Unicode form; the tags stay as the format writes them, since they are compared as written."""
    tags = [tag for tag in setting.tags.tags if not tag.isascii()]
    for i, tag in enumerate(tags):
        text = text.replace(tag, f"\ue000{i}\ue001")
    text = unicodedata.normalize(form, text)
    for i, tag in enumerate(tags):
        text = text.replace(f"\ue000{i}\ue001", tag)
    return text
