"""What the kit finds in rewards that are in use: TRL's, verl's, and notebooks' as `found_rewards` has them."""

import importlib.util
import re
from functools import cache, partial
from pathlib import Path

import pytest

from vireward import LawBroken, TagFormat
from vireward.testing import check_reward

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "testing.md").read_text(encoding="utf-8")


def module_at(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


found = module_at(HERE / "found_rewards.py", "found_rewards")
LINES = TagFormat("<think>\n", "\n</think>", "<answer>\n", "\n</answer>")
BOXED, HASHES = TagFormat.preset("boxed"), TagFormat.preset("gsm8k")
THINK = TagFormat.preset("deepseek")


def breaches_of(reward, laws=None, **options):
    """The broken laws by name."""
    try:
        check_reward(reward, laws=laws, **options)
    except LawBroken as broken:
        return {breach.law: breach for breach in broken.breaches}
    return {}


def shown(breach):
    """All that is told of a breach."""
    return str(breach)


# --- notebooks ---


@pytest.fixture(scope="module")
def notebook():
    """What is found in the four, none of which is told apart beforehand."""
    functions = (found.notebook_format, found.notebook_tags, found.notebook_answer, found.notebook_number)
    return {function.__name__: breaches_of(function, max_examples=20) for function in functions}


def test_white_space_in_tags_scores_as_a_full_format(notebook):
    breach = notebook["notebook_format"]["blank_blocks"]
    blank, whole = breach.cases
    assert re.fullmatch(r"<thinking>\s*</thinking>\s*<SOLUTION>\s*</SOLUTION>", blank.completion)
    assert blank.said == whole.said == "score 3.0"
    assert "blank_blocks" in breaches_of(found.recipe_format, ["blank_blocks"], tags=LINES)


def test_text_around_the_blocks_scores_as_a_full_format(notebook):
    breach = notebook["notebook_format"]["nothing_outside"]
    assert breach.cases[0].said == breach.cases[1].said == "score 3.0"
    breach = breaches_of(found.recipe_format, ["nothing_outside"], tags=LINES)["nothing_outside"]
    assert breach.cases[0].completion.startswith("<think>")  # its text stands behind


def test_a_grouped_number_is_punished(notebook):
    for law in (notebook["notebook_answer"]["notation_blind"], notebook["notebook_number"]["notation_blind"]):
        assert "'1.500.000' for the gold '1500000'" in shown(law)


def test_the_sign_is_lost(notebook):
    breach = notebook["notebook_number"]["separates_values"]
    assert re.search(r"'?-(7|25|1500000)\b", shown(breach))


def test_negations_and_alternatives_are_accepted(notebook):
    told = shown(notebook["notebook_number"]["wrong_never_beats_right"])
    assert re.search(r"không phải \d+", told)
    assert re.search(r"\d+ hoặc \d+", told)


def test_a_decimal_comma_is_dropped(notebook):
    assert re.search(r"'2,5' for the gold '25' scores 1.5", shown(notebook["notebook_number"]["separates_values"]))


def test_completions_as_text_are_a_crash(notebook):
    for breaches in notebook.values():
        assert breaches["shapes"].why == "of completions as text it raised " + (
            "TypeError: string indices must be integers, not 'str'"
        )


def test_vietnamese_in_nfd_is_missed(notebook):
    assert shown(notebook["notebook_answer"]["normalisation_blind"]).isascii() is False
    breach = breaches_of(found.anchored_answer, ["normalisation_blind"])["normalisation_blind"]
    assert (breach.cases[0].label, breach.cases[1].label) == ("NFC", "NFD")


@pytest.mark.parametrize("name", ["notebook_format", "notebook_answer", "notebook_number"])
def test_time_grows_faster_than_the_text(notebook, name):
    assert notebook[name]["linear_time"].why.startswith("time grows faster than the text (")


def test_a_language_that_it_does_not_know_is_a_crash():
    reward = partial(found.recipe_repetition, language="vi")
    breach = breaches_of(reward, ["total"])["total"]
    assert breach.why == "raised ValueError: cannot split words of vi"


# --- verl ---


def hashes(sample):
    """What verl's scorer of GSM8K is described to do: the last number behind `####`, compared as text."""
    known = re.findall(r"#### (-?[0-9.,]+)", sample.completion[-300:])
    return float(bool(known) and known[-1].replace(",", "") == sample.gold)


def verl_scorer():
    spec = importlib.util.find_spec("verl")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0], "utils", "reward_score", "gsm8k.py")
    module = module_at(path, "verl_gsm8k")  # the package itself asks for what it needs to train
    return lambda sample: float(module.compute_score(sample.completion, sample.gold))


@pytest.mark.parametrize("which", ["as described", "installed"])
def test_verls_scorer_of_gsm8k(which):
    reward = hashes if which == "as described" else verl_scorer()
    if reward is None:
        pytest.skip("verl is not installed")
    laws = ("total", "notation_blind", "separates_values", "wrong_never_beats_right")
    breaches = breaches_of(reward, laws, tags=HASHES)
    assert {*breaches} == {"notation_blind", "separates_values", "wrong_never_beats_right"}
    assert "'1.500.000' for the gold '1500000'" in shown(breaches["notation_blind"])
    assert re.search(
        r"2,5'\s+gold '25', score 1\.0|'2,5' for the gold '25' scores 1\.0", shown(breaches["separates_values"])
    )
    assert re.search(r"\d+ hoặc \d+", shown(breaches["wrong_never_beats_right"]))


# --- TRL ---


def test_trls_format():
    for law in ("shapes", "blank_blocks", "nothing_outside"):
        assert broken_by("trl.rewards.think_format_reward", law)
    assert broken_by("trl.rewards.think_format_reward", "shapes").why.startswith("of completions as text it raised")


def test_trls_accuracy():
    for law in ("shapes", "notation_blind", "comes_back"):
        assert broken_by("trl.rewards.accuracy_reward", law)


# --- the page ---


def finds():
    """The rows of the page's table of finds: the reward, the law, what is told."""
    return re.findall(r"^\|[^|]*\| `([^`|]+)` \| `(\w+)` \| `([^`|]+)` \|$", PAGE, re.MULTILINE)


def reward_named(name):
    """A reward of the table with its options; a test is skipped where its package is not installed."""
    if name == "verl gsm8k":
        return verl_scorer() or pytest.skip("verl is not installed"), {"tags": HASHES}
    if name.startswith("trl.rewards."):
        pytest.importorskip("math_verify")
        reward = getattr(pytest.importorskip("trl.rewards"), name.rpartition(".")[2])
        return reward, {"tags": THINK} if "think" in name else {"tags": BOXED, "max_examples": 5}
    return getattr(found, name), {"tags": LINES} if name.startswith("recipe") else {}


@cache
def broken_by(name, law):
    """The breach of one law by a reward of the table."""
    reward, options = reward_named(name)
    return breaches_of(reward, [law], **options)[law]


@pytest.mark.parametrize(("name", "law", "told"), finds())
def test_what_the_page_tells_is_found(name, law, told):
    assert told in shown(broken_by(name, law))


def test_the_page_has_all_that_is_to_be_found():
    assert len(finds()) == PAGE.partition("| what is wrong |")[2].strip().count("\n") - 1
    assert {law for _, law, _ in finds()} >= {
        *("blank_blocks", "nothing_outside", "notation_blind", "separates_values", "wrong_never_beats_right"),
        *("shapes", "normalisation_blind", "linear_time"),
    }
