"""Laws of rewards that compare with the gold, and of rewards that look at the layout.

They speak of rewards that are seen to do so, and compare completions of one layout: the same reasoning, another answer.
"""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from vireward.records import Sample, Score
from vireward.renderings import Rendering
from vireward.testing.law import Broken, Law, NotApplicable, Trial, cases_of
from vireward.testing.setting import Question
from vireward.testing.strategies import SILENCE, THOUGHTS, questions

_NO_GOLD = "its value is not seen to depend on the gold"
_NO_LAYOUT = "its value is not seen to depend on the layout"
# Words around the two blocks, which no format of blocks has room for.
_AROUND = ("x", "Vậy là xong.", "I hope it is correct", "7")


def _on_questions(trial: Trial, body: Callable[[Question, str], None]) -> None:
    """Try a body on questions whose gold the reward is seen to read."""
    if trial.subject.kind == "group":
        raise NotApplicable("it scores the completions of a prompt against each other")
    if not trial.depends_on_gold:
        raise NotApplicable(_NO_GOLD)

    def asked(drawn: tuple[Question, str]) -> None:
        if trial.reads(*drawn):
            body(*drawn)

    trial.given(st.tuples(questions(trial.setting), st.sampled_from(THOUGHTS)), asked)


def _scored(trial: Trial, question: Question, answers: Sequence[Rendering], thought: str) -> list[tuple[Sample, Score]]:
    """Each of some answers that the format can hold, in one layout, with its score; the gold itself comes first."""
    known = trial.asked(question, [question.gold, *(one.text for one in answers)], thought)
    return list(zip(known, trial.subject.scores(known), strict=True))


def _value(score: Score) -> float:
    """A value to compare with; an abstention is below all."""
    return float("-inf") if score.value is None else score.value


def _told(why: str, pairs: Sequence[tuple[Sample, Score]], labels: Sequence[str]) -> Broken:
    return Broken(why, cases_of([sample for sample, _ in pairs], [score for _, score in pairs], labels))


def _notation_blind(trial: Trial) -> None:
    def scores_above_wrong_ones(question: Question, thought: str) -> None:
        wrong = _scored(trial, question, question.wrong, thought)[1:]
        best = max(wrong, key=lambda pair: _value(pair[1]))
        own, *spelt = _scored(trial, question, question.right, thought)
        if _value(own[1]) <= _value(best[1]):
            return  # the gold's own spelling tells nothing apart: another law
        for pair in spelt:
            if _value(pair[1]) <= _value(best[1]):
                told = "another spelling of the right answer scores no more than a wrong answer"
                raise _told(told, [pair, best], ["right", "wrong"])

    _on_questions(trial, scores_above_wrong_ones)


def _separates_values(trial: Trial) -> None:
    def scores_below(question: Question, thought: str) -> None:
        _all_below(trial, question, question.wrong, thought, "another value scores no less than the gold itself")

    _on_questions(trial, scores_below)


def _wrong_never_beats_right(trial: Trial) -> None:
    def scores_below(question: Question, thought: str) -> None:
        told = "an answer that asserts something else scores no less than the gold itself"
        _all_below(trial, question, question.asserting, thought, told)

    _on_questions(trial, scores_below)


def _all_below(trial: Trial, question: Question, answers: Sequence[Rendering], thought: str, why: str) -> None:
    own, *others = _scored(trial, question, answers, thought)
    for pair in others:
        if _value(pair[1]) >= _value(own[1]):
            raise _told(why, [pair, own], ["wrong", "right"])


# --- the layout ---


def _well_formed(trial: Trial, thought: str) -> Sample:
    return trial.sample(trial.setting.laid_out(thought, "7"), "7")


def _on_layouts(trial: Trial, others: st.SearchStrategy[Any], damaged: Callable[[str, Any], str], why: str) -> None:
    """Compare a right, well-formed completion with one whose layout is damaged."""
    if not trial.depends_on_layout:
        raise NotApplicable(_NO_LAYOUT)

    def scores_less(drawn: tuple[str, Any]) -> None:
        whole = _well_formed(trial, drawn[0])
        other = trial.sample(damaged(*drawn), "7")
        scores = trial.subject.scores([other, whole])
        if _value(scores[0]) >= _value(scores[1]):
            raise _told(why, list(zip([other, whole], scores, strict=True)), ["damaged", "well formed"])

    trial.given(st.tuples(st.sampled_from(THOUGHTS), others), scores_less)


def _blank_blocks(trial: Trial) -> None:
    blank = st.sampled_from([text for text in SILENCE if not text.strip()])
    why = "blocks of white space score as a full completion"
    _on_layouts(trial, blank, lambda _, blank: trial.setting.laid_out(blank, blank), why)


def _nothing_outside(trial: Trial) -> None:
    if trial.setting.tags.kind != "block":
        raise NotApplicable("any text may stand around the answer of this format")

    def damaged(thought: str, drawn: tuple[str, str]) -> str:
        place, words = drawn
        text = trial.setting.laid_out(thought, "7")
        if place == "between":
            return text.replace("\n" + trial.setting.tags.open_answer, f"\n{words}\n{trial.setting.tags.open_answer}")
        return f"{words}\n{text}" if place == "before" else f"{text}\n{words}"

    places = ("after", "between") if trial.setting.tags.prefilled else ("before", "after", "between")
    where = st.tuples(st.sampled_from(places), st.sampled_from(_AROUND))
    _on_layouts(trial, where, damaged, "text outside the blocks costs nothing")


LAWS_OF_ANSWERS = (
    Law("notation_blind", "does every spelling of a right answer score above every wrong one?", _notation_blind),
    Law("separates_values", "does every other value score below the gold itself?", _separates_values),
    Law(
        "wrong_never_beats_right",
        "does an answer that is taken back, hedged or doubled score below the gold itself?",
        _wrong_never_beats_right,
    ),
    Law("blank_blocks", "do blocks that say nothing score below a full completion?", _blank_blocks),
    Law("nothing_outside", "does text outside the blocks score below a clean completion?", _nothing_outside),
)
