"""The built-in rewards, one question each."""

from vireward.rewards.answer import AnswerMatch, NumericMatch
from vireward.rewards.choice import ChoiceMatch
from vireward.rewards.format import FormatExact, TagCount
from vireward.rewards.group import Diversity, RelativeLength
from vireward.rewards.length import CosineLength, Overlong
from vireward.rewards.pattern import Pattern
from vireward.rewards.style import ForbiddenText, LanguageShare, ReasoningSteps, Repetition

__all__ = [
    "AnswerMatch",
    "ChoiceMatch",
    "CosineLength",
    "Diversity",
    "ForbiddenText",
    "FormatExact",
    "LanguageShare",
    "NumericMatch",
    "Overlong",
    "Pattern",
    "ReasoningSteps",
    "RelativeLength",
    "Repetition",
    "TagCount",
]
