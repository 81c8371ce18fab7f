"""What travels through the library: `Sample` in, `Score` out, `Answer` and `Verdict` between them."""

import enum
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Literal, Protocol, SupportsFloat, TypeVar, get_args, runtime_checkable

from vireward.errors import BadSample, BadScore

Outcome = Literal["scored", "abstained", "timeout", "crashed", "error"]
_OUTCOMES = get_args(Outcome)


Parsed = TypeVar("Parsed", covariant=True)


class Scanner(Protocol[Parsed]):
    """A format that completions can be scanned for: a `TagFormat`."""

    def scan(self, text: str) -> Parsed:
        """What stands where in a text."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One completion with what is known about it.

    Args:
        completion: What the policy wrote, as text. The raw string is never edited.
        gold: The right answer as the data set writes it; None when there is none.
        prompt: The text of the prompt.
        tokens: Length of the completion in tokens of the policy's tokenizer.
        truncated: Whether generation stopped at the length limit.
        step: The trainer's global step, counted in optimizer updates.
        columns: Further columns of the data set's row.
        batch: The samples that it was handed over with, itself among them; None for a sample of its own. It is no part
            of what is compared, printed or pickled.
        place: Its place among them.
        scans: What was found of the tags of each format that was looked for, so that a completion is scanned once.

    Raises:
        BadSample: unless the completion is text, and the gold text or None.
    """

    completion: str
    gold: str | None = None
    prompt: str | None = None
    tokens: int | None = None
    truncated: bool | None = None
    step: int | None = None
    columns: Mapping[str, object] = field(default_factory=dict, hash=False)
    batch: "Batch | None" = field(default=None, compare=False, repr=False)
    place: int = field(default=0, compare=False, repr=False)
    scans: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.completion, str):
            kind = type(self.completion).__name__
            raise BadSample(f"Sample(completion=...): must be text, got {kind}; read chat messages with message_text")
        if not (self.gold is None or isinstance(self.gold, str)):
            raise BadSample(f"Sample(gold={shown(self.gold)}): must be text or None, got {type(self.gold).__name__}")

    def scanned(self, tags: "Scanner[Parsed]") -> "Parsed":
        """The completion as a format sees it; it is scanned once for each, whatever number of rewards look at it."""
        found: Parsed | None = self.scans.get(tags)
        if found is None:
            found = self.scans[tags] = tags.scan(self.completion)
        return found

    def __reduce__(self) -> tuple[object, ...]:
        own = (self.completion, self.gold, self.prompt, self.tokens, self.truncated, self.step, self.columns)
        return (type(self), own)


class Batch:
    """Samples that a trainer handed over together, and what rewards worked out for all of them at once.

    Attributes:
        samples: The samples in their order.
        context: What the trainer gave besides them, such as its state, by name.
    """

    __slots__ = ("_known", "context", "samples")

    def __init__(
        self,
        samples: Iterable[Sample] = (),
        context: Mapping[str, object] | None = None,
        scans: Sequence[dict[Any, Any]] = (),
    ) -> None:
        self.samples = [replace(sample, batch=self, place=place) for place, sample in enumerate(samples)]
        for sample, known in zip(self.samples, scans, strict=False):
            object.__setattr__(sample, "scans", known)  # it was just made, and nobody else has it
        self.context = context or {}
        self._known: dict[tuple[int, Hashable], _Done] = {}

    def once(self, owner: object, settings: Hashable, work: Callable[[], Any]) -> Any:
        """The result of some work, done once for the batch, its owner and settings; a failure is raised each time."""
        key = (id(owner), settings)
        if key not in self._known:
            try:
                self._known[key] = _Done(owner, work())
            except Exception as error:
                self._known[key] = _Done(owner, failure=error, trace=error.__traceback__)
        done = self._known[key]
        if done.failure is not None:
            raise done.failure.with_traceback(done.trace)  # or it would grow by each sample of the batch
        return done.result

    def has_done(self, owner: object, settings: Hashable) -> bool:
        """Whether some work was done for the batch."""
        return (id(owner), settings) in self._known


@dataclass(slots=True)
class _Done:
    """Work that was done for a batch; its owner is kept, so that no other object gets its id."""

    owner: object
    result: Any = None
    failure: Exception | None = None
    trace: TracebackType | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer found in a completion, and the rule of `extract.py` that found it."""

    text: str
    rule: str


class Verdict(enum.Enum):
    """What `judge` says of an answer and a gold."""

    RIGHT = "right"
    WRONG = "wrong"
    NO_ANSWER = "no answer"
    BAD_GOLD = "bad gold"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A verdict and the sentence that says what was compared."""

    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Score:
    """What a reward says of a sample.

    Args:
        value: The reward, finite; None when the reward has nothing to say.
        why: The reason, for a person who was not there.
        parts: Scores of the components of a composed reward, by name.
        outcome: `scored` with a value; without one `abstained`, `timeout`, `crashed` or `error`.

    Raises:
        BadScore: unless the outcome is one of these, and the value a finite number or, without `scored`, None.
    """

    value: float | None
    why: str
    parts: Mapping[str, "Score"] = field(default_factory=dict, hash=False)
    outcome: Outcome = "scored"

    def __post_init__(self) -> None:
        if self.outcome not in _OUTCOMES:
            raise BadScore(f"Score(outcome={shown(self.outcome)}): must be one of {', '.join(_OUTCOMES)}")
        if self.value is None:
            if self.outcome == "scored":
                object.__setattr__(self, "outcome", "abstained")
            return
        if self.outcome != "scored":
            raise BadScore(
                f"Score(value={shown(self.value)}, outcome={self.outcome!r}): only a scored outcome has a value"
            )
        object.__setattr__(self, "value", finite(self.value))


def failure_of(score: Score) -> Outcome | None:
    """What kept a score from its value, its own outcome or that of a part: `timeout`, `crashed` or `error`.

    None for a score that has a value, and for one that abstained.
    """
    if score.value is not None:
        return None
    if score.outcome != "abstained":
        return score.outcome
    return next((failure for part in score.parts.values() if (failure := failure_of(part))), None)


@runtime_checkable
class Reward(Protocol):
    """Anything that scores a sample: a frozen dataclass with `__call__`, or a plain function."""

    def __call__(self, sample: Sample, /) -> "float | Score | None":
        """Score one sample."""
        ...


@runtime_checkable
class GroupReward(Protocol):
    """What scores all completions of one prompt beside each other; `per_group` makes a reward of it."""

    def score_group(self, samples: Sequence[Sample], /) -> "Sequence[float | Score | None]":
        """Score the completions of one prompt: one result for each, in their order."""
        ...


def expression(value: object) -> str:
    """A value as it is written in code: its `repr`, or the name of a function or class."""
    return str(getattr(value, "__qualname__", None) or repr(value)) if callable(value) else repr(value)


def shown(value: object) -> str:
    """A value as it stands in a message: on one line, at most 80 characters."""
    return " ".join(expression(value).split())[:80]


def finite(value: object) -> float:
    """Give a number back as a finite float.

    Booleans and NumPy scalars count as numbers, text does not.

    Raises:
        BadScore: the value is no number, NaN or infinite.
    """
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, str | bytes) or not isinstance(value, SupportsFloat):
        raise BadScore(f"a reward must be a finite number, a Score or None, got {shown(value)}")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadScore(f"a reward must be a finite number, a Score or None, got {shown(value)}") from error
    if not math.isfinite(number):
        raise BadScore(f"a reward must be finite, got {number!r}")
    return number


def as_score(result: object) -> Score:
    """Read what a reward returned: a `Score`, a number, or None for abstaining.

    Raises:
        BadScore: it is none of these, or not finite.
    """
    if isinstance(result, Score):
        return result
    if result is None:
        return Score(None, "abstained without a reason")
    return Score(finite(result), "no reason given")
