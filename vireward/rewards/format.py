"""Rewards that look at the layout of a completion."""

from dataclasses import dataclass, field
from operator import ne

from vireward.columns import Columns
from vireward.parameters import check_finite, check_tags
from vireward.records import Sample, Score
from vireward.registry import register
from vireward.tags import TagFormat


@register("format_exact")
@dataclass(frozen=True, slots=True)
class FormatExact:
    """Is the whole completion laid out as the format says, with something said in the reasoning and in the answer?

    3.0 when it is: each tag exactly once and in order (a prefilled one not at all), nothing but white space where the
    format has no text, and in reasoning and answer at least one character that is not white space, control, zero-width
    or punctuation. With two blocks that is: white space, the reasoning block, white space, the answer block, white
    space (each may be empty); `TagFormat` says what boxes and lines allow. 0.0 otherwise. Needs no gold and never
    abstains.

    Args:
        tags: The answer format.
        well_formed: Score of a well-formed completion.
        malformed: Score of any other.

    Returns:
        `well_formed` or `malformed`.

    Raises:
        BadParameter: unless both scores are finite and `tags` is a TagFormat.
    """

    tags: TagFormat = field(default_factory=TagFormat)
    well_formed: float = 3.0
    malformed: float = 0.0

    def __post_init__(self) -> None:
        check_tags("FormatExact", self.tags)
        check_finite("FormatExact", well_formed=self.well_formed, malformed=self.malformed)

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        fault = sample.scanned(self.tags).fault
        if fault is not None:
            return Score(self.malformed, fault)
        return Score(self.well_formed, "well formed")

    def values(self, columns: Columns, /) -> list[float | None]:
        """The values of a batch."""
        times, layouts, yes, no = self.tags.times, columns.scans.layouts(self.tags), self.well_formed, self.malformed
        return [yes if isinstance(at, str) or (at.counts == times and at.fault is None) else no for at in layouts]


@register("tag_count")
@dataclass(frozen=True, slots=True)
class TagCount:
    """How many of the format's tags stand exactly once?

    +0.5 for each tag that does and -1.0 for each that does not: with four tags -4.0 to 2.0 in steps of 1.5, with a
    single mark such as `####` -1.0 or 0.5. A box has two, its opening and the brace that closes it. A prefilled tag has
    to stand not at all, as the prompt has it: all completions of a group get its 0.5 but those that open it again.
    Approximate: the order is not looked at. Needs no gold and never abstains.

    Args:
        tags: The answer format.
        once: Score for each tag that stands exactly once.
        otherwise: Score for each tag that is missing or repeated.

    Returns:
        A value in [n · otherwise, n · once], where n is the number of the format's tags.

    Raises:
        BadParameter: unless both scores are finite and `tags` is a TagFormat.
    """

    tags: TagFormat = field(default_factory=TagFormat)
    once: float = 0.5
    otherwise: float = -1.0

    def __post_init__(self) -> None:
        check_tags("TagCount", self.tags)
        check_finite("TagCount", once=self.once, otherwise=self.otherwise)
        # The sum has to be finite, too.
        n = len(self.tags.tags)
        check_finite("TagCount", **{f"{n} * once": n * self.once, f"{n} * otherwise": n * self.otherwise})

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        tags, counts, times = self.tags.tags, sample.scanned(self.tags).counts, self.tags.times
        faults = [f"{tag} {n} times" for tag, n, right in zip(tags, counts, times, strict=True) if n != right]
        again = f", {tags[0]} not again" if self.tags.prefilled else ""
        return Score(self._value(len(faults)), ", ".join(faults) or f"each tag stands once{again}")

    def values(self, columns: Columns, /) -> list[float | None]:
        """The values of a batch."""
        times, layouts, all_once = self.tags.times, columns.scans.layouts(self.tags), self._value(0)
        found = {at.counts for at in layouts if not isinstance(at, str)}
        values = {counts: self._value(sum(map(ne, counts, times))) for counts in found}
        return [all_once if isinstance(at, str) else values[at.counts] for at in layouts]

    def _value(self, faults: int) -> float:
        return (len(self.tags.tags) - faults) * self.once + faults * self.otherwise
