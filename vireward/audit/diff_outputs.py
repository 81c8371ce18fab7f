"""A difference of two rewards as text and as data."""

from typing import Any

from vireward.audit.diff import Change, Difference
from vireward.audit.outputs import code_span, one_line, table_lines
from vireward.audit.records import shown_value
from vireward.records import Score, failure_of


def headline(found: Difference) -> str:
    """What changes, in one sentence."""
    changed, total = found.changed, len(found.rows)
    where = f"of {total:,} completion{'s' * (total != 1)} in {found.groups:,} group{'s' * (found.groups != 1)}"
    revalued = sum(change.revalued for change in found.rows)
    others = f"; the reward is another number for {revalued:,}" if revalued else ""
    if not changed:
        return f"No advantage changes, {where}{others}."
    turned = sum(change.turned for change in changed)
    return (
        f"The advantage changes for {len(changed):,} ({100 * len(changed) / total:.1f} %) {where}, {turned:,} of them "
        f"pushed the other way{others}. It changes by {found.mean:.3f} on average over all, by "
        f"{abs(changed[0].by):.2f} at most (scheme: {found.scheme.name})."
    )


def as_data(found: Difference) -> dict[str, Any]:
    """The difference as JSON holds it, with every row that changes."""
    return {
        "rewards": list(found.rewards),
        "scheme": {"aggregation": found.scheme.aggregation, "scale": found.scheme.scale},
        "headline": headline(found),
        "rows": len(found.rows),
        "groups": found.groups,
        "changed": len(found.changed),
        "revalued": sum(change.revalued for change in found.rows),
        "turned": sum(change.turned for change in found.changed),
        "mean_change": found.mean,
        "failed": list(map(len, found.failures)),
        "changes": [_change_data(change) for change in found.changed],
    }


def _change_data(change: Change) -> dict[str, Any]:
    sample = change.row.sample
    return {
        "row": change.row.number,
        "step": change.row.step if isinstance(change.row.step, int | str) else None,
        "prompt": sample.prompt,
        "gold": sample.gold,
        "completion": sample.completion,
        "values": [score.value for score in change.scores],
        "why": [score.why for score in change.scores],
        "advantages": list(change.advantages),
        "change": change.by,
    }


def rows_told(found: Difference, most: int, limit: int = 100) -> list[list[str]]:
    """The rows that change most, as a table shows them."""
    return [
        [
            str(change.row.number),
            "" if change.row.sample.gold is None else one_line(change.row.sample.gold, 40),
            *map(_value, change.scores),
            *(f"{advantage:+.2f}" for advantage in change.advantages),
            f"{change.by:+.2f}" + (" ⇄" if change.turned else ""),
            one_line(change.row.sample.completion[-limit:], limit),
        ]
        for change in found.changed[:most]
    ]


def _value(score: Score) -> str:
    failure = failure_of(score)
    return failure if failure is not None else shown_value(score.value)


HEADER = ("row", "gold", "A", "B", "advantage A", "advantage B", "change", "end of the completion")


def markdown(found: Difference, most: int) -> str:
    """The difference as Markdown, with the rows that change most."""
    lines = ["# Two rewards over the same completions", "", headline(found), ""]
    lines += [f"- {letter}: {code_span(one_line(name, 300))}" for letter, name in zip("AB", found.rewards, strict=True)]
    rows = ([*map(_cell, row[:-1]), code_span(row[-1])] for row in rows_told(found, most))
    lines += ["", *table_lines(HEADER, rows)] if found.changed else []
    left = len(found.changed) - most
    lines += ["", f"{left:,} more rows change."] if left > 0 else []
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
