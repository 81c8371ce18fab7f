"""The benchmarks of speed, hostile texts and memory at tiny sizes, and what the mix of completions says of itself."""

import importlib
import json
import os
import re
import string
import subprocess
import sys
import unicodedata
from collections import Counter
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import pytest

import vireward

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
TAGS = ("<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>")
LAYOUT = re.compile(r"\s*<thinking>(.*)</thinking>\s*<SOLUTION>(.*)</SOLUTION>\s*", re.DOTALL)
UNITS = re.compile(r"\s*(?:quả táo|học sinh|quyển vở|viên bi|cái kẹo|bông hoa|kg|km|lít|m|giờ|đồng|VNĐ)\Z")
SEEDS = (1, 2)
# A parser that is not there, and one that hangs on some completions and fails on others.
GONE = "raise ImportError('not here')"
PARSER = """
import time
class XMLParser:
    def __init__(self, fields, answer_field):
        assert (fields, answer_field) == (["thinking", "SOLUTION"], "SOLUTION")
    def parse_answer(self, chat):
        text = chat[0]["content"]
        if len(text) % 8 == 0:
            time.sleep(60)
        if len(text) % 8 == 1:
            raise ValueError("eight and one")
        return text.partition("<SOLUTION>")[2].partition("</SOLUTION>")[0]
"""


def module(name):
    """A module of the benchmarks, which find each other in their folder."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def mix():
    return module("mix")


@pytest.fixture(scope="module")
def items(mix):
    return [item for seed in SEEDS for item in mix.generate(seed, 4_000)]


def run(script, folder, *args, path=None):
    """The exit status, standard output and error, and the result as it was written."""
    out = folder / "result" / "figures.json"
    paths = [str(path)] * bool(path) + os.environ.get("PYTHONPATH", "").split(os.pathsep)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUTF8": "1"}
    command = [sys.executable, str(BENCHMARKS / script), *args, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env)
    return done.returncode, done.stdout, done.stderr, json.loads(out.read_text("utf-8")) if out.exists() else None


# --- the mix ---


def test_a_seed_gives_the_same_mix_and_another_one_shares_no_text(mix):
    assert mix.generate(5, 400) == mix.generate(5, 400)
    texts = [{item.text for item in mix.generate(seed, 400)} for seed in (5, 6)]
    assert not texts[0] & texts[1]
    assert len(texts[0]) == 400


def test_each_kind_has_its_share(mix):
    kinds = Counter(item.kind.partition(":")[0] for item in mix.generate(3, 4_000))
    assert set(kinds) == set(mix.SHARES)
    for kind, share in mix.SHARES.items():
        assert kinds[kind] / 4_000 == pytest.approx(share / sum(mix.SHARES.values()), abs=0.001)


def test_degenerate_completions_are_of_many_kinds(mix):
    kinds = Counter(item.kind for item in mix.generate(3, 4_000) if item.degenerate)
    assert len(kinds) == len(mix.DEGENERATE) >= 22
    assert max(kinds.values()) - min(kinds.values()) <= 1


def test_lengths_are_within_bounds(items):
    lengths = [len(item.text) for item in items]
    assert min(lengths) >= 200
    assert max(lengths) <= 8_000
    assert 1_600 < sum(lengths) / len(lengths) < 1_800


def test_groups_have_one_prompt_and_one_gold_and_completions_that_differ(mix):
    for _, group in groupby(mix.generate(4, 400), key=lambda item: item.group):
        group = list(group)
        assert len(group) == mix.GROUP
        assert len({(item.prompt, item.gold) for item in group}) == 1
        assert len({item.text for item in group}) == mix.GROUP


def says_something(text):
    return any(unicodedata.category(c)[0] in "LNS" and c not in string.punctuation for c in text)


def is_laid_out(text):
    parts = LAYOUT.fullmatch(text) if all(text.count(tag) == 1 for tag in TAGS) else None
    return parts is not None and says_something(parts[1]) and says_something(parts[2])


def test_layout_is_labelled_as_a_pattern_sees_it(items):
    wrong = [(item.kind, item.text[-80:]) for item in items if is_laid_out(item.text) != item.well_formed]
    assert not wrong


def value(text):
    """What digits are worth, as the mix spells them; None for anything else."""
    plain = text.replace("$", "").replace("\\(", "").replace("\\)", "").replace("\u2212", "-").strip("* .")
    plain = re.sub(r"\\text\{[^{}]*\}", "", re.sub(r"\\boxed\{(.*)\}", r"\1", plain))
    plain = UNITS.sub("", plain.strip().removeprefix("x = "))
    bare = plain.rstrip("%\\ ")
    if fraction := re.fullmatch(r"\\frac\{(-?\d+)\}\{(\d+)\}", bare):
        bare = f"{fraction[1]}/{fraction[2]}"
    elif re.fullmatch(r"\d{1,3}(?:[. ]\d{3})+", bare):
        bare = re.sub("[. ]", "", bare)
    try:
        return Fraction(bare.replace(",", ".")) / (100 if plain.endswith("%") else 1)
    except ValueError:
        return None


def test_answers_are_labelled_as_their_digits_are_worth(items):
    for item in items:
        blocks = re.findall(r"<SOLUTION>([^<]*)</SOLUTION>", item.text)
        if item.truth == "none" or item.degenerate or item.kind == "words" or len(blocks) > 1:
            continue
        assert (value(blocks[0]) == value(item.gold)) == (item.truth == "right"), (item.kind, blocks, item.gold)


def test_answers_are_labelled_as_vireward_judges_them(items):
    reward = vireward.AnswerMatch()
    for item in items:
        if item.truth != "none":
            score = reward(vireward.Sample(item.text, item.gold))
            assert (score.value > 0) == (item.truth == "right"), (item.kind, item.text[-80:], score.why)


def test_two_blocks_differ_and_no_block_is_no_answer(items):
    for item in items:
        blocks = re.findall(r"<SOLUTION>([^<]*)</SOLUTION>", item.text)
        if item.kind == "repeated tag" and len(blocks) == 2:
            assert blocks[0] != blocks[1]
            assert item.truth == "wrong"
        if item.truth in ("right", "wrong"):
            assert "<SOLUTION>" in item.text
            assert "</SOLUTION>" in item.text


def test_the_mix_is_written_as_lines():
    command = [sys.executable, str(BENCHMARKS / "mix.py"), "--seed", "9", "--count", "80"]
    rows = list(
        map(json.loads, subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())
    )
    assert len(rows) == 80
    assert set(rows[0]) == {"group", "kind", "prompt", "text", "gold", "truth", "well_formed"}


# --- speed ---


def test_speed_is_measured_and_answers_are_checked(tmp_path):
    ours = ("four in one", "four in one (values)", "four functions", "four functions (values)", "answer_match")
    names = ("floor", "tutorial", *ours, "vireward.tutorial")
    args = ("--count", "200", "--rounds", "2", "--limit", "5", "--only", ",".join(names))
    status, printed, error, result = run("speed.py", tmp_path, *args)
    assert status == 0, error
    assert {"machine", "python", "vireward", "command", "date", "seed", "count", "rounds", "batch"} <= set(result)
    assert set(result["contenders"]) == set(names)
    for name, row in result["contenders"].items():
        for key in ("per_s", "us", "passed_us", "to_floor", "to_tutorial", "p50_us", "p99_us"):
            assert set(row[key]) == {"best", "median"}, (name, key)
        assert 0 <= row["degenerate_share"] <= 1
        assert row["called"]
        assert row["version"]
        assert row["items"] > 2 * 200
        assert row["pairs"] > 0
        assert name in printed
    for name in ours:
        row = result["contenders"][name]
        assert (row["inverted"], row["unscored"], row["first_inverted"]) == (0, 0, []), name
    assert result["contenders"]["floor"]["to_floor"] == {"best": 1.0, "median": 1.0}
    assert result["contenders"]["tutorial"]["inverted"] > 0, "it takes a sign off, and an alternative for an answer"


def test_a_peer_that_is_absent_is_told(tmp_path):
    (tmp_path / "verifiers").mkdir()
    (tmp_path / "verifiers" / "__init__.py").write_text(GONE)
    args = ("--count", "80", "--rounds", "1", "--only", "floor,xml_parser")
    status, printed, error, result = run("speed.py", tmp_path, *args, path=tmp_path)
    assert status == 0, error
    assert result["absent"] == {"xml_parser": "ImportError: not here"}
    assert "absent: xml_parser, ImportError: not here" in printed
    assert set(result["contenders"]) == {"floor"}


def test_a_peer_that_hangs_is_killed_and_one_that_fails_is_counted(tmp_path):
    folder = tmp_path / "verifiers" / "parsers"
    folder.mkdir(parents=True)
    (tmp_path / "verifiers" / "__init__.py").touch()
    (tmp_path / "verifiers-1.0.dist-info").mkdir()
    (tmp_path / "verifiers-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: verifiers\nVersion: 1.0"
    )
    (folder / "__init__.py").touch()
    (folder / "xml_parser.py").write_text(PARSER)
    args = ("--rounds", "1", "--sample", "32", "--limit", "0.3", "--only", "xml_parser")
    status, _, error, result = run("speed.py", tmp_path, *args, path=tmp_path)
    assert status == 0, error
    row = result["contenders"]["xml_parser"]
    assert (row["where"], row["items"], row["version"]) == ("watched", 32, "1.0")
    assert row["killed"] > 0
    assert row["errors"] > 0
    assert row["unscored"] == row["killed"] + row["errors"]
    assert row["first_error"] == "ValueError: eight and one"


@pytest.mark.parametrize(
    ("script", "args", "message"),
    [
        pytest.param("speed.py", ("--only", "nobody"), "no contender named 'nobody'", id="contender"),
        pytest.param("adversarial.py", ("--targets", "nobody"), "nothing is named 'nobody'", id="target"),
        pytest.param("memory.py", ("--families", "nobody"), "nothing is named 'nobody'", id="family"),
    ],
)
def test_an_unknown_name_is_told(tmp_path, script, args, message):
    status, _, error, _ = run(script, tmp_path, *args)
    assert status == 2
    assert message in error


@pytest.mark.parametrize(
    ("truths", "scores", "counted"),
    [
        pytest.param("rw", (2, 1), (1, 0, 0), id="right above wrong"),
        pytest.param("rw", (1, 1), (1, 1, 0), id="tie"),
        pytest.param("rw", (1, None), (1, 1, 0), id="no score"),
        pytest.param("rww", (1, 2, 0), (2, 0, 1), id="one of two inverted"),
        pytest.param("rn", (1, 2), (0, 0, 0), id="no answer"),
    ],
)
def test_pairs_are_counted(mix, truths, scores, counted):
    figures = module("figures")
    told = {"r": "right", "w": "wrong", "n": "none"}
    items = [mix.Item(0, "right", "", "", "1", told[truth], True) for truth in truths]
    known = figures.Figures("in process")
    known.check([figures.Scored(item, score) for item, score in zip(items, scores, strict=True)])
    assert tuple(known.counts[key] for key in ("pairs", "ties", "inverted")) == counted


# --- hostile texts ---


def test_families_grow():
    hostile = module("hostile")
    assert len(hostile.FAMILIES) >= 20
    for name in hostile.FAMILIES:
        for length in (1_000, 8_000):
            assert abs(len(hostile.grown(name, length)) - length) <= 60, name
        assert hostile.grown(name, 1_000) != hostile.grown(name, 2_000)


def test_families_are_what_they_are_said_to_be():
    hostile = module("hostile")
    for name in hostile.FAMILIES:
        text = hostile.grown(name, 500)
        seen = any(unicodedata.category(c)[0] not in "CZ" for c in text)
        assert seen == (name not in hostile.BLANK), name
        assert says_something(text) == (name not in hostile.SILENT), name
        assert any(tag in text for tag in TAGS) == (name in hostile.TAGGED), name


@pytest.mark.parametrize(
    ("ms", "slope"),
    [
        pytest.param({1_000: 9.0, 10_000: 1.0, 100_000: 100.0}, 2.0, id="from ten thousand characters on"),
        pytest.param({1_000: 1.0, 2_000: 16.0}, 4.0, id="where it got no further"),
        pytest.param({1_000: 1.0}, None, id="one length"),
    ],
)
def test_exponents_are_fitted(ms, slope):
    fitted = module("adversarial").exponent(ms)
    assert fitted == (None if slope is None else pytest.approx(slope))


def test_growth_is_measured(tmp_path):
    targets = ("four rewards", "compare", "tutorial, number", "floor")
    args = ("--most", "4000", "--step", "2", "--targets", ";".join(targets), "--families", "prose;answer openings")
    status, printed, error, result = run("adversarial.py", tmp_path, *args)
    assert status in (0, 1), error  # whether something is slow is for the benchmark to say
    assert {"machine", "command", "date", "targets", "beyond", "cases"} <= set(result)
    assert set(result["targets"]) == set(targets)
    places = Counter(case["target"] for case in result["cases"])
    assert places == {"four rewards": 6, "compare": 2, "tutorial, number": 6, "floor": 2}
    for case in result["cases"]:
        assert set(case["ms"]) == set(case["floor_ms"]) == {"1000", "2000", "4000"}
        assert (case["exponent"] is None, case["failed"]) == (False, {})
    assert "ours beyond exponent" in printed


# --- memory ---


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the resident set is read as Linux tells it")
def test_memory_is_measured_and_scores_are_checked(tmp_path):
    args = ("--rows", "3000", "--few", "1000", "--length", "5000", "--targets", "four rewards", "--families", "prose")
    status, printed, error, result = run("memory.py", tmp_path, *args)
    assert status == 0, f"{printed}\n{error}"
    assert [row["rows"] for row in result["streams"]] == [1_000, 3_000]
    for row in result["streams"]:
        assert {"traced", "resident", "seconds", "written", "means"} <= set(row)
        assert row["traced"] > 0
    (text,) = result["long_texts"]
    assert (text["target"], text["family"], text["place"]) == ("four rewards", "prose", "answer")
    assert {"text", "traced", "resident"} <= set(text)
    assert result["length"] == 5_000
