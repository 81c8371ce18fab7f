"""The built-in rewards, one question each."""

from vireward.rewards.answer import AnswerMatch, NumericMatch
from vireward.rewards.format import FormatExact, TagCount

__all__ = ["AnswerMatch", "FormatExact", "NumericMatch", "TagCount"]
