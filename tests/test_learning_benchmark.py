"""What the benchmark of learning teaches: right answers in several notations, of which the gold's own is one."""

import random
import re

import lessons
import pytest

from vireward import Sample
from vireward.training.problems import casts
from vireward.training.warmup import reply

THOUSANDS_IN_ENGLISH = re.compile(r"<SOLUTION>\d{1,3}(,\d{3})*,\d00\b")  # amounts end in two zeros, decimals in none
TAUGHT = lessons.lessons(300, 1, casts.TRAIN)


def said(habit, seed=0):
    draw = random.Random(seed)
    return [(lesson, habit(lesson, lessons.TAGS, draw)) for lesson in TAUGHT]


@pytest.mark.parametrize("habit", [lessons.well_formed, lessons.unclosed])
def test_an_answer_that_was_worked_out_is_right_in_each_notation_but_the_english_thousands(habit):
    for lesson, text in said(habit):
        assert lessons.right(Sample(text, gold=lesson.gold)) == (THOUSANDS_IN_ENGLISH.search(text) is None)


def test_a_guess_is_wrong():
    assert not any(lessons.right(Sample(text, gold=lesson.gold)) for lesson, text in said(lessons.careless))


def test_all_notations_and_layouts_are_taught():
    samples = [Sample(reply(it, lessons.TAGS, random.Random(n), lessons.MIXED), it.gold) for n, it in enumerate(TAUGHT)]
    for look in lessons.LOOKED_AT.values():
        assert 0.15 < sum(map(look, samples)) / len(samples) < 0.85


def test_held_out_problems_are_about_other_people_and_things():
    taught, held_out = ({it.prompt[1]["content"] for it in made} for made in (TAUGHT, held()))
    assert len(held_out) == 300
    assert not taught & held_out


def held():
    return lessons.lessons(300, 1_001, casts.HELD_OUT)
