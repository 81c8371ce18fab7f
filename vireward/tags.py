"""`TagFormat`: the one description of an answer format, its linear scanner, and the words that ask for it.

The default is the tutorial's layout:

    <thinking>Ta có 3 + 4 = 7.</thinking>
    <SOLUTION>7</SOLUTION>
"""

import string
import unicodedata
from dataclasses import dataclass, field, fields

from vireward.errors import BadParameter

# Letters and symbols that print as a blank.
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_SAYING = frozenset("LNS")  # Unicode's major categories of letters, numbers and symbols
_UNSEEN = frozenset("CZ")  # and of controls (zero-width ones are among them) and separators


def says_something(text: str) -> bool:
    """Whether the text has a character that is not white space, control, zero-width or punctuation."""
    return any(
        unicodedata.category(c)[0] in _SAYING and c not in _FILLERS and c not in string.punctuation for c in text
    )


def is_blank(text: str | None) -> bool:
    """Whether a text is None or has nothing to be seen: white space, control and zero-width characters only."""
    return text is None or all(unicodedata.category(c)[0] in _UNSEEN or c in _FILLERS for c in text)


@dataclass(frozen=True, slots=True)
class TagFormat:
    """How a completion is laid out: a reasoning block, then an answer block, each between two tags.

    Args:
        open_reasoning: Tag before the reasoning; tags are compared as written, case included.
        close_reasoning: Tag after the reasoning.
        open_answer: Tag before the answer.
        close_answer: Tag after the answer.

    Raises:
        BadParameter: unless all four are text that is not blank, and none is contained in another.
    """

    open_reasoning: str = "<thinking>"
    close_reasoning: str = "</thinking>"
    open_answer: str = "<SOLUTION>"
    close_answer: str = "</SOLUTION>"

    def __post_init__(self) -> None:
        named = dict(zip((f.name for f in fields(self)), self.tags, strict=True))
        for name, tag in named.items():
            if not isinstance(tag, str) or not tag.strip():
                raise BadParameter(f"TagFormat({name}={tag!r}): a tag must be text that is not blank")
        for name, tag in named.items():
            if any(tag in other for key, other in named.items() if key != name):
                raise BadParameter(f"TagFormat({name}={tag!r}): no tag may be contained in another, got {self.tags}")

    @property
    def tags(self) -> tuple[str, str, str, str]:
        """The four tags in the order in which they stand in a well-formed completion."""
        return (self.open_reasoning, self.close_reasoning, self.open_answer, self.close_answer)

    @property
    def system_prompt(self) -> str:
        """The Vietnamese instruction that asks a model for this layout."""
        return (
            "Hãy đọc bài toán và suy nghĩ. "
            f"Viết quá trình suy nghĩ giữa {self.open_reasoning} và {self.close_reasoning}, "
            f"sau đó viết đáp án cuối cùng giữa {self.open_answer} và {self.close_answer}."
        )

    def scan(self, text: str) -> "Parsed":
        """Find the tags in a text, in time linear in its length.

        Returns:
            How often each tag stands in the text and where it stands first.
        """
        counts = (
            text.count(self.open_reasoning),
            text.count(self.close_reasoning),
            text.count(self.open_answer),
            text.count(self.close_answer),
        )
        first = (
            text.find(self.open_reasoning),
            text.find(self.close_reasoning),
            text.find(self.open_answer),
            text.find(self.close_answer),
        )
        return Parsed(self, text, counts, first)


@dataclass(frozen=True, slots=True)
class Parsed:
    """Where the tags of a format stand in one text; built by `TagFormat.scan`.

    Attributes:
        format: The format that was looked for.
        text: The text, unchanged.
        counts: Occurrences of the four tags, in the order of `TagFormat.tags`.
        first: Offset of the first occurrence of each in characters, -1 where there is none.
    """

    format: TagFormat
    text: str = field(repr=False)
    counts: tuple[int, int, int, int]
    first: tuple[int, int, int, int]

    @property
    def well_formed(self) -> bool:
        """White space, a reasoning block, white space, an answer block, white space, and both blocks say something."""
        return self.fault is None

    @property
    def fault(self) -> str | None:
        """The first reason why the completion is not well formed, in words; None when it is."""
        for tag, count in zip(self.format.tags, self.counts, strict=True):
            if count != 1:
                return f"{tag} stands {count} times, needs exactly one"
        # Tags of one's own choice may share characters, so each has to end before the next begins.
        if any(end > start for end, start in zip(self._ends[:-1], self.first[1:], strict=True)):
            return "the tags are out of order"
        before, reasoning, between, answer, after = self._pieces()
        if any(piece and not piece.isspace() for piece in (before, between, after)):
            return "text outside the two blocks"
        if not says_something(reasoning):
            return "the reasoning block says nothing"
        if not says_something(answer):
            return "the answer block says nothing"
        return None

    def _pieces(self) -> tuple[str, str, str, str, str]:
        """The text before, inside and between the blocks, and after them; only when each tag stands once, in order."""
        starts = (*self.first, len(self.text))
        before = self.text[: starts[0]]
        reasoning, between, answer, after = (self.text[a:b] for a, b in zip(self._ends, starts[1:], strict=True))
        return before, reasoning, between, answer, after

    @property
    def _ends(self) -> tuple[int, ...]:
        """Where the first occurrence of each tag ends; means something only for tags that are there."""
        return tuple(start + len(tag) for start, tag in zip(self.first, self.format.tags, strict=True))

    @property
    def answer_blocks(self) -> int:
        """How many answer blocks the completion opens or closes, whichever is more."""
        return max(self.counts[2], self.counts[3])

    @property
    def answer(self) -> str | None:
        """The text between the one opening and the one closing answer tag; None unless there is just one pair."""
        begin, end = self._ends[2], self.first[3]
        return self.text[begin:end] if self.counts[2:] == (1, 1) and begin <= end else None
