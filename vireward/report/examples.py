"""Held-out problems with their answers before and after training, and which of them tell the most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vireward.report.amounts import number

Row = Mapping[str, object]

# What became of a held-out problem, and how many such problems the page shows. The last two: one evaluation alone.
PICKS = {"turned right": 3, "turned wrong": 2, "stayed wrong": 2, "stayed right": 1, "right": 4, "wrong": 4}


@dataclass(frozen=True, slots=True)
class Example:
    """One held-out problem with its answer before, after, or both."""

    question: str
    gold: str
    before: Row | None
    after: Row | None

    @property
    def kind(self) -> str:
        """What became of it: one of the keys of `PICKS`."""
        if self.before is None or self.after is None:
            return "right" if (self.before or self.after or {}).get("right") else "wrong"
        was, now = bool(self.before.get("right")), bool(self.after.get("right"))
        return ("stayed " if was == now else "turned ") + ("right" if now else "wrong")

    @property
    def paid(self) -> float:
        """The reward of the newest answer, in points."""
        return number((self.after or self.before or {}).get("reward")) or 0.0

    @property
    def gain(self) -> float:
        """How much the reward rose, in points; with one evaluation, the reward itself."""
        return self.paid - (number(self.before.get("reward")) or 0.0 if self.before and self.after else 0.0)


def paired(evaluation: Sequence[Row]) -> list[Example]:
    """The held-out problems, each with its two answers; a question asked twice is two problems."""
    seen: Counter[tuple[str, str, str]] = Counter()
    asked: dict[tuple[str, str, int], dict[str, Row]] = {}
    for row in evaluation:
        phase, question, gold = (str(row.get(key, "")) for key in ("phase", "question", "gold"))
        asked.setdefault((question, gold, seen[phase, question, gold]), {})[phase] = row
        seen[phase, question, gold] += 1
    found = [Example(key[0], key[1], rows.get("before"), rows.get("after")) for key, rows in asked.items()]
    return [one for one in found if one.before and one.after] or [one for one in found if one.before or one.after]


def choose(examples: Sequence[Example]) -> list[Example]:
    """The eight most telling: the largest gains and losses, wrong answers that are paid best and worst."""
    ordered = sorted(examples, key=lambda example: -example.gain)
    ranked = {kind: [example for example in ordered if example.kind == kind] for kind in PICKS}
    ranked["turned wrong"].reverse()
    for kind in ("stayed wrong", "wrong"):
        best = sorted(ranked[kind], key=lambda example: -example.paid)
        ranked[kind] = [end for pair in zip(best, reversed(best), strict=True) for end in pair][: len(best)]
    chosen = [example for kind, found in ranked.items() for example in found[: PICKS[kind]]]
    spare = [example for kind, found in ranked.items() for example in found[PICKS[kind] :]]
    chosen += sorted(spare, key=lambda example: -abs(example.gain))[: 8 - len(chosen)]
    return sorted(chosen, key=lambda example: list(PICKS).index(example.kind))
