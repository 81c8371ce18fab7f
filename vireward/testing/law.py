"""What a law is, how it is tried on a reward, and what is told when it is broken."""

import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from vireward.records import Sample, Score
from vireward.testing.setting import WORDS_QUESTIONS, Question, Setting, choice_question, number_question
from vireward.testing.strategies import THOUGHTS, sample_of
from vireward.testing.subject import Fault, Subject

SHRINKING: Final = 4.0  # seconds for which a counter-example is made smaller
TRYING: Final = 20.0  # seconds after which a law is tried on no more examples; only a slow reward takes as long


@dataclass(frozen=True, slots=True)
class Case:
    """A completion in a counter-example, with what the reward said of it."""

    completion: str
    gold: str | None
    said: str
    label: str = "completion"


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken law with its counter-example, and other answers that break it in the same way."""

    law: str
    question: str
    why: str
    cases: tuple[Case, ...] = ()
    likewise: tuple[str, ...] = ()
    hung: bool = False

    def __str__(self) -> str:
        lines = [f"{self.law}: {self.question}", f"    no: {self.why}"]
        for case in self.cases:
            lines += [f"    {case.label}: {_shown(case.completion)}", f"        gold {case.gold!r}, {case.said}"]
        return "\n".join([*lines, *(f"    likewise: {other}" for other in self.likewise)])


class Broken(Exception):
    """Raised by a law's check, with what was found."""

    def __init__(
        self, why: str, cases: Sequence[Case] = (), likewise: Sequence[str] = (), *, hung: bool = False
    ) -> None:
        super().__init__(why)
        self.why, self.cases, self.likewise, self.hung = why, tuple(cases), tuple(likewise), hung

    @property
    def size(self) -> int:
        """How much there is to read."""
        return sum(len(case.completion) + len(case.gold or "") for case in self.cases)


class NotApplicable(Exception):
    """Raised by a law's check when the law does not speak of such a reward; the text says why."""


@dataclass(frozen=True, slots=True)
class Law:
    """One thing that should hold of a reward.

    Args:
        name: What it is called in `laws=` and `expected_failures=`.
        question: What it asks, in one sentence.
        check: Tries it; raises `Broken` when it does not hold, `NotApplicable` where it does not speak of the reward.
    """

    name: str
    question: str
    check: Callable[["Trial"], None] = field(repr=False)


@dataclass(frozen=True)
class Trial:
    """One reward in one setting, on which laws are tried."""

    subject: Subject
    setting: Setting
    max_examples: int = 60

    def given(self, strategy: st.SearchStrategy[Any], body: Callable[[Any], None], *, share: float = 1.0) -> None:
        """Try a body on examples; a fault of the reward is passed over unless the body catches it.

        Args:
            strategy: What examples are drawn from.
            body: Raises `Broken` for a counter-example.
            share: How many examples, as a share of `max_examples`.

        Raises:
            Broken: the smallest counter-example that was found.
        """
        found: list[Broken] = []
        started, end = list[float](), time.monotonic() + TRYING

        @settings(_SETTINGS, max_examples=max(int(self.max_examples * share), 1))
        @given(strategy)
        def run(drawn: Any) -> None:
            if time.monotonic() > (started[0] + SHRINKING if started else end):
                return
            try:
                body(drawn)
            except Broken as broken:
                found.append(broken)
                started.append(time.monotonic())
                raise
            except Fault as fault:
                if fault.kind == "hung":
                    found.append(faulty(fault))
                    started.append(-SHRINKING)
                    raise found[-1] from None

        try:
            run()
        except Exception:  # also what Hypothesis says of a reward that breaks a law now and then
            if not found:
                raise
        if found:
            raise min(found, key=lambda broken: broken.size)

    def asked(self, question: Question, answers: Sequence[str], thought: str = THOUGHTS[0]) -> list[Sample]:
        """Completions of one layout that give these answers; those that the format cannot hold are left out."""
        texts = [self.setting.written(thought, answer) for answer in answers]
        return [self.sample(text, question.gold) for text in texts if text is not None]

    def sample(self, text: str, gold: str | None) -> Sample:
        """A sample with the columns that the reward needs."""
        made = sample_of(text, gold)
        return Sample(text, gold, made.prompt, made.tokens, False, 0, dict(self.subject.columns))

    def reads(self, question: Question, thought: str = THOUGHTS[0]) -> bool:
        """Whether the reward is seen to read a gold: it tells it from another answer, and from another gold."""
        wrong = [one.text for one in question.wrong]
        known = self.asked(question, [question.gold, *wrong, "1000001", "?"], thought)
        if not known or known[0].completion != self.setting.written(thought, question.gold):
            return False
        asked = [self.sample(known[0].completion, gold) for gold in wrong]
        own, *others = [score.value for score in self.subject.tolerant([*known, *asked])]
        apart = others[: len(known) - 1], others[len(known) - 1 :]
        return own is not None and all(any(value != own for value in values) for values in apart)

    @cached_property
    def depends_on_gold(self) -> bool:
        """Whether the reward's value is seen to depend on the gold."""
        style = self.setting.style
        probes = [number_question(7, style), number_question(25, style), choice_question("B"), *WORDS_QUESTIONS]
        return self.subject.kind != "group" and any(map(self.reads, probes))

    @cached_property
    def depends_on_layout(self) -> bool:
        """Whether the reward is seen to look at the layout: exchanged parts score less."""
        tags = self.setting.tags
        if tags.close_reasoning is None or self.subject.kind == "group":
            return False
        text = self.setting.laid_out(THOUGHTS[0], "7")
        head, opening, tail = text.partition(tags.open_answer)
        known = [self.sample(text, "7"), self.sample(f"{opening}{tail}\n{head}", "7")]
        right, exchanged = (score.value for score in self.subject.tolerant(known))
        return right is not None and (exchanged is None or right > exchanged)


def cases_of(samples: Sequence[Sample], scores: Sequence[Score], labels: Sequence[str] = ()) -> list[Case]:
    """What is told of some samples and their scores."""
    labels = [*labels, *["completion"] * len(samples)][: len(samples)]
    return [
        Case(sample.completion, sample.gold, _said(score), label)
        for sample, score, label in zip(samples, scores, labels, strict=True)
    ]


def faulty(fault: Fault) -> Broken:
    """A reward's fault as the counter-example."""
    cases = [Case(sample.completion, sample.gold, "no score") for sample in fault.samples]
    return Broken(fault.why, cases, hung=fault.kind == "hung")


def shortened(sample: Sample, breaks: Callable[[Sample], bool], seconds: float = SHRINKING) -> Sample:
    """A sample whose completion has lost all that it can lose and still break a law: halves first, then characters."""
    end, size = time.monotonic() + seconds, (len(sample.completion) + 1) // 2
    while size:
        start = 0
        while start < len(sample.completion) and time.monotonic() < end:
            text = sample.completion[:start] + sample.completion[start + size :]
            shorter = replace(sample, completion=text)
            if breaks(shorter):
                sample = shorter
            else:
                start += size
        size //= 2
    return sample


def _said(score: Score) -> str:
    reason = "" if score.why in ("no reason given", "abstained without a reason") else f" ({score.why})"
    return f"score {score.value}{reason}"


def _shown(text: str) -> str:
    # Marks of their own look like the letters that they make up, so they are shown as escapes.
    shown = repr(text) if text.isascii() or unicodedata.is_normalized("NFC", text) else ascii(text)
    return shown if len(shown) <= 400 else f"{shown[:300]}… ({len(text)} characters)"


_SETTINGS: Final = settings(
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=False,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
