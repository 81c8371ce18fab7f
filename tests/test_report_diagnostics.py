"""The report of what the rewards said of each batch: laws of the numbers, what the page says, and how it looks."""

import html
import itertools
import json
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("jinja2")
pytest.importorskip("matplotlib")

from vireward import report
from vireward.report import areas, charts, diagnostics

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
COMPLETION = "\n <thinking>3 + 4 = 7</thinking><SOLUTION>7</SOLUTION><SOLUTION>  \n"
NAMES = ("format_exact", "answer_match")


def told_of(step):
    """What a reward said of a batch."""
    return {
        "mean": step / 10,
        "std": 0.4,
        "informative": 0.75,
        "abstained": 0.0,
        "error": 0.0,
        "timeout": 0.0,
        "crashed": 0.0,
        "p50_ms": 0.02,
        "p95_ms": 0.05,
        "reasons": {"… is the gold": 12 + step % 7, "no answer block": 30, "… is not the gold": 5},
    }


def line(number, **changes):
    """One line of diagnostics.jsonl."""
    found = {
        "step": number,
        "mode": "train",
        "completions": 64,
        "groups": 8,
        "seconds": 0.02,
        "step_seconds": 2.0 if number > 1 else None,
        "diagnostics_seconds": 0.0002,
        "truncated": 0.0,
        "rewards": {name: told_of(number) for name in NAMES},
        "slowest": {"milliseconds": 3.1, "characters": 812, "completion": COMPLETION},
    }
    return found | changes


def metric(step):
    means = {f"rewards/{name}/mean": 1.0 + step / 10 for name in NAMES}
    return {"step": step, "reward": step / 10, "reward_std": 0.5, "frac_reward_zero_std": 0.1} | means


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def run(tmp_path):
    """A folder as a run of 30 steps leaves it, with answers to look at."""
    folder = tmp_path / "tiny-run"
    folder.mkdir()
    steps = range(1, 31)
    (folder / "metrics.jsonl").write_text(jsonl(map(metric, steps)), encoding="utf-8")
    (folder / "diagnostics.jsonl").write_text(jsonl(map(line, steps)), encoding="utf-8")
    answers = [
        {"phase": "after", "question": "3 + 4?", "gold": "7", "completion": COMPLETION, "right": True, "reward": 1.0}
    ]
    (folder / "evaluation.jsonl").write_text(jsonl(answers), encoding="utf-8")
    return folder


def rewrite(folder, rows):
    (folder / "diagnostics.jsonl").write_text(jsonl(rows), encoding="utf-8")


def written(folder):
    return report.write(folder).read_text(encoding="utf-8")


def told(text):
    """The words of the page, as a reader sees them."""
    body = re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
    return re.sub(r"[\s\u202f]+", " ", body.replace("&#8239;", " ").replace("&ndash;", "–"))


# --- laws of the numbers ---

COUNTED = st.lists(
    st.dictionaries(st.sampled_from("abcdefghij"), st.integers(1, 10**6), min_size=1).map(Counter),
    min_size=1,
    max_size=400,
).map(lambda counts: list(enumerate(counts)))


@given(COUNTED)
def test_the_shares_of_a_stack_add_up_to_one_at_each_step(counted):
    stack = areas.stack("reward", counted)
    assert 1 <= len(stack.steps) <= areas.POINTS
    assert [sum(shares) for shares in zip(*stack.shares, strict=True)] == pytest.approx([1.0] * len(stack.steps))
    assert all(0 <= share <= 1 for shares in stack.shares for share in shares)


@given(COUNTED)
def test_a_stack_names_the_most_frequent_kinds_and_spans_the_run(counted):
    stack = areas.stack("reward", counted)
    whole = sum((counts for _, counts in counted), Counter())
    named = [kind for kind in stack.kinds if kind is not None]
    assert len(stack.kinds) == len(stack.shares) == min(len(whole), areas.NAMED + 1)
    assert named == sorted(whole, key=lambda kind: (-whole[kind], kind))[: areas.NAMED]
    assert list(stack.steps) == sorted(set(stack.steps))
    assert (stack.steps[0], stack.steps[-1]) == (counted[0][0], counted[-1][0])


@given(st.data(), st.integers(2, 30))
def test_a_resumed_run_is_read_as_one_that_was_not_stopped(data, steps):
    rows = [line(step, seconds=step / 100) for step in range(1, steps + 1)]
    stop = data.draw(st.integers(2, steps))
    back = data.draw(st.integers(0, stop - 2))  # falls back by at least one step
    killed = [line(step, seconds=9.0) for step in range(back + 1, stop + 1)]
    assert diagnostics.batches(rows[:back] + killed + rows[back:]) == diagnostics.batches(rows)


@given(st.lists(st.tuples(st.integers(1, 64), st.floats(0, 1)), min_size=1, max_size=5))
def test_several_batches_of_a_step_weigh_by_their_completions(found):
    rows = [line(3, completions=size, truncated=share, rewards={}) for size, share in found]
    ((step, merged),) = diagnostics.by_step(diagnostics.batches(rows))
    assert step == 3
    assert merged["truncated"] == pytest.approx(sum(n * x for n, x in found) / sum(n for n, _ in found))


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 9)), min_size=1, max_size=9), st.floats(0, 9))
def test_the_share_of_time_is_that_of_the_timed_steps_alone(times, untimed):
    rows = [line(n + 2, seconds=spent, step_seconds=passed) for n, (spent, passed) in enumerate(times)]
    cost = diagnostics.cost(diagnostics.batches([line(1, seconds=untimed), *rows]))
    assert cost.share == pytest.approx(sum(spent for spent, _ in times) / sum(passed for _, passed in times))
    assert cost.rewards == pytest.approx(untimed + sum(spent for spent, _ in times))


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.none()), st.just({"": None})
)
FIELDS = st.sampled_from([*line(1), *told_of(1), "milliseconds", "characters", "completion"])


def changed(key, odd, step=2):
    """A line with one odd value: in the line, in what each reward said, or in the slowest completion."""
    row = line(step)
    for place in (row, *row["rewards"].values(), row["slowest"]):
        if key in place:
            place[key] = odd
    return row


@given(st.lists(st.tuples(FIELDS, ODD), min_size=1, max_size=6))
def test_odd_values_are_left_out_and_no_number_is_out_of_range(changes):
    found = diagnostics.batches([changed(key, odd) for key, odd in changes] + [line(4)])
    assert found
    for _, values in diagnostics.by_step(found):
        assert all(value >= 0 for key, value in values.items() if not key.endswith("/mean"))
        assert all(value <= 1 for key, value in values.items() if key.endswith(("informative", "alike", "crashed")))
    assert all(0 <= rate.share <= 1 and rate.count >= 0 for rate in diagnostics.rates(found))
    assert all(speed.worst >= speed.upper for speed in diagnostics.speeds(found) if speed.upper is not None)
    assert diagnostics.cost(found).rewards >= 0
    assert diagnostics.slowest(found)[1] >= 3.1


SHARES = ("truncated", "informative", "abstained", "error", "timeout", "crashed")
AMOUNTS = ("seconds", "step_seconds", "diagnostics_seconds", "std", "p50_ms", "p95_ms")


@pytest.mark.parametrize(
    ("key", "odd"), [*itertools.product(SHARES, (-0.1, 1.1, True)), *itertools.product(AMOUNTS, (-0.1, True))]
)
def test_a_number_out_of_range_is_left_out(key, odd):
    def has(row):
        return any(name.split("/")[-1] == key for name in diagnostics.batches([row])[0].values)

    assert has(line(2))
    assert not has(changed(key, odd))


def test_a_line_without_a_step_that_can_be_is_left_out():
    rows = [line(2), line(2, step=-1), line(2, step="3"), line(2, step=float("nan")), {}]
    assert [batch.step for batch in diagnostics.batches(rows)] == [2]


def test_the_slowest_completion_is_that_of_the_whole_run():
    rows = [line(step, slowest={"milliseconds": took}) for step, took in ((1, 2), (2, 7.5), (3, None), (4, 5))]
    batch, took = diagnostics.slowest(diagnostics.batches(rows))
    assert (batch.step, took) == (2, 7.5)


# --- what the page says ---


def test_a_run_without_the_file_has_its_page_without_those_sections(run):
    (run / "diagnostics.jsonl").unlink()
    words = told(written(run))
    assert "Outcomes and time" not in words
    assert "Total reward 0.15 to 2.95" in words


def test_rewards_have_a_band_from_the_diagnostics_or_else_from_the_log(run):
    log = diagnostics.by_step(diagnostics.batches([line(1), line(2)]))
    assert [curve.spread for curve in charts.parts(log)] == [(0.4, 0.4)] * 2
    assert "Band: ± one standard deviation" in told(written(run))
    (run / "diagnostics.jsonl").unlink()
    assert "Band: ± one standard deviation" not in told(written(run))
    stds = {f"rewards/{name}/std": 0.25 for name in NAMES}
    (run / "metrics.jsonl").write_text(jsonl(metric(step) | stds for step in range(9)), encoding="utf-8")
    assert "Band: ± one standard deviation" in told(written(run))


def test_means_come_from_the_diagnostics_and_what_they_lack_from_the_log(run):
    rows = [line(step, rewards={"format_exact": told_of(step)}) for step in (1, 2)]
    rewrite(run, rows)
    words = told(written(run))
    assert "format_exact 0.10 to 0.20" in words
    assert "format_exact 1.15" not in words
    assert "answer_match 1.15 to 3.95" in words


def test_groups_without_signal_are_shown_for_the_total_and_each_reward(run):
    words = told(written(run))
    section = words[words.index("Groups without signal") : words.index("Reasons")]
    assert "their advantages are 0 and the group teaches nothing" in section
    assert re.findall(r"(\S+ ?\w*) 10 % to 10 %", section) == ["Total reward"]
    assert re.findall(r"(\w+) 25 % to 25 %", section) == list(NAMES)


def test_reasons_are_listed_in_the_order_of_their_areas(run):
    words = told(written(run))
    places = [words.index(kind) for kind in ("no answer block", "… is the gold", "… is not the gold")]
    assert places == sorted(places)
    assert written(run).count("stacked areas, 3 kinds of reasons") == 2


def test_outcomes_that_happened_are_counted_and_others_are_not_named(run):
    rows = [line(step, truncated=0.25) for step in range(1, 5)]
    rows[1]["rewards"]["answer_match"]["abstained"] = 0.5
    rows[3]["rewards"]["format_exact"]["crashed"] = 1 / 64
    rewrite(run, rows)
    words = told(written(run))
    assert "Abstained answer_match 32 6.2 % 32 of 512" in words
    assert "Crashed format_exact 1 0.2 % 1 of 512" in words
    assert "Cut off by the length limit 25.0 % 64 of 256" in words
    assert "Timeout" not in words


def test_where_nothing_went_wrong_one_line_says_so(run):
    words = told(written(run))
    assert "No reward abstained, failed, timed out or crashed, and no completion was cut off" in words
    assert '<table class="table">\n<thead><tr><th scope="col">Outcome' not in written(run)


def test_time_is_told_with_what_the_diagnostics_cost(run):
    words = told(written(run))
    assert "Rewards took 0.6 s, 1 % of the step time." in words
    assert "Diagnostics themselves took 6 ms, 0.01 % of the step time." in words
    assert "format_exact 0.02 0.05 0.05" in words
    assert "Slowest completion 3.1 ms, at step 1, 812 characters" in words


def test_batches_of_an_evaluation_are_no_training(run):
    rewrite(run, [line(1), line(1, mode="eval", completions=9, seconds=99.0)])
    assert "Of 1 batch of training completions" in told(written(run))
    assert "99" not in told(written(run))


def test_damaged_lines_are_counted_and_the_page_is_written(run):
    with (run / "diagnostics.jsonl").open("ab") as file:
        file.write('[1]\n{"step": 31, "rewards": {"đ'.encode()[:-1])
    words = told(written(run))
    assert "Unreadable lines of diagnostics.jsonl, left out: 2." in words
    assert "Of 30 batches of training completions" in words


def test_tags_of_the_summary_colour_the_completions(run):
    assert '<span class="answer-text">7' not in written(run)  # by the default format the answer is opened twice
    (run / "summary.json").write_text(json.dumps({"tags": {"open_answer": "= ", "close_answer": "</thinking>"}}))
    assert "The tags of the summary make no answer format" in told(written(run))
    form = {"open_reasoning": None, "close_reasoning": None, "open_answer": "<thinking>", "close_answer": "</thinking>"}
    (run / "summary.json").write_text(json.dumps({"tags": form}), encoding="utf-8")
    text = written(run)
    assert '<span class="answer-text">3 + 4 = 7</span>' in text
    assert "make no answer format" not in text


# --- what the page survives ---

HOSTILE = "</script><script>alert(1)</script>\u202e\u2067\x00\ud800<img src=x onerror=alert(2)>\"'{{ 7*7 }}"


class Reader(HTMLParser):
    """The tags of a page, and the text of its completions."""

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.completions = Counter(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        if ("class", "completion") in attrs:
            self.completions.append("")
            self.open = ["div"]
        elif self.open:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open:
            self.open.pop()

    def handle_data(self, data):
        if self.open and "p" not in self.open:
            self.completions[-1] += data


def test_hostile_names_reasons_and_completions_are_only_ever_text(run):
    named = {HOSTILE: told_of(1) | {"reasons": {HOSTILE: 3}}, HOSTILE * 99: told_of(1)}
    slowest = {"milliseconds": 3, "characters": HOSTILE, "completion": HOSTILE + "x" * 10**6}
    rewrite(run, [line(step, rewards=named, slowest=slowest) for step in (1, 2)])
    text = written(run)
    reader = Reader()
    reader.feed(text)
    assert not reader.tags["script"] + reader.tags["img"]
    assert "&lt;/script&gt;" in text
    assert "⟨U+202E⟩" in text
    assert not set("\u202e\u2067\x00") & set(text)
    assert reader.completions[0].startswith("</script><script>alert(1)</script>⟨U+202E⟩⟨U+2067⟩⟨U+0000⟩⟨U+D800⟩<img")
    assert len(text) < 300_000


def test_a_completion_is_shown_as_it_is_written(run):
    reader = Reader()
    reader.feed(written(run))
    assert reader.completions == [COMPLETION, COMPLETION]


@pytest.mark.parametrize("odd", [None, [], {}, "x", True, -1, 0, float("nan"), 1e308, pytest.param(10**400, id="huge")])
def test_odd_values_leave_a_page(run, odd):
    keys = [*line(1), *told_of(1), *line(1)["slowest"]]
    rewrite(run, [changed(key, odd, step) for step, key in enumerate(keys)])
    assert "Outcomes and time" in told(written(run))
    rewrite(run, [dict.fromkeys(line(1), odd) | {"step": step} for step in (1, 2)])
    assert "Outcomes were not recorded" in told(written(run)) or odd == 0
    rewards = dict.fromkeys(NAMES, dict.fromkeys(told_of(1), odd))
    rewrite(run, [line(step, rewards=rewards, slowest=dict.fromkeys(line(1)["slowest"], odd)) for step in (1, 2)])
    assert "Outcomes and time" in told(written(run))


@pytest.mark.parametrize("key", [*line(1)][1:])
def test_a_field_that_is_never_there_leaves_a_page(run, key):
    rows = [line(step) for step in (1, 2)]
    rewrite(run, [{name: value for name, value in row.items() if name != key} for row in rows])
    assert "Outcomes and time" in told(written(run))


@pytest.mark.parametrize("steps", [1, 2, 2_000])
def test_any_number_of_steps_makes_a_page_of_bounded_size(run, steps):
    (run / "metrics.jsonl").write_text(jsonl(map(metric, range(1, steps + 1))), encoding="utf-8")
    kinds = [{f"kind {k}": (step * k) % 17 for k in range(9)} for step in range(steps)]
    rows = [
        line(n + 1, rewards={name: told_of(n) | {"reasons": counts} for name in "abcd"})
        for n, counts in enumerate(kinds)
    ]
    rewrite(run, rows)
    text = written(run)
    assert text.count('<svg class="chart"') > 10
    assert len(text.encode()) < 1_500_000


def test_the_same_files_give_the_same_page(run):
    first = report.write(run).read_bytes()
    assert report.write(run).read_bytes() == first


# --- how it looks ---

# How colours look to people who lack one kind of cones, in linear light.
# Source: Machado, Oliveira and Fernandes (2009), https://doi.org/10.1109/TVCG.2009.113, severity 1.
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.3039),
    ),
}


def linear(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [((part + 0.055) / 1.055) ** 2.4 if part > 0.04045 else part / 12.92 for part in parts]


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def contrast(one, other):
    """The contrast ratio of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio), in [1, 21]."""
    low, high = sorted(times([(0.2126, 0.7152, 0.0722)], linear(colour))[0] for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def perceived(light):
    """Oklab (https://bottosson.github.io/posts/oklab/): distances there are about as large as they look."""
    cones = times(
        (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        ),
        light,
    )
    return times(
        (
            (0.2104542553, 0.7936177850, -0.0040720468),
            (1.9779984951, -2.4285922050, 0.4505937099),
            (0.0259040371, 0.7827717662, -0.8086757660),
        ),
        [max(cone, 0) ** (1 / 3) for cone in cones],
    )


def palettes():
    """The colours of the style sheet by name, in light and in dark mode."""
    css = Path(report.__file__).with_name("page.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w{6});", root)) for root in re.findall(r":root \{(.*?)\}", css, re.S)[:2]
    )
    return {"light": light, "dark": light | dark}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_areas_are_told_apart_by_every_eye(mode):
    colours = palettes()[mode]
    kinds = [colours[f"kind-{i}"] for i in range(areas.NAMED + 1)]
    assert min(contrast(kind, colours["paper"]) for kind in kinds) >= 3
    assert min(contrast(one, other) for one, other in itertools.pairwise(kinds)) >= 1.6
    for eye, matrix in EYES.items():
        seen = [perceived(times(matrix, linear(kind))) for kind in kinds]
        for one, other in itertools.combinations(seen, 2):
            assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 0.085, eye


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_tinted_text_can_be_read(mode):
    colours = palettes()[mode]
    pairs = [("ink", "reasoning"), ("ink", "answer"), ("bad", "fault"), ("muted", "sheet"), ("muted", "paper")]
    assert min(contrast(colours[text], colours[ground]) for text, ground in pairs) >= 4.5


MEASURE = """<script>
const wide = document.documentElement.clientWidth;
const out = [...document.querySelectorAll("main *")].filter(e => !e.closest(".completion > *, defs") &&
  (e.getBoundingClientRect().right > wide + 1 || e.getBoundingClientRect().left < -1));
const seen = [...document.querySelectorAll(".chart text")].map(e => e.getBoundingClientRect().height).filter(h => h);
parent.document.title = [wide, document.documentElement.scrollWidth, out.map(e => e.tagName).join(" "),
  Math.min(...seen)].join("|");
</script>"""


def measured(folder, page, width=390):
    """The width of the window, that of the page in it, the elements that stick out, and the least height of a label.

    A browser's window has a least width, so that the phone is a frame in one.
    """
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)  # it would forbid to measure
    page = html.escape(page.replace("</body>", f"{MEASURE}</body>"))
    frame = f'<iframe style="border: 0; width: {width}px; height: 2000px" srcdoc="{page}"></iframe>'
    probe = folder / "probe.html"
    probe.write_text(f'<!doctype html><meta charset="utf-8">{frame}', encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += ["--hide-scrollbars", "--window-size=1000,2000", "--dump-dom", probe.as_uri()]
    dom = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()
    wide, page_width, out, label = re.search(r"<title>([^<]*)</title>", dom)[1].split("|")
    return int(wide), int(page_width), out, float(label)


with_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to lay the page out")


@with_browser
@pytest.mark.parametrize("kind", ["plain", "hostile", "one step"])
def test_nothing_sticks_out_of_a_phone(run, kind):
    if kind == "hostile":
        named = {"W" * 300: told_of(1) | {"reasons": {"W" * 300: 3, HOSTILE: 4}, "abstained": 0.5}}
        slowest = {"milliseconds": 3, "characters": 10**12, "completion": "W" * 9999}
        rewrite(run, [line(step, rewards=named, slowest=slowest) for step in (1, 2)])
    elif kind == "one step":
        rewrite(run, [line(1)])
        (run / "metrics.jsonl").write_text(jsonl([metric(1)]), encoding="utf-8")
    *found, label = measured(run, written(run))
    assert found == [390, 390, ""]
    assert label > 10  # px


@with_browser
def test_what_sticks_out_would_be_found(run):
    page = written(run).replace("</main>", '<div style="width: 600px">x</div></main>')
    assert measured(run, page)[:3] == (390, 620, "DIV")
