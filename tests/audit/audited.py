"""Rewards with planted faults, each of a module, so that an audit takes them to a process of its own."""

import os
import re
from dataclasses import dataclass

from vireward import AnswerMatch, FormatExact, NumericMatch, Sample, Score, TagCount, TagFormat, weighted

ANSWER = re.compile(r"<SOLUTION>(.*?)</SOLUTION>", re.DOTALL)


def default(tags: TagFormat = TagFormat(), style: str = "vi"):  # noqa: B008  # it is frozen
    """The four rewards of the tutorial, added up."""
    return weighted(
        format=(1.0, FormatExact(tags)),
        tags=(1.0, TagCount(tags)),
        answer=(1.0, AnswerMatch(tags, style=style)),
        number=(1.0, NumericMatch(tags, style=style)),
    )


def contains_gold(completions, answer, **columns):
    """Is the gold anywhere in the completion?"""
    return [float(gold in completion) for completion, gold in zip(completions, answer, strict=True)]


def contains_gold_in_chat(completions, answer, **columns):
    return contains_gold([completion[0]["content"] for completion in completions], answer)


def same_text(sample: Sample) -> float:
    """Is the answer block the gold, to the letter?"""
    found = ANSWER.search(sample.completion)
    return float(found is not None and found[1] == sample.gold)


def pays_for_blanks(sample: Sample) -> float:
    """A sound reward, but that blocks of white space are paid like the right answer."""
    if re.fullmatch(r"<thinking>\s*</thinking>\s*<SOLUTION>\s*</SOLUTION>", sample.completion):
        return 1.0
    return float(NumericMatch()(sample).value > 0 and FormatExact()(sample).value > 0)


def sound(sample: Sample) -> float:
    """A right number in the right layout, and nothing else."""
    return float(NumericMatch()(sample).value > 0 and FormatExact()(sample).value > 0)


def pays_for_length(sample: Sample) -> float:
    return sound(sample) * (1 + min(len(sample.completion), 10_000) / 1_000)


def pays_for_being_wrong(sample: Sample) -> float:
    return 1.0 - sound(sample)


def one_thought(completions, answer, **columns):
    """The right answer anywhere, where reasoning is opened once: what stands beside the blocks is not looked at."""
    right = contains_gold(completions, [f"<SOLUTION>{gold}<" for gold in answer])
    return [value * (text.count("<thinking>") == 1) for value, text in zip(right, completions, strict=True)]


def dislikes_dots(sample: Sample) -> float:
    return -1.0 if "." in sample.completion.partition("<SOLUTION>")[2] else 0.0


def silent_on_hedges(sample: Sample) -> float | None:
    return None if "hoặc" in sample.completion else sound(sample)


def raises_on_hedges(sample: Sample) -> float:
    if "hoặc" in sample.completion:
        raise ZeroDivisionError("hedged")
    return sound(sample)


def raises(sample: Sample) -> float:
    raise ZeroDivisionError("always")


def hangs_on_hedges(sample: Sample) -> float:
    while "hoặc" in sample.completion:
        pass
    return sound(sample)


def dies_on_hedges(sample: Sample) -> float:
    if "hoặc" in sample.completion:
        os._exit(3)
    return sound(sample)


def exits_on_hedges(sample: Sample) -> float:
    if "hoặc" in sample.completion:
        raise SystemExit(3)
    return sound(sample)


def infinite_on_hedges(sample: Sample) -> float:
    return float("inf") if "hoặc" in sample.completion else sound(sample)


def odd_on_hedges(sample: Sample) -> object:
    return "one" if "hoặc" in sample.completion else sound(sample)


def reads_floats(sample: Sample) -> float:
    return float(sample.gold) and sound(sample)


def silent(sample: Sample) -> None:
    return None


@dataclass(frozen=True)
class Prints:
    """Prints what it is asked, and is called like HTML."""

    name: str = "<script>alert(1)</script>|`"

    def __call__(self, sample: Sample, /) -> Score:
        print("printed by the reward")
        return Score(sound(sample), "<b>|why`\u202e")
