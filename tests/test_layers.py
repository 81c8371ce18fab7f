"""What a module may import, what it may be called, and how long it may be."""

import ast
import os
import shutil
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import vireward

ROOT = Path(vireward.__file__).parents[1]
MODULES = sorted((ROOT / "vireward").rglob("*.py"))
by_module = pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in MODULES])

# A module imports from its own group and those above it. A new module is entered here.
LAYERS = (
    {"errors", "records", "messages"},
    {
        "tags",
        "layout",
        "columns",
        "spelling",
        "syllables",
        "numerals",
        "quantities",
        "answers",
        "extract",
        "parameters",
        "compose",
        "transform",
        "group",
        "signatures",
        "batch_function",
        "plugins",
        "registry",
        "overrun",
        "workers",
        "deadline",
    },
    {"symbolic"},
    {"judge", "readings"},
    {"rewards", "tutorial"},
    {"config", "adapters"},
    {"testing", "audit"},
    {"__init__"},
    {"training", "report", "scoring", "whole_files", "tables", "cli", "__main__"},
)
HEAVY = {
    "torch",
    "trl",
    "transformers",
    "datasets",
    "vllm",
    "unsloth",
    "math_verify",
    "hypothesis",
    "sympy",
    "numpy",
    "typer",
    "rich",
    "matplotlib",
    "jinja2",
    "pydantic",
    "regex",
    "verl",
    "openrlhf",
    "swift",
    "ray",
}
VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc"}
MODULE_LINES = 300
FUNCTION_LINES = 45  # without the docstring


# --- what an import loads ---


def loaded_by_import(root):
    """The top names of all modules that `import vireward` loads, from the package under this folder."""
    command = [sys.executable, "-P", "-c", "import sys, vireward; print(*sys.modules)"]
    env = os.environ | {"PYTHONPATH": str(root)}
    loaded = subprocess.run(command, env=env, cwd=root, capture_output=True, text=True, check=True).stdout
    return {name.partition(".")[0] for name in loaded.split()}


def test_importing_vireward_loads_nothing_heavy():
    loaded = loaded_by_import(ROOT)
    assert "vireward" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("module", ["errors.py", "rewards/format.py", "adapters/trl.py"])
def test_a_heavy_import_anywhere_would_be_found(tmp_path, module):
    shutil.copytree(ROOT / "vireward", tmp_path / "vireward", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "vireward" / module).open("a", encoding="utf-8") as planted:
        planted.write("\nimport hypothesis\n")
    assert "hypothesis" in loaded_by_import(tmp_path) & HEAVY


# --- which way imports point ---


def module_name(path, root):
    """The dotted name of a module file; a package's `__init__.py` has the name of the package."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def statements_run_by_import(node):
    """All statements of a module that are run when it is imported: not those in functions or for type checkers."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from statements_run_by_import(child)


def imported_names(path, root):
    """Dotted names that a module imports at its top level, each with what is taken from it."""
    package = module_name(path, root).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in statements_run_by_import(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{source}.{alias.name}" for alias in node.names)


def import_graph(root):
    """For each module of the package the modules of the package that it imports at its top level."""
    paths = {module_name(path, root): path for path in (root / "vireward").rglob("*.py")}
    graph = {}
    for name, path in paths.items():
        found = set()
        for imported in imported_names(path, root):
            while imported and imported not in paths:  # `vireward.tags.TagFormat` is in `vireward.tags`
                imported = imported.rpartition(".")[0]
            found |= {imported} - {""}
        graph[name] = found
    return graph


def layer(module):
    top = [*module.split("."), "__init__"][1]
    return next((i for i, names in enumerate(LAYERS) if top in names), None)


def faults(root):
    """What breaks the rule, in words."""
    graph = import_graph(root)
    found = [f"{name} stands in no layer" for name in graph if layer(name) is None]
    known = [(a, b) for a, imported in graph.items() for b in imported if None not in (layer(a), layer(b))]
    found += [f"{a} imports {b}" for a, b in known if layer(b) > layer(a)]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found.append(f"cycle: {' -> '.join(error.args[1])}")
    return sorted(found)


def test_imports_point_one_way():
    assert faults(ROOT) == []


SMALL = {
    "__init__.py": "from vireward.tags import TagFormat",
    "errors.py": "",
    "tags.py": "import re\nfrom vireward.errors import BadParameter",
    "spelling.py": "",
    "judge.py": "from vireward.tags import TagFormat",
    "rewards/__init__.py": "from vireward.rewards.format import FormatExact",
    "rewards/format.py": "from vireward.tags import TagFormat\nfrom vireward.judge import judge",
    "adapters/__init__.py": "",
    "adapters/trl.py": "from vireward.errors import BadParameter",
    "report/__init__.py": "from vireward.report.page import render",
    "report/page.py": "import vireward\nfrom vireward import judge",
}


@pytest.fixture
def small(tmp_path):
    """A package of the right shape, into which a fault can be planted."""
    for module, text in SMALL.items():
        plant(tmp_path, module, text)
    return tmp_path


def plant(root, module, text):
    """Add lines to a module, which may be a new one."""
    path = root / "vireward" / module
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as planted:
        planted.write(f"\n{text}\n")


def test_a_package_of_the_right_shape_has_no_fault(small):
    assert faults(small) == []


@pytest.mark.parametrize(
    ("module", "lines", "fault"),
    [
        ("errors.py", "from vireward.spelling import canonical", "vireward.errors imports vireward.spelling"),
        ("judge.py", "from vireward.rewards.format import TagCount", "vireward.judge imports vireward.rewards.format"),
        ("spelling.py", "import vireward.rewards", "vireward.spelling imports vireward.rewards"),
        ("rewards/format.py", "from vireward.report import draw", "vireward.rewards.format imports vireward.report"),
        ("rewards/format.py", "from ..adapters import trl", "vireward.rewards.format imports vireward.adapters.trl"),
        ("rewards/__init__.py", "from .. import report", "vireward.rewards imports vireward.report"),
        ("spelling.py", "if 1:\n    from vireward import adapters", "vireward.spelling imports vireward.adapters"),
        ("spelling.py", "try:\n    import vireward\nexcept OSError:\n    pass", "vireward.spelling imports vireward"),
        ("errors.py", "class A:\n    import vireward.report.page", "vireward.errors imports vireward.report.page"),
        ("wisdom.py", "", "vireward.wisdom stands in no layer"),
        ("wisdom/__init__.py", "", "vireward.wisdom stands in no layer"),
    ],
)
def test_an_import_that_points_the_other_way_would_be_found(small, module, lines, fault):
    plant(small, module, lines)
    assert fault in faults(small)


def test_a_cycle_within_a_group_would_be_found(small):
    plant(small, "tags.py", "from vireward.spelling import canonical")
    assert faults(small) == []
    plant(small, "spelling.py", "from vireward.tags import TagFormat")
    (fault,) = faults(small)
    assert fault.startswith("cycle: ")
    assert set(fault.removeprefix("cycle: ").split(" -> ")) == {"vireward.tags", "vireward.spelling"}


@pytest.mark.parametrize(
    "lines",
    [
        "def later():\n    from vireward.rewards import TagCount",
        "class A:\n    async def later(self):\n        import vireward.report",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from vireward.rewards import TagCount",
    ],
)
def test_an_import_that_is_not_run_with_the_module_may_point_anywhere(small, lines):
    plant(small, "tags.py", lines)
    assert faults(small) == []


# --- names and sizes ---


def is_badly_named(path):
    name = path.parent.name if path.name == "__init__.py" else path.stem
    return name in VAGUE or (name in sys.stdlib_module_names and not name.startswith("__"))


@by_module
def test_a_module_has_a_name_of_its_own(path):
    assert not is_badly_named(path)


@pytest.mark.parametrize("name", ["types.py", "numbers.py", "utils.py", "rewards/helpers.py", "core/__init__.py"])
def test_a_bad_name_would_be_found(name):
    assert is_badly_named(ROOT / "vireward" / name)


@by_module
def test_a_module_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES


def function_lengths(source):
    """Name and number of lines of each function, without its docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            docstring = first.end_lineno - first.lineno + 1 if ast.get_docstring(node) else 0
            yield node.name, node.end_lineno - node.lineno + 1 - docstring


@by_module
def test_a_function_fits_on_a_screen(path):
    lengths = function_lengths(path.read_text(encoding="utf-8"))
    assert [(name, lines) for name, lines in lengths if lines > FUNCTION_LINES] == []


def test_a_functions_length_is_counted_without_its_docstring():
    source = (
        'class A:\n    def long(self):\n        """One.\n\n        Two.\n        """\n        a = 1\n        return a\n'
    )
    assert list(function_lengths(source)) == [("long", 3)]


# --- text is never run ---


def evaluations(source):
    """Lines on which `eval` or `exec` is called or even named; a method `model.eval()` is another thing."""
    for node in ast.walk(ast.parse(source)):
        named = isinstance(node, ast.Name) and node.id in {"eval", "exec"}
        of_builtins = (
            isinstance(node, ast.Attribute) and node.attr in {"eval", "exec"} and "builtins" in ast.unparse(node)
        )
        if named or of_builtins:
            yield node.lineno


@by_module
def test_no_text_is_evaluated(path):
    assert list(evaluations(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("source", ["eval('1')", "exec('1')", "run = eval", "import builtins\nbuiltins.eval('1')"])
def test_an_evaluation_would_be_found(source):
    assert list(evaluations(source)) != []


def test_a_method_named_eval_is_another_thing():
    assert list(evaluations("model.eval()\nevaluate()\n'eval(x)'")) == []
