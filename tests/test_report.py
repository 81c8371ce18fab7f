"""The report page: what it says, what it survives, and that it stands alone."""

import json
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser

import pytest

from vireward.errors import BadData, MissingExtra

pytest.importorskip("jinja2")
pytest.importorskip("matplotlib")

from vireward import report
from vireward.report import charts, examples, page

REWARDS = {"format_exact": 1.1, "numeric_match": 0.2}


def phase(right, reward, problems=40):
    return {"problems": problems, "right": right, "format": 2 * right, "reward": reward, "rewards": REWARDS}


def summary(**changes):
    found = {
        "preset": "tiny",
        "model": "m/tiny",
        "seed": 3407,
        "steps": 30,
        "seconds": 212.4,
        "versions": {"torch": "2.13.0"},
        "settings": {"learning_rate": 5e-06, "targets": ["q_proj", "k_proj"]},
        "data": {"source": "bundled", "train_rows": 2400, "dropped": {"no gold": 12}},
        "timing": {"training": 141.8},
        "before": phase(5, 1.9),
        "after": phase(17, 6.2),
    }
    return found | changes


def metric(step):
    means = {f"rewards/{name}/mean": value + step / 10 for name, value in REWARDS.items()}
    logged = {"step": step, "reward": step / 10, "reward_std": 0.5, "frac_reward_zero_std": 0.1, "kl": None}
    return logged | means | {"completions/mean_length": 40.0 + step, "completions/clipped_ratio": 0.0}


def row(phase, number, right, reward, completion="<SOLUTION>7</SOLUTION>"):
    score = {"value": reward, "why": f"reason {phase} {number}"}
    return {
        "phase": phase,
        "question": f"Có {number} quả táo?",
        "gold": str(number),
        "completion": completion,
        "right": right,
        "format": True,
        "reward": reward,
        "scores": {"numeric_match": score},
    }


def lines(rows):
    return "".join(json.dumps(one) + "\n" for one in rows)


@pytest.fixture
def run(tmp_path):
    """A folder as a finished run leaves it: 30 steps, 12 problems asked twice."""
    folder = tmp_path / "tiny-run"
    folder.mkdir()
    (folder / "summary.json").write_text(json.dumps(summary()), encoding="utf-8")
    (folder / "metrics.jsonl").write_text(lines(map(metric, range(1, 31))), encoding="utf-8")
    before = [row("before", n, n % 4 == 0, float(n % 4)) for n in range(12)]
    after = [row("after", n, n % 2 == 0, float(n % 3)) for n in range(12)]
    (folder / "evaluation.jsonl").write_text(lines(before + after), encoding="utf-8")
    return folder


def written(folder):
    return report.write(folder).read_text(encoding="utf-8")


def told(text):
    """The words of the page, as a reader sees them."""
    body = re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
    return re.sub(r"[\s\u202f]+", " ", body.replace("&#8239;", " ").replace("&ndash;", "–"))


def test_the_page_is_written_into_the_folder_and_nothing_else_is(run):
    before = set(run.iterdir())
    target = report.write(run)
    assert target == run / "report.html"
    assert set(run.iterdir()) - before == {target}


def test_the_headline_says_what_happened(run):
    words = told(written(run))
    assert "Right answers on 40 held-out problems went from 12 % to 42 %; mean reward from 1.90 to 6.20." in words


def test_names_and_figures_are_there(run):
    words = told(written(run))
    for name in ("tiny-run", "format_exact", "numeric_match", "m/tiny", "3407", "dropped: no gold", "q_proj, k_proj"):
        assert name in words
    assert "5 of 40 5–26 %" in words  # Wilson: 5.5 to 26.1
    assert "+30 pp +10 to +47" in words
    assert "+4.30" in words
    assert "5e-06" in words
    assert "3 min 32 s" in words
    assert "3 turned right" in words
    assert "reason after 2" in words


def test_the_wilson_interval_is_the_published_one():
    # Newcombe, Statist. Med. 17 (1998): pages 857-872, table I, method 3, for one share (81 of 263, 0 of 20), and pages
    # 873-890, table II (b), method 10, for a difference (9 of 10 against 3 of 10).
    assert page.Share(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert page.Share(0, 20).interval == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert page.Measure("", page.Share(3, 10), page.Share(9, 10)).interval == pytest.approx((0.1705, 0.8090), abs=5e-5)


def test_nothing_is_fetched_from_anywhere(run):
    text = written(run)
    assert not re.search(r"""(?:src|href|action|data)\s*=\s*["']?\s*(?:https?:)?//""", text)
    assert not re.search(r"@import|url\((?!#)|<script|<iframe|<img|<object|<embed", text)
    assert "http" not in text.replace("http-equiv", "")


class Reader(HTMLParser):
    """Collects ids, references to them, and the tags that stay open."""

    def __init__(self):
        super().__init__()
        self.ids, self.used, self.open = Counter(), set(), []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            self.ids.update([value] if name == "id" else [])
            self.used.update(re.findall(r"#([\w-]+)\)?", value or "") if name in ("xlink:href", "clip-path") else [])
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_charts_share_no_id_and_every_tag_is_closed(run):
    reader = Reader()
    reader.feed(written(run))
    assert reader.ids
    assert set(reader.ids.values()) == {1}
    assert reader.used == set(reader.ids)
    assert reader.open == []


def test_charts_take_their_colours_from_the_page(run):
    svgs = re.findall(r'<svg class="chart".*?</svg>', written(run), flags=re.DOTALL)
    assert len(svgs) == 7  # total twice, two rewards, three signals; no kl, which is null
    assert all("currentColor" in svg and "training step</text>" in svg for svg in svgs)
    assert not any(re.search('#[0-9a-f]{6}[;"]|font-family', svg) for svg in svgs)


def test_hostile_text_is_only_ever_text(run):
    bad = "<script>alert(1)</script>\u202e\u200b\x00\ud800<img src=x onerror=alert(2)>\"'{{ 7*7 }}"
    rows = [row(phase, 1, False, 1.0, bad) | {"question": bad, "gold": bad} for phase in ("before", "after")]
    rows[0]["scores"] = {bad: {"value": 1.0, "why": bad}}
    (run / "evaluation.jsonl").write_text(lines(rows), encoding="utf-8")
    hostile = summary(model=bad, settings={bad: bad}, versions={bad: [bad]})
    hostile["after"]["rewards"] = {bad: 1.0}
    (run / "summary.json").write_text(json.dumps(hostile), encoding="utf-8")
    (run / "metrics.jsonl").write_text(lines([metric(1) | {f"rewards/{bad}/mean": 1.0}]), encoding="utf-8")
    text = written(run)
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text
    assert "{{ 7*7 }}" in text
    assert "⟨U+202E⟩" in text
    assert "⟨U+D800⟩" in text
    assert not set("\u202e\u200b\x00") & set(text)


def test_a_very_long_completion_is_cut_with_a_note(run):
    rows = [row("after", 1, True, 1.0, "ấ" * 9000)]
    (run / "evaluation.jsonl").write_text(lines(rows), encoding="utf-8")
    text = written(run)
    assert text.count("ấ") == 4000
    assert "5 000 more characters not shown" in told(text)


def test_an_interrupted_run_says_so(run):
    (run / "summary.json").write_text(json.dumps(summary(after=None, steps=120)), encoding="utf-8")
    (run / "evaluation.jsonl").write_text(lines([row("before", 1, True, 1.0), row("before", 2, False, 0.0)]))
    words = told(written(run))
    assert "Up to step 30 of 120, mean reward on training problems went from 0.15 to 2.95." in words
    assert "There is no evaluation after training" in words
    assert "Before training" in words
    assert "reason before 2" in words


def test_a_half_written_line_is_left_out_and_counted(run):
    with (run / "metrics.jsonl").open("ab") as file:
        file.write('{"step": 31, "reward": 9e9, "name": "đ'.encode()[:-1])
    words = told(written(run))
    assert "Unreadable lines of metrics.jsonl, left out: 1." in words
    assert "Total reward 0.15 to 2.95" in words


def test_a_resumed_run_counts_each_step_once():
    log = charts.timeline(
        [{"step": 2, "reward": 1}, {"step": 1, "reward": 0}, {"step": 2, "reward": 5}, {"step": None}]
    )
    assert log == [(1.0, {"step": 1.0, "reward": 0.0}), (2.0, {"step": 2.0, "reward": 5.0})]


def test_a_change_within_chance_is_called_so(run):
    assert "may be chance" not in told(written(run))
    changed = summary(before=phase(5, 1.9), after=phase(6, 2.0))
    (run / "summary.json").write_text(json.dumps(changed), encoding="utf-8")
    assert "may be chance" in told(written(run))


def test_a_folder_without_a_run_is_refused_in_one_line(tmp_path):
    with pytest.raises(BadData, match=r"neither metrics\.jsonl nor summary\.json is there; give") as caught:
        report.write(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_summary_is_refused(run):
    (run / "summary.json").write_text('{"preset": ', encoding="utf-8")
    with pytest.raises(BadData, match=r"summary\.json: not a JSON object"):
        report.write(run)


def test_the_same_files_give_the_same_page(run):
    first = report.write(run).read_bytes()
    assert report.write(run).read_bytes() == first


@pytest.mark.parametrize("steps", [0, 1, 2, 19, 500])
def test_any_number_of_steps_is_drawn(run, steps):
    (run / "metrics.jsonl").write_text(lines(map(metric, range(1, steps + 1))), encoding="utf-8")
    (run / "warmup.jsonl").write_text(lines({"step": n, "loss": 1 / n} for n in range(1, steps + 1)), encoding="utf-8")
    text = written(run)
    assert text.count('<svg class="chart"') == (8 if steps else 0)
    assert len(text) < 400_000


@pytest.mark.parametrize("kept", ["summary.json", "metrics.jsonl"])
def test_one_file_is_enough(run, kept):
    for file in run.iterdir():
        if file.name != kept:
            file.unlink()
    assert "tiny-run" in written(run)


@pytest.mark.parametrize("odd", [None, [], {}, "x", True, -1, 0, float("nan"), 1e308, pytest.param(10**400, id="huge")])
def test_odd_values_leave_a_page(run, odd):
    (run / "metrics.jsonl").unlink()
    for key in summary():
        (run / "summary.json").write_text(json.dumps(summary(**{key: odd})), encoding="utf-8")
        report.write(run)
    for key in phase(1, 1.0):
        (run / "summary.json").write_text(json.dumps(summary(after=phase(1, 1.0) | {key: odd})), encoding="utf-8")
        report.write(run)
    (run / "metrics.jsonl").write_text(lines(metric(n) | dict.fromkeys(metric(n), odd) for n in (1, 2)))
    (run / "evaluation.jsonl").write_text(
        lines(row("after", 1, True, 1.0) | {key: odd} for key in row("after", 1, 1, 1))
    )
    report.write(run)


def test_samples_are_chosen_to_be_telling():
    def example(name, was, now, before, after):
        return examples.Example(name, "7", {"right": was, "reward": before}, {"right": now, "reward": after})

    many = [example(f"still {n}", False, False, 0.0, n / 100) for n in range(50)]
    few = [
        example("up", False, True, 0.0, 9.0),
        example("down", True, False, 9.0, 0.0),
        example("kept", True, True, 9, 9),
    ]
    chosen = [one.question for one in examples.choose(many + few)]
    assert chosen == ["up", "down", "still 49", "still 0", "still 48", "still 47", "still 46", "kept"]


def test_no_page_is_left_half_written(run, monkeypatch):
    old = report.write(run).read_bytes()
    monkeypatch.setattr("os.replace", lambda *paths: (_ for _ in ()).throw(OSError("disk full")))
    (run / "summary.json").write_text("{}", encoding="utf-8")
    with pytest.raises(OSError, match="disk full"):
        report.write(run)
    assert (run / "report.html").read_bytes() == old
    assert not [file for file in run.iterdir() if file.name.startswith(".")]


def test_a_missing_package_is_named_in_one_line(run, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"^the report needs jinja2; pip install 'vireward\[train\]'$"):
        report.write(run)


def test_importing_the_report_imports_nothing_heavy():
    code = "import sys, vireward.report; sys.exit(bool({'jinja2', 'matplotlib', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
