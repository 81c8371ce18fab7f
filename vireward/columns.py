"""A batch as columns, for rewards that score it at once and give numbers without reasons."""

import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, runtime_checkable

from vireward.layout.quick_scan import quick_scanner, usual_answer
from vireward.tags import Parsed, TagFormat


class Scans:
    """What stands where in the completions of a batch; each is scanned once for a format, whoever asks.

    Attributes:
        completions: Their texts.
        parsed: For each of them the scans that were made of it, by format.
    """

    __slots__ = ("_layouts", "completions", "parsed")

    def __init__(self, completions: Sequence[str]) -> None:
        self.completions = completions
        self.parsed: list[dict[Any, Any]] = [{} for _ in completions]
        self._layouts: dict[TagFormat, list[str | Parsed]] = {}

    def layouts(self, tags: TagFormat) -> list[str | Parsed]:
        """Of each completion that is laid out in the usual way the answer, as it stands there; of others the scan."""
        found = self._layouts.get(tags)
        if found is None:
            found = self._layouts[tags] = self._look(tags)
        return found

    def _look(self, tags: TagFormat) -> list[str | Parsed]:
        usual = usual_answer(tags)
        known: list[str | Parsed | None] = [usual(text) for text in self.completions] if usual else []
        scan = quick_scanner(tags)
        found: list[str | Parsed] = []
        for place, layout in enumerate(known or [None] * len(self.completions)):
            if layout is None:
                parsed = self.parsed[place]
                layout = parsed.get(tags)
                if layout is None:
                    layout = parsed[tags] = scan(self.completions[place])
            found.append(layout)
        return found


class _Latest(threading.local):
    scans = Scans(())


_latest = _Latest()


def scans_of(completions: Sequence[str]) -> Scans:
    """The scans of a batch, shared by all rewards that a thread hands it to one after the other.

    They are kept until the thread comes with another batch.
    """
    if _latest.scans.completions != completions:
        _latest.scans = Scans(completions)
    return _latest.scans


class Columns:
    """The completions and golds of a batch, for rewards that look at nothing else.

    Attributes:
        scans: The completions and what stands where in them.
        golds: The right answer to each; None where there is none.
    """

    __slots__ = ("_shared", "golds", "scans")

    def __init__(self, scans: Scans, golds: Sequence[str | None]) -> None:
        self.scans = scans
        self.golds = golds
        self._shared: dict[Hashable, Any] = {}

    def shared(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What the rewards of the batch share under a key; made for the first that asks."""
        if key not in self._shared:
            self._shared[key] = make()
        return self._shared[key]


@runtime_checkable
class ScoresColumns(Protocol):
    """A reward that can score a batch at once, without reasons; it never fails."""

    def values(self, columns: Columns, /) -> list[float | None]:
        """The value for each completion, the same as that of its score."""
        ...
