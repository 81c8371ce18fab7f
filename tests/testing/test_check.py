"""`check_reward` and `parametrize_with_laws`: what they take, what they raise, and what a plug-in author writes."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import vireward
from vireward import AnswerMatch, BadParameter, FormatExact, LawBroken, NumericMatch, TagFormat, tutorial
from vireward.testing import LAWS, Broken, Law, check_reward, laws, parametrize_with_laws, subject

HERE = Path(__file__).parent
FEW = ("total", "finite", "separates_values")


def block(text):
    return text.partition("<SOLUTION>")[2].partition("</SOLUTION>")[0]


def sign_blind(sample):
    return float(block(sample.completion).lstrip("-") == (sample.gold or "?").lstrip("-"))


# --- one error, whatever the reward did ---


def leaves(sample):
    raise SystemExit("done")


def skips(sample):
    pytest.skip("not today")


def fails_an_assertion(sample):
    assert not sample.completion, "a reward's own assertion"
    return 0.0


def gives_itself(sample):
    return gives_itself


class Worst(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def raises_what_cannot_be_told(sample):
    raise Worst


def now_and_then(sample, calls=[0]):  # noqa: B006  (the fault)
    calls[0] += 1
    if calls[0] % 97 == 0:
        raise ValueError("every ninety-seventh time")
    return 0.0


@pytest.mark.parametrize(
    ("reward", "told"),
    [
        (leaves, "raised SystemExit: done"),
        (skips, "raised Skipped: not today"),
        (fails_an_assertion, "raised AssertionError: a reward's own assertion"),
        (gives_itself, "a reward must be a finite number, a Score or None, got gives_itself"),
        (raises_what_cannot_be_told, "raised Worst: its text cannot be read"),
        (now_and_then, "every ninety-seventh time"),
    ],
)
def test_whatever_a_reward_does_one_error_tells_it(reward, told):
    with pytest.raises(LawBroken, match=told):
        check_reward(reward, laws=("total", "finite"))


class Unreadable:
    def __repr__(self):
        raise ValueError("no repr")

    def __call__(self, sample):
        return float("nan")


def test_a_reward_whose_repr_raises_is_told_by_its_type():
    with pytest.raises(LawBroken, match=r"^a Unreadable breaks 2 laws[^$]*its repr raises ValueError: no repr"):
        check_reward(Unreadable(), laws=("finite", "prints"))


def same_integer(sample):
    return float(int(block(sample.completion)) == int(sample.gold))


def test_a_reward_that_raises_on_some_answers_is_asked_for_the_others():
    with pytest.raises(LawBroken, match=r"score None \(raised ValueError: invalid literal"):
        check_reward(same_integer, laws=["notation_blind"])


def test_a_module_that_tests_itself_when_it_is_imported_starts_no_processes_without_end(tmp_path):
    source = "from vireward.testing import check_reward\ndef one(sample):\n    return 1.0\n"
    source += "print(check_reward(one, laws=['same_in_every_process']))\n"
    (tmp_path / "itself.py").write_text(source, encoding="utf-8")
    path = os.pathsep.join([str(Path(vireward.__file__).parents[1]), str(tmp_path)])
    command = [sys.executable, "-c", "import itself"]
    ran = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=100)
    assert ran.stdout == "{'same_in_every_process': 'holds'}\n"


def test_a_reward_that_hangs_is_left_after_its_time_and_no_further_law_waits_for_it(monkeypatch):
    monkeypatch.setattr(subject, "SECONDS", 0.3)

    def hangs(sample):
        try:
            while True:
                time.sleep(1)
        except Exception:
            return 0.0

    with pytest.raises(LawBroken, match="did not come back within") as caught:
        check_reward(hangs)
    assert len(caught.value.breaches) == 1


def test_a_timer_and_a_handler_of_someone_else_are_left_as_they_were():
    signal = pytest.importorskip("signal")
    told = []
    before = signal.signal(signal.SIGALRM, lambda *_: told.append("rang"))
    try:
        signal.setitimer(signal.ITIMER_REAL, 60.0)
        check_reward(FormatExact(), laws=FEW, max_examples=5)
        assert 0 < signal.setitimer(signal.ITIMER_REAL, 0)[0] < 60
        signal.raise_signal(signal.SIGALRM)
        assert told == ["rang"]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_it_can_be_called_from_another_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(check_reward(AnswerMatch(), laws=FEW, max_examples=5)))
    thread.start()
    thread.join()
    assert results == [dict.fromkeys(FEW, "holds")]


def test_ctrl_c_ends_it():
    def stopped(sample):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_reward(stopped, laws=["total"])


def test_all_broken_laws_are_told_in_one_error():
    with pytest.raises(LawBroken) as caught:
        check_reward(sign_blind, laws=("notation_blind", "separates_values", "total"))
    assert [breach.law for breach in caught.value.breaches] == ["notation_blind", "separates_values"]
    lines = str(caught.value).splitlines()
    assert lines[0] == "sign_blind breaks 2 laws"
    assert "separates_values: does every other value score below the gold itself?" in lines
    assert any(line.strip().startswith("wrong: '<thinking>") for line in lines)
    assert isinstance(caught.value, AssertionError)


def test_the_same_is_found_each_time():
    told = set()
    for _ in range(2):
        with pytest.raises(LawBroken) as caught:
            check_reward(sign_blind, laws=("separates_values",))
        told.add(str(caught.value))
    assert len(told) == 1


# --- expected failures ---


def test_an_expected_failure_is_tried_and_told():
    results = check_reward(sign_blind, laws=FEW, expected_failures={"separates_values": "signs are for later"})
    assert results["separates_values"] == "fails as expected: signs are for later"


@pytest.mark.parametrize(("reward", "told"), [(AnswerMatch(), "holds"), (FormatExact(), "does not apply")])
def test_an_expected_failure_that_is_none_is_reported(reward, told):
    with pytest.raises(LawBroken, match=rf"it was expected to fail \(a reason\), and {told}.*; take it out"):
        check_reward(reward, laws=FEW, expected_failures={"separates_values": "a reason"})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"laws": ["totl"]}, "no law named 'totl'; did you mean 'total'?"),
        ({"laws": ["total"], "expected_failures": {"finite": "x"}}, "no law named 'finite' is tried"),
        ({"expected_failures": {"finite": " "}}, r"expected_failures\['finite'\]: needs a reason"),
        ({"max_examples": 0}, "max_examples=0: must be a whole number above 0"),
        ({"style": "fr"}, "style='fr'"),
        ({"tags": "<a>"}, "tags='<a>': must be a TagFormat"),
        ({"vocabulary": "đồng"}, "vocabulary='đồng'"),
        ({"gold": "solution"}, r"check_reward\(FormatExact.*gold='solution'\): no right answer"),
    ],
)
def test_a_bad_parameter_is_named(options, told):
    with pytest.raises(BadParameter, match=told):
        check_reward(FormatExact(), **options)


@pytest.mark.parametrize("what", [FormatExact, "format_exact", 7, None])
def test_what_is_no_reward_is_refused(what):
    with pytest.raises(BadParameter):
        check_reward(what)


def test_without_hypothesis_the_extra_is_named():
    code = "import sys; sys.modules['hypothesis'] = None; import vireward; vireward.testing"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MissingExtra: vireward.testing needs Hypothesis; pip install 'vireward[testing]'" in ran.stderr


# --- rewards of every kind ---


@pytest.mark.parametrize(
    "function",
    [tutorial.match_format_exactly, tutorial.match_format_approximately, tutorial.check_answer, tutorial.check_numbers],
)
def test_the_tutorials_functions_are_called_as_the_tutorial_calls_them(function):
    assert check_reward(function, laws=("total", "shapes", "batch_independent")) == dict.fromkeys(
        ("total", "shapes", "batch_independent"), "holds"
    )


def needs_a_topic(completions, solution, topic, **columns):
    rows = zip(completions, solution, topic, strict=True)
    return [float(one == "algebra" and block(text) == gold) for text, gold, one in rows]


def test_a_function_gets_the_gold_by_the_name_of_its_parameter_and_the_columns_that_it_needs():
    results = check_reward(needs_a_topic, laws=FEW, columns={"topic": "algebra"})
    assert results == dict.fromkeys(FEW, "holds")


async def waits(completions, answer, **columns):
    return [float(block(text) == gold) for text, gold in zip(completions, answer, strict=True)]


def by_ids(completion_ids, **columns):
    return [-float(len(ids)) for ids in completion_ids]


@pytest.mark.parametrize("function", [waits, by_ids])
def test_coroutines_and_functions_of_tokens_are_called(function):
    assert check_reward(function, laws=("total", "deterministic"))["total"] == "holds"


def test_a_format_and_a_style_of_ones_own():
    tags = TagFormat("[nghĩ]", "[/nghĩ]", "«", "»")
    results = check_reward(NumericMatch(tags, style="en"), tags=tags, style="en", laws=FEW, gold="answer")
    assert results == dict.fromkeys(FEW, "holds")
    with pytest.raises(LawBroken, match=r"separates_values|notation_blind"):
        check_reward(NumericMatch(style="vi"), style="en", laws=("separates_values", "notation_blind"))


def mentions_pho(sample):
    return float("phở" in sample.completion)


def test_words_on_which_a_reward_turns_are_tried_in_both_forms():
    assert check_reward(mentions_pho, laws=["normalisation_blind"])["normalisation_blind"] == "holds"
    with pytest.raises(LawBroken, match=r"NFD: .*pho"):
        check_reward(mentions_pho, laws=["normalisation_blind"], vocabulary=["phở"])


def test_a_law_of_ones_own():
    def check(trial):
        score = trial.subject.scores([trial.sample("", "7")])[0]
        if score.value:
            raise Broken(f"an empty completion scores {score.value}")

    law = Law("nothing_for_nothing", "does an empty completion score 0?", check)
    assert check_reward(FormatExact(), laws=[law]) == {"nothing_for_nothing": "holds"}
    with pytest.raises(LawBroken, match=r"an empty completion scores 1\.0"):
        check_reward(lambda sample: 1.0, laws=[law])
    assert laws(["total", law])[1] is law


# --- tests made of laws ---


@parametrize_with_laws(AnswerMatch(), laws=FEW, max_examples=20)
def test_answer_match(law):
    law()


@parametrize_with_laws(sign_blind, laws=FEW, expected_failures={"separates_values": "signs are for later"})
def test_with_an_expected_failure(law):
    law()


SUITE = """
from shop_rewards.replies import MentionsPrice
from vireward.testing import check_reward, parametrize_with_laws
from vireward import FormatExact

@parametrize_with_laws(MentionsPrice(), laws={laws}, expected_failures={{"normalisation_blind": "NFC only, as yet"}})
def test_price(law):
    law()

@parametrize_with_laws(FormatExact(), laws=["total"], expected_failures={{"total": "was broken once"}})
def test_mended(law):
    law()

@parametrize_with_laws(lambda sample: float("nan"), laws=["finite"])
def test_broken(law):
    law()
"""
THREE_LINES = """
from vireward.testing import check_reward
from shop_rewards.replies import mentions
def test_mentions(): check_reward(mentions, vocabulary=["ạ"], expected_failures={expected})
"""


def run_tests(folder, source, *options):
    """What pytest says of a test file of somebody who has the package of the shop."""
    (folder / "test_shop.py").write_text(source, encoding="utf-8")
    package = HERE.parent / "plugin_package" / "src"
    path = os.pathsep.join([str(Path(vireward.__file__).parents[1]), str(package)])
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *options, "test_shop.py"]
    env = os.environ | {"PYTHONPATH": path}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False).stdout


def test_a_suite_of_laws(tmp_path):
    names = ["total", "finite", "normalisation_blind", "separates_values"]
    out = run_tests(tmp_path, SUITE.format(laws=names))
    assert "PASSED test_shop.py::test_price[total]" in out
    assert "XFAIL test_shop.py::test_price[normalisation_blind] - NFC only, as yet" in out
    assert "does not apply: its value is not seen to depend on the gold" in out
    assert "FAILED test_shop.py::test_mended[total] - [XPASS(strict)] was broken once" in out
    assert "FAILED test_shop.py::test_broken[finite] - vireward.errors.LawBroken" in out
    assert "2 failed, 2 passed, 1 skipped, 1 xfailed" in out


def test_three_lines_are_a_test_file_for_a_plug_in(tmp_path):
    out = run_tests(tmp_path, THREE_LINES.format(expected={}))
    assert "mentions breaks" in out
    assert "normalisation_blind" in out  # it counts a word as it is typed on one keyboard
    found = [law.name for law in LAWS if f"\nE           {law.name}: " in out or f"\n{law.name}: " in out]
    source = THREE_LINES.format(expected=dict.fromkeys(found, "the shop types NFC"))
    assert "1 passed" in run_tests(tmp_path, source.replace("expected_f", f"laws={[*found, 'total']}, expected_f"))
