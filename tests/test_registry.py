"""Rewards by name, and rewards of other packages."""

import pickle
import sys
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward import from_trl, per_group, registry, weighted
from vireward.batch_function import BatchFunction
from vireward.errors import BadParameter, BrokenPlugin, DuplicateReward, UnknownReward
from vireward.records import Sample, Score
from vireward.registry import broken, factory, make, names, register, registered_name, reward_name
from vireward.rewards import AnswerMatch, FormatExact, NumericMatch, TagCount
from vireward.signatures import signature_of

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


def polite(sample, *, word="ạ"):
    """Does the reply say a word?"""
    return float(word in sample.completion)


def asks(completions, **columns):
    """Does the reply ask?"""
    return [float("?" in text) for text in completions]
'''
ENTRIES = "mentions_price = shop_rewards:MentionsPrice\npolite = shop_rewards:polite\nasks = shop_rewards:asks"


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """What a test registers or loads is gone after it."""
    monkeypatch.delenv("VIREWARD_PLUGINS", raising=False)
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    monkeypatch.setattr(registry, "_loaded", {})


@pytest.fixture
def shop(install):
    """A package of someone else is installed."""
    install("Shop_Rewards", ENTRIES, shop_rewards=SHOP)


def message_of(error, call, *args, **kwargs):
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    assert "\n" not in str(caught.value)
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
    assert message.endswith("build built {}, which is no reward; a function that scores has a parameter named sample")


@pytest.mark.parametrize("made", [None, 1.0, "reward", FormatExact, [FormatExact()]])
def test_what_is_no_reward_is_not_made(made):
    register("builds")(lambda: made)
    assert "which is no reward; " in message_of(BadParameter, make, "builds")


def test_a_batch_function_that_is_built_is_made_a_reward():
    register("builds")(lambda weight=1.0: lambda completions: [weight for _ in completions])
    reward = make("builds", weight=2.0)
    assert isinstance(reward, BatchFunction)
    assert reward(Sample("x")).value == 2.0


@pytest.mark.parametrize("error", [ValueError, TypeError])
def test_a_constructor_that_refuses_its_values_is_named(error):
    @register("strict")
    class Strict:
        def __init__(self, weight):
            raise error(f"weight must be above 0,\n  got {weight}")

        def __call__(self, sample): ...

    expected = f"strict: cannot be built with these parameters: {error.__name__}: weight must be above 0, got -1"
    assert message_of(BadParameter, make, "strict", weight=-1) == expected
    with pytest.raises(BadParameter) as caught:
        make("strict", weight=-1)
    assert type(caught.value.__cause__) is error


def test_a_mistake_in_a_constructor_keeps_its_traceback():
    @register("faulty")
    def build():
        return {}["reward"]

    with pytest.raises(KeyError):
        make("faulty")


@pytest.mark.parametrize("name", [None, 5, FormatExact, FormatExact(), ["tag_count"], b"tag_count"])
def test_a_name_is_text(name):
    for call in (make, factory):
        told = message_of(BadParameter, call, name)
        assert told.startswith("a reward is made by its name, a text, got ")


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


def test_a_lambda_is_no_other_lambda_though_they_have_one_path():
    first = register("first")(lambda sample: 1.0)
    register("first")(first)
    assert "needs another name" in message_of(DuplicateReward, register("first"), lambda sample: 2.0)
    assert make("first")(Sample("")) == 1.0


def test_a_function_made_twice_in_a_function_is_two():
    def counts(word):
        @register("counts")
        def count(sample):
            return sample.completion.count(word)

    counts("ạ")
    assert "needs another name" in message_of(DuplicateReward, counts, "dạ")


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


# --- functions ---


def says(sample, *, word, times=1):
    """Does the reply say a word so often?"""
    return float(sample.completion.count(word) >= times)


def spread(samples, power=1.0):
    """How many replies of the group are others?"""
    replies = [sample.completion for sample in samples]
    return [float(len(replies) - replies.count(reply)) ** power for reply in replies]


def lengths(completions, **columns):
    """How long is the reply?"""
    return [float(len(text)) for text in completions]


class Lengths:
    """How long is the reply, times a weight?"""

    def __init__(self, weight=1.0):
        self.weight = weight

    def __call__(self, completions, **columns):
        return [self.weight * len(text) for text in completions]


class Wide:
    """An object whose text takes two lines."""

    def __repr__(self):
        return "wide\n and wide"


def test_a_function_without_parameters_is_the_reward_itself():
    assert make(register_as("plain", plain)) is plain
    assert make(register_as("spread", spread)) is spread


def register_as(name, factory):
    register(name)(factory)
    return name


def test_a_function_with_parameters_given_is_a_value():
    reward = make(register_as("says", says), word="ạ")
    assert (reward(Sample("dạ")), reward(Sample("vâng"))) == (1.0, 0.0)
    assert repr(reward) == "make('says', word='ạ')"
    for twin in (pickle.loads(pickle.dumps(reward)), eval(repr(reward), vars(vireward).copy())):
        assert twin == reward
        assert hash(twin) == hash(reward)
    assert reward != make("says", word="dạ")
    assert str(signature_of(reward)) == "(sample, *, word='ạ', times=1)"
    assert weighted(a=(2.0, reward))(Sample("dạ")).value == 2.0
    assert (registered_name(reward), reward_name(reward)) == ("says", "says")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "says(word=...): this parameter has no default and has to be given"),
        ({"times": 2}, "says(word=...): this parameter has no default and has to be given"),
        ({"wort": "ạ"}, "says(wort='ạ'): no such parameter; did you mean 'word'?"),
        ({"sample": "ạ"}, "says(sample='ạ'): no such parameter; known: word, times"),
        ({"q": Wide()}, "says(q=wide and wide): no such parameter; known: word, times"),
    ],
)
def test_a_functions_parameters_are_checked_like_a_classs(params, message):
    register("says")(says)
    told = message_of(BadParameter, make, "says", **params)
    assert told == message


def test_a_function_of_a_group_is_made_for_per_group():
    register("spread")(spread)
    group = [Sample(text, prompt="p") for text in "aab"]
    for reward, expected in ((make("spread"), [1.0, 1.0, 2.0]), (make("spread", power=2.0), [1.0, 1.0, 4.0])):
        scores = vireward.score_batch(per_group(reward, size=3), group)
        assert [score.value for score in scores] == expected
        told = message_of(BadParameter, weighted, a=(1.0, reward))
        assert told.endswith("scores all completions of a prompt; wrap it as per_group(..., size=...)")


def test_a_batch_function_is_made_a_reward():
    register("lengths")(lengths)
    assert make("lengths") == from_trl(lengths)
    assert make("lengths", gold=None, chat=True) == from_trl(lengths, gold=None, chat=True)
    assert "no such parameter; known: gold, chat" in message_of(BadParameter, make, "lengths", weight=2.0)
    register("scaled")(Lengths)
    reward = make("scaled", weight=2.0)
    assert reward(Sample("xyz")).value == 6.0
    assert (registered_name(reward), registered_name(make("lengths"))) == ("scaled", "lengths")
    assert (reward_name(reward), reward_name(make("lengths"))) == ("scaled", "lengths")


# --- what a reward is called in logs ---


class HTMLTidy:
    def __call__(self, sample, /):
        return 1.0


def plain(sample):
    return 1.0


def plain_batch(completions):
    return [1.0 for _ in completions]


@pytest.mark.parametrize(
    ("reward", "name"),
    [
        (FormatExact(), "format_exact"),
        (NumericMatch(style="en"), "numeric_match"),
        (vireward.weighted(a=(1.0, FormatExact())), "weighted"),
        (plain, "plain"),
        (HTMLTidy(), "htmltidy"),
        (from_trl(plain_batch), "plain_batch"),
    ],
)
def test_a_reward_is_called_by_its_registered_or_its_own_name(reward, name):
    assert reward_name(reward) == name


def test_a_registered_name_wins_over_the_class_name():
    register("tidy")(HTMLTidy)
    assert reward_name(HTMLTidy()) == "tidy"


# --- plug-ins ---


def test_a_reward_of_another_package_is_found_by_its_full_and_its_bare_name(shop):
    assert {"shop-rewards:asks", "shop-rewards:mentions_price", "shop-rewards:polite"} <= set(names())
    assert names() == sorted(names())
    assert "shop_rewards" not in sys.modules
    for name in ("shop-rewards:mentions_price", "Shop_Rewards:mentions_price", "mentions_price"):
        reward = make(name, word="giá")
        assert reward(Sample("giá là 7")).value == 1.0
        assert type(reward).__module__ == "shop_rewards"
        assert registered_name(reward) == "shop-rewards:mentions_price"
        assert reward_name(reward) == "mentions_price"


def test_a_plug_in_may_be_a_function(shop):
    assert make("polite")(Sample("dạ")) == 1.0
    reward = make("shop-rewards:polite", word="vâng")
    assert reward(Sample("vâng")) == 1.0
    assert repr(reward) == "make('shop-rewards:polite', word='vâng')"
    assert (registered_name(reward), reward_name(reward)) == ("shop-rewards:polite", "polite")
    asks = make("asks")
    assert [score.value for score in vireward.score_batch(asks, [Sample("?"), Sample("!")])] == [1.0, 0.0]
    assert (registered_name(asks), reward_name(asks)) == ("shop-rewards:asks", "asks")


def test_what_this_process_registered_keeps_its_name(install):
    install("shop-rewards", "format_exact = shop_rewards:polite\nmine = shop_rewards:polite", shop_rewards=SHOP)
    register("mine")(TagCount)
    assert (factory("format_exact"), factory("mine")) == (FormatExact, TagCount)
    assert factory("shop-rewards:mine") is factory("shop-rewards:format_exact")


def test_a_bare_name_of_two_packages_is_neither_of_them(install):
    install("shop-rewards", "polite = shop_rewards:polite", shop_rewards=SHOP)
    install("corner-shop", "polite = corner:polite", corner="def polite(sample): return 2.0")
    expected = "several plug-ins have a reward 'polite'; say which: corner-shop:polite, shop-rewards:polite"
    assert message_of(UnknownReward, make, "polite") == message_of(UnknownReward, factory, "polite") == expected
    assert make("corner-shop:polite")(Sample("")) == 2.0
    assert make("shop-rewards:polite")(Sample("")) == 0.0


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mention_price", "did you mean 'mentions_price'?"),
        ("shop-rewards:polit", "did you mean 'shop-rewards:polite'?"),
        ("shop-reward:polite", "did you mean 'shop-rewards:polite'?"),
        (":polite", "did you mean 'polite'?"),
        ("polite:", "did you mean 'polite'?"),
    ],
)
def test_a_misspelt_name_may_mean_a_plug_in(shop, name, hint):
    assert message_of(UnknownReward, make, name) == f"no reward named {name!r}; {hint}"


def test_a_plug_in_is_checked_like_every_reward(shop):
    for name in ("mentions_price", "shop-rewards:mentions_price"):
        expected = f"{name}(words='x'): no such parameter; did you mean 'word'?"
        assert message_of(BadParameter, make, name, words="x") == expected


def test_a_plug_in_is_not_there_without_its_package():
    assert message_of(UnknownReward, make, "mentions_price").startswith("no reward named 'mentions_price'; ")


def test_plug_ins_that_are_off_are_not_there(shop, monkeypatch):
    monkeypatch.setenv("VIREWARD_PLUGINS", "off")
    assert [name for name in names() if ":" in name] == []
    assert broken() == {}
    told = message_of(UnknownReward, make, "shop-rewards:polite")
    assert told.startswith("no reward named 'shop-rewards:polite'; ")
    assert told.endswith("; plug-ins are off by VIREWARD_PLUGINS")
    assert make("tag_count") == TagCount()


def test_one_that_is_broken_leaves_the_others(shop, install):
    install("corner-shop", "price = corner:price\nBad.Name = corner:price", corner="raise OSError('no stock\\nat all')")
    faults = {
        "corner-shop:Bad.Name": "plug-in reward 'corner-shop:Bad.Name': "
        "a name is lower-case letters, digits and underscores",
        "corner-shop:price": "plug-in reward 'corner-shop:price': "
        "corner:price cannot be loaded: OSError: no stock at all",
    }
    assert broken() == faults
    assert set(faults) <= set(names())
    for name, fault in faults.items():
        for call in (make, factory):
            assert message_of(BrokenPlugin, call, name) == fault
            assert message_of(BrokenPlugin, call, name.partition(":")[2]) == fault
    assert make("polite")(Sample("dạ")) == 1.0


def test_looking_at_the_names_loads_nothing(install):
    install("slow-shop", "price = slow_shop:price", slow_shop="import time\ntime.sleep(60)")
    assert "slow-shop:price" in names()
    assert make("tag_count") == TagCount()
    with pytest.raises(UnknownReward):
        make("slow-shop:prices")


def test_a_plug_in_that_registers_itself_too_is_one_reward(install):
    source = "import vireward\n\n\n@vireward.register('polite')\ndef polite(sample): return 1.0"
    install("shop-rewards", "polite = shop_rewards:polite", shop_rewards=source)
    assert make("polite") is make("polite") is make("shop-rewards:polite")
    assert broken() == {}
    assert [name for name in names() if name.endswith("polite")] == ["polite", "shop-rewards:polite"]
