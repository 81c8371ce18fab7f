"""A report as Markdown, JSON, SARIF and a page: whole, and with nothing in it that what it shows could break."""

import json
import re
from html.parser import HTMLParser

import audited
import jsonschema
import pytest

from vireward import audit
from vireward.audit import RULES
from vireward.audit.attacks import ATTACKS
from vireward.audit.outputs import Place, as_data, code_span, headline, markdown, one_line, sarif, table_lines
from vireward.report.audit import render

# The parts of SARIF 2.1.0 that are used here: what it requires, and the values that it knows.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "additionalProperties": False,
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {"driver": {"$ref": "#/$defs/driver"}},
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                    "properties": {"type": "object"},
                },
            },
        },
    },
    "$defs": {
        "level": {"enum": ["none", "note", "warning", "error"]},
        "text": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
        "driver": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "version": {"type": "string"},
                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
            },
            "additionalProperties": False,
        },
        "rule": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "shortDescription": {"$ref": "#/$defs/text"},
                "fullDescription": {"$ref": "#/$defs/text"},
                "defaultConfiguration": {"type": "object", "properties": {"level": {"$ref": "#/$defs/level"}}},
                "properties": {"type": "object"},
            },
            "additionalProperties": False,
        },
        "result": {
            "type": "object",
            "required": ["message"],
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": -1},
                "level": {"$ref": "#/$defs/level"},
                "message": {"$ref": "#/$defs/text"},
                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                "properties": {"type": "object"},
            },
            "additionalProperties": False,
        },
        "location": {
            "type": "object",
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation"],
                    "properties": {
                        "artifactLocation": {"type": "object", "properties": {"uri": {"type": "string"}}},
                        "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}}},
                    },
                    "additionalProperties": False,
                },
                "logicalLocations": {"type": "array", "uniqueItems": True, "items": {"type": "object"}},
            },
            "additionalProperties": False,
        },
    },
}
NAMES = ("blank blocks", "hedged", "spellings", "long answer", "nothing")


def report_of(reward):
    return audit.run(reward, golds=["1500000"], attacks=[one for one in ATTACKS if one.name in NAMES], seconds=1.0)


REPORTS = [
    pytest.param(reward, id=getattr(reward, "__name__", "prints"))
    for reward in (audited.sound, audited.contains_gold, audited.raises, audited.silent, audited.Prints())
]
by_reward = pytest.mark.parametrize("reward", REPORTS)


# --- laws ---


@by_reward
def test_sarif_is_what_it_must_be(reward):
    report = report_of(reward)
    for place in (None, Place("rewards/mine.py", 7)):
        written = json.loads(json.dumps(sarif(report, place), allow_nan=False))
        jsonschema.validate(written, SARIF)
        (run,) = written["runs"]
        rules = run["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == [rule.name for rule in RULES]
        assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [r["ruleId"] for r in run["results"]]
        assert len(run["results"]) == len(report.findings)
        prints = [result["partialFingerprints"]["vireward/v1"] for result in run["results"]]
        assert len(set(prints)) == len(prints)


def test_sarif_of_the_same_audit_is_the_same():
    assert sarif(report_of(audited.contains_gold)) == sarif(report_of(audited.contains_gold))


@by_reward
def test_json_holds_every_trial_and_finding(reward):
    report = report_of(reward)
    data = json.loads(json.dumps(as_data(report), allow_nan=False))
    assert len(data["trials"]) == len(report.trials)
    assert [finding["rule"] for finding in data["findings"]] == [finding.rule.name for finding in report.findings]
    assert data["clean"] is report.clean


@by_reward
def test_each_row_of_a_markdown_table_has_its_cells(reward):
    width = None
    for line in markdown(report_of(reward)).splitlines():
        if not line.startswith("|"):
            width = None
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        width = width or cells
        assert cells == width, line


class Page(HTMLParser):
    """Reads a page as a browser would: what is open, what is run, what is asked of the network."""

    VOID = ("meta", "link", "br")

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.asked, self.text = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.asked += [value for name, value in attributes if name in ("src", "href") and value != "data:,"]
        assert not any(name.startswith("on") for name, _ in attributes)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@by_reward
def test_the_page_is_whole_runs_nothing_and_asks_for_nothing(reward):
    report = report_of(reward)
    page = Page()
    page.feed(render(report))
    assert page.open == []
    assert "script" not in page.seen
    assert page.asked == []
    text = "".join(page.text)
    assert headline(report) in text
    for finding in report.findings:
        assert finding.rule.says in text
    assert "\u202e" not in text


def test_the_picture_has_every_family_of_what_was_tried():
    report = report_of(audited.contains_gold)
    page = render(report)
    assert page.count("lane-name") - page.count(".lane-name") == len(
        {t.family for t in report.trials} - {"honest answers"}
    )
    assert 'class="dot pays"' in page
    assert 'class="dot punished"' in page
    assert 'class="dot pays" cx' not in re.sub(
        r'<ul class="marks".*?</ul>', "", render(report_of(audited.sound)), flags=re.S
    )


# --- words ---


def test_a_clean_audit_says_so():
    assert headline(report_of(audited.sound)).startswith("No attack pays, and no right answer is punished")


def test_what_was_found_is_counted():
    told = headline(report_of(audited.contains_gold))
    assert re.search(r"\d attacks? (is|are) paid; \d+ ways of being right are punished", told)
    assert "1 attack breaks the reward" in headline(report_of(audited.raises))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\nb", "a\\nb"),
        ("không\u200b", "không\\u200b"),
        ("\\frac{1}{2}", "\\frac{1}{2}"),
        ("'\"", "'\""),
        ("\u202e7", "\\u202e7"),
        ("x" * 50, "xxxxx … 40 characters … xxxxx"),
    ],
)
def test_a_text_on_one_line_shows_all_its_characters(text, told):
    assert one_line(text, 10 if len(text) > 20 else 160) == told


@pytest.mark.parametrize("text", ["a|b", "a`b", "``", "a``|`b", "|", "", " "])
def test_a_code_span_breaks_no_table(text):
    (*_, line) = table_lines(("a", "b"), [(code_span(text), "c")])
    assert len(re.findall(r"(?<!\\)\|", line)) == 3
    fences = re.findall(r"`+", line.partition("| c")[0])
    assert not fences or (fences[0] == fences[-1] and fences.count(fences[0]) == 2)
