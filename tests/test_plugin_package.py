"""A package of someone else, installed beside vireward by pip in an environment of its own, and used by the command."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGE = HERE / "plugin_package"
ROWS = [
    {"completion": "Dạ, giá 5 đồng ạ.", "answer": None},
    {"completion": "5 đồng.", "answer": None},
    {"completion": "Dạ vâng ạ, ạ.", "answer": None},
]
WORKING = {
    "shop-rewards:good_reply": "Does the reply name a price, and politely?",
    "shop-rewards:mentions": "How often does the reply say a word?",
    "shop-rewards:mentions_price": "Does the reply name a price?",
    "shop-rewards:polite": "Does the reply begin politely?",
    "shop-rewards:variety": "Does the reply differ from the other replies to its customer?",
}
BROKEN = "shop-rewards:stock_level"
FAULT = (
    "plug-in reward 'shop-rewards:stock_level': shop_rewards.stock:StockLevel cannot be loaded: "
    "ImportError: the stock list is not installed ask the shop for it"
)


def pip_install(python, *what):
    """Install for another interpreter, without what the package asks for: that is lent to it."""
    # Where the build backend is at hand nothing is asked of an index; elsewhere pip gets it as for any package.
    how = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", *how, *what]
    subprocess.run(list(map(str, command)), check=True)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A fresh environment with vireward and the package in it; all else is lent by the one that runs the tests."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    Path(packages, "lent.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    source = tmp_path_factory.mktemp("source") / "plugin_package"
    shutil.copytree(PACKAGE, source)
    pip_install(python, HERE.parent, source)
    return home


@pytest.fixture
def vireward(environment, tmp_path):
    """The command of that environment, run in an empty folder."""

    def run(*args, **variables):
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIREWARD"))}
        return subprocess.run(
            [environment / "bin" / "vireward", *map(str, args)],
            env=env | variables,
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    return run


@pytest.fixture(scope="module")
def second_shop(tmp_path_factory, environment):
    """Another package, with a reward of the same bare name, installed in a folder that can be added to the path."""
    source = tmp_path_factory.mktemp("source") / "corner_shop"
    source.mkdir()
    project = (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")
    head, _, _ = project.replace("Shop_Rewards", "corner-shop").partition("[project.entry-points")
    entries = '[project.entry-points."vireward.rewards"]\nmentions_price = "corner_shop:mentions_price"\n'
    built = '[tool.hatch.build.targets.wheel]\ninclude = ["corner_shop.py"]\n'
    (source / "pyproject.toml").write_text(head + entries + built, encoding="utf-8")
    function = 'def mentions_price(sample):\n    """Is there a number?"""\n    return 9.0\n'
    (source / "corner_shop.py").write_text(function, encoding="utf-8")
    target = tmp_path_factory.mktemp("target")
    pip_install(environment / "bin" / "python", "--target", target, source)
    return target


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "replies.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def listed(ended):
    """The rows of `vireward list`, by name."""
    assert ended.returncode == 0, ended.stderr
    return dict(re.split(r" {2,}", line.rstrip(), maxsplit=1) for line in ended.stdout.splitlines()[1:])


def test_it_is_the_installed_package_that_is_tested(environment):
    code = "import vireward, shop_rewards; print(vireward.__file__, shop_rewards.__file__)"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run([environment / "bin" / "python", "-P", "-c", code], env=env, capture_output=True, text=True)
    assert all(Path(path).is_relative_to(environment) for path in ran.stdout.split())


def test_every_reward_is_listed_and_a_broken_one_with_its_fault(vireward):
    rows = listed(ended := vireward("list"))
    assert {name: told for name, told in rows.items() if ":" in name} == WORKING | {BROKEN: f"broken: {FAULT}"}
    assert "tag_count" in rows
    assert ended.stderr == ""


def test_they_are_listed_as_json(vireward):
    ended = vireward("list", "--json")
    rows = {row["name"]: row for row in json.loads(ended.stdout)}
    assert (ended.returncode, ended.stderr) == (0, "")
    assert rows[BROKEN] == {"name": BROKEN, "question": None, "broken": FAULT}
    for name, question in WORKING.items():
        assert rows[name] == {"name": name, "question": question, "broken": None}


@pytest.mark.parametrize("name", ["shop-rewards:mentions_price", "mentions_price", "Shop.Rewards:mentions_price"])
def test_a_reward_is_shown_with_its_parameters(vireward, name):
    ended = vireward("show", name)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Does the reply name a price?" in ended.stdout
    assert re.search(r"^currency +'đồng'", ended.stdout, re.MULTILINE)
    assert "names no price" in ended.stdout


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mentions", r"^word +'ạ'"),
        ("polite", r"^gold +'answer'"),
        ("good_reply", r"^price +2\.0"),
        ("variety", r"^No example: "),
    ],
)
def test_rewards_of_every_kind_are_shown(vireward, name, expected):
    ended = vireward("show", name)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.search(expected, ended.stdout, re.MULTILINE)


def test_a_broken_one_is_not_shown(vireward):
    for name in (BROKEN, "stock_level"):
        ended = vireward("show", name)
        assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"vireward: {FAULT}\n")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("mentions_price", [1.0, 1.0, 0.0]),
        ("shop-rewards:mentions_price", [1.0, 1.0, 0.0]),
        ("mentions", [2.0, 0.0, 3.0]),
        ("polite", [1.0, 0.0, 1.0]),
        ("good_reply", [3.0, 2.0, 1.0]),
    ],
)
def test_a_file_is_scored_by_a_name(vireward, file, name, values):
    ended = vireward("score", file, "--reward", name)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [json.loads(line)["value"] for line in ended.stdout.splitlines()] == values


def test_a_parameter_goes_to_a_function_too(vireward, file):
    ended = vireward("score", file, "--reward", "mentions", "--param", "word=đồng")
    assert [json.loads(line)["value"] for line in ended.stdout.splitlines()] == [1.0, 1.0, 0.0]


def test_one_that_cannot_score_a_file_says_why(vireward, file):
    ended = vireward("score", file, "--reward", "variety")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("vireward: ")
    assert ended.stderr.endswith("scores all completions of a prompt; wrap it as per_group(..., size=...)\n")
    assert ended.stderr.count("\n") == 1


def test_they_can_be_switched_off(vireward, file):
    assert [name for name in listed(vireward("list", VIREWARD_PLUGINS="off")) if ":" in name] == []
    ended = vireward("score", file, "--reward", "mentions_price", VIREWARD_PLUGINS="off")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("vireward: no reward named 'mentions_price'; ")
    assert ended.stderr.endswith("; plug-ins are off by VIREWARD_PLUGINS\n")
    ended = vireward("list", VIREWARD_PLUGINS="maybe")
    assert (ended.returncode, ended.stderr) == (2, "vireward: VIREWARD_PLUGINS='maybe': must be on or off\n")


def test_a_bare_name_of_two_packages_is_refused_with_both(vireward, file, second_shop):
    path = {"PYTHONPATH": str(second_shop)}
    rows = listed(vireward("list", **path))
    assert rows["corner-shop:mentions_price"] == "Is there a number?"
    assert rows["shop-rewards:mentions_price"] == "Does the reply name a price?"
    both = "several plug-ins have a reward 'mentions_price'; say which: "
    both += "corner-shop:mentions_price, shop-rewards:mentions_price"
    for args in (["show", "mentions_price"], ["score", file, "--reward", "mentions_price"]):
        ended = vireward(*args, **path)
        assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"vireward: {both}\n")
    ended = vireward("score", file, "--reward", "corner-shop:mentions_price,shop-rewards:mentions_price", **path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [json.loads(line)["value"] for line in ended.stdout.splitlines()] == [10.0, 10.0, 9.0]
