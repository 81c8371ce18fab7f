"""Rewards as data: what is written, how it is read, and for which parameters."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, NewType, Optional, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward import (
    BadConfig,
    FormatExact,
    GroupReward,
    NumericMatch,
    Reward,
    Sample,
    Score,
    TagCount,
    TagFormat,
    from_config,
    from_toml,
    gate,
    registry,
    to_config,
    to_toml,
    weighted,
)
from vireward.config.notation import toml_path, toml_value
from vireward.config.reading import DEEPEST
from vireward.config.tree import tree_of
from vireward.config.writing import toml_of

if TYPE_CHECKING:
    from nowhere import Ghost

HERE = __name__


# --- rewards of all sorts ---


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Mood(enum.StrEnum):
    GOOD = "good"
    BAD = "bad"


class OldMood(str, enum.Enum):  # noqa: UP042  # prints as `OldMood.GOOD`, so its text is not its `str`
    GOOD = "good"


class Text(str):
    def __str__(self):
        return "something else"


class Count(int):
    def __repr__(self):
        return "many"


class Share(float):
    def __repr__(self):
        return "much"


class Pair(NamedTuple):
    first: int
    second: str = "b"


@dataclass(frozen=True)
class Record:
    name: str = "a"
    weights: tuple[float, ...] = ()
    tags: TagFormat = TagFormat()  # noqa: RUF009  # a value
    inner: Reward | None = None
    children: tuple[Record, ...] = ()


Weight = NewType("Weight", float)


class Says:
    def __call__(self, sample: Sample, /) -> Score:
        return Score(1.0, "says so")


@dataclass(frozen=True)
class Typed(Says):
    """Which types may a parameter have?"""

    optional: Optional[int] = None  # noqa: UP045  # people write it
    union: Union[int, str] = 1  # noqa: UP007
    either: tuple[int, ...] | int = 1
    literal: Literal["x", "y", 3] = "x"
    colour: Colour = Colour.RED
    level: Level = Level.LOW
    mood: Mood = Mood.GOOD
    weight: Weight = Weight(1.0)
    noted: Annotated[float, "in tokens"] = 1.0
    mapping: Mapping[str, float] = field(default_factory=dict)
    steps: dict[int, list[str]] = field(default_factory=dict)
    coloured: dict[Colour, int] = field(default_factory=dict)
    integers: tuple[int, ...] = ()
    pair: tuple[int, str] = (1, "a")
    named_pair: Pair = Pair(1)  # noqa: RUF009
    listed: list[str] = field(default_factory=list)
    sequence: Sequence[str] = ()
    texts: frozenset[str] = frozenset()
    numbers: set[int] = field(default_factory=set)
    day: date | None = None
    moment: datetime | None = None
    limit: float = float("inf")
    record: Record = Record()
    records: list[Record] = field(default_factory=list)
    anything: Any = None
    number: int | None = 5
    _: KW_ONLY
    only: str = "a"


@dataclass(frozen=True)
class Holds(Says):
    """Which rewards may a parameter be?"""

    one: Reward = TagCount()  # noqa: RUF009
    maybe: Reward | None = None
    many: list[Reward] = field(default_factory=list)
    several: tuple[Reward, ...] = ()
    named: dict[str, Reward] = field(default_factory=dict)
    function: Callable[[Sample], float] | None = None
    exact: TagCount | NumericMatch | None = None
    group: GroupReward | None = None
    or_number: Reward | float = 1.0
    tags: list[TagFormat] = field(default_factory=list)


@dataclass(frozen=True)
class Odd(Says):
    """Are names free that pydantic uses itself?"""

    copy: int = 1
    json: str = "a"
    schema: bool = False
    model_config: float = 1.0
    model_fields: int = 1
    validate: str = "a"
    _private: int = 1
    self_: int = 1


@dataclass(frozen=True)
class Ghostly(Says):
    """Is a type that only a type checker knows in the way of the others?"""

    ghost: Ghost = None
    tags: TagFormat = TagFormat()  # noqa: RUF009
    inner: Reward | None = None


@dataclass(frozen=True)
class Derived(Odd):
    made: int = field(init=False, default=3)
    more: int = 1


@dataclass(frozen=True, eq=False)
class Unequal(Says):
    size: int = 1


@dataclass(frozen=True)
class TakesUse(Says):
    use: str = "x"


class Plain(Says):
    def __init__(self, size: int = 1) -> None:
        self.size = size

    def method(self, sample):
        return 1.0


@dataclass(frozen=True)
class Batched:
    """What does a class say that is called as TRL calls?"""

    size: int = 1

    def __call__(self, completions, **columns):
        return [float(self.size)] * len(completions)


class Outer:
    @dataclass(frozen=True)
    class Inner(Says):
        size: int = 1


@dataclass(frozen=True)
class Distinct:
    each: float = 1.0

    def score_group(self, samples, /):
        return [self.each] * len(samples)


def plain(sample):
    return 1.0


def placed(sample, /, words: int = 3, *, kind: str = "a", **rest):
    return 1.0


def starred(sample, *args, words: int = 1):
    return 1.0


def untyped(sample, words=1, tags=TagFormat(), inner=TagCount()):  # noqa: B008
    return 1.0


def first(**rewards: Reward):
    return vireward.first_of(*rewards.values())


def strict(threshold: float = 1.0):
    return gate(NumericMatch(), when=FormatExact(), above=threshold)


def batched(completions, **columns):
    return [1.0] * len(completions)


def grouped(samples):
    return [1.0] * len(samples)


INSTANCE = Plain(3)


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """What a test registers is gone after it."""
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))


def read_back(reward):
    """The reward that is read from what is written of it, which is the same as TOML and as a dict."""
    data = to_config(reward)
    assert tomllib.loads(to_toml(reward)) == data
    return from_config(data, allow_import=True)


def refused(call, *args, **kwargs):
    with pytest.raises(BadConfig) as caught:
        call(*args, **kwargs)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


# --- TOML text ---

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["", "a.b", "'", '"', "\\", "\x7f", "\x85"])
scalars = st.one_of(
    texts,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.dates(),
    st.datetimes().map(lambda moment: moment.replace(fold=0)),  # which TOML has not
)


def tables_of(values):
    return st.dictionaries(texts, values, max_size=5)


tables = st.recursive(
    tables_of(scalars), lambda inner: tables_of(scalars | inner | st.lists(scalars | inner, max_size=3)), max_leaves=12
)


@given(tables)
def test_text_is_read_as_the_table_that_was_written_in_its_order(table):
    assert repr(tomllib.loads(toml_of(table))) == repr(table)


@given(st.lists(texts, min_size=1, max_size=4))
def test_a_path_stands_in_toml_as_in_a_message(keys):
    found = tomllib.loads(f"{toml_path(tuple(keys))} = 1")
    for key in keys:
        found = found[key]
    assert found == 1


@given(texts)
def test_a_text_has_nothing_in_it_that_is_not_to_be_seen(text):
    assert toml_value(text).isprintable()


def test_a_composition_is_easy_to_read():
    reward = weighted(
        correct=(1.0, gate(NumericMatch(TagFormat.preset("deepseek"), style="en"), when=FormatExact())),
        shape=(0.25, vireward.schedule(TagCount(), {0: 1.0, 500: 0.25})),
        đúng=(1, vireward.per_group(Distinct(), size=8)),
        plain=(1.0, TagCount(once=1.0)),
    )
    registry.register("distinct")(Distinct)
    assert to_toml(reward) == EXAMPLE
    assert from_config(tomllib.loads(EXAMPLE)) == reward


EXAMPLE = """\
[reward]
use = "weighted"

[reward.terms.correct]
weight = 1.0

[reward.terms.correct.reward]
use = "gate"
when = "format_exact"
reward = { use = "numeric_match", tags = "deepseek", style = "en" }

[reward.terms.shape]
weight = 0.25

[reward.terms.shape.reward]
use = "schedule"
reward = "tag_count"
weights = { 0 = 1.0, 500 = 0.25 }

[reward.terms."đúng"]
weight = 1.0
reward = { use = "per_group", reward = "distinct", size = 8 }

[reward.terms.plain]
weight = 1.0
reward = { use = "tag_count", once = 1.0 }
"""


def test_parts_stay_in_their_order_whatever_their_length():
    long = gate(NumericMatch(), when=FormatExact(TagFormat.preset("deepseek", prefilled=True)))
    for parts in ({"a": long, "b": TagCount()}, {"b": TagCount(), "a": long}, {"c": TagCount(once=1.0), "a": long}):
        for reward in (vireward.all_of(**parts), vireward.by_column("type", parts)):
            assert read_back(reward) == reward
            assert list(tomllib.loads(to_toml(reward))["reward"]["rewards"]) == list(parts)


def test_a_table_without_keys_is_written_under_a_long_name_too():
    assert tomllib.loads(toml_of({"a" * 200: {}, "b": {"c" * 200: {}}})) == {"a" * 200: {}, "b": {"c" * 200: {}}}


# --- which parameters are read back ---

TREE = Record("a", (1.0,), TagFormat.preset("boxed"), TagCount(once=1.0), (Record("b"), Record("c", inner=plain)))
GIVEN = [
    {"optional": 3},
    {"union": "a"},
    {"either": (1, 2)},
    {"either": 3},
    {"literal": 3},
    {"colour": Colour.BLUE},
    {"level": Level.HIGH},
    {"mood": Mood.BAD},
    {"weight": Weight(2.0)},
    {"noted": 2.0},
    {"mapping": {"a b": 1.0, "": 2.0, "đ\x00": 3.0}},
    {"steps": {0: ["a"], -3: [], 2**62: ["b"]}},
    {"coloured": {Colour.RED: 1}},
    {"integers": (1, -1)},
    {"pair": (2, "b")},
    {"named_pair": Pair(2, "c")},
    {"listed": ["a"] * 300},
    {"sequence": ("a", "b")},
    {"texts": frozenset("abc")},
    {"numbers": {3, 1}},
    {"day": date(2024, 2, 29)},
    {"moment": datetime(2024, 2, 29, 1, 2, 3, 4)},
    {"limit": -0.0},
    {"limit": 1e-300},
    {"limit": float("-inf")},
    {"record": TREE},
    {"records": [Record(), TREE]},
    {"anything": 3},
    {"anything": [1, "a", {"b": [True]}]},
    {"number": -(2**63)},
    {"only": "b", "optional": 1},
]


@pytest.mark.parametrize("given", GIVEN, ids="-".join)
def test_a_parameter_is_read_back_as_its_type(given):
    reward = Typed(**given)
    again = read_back(reward)
    assert again == reward
    assert repr(again) == repr(reward)


@pytest.mark.parametrize(
    "reward",
    [
        Holds(TagCount(once=1.0)),
        Holds(maybe=gate(TagCount(), when=FormatExact())),
        Holds(many=[TagCount(), weighted(a=(1.0, plain))]),
        Holds(several=(plain, TagCount())),
        Holds(named={"a.b": TagCount(), "": plain}),
        Holds(function=plain),
        Holds(exact=NumericMatch(style="en")),
        Holds(group=Distinct(2.0)),
        Holds(group=grouped),
        Holds(or_number=2.0),
        Holds(or_number=TagCount()),
        Holds(tags=[TagFormat.preset("boxed"), TagFormat()]),
        Ghostly(tags=TagFormat.preset("boxed")),
        Ghostly(inner=TagCount()),
        Odd(2, "b", True, 2.0, 3, "c", 4, 5),
        Derived(copy=2, more=3),
        Outer.Inner(2),
        TakesUse(),
        plain,
        placed,
        starred,
        vireward.from_trl(batched),
        vireward.from_trl(batched, gold=None),
        vireward.from_trl(batched, gold="solution", chat=False),
        vireward.from_trl(Batched()),
        vireward.from_trl(Batched(3)),
        vireward.per_group(grouped, size=4),
        vireward.per_group(Distinct(2.0), size=4),
    ],
)
def test_a_reward_that_is_not_registered_is_read_back_where_imports_are_allowed(reward):
    assert read_back(reward) == reward
    assert HERE in str(to_config(reward))


BASE = """
from __future__ import annotations
from dataclasses import dataclass
from vireward import Reward, Score, TagFormat

@dataclass(frozen=True)
class Base:
    tags: TagFormat = TagFormat()
    inner: Reward | None = None

    def __call__(self, sample, /):
        return Score(1.0, "says so")
"""
HEIR = """
from __future__ import annotations
from dataclasses import dataclass
from far_base import Base

@dataclass(frozen=True)
class Heir(Base):
    size: int = 1
"""


def test_a_type_is_looked_up_where_its_class_was_written(install):
    install("far", "", far_base=BASE, far_heir=HEIR)
    data = {"reward": {"use": "far_heir:Heir", "size": 2, "tags": "boxed", "inner": "tag_count"}}
    reward = from_config(data, allow_import=True)
    assert (reward.tags, reward.inner, reward.size) == (TagFormat.preset("boxed"), TagCount(), 2)
    assert to_config(reward) == data


def test_a_module_may_have_a_name_in_vietnamese(install):
    install("far", "", đề_bài="def đúng(sample): return 1.0")
    reward = from_config({"reward": "đề_bài:đúng"}, allow_import=True)
    assert reward(Sample("")) == 1.0
    assert to_toml(reward) == 'reward = "đề_bài:đúng"\n'


def test_a_reward_with_the_name_of_a_composition_is_not_written_as_that():
    registry.register("clip")(TakesUse)
    assert refused(to_config, TakesUse()).startswith("clip: cannot be written, because it would not be read; ")


def test_a_long_array_takes_no_time():
    reward = vireward.ForbiddenText(("a",) * 100_000)
    assert read_back(reward) == reward


def test_a_class_without_equality_is_compared_by_its_parameters():
    again = read_back(Unequal(3))
    assert (type(again), again.size) == (Unequal, 3)


@pytest.mark.parametrize(
    ("value", "plain"),
    [(Level.HIGH, 2), (Mood.GOOD, "good"), (OldMood.GOOD, "good"), (Text("a"), "a"), (Count(3), 3), (Share(0.5), 0.5)],
)
def test_a_value_is_written_as_the_plain_value_that_it_is(value, plain):
    (written,) = [one for key, one in to_config(Typed(anything=value))["reward"].items() if key == "anything"]
    assert (type(written), written) == (type(plain), plain)


def test_scalars_of_numpy_are_numbers():
    numpy = pytest.importorskip("numpy")
    for value in (numpy.float64(1.5), numpy.float32(1.5), numpy.int64(3), numpy.bool_(True)):
        written = to_config(Typed(anything=value))["reward"]["anything"]
        assert (type(written), written) == (type(value.item()), value)
    assert read_back(TagCount(once=numpy.float64(1.5))) == TagCount(once=1.5)


def test_a_registered_function_is_written_with_its_parameters():
    for function in (placed, untyped):
        registry.register(function.__name__)(function)
    for reward in (
        vireward.make("placed", kind="b"),
        vireward.make("untyped", words="7", tags=TagFormat.preset("gsm8k"), inner=Typed(integers=(1,))),
    ):
        assert read_back(reward) == reward


def test_parameters_are_handed_over_in_the_order_of_the_signature():
    registry.register("untyped")(untyped)
    table = {"use": "untyped", "inner": "format_exact", "words": 2, "tags": "boxed"}
    assert [name for name, _ in from_config({"reward": table}).params] == ["words", "tags", "inner"]


def test_what_a_registered_function_builds_is_written_as_it_is():
    registry.register("strict")(strict)
    registry.register("first")(first)
    built = from_config({"reward": {"use": "strict", "threshold": 2}})
    assert built == strict(2.0)
    assert to_config(built)["reward"]["use"] == "gate"
    assert read_back(built) == built
    table = {"use": "first", "b": "tag_count", "a": {"use": "strict"}}
    assert from_config({"reward": table}) == vireward.first_of(TagCount(), strict())


@pytest.mark.parametrize(
    "tags",
    [
        TagFormat(None, None, "<a>", "</a>"),
        TagFormat(None, None, "=>", None, needs_reasoning=False),
        TagFormat("<a>", "</a>", "\\hộp{", "}", prefilled=True),
        TagFormat("'", '"', "\\", "\x7f"),
        *(TagFormat.preset(name) for name in vireward.tags.TAG_PRESETS),
    ],
    ids=repr,
)
def test_a_format_is_read_back(tags):
    assert read_back(FormatExact(tags)) == FormatExact(tags)


# --- what is refused, since it would not be read back ---


@pytest.mark.parametrize(
    ("reward", "message"),
    [
        (lambda sample: 1.0, "<lambda>: cannot be written; register it, or define it at the top of a module"),
        (INSTANCE.method, "Plain.method: cannot be written; register it, or define it at the top of a module"),
        (INSTANCE, "<Plain>: cannot be written; make it a dataclass, whose fields are its parameters"),
        (
            vireward.from_trl(Batched(2), gold="x"),
            "from_trl(Batched(size=2), gold='x'): cannot be written; gold and chat are written for functions only",
        ),
        (TakesUse("y"), "HERE:TakesUse: cannot be written; rename its parameter 'use', which a table has for the name"),
        (Typed(number=None), "number=None: cannot be written; TOML has no such value"),
        (
            Typed(anything=b"a"),
            "anything=b'a': cannot be written; a parameter is text, a number, true, false, a date, a list or table of "
            "these, a dataclass, a TagFormat, or a reward",
        ),
        (Typed(number=2**63), "number=9223372036854775808: cannot be written; TOML's whole numbers have 64 bits"),
        (Typed(anything="\ud800"), "anything='\\ud800': cannot be written; TOML has no half of a surrogate pair"),
        (Typed(mapping={"\ud800": 1}), "key='\\ud800': cannot be written; TOML has no half of a surrogate pair"),
        (Typed(mapping={(1,): 1}), "key=(1,): cannot be written; the keys of a table are text or whole numbers"),
        (
            Typed(anything=(1, 2)),
            "HERE:Typed: cannot be written; anything=(1, 2) would be read as anything=[1, 2]; annotate it "
            "with its type",
        ),
        (
            Typed(anything=TagFormat()),
            "HERE:Typed: cannot be written; anything=TagFormat() would be read as anything='tutorial'; annotate it "
            "with its type",
        ),
        (
            Typed(optional="a"),
            'HERE:Typed: cannot be written, because it would not be read; optional = "a": must be a whole number',
        ),
        (
            NumericMatch(equal=2**60 + 1),
            "numeric_match: cannot be written; equal=1152921504606846977 would be read as "
            "equal=1.152921504606847e+18; annotate it with its type",
        ),
        (
            vireward.from_trl(batched, gold=""),
            "HERE:batched: cannot be written, because it would be read as from_trl(batched, gold=None)",
        ),
    ],
)
def test_what_cannot_be_read_back_is_not_written(reward, message):
    told = refused(to_config, reward).replace(HERE, "HERE")
    if reward is INSTANCE:
        told = f"<Plain>{told.partition('>')[2]}"
    assert told == message
    assert refused(to_toml, weighted(a=(1.0, reward))).replace(HERE, "HERE").endswith(message.removeprefix("<Plain>"))


@pytest.mark.parametrize("reward", [5, TagCount, Distinct(), grouped, batched, "tag_count", None])
def test_what_is_no_reward_is_not_written(reward):
    with pytest.raises(vireward.BadParameter, match=r"^to_config\(reward="):
        to_config(reward)


# --- reading ---


def test_values_that_are_not_given_come_from_the_file_then_from_the_caller():
    both = {"use": "weighted", "terms": {}}
    for name in ("numeric_match", "answer_match"):
        both["terms"][name] = {"weight": 1, "reward": {"use": name}}
    both["terms"]["numeric_match"]["reward"]["style"] = "vi"
    data = {"reward": both, "defaults": {"style": "en"}}
    caller = {"style": "vi", "tags": "boxed", "no such parameter": 1}
    (_, _, numeric), (_, _, answer) = from_config(data, defaults=caller).terms
    boxed = TagFormat.preset("boxed")
    assert (numeric, answer) == (NumericMatch(boxed, style="vi"), vireward.AnswerMatch(boxed, style="en"))


def test_the_data_that_is_read_stays_as_it_is():
    data = {"reward": {"use": "gate", "reward": "tag_count", "when": {"use": "tag_count", "tags": {"preset": "boxed"}}}}
    before = repr(data)
    from_config(data, defaults={"style": "en"})
    assert repr(data) == before


def test_a_file_may_begin_with_the_mark_of_windows_editors(tmp_path):
    (file := tmp_path / "r.toml").write_bytes(b"\xef\xbb\xbfreward = 'tag_count'\r\n")
    assert from_toml(file) == from_toml(str(file)) == TagCount()


def clipped(times):
    reward = TagCount()
    for time in range(times):
        reward = vireward.clip(reward, low=-100.0 + time, high=100.0 - time)
    return reward


def test_rewards_may_be_nested_deep():
    reward = vireward.clip(clipped(DEEPEST - 1), low=0.0, high=0.5)
    assert read_back(reward) == reward
    message = (
        f"more than {DEEPEST} rewards are nested in each other; build some of them in Python, in a function under "
        "a name of its own"
    )
    assert refused(to_config, vireward.scale(reward, by=2.0)) == message
    data = {"use": "scale", "by": 2.0, "reward": to_config(reward)["reward"]}
    assert refused(from_config, {"reward": data}) == f"config: reward: {message}"


# --- for a person to look at ---


def test_a_reward_that_does_not_say_its_parameters_stands_in_the_tree():
    node = tree_of(gate(INSTANCE, when=FormatExact(well_formed=1.0)))
    assert [(part.role, part.name, part.params) for part in node.parts] == [
        ("reward", "plain", ""),
        ("when", "format_exact", "well_formed=1.0"),
    ]
