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
FATAL = ("prompts", "completions")


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
            level: Level = "error" if name in FATAL and not own else "warning"
            yield Finding(level, source, what + note, "rename the column")


def row_findings(contents: Contents, layout: Layout) -> Iterator[Finding]:
    """Rows without a question or a gold; an error when no other row is there."""
    own = layout.gold is None
    lacks = {
        NO_GOLD: (f"no gold {'is stated' if own else 'stands'} in", "every reward that needs one abstains"),
        NO_QUESTION: ("no question stands in", "the prompt asks for nothing"),
    }
    for lack, (what, then) in lacks.items():
        rows = contents.left_out.get(lack, [])
        if rows:
            lacking: Level = "warning" if contents.asked else "error"
            fate = "they are left out of training" if own else then
            told = f"{what} {rows_told(rows, contents.rows)}: {fate}"
            yield Finding(lacking, contents.source, told, "mend the rows, or leave them out")
    if not contents.asked and not contents.left_out:
        yield Finding("error", contents.source, "no row of the types asked for", "change --types")
