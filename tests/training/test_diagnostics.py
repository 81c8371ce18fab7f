"""What a run's diagnostics say of each batch: in a file, among the metrics, and to a person when nothing is learnt."""

import json
import random
import statistics
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trl_runs import BATCH, GROUP, ROWS, finished, guarded, guarded_trainer, place

from vireward import FormatExact, NumericMatch, from_trl, per_group, scale, to_trl, weighted
from vireward.adapters.trl_call import Call
from vireward.adapters.trl_parts import to_trl_parts
from vireward.records import Score
from vireward.training.diagnostics import Diagnostics
from vireward.training.watch import Scored, watched

pytestmark = pytest.mark.training

OUTCOMES = ("scored", "abstained", "error", "timeout", "crashed")


def diagnosed(file=None, said=None, *, training=True, size=GROUP):
    said = [] if said is None else said
    return Diagnostics(file, group_size=lambda _: size, is_training=lambda: training, say=said.append)


def score(outcome, value):
    return Score(value, f"'{value}' is what it is") if outcome == "scored" else Score(None, outcome, outcome=outcome)


def batch_of(columns, step=0):
    """A batch whose functions have given these scores."""
    size = len(next(iter(columns.values())))
    call = Call(["x"] * size, context={"trainer_state": SimpleNamespace(global_step=step)})
    values = {name: [one.value for one in scores] for name, scores in columns.items()}
    return Scored(call, columns, values, dict.fromkeys(columns, 1.0), seconds={n: [0.001] * size for n in columns})


def written(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


scores = st.builds(score, st.sampled_from(OUTCOMES), st.sampled_from([0.0, 1.0, -1.5, 3.0]))


@given(st.lists(scores, min_size=GROUP, max_size=6 * GROUP).filter(lambda many: len(many) % GROUP == 0))
def test_shares_and_counts_are_those_of_the_scores(tmp_path_factory, many):
    file = tmp_path_factory.mktemp("run") / "diagnostics.jsonl"
    diagnosed(file)(batch_of({"one": many}))
    (line,) = written(file)
    row = line["rewards"]["one"]
    values = [one.value for one in many]
    for outcome in OUTCOMES[1:]:
        assert row[outcome] == pytest.approx(sum(one.outcome == outcome for one in many) / len(many), abs=1e-5)
    known = [value for value in values if value is not None]
    assert row["mean"] == (pytest.approx(statistics.fmean(known), abs=1e-5) if known else None)
    assert sum(row["reasons"].values()) == line["completions"] == len(many)
    groups = [{*values[i : i + GROUP]} - {None} for i in range(0, len(many), GROUP)]
    assert row["informative"] == pytest.approx(sum(len(group) > 1 for group in groups) / len(groups), abs=1e-5)
    assert (line["groups"], row["p50_ms"], row["p95_ms"]) == (len(groups), 1.0, 1.0)


def test_reasons_are_counted_by_kind():
    told = ["'7' is the gold", "'8' is not the gold '7' (read as 8)", "'9' is not the gold '7' (read as 9)", "5 times"]
    lines = []
    one = diagnosed()
    one._write = lambda _, line: lines.append(json.loads(line))
    one.file = "here"
    one(batch_of({"one": [Score(1.0, why) for why in told]}))
    assert lines[0]["rewards"]["one"]["reasons"] == {
        "… is not the gold … (read as …)": 2,
        "… is the gold": 1,
        "… times": 1,
    }


def test_a_total_differs_where_a_part_does():
    said, parts = [], {"a": [score("scored", 1.0)] * GROUP, "b": [score("scored", float(n)) for n in range(GROUP)]}
    one = diagnosed(said=said)
    for _ in range(20):
        one(batch_of(parts))
    assert said == []


@pytest.mark.parametrize("silent", [9, 10, 30])
def test_a_person_is_told_once_when_nothing_can_be_learnt(silent):
    said = []
    one = diagnosed(said=said)
    for _ in range(silent):
        one(batch_of({"one": [score("scored", 1.0)] * 2 * GROUP}))
    assert len(said) == (silent >= 10)
    if said:
        assert said[0].startswith("no signal: in 10 batches all completions of each prompt got the same reward")
        assert "one: … is what it is" in said[0]


def test_one_batch_with_a_signal_begins_the_count_again_and_evaluation_does_not_count():
    said = []
    one, evaluating = diagnosed(said=said), diagnosed(said=said, training=False)
    silent, telling = [score("scored", 1.0)] * GROUP, [score("scored", float(n)) for n in range(GROUP)]
    for number in range(40):
        one(batch_of({"one": telling if number % 10 == 9 else silent}))
        evaluating(batch_of({"one": silent}))
    assert said == []


def test_a_resumed_run_goes_on_where_its_checkpoint_stands(tmp_path):
    file = tmp_path / "diagnostics.jsonl"
    training, evaluating = diagnosed(file), diagnosed(file, training=False)
    for step in range(6):
        training(batch_of({"one": [score("scored", 1.0)] * GROUP}, step))
        if step % 2:
            evaluating(batch_of({"one": [score("scored", 1.0)] * GROUP}, step + 1))
    with file.open("a") as cut_off:
        cut_off.write('{"step": 6, "mo')
    diagnosed(file).resume(4)
    assert [(row["step"], row["mode"]) for row in written(file)] == [
        *[(0, "train"), (1, "train"), (2, "eval"), (2, "train"), (3, "train"), (4, "eval")]
    ]


def test_an_evaluation_before_the_training_keeps_its_line_and_an_earlier_run_in_the_folder_does_not():
    with guarded_trainer(place, eval_rows=ROWS[:2], max_steps=2) as built:
        file = Path(built.args.output_dir, "diagnostics.jsonl")
        file.parent.mkdir(exist_ok=True)
        file.write_text('{"step": 0, "mode": "eval", "old": 1}\n{"step": 0, "mode": "train", "old": 1}\n')
        built.evaluate()
        run = finished(built)
    assert [(line["mode"], line["step"]) for line in run.diagnostics] == [("eval", 0), ("train", 0), ("train", 1)]
    assert not any("old" in line for line in run.diagnostics)


def test_an_evaluation_before_a_resumed_training_stands_among_the_lines_of_its_checkpoint(tmp_path):
    file = tmp_path / "diagnostics.jsonl"
    before = diagnosed(file)
    for step in range(4):
        before(batch_of({"one": [score("scored", 1.0)] * GROUP}, step))
    after = diagnosed(file, training=False)
    after(batch_of({"one": [score("scored", 1.0)] * GROUP}, 0))
    after.resume(2)
    assert [(row["step"], row["mode"]) for row in written(file)] == [(0, "train"), (1, "train"), (0, "eval")]


def test_a_disk_that_is_full_ends_the_diagnostics_and_not_the_run():
    said = []
    one = diagnosed(said=said)
    one.file = __import__("pathlib").Path("/dev/full")
    for _ in range(3):
        one(batch_of({"one": [score("scored", float(n)) for n in range(GROUP)]}))
    assert said == ["/dev/full: No space left on device; the run goes on without further diagnostics"]


def test_text_that_cannot_be_encoded_is_written_all_the_same(tmp_path):
    file = tmp_path / "diagnostics.jsonl"
    batch = batch_of({"one": [Score(1.0, "\ud800")] * GROUP})
    batch.seconds["one"][0] = 0.002
    diagnosed(file)(replace(batch, call=replace(batch.call, completions=["\ud800"] * GROUP)))
    assert written(file)[0]["slowest"]["completion"] == "?"


class Clock:
    """Stands in for `time`: goes on only where a reward says so."""

    now = 0.0

    def perf_counter(self):
        return self.now


CLOCK = Clock()


def slow_where_it_says_so(sample):
    CLOCK.now += 1.0 if "slow" in sample.completion else 0.001
    return 1.0


def slow_on_the_batch(completions, **columns):
    CLOCK.now += 4.0
    return place(completions)


def slow_on_the_group(samples):
    return slow_on_the_batch(samples)


def timed(reward, completions):
    """What the diagnostics say of a batch of one prompt that a reward function has scored."""
    lines = []
    one = diagnosed(Path("here"))
    one._write = lambda _, line: lines.append(json.loads(line))
    (function,) = watched([to_trl(reward, gold=None)], None, [one])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vireward.adapters.trl.time", CLOCK)
        function(completions=completions, prompts=["p"] * len(completions))
    return lines[0]


@given(st.lists(st.sampled_from([5, None, [{"role": "assistant"}, 7], "quick"]), max_size=6), st.data())
def test_the_slowest_completion_is_the_one_that_took_longest_whatever_stands_around_it(around, data):
    at = data.draw(st.integers(0, len(around)))
    completions = [*around[:at], "slow", *around[at:], "quick"]
    slowest = timed(weighted(a=(1.0, slow_where_it_says_so), b=(1.0, slow_where_it_says_so)), completions)["slowest"]
    assert (slowest["completion"], slowest["milliseconds"]) == ("slow", pytest.approx(2e3))


@pytest.mark.parametrize(
    "reward", [from_trl(slow_on_the_batch, gold=None), per_group(slow_on_the_group, size=4)], ids=["batch", "group"]
)
def test_the_one_call_of_a_batch_is_shared_among_its_completions(reward):
    line = timed(weighted(a=(1.0, scale(reward, by=2.0)), b=(1.0, slow_where_it_says_so)), ["x", "x", "slow", 5])
    row = line["rewards"]["weighted/a"]
    assert row["p50_ms"] == row["p95_ms"] == pytest.approx(1e3)
    assert (line["slowest"]["completion"], line["slowest"]["milliseconds"]) == ("slow", pytest.approx(2e3))
    assert timed(reward, ["x"] * 4)["slowest"] is None


def test_the_slowest_completion_of_the_run_is_kept(tmp_path):
    file, rng = tmp_path / "diagnostics.jsonl", random.Random(1)
    one, slowest = diagnosed(file), 0.0
    for _ in range(30):
        batch = batch_of({"one": [score("scored", 1.0)] * GROUP})
        batch.seconds = {"one": [rng.random() for _ in range(GROUP)]}
        one(batch)
        last = written(file)[-1]["slowest"]
        assert (last is not None) == (max(batch.seconds["one"]) > slowest)
        slowest = max(slowest, *batch.seconds["one"])


@pytest.mark.parametrize("separate", [True, False])
def test_what_is_watched_is_what_the_trainer_gets(separate):
    whole = to_trl(weighted(shape=(1.0, FormatExact()), number=(2.0, NumericMatch())))
    functions, weights = to_trl_parts(whole) if separate else ([whole], [1.0])
    seen = []
    texts = ["<thinking>3 + 4</thinking><SOLUTION>7</SOLUTION>", "7", ""]
    columns = {"completions": texts, "answer": ["7", "7", None]}
    given_to_trainer = [function(**columns) for function in watched(functions, weights, [seen.append])]
    assert given_to_trainer == [function(**columns) for function in functions]
    assert len(seen) == 1
    assert list(seen[0].values.values()) == given_to_trainer
    assert seen[0].totals == [6.0, 0.0, None]
    assert {name: len(taken) for name, taken in seen[0].seconds.items()} == {"shape": 3, "number": 3}


def test_the_metrics_of_a_run_hold_the_same_figures():
    run = guarded({"place": place, "sum": weighted(a=(1.0, from_trl(place, gold=None)))}, ROWS, max_steps=2)
    for step, line in enumerate(run.diagnostics):
        logged = run.history[step]
        for name, row in line["rewards"].items():
            if name in ("place", "sum"):
                for key in ("abstained", "informative"):
                    assert logged[f"{name}/{key}"] == pytest.approx(row[key])
                assert logged[f"rewards/{name}/mean"] == pytest.approx(row["mean"])
        assert logged["all_rewards/informative"] == pytest.approx(1 - logged["frac_reward_zero_std"])
        assert logged["all_rewards/truncated"] == pytest.approx(logged["completions/clipped_ratio"])
        assert line["completions"] == BATCH
