"""Rewards that look at the layout of a completion."""

from dataclasses import dataclass, field

from vireward.parameters import check_finite, check_tags
from vireward.records import Sample, Score
from vireward.registry import register
from vireward.tags import TagFormat


@register("format_exact")
@dataclass(frozen=True, slots=True)
class FormatExact:
    """Is the whole completion one reasoning block and then one answer block, with something said in both?

    3.0 when it is: white space, the reasoning block, white space, the answer block, white space (each may be empty),
    each tag exactly once and in order, and in both blocks at least one character that is not white space, control,
    zero-width or punctuation. 0.0 otherwise. Needs no gold and never abstains.

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
        fault = self.tags.scan(sample.completion).fault
        if fault is not None:
            return Score(self.malformed, fault)
        return Score(self.well_formed, "well formed")


@register("tag_count")
@dataclass(frozen=True, slots=True)
class TagCount:
    """How many of the four tags stand exactly once?

    +0.5 for each tag that does and -1.0 for each that does not, so -4.0 to 2.0 in steps of 1.5. Approximate: the order
    is not looked at. Needs no gold and never abstains.

    Args:
        tags: The answer format.
        once: Score for each tag that stands exactly once.
        otherwise: Score for each tag that is missing or repeated.

    Returns:
        A value in [4 · otherwise, 4 · once].

    Raises:
        BadParameter: unless both scores are finite and `tags` is a TagFormat.
    """

    tags: TagFormat = field(default_factory=TagFormat)
    once: float = 0.5
    otherwise: float = -1.0

    def __post_init__(self) -> None:
        check_tags("TagCount", self.tags)
        check_finite("TagCount", once=self.once, otherwise=self.otherwise)
        # The sum of four has to be finite, too.
        check_finite("TagCount", **{"4 * once": 4 * self.once, "4 * otherwise": 4 * self.otherwise})

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        counts = self.tags.scan(sample.completion).counts
        good = sum(count == 1 for count in counts)
        value = good * self.once + (len(counts) - good) * self.otherwise
        if good == len(counts):
            return Score(value, "each tag stands once")
        faults = (f"{tag} {n} times" for tag, n in zip(self.tags.tags, counts, strict=True) if n != 1)
        return Score(value, ", ".join(faults))
