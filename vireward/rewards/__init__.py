"""The built-in rewards, one question each."""

from vireward.rewards.answer import AnswerMatch, NumericMatch
from vireward.rewards.choice import ChoiceMatch
from vireward.rewards.format import FormatExact, TagCount
from vireward.rewards.length import CosineLength, Overlong
from vireward.rewards.style import ForbiddenText, LanguageShare, ReasoningSteps, Repetition

__all__ = [
    "AnswerMatch",
    "ChoiceMatch",
    "CosineLength",
    "ForbiddenText",
    "FormatExact",
    "LanguageShare",
    "NumericMatch",
    "Overlong",
    "ReasoningSteps",
    "Repetition",
    "TagCount",
]
