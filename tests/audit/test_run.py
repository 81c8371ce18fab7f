"""What an audit finds in rewards with planted faults, and that no reward keeps it from its report."""

import subprocess
import sys
import threading

import audited
import pytest

import vireward
from vireward import FormatExact, NumericMatch, Sample, TagFormat, audit, per_group, scale, weighted
from vireward.audit.advantages import SCHEMES, advantages
from vireward.audit.attacks import ATTACKS
from vireward.audit.trials import HONEST, HONEST_RIGHT, HONEST_WRONG
from vireward.errors import BadData, BadParameter

GOLD = ("1500000",)


def attacks(*names):
    return [attack for attack in ATTACKS if attack.name in names]


FEW = attacks("blank blocks", "hedged", "spellings", "no tags", "text beside", "padded", "repeated blocks")


def run(reward, **settings):
    return audit.run(reward, **{"golds": GOLD, "attacks": FEW, "seconds": 1.0, **settings})


def found(report):
    return {(finding.rule.name, finding.attack) for finding in report.findings}


# --- sound rewards ---


@pytest.mark.parametrize("size", [2, 3, 8, 16])
def test_the_default_rewards_have_a_clean_audit(size):
    report = audit.run(audited.default(), group_size=size)
    assert report.clean
    assert found(report) == {("underpaid", "spellings")}


@pytest.mark.parametrize("style", ["vi", "en"])
@pytest.mark.parametrize("name", vireward.tags.TAG_PRESETS)
def test_the_default_rewards_have_a_clean_audit_in_every_format(name, style):
    tags = TagFormat.preset(name)
    assert audit.run(audited.default(tags, style), tags=tags, style=style).clean


def test_a_sound_reward_has_no_finding():
    assert found(run(audited.sound)) == set()


def test_a_reward_of_the_layout_alone_is_blind_and_clean():
    report = run(FormatExact())
    assert report.clean
    assert found(report) == {("blind", HONEST_WRONG)}


# --- planted faults ---

PLANTED = [
    (audited.pays_for_blanks, {("beats-right", "blank blocks")}),
    (audited.pays_for_length, {("padded", "padded"), ("padded", "spellings")}),
    (audited.pays_for_being_wrong, {("inverted", HONEST_WRONG)}),
    (audited.silent_on_hedges, {("none-in-group", "hedged"), ("beats-wrong", "hedged")}),
    (audited.raises_on_hedges, {("fails", "hedged")}),
    (audited.exits_on_hedges, {("fails", "hedged")}),
    (audited.dies_on_hedges, {("fails", "hedged")}),
    (audited.infinite_on_hedges, {("fails", "hedged")}),
    (audited.odd_on_hedges, {("fails", "hedged")}),
    (audited.hangs_on_hedges, {("overruns", "hedged")}),
    (audited.raises, {("fails", HONEST_RIGHT)}),
    (audited.silent, {("abstains", HONEST_RIGHT)}),
    (audited.same_text, {("punished", "spellings")}),
    (audited.one_thought, {("unearned", "text beside")}),
    (audited.contains_gold, {("beats-right", "hedged"), ("punished", "spellings")}),
]


@pytest.mark.parametrize(("reward", "faults"), [pytest.param(r, f, id=r.__name__) for r, f in PLANTED])
def test_a_planted_fault_is_found(reward, faults):
    settings = {"seconds": 0.2, "attacks": attacks("hedged")} if reward is audited.hangs_on_hedges else {}
    assert faults <= found(run(reward, **settings))


@pytest.mark.parametrize(("reward", "faults"), [pytest.param(r, f, id=r.__name__) for r, f in PLANTED])
def test_a_fault_is_found_in_this_process_too(reward, faults):
    if reward is audited.dies_on_hedges:
        pytest.skip("it would end this process")
    few = attacks("hedged") if reward is audited.hangs_on_hedges else FEW
    if reward in (audited.contains_gold, audited.one_thought):
        local = lambda completions, answer: reward(completions, answer)  # noqa: E731  # which does not pickle
    else:
        local = lambda sample: reward(sample)  # noqa: E731
    report = run(local, seconds=0.2, attacks=few)
    assert faults <= found(report)
    assert any("does not pickle" in remark for remark in report.remarks)


def test_a_reward_that_fails_on_some_golds_is_attacked_with_the_others():
    report = run(audited.reads_floats, golds=["42", "3/4"])
    assert {trial.gold for trial in report.trials if trial.attack not in HONEST} == {"42"}
    assert {finding.golds for finding in report.findings if finding.attack in HONEST} == {("3/4",)}
    assert any("'3/4'" in remark and "ValueError" in remark for remark in report.remarks)


def test_a_function_that_reads_chat_messages_is_given_them_and_its_fault_told():
    report = run(audited.contains_gold_in_chat)
    assert {("fails", HONEST_RIGHT), ("beats-right", "hedged"), ("punished", "spellings")} <= found(report)
    assert any("chat messages" in remark for remark in report.remarks)


def test_completions_like_those_that_took_too_long_are_left_out():
    report = run(audited.hangs_on_hedges, attacks=attacks("hedged", "several answers"), seconds=0.1, golds=("42", "7"))
    assert any("left out" in remark for remark in report.remarks)


def test_an_audit_in_another_thread_ends():
    reports = []
    reward = lambda sample: audited.raises_on_hedges(sample)  # noqa: E731
    thread = threading.Thread(target=lambda: reports.append(run(reward, attacks=attacks("hedged"))))
    thread.start()
    thread.join(60)
    assert ("fails", "hedged") in found(reports[0])


# --- in advantage units ---


def test_advantages_are_those_of_the_group_that_is_told():
    report = run(audited.pays_for_blanks)
    (trial, *_) = (trial for trial in report.trials if trial.attack == "blank blocks")
    others = [[1.0]] * report.group.right + [[0.0]] * (report.group.size - 1 - report.group.right)
    table = [[1.0], *others]
    gain = trial.advantages["group"]
    assert gain.attack == gain.right == advantages(table, group_size=8)[0]
    assert gain.wrong == advantages([[0.0], *others], group_size=8)[0]
    assert set(trial.advantages) == {scheme.name for scheme in SCHEMES}


def test_a_weighted_sum_is_normalised_part_by_part_under_gdpo():
    # Only one part sees right answers; by itself it counts as much as the other, whatever its weight in points.
    small = weighted(shape=(1.0, FormatExact()), number=(0.001, NumericMatch()))
    report = run(small, attacks=attacks("spellings"))
    gain = report.trials[-1].advantages
    assert gain["none"].right - gain["none"].wrong < 0.01
    assert gain["gdpo"].right - gain["gdpo"].wrong > 0.5


def test_what_holds_under_gdpo_alone_is_told_as_such_and_comes_last():
    reward = weighted(number=(1.0, scale(audited.sound, by=10.0)), dots=(1.0, audited.dislikes_dots))
    report = run(reward)
    punished = [finding for finding in report.findings if finding.rule.name == "punished"]
    assert [finding.schemes for finding in punished] == [("gdpo",)]
    assert report.findings[-1] == punished[0]
    assert "under gdpo" in punished[0].in_numbers


def test_a_completion_without_a_score_is_better_off_than_a_wrong_answer():
    report = run(audited.silent_on_hedges)
    (finding,) = (one for one in report.findings if (one.rule.name, one.attack) == ("beats-wrong", "hedged"))
    gain = finding.worst.advantages["group"]
    assert gain.attack == 0.0 > gain.wrong


def test_a_part_that_abstains_beside_others_is_told():
    reward = weighted(missing="skip", number=(1.0, NumericMatch()), quiet=(1.0, audited.silent_on_hedges))
    report = run(reward)
    (finding,) = (one for one in report.findings if (one.rule.name, one.attack) == ("none-in-group", "hedged"))
    assert finding.worst.mixed == ("quiet",)


def test_group_rewards_are_asked_in_their_groups():
    def first_of_all(samples: list[Sample]) -> list[float]:
        return [float(place == 0) for place, _ in enumerate(samples)]

    report = run(per_group(first_of_all, size=8), attacks=attacks("hedged"))
    assert all(trial.score.value == 1.0 for trial in report.trials if trial.attack == "hedged")


def test_a_group_reward_of_another_size_fails_and_says_so():
    report = run(per_group(vireward.Diversity(), size=4), attacks=attacks("hedged"), group_size=6)
    assert ("fails", HONEST_RIGHT) in found(report)
    assert "size" in report.findings[0].worst.score.why


def test_a_right_answer_without_a_score_beside_wrong_ones_with_one_is_told():
    report = run(lambda sample: None if audited.sound(sample) else 0.0)
    assert ("none-in-group", HONEST_RIGHT) in found(report)


# --- the docs' example: a planted exploit in a TRL function ---


def test_a_gold_is_found_wherever_it_stands_is_caught():
    report = audit.run(audited.contains_gold)
    assert {finding.attack for finding in report.of_kind("exploit")} >= {"hedged", "negated", "prompt copied", "sign"}


# --- what is refused ---


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"group_size": 1}, "group_size=1.*from 2 to 512"),
        ({"group_size": 513}, "group_size=513.*from 2 to 512"),
        ({"golds": "42"}, "golds='42'"),
        ({"golds": [42]}, "golds=.*must be a list of texts"),
        ({"group_size": 2.5}, "group_size=2.5"),
        ({"most_golds": 0}, "most_golds=0"),
        ({"seconds": 0.0}, "seconds=0.0"),
        ({"seconds": float("nan")}, "seconds=nan"),
        ({"style": "fr"}, "fr"),
        ({"tags": "tutorial"}, "tags='tutorial'"),
    ],
)
def test_a_parameter_outside_its_rule_is_refused(settings, told):
    with pytest.raises(BadParameter, match=told):
        run(audited.sound, **settings)


@pytest.mark.parametrize("reward", [NumericMatch, 3, "numeric_match", lambda: 1.0])
def test_what_is_no_reward_is_refused(reward):
    with pytest.raises(BadParameter):
        run(reward)


def test_golds_that_cannot_be_used_are_told():
    with pytest.raises(BadData, match="no gold can be used; gold ''"):
        run(audited.sound, golds=[""])
    assert any("gold ''" in remark for remark in run(audited.sound, golds=["", "42"]).remarks)


# --- imports ---


def test_an_audit_loads_no_test_library_and_is_loaded_when_it_is_asked_for():
    code = "import sys, vireward; assert 'vireward.audit' not in sys.modules; vireward.audit.run; "
    code += "assert not {'hypothesis', 'numpy', 'torch', 'jinja2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
