"""What `benchmarks/learning.py` teaches: generated Vietnamese problems, and a base model's habits of answering them.

The golds stand in Vietnamese notation: `1.950.000 đồng`, `37 500`, `2,7`. The base answers as pretrained models do: in
several layouts, and with its numbers in several notations, of which the gold's own is one.
"""

import random
import re
from fractions import Fraction

from vireward import Sample, TagFormat, Verdict, judge, read_number
from vireward.rewards.stated import stated_answer
from vireward.training.data import prompt
from vireward.training.problems import casts, notation
from vireward.training.problems.decimals import DECIMAL
from vireward.training.problems.prices import MONEY
from vireward.training.warmup import Habits, Lesson

TAGS = TagFormat()
# A mark between thousands or a decimal comma.
_VIETNAMESE = re.compile(r"(?<![\d.,])\d{1,3}(?:[. ]\d{3})+(?![\d,])|(?<![\d.,])\d+,\d+(?![\d.])")


def lessons(count: int, seed: int, cast: casts.Cast) -> list[Lesson]:
    """Different problems about money and decimal numbers, on the templates in turn."""
    draw, made = random.Random(seed), {}
    templates = (*MONEY, *DECIMAL)
    for number in range(count * 20):
        draft = templates[number % len(templates)](draw, cast)
        made.setdefault(draft.query, Lesson(tuple(prompt(draft.query, TAGS)), draft.steps, draft.gold))
        if len(made) == count:
            break
    return list(made.values())


# --- habits of the base ---


def spelt(value: Fraction, unit: str | None, draw: random.Random) -> str:
    """A number as someone may write it: Vietnamese with or without its unit, plain, or English."""
    kind = draw.choices(("vietnamese", "plain", "english"), weights=(50, 35, 15))[0]
    if value.denominator > 1:
        text = notation.comma(value) if kind == "vietnamese" else str(float(value))
    else:
        text = f"{int(value):,}" if kind == "english" else notation.grouped(int(value), draw.choice(notation.MARKS))
        text = str(int(value)) if kind == "plain" else text
    return f"{text} {unit}" if unit and draw.random() < 0.5 else text


def _answer(lesson: Lesson, draw: random.Random) -> str:
    """The right answer: two times in five as the gold has it."""
    number = read_number(lesson.gold, style="vi")
    assert number is not None
    unit = lesson.gold.lstrip("0123456789., ") or None
    return lesson.gold if draw.random() < 0.4 else spelt(number.value, unit, draw)


def well_formed(lesson: Lesson, tags: TagFormat, draw: random.Random) -> str:
    """Right and laid out as asked."""
    return tags.write(lesson.reasoning, _answer(lesson, draw))


def careless(lesson: Lesson, tags: TagFormat, draw: random.Random) -> str:
    """Laid out as asked, with a guess instead of a calculation."""
    number = read_number(lesson.gold, style="vi")
    assert number is not None
    step = Fraction(1000) if number.value > 1000 else Fraction(1, 10)
    return tags.write("Em đoán.", spelt(abs(number.value + draw.choice((-3, -2, -1, 1, 2, 3)) * step), None, draw))


def unclosed(lesson: Lesson, tags: TagFormat, draw: random.Random) -> str:
    """Right, but the reasoning is not closed."""
    return tags.write(lesson.reasoning, _answer(lesson, draw)).replace("</thinking>", "")


def untagged(lesson: Lesson, _tags: TagFormat, draw: random.Random) -> str:
    """Right, in the words of a school book, without tags."""
    return f"{lesson.reasoning} Đáp án là: {_answer(lesson, draw)}"


SOLVING: Habits = ((3, well_formed), (1, unclosed), (1, untagged))
MIXED: Habits = ((35, well_formed), (25, careless), (15, unclosed), (25, untagged))


# --- what is looked at, and not trained on ---


def right(sample: Sample) -> float:
    """Does the answer block state the gold?"""
    return float(judge(stated_answer(TAGS.scan(sample.completion)), str(sample.gold), style="vi") is Verdict.RIGHT)


def vietnamese(sample: Sample) -> float:
    """Is the number in the answer block written in Vietnamese notation?"""
    answer = stated_answer(TAGS.scan(sample.completion))
    return float(answer is not None and _VIETNAMESE.search(answer) is not None)


def right_vietnamese(sample: Sample) -> float:
    """Both: the gold's value, in Vietnamese notation?"""
    return right(sample) * vietnamese(sample)


def layout(sample: Sample) -> float:
    """Is the completion well formed?"""
    return float(TAGS.scan(sample.completion).well_formed)


LOOKED_AT = {"right": right, "vietnamese": vietnamese, "right_vietnamese": right_vietnamese, "format": layout}
