"""The columns and rows of a data set: names that TRL's reward call takes for itself, rows that teach nothing."""

from collections.abc import Iterator

from vireward.errors import nearest
from vireward.training.data import NO_GOLD, NO_QUESTION
from vireward.training.preflight.finding import Finding, Level, rows_told
from vireward.training.preflight.rows import Contents, Layout

# TRL calls a reward with the data set's columns as keyword arguments, beside its own of these names.
CLASHING = {
    "prompts": "it ends in a TypeError at the first step",
    "completions": "it ends in a TypeError at the first step",
    "trainer_state": "TRL writes its own over it",
    "log_extra": "TRL writes its own over it",
    "log_metric": "TRL writes its own over it",
    "completion": "TRL leaves the column out of the call",
    "completion_ids": "TRL leaves the column out of the call",
}
_FATAL = ("prompts", "completions")


def column_findings(contents: Contents, layout: Layout) -> Iterator[Finding]:
    """Columns that are missing or have a name that is taken; nothing else is worth a look while one is missing."""
    source, columns = contents.source, contents.columns
    missing = [name for name in layout.needed if name not in columns]
    if missing:
        there = f"there are {', '.join(map(repr, columns))}"
        near = nearest(missing[0], columns, "rename yours, or name the column of golds with --gold")
        yield Finding("error", source, f"no column {missing[0]!r}, {there}", near)
        return
    own = layout.gold is None
    for name in CLASHING:
        if name in columns and name not in layout.needed:
            what = f"the column {name!r} has the name of an argument of TRL's reward call: {CLASHING[name]}"
            note = "; the training script does not hand it on, a trainer that is given these rows does" if own else ""
            level: Level = "error" if name in _FATAL and not own else "warning"
            yield Finding(level, source, what + note, "rename the column")


def row_findings(contents: Contents, layout: Layout) -> Iterator[Finding]:
    """Rows without a question or a gold; an error when no other row is there."""
    place = "that `response_vi` states" if layout.gold is None else f"in {layout.gold!r}"
    told = {
        NO_GOLD: (f"without a gold {place}", "mend the rows, or leave them out"),
        NO_QUESTION: ("without a question", "mend the rows, or leave them out"),
    }
    for lack, (what, way_out) in told.items():
        rows = contents.left_out.get(lack, [])
        if rows:
            lacking: Level = "warning" if contents.asked else "error"
            fate = "left out of training" if layout.gold is None else "every reward that needs one abstains"
            fate = fate if lack == NO_GOLD or layout.gold is None else "the prompt asks for nothing"
            yield Finding(lacking, contents.source, f"{rows_told(rows, contents.rows)} {what}: {fate}", way_out)
    if not contents.asked and not contents.left_out:
        yield Finding("error", contents.source, "no row of the types asked for", "change --types")
