"""One problem of an audit: its gold, a wrong answer, and how the user's format lays a completion out.

Example row, in the default format:

    gold 1500000, style vi → honest wrong 2500000, spellings 1.500.000 · 1,5 triệu · …, wrong neighbours -1500000 · …
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from vireward.answers.choices import is_choice
from vireward.errors import BadParameter
from vireward.judge import judge
from vireward.numerals import Number, read_number
from vireward.quantities.renderings import Rendering, other_assertions, other_numbers, right_renderings
from vireward.records import Verdict
from vireward.tags import TagFormat

DEFAULT_GOLDS = {
    "vi": ("1500000", "42", "2,5", "-7", "3/4"),
    "en": ("1500000", "42", "2.5", "-7", "3/4"),
}
# What honest reasoning says; without digits, so that no reward finds an answer in it.
THOUGHTS = (
    "Ta lập phép tính theo đề bài rồi tính lần lượt từng bước.",
    "Trước hết ta tìm đại lượng chưa biết, sau đó thay vào phép tính.",
    "Theo đề bài, ta cộng các phần lại với nhau và kiểm tra kết quả.",
    "Ta đổi về cùng một đơn vị, tính rồi so lại với đề bài.",
)
_SHAPE = re.compile(r"\d+")
_ANOTHER = ("không có kết quả nào", "một kết quả khác", "tam giác đều", "0")


@dataclass(frozen=True, slots=True)
class Case:
    """A problem that completions are made for.

    Attributes:
        tags: The layout that the prompt asks for.
        style: The number style of the golds.
        gold: The right answer as the data set writes it.
        wrong: An honest answer that is not the gold.
        prompt: The text of the problem.
        number: The value and the unit of the gold; None where it is not one number.
    """

    tags: TagFormat
    style: str
    gold: str
    wrong: str
    prompt: str
    number: Number | None

    def given(self, right: bool) -> str:
        """The gold, or the honest wrong answer."""
        return self.gold if right else self.wrong

    def laid_out(self, answer: str, thought: str = THOUGHTS[0]) -> str:
        """A completion in the layout of the format, whatever the two texts hold."""
        return f"{self.reasoning(thought)}\n{self.block(answer)}"

    def reasoning(self, thought: str) -> str:
        """The reasoning between its tags, as far as a completion writes them."""
        return self.tags.reasoning_block(thought)

    def block(self, answer: str) -> str:
        """The answer between its tags."""
        return self.tags.answer_block(answer)

    def is_right(self, answer: str | None) -> bool:
        """Whether an answer is the gold."""
        return judge(answer, self.gold, style=self.style) is Verdict.RIGHT

    def spellings(self) -> tuple[Rendering, ...]:
        """The gold as it may also be written, itself left out."""
        if self.number is None:
            return tuple(_recased(self.gold))
        value, unit = _before_unit(self.number)
        found = right_renderings(value, style=self.style, unit=unit)
        return tuple(one for one in found if one.text != self.gold and self.is_right(one.text))

    def neighbours(self) -> tuple[Rendering, ...]:
        """Other numbers near the gold."""
        if self.number is None:
            return ()
        value, unit = _before_unit(self.number)
        return self._wrong(other_numbers(value, style=self.style, unit=unit))

    def assertions(self) -> tuple[Rendering, ...]:
        """The gold within a text that asserts something else."""
        if self.number is None:
            return ()
        value, unit = _before_unit(self.number)
        return self._wrong(other_assertions(value, style=self.style, unit=unit))

    def _wrong(self, found: Iterable[Rendering]) -> tuple[Rendering, ...]:
        return tuple(one for one in found if not self.is_right(one.text))


def _before_unit(number: Number) -> tuple[Fraction, str | None]:
    """A value as it stands before its unit; `25%` is 1/4 with the sign left out."""
    return (number.value * 100, "%") if number.percent else (number.value, number.unit)


def _recased(gold: str) -> Iterator[Rendering]:
    for kind, text in (("upper case", gold.upper()), ("full stop", f"{gold}."), ("blanks around", f"  {gold} ")):
        if text != gold:
            yield Rendering(kind, text)


def cases_of(
    golds: Iterable[str], *, tags: TagFormat, style: str, prompts: Sequence[str | None] = ()
) -> tuple[list[Case], list[str]]:
    """A case for each gold that can be used, and what is wrong with the others, in words.

    Args:
        golds: Right answers.
        tags: The layout.
        style: The number style.
        prompts: The problem of each gold; one that is missing is made up.
    """
    golds, found, faults = list(golds), list[Case](), list[str]()
    for place, gold in enumerate(golds):
        if judge(gold, gold, style=style) is not Verdict.RIGHT:
            faults.append(f"gold {gold!r:.60}: it is not read as an answer")
            continue
        try:
            tags.write(THOUGHTS[0], gold)
        except BadParameter as error:
            faults.append(f"gold {gold!r:.60}: does not stand in the layout ({error})")
            continue
        wrong = _wrong_answer(gold, golds, style)
        if wrong is None:
            faults.append(f"gold {gold!r:.60}: no wrong answer is known for it")
            continue
        prompt = prompts[place] if place < len(prompts) else None
        number = read_number(gold, style)
        number = None if number is None or number.compound else number
        found.append(Case(tags, style, gold, wrong, prompt or _problem(gold, wrong), number))
    return found, faults


def _problem(gold: str, wrong: str) -> str:
    return f"Chọn kết quả đúng trong các kết quả sau: {wrong}, {gold}, {wrong}{wrong[-1:]}."


def _wrong_answer(gold: str, golds: Sequence[str], style: str) -> str | None:
    """An honest wrong answer: written as the gold is, and of its kind."""
    choice, number = is_choice(gold), read_number(gold, style)
    if choice is not None:
        candidates = [gold.replace(choice.letter, letter, 1) for letter in "ABCD" if letter != choice.letter]
    elif number is not None and not number.compound:
        value, unit = _before_unit(number)
        near = {one.kind: one.text for one in other_numbers(value, style=style, unit=unit)}
        candidates = [near[kind] for kind in ("first digit", "one more", "ten times") if kind in near]
    else:
        candidates = [*golds, *_ANOTHER]
    return next((one for one in candidates if judge(one, gold, style=style) is Verdict.WRONG), None)


def chosen(golds: Iterable[str], most: int) -> list[str]:
    """So many of the golds, of as many shapes as there are: digits count as alike, frequent shapes come first."""
    shapes: dict[str, list[str]] = {}
    for gold in dict.fromkeys(golds):
        shapes.setdefault(_SHAPE.sub("9", gold), []).append(gold)
    ranked = sorted(shapes.values(), key=len, reverse=True)
    turns = (alike[turn] for turn in range(max(map(len, ranked), default=0)) for alike in ranked if turn < len(alike))
    return [gold for gold, _ in zip(turns, range(most), strict=False)]
