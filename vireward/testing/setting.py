r"""What completions are made for: a user's format, number style and words, and questions with known answers.

Example row (a question): gold `2,5 kg`; right `2,5 kg`, `5/2 kg`, `2500 g` …; wrong `25 kg`, `-2,5 kg` …; asserting
something else `không phải 2,5 kg`, `2,5 kg hoặc 3,5 kg`, `2,5 m` …
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from vireward.errors import BadParameter
from vireward.quantities.digits import checked_style
from vireward.quantities.renderings import Rendering, gold_text, other_assertions, other_numbers, right_renderings
from vireward.records import shown
from vireward.tags import TagFormat
from vireward.testing.vocabulary import VOCABULARY, both_forms


@dataclass(frozen=True, slots=True)
class Setting:
    """What a user's completions look like.

    Args:
        tags: The answer format.
        style: The number style of golds and answers, `vi` or `en`.
        vocabulary: Words on which the reward turns, beside those that every reward is tried with; each stands in
            completions in NFC and in NFD.
        value_range: The least and the greatest value that the reward declares; None when it declares none.

    Raises:
        BadParameter: one of them is of another type, or the range is empty.
    """

    tags: TagFormat = field(default_factory=TagFormat)
    style: str = "vi"
    vocabulary: tuple[str, ...] = ()
    value_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        checked_style(self.style)
        if not isinstance(self.tags, TagFormat):
            raise BadParameter(f"tags={shown(self.tags)}: must be a TagFormat")
        words = self.vocabulary
        if isinstance(words, str) or not all(isinstance(word, str) and word for word in words):
            raise BadParameter(f"vocabulary={shown(words)}: must be a sequence of words, none of them empty")
        object.__setattr__(self, "vocabulary", tuple(words))
        if self.value_range is not None and not self.value_range[0] <= self.value_range[1]:
            raise BadParameter(f"value_range={self.value_range}: the least value comes first")

    @property
    def words(self) -> tuple[str, ...]:
        """All words on which a reward may turn, the user's own first."""
        return (*both_forms(self.vocabulary), *VOCABULARY)

    def laid_out(self, reasoning: str, answer: str) -> str:
        """A completion that does what it is asked, whatever stands in it; `TagFormat.write` checks that."""
        return f"{self.tags.reasoning_block(reasoning)}\n{self.tags.answer_block(answer)}"

    def written(self, reasoning: str, answer: str) -> str | None:
        """A well-formed completion; None where the format cannot hold the answer."""
        text = self.laid_out(reasoning, answer)
        parsed = self.tags.scan(text)
        return text if parsed.well_formed and (parsed.answer or "").strip() == answer.strip() else None


@dataclass(frozen=True, slots=True)
class Question:
    """A gold with answers of which is known whether they are right.

    Attributes:
        kind: What the gold is: a number, a choice, or words.
        gold: The gold as a data set writes it, which is the first of the right answers, too.
        right: Right answers.
        wrong: Answers that state something else of the same kind.
        asserting: Answers that hold the gold and assert something else: negated, hedged, with another unit.
    """

    kind: Literal["number", "choice", "words"]
    gold: str
    right: tuple[Rendering, ...] = field(repr=False)
    wrong: tuple[Rendering, ...] = field(repr=False)
    asserting: tuple[Rendering, ...] = field(repr=False)


def number_question(value: Fraction | int, style: str, unit: str | None = None) -> Question:
    """The question whose answer is a number."""
    return Question(
        "number",
        gold_text(value, style=style, unit=unit),
        right_renderings(value, style=style, unit=unit),
        other_numbers(value, style=style, unit=unit),
        other_assertions(value, style=style, unit=unit),
    )


def choice_question(letter: str) -> Question:
    """The question of which one choice out of four is right."""
    other = "ABCD"["DABC".index(letter)]
    right = {"plain": letter, "bracket": f"{letter})", "full stop": f"{letter}.", "boxed": f"\\boxed{{{letter}}}"}
    right |= {"lower case": letter.lower(), "anchored": f"Đáp án là: {letter}", "chosen": f"Chọn {letter}"}
    wrong = {"other choice": other, "other choice, bracket": f"{other})", "other choice, chosen": f"Chọn {other}"}
    return Question("choice", letter, _renderings(right), _renderings(wrong), _taken_back(letter, other))


def words_question(gold: str, other: str) -> Question:
    """The question whose answer is said in words, such as `vô nghiệm`."""
    right = {"plain": gold, "capital": gold.capitalize(), "full stop": f"{gold}.", "anchored": f"Đáp án là: {gold}"}
    forms = dict(zip(("NFC", "NFD"), both_forms((gold,)), strict=False))
    right |= {form: text for form, text in forms.items() if text != gold}
    return Question("words", gold, _renderings(right), _renderings({"other": other}), _taken_back(gold, other))


def _taken_back(right: str, other: str) -> tuple[Rendering, ...]:
    return _renderings({"hedged": f"{right} hoặc {other}", "doubted": f"{right}?", "not known": "không biết"})


def _renderings(texts: dict[str, str]) -> tuple[Rendering, ...]:
    return tuple(Rendering(kind, text) for kind, text in texts.items())


WORDS_QUESTIONS = (
    words_question("vô nghiệm", "vô số nghiệm"),
    words_question("đúng", "sai"),
    words_question("thứ Sáu", "thứ Bảy"),
)
