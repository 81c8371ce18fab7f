"""Laws of how a reward is called and what it gives back, whatever it looks at."""

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from vireward.adapters.trl import to_trl
from vireward.records import Sample, Score
from vireward.testing.law import TRYING, Broken, Law, NotApplicable, Trial, cases_of, faulty, shortened
from vireward.testing.strategies import THOUGHTS, batches, in_form
from vireward.testing.subject import SHAPES, Fault
from vireward.testing.vocabulary import FRAGMENTS

_EXTRA = {"another_column": "đại số", "difficulty": 3, "notes": ["a"], "nothing": None}
_FORMS = ("NFC", "NFD")
_AT_ONCE = 32  # samples of known fragments in one call


def _batches(trial: Trial) -> st.SearchStrategy[list[Sample]]:
    """Batches for the reward, whole groups where it needs them, with the columns that it needs."""
    size = trial.subject.size or (4 if trial.subject.kind == "group" else 0)
    known = batches(trial.setting, size)
    return known.map(lambda drawn: [trial_sample(trial, one) for one in drawn if size or one.gold is not None])


def trial_sample(trial: Trial, sample: Sample, **columns: object) -> Sample:
    """A drawn sample once more, with the columns that the reward needs and some more."""
    return replace(sample, columns={**trial.subject.columns, **columns})


def _one_by_one(trial: Trial, broken_by: Callable[[Sequence[Sample]], Broken | None]) -> None:
    """Try samples one after the other, and batches of them: first each known fragment of text, then drawn ones.

    Args:
        trial: The reward in its setting.
        broken_by: What breaks the law in some samples; None when nothing does.
    """

    def try_all(drawn: Sequence[Sample]) -> None:
        broken = broken_by(drawn)
        if broken is None:
            return
        single = next((one for one in drawn if broken_by([one])), None) if trial.subject.kind != "group" else None
        if single is None or broken.hung:
            raise broken
        raise broken_by([shortened(single, lambda sample: broken_by([sample]) is not None)]) or broken

    end = time.monotonic() + TRYING
    for known in _fragments(trial):
        if time.monotonic() < end:
            try_all(known)
    trial.given(_batches(trial), try_all)


def _fragments(trial: Trial) -> Iterator[list[Sample]]:
    """Each fragment of text and each word alone and as an answer, in batches of whole groups."""
    words = dict.fromkeys((*trial.setting.words, *FRAGMENTS))
    texts = [text for word in words for text in (word, trial.setting.laid_out(THOUGHTS[-1], word))]
    size = trial.subject.size * 4 or _AT_ONCE
    for start in range(0, len(texts) // size * size, size):
        yield [trial.sample(text, "7") for text in texts[start : start + size]]


def _total(trial: Trial) -> None:
    def fault_of(drawn: Sequence[Sample]) -> Broken | None:
        try:
            trial.subject.scores(drawn)
        except Fault as fault:
            return None if fault.kind == "junk" else faulty(fault)
        return None

    _one_by_one(trial, fault_of)


def _missing_gold(trial: Trial) -> None:
    def gets_a_score(drawn: list[Sample]) -> None:
        asked = [replace(sample, gold=None) for sample in (drawn if trial.subject.kind == "group" else drawn[:1])]
        try:
            trial.subject.scores(asked)
        except Fault as fault:
            raise faulty(fault) from None

    trial.given(_batches(trial).filter(bool), gets_a_score, share=0.5)


def _finite(trial: Trial) -> None:
    def junk_of(drawn: Sequence[Sample]) -> Broken | None:
        try:
            trial.subject.scores(drawn)
        except Fault as fault:
            return faulty(fault) if fault.kind == "junk" else None
        return None

    _one_by_one(trial, junk_of)


def _in_range(trial: Trial) -> None:
    if trial.setting.value_range is None:
        raise NotApplicable("no value_range was declared")
    low, high = trial.setting.value_range

    def outside(drawn: Sequence[Sample]) -> Broken | None:
        for sample, score in zip(drawn, trial.subject.scores(drawn), strict=True):
            if score.value is not None and not low <= score.value <= high:
                return Broken(f"{score.value} is not in [{low}, {high}]", cases_of([sample], [score]))
        return None

    _one_by_one(trial, _scored(outside))


def _scored(broken_by: Callable[[Sequence[Sample]], Broken | None]) -> Callable[[Sequence[Sample]], Broken | None]:
    """A law of scores, of which samples without a score are no counter-examples."""

    def found(drawn: Sequence[Sample]) -> Broken | None:
        try:
            return broken_by(drawn)
        except Fault as fault:
            if fault.kind == "hung":
                raise
            return None

    return found


def _compared(drawn: Sequence[Sample], one: Sequence[Score], other: Sequence[Score], why: str) -> None:
    """Raise for the first sample with two values."""
    for sample, a, b in zip(drawn, one, other, strict=True):
        if a.value != b.value:
            raise Broken(f"{why}: {a.value}, then {b.value}", cases_of([sample], [a]))


def _deterministic(trial: Trial) -> None:
    def scores_alike(drawn: list[Sample]) -> None:
        _compared(drawn, trial.subject.scores(drawn), trial.subject.scores(copy.deepcopy(drawn)), "called again")

    trial.given(_batches(trial), scores_alike)


def _alone(trial: Trial) -> None:
    if trial.subject.kind == "group":
        raise NotApplicable("it looks at all completions of a prompt")

    def scores_alike(drawn: list[Sample]) -> None:
        alone = [trial.subject.scores([sample])[0] for sample in drawn]
        _compared(drawn, trial.subject.scores(drawn), alone, "beside others, and alone")

    trial.given(_batches(trial), scores_alike)


def _equivariant(trial: Trial) -> None:
    def follow_their_samples(drawn: tuple[list[Sample], Any]) -> None:
        ordered, rng = drawn
        places = rng.sample(range(len(ordered)), len(ordered))
        moved = trial.subject.scores([ordered[place] for place in places])
        back = [moved[places.index(place)] for place in range(len(ordered))]
        _compared(ordered, trial.subject.scores(ordered), back, "in another order")

    trial.given(st.tuples(_batches(trial), st.randoms(use_true_random=False)), follow_their_samples)


def _leaves_inputs(trial: Trial) -> None:
    def are_left_alone(drawn: list[Sample]) -> None:
        drawn = [trial_sample(trial, one, **copy.deepcopy(_EXTRA)) for one in drawn]
        if trial.subject.kind != "batch":
            before = copy.deepcopy(drawn)
            trial.subject.scores(drawn)
            if drawn != before:
                raise Broken("it changed a sample", cases_of(drawn, trial.subject.scores(before)))
            return
        given = trial.subject.arguments(drawn)
        lists = {name: value for name, value in given.items() if isinstance(value, list)}
        before_lists = copy.deepcopy(lists)
        scores = trial.subject.judged(drawn, lambda: trial.subject.call(given))
        changed = [name for name, value in lists.items() if value != before_lists[name]]
        if changed:
            raise Broken(f"it changed {', '.join(changed)}", cases_of(drawn, scores))

    trial.given(_batches(trial), are_left_alone, share=0.5)


def _extra_columns(trial: Trial) -> None:
    def change_nothing(drawn: list[Sample]) -> None:
        scores = trial.subject.scores(drawn)
        more = [trial_sample(trial, one, **_EXTRA) for one in drawn]
        try:
            if trial.subject.kind == "batch":
                given = trial.subject.arguments(more, all_of=True)
                others = trial.subject.judged(more, lambda: trial.subject.call(given))
            else:
                others = trial.subject.scores(more)
        except Fault as fault:
            raise Broken(
                f"with all the keywords that TRL gives, it {fault.why}", cases_of(drawn[:1], scores[:1])
            ) from None
        _compared(drawn, scores, others, "with other columns beside")

    trial.given(_batches(trial), change_nothing, share=0.5)


def _shapes(trial: Trial) -> None:
    subject = trial.subject
    if subject.kind == "group":
        raise NotApplicable("it is handed samples, whose completions are text")

    def score_alike(drawn: list[Sample]) -> None:
        scores = subject.scores(drawn)
        for shape in SHAPES:
            try:
                others = subject.judged(drawn, _call_in(trial, drawn, shape))
            except Fault as fault:
                told = f"of completions as {shape} it {fault.why}"
                raise Broken(told, cases_of(drawn[:1], scores[:1], [f"{subject.shape}"])) from None
            _compared(drawn, scores, others, f"as {subject.shape}, and as {shape}")

    trial.given(_batches(trial), score_alike, share=0.5)


def _call_in(trial: Trial, drawn: Sequence[Sample], shape: Any) -> Callable[[], object]:
    """The call with completions in a shape; a reward of samples gets them by way of `to_trl`."""
    subject = trial.subject
    if subject.kind == "batch":
        one = subject.arguments(drawn, shape)
        return lambda: subject.call(one)
    given = subject.arguments(drawn, shape, all_of=True)
    given = {name: value for name, value in given.items() if name not in ("log_extra", "log_metric")}
    for_trl: Any = to_trl(subject.reward, gold=subject.gold, on_error="raise")
    return lambda: for_trl(**given)


def _normalisation_blind(trial: Trial) -> None:
    def apart(drawn: Sequence[Sample]) -> Broken | None:
        forms = [
            [replace(one, completion=in_form(trial.setting, form, one.completion)) for one in drawn] for form in _FORMS
        ]
        scores = [trial.subject.scores(known) for known in forms]
        for pair, (a, b) in zip(zip(*forms, strict=True), zip(*scores, strict=True), strict=True):
            if not _close(a.value, b.value):
                return Broken(f"{a.value} in NFC, {b.value} in NFD", cases_of(pair, (a, b), _FORMS))
        return None

    _one_by_one(trial, _scored(apart))


def _close(one: float | None, other: float | None) -> bool:
    return one is other is None or (None not in (one, other) and math.isclose(one or 0.0, other or 0.0, abs_tol=1e-9))


LAWS_OF_CALLS = (
    Law("total", "does any text get a score, without an exception and within seconds?", _total),
    Law("finite", "is each score a finite number or None, one for each completion?", _finite),
    Law("missing_gold", "does a row without a gold get a score or None, without an exception?", _missing_gold),
    Law("in_range", "does each value lie in the declared range?", _in_range),
    Law("deterministic", "does a completion score alike when it is scored again?", _deterministic),
    Law("batch_independent", "does a completion score alike beside others and alone?", _alone),
    Law("order_equivariant", "do scores follow their completions into another order?", _equivariant),
    Law("leaves_inputs", "is what it was given unchanged afterwards?", _leaves_inputs),
    Law("extra_columns", "do columns and keywords that it does not know change nothing?", _extra_columns),
    Law("shapes", "does a completion score alike as text, as a chat message and as content blocks?", _shapes),
    Law("normalisation_blind", "do NFC and NFD of one completion score alike?", _normalisation_blind),
)
