"""Rewards by name, and rewards of other packages."""

import importlib.metadata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward import registry
from vireward.errors import BadParameter, DuplicateReward, UnknownReward
from vireward.records import Sample, Score
from vireward.registry import factory, make, names, register, reward_name
from vireward.rewards import AnswerMatch, FormatExact, NumericMatch, TagCount

BUILT_IN = {
    "answer_match": AnswerMatch,
    "format_exact": FormatExact,
    "numeric_match": NumericMatch,
    "tag_count": TagCount,
}
SHOP = '''
from dataclasses import dataclass

from vireward import Sample, Score


@dataclass(frozen=True)
class MentionsPrice:
    """Does the reply name a price?"""

    word: str = "đồng"

    def __call__(self, sample: Sample, /) -> Score:
        return Score(float(self.word in sample.completion), "looked for the word")
'''


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """What a test registers is gone after it."""
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A package of someone else is installed, with one reward."""
    (tmp_path / "shop_rewards.py").write_text(SHOP, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    entry = importlib.metadata.EntryPoint("mentions_price", "shop_rewards:MentionsPrice", "vireward.rewards")
    installed = importlib.metadata.EntryPoints([entry])
    monkeypatch.setattr(importlib.metadata, "entry_points", installed.select)


def message_of(error, call, *args, **kwargs):
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    return str(caught.value)


# --- names and make ---


def test_the_four_built_in_rewards_have_their_names():
    assert {name: factory(name) for name in BUILT_IN} == BUILT_IN
    assert set(BUILT_IN) <= set(names())


def test_names_are_sorted():
    register("zz_last")(FormatExact)
    register("aa_first")(FormatExact)
    assert names() == sorted(names())
    assert (names()[0], names()[-1]) == ("aa_first", "zz_last")


@pytest.mark.parametrize(("name", "reward"), BUILT_IN.items())
def test_make_builds_the_reward_of_a_name(name, reward):
    assert make(name) == reward()
    assert vireward.make(name, tags=vireward.TagFormat("a", "b", "c", "d")) == reward(
        vireward.TagFormat("a", "b", "c", "d")
    )


def test_make_passes_the_parameters_on():
    assert make("numeric_match", style="en", wrong=-1.0) == NumericMatch(style="en", wrong=-1.0)


def test_what_a_parameter_may_not_be_is_said_by_the_reward():
    assert message_of(BadParameter, make, "tag_count", once="x") == "TagCount(once='x'): must be a finite number"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("numbr_match", "numeric_match"), ("formatexact", "format_exact"), ("Tag_count", "tag_count")],
)
def test_a_misspelt_name_gets_the_nearest_one(name, nearest):
    expected = f"no reward named {name!r}; did you mean {nearest!r}?"
    assert message_of(UnknownReward, make, name) == message_of(UnknownReward, factory, name) == expected


def test_a_name_like_no_other_gets_them_all():
    assert message_of(UnknownReward, make, "?") == f"no reward named '?'; known: {', '.join(names())}"


@pytest.mark.parametrize(
    ("param", "message"),
    [
        ("stile", "numeric_match(stile=1): no such parameter; did you mean 'style'?"),
        ("q", "numeric_match(q=1): no such parameter; known: tags, equal, wrong, missing, style, anywhere"),
        ("name", "numeric_match(name=1): no such parameter; known: tags, equal, wrong, missing, style, anywhere"),
    ],
)
def test_an_unknown_parameter_is_named(param, message):
    assert message_of(BadParameter, make, "numeric_match", **{param: 1}) == message


def test_a_factory_that_takes_anything_gets_anything():
    @register("any_weights")
    def build(**weights):
        return vireward.weighted(**{name: (weight, FormatExact()) for name, weight in weights.items()})

    assert make("any_weights", a=2.0) == vireward.weighted(a=(2.0, FormatExact()))


def test_a_parameter_without_a_default_has_to_be_given():
    @register("only_exact")
    def build(weight, *, missing="abstain", **more):
        return vireward.weighted(missing=missing, exact=(weight, FormatExact()))

    expected = "only_exact(weight=...): this parameter has no default and has to be given"
    assert message_of(BadParameter, make, "only_exact", missing="skip") == expected
    assert make("only_exact", weight=2.0)(Sample("")).value == 0.0


def test_a_factory_that_builds_no_reward_is_named():
    @register("price_list")
    def build():
        return {}

    message = message_of(BadParameter, make, "price_list")
    assert message.startswith("price_list: ")
    assert message.endswith("build built {}, which is not callable as reward(sample)")


# --- register ---


def test_a_class_and_a_function_can_be_registered_and_stay_what_they_are():
    @register("polite")
    @dataclass(frozen=True)
    class Polite:
        """Does the reply say please?"""

        word: str = "xin"

        def __call__(self, sample, /):
            return Score(float(self.word in sample.completion), "looked for the word")

    def polite_in(word):
        return Polite(word)

    assert register("polite_in")(polite_in) is polite_in
    assert make("polite")(Sample("xin chào")).value == 1.0
    assert make("polite_in", word="ạ") == Polite("ạ")
    assert {"polite", "polite_in"} <= set(names())


def test_a_taken_name_is_refused():
    def other():
        return FormatExact()

    message = message_of(DuplicateReward, register("format_exact"), other)
    assert message.startswith("reward 'format_exact' is already registered by vireward.rewards.format.FormatExact; ")
    assert message.endswith("test_a_taken_name_is_refused.<locals>.other needs another name")
    assert factory("format_exact") is FormatExact


def test_the_same_class_may_be_registered_again():
    register("format_exact")(FormatExact)  # as when its module is loaded once more
    assert make("format_exact") == FormatExact()


@given(st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True))
def test_lower_case_letters_digits_and_underscores_make_a_name(name):
    assert callable(register(name))


@pytest.mark.parametrize("name", ["", "A", "Format", "1st", "_x", "a-b", "a b", "a/b", "đúng", "a\n", "a.b"])
def test_any_other_name_is_refused(name):
    expected = f"register({name!r}): a name is lower-case letters, digits and underscores"
    assert message_of(BadParameter, register, name) == expected


# --- what a reward is called in logs ---


class HTMLTidy:
    def __call__(self, sample, /):
        return 1.0


def plain(sample):
    return 1.0


@pytest.mark.parametrize(
    ("reward", "name"),
    [
        (FormatExact(), "format_exact"),
        (NumericMatch(style="en"), "numeric_match"),
        (vireward.weighted(a=(1.0, FormatExact())), "weighted"),
        (plain, "plain"),
        (HTMLTidy(), "htmltidy"),
    ],
)
def test_a_reward_is_called_by_its_registered_or_its_own_name(reward, name):
    assert reward_name(reward) == name


def test_a_registered_name_wins_over_the_class_name():
    register("tidy")(HTMLTidy)
    assert reward_name(HTMLTidy()) == "tidy"


# --- plug-ins ---


def test_a_reward_of_another_package_is_found_by_name(shop):
    assert "mentions_price" in names()
    assert names() == sorted(names())
    reward = make("mentions_price", word="giá")
    assert reward(Sample("giá là 7")).value == 1.0
    assert type(reward).__module__ == "shop_rewards"
    assert reward_name(reward) == "mentions_price"


def test_a_misspelt_name_may_mean_a_plug_in(shop):
    assert (
        message_of(UnknownReward, make, "mention_price")
        == "no reward named 'mention_price'; did you mean 'mentions_price'?"
    )


def test_a_plug_in_is_checked_like_every_reward(shop):
    expected = "mentions_price(words='x'): no such parameter; did you mean 'word'?"
    assert message_of(BadParameter, make, "mentions_price", words="x") == expected


def test_a_plug_in_is_not_there_without_its_package():
    assert message_of(UnknownReward, make, "mentions_price").startswith("no reward named 'mentions_price'; ")
