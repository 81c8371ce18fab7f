"""What is told of a configuration that describes no reward: one line with file, key, value, rule and way out."""

import datetime
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, NewType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward import BadConfig, BadParameter, NumericMatch, TagCount, TagFormat, from_config, from_toml, registry
from vireward.config.forms import FORMS

ONE = "{ weight = 1, reward = 'tag_count' }"
SHOP = """
from dataclasses import dataclass

pi = 3.14

def polite(sample, word: str = "ạ"):
    return float(word in sample.completion)

class Silent:
    pass

class Lonely:
    def __call__(self):
        return 1.0

@dataclass(frozen=True)
class Fails:
    size: int = 1

    def __post_init__(self):
        raise KeyError("no such\\nkey")

    def __call__(self, sample):
        return 1.0

@dataclass(frozen=True)
class Refuses(Fails):
    def __post_init__(self):
        raise ValueError("size: too small")

def grouped(samples):
    return [1.0] * len(samples)

def builds_nothing():
    return None
"""
NO_IMPORT = (
    "no plug-in has this reward; a module is imported only with allow_import=True, on the command line with "
    "--allow-import"
)


Weight = NewType("Weight", float)


@dataclass(frozen=True)
class Mixed:
    """What does a parameter of several types say?"""

    either: int | str = 1
    list_or_int: tuple[int, ...] | int = 1
    reward_or_number: vireward.Reward | float = 1.0
    day: datetime.date | None = None
    texts: frozenset[str] = frozenset()
    named: dict[str, float] = field(default_factory=dict)
    weight: Weight = Weight(1.0)
    tokens: Annotated[int, "in tokens"] = 1

    def __call__(self, sample, /):
        return 1.0


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """What a test loads or registers is gone after it."""
    monkeypatch.delenv("VIREWARD_PLUGINS", raising=False)
    monkeypatch.setattr(registry, "_factories", {**registry._factories, "mixed": Mixed})
    monkeypatch.setattr(registry, "_loaded", {})


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "r.toml"


def error_of(call, *args, **kwargs):
    with pytest.raises(BadConfig) as caught:
        call(*args, **kwargs)
    assert len(str(caught.value).splitlines()) == 1
    return caught.value


def told(file, text, **how):
    """What is told of a file, without its name; the same as of a dict with its data, where it is TOML."""
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    message = str(error_of(from_toml, file.name, **how))
    assert message.startswith("r.toml: ")
    return message.removeprefix("r.toml: ")


def known():
    return f"known: {', '.join([*registry.names(), *FORMS])}"


# --- the law: a reward, or one line ---

EXAMPLE = """
[defaults]
style = "vi"
tags = { preset = "boxed", prefilled = true }

[reward]
use = "weighted"
missing = "skip"

[reward.terms]
a = { weight = 1.0, reward = { use = "gate", reward = "numeric_match", when = "format_exact", closed = -1.0 } }
b = { weight = 0.5, reward = { use = "schedule", reward = "tag_count", weights = { 0 = 1.0, 500 = 0.25 } } }
c = { weight = 1, reward = { use = "by_column", column = "x", rewards = { y = "tag_count" }, otherwise = "tag_count" } }
d = { weight = 1, reward = { use = "all_of", rewards = { x = { use = "shift", reward = "tag_count", by = 1 } } } }
e = { weight = 1, reward = { use = "first_of", rewards = [{ use = "clip", reward = "tag_count", low = 0, high = 1 }] } }
f = { weight = 1, reward = { use = "cosine_length", limit = 9, correct = "tag_count" } }
g = { weight = 1, reward = { use = "forbidden_text", texts = ["a", "b"] } }
"""
names = st.sampled_from([*registry.names(), *FORMS, "no such name", "a:b", "math:pi", "os:getcwd", ""])
texts = names | st.sampled_from(["boxed", "vi", "abstain", "1", "\n", "\u2028"]) | st.text(max_size=3)
numbers = st.integers() | st.floats() | st.integers(1, 9)
scalars = st.one_of(texts, numbers, st.booleans(), st.none(), st.binary(max_size=2), st.dates())
terms = [
    "terms",
    "rewards",
    "reward",
    "when",
    "correct",
    "weight",
    "weights",
    "tags",
    "preset",
    "size",
    "texts",
    "column",
]
keys = st.sampled_from([*terms, "missing", "above", "low", "high", "by", "style", "once", "limit", "1", ""])


def tables(inner):
    own = st.dictionaries(keys, inner, max_size=4)
    odd = st.dictionaries(st.integers() | st.none() | st.text(max_size=2), inner, max_size=2)
    return own | odd | st.builds(lambda name, own: {"use": name, **own}, names | scalars, own)


values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | tables(inner), max_leaves=12)
configs = st.fixed_dictionaries({"reward": tables(values)}, optional={"defaults": tables(values)})


@st.composite
def changed(draw):
    """The example, with another value at one place."""
    config = owner = tomllib.loads(EXAMPLE)
    while True:
        key = draw(st.sampled_from(list(owner) if isinstance(owner, dict) else range(len(owner))))
        if not isinstance(owner[key], dict | list) or not owner[key] or draw(st.integers(0, 4)) == 0:
            owner[key] = draw(values)
            return config
        owner = owner[key]


def fault(call, *args, **kwargs):
    """The message where there is no reward; that there is one, or a single line, is the law."""
    try:
        reward = call(*args, **kwargs)
    except BadConfig as error:
        (line,) = str(error).splitlines()
        return line
    assert callable(reward)
    return None


def test_any_data_is_a_reward_or_told_in_one_line():
    met = Counter()

    @given(changed() | changed() | configs | values, st.booleans())
    def one_line(data, allow_import):
        message = fault(from_config, data, allow_import=allow_import)
        assert message is None or message.startswith("config: ")
        met[message and message.partition(": ")[2].partition(": ")[2][:12]] += 1

    one_line()
    assert len(met) > 5, met


@given(st.data())
def test_any_file_is_a_reward_or_told_in_one_line(tmp_path_factory, data):
    text = EXAMPLE.encode()
    for _ in range(data.draw(st.integers(1, 2))):
        begin, length = data.draw(st.integers(0, len(text))), data.draw(st.sampled_from([0, 1, 1, 5, 40]))
        put = data.draw(st.sampled_from([b"", b"", b'"', b"=", b"1", b"true", b"\xff", b"[", b"}", b".", b"{}"]))
        text = text[:begin] + put + text[begin + length :]
    file = tmp_path_factory.getbasetemp() / "mutated.toml"
    file.write_bytes(text)
    message = fault(from_toml, file)
    assert message is None or message.startswith(f"{file}: ")


# --- files ---


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("reward = ", "is no TOML: Invalid value (at end of document)"),
        ("reward = 'a'\nreward = 'b'", "is no TOML: Cannot overwrite a value (at end of document)"),
        ("a = 'đ'\nreward = tag_count", "is no TOML: Invalid value (at line 2, column 10)"),
        (b"reward = '\xff'", "is not in UTF-8, from byte 10 on"),
        ("reward = 'tag_count'".encode("utf-16"), "is not in UTF-8, from byte 0 on"),
        ("reward = " + "[" * 9000, "is nested too deep"),
    ],
    ids=["no value", "twice", "bare text", "latin", "utf-16", "brackets"],
)
def test_a_file_that_is_no_toml(file, text, message):
    assert told(file, text) == message


def test_a_number_beyond_all_bounds(file):
    assert told(file, f"x = {'9' * 9000}").startswith("is no TOML: Exceeds the limit (4300 digits)")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.toml", "none.toml: cannot be read (No such file or directory)"),
        (".", ".: cannot be read (Is a directory)"),
        ("", "'': cannot be read (Is a directory)"),
        ("a\0b", "'a\\x00b': is no path (embedded null byte)"),
        (
            "[reward]\nuse = 'tag_count'",
            "\"[reward]\\nuse = 'tag_count'\": cannot be read (No such file or directory); "
            "from_config(tomllib.loads(text)) reads text",
        ),
    ],
)
def test_a_file_that_cannot_be_read(file, path, message):
    assert str(error_of(from_toml, path)) == message


# --- keys and values ---

ROWS = [
    # the top
    ("", "reward: has to be given"),
    ("rewards = 'tag_count'", "rewards = \"tag_count\": no such key; did you mean 'reward'?"),
    ("zz = 1\nreward = 'tag_count'", "zz = 1: no such key; known: reward, defaults"),
    ("reward = 5", "reward = 5: must be a table with `use`, or the name of a reward"),
    ("reward = []", "reward = []: must be a table with `use`, or the name of a reward"),
    (
        "reward = 'tag_cont'",
        "reward.use = \"tag_cont\": no reward or composition has this name; did you mean 'tag_count'?",
    ),
    (
        "reward = 'wighted'",
        "reward.use = \"wighted\": no reward or composition has this name; did you mean 'weighted'?",
    ),
    ("reward = '?'", 'reward.use = "?": no reward or composition has this name; KNOWN'),
    ("reward = ''", 'reward.use = "": no reward or composition has this name; KNOWN'),
    (
        "reward = 'a\"\\u200b\\u2028'",
        'reward.use = "a\\"\\\\u200b\\\\u2028": no reward or composition has this name; KNOWN',
    ),
    ("[reward]", f"reward.use: has to be given; the name of a reward, or one of {', '.join(FORMS)}"),
    ("[reward]\nuse = 5", "reward.use = 5: must be text"),
    ("[reward]\nuse = ['tag_count']", 'reward.use = ["tag_count"]: must be text'),
    # keys
    ("TAG_COUNT\nonc = 1", "reward.onc = 1: no such key; did you mean 'once'?"),
    ("TAG_COUNT\n'a b' = 1", 'reward."a b" = 1: no such key; known: tags, once, otherwise'),
    ("[reward]\nuse = 'overlong'\nlimit = 3", "reward.margin: has to be given"),
    ("[reward]\nuse = 'overlong'\nlimit = 3\nmargn = 1", "reward.margn = 1: no such key; did you mean 'margin'?"),
    ("[reward]\nuse = 'gate'\nreward = 'tag_count'", "reward.when: has to be given"),
    # values
    *(
        (f"TAG_COUNT\nonce = {value}", f"reward.once = {shown}: must be a number")
        for value, shown in [
            ("true", "true"),
            ("'1'", '"1"'),
            ("[1]", "[1]"),
            ("{ a = 1 }", "{…}"),
            ("2024-02-29", "2024-02-29"),
            ("[[1], { a = 1 }, 'b']", '[[…], {…}, "b"]'),
            (f"'{'a' * 99}'", f'"{"a" * 58}…'),
        ]
    ),
    *(
        (f"[reward]\nuse = 'repetition'\nn = {value}", f"reward.n = {shown}: must be a whole number")
        for value, shown in [
            ("true", "true"),
            ("'1'", '"1"'),
            ("1.0", "1.0"),
            ("nan", "nan"),
            ("inf", "inf"),
            ("1e300", "1e+300"),
        ]
    ),
    ("[reward]\nuse = 'repetition'\ncharacters = 1", "reward.characters = 1: must be true or false"),
    ("[reward]\nuse = 'numeric_match'\nstyle = 1", "reward.style = 1: must be text"),
    ("[reward]\nuse = 'numeric_match'\nstyle = true", "reward.style = true: must be text"),
    ("[reward]\nuse = 'forbidden_text'\ntexts = 'a'", 'reward.texts = "a": must be an array'),
    ("[reward]\nuse = 'forbidden_text'\ntexts = { a = 'b' }", "reward.texts = {…}: must be an array"),
    ("[reward]\nuse = 'forbidden_text'\ntexts = ['a', 1]", "reward.texts[1] = 1: must be text"),
    # types that are several
    ("[reward]\nuse = 'mixed'\neither = 1.5", "reward.either = 1.5: must be a whole number, or must be text"),
    ("[reward]\nuse = 'mixed'\nlist_or_int = ['a']", 'reward.list_or_int[0] = "a": must be a whole number'),
    (
        "[reward]\nuse = 'mixed'\nlist_or_int = 'a'",
        'reward.list_or_int = "a": must be an array, or must be a whole number',
    ),
    (
        "[reward]\nuse = 'mixed'\nreward_or_number = true",
        "reward.reward_or_number = true: must be a table with `use`, or the name of a reward, or must be a number",
    ),
    (
        "[reward]\nuse = 'mixed'\nreward_or_number = { use = 'tag_count', onc = 1 }",
        "reward.reward_or_number.onc = 1: no such key; did you mean 'once'?",
    ),
    (
        "[reward]\nuse = 'mixed'\nday = 'today'",
        'reward.day = "today": must be a valid date or datetime, input is too short',
    ),
    ("[reward]\nuse = 'mixed'\ntexts = 'a'", 'reward.texts = "a": must be an array'),
    ("[reward]\nuse = 'mixed'\nnamed = { 'a.b' = 'c' }", 'reward.named."a.b" = "c": must be a number'),
    ("[reward]\nuse = 'mixed'\nweight = '1'", 'reward.weight = "1": must be a number'),
    ("[reward]\nuse = 'mixed'\ntokens = '1'", 'reward.tokens = "1": must be a whole number'),
    # formats
    ("TAG_COUNT\ntags = 1", "reward.tags = 1: must be a table, or the name of a preset"),
    ("TAG_COUNT\ntags = 'deepsek'", "reward.tags = \"deepsek\": no such format; did you mean 'deepseek'?"),
    (
        "TAG_COUNT\ntags = { preset = 'x' }",
        'reward.tags.preset = "x": no such format; known: tutorial, deepseek, boxed, gsm8k',
    ),
    (
        "TAG_COUNT\ntags = { preset = 1 }",
        "reward.tags.preset = 1: no such format; known: tutorial, deepseek, boxed, gsm8k",
    ),
    (
        "TAG_COUNT\ntags = { preset = [] }",
        "reward.tags.preset = []: no such format; known: tutorial, deepseek, boxed, gsm8k",
    ),
    (
        "TAG_COUNT\ntags = { open_anwer = 'x' }",
        "reward.tags.open_anwer = \"x\": no such key; did you mean 'open_answer'?",
    ),
    ("TAG_COUNT\ntags = { presett = 'x' }", "reward.tags.presett = \"x\": no such key; did you mean 'preset'?"),
    ("TAG_COUNT\ntags = { prefilled = 1 }", "reward.tags.prefilled = 1: must be true or false"),
    # compositions
    *(
        (f"WEIGHTED\nterms = {value}", f"reward.terms{message}")
        for value, message in [
            ("1", " = 1: must be a table"),
            (f"[{ONE}]", " = [{…}]: must be a table"),
            ("{ a = 1 }", ".a = 1: must be a table"),
            ("{ a = 'tag_count' }", '.a = "tag_count": must be a table'),
            ("{ a = { weight = 1 } }", ".a.reward: has to be given"),
            ("{ a = { reward = 'tag_count' } }", ".a.weight: has to be given"),
            ("{ a = { use = 'tag_count' } }", '.a.use = "tag_count": no such key; known: weight, reward'),
            ("{ a = { wight = 1, reward = 'tag_count' } }", ".a.wight = 1: no such key; did you mean 'weight'?"),
            ("{ a = { weight = '1', reward = 'tag_count' } }", '.a.weight = "1": must be a number'),
            ("{ a = { weight = true, reward = 'tag_count' } }", ".a.weight = true: must be a number"),
            (
                "{ a = { weight = 1, reward = { use = 'tag_count', tags = { preset = 'x' } } } }",
                '.a.reward.tags.preset = "x": no such format; known: tutorial, deepseek, boxed, gsm8k',
            ),
        ]
    ),
    (f"WEIGHTED\nmissing = 'zero'\nterms = {{ a = {ONE} }}", "reward.missing = \"zero\": must be 'abstain' or 'skip'"),
    (
        f"WEIGHTED\nterms = {{ missing = {ONE} }}",
        "reward: a part cannot be named 'missing', which is a parameter; rename it",
    ),
    (
        "[reward]\nuse = 'all_of'\nrewards = { above = 'tag_count' }",
        "reward: a part cannot be named 'above', which is a parameter; rename it",
    ),
    (
        "[reward]\nuse = 'any_of'\nrewards = { above = 'tag_count' }",
        "reward: a part cannot be named 'above', which is a parameter; rename it",
    ),
    ("[reward]\nuse = 'any_of'\nrewards = ['tag_count']", 'reward.rewards = ["tag_count"]: must be a table'),
    ("[reward]\nuse = 'first_of'\nrewards = { a = 'tag_count' }", "reward.rewards = {…}: must be an array"),
    ("[reward]\nuse = 'first_of'\nrewards = ['tag_count', 'x:y']", f'reward.rewards[1].use = "x:y": {NO_IMPORT}'),
    ("[reward]\nuse = 'by_column'\ncolumn = 1\nrewards = { a = 'tag_count' }", "reward.column = 1: must be text"),
    (
        "[reward]\nuse = 'by_column'\ncolumn = 'a'\nrewards = { a = 'tag_count' }\notherwise = 5",
        "reward.otherwise = 5: must be a table with `use`, or the name of a reward",
    ),
    (
        "[reward]\nuse = 'by_column'\ncolumn = 'a'\nrewards = { a = 'tag_count' }\notherwise.use = 'tag_cont'",
        "reward.otherwise.use = \"tag_cont\": no reward or composition has this name; did you mean 'tag_count'?",
    ),
    *(
        (f"SCHEDULE\nweights = {value}", f"reward.weights{message}")
        for value, message in [
            ("[1]", " = [1]: must be a table"),
            ("{ a = 1 }", ".a: the key must be a whole number"),
            ("{ 1.5 = 1 }", ".1 = {…}: must be a number"),
            ("{ '1.0' = 1 }", '."1.0": the key must be a whole number'),
            ("{ ' 1' = 1 }", '." 1": the key must be a whole number'),
            ("{ 01 = 1 }", ".01: the key must be a whole number"),
            ("{ '٣' = 1 }", '."٣": the key must be a whole number'),
            (f"{{ {'9' * 5000} = 1 }}", f'."{"9" * 59}…": the key must be a whole number'),
            ("{ 0 = '1' }", '.0 = "1": must be a number'),
            ("{ 0 = true }", ".0 = true: must be a number"),
        ]
    ),
    # defaults
    ("reward = 'tag_count'\ndefaults = 1", "defaults = 1: must be a table"),
    (
        "reward = 'tag_count'\ndefaults = { style = 'vi' }",
        'defaults.style = "vi": no reward here has such a parameter; known: once, otherwise, tags',
    ),
    (
        "reward = 'tag_count'\ndefaults = { onc = 1 }",
        "defaults.onc = 1: no reward here has such a parameter; did you mean 'once'?",
    ),
    (
        "reward = 'tag_count'\ndefaults = { use = 'weighted' }",
        'defaults.use = "weighted": no reward here has such a parameter; known: once, otherwise, tags',
    ),
    ("reward = 'tag_count'\ndefaults = { once = '1' }", 'defaults.once = "1": must be a number'),
    ("TAG_COUNT\nonce = true\n[defaults]\nonce = '1'", "reward.once = true: must be a number"),
    (
        "reward = { use = 'scale', reward = 'tag_count' }\ndefaults = { once = '1' }",
        'defaults.once = "1": must be a number',
    ),
    (
        "reward = { use = 'scale', reward = 'tag_count' }\ndefaults.tags = { open_anwer = 'x' }",
        "defaults.tags.open_anwer = \"x\": no such key; did you mean 'open_answer'?",
    ),
    (
        "reward = { use = 'cosine_length', limit = 3 }\ndefaults.correct = { use = 'tag_count', onc = 1 }",
        "defaults.correct.onc = 1: no such key; did you mean 'once'?",
    ),
    (
        "reward = { use = 'cosine_length', limit = 3 }\ndefaults.correct = { use = 'cosine_length', limit = 3 }",
        "reward: more than 64 rewards are nested in each other; build some of them in Python, in a function under "
        "a name of its own",
    ),
]
SHORT = {
    "TAG_COUNT": "[reward]\nuse = 'tag_count'",
    "WEIGHTED": "[reward]\nuse = 'weighted'",
    "SCHEDULE": "[reward]\nuse = 'schedule'\nreward = 'tag_count'",
}


@pytest.mark.parametrize(("text", "message"), ROWS, ids=[text[:60] for text, _ in ROWS])
def test_a_wrong_key_or_value(file, text, message):
    for name, lines in SHORT.items():
        text = text.replace(name, lines)
    assert told(file, text) == message.replace("KNOWN", known())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (5, "5: must be a table with `reward`"),
        ({1: 2, "reward": "tag_count"}, "1 = 2: no such key; known: reward, defaults"),
        ({"reward": None}, "reward = None: must be a table with `use`, or the name of a reward"),
        (
            {"reward": TagCount()},
            f"reward = {TagCount()!r}: must be a table with `use`, or the name of a reward",
        ),
        ({"reward": {"use": "tag_count", 1: 2}}, "reward[1] = 1: must be text, as every key"),
        ({"reward": {"use": "tag_count", "once": None}}, "reward.once = None: must be a number"),
        ({"reward": "tag_count", "defaults": {1: 2}}, "defaults.1 = 2: no reward here has such a parameter; KNOWN"),
    ],
)
def test_a_dict_that_no_toml_gives(data, message):
    assert str(error_of(from_config, data)) == f"config: {message}".replace("KNOWN", "known: once, otherwise, tags")


def test_a_number_that_has_no_decimal_form_is_told_all_the_same():
    message = str(error_of(from_config, {"reward": {"use": "mixed", "either": [10**9000]}}))
    assert message.startswith("config: reward.either = [0x")
    assert len(message) < 200


def test_the_source_has_the_name_that_the_caller_gives_it():
    assert str(error_of(from_config, {}, source="run.json")) == "run.json: reward: has to be given"


# --- what a constructor refuses is told in its own words ---


def group(samples):
    return [1.0] * len(samples)


@pytest.mark.parametrize(
    ("table", "where", "call"),
    [
        (
            "use = 'clip'\nreward = 'tag_count'\nlow = 2\nhigh = 1",
            "",
            lambda: vireward.clip(TagCount(), low=2.0, high=1.0),
        ),
        ("use = 'tag_count'\nonce = nan", "", lambda: TagCount(once=float("nan"))),
        ("use = 'tag_count'\nonce = inf", "", lambda: TagCount(once=float("inf"))),
        ("use = 'numeric_match'\nstyle = 'zz'", "", lambda: NumericMatch(style="zz")),
        ("use = 'forbidden_text'\ntexts = []", "", lambda: vireward.ForbiddenText(())),
        ("use = 'weighted'\nterms = {}", "", lambda: vireward.weighted()),
        (
            "use = 'weighted'\nterms = { a = { weight = nan, reward = 'tag_count' } }",
            "",
            lambda: vireward.weighted(a=(float("nan"), TagCount())),
        ),
        (
            "use = 'weighted'\nterms = { a = { weight = -inf, reward = 'tag_count' } }",
            "",
            lambda: vireward.weighted(a=(float("-inf"), TagCount())),
        ),
        (
            f"use = 'weighted'\n[reward.terms]\n'a/b' = {ONE}\n[reward.terms.a]\nweight = 1\n"
            f"reward = {{ use = 'weighted', terms = {{ b = {ONE} }} }}",
            "",
            lambda: vireward.weighted(**{"a/b": (1, TagCount()), "a": (1, vireward.weighted(b=(1, TagCount())))}),
        ),
        ("use = 'schedule'\nreward = 'tag_count'\nweights = {}", "", lambda: vireward.schedule(TagCount(), {})),
        (
            "use = 'schedule'\nreward = 'tag_count'\nweights = { -1 = 1 }",
            "",
            lambda: vireward.schedule(TagCount(), {-1: 1.0}),
        ),
        (
            "use = 'schedule'\nreward = 'tag_count'\nweights = { 0 = nan }",
            "",
            lambda: vireward.schedule(TagCount(), {0: float("nan")}),
        ),
        ("use = 'first_of'\nrewards = []", "", lambda: vireward.first_of()),
        ("use = 'all_of'\nrewards = {}", "", lambda: vireward.all_of()),
        ("use = 'any_of'\nrewards = {}", "", lambda: vireward.any_of()),
        ("use = 'by_column'\ncolumn = 'a'\nrewards = {}", "", lambda: vireward.by_column("a", {})),
        ("use = 'per_group'\nreward = 'group'\nsize = 1", "", lambda: vireward.per_group(group, size=1)),
        ("use = 'per_group'\nreward = 'tag_count'\nsize = 4", "", lambda: vireward.per_group(TagCount(), size=4)),
        ("use = 'scale'\nreward = 'group'", "", lambda: vireward.scale(group)),
        (
            "use = 'first_of'\nrewards = [{ use = 'scale', reward = 'group' }]",
            ".rewards[0]",
            lambda: vireward.scale(group),
        ),
        ("use = 'tag_count'\ntags = { open_answer = '' }", ".tags", lambda: TagFormat(open_answer="")),
        (
            "use = 'tag_count'\ntags = { open_answer = '</SOLUTION>' }",
            ".tags",
            lambda: TagFormat(open_answer="</SOLUTION>"),
        ),
        ("use = 'tag_count'\ntags = { open_reasoning = '' }", ".tags", lambda: TagFormat(open_reasoning=None)),
        (
            "use = 'tag_count'\ntags = { preset = 'gsm8k', prefilled = true }",
            ".tags",
            lambda: TagFormat.preset("gsm8k", prefilled=True),
        ),
    ],
)
def test_what_a_constructor_refuses(file, table, where, call):
    registry.register("group")(group)
    with pytest.raises(BadParameter) as caught:
        call()
    assert told(file, f"[reward]\n{table}") == f"reward{where}: {caught.value}"


def test_a_reward_of_groups_goes_into_per_group(file):
    registry.register("group")(group)
    way_out = "scores all completions of a prompt; wrap it as per_group(..., size=...)"
    assert told(file, "reward = 'group'") == f"reward: from_config(reward=group): {way_out}"


# --- modules ---


@pytest.fixture
def shop(install):
    install(
        "shop",
        "",
        shop_rewards=SHOP,
        shop_boom="raise RuntimeError('one line\\nand another')",
        shop_exits="raise SystemExit('bye')",
        shop_syntax="def (:",
        shop_deep="import no_such_module_at_all",
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("shop_none:x", "the module shop_none cannot be imported: ModuleNotFoundError: No module named 'shop_none'"),
        (
            "shop_deep:x",
            "the module shop_deep cannot be imported: ModuleNotFoundError: No module named 'no_such_module_at_all'",
        ),
        ("shop_boom:x", "the module shop_boom cannot be imported: RuntimeError: one line and another"),
        ("shop_exits:x", "the module shop_exits cannot be imported: SystemExit: bye"),
        (
            "shop_syntax:x",
            "the module shop_syntax cannot be imported: SyntaxError: invalid syntax (shop_syntax.py, line 1)",
        ),
        ("shop_rewards:polit", "shop_rewards has no 'polit'; did you mean 'polite'?"),
        (
            "shop_rewards:zzz",
            "shop_rewards has no 'zzz'; known: Fails, Lonely, Refuses, Silent, builds_nothing, grouped, polite",
        ),
        ("shop_rewards:Fails.cell", "Fails has no 'cell'; known: none"),
        ("shop_rewards:pi", "must be a class or a function, got 3.14"),
        ("shop_rewards:Silent", "Silent has no __call__(self, sample), so nothing scores"),
    ],
)
def test_an_import_that_gives_no_reward(file, shop, name, message):
    text = f"reward = '{name}'"
    assert told(file, text, allow_import=True) == f'reward.use = "{name}": {message}'
    assert told(file, text) == f'reward.use = "{name}": {NO_IMPORT}'


@pytest.mark.parametrize("name", ["shop_rewards:", ":polite", "shop rewards:polite", "shop_rewards:polite:x", "a-b:c"])
def test_what_is_neither_a_name_nor_an_import(file, shop, name):
    message = told(file, f"reward = '{name}'", allow_import=True)
    assert message.startswith(f'reward.use = "{name}": no reward or composition has this name; ')


def test_a_class_that_cannot_be_called_with_a_sample(file, shop):
    message = told(file, "reward = 'shop_rewards:Lonely'", allow_import=True)
    assert message.startswith(
        'reward.use = "shop_rewards:Lonely": must be callable as reward(sample), but is Lonely.__call__'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[reward]\nuse = 'shop_rewards:polite'\nword = 1", "reward.word = 1: must be text"),
        ("[reward]\nuse = 'shop_rewards:polite'\nwodr = 'x'", "reward.wodr = \"x\": no such key; did you mean 'word'?"),
        ("reward = 'shop_rewards:Fails'", "reward: shop_rewards:Fails cannot be built: KeyError: 'no such\\nkey'"),
        (
            "[reward]\nuse = 'scale'\nreward = 'shop_rewards:Refuses'",
            "reward.reward: shop_rewards:Refuses: cannot be built with these parameters: ValueError: size: too small",
        ),
        (
            "reward = 'shop_rewards:builds_nothing'",
            "reward: shop_rewards:builds_nothing: shop_rewards.builds_nothing built None, which is no reward; "
            "a function that scores has a parameter named sample",
        ),
    ],
)
def test_an_imported_reward_that_cannot_be_built(file, shop, text, message):
    assert told(file, text, allow_import=True) == message


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("reward = 'shop_rewards:Fails'", KeyError),
        ("[reward]\nuse = 'first_of'\nrewards = ['shop_rewards:Fails']", KeyError),
        ("reward = 'shop_rewards:Refuses'", ValueError),
        ("reward = 'shop_boom:x'", RuntimeError),
        ("[reward]\nuse = 'scale'\nreward = 'shop_exits:x'", SystemExit),
        ("[reward]\nuse = 'tag_count'\nonce = nan", BadParameter),
        ("reward = 'tag_count'\n[defaults]\nonce = nan", BadParameter),
        ("reward = ", ValueError),
        ("[reward]\nuse = 'tag_count'\nonce = 'a'", type(None)),
    ],
)
def test_the_cause_is_what_was_raised_where_the_reward_is_built(file, shop, text, cause):
    file.write_text(text, encoding="utf-8")
    found = error_of(from_toml, file, allow_import=True).__cause__
    assert isinstance(found, cause)
    assert isinstance(found, BadParameter) is (cause is BadParameter)


# --- plug-ins ---


def test_a_plug_in_that_cannot_be_loaded(file, install):
    install("shop-rewards", "polite = shop_broken:polite", shop_broken="raise RuntimeError('sold out')")
    message = "plug-in reward 'shop-rewards:polite': shop_broken:polite cannot be loaded: RuntimeError: sold out"
    for name in ("polite", "shop-rewards:polite"):
        assert told(file, f"reward = '{name}'") == f'reward.use = "{name}": {message}'
        assert isinstance(error_of(from_toml, file).__cause__, RuntimeError)


def test_a_bare_name_that_several_plug_ins_have(file, install):
    for shop in ("shop-rewards", "corner-shop"):
        install(shop, f"polite = {shop.replace('-', '_')}:polite", **{shop.replace("-", "_"): SHOP})
    choice = "say which: corner-shop:polite, shop-rewards:polite"
    assert (
        told(file, "reward = 'polite'") == f"reward.use = \"polite\": several plug-ins have a reward 'polite'; {choice}"
    )
    near = "no reward or composition has this name; did you mean 'polite'?"
    assert told(file, "reward = 'polit'") == f'reward.use = "polit": {near}'


def test_a_plug_in_while_plug_ins_are_off(file, install, monkeypatch):
    install("shop-rewards", "polite = shop_rewards:polite", shop_rewards=SHOP)
    monkeypatch.setenv("VIREWARD_PLUGINS", "off")
    assert told(file, "reward = 'polite'").endswith("; plug-ins are off by VIREWARD_PLUGINS")
    monkeypatch.setenv("VIREWARD_PLUGINS", "perhaps")
    assert told(file, "reward = 'polite'") == "reward.use = \"polite\": VIREWARD_PLUGINS='perhaps': must be on or off"
