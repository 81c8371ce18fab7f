"""Laws of rewards that compare with the gold, and of rewards that look at the layout.

They speak of rewards that are seen to do so, and compare completions of one layout: the same reasoning, another answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from hypothesis import strategies as st

from vireward.quantities.renderings import Rendering
from vireward.records import Sample, Score
from vireward.testing.law import Broken, Law, NotApplicable, Trial, cases_of
from vireward.testing.setting import WORDS_QUESTIONS, Question, choice_question, number_question
from vireward.testing.strategies import SILENCE, THOUGHTS, questions
from vireward.testing.subject import Fault

_NO_GOLD = "its value is not seen to depend on the gold"
_NO_LAYOUT = "its value is not seen to depend on the layout"
# Words around the two blocks, which no format of blocks has room for.
_AROUND = ("x", "Vậy là xong.", "I hope it is correct", "7")
_OTHERS = 20  # lines about answers of other kinds that break a law


class Scored(NamedTuple):
    """One answer in a completion, with its score."""

    rendering: Rendering
    sample: Sample
    score: Score

    @property
    def value(self) -> float:
        """Its value; an abstention is below all."""
        return _value(self.score)


Found = tuple[str, str, Broken]  # the kind of an answer, what is said of it in one line, the counter-example


def _on_questions(trial: Trial, failures: Callable[[Trial, Question, str], Iterator[Found]]) -> None:
    """Look for failures on questions whose gold the reward is seen to read: some known ones, then drawn ones."""
    if trial.subject.kind == "group":
        raise NotApplicable("it scores the completions of a prompt against each other")
    if not trial.depends_on_gold:
        raise NotApplicable(_NO_GOLD)
    seen: dict[str, tuple[str, Broken]] = {}

    def asked(drawn: tuple[Question, str]) -> None:
        if trial.reads(*drawn):
            found = list(failures(trial, *drawn))
            for kind, told, broken in found:
                seen.setdefault(kind, (told, broken))
            if found:
                raise found[0][2]

    for question in _telling(trial.setting.style):
        with suppress(Broken, Fault):
            asked((question, THOUGHTS[0]))
    try:
        trial.given(st.tuples(questions(trial.setting), st.sampled_from(THOUGHTS)), asked)
    except Broken as broken:
        raise _with_others(broken, seen) from None
    if seen:
        raise _with_others(min((broken for _, broken in seen.values()), key=lambda broken: broken.size), seen)


def _telling(style: str) -> list[Question]:
    """Questions that are always asked, on which most faults show."""
    numbers = [number_question(value, style) for value in (25, 1_500_000, Fraction(5, 2), -4, 1000, Fraction(3, 4))]
    return [*numbers, number_question(7, style, "kg"), choice_question("B"), *WORDS_QUESTIONS]


def _with_others(broken: Broken, seen: Mapping[str, tuple[str, Broken]]) -> Broken:
    """The counter-example, with one more of each other kind."""
    main = [case.completion for case in broken.cases]
    kept = {kind: one for kind, one in seen.items() if not kind.endswith(("NFD", "capital"))}
    others = [told for told, other in kept.values() if [case.completion for case in other.cases] != main]
    return Broken(broken.why, broken.cases, others[:_OTHERS])


def _scored(trial: Trial, question: Question, answers: Sequence[Rendering], thought: str) -> list[Scored]:
    """Each of some answers that the format can hold, in one layout, with its score; the gold itself comes first."""
    known = [Rendering("gold", question.gold), *answers]
    texts = [trial.asked(question, [one.text], thought) for one in known]
    kept = [(one, sample) for one, made in zip(known, texts, strict=True) for sample in made]
    scores = trial.subject.tolerant([sample for _, sample in kept])
    return [Scored(one, sample, score) for (one, sample), score in zip(kept, scores, strict=True)]


def _broken(why: str, pair: Sequence[Scored], labels: Sequence[str]) -> Broken:
    return Broken(why, cases_of([one.sample for one in pair], [one.score for one in pair], labels))


def _notation_blind(trial: Trial, question: Question, thought: str) -> Iterator[Found]:
    own, *spelt = _scored(trial, question, question.right, thought)
    # Of wrong answers that score as the gold itself another law speaks.
    wrong = [one for one in _scored(trial, question, question.wrong, thought)[1:] if one.value < own.value]
    best = max(wrong, key=lambda one: one.value, default=own)
    for one in spelt:
        if one.value <= best.value < own.value:
            why = "another spelling of the right answer scores no more than a wrong answer"
            yield one.rendering.kind, _line(one, best), _broken(why, [one, best], ["right", "wrong"])


def _separates_values(trial: Trial, question: Question, thought: str) -> Iterator[Found]:
    why = "another value scores no less than the gold itself"
    return _not_below(trial, question, question.wrong, thought, why)


def _wrong_never_beats_right(trial: Trial, question: Question, thought: str) -> Iterator[Found]:
    why = "an answer that asserts something else scores no less than the gold itself"
    return _not_below(trial, question, question.asserting, thought, why)


def _not_below(
    trial: Trial, question: Question, answers: Sequence[Rendering], thought: str, why: str
) -> Iterator[Found]:
    own, *others = _scored(trial, question, answers, thought)
    for one in others:
        if one.value >= own.value:
            yield one.rendering.kind, _line(one, own), _broken(why, [one, own], ["wrong", "right"])


def _line(one: "Scored", other: "Scored") -> str:
    """A pair of answers in one line: `'1.500.000' for the gold '1500000' scores 0.0, '1500001' 0.5 (grouped)`."""
    values = f"{one.score.value}, {other.rendering.text!r} {other.score.value}"
    return f"{one.rendering.text!r} for the gold {one.sample.gold!r} scores {values} ({one.rendering.kind})"


def _value(score: Score) -> float:
    """A value to compare with; an abstention is below all."""
    return float("-inf") if score.value is None else score.value


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
        scores = trial.subject.tolerant([other, whole])
        if _value(scores[0]) >= _value(scores[1]):
            raise Broken(why, cases_of([other, whole], scores, ["damaged", "well formed"]))

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
    Law(
        "notation_blind",
        "does every spelling of a right answer score above every wrong one?",
        partial(_on_questions, failures=_notation_blind),
    ),
    Law(
        "separates_values",
        "does every other value score below the gold itself?",
        partial(_on_questions, failures=_separates_values),
    ),
    Law(
        "wrong_never_beats_right",
        "does an answer that is taken back, hedged or doubled score below the gold itself?",
        partial(_on_questions, failures=_wrong_never_beats_right),
    ),
    Law("blank_blocks", "do blocks that say nothing score below a full completion?", _blank_blocks),
    Law("nothing_outside", "does text outside the blocks score below a clean completion?", _nothing_outside),
)
