"""Reward functions that people paste from notebooks, written anew from what they are described to do.

They are here for their faults: the kit has to find these without being told where to look.
"""

import re

# --- a notebook's four: the format, the tags, the answer and the number, for chat messages ---

_OPEN, _CLOSE, _ANSWER, _END = "<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>"
_LAYOUT = re.compile(rf"^\s*{_OPEN}.+?{_CLOSE}.+?{_ANSWER}(.+){_END}\s*$", re.MULTILINE | re.DOTALL)
_FIRST_NUMBER = re.compile(rf"{_ANSWER}.*?([\d.,]+)", re.DOTALL)


def _said(completion):
    return completion[0]["content"]


def notebook_format(completions, **kwargs):
    return [3.0 if _LAYOUT.search(_said(one)) else 0.0 for one in completions]


def notebook_tags(completions, **kwargs):
    return [
        sum(0.5 if _said(one).count(tag) == 1 else -1.0 for tag in (_OPEN, _CLOSE, _ANSWER, _END))
        for one in completions
    ]


def notebook_answer(prompts, completions, answer, **kwargs):
    scores = []
    for one, gold in zip(completions, answer, strict=True):
        found = _LAYOUT.search(_said(one))
        scores.append(0.0 if found is None else _closeness(found[1], gold))
    return scores


def _closeness(guess, gold):
    if guess == gold:
        return 3.0
    if guess.strip() == gold.strip():
        return 1.5
    try:
        ratio = float(guess) / float(gold)
    except (ValueError, ZeroDivisionError):
        return -1.5
    return 1.0 if 0.9 <= ratio <= 1.1 else 0.5 if 0.8 <= ratio <= 1.2 else -1.5


def notebook_number(prompts, completions, answer, **kwargs):
    scores = []
    for one, gold in zip(completions, answer, strict=True):
        found = _FIRST_NUMBER.search(_said(one))
        try:
            right = found is not None and float(found[1].replace(",", "")) == float(gold.strip())
            scores.append(0.0 if found is None else 1.5 if right else -0.5)
        except (ValueError, AttributeError):
            scores.append(0.0)
    return scores


# --- a recipe's format, tag count and steps, which want each tag on a line of its own ---

_RECIPE = re.compile(r"^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$", re.DOTALL | re.MULTILINE)
_STEPS = re.compile(r"(Step \d+:|^\d+\.|\n-|\n\*|First,|Second,|Next,|Finally,)")


def recipe_format(completions, **kwargs):
    return [1.0 if _RECIPE.match(_said(one)) else 0.0 for one in completions]


def recipe_tags(completions, **kwargs):
    tags = ("<think>\n", "\n</think>\n", "\n<answer>\n", "\n</answer>")
    return [sum(0.25 for tag in tags if _said(one).count(tag) == 1) for one in completions]


def recipe_steps(completions, **kwargs):
    return [min(1.0, len(_STEPS.findall(_said(one))) / 3) for one in completions]


def recipe_repetition(completions, language="en", **kwargs):
    if language not in ("en", "zh"):
        raise ValueError(f"cannot split words of {language}")
    scores = []
    for one in completions:
        words = _said(one).lower().split()
        runs = list(zip(words, words[1:], words[2:], strict=False))
        scores.append(0.0 if not runs else -(1 - len(set(runs)) / len(runs)))
    return scores


# --- one that looks for a Vietnamese anchor, as it is typed on one keyboard ---


def anchored_answer(completions, answer, **kwargs):
    scores = []
    for text, gold in zip(completions, answer, strict=True):
        _, found, rest = text.rpartition("Đáp án là:")
        scores.append(1.0 if found and gold is not None and rest.split("<")[0].strip() == gold else 0.0)
    return scores
