"""The easy problems: one addition or subtraction of small numbers, in a short sentence."""

import random
from typing import Final, TypeVar

from vireward.training.problems.casts import classifier
from vireward.training.problems.draft import Draft
from vireward.training.problems.easy_wording import Wording

T = TypeVar("T")

DIGITS: Final = range(1, 10)
# (a, b, a op b): all sums of two digits, and all subtractions that undo one of them.
ADD: Final = tuple((a, b, a + b) for a in DIGITS for b in DIGITS)
SUB: Final = tuple((c + b, b, c) for c in DIGITS for b in DIGITS)

# No name and no object: all that is left to decide is the operation and the result.
ADD_STEPS: Final = ("Ta có phép tính {}.", "Lấy {}.", "Làm phép cộng: {}.", "Ta tính: {}.")
SUB_STEPS: Final = ("Ta có phép tính {}.", "Lấy {}.", "Làm phép trừ: {}.", "Ta tính: {}.")


def drafts(wording: Wording, count: int, rng: random.Random) -> list[Draft]:
    """`count` different problems, half of them additions, facts and templates used as evenly as can be."""
    half = count // 2
    made: dict[str, Draft] = {}
    for sign, facts, templates, steps in (("+", ADD, wording.add, ADD_STEPS), ("-", SUB, wording.sub, SUB_STEPS)):
        pairs = zip(_evenly(facts, half, rng), _evenly(templates, half, rng), strict=True)
        for (a, b, result), (kinds, sentence) in pairs:
            # A bare sum can be asked in one way only; when it has been, another sentence asks it.
            query = _query(wording, kinds, sentence, (a, b), rng)
            while query in made:
                query = _query(wording, *rng.choice(templates), (a, b), rng)
            made[query] = Draft(query, rng.choice(steps).format(f"{a} {sign} {b} = {result}"), str(result))
    return rng.sample(list(made.values()), len(made))


def _evenly(things: tuple[T, ...], count: int, rng: random.Random) -> list[T]:
    """`count` of the things in random order, each used as often as any other, give or take one."""
    rounds = [rng.sample(things, len(things)) for _ in range(-(-count // len(things)))]
    return [thing for one in rounds for thing in one][:count]


def _query(wording: Wording, kinds: str, sentence: str, pair: tuple[int, int], rng: random.Random) -> str:
    x, y = rng.sample(wording.names, 2)
    thing = rng.choice(wording.objects[rng.choice(kinds.split())])
    return sentence.format(x=x, y=y, a=pair[0], b=pair[1], o=thing, c=classifier(thing))
