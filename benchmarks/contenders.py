r"""What is timed beside each other: rewards, each called as a trainer calls it, and the floor below them.

Each is called as the first line of its loader says, with a batch. A peer that knows other tags or marks is given the
same completions with those, rewritten outside the time.
"""

# ruff: noqa: ARG001 (a trainer passes prompts and columns by name, whether they are used or not)

import platform
import re
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Any, NamedTuple

import graders

import vireward
from vireward import tutorial

_OPEN, _CLOSE, _BEGIN, _END = "<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>"
_ANSWER = re.compile(r"<SOLUTION>([^<]*)</SOLUTION>")  # linear: it stops at the next tag


class Batch(NamedTuple):
    """What a trainer hands over, and the texts as they are."""

    prompts: Sequence[str]
    completions: Sequence[Sequence[dict[str, str]]]
    completion_ids: Sequence[Sequence[int]]
    golds: Sequence[str]
    texts: Sequence[str]


Values = Sequence[float | None]
Call = Callable[[Batch], Values]
_Shape = Callable[[str], str]


class Contender(NamedTuple):
    """The package it comes in, what imports its call, and what is made of a text and a gold before."""

    package: str
    load: Callable[[], Call]
    text: _Shape = str
    gold: _Shape = str

    def batch(self, prompts: Sequence[str], texts: Sequence[str], golds: Sequence[str]) -> Batch:
        """A batch as this one is given it."""
        shaped = list(map(self.text, texts))
        chats = [[{"role": "assistant", "content": text}] for text in shaped]
        return Batch(prompts, chats, [range(len(text) // 3) for text in shaped], list(map(self.gold, golds)), shaped)

    @property
    def called(self) -> str:
        """How it is called, in one line."""
        return (self.load.__doc__ or "").partition("\n")[0]

    @property
    def version(self) -> str:
        """The version of its package."""
        known = {"python": platform.python_version(), "vireward": vireward.__version__}
        return known.get(self.package) or metadata.version(self.package)


# --- vireward, and the floor ---

_REWARDS = {
    "format": vireward.FormatExact(),
    "tags": vireward.TagCount(),
    "answer": vireward.AnswerMatch(),
    "number": vireward.NumericMatch(),
}


def _load_stack() -> Call:
    """to_trl(weighted(format=(1, FormatExact()), tags=(1, TagCount()), answer=..., number=...)), as TRL calls it."""
    return _as_trl_calls(_stacked())


def _load_stack_values() -> Call:
    """The same, called without log_extra and log_metric, as trainers do that take values only."""
    return _as_trl_calls(_stacked(), logged=False)


def _stacked() -> vireward.Reward:
    return vireward.weighted(**{name: (1.0, reward) for name, reward in _REWARDS.items()})


def _load_separate() -> Call:
    """The same four as four functions of to_trl, one after the other, as TRL calls them; the sum of their values."""
    return _summed([_as_trl_calls(reward) for reward in _REWARDS.values()])


def _load_separate_values() -> Call:
    """The same, called without log_extra and log_metric."""
    return _summed([_as_trl_calls(reward, logged=False) for reward in _REWARDS.values()])


def _summed(calls: Sequence[Call]) -> Call:
    return lambda given: [sum(values) for values in zip(*(call(given) for call in calls), strict=True)]


def _alone(reward: vireward.Reward) -> Callable[[], Call]:
    def load() -> Call:
        return _as_trl_calls(reward)

    load.__doc__ = f"to_trl({type(reward).__name__}()), as TRL calls it."
    return load


def _as_trl_calls(reward: vireward.Reward, *, logged: bool = True) -> Call:
    function = vireward.to_trl(reward)
    given_to_all = {"trainer_state": None} | ({"log_extra": _ignored, "log_metric": _ignored} if logged else {})

    def call(given: Batch) -> Values:
        columns = {"completion_ids": given.completion_ids, "answer": given.golds, **given_to_all}
        return function(prompts=given.prompts, completions=given.completions, **columns)

    return call


def _ignored(*_: object) -> None:
    """Take what a reward logs; what becomes of it is the trainer's time."""


def _load_linear_tutorial() -> Call:
    """The four functions of vireward.tutorial, one after the other; the sum of their values."""
    return _as_notebook_calls(
        tutorial.match_format_exactly,
        tutorial.match_format_approximately,
        tutorial.check_answer,
        tutorial.check_numbers,
    )


def _load_floor() -> Call:
    """text.count(tag) for each of the four tags: four looks at every character, and nothing else."""

    def call(given: Batch) -> Values:
        return [t.count(_OPEN) + t.count(_CLOSE) + t.count(_BEGIN) + t.count(_END) for t in given.texts]

    return call


# --- the tutorial, as a notebook has it ---

FORMAT = re.compile(r"^\s*<thinking>.+?</thinking>.+?<SOLUTION>(.+)</SOLUTION>\s*$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"<SOLUTION>.*?([\d\.\,]{1,})", re.MULTILINE | re.DOTALL)


def _format_exactly(completions: Sequence[Any], **kwargs: object) -> list[float]:
    return [3.0 if FORMAT.search(completion[0]["content"]) else 0.0 for completion in completions]


def _format_approximately(completions: Sequence[Any], **kwargs: object) -> list[float]:
    scores = []
    for completion in completions:
        text = completion[0]["content"]
        score = 0.5 if text.count(_OPEN) == 1 else -1.0
        score += 0.5 if text.count(_CLOSE) == 1 else -1.0
        score += 0.5 if text.count(_BEGIN) == 1 else -1.0
        score += 0.5 if text.count(_END) == 1 else -1.0
        scores.append(score)
    return scores


def _answers(
    prompts: Sequence[Any], completions: Sequence[Any], answer: Sequence[str], **kwargs: object
) -> list[float]:
    scores = []
    for completion, gold in zip(completions, answer, strict=True):
        found = FORMAT.search(completion[0]["content"])
        if found is None:
            scores.append(0.0)
        elif found[1] == gold:
            scores.append(3.0)
        else:
            scores.append(1.5 if found[1].strip() == gold.strip() else -1.5)
    return scores


def _numbers(
    prompts: Sequence[Any], completions: Sequence[Any], answer: Sequence[str], **kwargs: object
) -> list[float]:
    scores = []
    for completion, gold in zip(completions, answer, strict=True):
        found = NUMBER.search(completion[0]["content"])
        try:
            equal = found and float(found[1].replace(",", "")) == float(gold.strip())
        except ValueError:
            equal = None
        scores.append(0.0 if equal is None else 1.5 if equal else -0.5)
    return scores


def _load_notebook() -> Call:
    """The tutorial's four functions with its two patterns searched, as a notebook has them; the sum of their values."""
    return _as_notebook_calls(_format_exactly, _format_approximately, _answers, _numbers)


def _as_notebook_calls(*functions: Callable[..., list[float]]) -> Call:
    def call(given: Batch) -> Values:
        columns = {"prompts": given.prompts, "completions": given.completions, "answer": given.golds}
        return [sum(values) for values in zip(*(function(**columns) for function in functions), strict=True)]

    return call


# --- peers ---


def _load_think_format() -> Call:
    """trl.rewards.think_format_reward(completions), with <think> for <thinking>."""
    from trl.rewards import think_format_reward

    return lambda given: think_format_reward(given.completions)


def _load_accuracy() -> Call:
    r"""trl.rewards.accuracy_reward(completions, golds), with \boxed{} for the answer block, and the gold in $."""
    import math_verify  # noqa: F401  (what accuracy_reward asks for only when it is called)
    from trl.rewards import accuracy_reward

    return lambda given: accuracy_reward(given.completions, given.golds)


def _graded(name: str, called: str) -> Callable[[], Call]:
    def load() -> Call:
        grade = graders.GRADERS[name].load()
        return lambda given: [float(bool(grade(*pair))) for pair in zip(given.texts, given.golds, strict=True)]

    load.__doc__ = called
    return load


_load_math_verify = _graded("math_verify", "verify(parse(gold), parse(answer)), the answer block's content in $.")
_load_verl_math = _graded("verl_math", r"math_reward.compute_score(text, gold), with \boxed{} for the answer block.")
_load_verl_gsm8k = _graded("verl_gsm8k", "gsm8k.compute_score(text, gold, method='strict'), with #### for the block.")


def _load_xml_parser() -> Call:
    """XMLParser(["thinking", "SOLUTION"], answer_field="SOLUTION").parse_answer(completion) == gold."""
    try:
        from verifiers.legacy.parsers.xml_parser import XMLParser
    except ModuleNotFoundError:
        from verifiers.parsers.xml_parser import XMLParser
    parser = XMLParser(["thinking", "SOLUTION"], answer_field="SOLUTION")
    return lambda given: [
        float(parser.parse_answer(chat) == gold) for chat, gold in zip(given.completions, given.golds, strict=True)
    ]


def _thinks(text: str) -> str:
    return text.replace("thinking>", "think>")


def _boxed(text: str) -> str:
    return _ANSWER.sub(lambda found: found[1] if "\\boxed" in found[1] else f"\\boxed{{{found[1]}}}", text)


def _hashed(text: str) -> str:
    return _ANSWER.sub(lambda found: f"#### {found[1]}", text)


def _extracted(text: str) -> str:
    found = _ANSWER.search(text)
    return _in_dollars(found[1]) if found else ""


def _in_dollars(text: str) -> str:
    return text if "$" in text or "\\boxed" in text else f"${text}$"


def _without_commas(gold: str) -> str:
    return gold.replace(",", "")


FLOOR, TUTORIAL = "floor", "tutorial"
OURS = {
    "four in one": Contender("vireward", _load_stack),
    "four in one (values)": Contender("vireward", _load_stack_values),
    "four functions": Contender("vireward", _load_separate),
    "four functions (values)": Contender("vireward", _load_separate_values),
    "format_exact": Contender("vireward", _alone(_REWARDS["format"])),
    "tag_count": Contender("vireward", _alone(_REWARDS["tags"])),
    "answer_match": Contender("vireward", _alone(_REWARDS["answer"])),
    "numeric_match": Contender("vireward", _alone(_REWARDS["number"])),
    "vireward.tutorial": Contender("vireward", _load_linear_tutorial),
}
PEERS = {
    "think_format_reward": Contender("trl", _load_think_format, _thinks),
    "accuracy_reward": Contender("trl", _load_accuracy, _boxed, _in_dollars),
    "math_verify": Contender("math-verify", _load_math_verify, _extracted, _in_dollars),
    "verl_math": Contender("verl", _load_verl_math, _boxed),
    "verl_gsm8k": Contender("verl", _load_verl_gsm8k, _hashed, _without_commas),
    "xml_parser": Contender("verifiers", _load_xml_parser),
}
MARKS = {FLOOR: Contender("python", _load_floor), TUTORIAL: Contender("python", _load_notebook)}
CONTENDERS = MARKS | OURS | PEERS
