"""The reward that is tested, of whichever kind, called in one way: samples in, scores or a fault out.

Example rows (what is handed in → how it is called):

    FormatExact()                          reward(sample)
    def f(completions, answer, **columns)  f(completions=[…], answer=[…], …), completions in the shape that it reads
    Diversity()                            reward.score_group(samples)
"""

import zlib
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Final, Literal

from vireward.batch_function import finished
from vireward.errors import BadParameter, VirewardError, in_words
from vireward.group import PerGroup, score_batch, within
from vireward.overrun import Overrun, bounded
from vireward.records import GroupReward, Sample, Score, as_score, expression, shown
from vireward.signatures import scored_by, signature_of

Shape = Literal["text", "chat", "blocks"]
SHAPES: Final[tuple[Shape, ...]] = ("text", "chat", "blocks")
GROUP: Final = 8  # completions of a prompt, for a reward over groups of no fixed size
SECONDS: Final = 5.0  # how long a call may take; a fiftieth more for each sample
_TRL: Final = ("prompts", "completions", "completion_ids", "trainer_state", "log_extra", "log_metric", "environments")
_GOLDS: Final = ("answer", "solution", "gold", "ground_truth", "target", "reference", "label", "labels", "answers")


class Fault(Exception):
    """What a reward did instead of scoring.

    Attributes:
        kind: `raised`, `hung` or `junk`.
        why: That in words.
        samples: What it was asked to score.
    """

    def __init__(self, kind: Literal["raised", "hung", "junk"], why: str, samples: Sequence[Sample]) -> None:
        super().__init__(why)
        self.kind, self.why, self.samples = kind, why, samples


@dataclass(frozen=True)
class Subject:
    """A reward with all that is needed to call it; built by `subject_of`."""

    reward: Any
    kind: Literal["sample", "batch", "group"]
    gold: str = "answer"
    shape: Shape = "text"
    size: int = 0
    columns: Mapping[str, object] = field(default_factory=dict)

    def scores(self, samples: Sequence[Sample]) -> list[Score]:
        """The score of each sample.

        Raises:
            Fault: the reward raised, took too long, or gave something that are no scores.
        """
        return self.judged(samples, lambda: self._called(samples))

    def tolerant(self, samples: Sequence[Sample]) -> list[Score]:
        """The score of each sample; of those that have none, the reason as an abstention. Raises where a call hangs."""
        try:
            return self.scores(samples)
        except Fault as fault:
            if fault.kind == "hung" or self.kind == "group":
                raise
            if len(samples) == 1:
                return [Score(None, fault.why, outcome="error")]
        return [self.tolerant([sample])[0] for sample in samples]

    def values(self, samples: Sequence[Sample]) -> list[float | None]:
        """The value of each sample; raises as `scores` does."""
        return [score.value for score in self.scores(samples)]

    def judged(self, samples: Sequence[Sample], call: Callable[[], object]) -> list[Score]:
        """The scores that a call gives for samples, within its time."""
        try:
            with bounded(SECONDS + len(samples) * SECONDS / 50):
                results = call()
        except KeyboardInterrupt:
            raise
        except Overrun:
            raise Fault("hung", f"did not come back within {SECONDS:.0f} s", samples) from None
        except BaseException as error:  # also SystemExit and what a test framework raises
            told = in_words(error) if isinstance(error, Exception) else f"{type(error).__name__}: {error}"
            raise Fault("raised", f"raised {told}", samples) from None
        return _checked(results, samples)

    def _called(self, samples: Sequence[Sample]) -> object:
        if self.kind == "batch":
            return self.call(self.arguments(samples))
        if self.kind == "sample":
            return [self.reward(sample) for sample in samples]
        if not self.size:
            return (self.reward.score_group if isinstance(self.reward, GroupReward) else self.reward)(samples)
        spare = -len(samples) % self.size
        return score_batch(self.reward, [*samples, *[samples[0]] * spare])[: len(samples)]

    # --- a batch function ---

    def call(self, arguments: Mapping[str, object]) -> object:
        """What a batch function gives for keywords, run to its end where it is a coroutine function."""
        results = self.reward(**arguments)
        return finished(results) if isinstance(results, Coroutine) else results

    def arguments(
        self, samples: Sequence[Sample], shape: Shape | None = None, *, all_of: bool = False
    ) -> dict[str, Any]:
        """The keywords for some samples: those that the function takes, or all that TRL gives."""
        shape = shape or self.shape
        given: dict[str, Any] = {name: [s.columns.get(name) for s in samples] for name in _columns(samples)}
        given |= {
            "prompts": [shaped(sample.prompt or "", shape, "user") for sample in samples],
            "completions": [shaped(sample.completion, shape) for sample in samples],
            "completion_ids": [token_ids(sample.completion) for sample in samples],
            "trainer_state": SimpleNamespace(global_step=samples[0].step or 0 if samples else 0),
            "log_extra": _ignored,
            "log_metric": _ignored,
            self.gold: [sample.gold for sample in samples],
        }
        known = signature_of(self.reward)
        if all_of or known is None or any(p.kind is p.VAR_KEYWORD for p in known.parameters.values()):
            return given
        return {name: value for name, value in given.items() if name in known.parameters}


def _columns(samples: Sequence[Sample]) -> list[str]:
    return sorted({name for sample in samples for name in sample.columns})


def _checked(results: object, samples: Sequence[Sample]) -> list[Score]:
    if not isinstance(results, Iterable) or isinstance(results, str | bytes | Mapping):
        raise Fault("junk", f"gave {shown(results)}, not one score for each completion", samples)
    results = list(results)
    if len(results) != len(samples):
        raise Fault("junk", f"gave {len(results)} scores for {len(samples)} completions", samples)
    scores = []
    for sample, result in zip(samples, results, strict=True):
        try:
            score = as_score(result)
        except VirewardError as error:
            raise Fault("junk", str(error), [sample]) from None
        if score.outcome in ("error", "crashed", "timeout"):
            raise Fault("raised", f"gave the outcome {score.outcome}: {score.why}", [sample])
        scores.append(score)
    return scores


def subject_of(reward: Any, *, gold: str | None = None, columns: Mapping[str, object] | None = None) -> Subject:
    """Find out how a reward is called.

    Args:
        reward: A reward, a group reward, a plain function of a sample, or a batch function as TRL calls it.
        gold: The column under which a batch function takes the gold; by default found among its parameters.
        columns: Further columns that it needs, the same for each sample.

    Raises:
        BadParameter: it is none of these.
    """
    if isinstance(reward, type):
        raise BadParameter(f"{reward.__name__}: is a class; write {reward.__name__}(...)")
    given = dict(columns or {})
    if isinstance(reward, GroupReward) or scored_by(reward) == "samples":
        return Subject(reward, "group", columns=given)
    if not callable(reward):
        raise BadParameter(f"{shown(reward)}: must be a reward or a reward function")
    known = signature_of(reward)
    names = [] if known is None else list(known.parameters)
    if "completions" in names or "completion_ids" in names:
        subject = Subject(reward, "batch", gold or _gold_among(reward), columns=given)
        return replace(subject, shape=_shape_read(subject))
    sizes = {part.size for part in within(reward) if isinstance(part, PerGroup)}
    if sizes:
        return Subject(reward, "group", size=max(sizes), columns=given)
    return Subject(reward, "sample", columns=given)


def _gold_among(function: Any) -> str:
    """The column with the gold, told by the names of a function's parameters."""
    known = signature_of(function)
    parameters = [] if known is None else [p for name, p in known.parameters.items() if name not in _TRL]
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    usual = [p.name for p in named if p.name in _GOLDS]
    needed = [p.name for p in named if p.default is p.empty]
    return (*usual, *needed, "answer")[0]


def _shape_read(subject: Subject) -> Shape:
    """The first shape of a completion that a function scores without raising; text if it reads none."""
    sample = Sample("<think>3 + 4</think>\n<answer>7</answer>", "7", "3 + 4 = ?", columns=subject.columns)
    for shape in SHAPES:
        try:
            replace(subject, shape=shape).scores([sample])
        except Fault:
            continue
        return shape
    return "text"


def shaped(text: str, shape: Shape, role: str = "assistant") -> object:
    """A text as a trainer hands it over: plain, as a chat message, or as one whose content is blocks."""
    if shape == "text":
        return text
    content = text if shape == "chat" else [{"type": "text", "text": text}]
    return [{"role": role, "content": content}]


def token_ids(text: str) -> list[int]:
    """Token ids as some tokenizer gives them: one for each word."""
    return [zlib.crc32(word.encode("utf-8", "surrogatepass")) % 32_000 for word in text.split()]


def named(reward: object) -> str:
    """What a reward is called in messages."""
    try:
        return " ".join(expression(reward).split())[:120]
    except Exception:  # of a `__repr__` of which the law `prints` speaks
        return f"a {type(reward).__name__}"


def _ignored(*_: object) -> None:
    """Stands in for the trainer's logging."""
