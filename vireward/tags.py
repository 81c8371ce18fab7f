r"""`TagFormat`: the one description of an answer format, its linear scanner, and its writer.

The formats that have a name (`TagFormat.preset`), each as a completion:

    tutorial   <thinking>Ta có 3 + 4 = 7.</thinking><SOLUTION>7</SOLUTION>
    deepseek   <think>Ta có 3 + 4 = 7.</think><answer>7</answer>
    boxed      <think>Ta có 3 + 4 = 7.</think> Vậy có tất cả \boxed{7} quả.
    gsm8k      Ta có 3 + 4 = 7. (line end) #### 7
"""

from dataclasses import dataclass, field, fields
from operator import add, gt
from typing import Literal

from vireward.errors import BadParameter, nearest
from vireward.layout.instructions import instruction
from vireward.layout.marks import marks_of
from vireward.layout.tag_rules import check_format
from vireward.layout.visible import says_something

_PRESETS: dict[str, tuple[str | None, str | None, str, str | None]] = {
    "tutorial": ("<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>"),
    "deepseek": ("<think>", "</think>", "<answer>", "</answer>"),
    "boxed": ("<think>", "</think>", "\\boxed{", "}"),
    "gsm8k": (None, None, "####", None),
}
TAG_PRESETS = tuple(_PRESETS)  # the names that `TagFormat.preset` knows


@dataclass(frozen=True, slots=True, repr=False)
class TagFormat:
    r"""How a completion is laid out: the reasoning, then the answer.

    The reasoning stands between its two tags, or is all before the answer where the format has none. What opens and
    closes the answer says of which kind it is:

    - a **block**, `<answer>7</answer>`: only white space stands around it and around the reasoning block;
    - a **box**, `\boxed{7}`, when it opens with a tag that ends in `{` and closes with `}`: its braces balance (one
      behind a backslash does not count), and any text may stand between the reasoning and the end;
    - a **line**, `#### 7`, when nothing closes it: it is the rest of the line, the mark begins the line, any text may
      come before it, and only white space behind it. Lines end with `\n`; the `\r` before it is white space.

    The tags of a block count wherever they stand. Boxes and lines are ordinary writing as well, so those in the
    reasoning do not count: they are looked for behind its first closing tag, and not at all while it is open.

    Args:
        open_reasoning: Tag before the reasoning, or None; tags are compared as written, case and Unicode form included.
        close_reasoning: Tag after the reasoning; None just when `open_reasoning` is.
        open_answer: Tag before the answer. A mark such as `####` is none within a longer run of its character.
        close_answer: Tag after the answer; None when the answer is the rest of the line.
        prefilled: Whether the prompt ends with `open_reasoning`, so that the completion must not write it.
        needs_reasoning: Whether the reasoning has to say something; without it a bare answer is well formed, too.

    Raises:
        BadParameter: a tag is no text or blank, is contained in another, or they do not make one of these formats.
    """

    open_reasoning: str | None = "<thinking>"
    close_reasoning: str | None = "</thinking>"
    open_answer: str = "<SOLUTION>"
    close_answer: str | None = "</SOLUTION>"
    prefilled: bool = False
    needs_reasoning: bool = True

    def __post_init__(self) -> None:
        check_format(self)

    def __repr__(self) -> str:
        given = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return f"TagFormat({', '.join(f'{name}={value!r}' for name, value in given.items())})"

    @classmethod
    def preset(cls, name: str, *, prefilled: bool = False) -> "TagFormat":
        """The format of a name: `tutorial`, `deepseek`, `boxed` or `gsm8k`.

        Args:
            name: One of `TAG_PRESETS`.
            prefilled: Whether the prompt ends with the opening reasoning tag; `gsm8k` has none.

        Raises:
            BadParameter: no format has the name, or it cannot be prefilled.
        """
        if not isinstance(name, str) or name not in _PRESETS:
            raise BadParameter(f"TagFormat.preset({name!r}): no such format; {nearest(str(name), _PRESETS)}")
        return cls(*_PRESETS[name], prefilled=prefilled)

    @property
    def kind(self) -> Literal["block", "box", "line"]:
        """Whether the answer is a block between two tags, a box of balanced braces, or the rest of a line."""
        if self.close_answer is None:
            return "line"
        return "box" if self.close_answer == "}" and self.open_answer[-1] == "{" else "block"

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the format in the order in which they stand in a prompt and its well-formed completion."""
        return tuple(filter(None, (self.open_reasoning, self.close_reasoning, self.open_answer, self.close_answer)))

    @property
    def times(self) -> tuple[int, ...]:
        """How often each of the tags stands in a well-formed completion: once, and not at all if prefilled."""
        once = (1,) * len(self.tags)
        return (0, *once[1:]) if self.prefilled else once

    def system_prompt(self, language: str = "vi") -> str:
        """The instruction that asks a model for this layout.

        Args:
            language: The language of the instruction, `vi` or `en`.

        Raises:
            BadParameter: the language is unknown.
        """
        return instruction(self, language)

    def write(self, reasoning: str, answer: str) -> str:
        r"""A well-formed completion with this reasoning and this answer, which `scan` reads back.

        Both have to say something and to hold no tag. In a box the answer's braces have to balance, and no backslash
        may end it; in a line it has no line end. White space around the two may come back changed. A prefilled tag is
        not written: the prompt has it.

        >>> TagFormat.preset("boxed", prefilled=True).write("3 + 4 = 7", "7")
        '3 + 4 = 7</think>\n\\boxed{7}'

        Raises:
            BadParameter: `scan` would not read them back.
        """
        thought = self.reasoning_block(reasoning)
        between = "\n" if thought and (self.close_reasoning is None or self.kind != "block") else ""
        parsed = self.scan(f"{thought}{between}{self.answer_block(answer)}")
        read = tuple((text or "").strip() for text in (parsed.reasoning, parsed.answer))
        fault = parsed.fault or (None if read == (reasoning.strip(), answer.strip()) else f"reads back as {read!r:.60}")
        if fault:
            raise BadParameter(f"TagFormat.write({reasoning!r:.60}, {answer!r:.60}): {fault}")
        return parsed.text

    def reasoning_block(self, reasoning: str) -> str:
        """The reasoning between its tags, as far as a completion writes them, whatever stands in it."""
        return f"{'' if self.prefilled else self.open_reasoning or ''}{reasoning}{self.close_reasoning or ''}"

    def answer_block(self, answer: str) -> str:
        """The answer between its tags, whatever stands in it."""
        return (
            f"{self.open_answer} {answer}"
            if self.close_answer is None
            else f"{self.open_answer}{answer}{self.close_answer}"
        )

    def scan(self, text: str) -> "Parsed":
        """Find the tags in a text, in time linear in its length.

        Returns:
            How often each tag stands in the text and where it stands first.
        """
        begin, end, opening, closing = self.open_reasoning, self.close_reasoning, self.open_answer, self.close_answer
        if begin is None or end is None or closing is None or closing == "}":
            return Parsed(self, text, *marks_of(self, text))
        # The usual four, unrolled, which takes half the time of a loop. No tag stands before its first; -1 is nowhere.
        a, b, c, d = text.find(begin), text.find(end), text.find(opening), text.find(closing)
        counts = (text.count(begin, a), text.count(end, b), text.count(opening, c), text.count(closing, d))
        return Parsed(self, text, counts, (a, b, c, d))


@dataclass(frozen=True, slots=True)
class Parsed:
    """Where the tags of a format stand in one text; built by `TagFormat.scan`.

    Attributes:
        format: The format that was looked for.
        text: The text, unchanged.
        counts: Occurrences of the tags that count, in the order of `TagFormat.tags`; of a box's `}` the closed boxes.
        first: Offset of the first occurrence of each in characters, -1 where there is none.
    """

    format: TagFormat
    text: str = field(repr=False)
    counts: tuple[int, ...]
    first: tuple[int, ...]

    @property
    def well_formed(self) -> bool:
        """Whether the text is laid out as the format says, each tag as often as it should stand, and says something."""
        return self.fault is None

    @property
    def fault(self) -> str | None:
        """The first reason why the completion is not well formed, in words; None when it is."""
        form, ends, skip = self.format, self._ends, int(self.format.prefilled)
        if self.counts != form.times:
            return self._miscount()
        # Tags of one's own choice may share characters, so each has to end before the next begins.
        if any(map(gt, ends[skip:-1], self.first[skip + 1 :])):
            return "the tags are out of order"
        before, reasoning, between, answer, after = self._pieces(ends)
        if outside := self._outside(before, between, after):
            return outside
        if form.needs_reasoning and not says_something(reasoning):
            block = form.close_reasoning is not None
            return "the reasoning block says nothing" if block else f"nothing is said before {form.open_answer}"
        return None if says_something(answer) else f"the answer {form.kind} says nothing"

    def _miscount(self) -> str:
        form = self.format
        counted = zip(form.tags, self.counts, form.times, strict=True)
        tag, count, times = next(one for one in counted if one[1] != one[2])
        if not times:
            return f"{tag} stands {count} times, and the prompt has opened the reasoning"
        if tag == form.close_answer and form.kind == "box":
            return f"{form.open_answer} is not closed"
        after = f" after {form.close_reasoning}" if tag == form.open_answer and self._only_after_reasoning else ""
        return f"{tag} stands {count} times{after}, needs exactly one"

    def _outside(self, before: str, between: str, after: str) -> str | None:
        """What is wrong with the text outside the reasoning and the answer."""
        form, kind = self.format, self.format.kind
        if kind == "block" and form.close_reasoning and (_filled(before) or _filled(between) or _filled(after)):
            return "text outside the two blocks"
        if _filled(before):
            return f"text before {form.open_reasoning}"
        if kind == "line" and _filled(self.text[: self.first[-1]].rpartition("\n")[2]):
            return f"{form.open_answer} does not begin its line"
        return f"text after the answer {kind}" if kind != "box" and _filled(after) else None

    def _pieces(self, ends: tuple[int, ...]) -> tuple[str, str, str, str, str]:
        """The text before, in and behind the reasoning, in and behind the answer; only when the tags stand in order."""
        text, first = self.text, self.first
        begin, end = self._answer_span(ends)
        answer, after = text[begin:end], text[max(end, ends[-1]) :]
        opening = begin - len(self.format.open_answer)
        if self.format.close_reasoning is None:
            return "", text[:opening], "", answer, after
        between = text[ends[1] : opening]
        if self.format.prefilled:
            return "", text[: first[1]], between, answer, after
        return text[: first[0]], text[ends[0] : first[1]], between, answer, after

    @property
    def _ends(self) -> tuple[int, ...]:
        """Where the first occurrence of each tag ends; means something only for tags that are there."""
        return tuple(map(add, self.first, map(len, self.format.tags)))

    def _answer_span(self, ends: tuple[int, ...]) -> tuple[int, int]:
        """Where the first answer begins and ends; means something only where there is one."""
        if self.format.close_answer is not None:
            return ends[-2], self.first[-1]
        return ends[-1], self._line_end(ends[-1])

    def _line_end(self, begin: int) -> int:
        end = self.text.find("\n", begin)
        return len(self.text) if end < 0 else end

    @property
    def _answer_counts(self) -> tuple[int, ...]:
        return self.counts[-1:] if self.format.close_answer is None else self.counts[-2:]

    @property
    def _only_after_reasoning(self) -> bool:
        return self.format.kind != "block" and self.format.close_reasoning is not None

    @property
    def answer_blocks(self) -> int:
        """How many answers the completion opens or closes, whichever is more."""
        return max(self._answer_counts)

    @property
    def answer(self) -> str | None:
        """The text of the one answer; None unless just one is opened and, if it is no line, closed."""
        line = self.format.close_answer is None
        if (self.counts[-1:] if line else self.counts[-2:]) != ((1,) if line else (1, 1)):
            return None
        begin = self.first[-1 if line else -2] + len(self.format.open_answer)
        end = self._line_end(begin) if line else self.first[-1]
        return self.text[begin:end] if begin <= end else None

    @property
    def reasoning(self) -> str | None:
        """The text of the one reasoning block; None unless there is just one.

        If prefilled the text up to the one closing tag, without reasoning tags the text before the one answer.
        """
        form = self.format
        if form.close_reasoning is None:
            return self.text[: self.first[0]] if self.counts[0] == 1 else None
        begin, end = 0 if form.prefilled else self._ends[0], self.first[1]
        return self.text[begin:end] if self.counts[:2] == form.times[:2] and begin <= end else None


def _filled(text: str) -> bool:
    return bool(text) and not text.isspace()
