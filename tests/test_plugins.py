"""Rewards of installed packages: what is found, what is loaded, and what their code may do to the rest: nothing."""

import builtins
import importlib.metadata
import sys
import threading
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vireward import plugins, registry
from vireward.errors import BadParameter, BrokenPlugin
from vireward.plugins import Plugin, hyphened, installed, load
from vireward.records import Sample
from vireward.registry import factory

GOOD = "def polite(sample): return float('ạ' in sample.completion)"


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """What a test loads or registers is gone after it."""
    monkeypatch.delenv("VIREWARD_PLUGINS", raising=False)
    monkeypatch.setattr(registry, "_factories", dict(registry._factories))
    monkeypatch.setattr(registry, "_loaded", {})


def found(*distributions):
    return [plugin for plugin in installed() if plugin.distribution in distributions]


def fault(plugin):
    """What is told of a plug-in that does not load: one line."""
    with pytest.raises(BrokenPlugin) as caught:
        load(plugin)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"plug-in reward {plugin.full_name!r}: ")
    return str(caught.value).partition(": ")[2]


# --- what is found ---


def test_every_declared_reward_is_found_in_order_and_none_is_loaded(install):
    install("shop-rewards", "polite = shop:polite\nmentions_price = shop:Price", shop=GOOD)
    install("corner-shop", "polite = corner:polite", corner="raise RuntimeError")
    assert found("shop-rewards", "corner-shop") == [
        Plugin("corner-shop", "polite", "corner:polite"),
        Plugin("shop-rewards", "mentions_price", "shop:Price"),
        Plugin("shop-rewards", "polite", "shop:polite"),
    ]
    assert {"shop", "corner"} & set(sys.modules) == set()
    assert [plugin.full_name for plugin in installed()] == sorted(plugin.full_name for plugin in installed())


def test_a_package_that_declares_nothing_has_none(install):
    install("shop-rewards", "", shop=GOOD)
    assert found("shop-rewards") == []


def test_a_package_that_is_there_twice_counts_once_and_the_first_on_the_path_wins(install):
    install("shop-rewards", "old = shop:polite", shop=GOOD)
    install("Shop_Rewards", "polite = shop:polite", shop=GOOD)
    assert found("shop-rewards") == [Plugin("shop-rewards", "polite", "shop:polite")]


NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", fullmatch=True)


@given(NAMES, st.lists(st.sampled_from("-_."), min_size=1, max_size=3).map("".join))
def test_every_spelling_of_a_packages_name_is_the_same_name(name, separator):
    assert hyphened(hyphened(name)) == hyphened(name) == hyphened(name.upper())
    assert hyphened(f"{name}{separator}x") == f"{hyphened(name)}-x"


@pytest.mark.parametrize(
    ("value", "expected"),
    [*product(("", "1", "on", "ON", "true", "yes"), [True]), *product(("0", "off", "Off", "false", "no"), [False])],
)
def test_the_switch_turns_them_off(install, monkeypatch, value, expected):
    install("shop-rewards", "polite = shop:polite", shop=GOOD)
    monkeypatch.setenv("VIREWARD_PLUGINS", value)
    assert plugins.enabled() is expected
    assert bool(found("shop-rewards")) is expected


@pytest.mark.parametrize("value", ["maybe", " ", "2", "offf"])
def test_a_switch_that_is_neither_on_nor_off_is_refused(monkeypatch, value):
    monkeypatch.setenv("VIREWARD_PLUGINS", value)
    with pytest.raises(BadParameter) as caught:
        installed()
    assert str(caught.value) == f"VIREWARD_PLUGINS={value!r}: must be on or off"


# --- metadata that is broken ---


@pytest.mark.parametrize("metadata", [None, b"", b"Version: 1.0\n", b"\xff\xfe"])
def test_a_package_that_has_lost_its_name_keeps_its_rewards(install, metadata):
    folder = install("shop-rewards", "polite = shop:polite", shop=GOOD)
    (folder / "METADATA").unlink()
    if metadata is not None:
        (folder / "METADATA").write_bytes(metadata)
    assert found("unnamed") == [Plugin("unnamed", "polite", "shop:polite")]
    assert load(*found("unnamed")).__name__ == "polite"


@pytest.mark.parametrize("entries", [b"[vireward.rewards]\nno equals sign\n", b"[vireward.rewards]\n\xff = a:b\n"])
def test_a_package_with_unreadable_entry_points_does_not_hide_the_others(install, entries):
    install("shop-rewards", "polite = shop:polite", shop=GOOD)
    broken = install("corner-shop", "polite = corner:polite")
    (broken / "entry_points.txt").write_bytes(entries)
    with pytest.raises((TypeError, ValueError)):  # Python's own look at them ends here
        list(importlib.metadata.entry_points(group="vireward.rewards"))
    assert found("shop-rewards", "corner-shop") == [Plugin("shop-rewards", "polite", "shop:polite")]


def test_beside_a_broken_one_the_first_on_the_path_still_wins(install):
    install("shop-rewards", "old = shop:polite", shop=GOOD)
    install("Shop_Rewards", "polite = shop:polite", shop=GOOD)
    (install("corner-shop") / "entry_points.txt").write_text("[vireward.rewards]\nno equals sign\n")
    assert found("shop-rewards") == [Plugin("shop-rewards", "polite", "shop:polite")]


# --- what is loaded ---


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("shop:polite", GOOD),
        ("shop:Polite", "class Polite:\n    def __call__(self, sample): return 1.0"),
        ("shop:Rewards.polite", "class Rewards:\n    @staticmethod\n    def polite(sample): return 1.0"),
        ("shop:polite", "def polite(completions, **columns): return [1.0 for _ in completions]"),
        ("shop:polite", "def polite(samples): return [1.0 for _ in samples]"),
        ("shop:polite", "def polite(word='ạ'): ..."),
        ("shop:polite", "import functools\ndef says(sample, word): ...\npolite = functools.partial(says, word='ạ')"),
        ("shop:polite", "polite = lambda sample: 1.0"),
        ("shop : polite", GOOD),
        ("shop:polite [extra]", GOOD),
    ],
)
def test_whatever_may_be_registered_may_be_a_plug_in(install, target, source):
    install("shop-rewards", f"polite = {target}", shop=source)
    (plugin,) = found("shop-rewards")
    assert callable(load(plugin))


LOADED = [
    ("Polite", "shop:polite", GOOD, "a name is lower-case letters, digits and underscores"),
    ("polite.reply", "shop:polite", GOOD, "a name is lower-case letters, digits and underscores"),
    ("a:b", "shop:polite", GOOD, "a name is lower-case letters, digits and underscores"),
    ("polite", "shop polite", GOOD, "must be declared as one module:attribute, got 'shop polite'"),
    ("polite", "shop:polite()", GOOD, "must be declared as one module:attribute, got 'shop:polite()'"),
    ("polite", "", GOOD, "must be declared as one module:attribute, got ''"),
    ("polite", "shop", GOOD, "must be a class or a function, got <module 'shop' from "),
    ("polite", "shop:word", "word = 'ạ'", "must be a class or a function, got 'ạ'"),
    ("polite", "shop:Polite", "class Polite: ...", "Polite has no __call__(self, sample), so nothing scores"),
    (
        "polite",
        "shop:polite",
        "def polite(*, sample): ...",
        "must be callable as reward(sample), but is polite(*, sample): too many positional arguments",
    ),
    (
        "polite",
        "shop:polite",
        "async def polite(sample): ...",
        "must return at once, but polite(sample) is a coroutine or generator function; "
        "from_trl takes a coroutine function of (completions, **columns)",
    ),
    (
        "polite",
        "shop:rude",
        GOOD,
        "shop:rude cannot be loaded: AttributeError: module 'shop' has no attribute 'rude'",
    ),
    ("polite", "none:polite", GOOD, "none:polite cannot be loaded: ModuleNotFoundError: No module named 'none'"),
    ("polite", "shop:polite", "raise OSError", "shop:polite cannot be loaded: OSError"),
    ("polite", "shop:polite", "raise OSError('a\\n  b')", "shop:polite cannot be loaded: OSError: a b"),
    ("polite", "shop:polite", "raise OSError('x' * 1000)", f"shop:polite cannot be loaded: OSError: {'x' * 200}"),
    ("polite", "shop:polite", "import sys\nsys.exit(3)", "shop:polite cannot be loaded: SystemExit: 3"),
    ("polite", "shop:polite", "raise GeneratorExit", "shop:polite cannot be loaded: GeneratorExit"),
    ("polite", "shop:polite", "class Out(BaseException): ...\nraise Out(1)", "shop:polite cannot be loaded: Out: 1"),
    ("polite", "shop:polite", "def f(): f()\nf()", "shop:polite cannot be loaded: RecursionError: maximum recursion "),
    (
        "polite",
        "shop:polite",
        "import vireward\n@vireward.register('tag_count')\ndef polite(sample): ...",
        "shop:polite cannot be loaded: DuplicateReward: reward 'tag_count' is already registered by "
        "vireward.rewards.format.TagCount; shop.polite needs another name",
    ),
    (
        "polite",
        "shop:polite",
        "import vireward\npolite = vireward.make('shop-rewards:polite')",
        "shop:polite cannot be loaded: BrokenPlugin: plug-in reward 'shop-rewards:polite': shop:polite cannot be "
        "loaded: AttributeError: partially initialized module 'shop' ",
    ),
]


@pytest.mark.parametrize(("name", "target", "source", "message"), LOADED)
def test_a_plug_in_that_cannot_be_used_is_named_with_its_fault(install, name, target, source, message):
    install("shop-rewards", f"{name} = {target}", shop=source)
    told = fault(Plugin("shop-rewards", name, target))
    assert told.startswith(message) if message.endswith((" ", "from ")) else told == message


def test_a_name_that_a_package_declares_twice_is_neither_of_them(install):
    install("shop-rewards", "polite = shop:polite\npolite = shop:rude", shop=GOOD)
    (plugin,) = found("shop-rewards")
    assert fault(plugin) == "must be declared as one module:attribute, got 'shop:polite and shop:rude'"
    install("shop-rewards", "polite = shop:polite\npolite = shop:polite", shop=GOOD)
    (plugin,) = found("shop-rewards")  # said twice, and the same
    assert callable(load(plugin))


def test_the_cause_is_kept(install):
    install("shop-rewards", shop="1 / 0")
    with pytest.raises(BrokenPlugin) as caught:
        load(Plugin("shop-rewards", "polite", "shop:polite"))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert isinstance(caught.value, ImportError)


def test_a_person_who_interrupts_a_slow_plug_in_is_obeyed(install):
    install("shop-rewards", shop="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load(Plugin("shop-rewards", "polite", "shop:polite"))


def test_a_plug_in_that_was_mended_is_loaded(install):
    folder = install("shop-rewards", shop="raise OSError").parent
    plugin = Plugin("shop-rewards", "polite", "shop:polite")
    fault(plugin)
    (folder / "shop.py").write_text(GOOD + "\n# mended", encoding="utf-8")
    importlib.invalidate_caches()
    assert load(plugin)(Sample("dạ")) == 1.0


def test_threads_that_load_at_once_get_one_and_the_same(install):
    slow = "import builtins, time\nbuiltins.loads = getattr(builtins, 'loads', 0) + 1\ntime.sleep(0.2)\n"
    install("shop-rewards", "polite = slow_shop:polite", slow_shop=slow + GOOD)
    got, start = [], threading.Barrier(8)

    def ask():
        start.wait()
        got.append(factory("polite"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 8
    assert len(set(map(id, got))) == 1
    assert builtins.__dict__.pop("loads") == 1
