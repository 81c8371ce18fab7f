"""What a callable is, told by its signature: every way that Python has to write a callable, and what it may not be."""

from __future__ import annotations  # so that annotations here are text, as in many people's modules

import asyncio
import functools
import inspect
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

import vireward
from vireward.errors import BadParameter
from vireward.records import Sample
from vireward.signatures import is_batch_function, kind_of, named_parameters, parameters_of, scored_by, signature_of

OWNER = "register('x')"
SCOPE = vars(vireward) | {"vireward": vireward, "typing": typing, "Sequence": Sequence}


def of_sample(sample):
    return 1.0


def of_samples(samples):
    return [1.0 for _ in samples]


def of_completions(completions, **columns):
    return [1.0 for _ in completions]


def builds(weight=1.0):
    return of_sample


def described(function):
    """A decorator as it is mostly written: it hands everything on."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class Scores:
    def __init__(self, weight=1.0):
        self.weight = weight

    def __call__(self, sample):
        return self.weight

    def say(self, sample):
        return self.weight

    def say_all(self, completions, **columns):
        return [self.weight for _ in completions]


class Static:
    @staticmethod
    def __call__(sample):
        return 1.0


class OfClass:
    @classmethod
    def __call__(cls, sample):
        return 1.0


class Partial:
    def _say(self, weight, sample):
        return weight

    __call__ = functools.partialmethod(_say, 3.0)


class Cached:
    @functools.lru_cache  # noqa: B019  # a person may write it
    def __call__(self, sample):
        return 1.0


class Inherits(Scores):
    pass


class Counting(type):
    def __call__(cls, *args, **kwargs):
        return super().__call__(*args, **kwargs)


class Counted(metaclass=Counting):
    def __call__(self, sample):
        return 1.0


class OfSamples:
    def score_group(self, samples):
        return [1.0 for _ in samples]


class StaticOfSamples:
    @staticmethod
    def score_group(samples):
        return [1.0 for _ in samples]


class OfCompletions:
    def __call__(self, completions, **columns):
        return [1.0 for _ in completions]


class StaticOfCompletions:
    @staticmethod
    def __call__(completions, **columns):
        return [1.0 for _ in completions]


async def asks(completions, **columns):
    return [1.0 for _ in completions]


class Asks:
    async def __call__(self, completions, **columns):
        return [1.0 for _ in completions]


KINDS = {
    "reward": [
        of_sample,
        lambda sample: 1.0,
        lambda sample, weight=1.0: weight,
        lambda sample, *, weight: weight,
        lambda sample, *rest, **more: 1.0,
        described(of_sample),
        functools.partial(lambda sample, weight: weight, weight=2.0),
        functools.lru_cache(of_sample),
        Scores().say,
        Scores(),
        Static(),
        OfClass(),
        Partial(),
        Scores,
        Static,
        OfClass,
        Partial,
        Cached,
        Inherits,
        Counted,
    ],
    "group": [of_samples, described(of_samples), OfSamples, StaticOfSamples, lambda samples, k=1: [k for _ in samples]],
    "batch": [
        of_completions,
        lambda completions: [1.0 for _ in completions],
        lambda prompts, completions, answer, **columns: [1.0 for _ in completions],
        lambda *, completions, **columns: [1.0 for _ in completions],
        described(of_completions),
        functools.partial(of_completions, answer="7"),
        Scores().say_all,
        OfCompletions,
        OfCompletions(),
        StaticOfCompletions,
        StaticOfCompletions(),
        asks,
        Asks,
        Asks(),
    ],
    "builder": [builds, lambda: of_sample, lambda *weights: of_sample, lambda **weights: of_sample, described(builds)],
}
EVERY = [pytest.param(kind, value, id=f"{kind}-{i}") for kind, all_ in KINDS.items() for i, value in enumerate(all_)]
SCORED = {"reward": "sample", "group": "samples", "batch": "completions", "builder": None}


def message_of(call, *args, **kwargs):
    with pytest.raises(BadParameter) as caught:
        call(*args, **kwargs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- kinds ---


@pytest.mark.parametrize(("kind", "value"), EVERY)
def test_every_way_to_write_a_callable_has_its_kind(kind, value):
    assert kind_of(OWNER, value) == kind
    if not isinstance(value, type):
        assert scored_by(value) == SCORED[kind]
        assert is_batch_function(value) is (kind == "batch")


@pytest.mark.parametrize(("kind", "value"), [one for one in EVERY if one.values[0] in ("reward", "batch")])
def test_what_is_told_to_score_does(kind, value):
    made = value() if isinstance(value, type) else value
    if kind == "reward":
        needed = inspect.signature(value).parameters if not isinstance(value, type) else {}
        given = {"weight": 1.0} if "weight" in needed and needed["weight"].default is inspect.Parameter.empty else {}
        assert made(Sample("x"), **given) in (1.0, 2.0, 3.0)
    else:
        given = {name: ["7"] for name in ("prompts", "answer") if name in inspect.signature(made).parameters}
        result = made(completions=["x"], **given)
        assert (asyncio.run(result) if inspect.iscoroutine(result) else result) == [1.0]


@pytest.mark.parametrize(
    ("function", "scored"),
    [
        (lambda reply: 1.0, None),
        (lambda reply, sample: 1.0, None),
        (lambda self, sample: 1.0, None),
        (lambda reply, completions: 1.0, "completions"),
        (lambda completions, /: 1.0, None),
        (lambda *completions: 1.0, None),
        (lambda **completions: 1.0, None),
        (lambda **sample: 1.0, "sample"),
        (min, None),
        (5, None),
        (None, None),
    ],
)
def test_a_name_tells_where_it_stands_right(function, scored):
    assert scored_by(function) == scored


@pytest.mark.parametrize(
    ("annotation", "scored"),
    [
        ("Sample", "sample"),
        ("vireward.Sample", "sample"),
        ("vireward.records.Sample", "sample"),
        ("Sequence[Sample]", "samples"),
        ("list[vireward.Sample]", "samples"),
        ("typing.List[Sample]", "samples"),
        ("tuple[Sample, ...]", "samples"),
        ("Score", None),
        ("Sample | None", None),
        ("typing.Optional[Sample]", None),
        ("dict[str, Sample]", None),
        ("list[list[Sample]]", None),
    ],
)
def test_an_annotation_tells_too_as_text_and_as_a_value(annotation, scored):
    def function(reply): ...

    for given in (annotation, f"'{annotation}'", eval(annotation, dict(SCOPE))):
        function.__annotations__["reply"] = given
        assert scored_by(function) == scored


def test_annotations_that_python_leaves_as_text_are_read():
    def one(reply: Sample): ...
    def many(replies: Sequence[Sample]): ...

    assert one.__annotations__ == {"reply": "Sample"}
    assert (scored_by(one), scored_by(many)) == ("sample", "samples")


# --- wrappers ---


def test_a_wrapper_that_names_its_parameters_is_called_as_it_says():
    @functools.wraps(of_completions)
    def alone(sample):
        return of_completions([sample.completion])[0]

    assert kind_of(OWNER, alone) == "reward"
    assert str(signature_of(alone)) == "(sample)"


def test_a_wrapper_that_hands_on_takes_what_it_wraps_takes():
    @functools.wraps(builds)
    def timed(**kwargs):
        return builds(**kwargs)

    assert str(signature_of(timed)) == "(weight=1.0)"
    assert str(signature_of(described(described(of_completions)))) == "(completions, **columns)"
    timed.__wrapped__ = timed  # a circle is not followed
    assert str(signature_of(timed)) == "(**kwargs)"


def test_what_shows_no_signature_has_none():
    for silent in (min, 5, "text"):
        assert signature_of(silent) is None


# --- parameters ---


@dataclass(frozen=True)
class Fields:
    """Has it fields of every kind?"""

    limit: int
    words: tuple[str, ...] = ("ạ",)
    more: list[str] = field(default_factory=lambda: ["dạ"])
    found: int = field(default=0, init=False)

    def __call__(self, sample, /):
        return 1.0


EMPTY = inspect.Parameter.empty


@pytest.mark.parametrize(
    ("value", "defaults"),
    [
        (Fields, {"limit": EMPTY, "words": ("ạ",), "more": ["dạ"]}),
        (Scores, {"weight": 1.0}),
        (Inherits, {"weight": 1.0}),
        (Static, {}),
        (of_sample, {}),
        (lambda sample, weight=1.0, *, word: 1.0, {"weight": 1.0, "word": EMPTY}),
        (lambda sample, weight=1.0, /, *rest: 1.0, {}),
        (functools.partial(lambda sample, weight: weight, weight=2.0), {"weight": 2.0}),
        (lambda samples, k=1: [k], {"k": 1}),
        (of_completions, {"gold": "answer", "chat": None, "name": None}),
        (OfCompletions, {}),
        (builds, {"weight": 1.0}),
        (lambda sample_size=3: of_sample, {"sample_size": 3}),
        (lambda *rest, **more: of_sample, {"more": EMPTY}),
    ],
)
def test_the_parameters_are_those_that_make_is_given(value, defaults):
    assert {name: parameter.default for name, parameter in parameters_of(value).items()} == defaults
    assert list(named_parameters(value)) == list(defaults)


def test_what_a_fields_factory_makes_is_made_to_be_shown_and_not_to_be_named():
    made = []

    @dataclass
    class Heavy:
        model: object = field(default_factory=lambda: made.append("a model") or made)

        def __call__(self, sample, /):
            return 1.0

    assert list(named_parameters(Heavy)) == ["model"]
    assert made == []
    assert parameters_of(Heavy)["model"].default is made


# --- what it may not be ---


class Nothing: ...


class Off:
    __call__ = None


class NoSample:
    def __call__(self):
        return 1.0


class Two:
    def __call__(self, sample, other):
        return 1.0


class Waits:
    async def __call__(self, sample):
        return 1.0


class NoSamples:
    def score_group(self):
        return []


class Property:
    @property
    def score_group(self):
        raise AssertionError("looked at")


class Placed:
    def __init__(self, weight, /):
        self.weight = weight

    def __call__(self, sample):
        return self.weight


async def waits(sample):
    return 1.0


async def waits_for_all(samples):
    return [1.0 for _ in samples]


async def builds_later():
    return of_sample


async def streams(completions, **columns):
    yield 1.0


def generates(sample):
    yield 1.0


def builds_many():
    yield of_sample


def placed(weight, /):
    return of_sample


LATER = "a coroutine or generator function"
AWAITED = "from_trl takes a coroutine function of (completions, **columns)"
BY_PLACE = "parameters are given by name, and a function that scores names its parameter sample"
WRONG = [
    (5, "must be a class or a function, got 5"),
    ("a\nb", r"must be a class or a function, got 'a\nb'"),
    (OfSamples(), None),
    (Nothing, "Nothing has no __call__(self, sample), so nothing scores"),
    (Off, "Off has no __call__(self, sample), so nothing scores"),
    (dict, "dict has no __call__(self, sample), so nothing scores"),
    (Property, "Property has no __call__(self, sample), so nothing scores"),
    (
        NoSample,
        "must be callable as reward(sample), but is NoSample.__call__(self): too many positional arguments",
    ),
    (
        Two,
        "must be callable as reward(sample), but is Two.__call__(self, sample, other): "
        "missing a required argument: 'other'",
    ),
    (
        NoSamples,
        "must be callable as reward(samples), but is NoSamples.score_group(self): too many positional arguments",
    ),
    (
        lambda *, sample: 1.0,
        "must be callable as reward(sample), but is <lambda>(*, sample): too many positional arguments",
    ),
    (Waits, f"must return at once, but Waits.__call__(self, sample) is {LATER}; {AWAITED}"),
    (Waits(), f"must return at once, but Waits(sample) is {LATER}; {AWAITED}"),
    (waits, f"must return at once, but waits(sample) is {LATER}; {AWAITED}"),
    (functools.partial(waits), f"must return at once, but partial(sample) is {LATER}; {AWAITED}"),
    (waits_for_all, f"must return at once, but waits_for_all(samples) is {LATER}; {AWAITED}"),
    (generates, f"must return at once, but generates(sample) is {LATER}; {AWAITED}"),
    (
        streams,
        "must return at once, but streams(completions, **columns) is an asynchronous generator function; return a list",
    ),
    (builds_later, f"must return at once, but builds_later() is {LATER}"),
    (builds_many, f"must return at once, but builds_many() is {LATER}"),
    (placed, f"placed(weight, /) takes weight by place only; {BY_PLACE}"),
    (Placed, f"Placed(weight, /) takes weight by place only; {BY_PLACE}"),
    (len, f"len(obj, /) takes obj by place only; {BY_PLACE}"),
    (min, "min shows no signature, so what it scores cannot be told; wrap it in a function of sample"),
]


@pytest.mark.parametrize(("value", "message"), WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_what_is_no_reward_and_builds_none_is_refused_with_its_signature(value, message):
    told = message_of(kind_of, OWNER, value)
    if message is None:  # an object has an address
        message = f"must be a class or a function, got {value!r}"
    assert told == f"{OWNER}: {message}"


def test_a_needed_parameter_that_cannot_be_given_by_name_is_refused():
    def weighed(sample, weight, /): ...

    weighed.__qualname__ = "weighed"
    told = message_of(kind_of, OWNER, weighed)
    assert told.startswith(f"{OWNER}: must be callable as reward(sample), but is weighed(sample, weight, /): ")
