"""The JSON Schema of configurations: valid, complete, and of one opinion with the reader."""

import copy
import enum
import json
from collections import Counter
from dataclasses import dataclass, field
from inspect import getdoc
from pathlib import Path

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import vireward
from vireward import BadConfig, Reward, TagFormat, config_schema, from_config, registry
from vireward.config.forms import FORMS

SHOP = '''
def polite(sample, word: str = "ạ"):
    """Does the reply say please?"""
    return float(word in sample.completion)

def needs(sample, word: str):
    """Is a word said?"""
    return float(word in sample.completion)
'''


class Colour(enum.Enum):
    RED = "red"


@dataclass(frozen=True)
class Step:
    """A step."""

    least: int
    then: tuple["Step", ...] = ()


@dataclass(frozen=True)
class Point:
    """A point."""

    x: float
    y: float = 0.0


@dataclass(frozen=True)
class Awkward:
    """Does a schema take what JSON has not?"""

    colour: Colour = Colour.RED
    path: Path | None = None
    kind: type | None = None
    limit: float = float("inf")
    point: Point = Point(1.0)  # a value
    points: dict[int, list[Point]] = field(default_factory=dict)
    rewards: list[Reward] = field(default_factory=list)
    tags: TagFormat | None = None
    title: str = "a"
    readable: str = "b"
    default: str = "c"
    use: str = "d"

    def __call__(self, sample, /):
        return 1.0


@dataclass(frozen=True)
class Recursive:
    steps: tuple[Step, ...] = ()

    def __call__(self, sample, /):
        return 1.0


def broken(size=None):
    raise NotImplementedError


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """What a test registers is gone after it."""
    monkeypatch.delenv("VIREWARD_PLUGINS", raising=False)
    monkeypatch.setattr(registry, "_factories", {**registry._factories, "awkward": Awkward, "recursive": Recursive})
    monkeypatch.setattr(registry, "_loaded", {})


def validator():
    return jsonschema.Draft202012Validator(config_schema())


def is_read(data):
    try:
        from_config(data)
    except BadConfig:
        return False
    return True


# --- valid and complete ---


def test_the_schema_is_a_schema_and_json():
    schema = config_schema()
    assert schema["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema


def references(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from references(inner)


def test_each_reference_leads_somewhere():
    schema = config_schema()
    for reference in set(references(schema)):
        found = schema
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def tables():
    """The definition of the table of each reward and composition, by name."""
    definitions = config_schema()["$defs"].values()
    return {one["properties"]["use"]["const"]: one for one in definitions if "use" in one.get("properties", {})}


def test_every_reward_and_composition_is_in_it_with_its_question():
    known = tables()
    assert set(known) == {*registry.names(), *FORMS}
    for name in vireward.names():
        told = getdoc(registry.factory(name)).partition("\n")[0]
        assert known[name].get("description", told) == told
    assert "description" not in known["recursive"]  # its docstring is one that `dataclass` made up
    assert known["gate"]["description"] == getdoc(vireward.gate).partition("\n")[0]


def test_a_reward_that_is_registered_now_is_in_it():
    assert "mine" not in tables()

    @registry.register("mine")
    def mine(sample, words: int, *, least: float = 0.5):
        """Is it mine?"""
        return 1.0

    assert tables()["mine"] == {
        "type": "object",
        "description": "Is it mine?",
        "properties": {
            "use": {"const": "mine"},
            "words": {"type": "integer"},
            "least": {"type": "number", "default": 0.5},
        },
        "required": ["use", "words"],
        "additionalProperties": False,
    }


def test_rewards_of_plug_ins_are_in_it_by_both_names(install):
    install("shop-rewards", "polite = shop_r:polite\nneeds = shop_r:needs\ntag_count = shop_r:polite", shop_r=SHOP)
    install("corner", "needs = shop_r:needs\nbroken = corner_r:x", corner_r="raise RuntimeError")
    known = tables()
    assert known["shop-rewards:polite"]["description"] == known["polite"]["description"] == "Does the reply say please?"
    assert {"shop-rewards:needs", "corner:needs", "shop-rewards:tag_count"} <= set(known)
    assert {"needs", "broken", "corner:broken"} & set(known) == set()  # of two packages, and broken
    for reward, valid in {
        "polite": True,
        "shop-rewards:polite": True,
        "corner:needs": False,  # has a parameter that has to be given
        "own_module:polite": True,  # perhaps
        "mô_đun.của_tôi:Đúng": True,
        "own-module:polite": False,
    }.items():
        assert validator().is_valid({"reward": reward}) is valid
    assert validator().is_valid({"reward": {"use": "corner:needs", "word": "a"}})
    assert not validator().is_valid({"reward": {"use": "corner:needs", "wodr": "a"}})


def test_a_reward_with_the_name_of_a_composition_is_hidden_by_it():
    before = tables()
    registry.register("clip")(Awkward)
    assert tables() == before


def test_one_reward_that_cannot_be_described_does_not_spoil_the_others():
    @registry.register("spoiled")
    @dataclass(frozen=True)
    class Spoiled:
        size: int = field(default_factory=broken)

        def __call__(self, sample, /):
            return 1.0

    assert set(tables()) == {*registry.names(), *FORMS} - {"spoiled"}


@pytest.mark.parametrize(
    ("table", "valid"),
    [
        ({"colour": "red", "limit": 1.0, "path": "/", "title": "", "readable": "", "default": ""}, True),
        ({"colour": "green"}, False),
        ({"point": {"x": 1}, "points": {"1": [{"x": 1.0, "y": 2}]}}, True),
        ({"point": {}}, False),
        ({"points": {"a": []}}, False),
        ({"points": {"1": [{"z": 1}]}}, False),
        ({"rewards": ["tag_count", {"use": "awkward"}], "tags": {"preset": "boxed"}}, True),
        ({"rewards": ["tag_cont"]}, False),
        ({"tags": "boxd"}, False),
        ({"title": 1}, False),
    ],
)
def test_parameters_that_are_awkward_for_a_schema(table, valid):
    data = {"reward": {"use": "awkward", **table}}
    assert validator().is_valid(data) is is_read(data) is valid


def test_a_parameter_named_use_is_not_in_it():
    assert tables()["awkward"]["properties"]["use"] == {"const": "awkward"}


# --- of one opinion with the reader ---

MISTAKES = [
    {},
    {"reward": 5},
    {"reward": []},
    {"reward": {}},
    {"reward": "tag_cont"},
    {"reward": "overlong"},
    {"reward": "gate"},
    {"reward": {"use": 5}},
    {"reward": {"use": "tag_cont"}},
    {"reward": {"once": 1}},
    {"reward": {"use": "tag_count", "onc": 1}},
    {"reward": {"use": "tag_count", "once": "1"}},
    {"reward": {"use": "tag_count", "once": True}},
    {"reward": {"use": "tag_count", "tags": "boxd"}},
    {"reward": {"use": "tag_count", "tags": {"preset": "boxd"}}},
    {"reward": {"use": "tag_count", "tags": {"open_anwer": "a"}}},
    {"reward": {"use": "tag_count", "tags": {"open_answer": 1}}},
    {"reward": {"use": "repetition", "n": 1.5}},
    {"reward": {"use": "repetition", "characters": 1}},
    {"reward": {"use": "forbidden_text", "texts": "a"}},
    {"reward": {"use": "overlong", "limit": 3}},
    {"reward": {"use": "weighted"}},
    {"reward": {"use": "weighted", "terms": {"a": "tag_count"}}},
    {"reward": {"use": "weighted", "terms": {"a": {"weight": 1}}}},
    {"reward": {"use": "weighted", "terms": {"a": {"wight": 1, "weight": 1, "reward": "tag_count"}}}},
    {"reward": {"use": "weighted", "missing": "zero", "terms": {"a": {"weight": 1, "reward": "tag_count"}}}},
    {"reward": {"use": "gate", "reward": "tag_count"}},
    {"reward": {"use": "gate", "reward": "tag_count", "when": {"use": "tag_count", "onc": 1}}},
    {"reward": {"use": "first_of", "rewards": {"a": "tag_count"}}},
    {"reward": {"use": "all_of", "rewards": ["tag_count"]}},
    {"reward": {"use": "schedule", "reward": "tag_count", "weights": {"a": 1}}},
    {"reward": {"use": "schedule", "reward": "tag_count", "weights": {"01": 1}}},
    {"reward": {"use": "schedule", "reward": "tag_count", "weights": {"0": "1"}}},
    {"reward": {"use": "by_column", "column": "a", "rewards": {"a": "tag_cont"}}},
    {"reward": "tag_count", "defaults": 1},
    {"reward": "tag_count", "defaults": {"onc": 1}},
    {"reward": "tag_count", "defaults": {"closed": 1.0}},
    {"reward": "tag_count", "defaults": {"once": "1"}},
    {"reward": "tag_count", "rewards": "tag_count"},
]


@pytest.mark.parametrize("data", MISTAKES, ids=str)
def test_a_mistake_is_one_for_both(data):
    assert not validator().is_valid(data)
    assert not is_read(data)


VALID = [
    {"reward": "tag_count"},
    {"reward": "numeric_match", "defaults": {"style": "en", "tags": {"preset": "boxed", "prefilled": True}}},
    {
        "reward": {
            "use": "weighted",
            "missing": "skip",
            "terms": {
                "a": {"weight": 1, "reward": {"use": "clip", "reward": "tag_count", "low": 0.5, "high": 2}},
                "b": {
                    "weight": -0.5,
                    "reward": {"use": "gate", "reward": "numeric_match", "when": "format_exact", "closed": 1.0},
                },
            },
        }
    },
    {
        "reward": {
            "use": "by_column",
            "column": "type",
            "rewards": {
                "a": {"use": "schedule", "reward": "tag_count", "weights": {"0": 1.0, "500": 0.25}, "linear": True},
                "b": {"use": "all_of", "above": 0.5, "rewards": {"x": "format_exact", "y": {"use": "tag_count"}}},
            },
            "otherwise": {"use": "first_of", "rewards": [{"use": "overlong", "limit": 9, "margin": 3}, "choice_match"]},
        }
    },
    {
        "reward": {
            "use": "any_of",
            "rewards": {
                "a": {
                    "use": "scale",
                    "by": 2.0,
                    "plus": 1,
                    "reward": {"use": "shift", "reward": "repetition", "by": 1},
                },
                "b": {"use": "forbidden_text", "texts": ["a", "b"], "penalty": -1.0},
                "c": {"use": "cosine_length", "limit": 9, "correct": {"use": "answer_match", "anywhere": True}},
            },
        }
    },
    {
        "reward": {
            "use": "awkward",
            "point": {"x": 1.0},
            "rewards": ["tag_count", {"use": "tag_count", "tags": "boxed"}],
        }
    },
]
# What is none of its type's: numbers are no text, whole numbers are numbers, and so on.
WRONG = {str: [1, True, [], {}], float: ["1", True, [], {}], bool: ["true", 1, [], {}], list: ["a", 1, {}]}
WRONG |= {int: WRONG[float], dict: ["no such name", 1, True, []]}


@pytest.mark.parametrize("data", VALID, ids=str)
def test_what_is_read_is_valid(data):
    assert is_read(data)
    assert list(validator().iter_errors(data)) == []


def places(data, path=()):
    """The paths of all keys in the data."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from places(value, (*path, key))


@st.composite
def changed(draw):
    """A valid configuration with one key renamed, added or removed, or with a value of another type."""
    config = copy.deepcopy(draw(st.sampled_from(VALID)))
    *path, key = draw(st.sampled_from(sorted(places(config), key=str)))
    owner = config
    for step in path:
        owner = owner[step]
    change = draw(st.sampled_from(["rename", "retype", "remove", "add"]))
    if change == "retype":
        owner[key] = draw(st.sampled_from(WRONG[type(owner[key])]))
    elif change == "remove":
        del owner[key]
    else:
        assume(isinstance(owner, dict))
        owner[f"{key}_"] = copy.deepcopy(owner[key]) if change == "add" else owner.pop(key)
    assume(not is_beyond_a_schema(config))
    return config


def test_a_change_of_a_valid_configuration_is_valid_for_both_or_for_none():
    schema, met = validator(), Counter()

    @given(changed())
    def one_opinion(config):
        valid = schema.is_valid(config)
        assert valid is is_read(config)
        met[valid] += 1

    one_opinion()
    assert min(met[True], met[False]) >= sum(met.values()) / 10, met


def is_beyond_a_schema(data):
    """Whether the data breaks a rule between values, such as that there has to be one."""
    return any(value in ({}, []) for value in leaves(data))


def leaves(data):
    if isinstance(data, dict | list):
        for inner in data.values() if isinstance(data, dict) else data:
            yield inner
            yield from leaves(inner)
