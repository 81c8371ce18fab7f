"""A batch scored at once, without reasons, has the values of its samples one by one; each text is scanned once."""

import itertools
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vireward
from vireward import AnswerMatch, FormatExact, NumericMatch, TagCount, TagFormat, to_trl, weighted
from vireward.columns import Columns, Scans
from vireward.group import scores_columns
from vireward.layout.quick_scan import quick_scanner, usual_answer
from vireward.quantities.digits import STYLES
from vireward.records import Score
from vireward.tags import Parsed

FORMATS = [
    TagFormat(),
    TagFormat.preset("deepseek"),
    TagFormat.preset("boxed"),
    TagFormat.preset("gsm8k"),
    TagFormat.preset("deepseek", prefilled=True),
    TagFormat("[[", "]]", "{{", "}}"),
    TagFormat(None, None, "<answer>", "</answer>"),
]
ANSWERS = [
    *(
        "7",
        "-7",
        "07",
        "7.",
        " 7 ",
        "1500",
        "1.500",
        "1,500",
        "1 500 đồng",
        "2,5",
        "5/2",
        "\\frac{5}{2}",
        "hai mươi lăm",
        "25%",
    ),
    *(
        "7 hoặc 8",
        "không phải 7",
        "",
        " ",
        "\u200b",
        "?",
        "x = 7",
        "\\boxed{7}",
        "Đáp án: 7",
        "7 < 8",
        "B. 7",
        "{7; 8}",
        "٧",
        "７",
    ),
    *("1" * 15, "1" * 16, "1" * 500, "{" * 300, "vô nghiệm", "x + 1", "1 + x", "3 giờ 15 phút", "195 phút", "\ud800"),
]


@st.composite
def completions(draw, tags):
    """Laid out as asked, or with a fault: a tag more or less, another order, text around it, a `<` within."""
    answer, thought = draw(st.sampled_from(ANSWERS)), draw(st.sampled_from(["Ta có 3 + 4", " ", "3 < 4", "ừ\n", "?"]))
    pieces = [tags.open_reasoning or "", thought, tags.close_reasoning or "", draw(st.sampled_from(["", "\n", " "]))]
    pieces += [tags.open_answer, answer, tags.close_answer or "", draw(st.sampled_from(["", "\n", "\r\n"]))]
    if tags.prefilled:
        pieces[0] = ""
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(pieces)))
        pieces.insert(place, draw(st.sampled_from([*tags.tags, "<", "x", " ", "\\boxed{8}", "#### 8"])))
    if draw(st.booleans()) and draw(st.booleans()):
        del pieces[draw(st.integers(0, len(pieces) - 1))]
    return "".join(pieces)


@st.composite
def batches(draw):
    tags = draw(st.sampled_from(FORMATS))
    texts = draw(st.lists(completions(tags), min_size=1, max_size=6))
    golds = [draw(st.sampled_from([*ANSWERS, None])) for _ in texts]
    return tags, texts, golds


def rewards(tags, style):
    return weighted(
        format=(1.0, FormatExact(tags)),
        tags=(0.5, TagCount(tags)),
        answer=(2.0, AnswerMatch(tags, style=style)),
        number=(0.25, NumericMatch(tags, style=style)),
    )


def ignore(*_):
    """Take what a trainer would log, so that reasons are asked for."""


@given(batches(), st.sampled_from(["vi", "en"]), st.booleans())
def test_values_are_those_of_the_scores(batch, style, chat):
    tags, texts, golds = batch
    whole = rewards(tags, style)
    given_texts = [[{"role": "assistant", "content": text}] for text in texts] if chat else texts
    for reward in (whole, *(part for _, _, part in whole.terms)):
        at_once = to_trl(reward)(completions=given_texts, answer=golds)
        assert at_once == to_trl(reward)(completions=given_texts, answer=golds, log_extra=ignore)
        assert at_once == [reward(vireward.Sample(text, gold)).value for text, gold in zip(texts, golds, strict=True)]


@given(st.sampled_from(FORMATS).flatmap(lambda tags: st.tuples(st.just(tags), completions(tags))))
def test_what_is_recognised_at_once_is_what_a_scan_finds(case):
    tags, text = case
    usual = usual_answer(tags)
    answer = usual(text) if usual else None
    if answer is not None:
        parsed = tags.scan(text)
        assert parsed.well_formed
        assert parsed.answer == answer


@pytest.mark.parametrize("thought", ["Ta có 3 + 4", "?", "ừ"])
def test_every_answer_has_the_values_of_its_score(thought):
    texts = [f"<thinking>{thought}</thinking><SOLUTION>{answer}</SOLUTION>" for answer in ANSWERS]
    for reward in (FormatExact(), AnswerMatch(), NumericMatch()):
        for golds in (ANSWERS, [*ANSWERS[1:], "7"]):
            scores = [reward(vireward.Sample(text, gold)).value for text, gold in zip(texts, golds, strict=True)]
            assert to_trl(reward)(completions=texts, answer=golds) == scores


MORE = ["{7}", "{8}", "7,0", "0,7", "7 kg", "7000 g", "7 m", "8 kg", "0", "-0"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("gold", [*ANSWERS, *MORE, None], ids=range(len(ANSWERS + MORE) + 1))
def test_every_answer_has_the_values_of_its_score_by_every_gold(gold, style):
    texts = [TagFormat().open_answer + answer + "</SOLUTION>" for answer in ANSWERS + MORE]
    for reward in (AnswerMatch(style=style, missing=-0.25), NumericMatch(style=style, missing=-0.25)):
        scores = [reward(vireward.Sample(text, gold)).value for text in texts]
        assert to_trl(reward)(completions=texts, answer=[gold] * len(texts)) == scores


BESIDE = ["", " {}", "\n#### {}", " \\boxed{{{}}}", " x = -\\boxed{{{}}}", "\nĐáp án: {}", "\nĐáp án: {} hoặc 8"]


@pytest.mark.parametrize("anywhere", [False, True])
@pytest.mark.parametrize("tags", FORMATS, ids=range(len(FORMATS)))
def test_every_layout_has_the_values_of_its_score(tags, anywhere):
    begin, end, opening, closing = tags.open_reasoning, tags.close_reasoning, tags.open_answer, tags.close_answer
    begin, end, closing = begin or "", end or "", closing or ""
    blocks = [opening + answer + closing for answer in ("7", "7,0 kg", "8", "", " ", "\u200b", "?")]
    blocks += [opening + "7", "7" + closing, (opening + "7" + closing + "\n") * 2, closing + opening, ""]
    starts = [begin + "3 + 4" + end + "\n", begin * 2 + "3 + 4" + end, "3 + 4" + end, begin + end, begin + "3 + 4"]
    texts = [start + block + beside.format(7) for start in starts for block in blocks for beside in BESIDE]
    params = {"missing": -0.25, "anywhere": anywhere}
    for reward in (AnswerMatch(tags, **params), NumericMatch(tags, **params), FormatExact(tags), TagCount(tags)):
        for gold in ("7", "vô nghiệm"):
            scores = [reward(vireward.Sample(text, gold)).value for text in texts]
            assert to_trl(reward)(completions=texts, answer=[gold] * len(texts)) == scores


@dataclass(frozen=True)
class InBatch:
    column: tuple

    def __call__(self, sample):
        raise AssertionError("the whole batch is asked for")

    def values(self, columns):
        return list(self.column)


@pytest.mark.parametrize("missing", ["abstain", "skip"])
def test_the_sums_of_a_batch_are_the_sums_of_its_rows(missing):
    rows = list(itertools.product((None, -1e308, 0.5, 1e308), repeat=3))
    terms = dict(zip("abc", zip((1.0, 10.0, -10.0), map(InBatch, zip(*rows, strict=True)), strict=True), strict=True))
    reward = weighted(missing=missing, **terms)
    sums = [reward.total({name: Score(value, "") for name, value in zip("abc", row, strict=True)}) for row in rows]
    assert reward.values(Columns(Scans([]), [])) == [score.value for score in sums]
    assert {score.outcome for score in sums} == {"scored", "abstained", "error"}


def test_the_usual_layout_is_recognised():
    for tags in FORMATS[:2]:
        assert usual_answer(tags)(tags.write("3 + 4", "7") + "\n") == "7"
        assert usual_answer(tags)(tags.write("3 < 4 </", "7")) == "7"
        assert usual_answer(tags)(tags.write("3 + 4", "7 < 8")) is None


@given(st.data())
def test_the_quick_scanner_finds_what_the_scan_finds(data):
    tags = data.draw(st.sampled_from(FORMATS))
    pieces = st.lists(st.sampled_from([*tags.tags, "<", "[", "7", " ", "\n", tags.tags[-1][:-1]]), max_size=30)
    text = "".join(data.draw(pieces))
    assert quick_scanner(tags)(text) == tags.scan(text)


@pytest.mark.parametrize("tags", FORMATS[2:], ids=range(2, len(FORMATS)))
def test_other_formats_are_left_to_the_scan(tags):
    assert usual_answer(tags) is None or tags == FORMATS[5]


def test_what_gives_values_is_known():
    assert scores_columns(rewards(TagFormat(), "vi"))
    assert not scores_columns(weighted(a=(1.0, TagCount()), b=(1.0, lambda sample: 1.0)))
    assert not scores_columns(weighted(a=(1.0, vireward.gate(TagCount(), when=FormatExact()))))


@pytest.fixture
def scanned(monkeypatch):
    """How often each text was scanned."""
    counts = Counter()
    look = Parsed.__init__

    def counted(self, tags, text, *found):
        counts[text] += 1
        look(self, tags, text, *found)

    monkeypatch.setattr(Parsed, "__init__", counted)
    return counts


NEW = [f"<thinking>{n} < {n + 1}</thinking><SOLUTION>{n}</SOLUTION>" for n in range(8)]
NESTED = vireward.gate(rewards(TagFormat(), "vi"), when=vireward.all_of(a=FormatExact(), b=vireward.ChoiceMatch()))


@pytest.mark.parametrize("logged", [{}, {"log_extra": ignore}])
def test_a_completion_is_scanned_once_across_the_functions_of_a_batch(scanned, logged):
    texts = [f"{text}{len(logged)}" for text in NEW]
    for reward in (FormatExact(), TagCount(), AnswerMatch(), NumericMatch(), NESTED, rewards(TagFormat(), "vi")):
        to_trl(reward)(completions=list(texts), answer=["3"] * len(texts), **logged)
    assert scanned == dict.fromkeys(texts, 1)


def test_a_lone_sample_is_scanned_once_across_a_composition(scanned):
    NESTED(vireward.Sample(NEW[0], "3"))
    assert scanned == {NEW[0]: 1}


def test_another_format_is_another_scan(scanned):
    sample = vireward.Sample(NEW[0], "3")
    for tags in FORMATS[:2] * 2:
        TagCount(tags)(sample)
    assert scanned == {NEW[0]: 2}


def test_a_changed_completion_is_scanned_anew():
    from dataclasses import replace

    sample = vireward.Sample("<SOLUTION>7</SOLUTION>", "7")
    assert AnswerMatch()(sample).value == 3.0
    assert AnswerMatch()(replace(sample, completion="<SOLUTION>8</SOLUTION>")).value == -1.5


def test_a_batch_of_nothing_has_no_values():
    assert to_trl(rewards(TagFormat(), "vi"))(completions=[], answer=[]) == []
    assert rewards(TagFormat(), "vi").values(Columns(Scans([]), [])) == []


def test_a_completion_that_cannot_be_read_abstains_alone():
    values = to_trl(rewards(TagFormat(), "vi"))(completions=[NEW[3], 5, NEW[3]], answer=["3"] * 3)
    assert values[1] is None
    assert values[0] == values[2] is not None
