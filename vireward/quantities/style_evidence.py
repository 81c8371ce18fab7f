"""Which number style a data set writes, decided once over all its golds."""

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

from vireward.answers.dressing import undressed
from vireward.extract import unwrapped
from vireward.numerals import read_number
from vireward.quantities.digits import MAX_LENGTH, STYLES, Style, groups_by

# A number with something between its digits; plain digits say nothing of the style.
_MARKED = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?|[0-9]*(?:[.,][0-9]+)+")
_TIMES_TEN = re.compile(r"\.(?=10 ?\^)")  # in `17547.10^2` the dot multiplies
_EXAMPLES = 3


class StyleWarning(UserWarning):
    """The golds of a data set do not tell its number style, or contradict each other."""


@dataclass(frozen=True, slots=True)
class StyleEvidence:
    """What the golds of a data set say of its number style.

    Attributes:
        style: The style of most votes; `vi` without votes.
        votes: Golds that can only be Vietnamese, and golds that can only be English notation.
        examples: Some golds that voted for the style.
        conflicts: Some golds that voted against it.
        ambiguous: Some golds whose value depends on the style.
    """

    style: Style
    votes: tuple[int, int]
    examples: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()

    @property
    def doubt(self) -> str | None:
        """What a person should know before trusting the style, in one line; None when nothing speaks against it."""
        if self.conflicts:
            return (
                f"the golds mix two number styles ({self.votes[0]} vi, {self.votes[1]} en); read as {self.style}, "
                f"against {', '.join(map(repr, self.conflicts))}"
            )
        if self.ambiguous and sum(self.votes) == 0:
            return (
                f"no gold tells the number style; read as {self.style}, "
                f"which decides the value of {', '.join(map(repr, self.ambiguous))}"
            )
        return None


def style_evidence(golds: Iterable[str | None]) -> StyleEvidence:
    """Count which golds can only be Vietnamese, and which only English notation.

    Votes: two or more groups, both marks present, a leading `0,` or `0.`, a space group, and 1, 2 or more than 3 digits
    after the only mark. A gold that is not one number (a list, a point, a date, a sentence) has no vote.
    """
    seen: dict[Style | None, list[str]] = {"vi": [], "en": [], None: []}
    for gold in golds:
        if gold is not None and (written := _written(unwrapped(gold))):
            styles = {groups_by(number) for number in written}
            seen[styles.pop() if len(styles) == 1 else None].append(gold)
    style: Style = "en" if len(seen["en"]) > len(seen["vi"]) else "vi"
    other: Style = "vi" if style == "en" else "en"
    examples, conflicts, ambiguous = (tuple(seen[key][:_EXAMPLES]) for key in (style, other, None))
    return StyleEvidence(style, (len(seen["vi"]), len(seen["en"])), examples, conflicts, ambiguous)


def _written(gold: str) -> list[str]:
    """The digits with marks of a gold that is one number."""
    if len(gold) > MAX_LENGTH or all(read_number(gold, style) is None for style in STYLES):
        return []
    return _MARKED.findall(_TIMES_TEN.sub(" . ", undressed(gold)))


def number_style(golds: Iterable[str | None]) -> Style:
    """The number style of a data set; warns with `StyleWarning` when its golds leave a doubt."""
    evidence = style_evidence(golds)
    if evidence.doubt:
        warnings.warn(evidence.doubt, StyleWarning, stacklevel=2)
    return evidence.style
