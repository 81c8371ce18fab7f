"""No text breaks a law of the library: seeded random texts, Hypothesis, and every text that once did."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import fuzz_targets
import fuzzing
import pytest
from fuzz_targets import TARGETS, naive_marks
from fuzz_texts import FRAGMENTS, text_of
from fuzzing import CORPUS, Figures, TooSlow, check, failure, random_bytes, shrunk
from hypothesis import example, given
from hypothesis import strategies as st

import vireward
from vireward import numerals, symbolic
from vireward.quantities import same_number
from vireward.tags import TagFormat

HERE = Path(__file__).parent
ROWS = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
EACH = 1_000  # random cases of each target


@pytest.fixture(autouse=True)
def _without_a_worker(monkeypatch):
    """What another process takes its time for is another test's business."""
    monkeypatch.setattr(symbolic, "_installed", lambda: False)


# --- the laws hold ---


def test_texts_that_once_broke_a_law_do_no_more():
    for row in ROWS:
        case = {key: value for key, value in row.items() if key not in ("target", "reason")}
        try:
            check(row["target"], case)
        except Exception as error:
            raise AssertionError(f"{row['reason']} ({error})") from error


@pytest.mark.parametrize("target", TARGETS)
def test_random_texts_break_no_law(target):
    rng = random.Random(f"{target} 1")
    for _ in range(EACH):
        case = TARGETS[target].case(random_bytes(rng))
        check(target, case)


@given(st.sampled_from(list(TARGETS)), st.binary(max_size=48))
@example("scanner", b"\xff\xff\xfe")
def test_no_bytes_break_a_law(target, data):
    check(target, TARGETS[target].case(data))


# What came out may not depend on the order of a set, which another process has in another order.
_DIGEST = """
import hashlib, random, fuzzing
from fuzz_targets import TARGETS
from vireward import symbolic
symbolic._installed = lambda: False
rng, digest = random.Random(7), hashlib.sha256()
for _ in range(400):
    for name, target in TARGETS.items():
        case = target.case(fuzzing.random_bytes(rng))
        digest.update(f"{case!a} {target.check(**case)!a}".encode())
print(digest.hexdigest())
"""


def test_another_process_comes_to_the_same():
    root = str(Path(vireward.__file__).parents[1])
    digests = set()
    for seed in ("1", "2"):
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([root, str(HERE)])}
        ran = subprocess.run([sys.executable, "-c", _DIGEST], env=env, capture_output=True, text=True, check=True)
        digests.add(ran.stdout)
    assert len(digests) == 1


def test_rows_of_the_corpus_have_a_reason_and_stand_once():
    assert all(row["reason"] and row["target"] in TARGETS for row in ROWS)
    cases = [json.dumps({key: value for key, value in row.items() if key != "reason"}) for row in ROWS]
    assert len(set(cases)) == len(cases)


# --- the texts go deep ---


def test_a_byte_stands_for_a_fragment():
    assert len(FRAGMENTS) == len({*FRAGMENTS}) + 1 == 254  # the blank stands twice
    assert text_of(bytes([FRAGMENTS.index("\\boxed{"), FRAGMENTS.index("7"), FRAGMENTS.index("}")])) == "\\boxed{7}"
    assert text_of(b"\xff\xc4\x91\x80") == "đ\udc80"
    assert text_of(bytes([FRAGMENTS.index("7"), 0xFE, 0xFE])) == "7777"
    assert len(text_of(bytes([FRAGMENTS.index("7")]) + b"\xfe" * 99)) < 5_000


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("scanner", lambda told: any(one[2] is None for one in told)),
        ("writer", lambda told: "stands" not in told),
        ("numerals", lambda told: any(isinstance(one, numerals.Number) for one in told)),
        ("extract", lambda told: any(isinstance(one, vireward.Answer) for one in told)),
        ("judge", lambda told: told.verdict is vireward.Verdict.RIGHT),
        ("stack", lambda told: told[0].parts["answer"].value in (1.5, 3.0)),
        ("stack", lambda told: told[0].parts["format"].value == 3.0),
        ("style", lambda told: told[2].value not in (None, 0.0, 1.0)),
    ],
)
def test_no_target_is_asleep(target, reached):
    rng = random.Random(3)
    told = [check(target, TARGETS[target].case(random_bytes(rng)), twice=False) for _ in range(1_000)]
    assert sum(map(reached, told)) >= 10


def test_the_plainest_scanner_knows_boxes_and_runs():
    assert naive_marks(TagFormat.preset("boxed"), "</think>\\boxed{\\boxed{7}\\}") == ((0, 1, 2, 1), (-1, 0, 8, 23))
    assert naive_marks(TagFormat.preset("gsm8k"), "##### 7 #### 8") == ((1,), (8,))


# --- a fault would be found ---


def test_a_find_is_cut_down_and_kept_once(monkeypatch):
    def fails_on_seven(text):
        assert "7" not in text, "there is a 7"

    monkeypatch.setitem(TARGETS, "numerals", fuzz_targets.Target(fuzz_targets._text, fails_on_seven))
    assert shrunk("numerals", {"text": "a 7 b 7 c"}) == {"text": "7"}
    figures = Figures()
    for _ in range(3):
        figures.take("numerals", bytes([0xFE, *[FRAGMENTS.index("7")] * 5]))
    (row,) = figures.finds.values()
    assert json.loads(row) == {"target": "numerals", "text": "7", "reason": json.loads(row)["reason"]}
    assert "there is a 7" in row


def test_a_case_that_takes_too_long_is_a_find(monkeypatch):
    monkeypatch.setattr(fuzzing, "LONGEST", -1.0)
    assert isinstance(failure("numerals", {"text": "7"}), TooSlow)


def test_a_result_that_changes_is_a_find(monkeypatch):
    results = iter(range(9))
    monkeypatch.setitem(TARGETS, "numerals", fuzz_targets.Target(fuzz_targets._text, lambda text: next(results)))
    assert "second time" in str(failure("numerals", {"text": "7"}))


PLANTED = {
    "scanner": (TagFormat, "scan", lambda scan: lambda tags, text: scan(tags, text.replace("</think>", "", 1))),
    "numerals": (fuzz_targets, "plain_value", lambda of: lambda text, style: of(text, style) and of(text, style) + 1),
    "extract": (fuzz_targets, "unwrapped", lambda of: lambda text: of(text) if "ậ" in text else ""),
    "judge": (same_number, "same_value", lambda of: lambda have, want: True),
    "stack": (vireward.AnswerMatch, "values", lambda of: lambda self, columns: [3.0] * len(columns.golds)),
}


@pytest.mark.parametrize("target", PLANTED)
def test_a_planted_fault_is_found(monkeypatch, target):
    owner, name, wrong = PLANTED[target]
    monkeypatch.setattr(owner, name, wrong(getattr(owner, name)))
    rng, figures = random.Random(5), Figures()
    monkeypatch.setattr(fuzzing, "_TRIES", 0)
    for _ in range(1_500):
        figures.take(target, random_bytes(rng))
    assert figures.finds


# --- the command ---


def command(*arguments, path=()):
    env = os.environ | {"PYTHONPATH": os.pathsep.join([*path, str(Path(vireward.__file__).parents[1])])}
    line = [sys.executable, str(HERE / "run.py"), *arguments]
    return subprocess.run(line, env=env, capture_output=True, text=True)


def test_the_command_prints_figures():
    ran = command("--target", "numerals", "--executions", "50", "--seed", "3")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("50 executions in ")
    assert "0 finds" in ran.stdout


def test_the_command_says_what_it_cannot_do():
    ran = command("--target", "numeral")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("run.py: no target 'numeral'; there are scanner, ")


def test_guided_without_atheris_is_told_in_one_line(tmp_path):
    (tmp_path / "atheris.py").write_text("raise ImportError", encoding="utf-8")
    ran = command("--guided", path=[str(tmp_path)])
    assert ran.returncode == 2
    assert ran.stderr == "run.py: --guided needs atheris, which is not installed (pip install atheris)\n"
