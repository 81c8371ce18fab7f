"""Laws for anyone's reward, and the Hypothesis strategies that they are tried on. Needs the extra `testing`.

Example rows:

    check_reward(MyReward())                         raises LawBroken with a shrunk counter-example for each broken law
    @parametrize_with_laws(my_function)              a test for each law
    @given(samples(Setting(tags=my_tags)))           a property of one's own
"""

from vireward.errors import MissingExtra

try:
    import hypothesis as _  # noqa: F401
except ImportError as error:
    raise MissingExtra("vireward.testing needs Hypothesis; pip install 'vireward[testing]'") from error

from vireward.testing.check import LAWS, check_reward, laws, parametrize_with_laws
from vireward.testing.law import Breach, Broken, Case, Law, NotApplicable, Trial
from vireward.testing.setting import Question, Setting, choice_question, number_question, words_question
from vireward.testing.strategies import (
    LABELS,
    batches,
    completions,
    golds,
    hostile_texts,
    labelled_samples,
    questions,
    samples,
    trl_batches,
    values,
)
from vireward.testing.vocabulary import ANCHORS, VOCABULARY

__all__ = [
    "ANCHORS",
    "LABELS",
    "LAWS",
    "VOCABULARY",
    "Breach",
    "Broken",
    "Case",
    "Law",
    "NotApplicable",
    "Question",
    "Setting",
    "Trial",
    "batches",
    "check_reward",
    "choice_question",
    "completions",
    "golds",
    "hostile_texts",
    "labelled_samples",
    "laws",
    "number_question",
    "parametrize_with_laws",
    "questions",
    "samples",
    "trl_batches",
    "values",
    "words_question",
]
