"""A report as text and as data: Markdown, JSON, and SARIF 2.1.0 for what shows findings beside code."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vireward.audit.findings import RULES
from vireward.audit.records import Finding, Report, Rule, Trial, shown_value

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LONGEST = 160  # characters of a completion that are shown


def headline(report: Report) -> str:
    """The outcome in one sentence."""
    if not report.trials:
        return "Nothing was tried."
    exploits, punished, failures = (report.of_kind(kind) for kind in ("exploit", "punished", "failure"))
    told = [
        *_told(exploits, "attack is paid", "attacks are paid"),
        *_told(punished, "way of being right is punished", "ways of being right are punished", variants=True),
        *_told(failures, "attack breaks the reward", "attacks break the reward"),
    ]
    count = len({(trial.attack, trial.variant) for trial in report.trials})
    tried = f"{count:,} completion{'s' * (count != 1)} for {_golds(report)}"
    return (
        f"Of {tried}: {'; '.join(told)}." if told else f"No attack pays, and no right answer is punished, in {tried}."
    )


def _golds(report: Report) -> str:
    return f"each of {len(report.golds)} golds" if len(report.golds) > 1 else f"the gold {report.golds[0]!r}"


def _told(findings: Sequence[Finding], one: str, many: str, *, variants: bool = False) -> list[str]:
    names = {(f.attack, v if variants else "") for f in findings for v in f.variants}
    return [f"{len(names)} {one if len(names) == 1 else many}"] if names else []


def one_line(text: str, limit: int = LONGEST) -> str:
    """A text on one line, every character of it to be seen; the middle of a long one is left out."""
    if len(text) > limit:
        half = limit // 2
        text = f"{text[:half]} … {len(text) - 2 * half} characters … {text[-half:]}"
    return repr(text)[1:-1].replace("\\\\", "\\").replace("\\'", "'")


def variants_told(finding: Finding, most: int = 3) -> str:
    """The kinds of completion of a finding, the first of many."""
    named = [variant for variant in finding.variants if variant]
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return "; ".join(named[:most]) + more


# --- JSON ---


def as_data(report: Report) -> dict[str, Any]:
    """The report as JSON holds it."""
    return {
        "reward": report.reward,
        "clean": report.clean,
        "headline": headline(report),
        "tags": repr(report.tags),
        "style": report.style,
        "golds": list(report.golds),
        "group": {"size": report.group.size, "right": report.group.right, "prompts": report.group.prompts},
        "remarks": list(report.remarks),
        "findings": [_finding_data(finding) for finding in report.findings],
        "trials": [_trial_data(trial) for trial in report.trials],
    }


def _finding_data(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.name,
        "kind": finding.rule.kind,
        "level": finding.rule.level,
        "attack": finding.attack,
        "variants": list(finding.variants),
        "golds": list(finding.golds),
        "schemes": list(finding.schemes),
        "told": f"{finding.attack} {finding.rule.says}: {finding.in_numbers}",
        "worst": _trial_data(finding.worst),
    }


def _trial_data(trial: Trial) -> dict[str, Any]:
    return {
        "attack": trial.attack,
        "family": trial.family,
        "variant": trial.variant,
        "gold": trial.gold,
        "right": trial.right,
        "well_formed": trial.well_formed,
        "completion": trial.completion if len(trial.completion) <= 600 else one_line(trial.completion, 400),
        "characters": len(trial.completion),
        "value": trial.score.value,
        "outcome": trial.score.outcome,
        "why": trial.score.why[:1_000],
        "honest": {"right": trial.honest[0], "wrong": trial.honest[1]},
        "advantages": {
            name: {"attack": gain.attack, "right": gain.right, "wrong": gain.wrong}
            for name, gain in trial.advantages.items()
        },
    }


# --- Markdown ---


def markdown(report: Report) -> str:
    """The report as Markdown."""
    lines = [f"# Audit of {code_span(one_line(report.reward, 200))}", "", headline(report), ""]
    lines += [f"- {_plain(remark)}" for remark in report.remarks] + [""] * bool(report.remarks)
    lines += table_lines(
        ("level", "finding", "attack", "golds", "reward", "right", "wrong", "advantage", "completion"),
        map(_finding_row, report.findings),
    )
    group = report.group
    lines += [
        "",
        f"Advantages are those of TRL's GRPO in a group of {group.size} ({group.right} honest right answers, "
        f"{group.size - 1 - group.right} honest wrong ones, and the attack), scaled by the group unless another scheme "
        f"is named; golds: {', '.join(map(code_span, report.golds))}; number style {report.style}; "
        f"tags {code_span(repr(report.tags))}.",
        "",
        "## Every attack",
        "",
        *table_lines(("family", "attack", "completions", "highest advantage", "question"), attack_rows(report.trials)),
    ]
    return "\n".join(lines) + "\n"


def _finding_row(finding: Finding) -> list[str]:
    worst, scheme = finding.worst, finding.schemes[0]
    right, wrong = map(shown_value, worst.honest)
    where = "" if len(finding.schemes) == len(worst.advantages) else f" ({', '.join(finding.schemes)})"
    said = f"{finding.attack}: {_plain(variants_told(finding))}" if variants_told(finding) else finding.attack
    return [
        finding.rule.level,
        finding.rule.says,
        said,
        str(len(finding.golds)),
        shown_value(worst.score.value),
        right,
        wrong,
        f"{worst.advantages[scheme].attack:+.2f}{where}",
        code_span(one_line(worst.completion)),
    ]


def table_rows(report: Report) -> list[list[str]]:
    """The findings as a terminal shows them."""
    return [
        [
            finding.rule.level,
            f"{finding.attack}: {one_line(variants_told(finding))}".removesuffix(": "),
            finding.rule.says,
            finding.in_numbers,
            one_line(finding.worst.completion, 120),
        ]
        for finding in report.findings
    ]


def attack_rows(trials: Iterable[Trial]) -> list[list[str]]:
    """Each attack with the number of its completions and the highest advantage that one of them got."""
    from vireward.audit.attacks import ATTACKS

    questions = {attack.name: attack.question for attack in ATTACKS}
    grouped: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        grouped.setdefault((trial.family, trial.attack), []).append(trial)
    return [
        [
            family,
            attack,
            str(len(those)),
            f"{max(t.advantages['group'].attack for t in those):+.2f}",
            questions.get(attack, ""),
        ]
        for (family, attack), those in grouped.items()
    ]


def table_lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown, line by line."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}", *lines] if lines else ["Nothing was found."]


def code_span(text: str) -> str:
    """A text as a code span of a table cell."""
    if not text:
        return "*nothing*"
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def _plain(text: str) -> str:
    return one_line(text, 400).replace("|", "\\|").replace("<", "&lt;")


# --- SARIF ---


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reward is written, for what shows findings beside code.

    Attributes:
        uri: The file, relative to where the audit is run.
        line: The line of it, from 1.
    """

    uri: str
    line: int = 1


def sarif(report: Report, place: Place | None = None) -> dict[str, Any]:
    """The findings as SARIF 2.1.0.

    Args:
        report: The report.
        place: Where the reward is written; without it only its name is told.
    """
    from vireward import __version__  # which is above this package

    run = {
        "tool": {"driver": {"name": "vireward", "version": __version__, "rules": [_rule_data(rule) for rule in RULES]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, finding, place) for finding in report.findings],
        "properties": {"headline": headline(report), "remarks": list(report.remarks)},
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _named(finding: Finding) -> str:
    told = variants_told(finding)
    return f"{finding.attack} ({told})" if told else finding.attack


def _rule_data(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": f"A completion {rule.says}."},
        "fullDescription": {"text": rule.meaning},
        "defaultConfiguration": {"level": rule.level},
        "properties": {"kind": rule.kind},
    }


def _result(report: Report, finding: Finding, place: Place | None) -> dict[str, Any]:
    told = (
        f"{_named(finding)} {finding.rule.says}: {finding.in_numbers}; "
        f"gold {finding.worst.gold!r}, completion {one_line(finding.worst.completion)!r}"
    )
    logical = {"name": one_line(report.reward, 200), "kind": "function"}
    where: dict[str, Any] = {"logicalLocations": [logical]}
    if place is not None:
        region = {"startLine": place.line}
        where["physicalLocation"] = {"artifactLocation": {"uri": place.uri}, "region": region}
    key = f"{report.reward}\n{finding.rule.name}\n{finding.attack}"
    return {
        "ruleId": finding.rule.name,
        "ruleIndex": RULES.index(finding.rule),
        "level": finding.rule.level,
        "message": {"text": told},
        "locations": [where],
        "partialFingerprints": {"vireward/v1": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()},
        "properties": _finding_data(finding),
    }
