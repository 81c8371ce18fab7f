"""What is public is what `vireward.__all__` says, and all of it says what it is."""

import ast
import copy
import inspect
import pickle
import re
from pathlib import Path
from types import ModuleType

import pytest

import vireward
from vireward.records import Sample, Score
from vireward.registry import factory

PACKAGE = Path(vireward.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
# Parameters for rewards that cannot be built without any.
NEEDED = {
    "cosine_length": {"limit": 100, "correct": vireward.NumericMatch()},
    "forbidden_text": {"texts": ("xin lỗi",)},
    "overlong": {"limit": 100, "margin": 20},
    "pattern": {"pattern": r"\A<thinking>"},
    "relative_length": {"correct": vireward.NumericMatch()},
}
REWARDS = [pytest.param(name, id=name) for name in vireward.names()]


def example(name):
    return vireward.make(name, **NEEDED.get(name, {}))


# --- __all__ ---


def test_the_public_names_are_sorted_and_unique():
    assert vireward.__all__ == sorted(set(vireward.__all__))


def test_every_public_name_is_there():
    assert [name for name in vireward.__all__ if not hasattr(vireward, name)] == []


def test_everything_that_is_there_is_a_public_name():
    # Modules are there once something imports them, so only those that are listed are public.
    found = {name for name, thing in vars(vireward).items() if not isinstance(thing, ModuleType)}
    listed = {name for name in vireward.__all__ if not isinstance(getattr(vireward, name), ModuleType)}
    assert {name for name in found if not name.startswith("_")} == listed


def test_a_star_import_gives_the_public_names():
    scope = {}
    exec("from vireward import *", scope)
    assert set(scope) - {"__builtins__"} == set(vireward.__all__)


def test_the_version_is_one():
    assert re.fullmatch(r"\d+\.\d+\.\d+", vireward.__version__)


@pytest.mark.parametrize("name", vireward.__all__)
def test_every_public_name_has_a_docstring(name):
    assert inspect.getdoc(getattr(vireward, name))


# --- docstrings ---


def undocumented(tree):
    """Lines of the public classes, functions and methods of a module that say nothing of themselves."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield node.name
            if isinstance(node, ast.ClassDef):
                yield from (f"{node.name}.{inner}" for inner in undocumented(node))


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(PACKAGE))) for path in MODULES])
def test_every_module_and_everything_public_in_it_has_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert list(undocumented(tree)) == []


def test_a_missing_docstring_would_be_found():
    source = "class A:\n    def f(self): ...\n    def _g(self): ...\n    def __eq__(self, other): ...\ndef h(): ...\n"
    assert list(undocumented(ast.parse(source))) == ["A", "A.f", "h"]


# --- registered rewards ---


def test_the_built_in_rewards_are_public():
    built_in = [factory(name) for name in vireward.names() if factory(name).__module__.startswith("vireward.")]
    assert len(built_in) >= 4
    assert {build.__name__ for build in built_in} <= set(vireward.__all__)


@pytest.mark.parametrize("name", REWARDS)
def test_a_rewards_docstring_asks_a_question(name):
    assert inspect.getdoc(factory(name)).splitlines()[0].endswith("?")


@pytest.mark.parametrize("name", REWARDS)
def test_a_reward_is_a_value(name):
    reward = example(name)
    for again in (example(name), pickle.loads(pickle.dumps(reward)), copy.deepcopy(reward)):
        assert again == reward
        assert hash(again) == hash(reward)


@pytest.mark.parametrize("name", REWARDS)
def test_a_reward_prints_as_the_expression_that_builds_it(name):
    reward = example(name)
    assert eval(repr(reward), vars(vireward).copy()) == reward


@pytest.mark.parametrize("name", REWARDS)
@pytest.mark.parametrize("gold", [None, "", "7", "bảy"])
@pytest.mark.parametrize("completion", ["", "7", "\x00\ud800", "<SOLUTION>7</SOLUTION>", "<SOLUTION>" * 1_000])
def test_a_reward_scores_any_text(name, gold, completion):
    reward = example(name)
    if isinstance(reward, vireward.GroupReward):
        reward = vireward.per_group(reward, size=2)
    for score in vireward.score_batch(reward, [Sample(completion, gold, tokens=n) for n in (1, 2)]):
        assert isinstance(score, Score)
        assert score.why


@pytest.mark.parametrize("name", REWARDS)
def test_a_reward_says_why(name):
    reward = example(name)
    if isinstance(reward, vireward.GroupReward):
        reward = vireward.per_group(reward, size=2)
    score = reward(Sample("x", "7"))
    assert score.why
