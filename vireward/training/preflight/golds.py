"""The golds of a data set: what no completion can answer, what no reward can read, and which number style they have."""

from collections.abc import Callable, Iterator, Sequence

from vireward.errors import BadParameter
from vireward.extract import unwrapped
from vireward.group import within
from vireward.layout.visible import says_something
from vireward.numerals import read_number
from vireward.quantities.digits import STYLES
from vireward.quantities.style_evidence import style_evidence
from vireward.rewards import AnswerMatch, FormatExact, NumericMatch
from vireward.tags import TagFormat
from vireward.training.preflight.finding import Finding, Level, rows_told
from vireward.training.preflight.rows import Asked, Contents

FEW = 5  # votes; fewer of them decide nothing about golds that fit both styles
_REASONING = "Ta có."


def gold_findings(contents: Contents, rewards: Sequence[object], tags: TagFormat, style: str) -> Iterator[Finding]:
    """Golds that cannot be written as an answer, and golds that are no number though a reward wants one.

    Args:
        contents: The data set.
        rewards: What the run trains with.
        tags: The answer format.
        style: The number style that the run reads golds in.
    """
    parts = [part for reward in rewards for part in within(reward)]
    if any(isinstance(part, AnswerMatch | NumericMatch) for part in parts):
        strict = any(isinstance(part, FormatExact) for part in parts)
        yield from _told(
            contents,
            lambda gold: not _writable(gold, tags) and (strict or says_something(gold)),
            f"no well-formed answer behind {tags.open_answer} can state the gold",
            "",
            "mend these golds, or take other tags or rewards",
        )
    if any(isinstance(part, NumericMatch) for part in parts):
        yield from _told(
            contents,
            lambda gold: read_number(unwrapped(gold), style) is None,
            "the gold is not one number",
            ": numeric_match gives all completions the same score",
            "leave them to the other rewards, or name others in a file (--rewards), such as choice_match",
        )


def _told(contents: Contents, bad: Callable[[str], bool], what: str, so: str, way_out: str) -> Iterator[Finding]:
    known: dict[str, bool] = {}
    found = [one for one in contents.asked if known.setdefault(one.gold, one.gold not in known and bad(one.gold))]
    if found:
        yield Finding("warning", contents.source, f"{what} in {_rows(found, contents)}{so}", way_out)


def _writable(gold: str, tags: TagFormat) -> bool:
    try:
        tags.write(_REASONING, gold)
    except BadParameter:
        return False
    return True


def style_findings(contents: Contents, asked: str) -> Iterator[Finding]:
    """What speaks against the number style of a data set: that the golds decide, or that was asked for.

    Args:
        contents: The data set.
        asked: `vi`, `en`, or `auto`.
    """
    told: dict[str, list[Asked]] = {"vi": [], "en": [], "both": []}
    for one in contents.asked:
        alone = style_evidence([one.gold])
        if sum(alone.votes) or alone.ambiguous:
            told["both" if alone.ambiguous else alone.style].append(one)
    style = asked if asked in STYLES else "en" if len(told["en"]) > len(told["vi"]) else "vi"
    other = "en" if style == "vi" else "vi"
    with_it, against, both = told[style], told[other], told["both"]
    settle = f"mend them, or settle it with --number_style {' or '.join(STYLES)}"
    if asked in STYLES and len(against) > len(with_it):
        level: Level = "warning" if with_it else "error"
        what = f"--number_style {asked} is contradicted: the gold can only be {other} in {_rows(against, contents)}"
        why = f"; golds that can only be {asked}: {len(with_it)}, whose value depends on the style: {len(both)}"
        yield Finding(level, contents.source, what + why, "leave it to auto, or mend these golds")
    elif asked not in STYLES and against:
        what = f"the golds mix two number styles: read as {style}, which {len(with_it)} of them show"
        rest = f", but the gold can only be {other} in {_rows(against, contents)}"
        yield Finding("warning", contents.source, what + rest, settle)
    elif asked not in STYLES and both and len(with_it) < FEW:
        what = f"the value of the gold depends on the number style in {_rows(both, contents)}"
        known = f"only {len(with_it)} golds tell" if with_it else "no gold tells"
        yield Finding("warning", contents.source, f"{what}: read as {style}, which {known}", settle)


def _rows(found: Sequence[Asked], contents: Contents) -> str:
    return rows_told([one.row for one in found], contents.rows, [one.gold for one in found])
