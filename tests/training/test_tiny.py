"""The tiny model: its tokenizer keeps the tags, and its warm-up teaches the habits it says."""

import random

import pytest

from vireward import AnswerMatch, FormatExact, Sample, TagFormat
from vireward.training import problems
from vireward.training.data import load_problems, prompt
from vireward.training.tiny import LENGTH, VOCABULARY, build_model, build_tokenizer
from vireward.training.warmup import MIXED_HABITS, SOLVING_HABITS, Lesson, reply, warm_up

pytestmark = pytest.mark.training
TAGS = TagFormat()


@pytest.fixture(scope="module")
def lessons():
    rows = load_problems(str(problems.TRAIN), types=[problems.EASY], limit=64).problems
    return [Lesson(tuple(prompt(row.question, TAGS)), row.solution.partition("\n")[0], row.gold) for row in rows]


@pytest.fixture(scope="module")
def tokenizer(lessons):
    draw = random.Random(0)
    return build_tokenizer([reply(lesson, TAGS, draw, MIXED_HABITS) for lesson in lessons], TAGS)


def test_every_text_survives_the_tokenizer(tokenizer):
    for text in ("<thinking>Ta có 12 - 5 = 7.</thinking><SOLUTION>7</SOLUTION>", "ẵ 🙂 \n\t<think> 1.500.000 đồng"):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_a_tag_is_one_token_and_no_special_one(tokenizer):
    for tag in TAGS.tags:
        ids = tokenizer(tag, add_special_tokens=False)["input_ids"]
        assert len(ids) == 1
        assert ids[0] not in tokenizer.all_special_ids


def test_the_chat_template_is_that_of_llama_3(tokenizer):
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "hỏi"}], tokenize=False, add_generation_prompt=True
    )
    assert text == (
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nhỏi<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )


def test_the_model_has_about_a_million_parameters(tokenizer):
    model = build_model(tokenizer)
    assert 0.8e6 < sum(p.numel() for p in model.parameters()) + (VOCABULARY - len(tokenizer)) * 128 < 1.2e6
    assert model.config.max_position_embeddings >= LENGTH


def test_habits_are_mixed_as_told(lessons):
    draw = random.Random(0)
    samples = [(it, reply(it, TAGS, draw, MIXED_HABITS)) for it in draw.choices(lessons, k=2_000)]
    formed = [FormatExact()(Sample(text)).value > 0 for _, text in samples]
    right = [AnswerMatch()(Sample(text, it.gold)).value == 3.0 for it, text in samples]
    share = {habit.__name__: percent / 100 for percent, habit in MIXED_HABITS}
    assert sum(percent for percent, _ in MIXED_HABITS) == 100
    assert sum(formed) / 2_000 == pytest.approx(share["well_formed"] + share["careless"], abs=0.04)
    both = [f and r for f, r in zip(formed, right, strict=True)]
    assert sum(both) / 2_000 == pytest.approx(share["well_formed"], abs=0.04)


def test_a_solving_reply_always_holds_the_gold_and_a_careless_one_never(lessons):
    draw = random.Random(0)
    careless = next(habit for _, habit in MIXED_HABITS if habit.__name__ == "careless")
    for lesson in lessons:
        assert lesson.gold in reply(lesson, TAGS, draw, SOLVING_HABITS)
        assert AnswerMatch()(Sample(careless(lesson, TAGS, draw), lesson.gold)).value == -1.5


def test_the_warm_up_lowers_the_loss_and_repeats_itself(tokenizer, lessons):
    import torch

    losses = []
    for _ in range(2):
        torch.manual_seed(0)
        model = build_model(tokenizer)
        losses.append([row["loss"] for row in warm_up(model, tokenizer, lessons, tags=TAGS, steps=12, seed=3)])
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]
