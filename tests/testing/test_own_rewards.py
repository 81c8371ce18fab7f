"""Every registered reward, in every format that has a name, keeps every law."""

import pytest
from hypothesis import settings

from vireward import (
    AnswerMatch,
    ChoiceMatch,
    FormatExact,
    NumericMatch,
    TagCount,
    TagFormat,
    gate,
    make,
    per_group,
    registry,
    weighted,
)
from vireward.quantities.digits import STYLES
from vireward.tags import TAG_PRESETS
from vireward.testing import check_reward

EXAMPLES = settings.default.max_examples // 4
# The laws that look at the layout or at the answer; how a reward is called does not depend on the format.
OF_FORMATS = ("total", "normalisation_blind", "notation_blind", "separates_values", "wrong_never_beats_right")
OF_FORMATS += ("blank_blocks", "nothing_outside", "linear_time", "comes_back")
# The parameters that a reward cannot do without, and the range that its docstring declares.
PARAMS = {
    "answer_match": ({}, (-1.5, 3.0)),
    "choice_match": ({}, (-1.5, 3.0)),
    "cosine_length": ({"limit": 64, "correct": NumericMatch()}, (-10.0, 2.0)),
    "diversity": ({}, (0.0, 1.0)),
    "forbidden_text": ({"texts": ("không biết",)}, (-1.0, 0.0)),
    "format_exact": ({}, (0.0, 3.0)),
    "language_share": ({}, (0.0, 1.0)),
    "numeric_match": ({}, (-0.5, 1.5)),
    "overlong": ({"limit": 16, "margin": 8}, (-1.0, 0.0)),
    "pattern": ({"pattern": "[0-9]+"}, (0.0, 1.0)),
    "reasoning_steps": ({}, (0.0, 1.0)),
    "relative_length": ({"correct": NumericMatch()}, (-0.5, 0.5)),
    "repetition": ({}, (-1.0, 0.0)),
    "tag_count": ({}, (-4.0, 2.0)),
}
FORMATS = [TagFormat.preset(name) for name in TAG_PRESETS]
FORMATS += [TagFormat.preset(name, prefilled=True) for name in TAG_PRESETS if name != "gsm8k"]
FORMATS += [TagFormat("[nghĩ]", "[/nghĩ]", "«", "»", needs_reasoning=False), TagFormat(None, None, "<a>", "</a>")]
AWAKE = {"notation_blind", "separates_values", "wrong_never_beats_right"}  # in all of what is below


def test_every_registered_reward_is_here():
    own = {name for name, factory in registry._factories.items() if factory.__module__.startswith("vireward.")}
    assert own == {*PARAMS}


@pytest.mark.parametrize("name", PARAMS)
def test_a_registered_reward_keeps_every_law(name):
    params, value_range = PARAMS[name]
    results = check_reward(make(name, **params), value_range=value_range, max_examples=EXAMPLES)
    held = {law for law, told in results.items() if told == "holds"}
    assert held >= {"total", "finite", "in_range", "normalisation_blind", "linear_time", "comes_back", "pickles"}
    assert (held >= AWAKE) == (name in ("answer_match", "numeric_match", "choice_match", "cosine_length"))
    assert ({"blank_blocks", "nothing_outside"} <= held) == (name == "format_exact")


def four(tags, style):
    """The tutorial's four in one, as a run has them by default."""
    match, numeric = AnswerMatch(tags, style=style), NumericMatch(tags, style=style)
    return weighted(
        shape=(1.0, FormatExact(tags)), tags=(1.0, TagCount(tags)), answer=(1.0, match), number=(1.0, numeric)
    )


def gated(tags, style):
    return gate(NumericMatch(tags, style=style, anywhere=True), when=FormatExact(tags))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("tags", FORMATS, ids=repr)
@pytest.mark.parametrize("build", [four, gated])
def test_a_composition_keeps_every_law_in_every_format(build, tags, style):
    results = check_reward(build(tags, style), tags=tags, style=style, laws=OF_FORMATS, max_examples=EXAMPLES // 2)
    held = {law for law, told in results.items() if told == "holds"}
    assert held >= AWAKE
    assert ("blank_blocks" in held) == (tags.close_reasoning is not None)
    assert ("nothing_outside" in held) == (tags.close_reasoning is not None and tags.kind == "block")


@pytest.mark.parametrize("name", TAG_PRESETS)
def test_the_default_composition_keeps_every_law_in_every_preset(name):
    tags = TagFormat.preset(name)
    results = check_reward(four(tags, "vi"), tags=tags, value_range=(-6.0, 9.5), max_examples=EXAMPLES // 2)
    assert {law for law, told in results.items() if told != "holds"} <= {"blank_blocks", "nothing_outside"}


@pytest.mark.parametrize("build", [AnswerMatch, NumericMatch, ChoiceMatch])
def test_a_reward_that_looks_anywhere_keeps_every_law(build):
    results = check_reward(build(anywhere=True, style="en"), style="en", max_examples=EXAMPLES)
    assert {law for law, told in results.items() if told == "holds"} >= AWAKE


def test_a_composition_with_groups_keeps_every_law():
    reward = weighted(new=(0.2, per_group(make("diversity"), size=4)), right=(1.0, AnswerMatch()))
    assert check_reward(reward, max_examples=EXAMPLES)["order_equivariant"] == "holds"
