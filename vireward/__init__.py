"""Composable, fast, property-tested reward functions for GRPO post-training, at home in Vietnamese.

>>> import vireward
>>> sample = vireward.Sample("<thinking>3 × 500</thinking><SOLUTION>1.500</SOLUTION>", gold="1500")
>>> vireward.NumericMatch()(sample)
Score(value=1.5, why="'1.500' equals the gold '1500'", parts={}, outcome='scored')
"""

from vireward import tutorial
from vireward.adapters.trl import to_trl
from vireward.batch_function import from_trl
from vireward.compose import all_of, any_of, by_column, first_of, weighted
from vireward.config import config_schema, from_config, from_toml, to_config, to_toml
from vireward.deadline import deadline
from vireward.errors import (
    BadConfig,
    BadData,
    BadParameter,
    BadSample,
    BadScore,
    BrokenPlugin,
    DiskFull,
    DuplicateReward,
    GpuFull,
    LawBroken,
    MissingExtra,
    ModelUnavailable,
    RewardFailed,
    ServerLost,
    UnfitMachine,
    UnknownReward,
    Unready,
    VirewardError,
)
from vireward.extract import find_answer
from vireward.group import per_group, score_batch
from vireward.judge import compare, judge
from vireward.messages import message_text
from vireward.numerals import Number, read_number
from vireward.quantities.style_evidence import StyleEvidence, StyleWarning, number_style, style_evidence
from vireward.records import Answer, Batch, Comparison, GroupReward, Reward, Sample, Score, Verdict
from vireward.registry import make, names, register
from vireward.rewards import (
    AnswerMatch,
    ChoiceMatch,
    CosineLength,
    Diversity,
    ForbiddenText,
    FormatExact,
    LanguageShare,
    NumericMatch,
    Overlong,
    Pattern,
    ReasoningSteps,
    RelativeLength,
    Repetition,
    TagCount,
)
from vireward.tags import TagFormat
from vireward.transform import clip, gate, scale, schedule, shift

__version__ = "0.1.0"
_ON_ACCESS = ("audit", "testing")  # parts that load more than `import vireward` may


def __getattr__(name: str) -> object:
    """A part of the library that is loaded on its first access."""
    if name in _ON_ACCESS:
        import importlib

        return importlib.import_module(f"vireward.{name}")
    raise AttributeError(f"module 'vireward' has no attribute {name!r}")


__all__ = [
    "Answer",
    "AnswerMatch",
    "BadConfig",
    "BadData",
    "BadParameter",
    "BadSample",
    "BadScore",
    "Batch",
    "BrokenPlugin",
    "ChoiceMatch",
    "Comparison",
    "CosineLength",
    "DiskFull",
    "Diversity",
    "DuplicateReward",
    "ForbiddenText",
    "FormatExact",
    "GpuFull",
    "GroupReward",
    "LanguageShare",
    "LawBroken",
    "MissingExtra",
    "ModelUnavailable",
    "Number",
    "NumericMatch",
    "Overlong",
    "Pattern",
    "ReasoningSteps",
    "RelativeLength",
    "Repetition",
    "Reward",
    "RewardFailed",
    "Sample",
    "Score",
    "ServerLost",
    "StyleEvidence",
    "StyleWarning",
    "TagCount",
    "TagFormat",
    "UnfitMachine",
    "UnknownReward",
    "Unready",
    "Verdict",
    "VirewardError",
    "all_of",
    "any_of",
    "by_column",
    "clip",
    "compare",
    "config_schema",
    "deadline",
    "find_answer",
    "first_of",
    "from_config",
    "from_toml",
    "from_trl",
    "gate",
    "judge",
    "make",
    "message_text",
    "names",
    "number_style",
    "per_group",
    "read_number",
    "register",
    "scale",
    "schedule",
    "score_batch",
    "shift",
    "style_evidence",
    "to_config",
    "to_toml",
    "to_trl",
    "tutorial",
    "weighted",
]
