"""The built-in rewards, one question each."""

from vireward.rewards.answer import AnswerMatch, NumericMatch
from vireward.rewards.choice import ChoiceMatch
from vireward.rewards.format import FormatExact, TagCount

__all__ = ["AnswerMatch", "ChoiceMatch", "FormatExact", "NumericMatch", "TagCount"]
