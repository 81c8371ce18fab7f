"""Nothing that a completion says is run: each place that evaluates, unpickles or imports is known, and why it may."""

import ast
from collections import Counter
from pathlib import Path

import pytest

import vireward

PACKAGE = Path(vireward.__file__).parent

# What runs or loads what it is given, by the full name; a star stands for all of a module.
DANGEROUS = {
    *("builtins.eval", "builtins.exec", "builtins.compile", "builtins.__import__", "builtins.__dict__"),
    *("importlib.import_module", "importlib.__import__", "importlib.reload", "importlib.metadata.EntryPoint"),
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "pickle._Unpickler", "pickle._loads", "pickle._load"),
    *(
        "_pickle.*",
        "cPickle.*",
        "dill.*",
        "cloudpickle.*",
        "joblib.load",
        "torch.load",
        "numpy.load",
        "pandas.read_pickle",
    ),
    *("marshal.load", "marshal.loads", "shelve.*", "runpy.*", "code.*", "codeop.*", "timeit.*"),
    *("yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "yaml.UnsafeLoader"),
    *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
    *("sympy.sympify", "sympy.S", "sympy.parse_expr", "sympy.parsing.*", "sympy.core.sympify.*", "sympy.lambdify"),
    *("math_verify.parse", "math_verify.parser.*", "latex2sympy2_extended.latex2sympy"),
}
MODULES = {name.rpartition(".")[0] for name in DANGEROUS}
# Of whatever object: a connection's `recv` unpickles, and these names mean the same wherever they come from.
METHODS = {
    "recv",
    "sympify",
    "parse_expr",
    "Unpickler",
    "import_module",
    "__import__",
    "__builtins__",
    "__subclasses__",
}
OF_NOTHING_KNOWN = {"loads"}  # where no import says what the object is
BARE = {"eval", "exec", "compile", "__import__"}

ASKED = "of the parent's own call: a name from the library or the user's code; a completion is an argument beside it"

# By module and name: how often it stands there, and why no completion is run by it.
ALLOWED = {
    "__init__.py": {
        "importlib.import_module": (1, "a part of the library, of two that are named there"),
    },
    "audit/asking.py": {
        "pickle.loads": (1, "in the worker, the reward that the parent has pickled"),
    },
    "testing/fresh.py": {
        "importlib.import_module": (1, "the module of the reward under test"),
        "pickle.loads": (2, "in a fresh interpreter, the reward and samples that the parent has pickled"),
    },
    "testing/laws_of_machines.py": {
        "pickle.loads": (
            2,
            "the reward under test, pickled there, and the values that the fresh interpreter has pickled",
        ),
    },
    "config/reading.py": {
        "importlib.import_module": (1, "the `use` of a configuration, which its user writes as code"),
    },
    "config/writing.py": {
        "importlib.import_module": (1, "the `__module__` of a reward that the user's own code has built"),
    },
    "plugins.py": {
        "importlib.metadata.EntryPoint": (4, "the target that an installed package declares in its metadata"),
    },
    "workers/broker.py": {
        "importlib.import_module": (2, f"the module {ASKED}"),
        "pickle.loads": (1, "in the worker, `Call.payload`: the arguments, from `pickle.dumps` in the parent"),
        ".recv": (
            2,
            "in broker and worker, the `Call` that `Connection.send` in the parent, or the broker, has written",
        ),
    },
    "workers/replies.py": {
        "pickle.Unpickler": (
            1,
            "in parent and broker, all that comes from a worker: the messages that `Connection.send` wrote, and "
            "`Reply.value` and `_Raised.pickled`, from `pickle.dumps`; it admits scores and exceptions alone",
        ),
    },
    "deadline.py": {
        "pickle.loads": (1, "in the worker, the reward that the parent has pickled when the deadline was built"),
    },
    "symbolic.py": {
        "math_verify.parse": (
            1,
            "in the worker, plain text that `formulas.py` has let through: words of LaTeX's mathematics, no "
            "name of Python; the LaTeX rules alone, no expressions of Python",
        ),
    },
}


def paths():
    return {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}


def is_dangerous(name):
    parts = name.split(".")
    return name in DANGEROUS or any(f"{'.'.join(parts[:end])}.*" in DANGEROUS for end in range(1, len(parts) + 1))


class Names:
    """What the names of a module stand for, and which of them run or load something."""

    def __init__(self, source):
        self.tree = ast.parse(source)
        self.meant = {}
        self.found = Counter()
        # `sympy.S.Zero` is a constant, `sympy.S(text)` reads a text.
        self.owners = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(self.tree):
            self._note(node)
        for node in ast.walk(self.tree):
            self._look(node)

    def _note(self, node):
        """What imports and plain assignments of modules bind."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.meant[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                self.meant[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Assign | ast.NamedExpr) and (value := self.name_of(node.value)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and (value in MODULES or is_dangerous(value)):
                    self.meant[target.id] = value

    def name_of(self, node):
        """The full name that an expression stands for; None where it has none."""
        if isinstance(node, ast.Name):
            return self.meant.get(node.id) or (f"builtins.{node.id}" if node.id in BARE else None)
        if isinstance(node, ast.Attribute):
            owner = self.name_of(node.value)
            return f"{owner}.{node.attr}" if owner else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            owner, name = self.name_of(node.args[0]), node.args[1]
            return f"{owner}.{name.value}" if owner and isinstance(name, ast.Constant) else None
        if isinstance(node, ast.Call) and self.name_of(node.func) == "builtins.vars" and node.args:
            return self.name_of(node.args[0])
        return None

    def _look(self, node):
        if isinstance(node, ast.ImportFrom):
            self._imported(node)
        elif isinstance(node, ast.Import):
            self.found.update(alias.name for alias in node.names if is_dangerous(f"{alias.name}.*"))
        elif isinstance(node, ast.Name) and node.id == "__builtins__":
            self.found["__builtins__"] += 1
        elif isinstance(node, ast.Call):
            self._called(node)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            self._named(node)

    def _named(self, node):
        name = self.name_of(node)
        if name and is_dangerous(name) and not (name == "sympy.S" and id(node) in self.owners):
            self.found[name] += 1
        elif isinstance(node, ast.Attribute) and (node.attr in METHODS or (not name and node.attr in OF_NOTHING_KNOWN)):
            self.found[f".{node.attr}"] += 1

    def _imported(self, node):
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            if is_dangerous(name) or (alias.name == "*" and node.module in MODULES):
                self.found[name] += 1

    def _called(self, node):
        """A shell, `getattr` by a name that is written there, or of a module that loads by one that is not."""
        if any(k.arg == "shell" and getattr(k.value, "value", True) for k in node.keywords):
            self.found["shell=True"] += 1
        named = isinstance(node.func, ast.Name) and node.func.id in {"getattr", "vars"}
        if named and node.args:
            owner, name = self.name_of(node.args[0]), node.args[1] if len(node.args) > 1 else None
            text = name.value if isinstance(name, ast.Constant) else None
            if (owner in MODULES and (text is None or is_dangerous(f"{owner}.{text}"))) or text in METHODS:
                self.found[f"{owner or ''}.{text or '?'}"] += 1


def dangers(source):
    return Names(source).found


# --- the package ---


@pytest.mark.parametrize("module", paths())
def test_nothing_is_run_or_loaded_but_what_is_known(module):
    found = dangers(paths()[module].read_text(encoding="utf-8"))
    assert found == {name: times for name, (times, _) in ALLOWED.get(module, {}).items()}


def test_what_is_known_stands_in_modules_that_exist_and_has_a_reason():
    assert {*ALLOWED} <= {*paths()}
    assert all(len(reason) > 20 for known in ALLOWED.values() for _, reason in known.values())


# --- each disguise ---

DISGUISES = [
    ("eval('1')", "builtins.eval"),
    ("run = exec\nrun('1')", "builtins.exec"),
    ("code = compile('1', '', 'eval')", "builtins.compile"),
    ("import builtins\nbuiltins.eval('1')", "builtins.eval"),
    ("import builtins as b\nf = b.exec", "builtins.exec"),
    ("from builtins import eval as read", "builtins.eval"),
    ("import builtins\ngetattr(builtins, 'eval')('1')", "builtins.eval"),
    ("__builtins__['eval']('1')", "__builtins__"),
    ("import builtins\nbuiltins.__dict__['ev' + 'al']", "builtins.__dict__"),
    ("import builtins\nvars(builtins)['eval']", "builtins.?"),
    ("import pickle\npickle.loads(b'')", "pickle.loads"),
    ("import pickle as p\np.loads(b'')", "pickle.loads"),
    ("from pickle import loads as x\nx(b'')", "pickle.loads"),
    ("from pickle import *", "pickle.*"),
    ("import pickle\ngetattr(pickle, 'loads')(b'')", "pickle.loads"),
    ("import pickle\nname = 'loads'\ngetattr(pickle, name)(b'')", "pickle.?"),
    ("import pickle\np = pickle\np.load(None)", "pickle.load"),
    ("import pickle\nmap(pickle.loads, [])", "pickle.loads"),
    ("import sys\nsys.modules['pickle'].loads(b'')", ".loads"),
    ("from builtins import *", "builtins.*"),
    ("import pickle\nclass A(pickle.Unpickler):\n    pass", "pickle.Unpickler"),
    ("def f():\n    from pickle import Unpickler", "pickle.Unpickler"),
    ("from _pickle import loads", "_pickle.loads"),
    ("import dill", "dill"),
    ("import torch\ntorch.load('x')", "torch.load"),
    ("import marshal\nmarshal.loads(b'')", "marshal.loads"),
    ("import shelve\nshelve.open('x')", "shelve"),
    ("import yaml\nyaml.load('x', None)", "yaml.load"),
    ("__import__('os')", "builtins.__import__"),
    ("import importlib\nimportlib.import_module('os')", "importlib.import_module"),
    ("from importlib import import_module as get", "importlib.import_module"),
    ("import importlib as i\ngetattr(i, 'import_module')", "importlib.import_module"),
    ("from importlib.metadata import EntryPoint", "importlib.metadata.EntryPoint"),
    ("import os\nos.system('ls')", "os.system"),
    ("from os import popen", "os.popen"),
    ("import subprocess\nsubprocess.run('ls', shell=True)", "shell=True"),
    ("import subprocess as s\ns.Popen('ls', shell=flag)", "shell=True"),
    ("import sympy\nsympy.sympify('1')", "sympy.sympify"),
    ("from sympy import sympify as s", "sympy.sympify"),
    ("from sympy.parsing.sympy_parser import parse_expr", "sympy.parsing.sympy_parser.parse_expr"),
    ("import sympy as sp\nsp.S('1')", "sympy.S"),
    ("import math_verify\nmath_verify.parse('1')", "math_verify.parse"),
    ("pipe.recv()", ".recv"),
    ("self._pipe[0].recv()", ".recv"),
    ("getattr(pipe, 'recv')()", ".recv"),
    ("read = pipe.recv", ".recv"),
    ("anything.parse_expr('1')", ".parse_expr"),
    ("().__class__.__base__.__subclasses__()", ".__subclasses__"),
]


@pytest.mark.parametrize(("source", "name"), DISGUISES)
def test_a_disguise_would_be_found(source, name):
    assert name in dangers(source)


@pytest.mark.parametrize(
    "source",
    [
        "model.eval()\nevaluate()\n'eval(x)'",
        "import re\nre.compile('a')",
        "import regex\nregex.compile('a')",
        "import pickle\npickle.dumps(1)",
        "import json\njson.loads('1')",
        "import yaml\nyaml.safe_load('x')",
        "import subprocess\nsubprocess.run(['ls'], shell=False)",
        "import importlib.util\nimportlib.util.find_spec('x')",
        "import sympy\nsympy.simplify(x)",
        "import sympy\nsympy.S.Zero",
        "getattr(reward, name)",
    ],
)
def test_what_only_looks_like_one_is_not_found(source):
    assert dangers(source) == Counter()
