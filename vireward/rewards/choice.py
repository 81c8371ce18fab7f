"""The reward that looks at a multiple choice."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from vireward.answers.choices import is_choice, read_choice
from vireward.answers.dressing import undressed
from vireward.errors import BadParameter
from vireward.extract import unwrapped
from vireward.judge import compare
from vireward.layout.visible import is_blank
from vireward.parameters import check_finite, check_tags
from vireward.quantities.digits import checked_style
from vireward.records import Sample, Score, Verdict
from vireward.registry import register
from vireward.rewards.answer import NO_GOLD, answer_or_score
from vireward.tags import TagFormat


@register("choice_match")
@dataclass(frozen=True, slots=True)
class ChoiceMatch:
    """Is the choice in the answer block the choice of the gold?

    3.0 when it is, -1.5 for anything else in the answer block or for several blocks, 0.0 when there is no answer or the
    gold is no choice. A choice is met by its letter (`B`, `(b)`, `Chọn B`), by its text (`178`) or by both (`B. 178`),
    none of which may contradict. A gold that has only a letter, or only a text, gets the other from the column
    `choices` where the data set has one. Abstains when the gold is missing.

    Args:
        tags: The answer format; the answer is read between the one opening and the one closing answer tag.
        right: Score of the gold's choice.
        wrong: Score of anything else in the answer block, or of several blocks.
        missing: Score when there is no answer, and of every completion whose gold is no choice.
        style: The data set's number style, `vi` or `en`, for choices that are numbers.
        choices: The column that lists the choices of a row, as `A. 128` or as `128`; it may be missing.
        anywhere: Whether an answer without tags is looked for by the rules of `find_answer`.

    Returns:
        One of the three scores, or None without a gold.

    Raises:
        BadParameter: a score is not finite, the style is unknown, `tags` is no TagFormat, or `choices` no text.
    """

    tags: TagFormat = field(default_factory=TagFormat)
    right: float = 3.0
    wrong: float = -1.5
    missing: float = 0.0
    style: str = "vi"
    choices: str = "choices"
    anywhere: bool = False

    def __post_init__(self) -> None:
        check_tags("ChoiceMatch", self.tags)
        check_finite("ChoiceMatch", right=self.right, wrong=self.wrong, missing=self.missing)
        checked_style(self.style)
        if not isinstance(self.choices, str):
            raise BadParameter(f"ChoiceMatch(choices={self.choices!r}): must be the name of a column")

    def __call__(self, sample: Sample, /) -> Score:
        """Score one sample."""
        if is_blank(sample.gold):
            return Score(None, NO_GOLD)
        gold = completed(undressed(unwrapped(sample.gold or "")), sample.columns.get(self.choices), self.style)
        if is_choice(gold) is None:
            return Score(self.missing, f"the gold {gold!r:.60} is no choice")
        given = answer_or_score(self, sample.scanned(self.tags))
        if isinstance(given, Score):
            return given
        comparison = compare(given, gold, style=self.style)
        return Score(self.right if comparison.verdict is Verdict.RIGHT else self.wrong, comparison.why)


def completed(gold: str, choices: object, style: str = "vi") -> str:
    """The gold with the letter or the text that it lacks, from the listed choices; as it is when they do not tell.

    >>> completed("B", ["A. 128", "B. 178"]), completed("178", ["128", "178"]), completed("B", None)
    ('B. 178', 'B. 178', 'B')
    """
    want = read_choice(gold)
    if want is None or not want.text:
        for letter, text in _listed(choices):
            if (letter == want.letter) if want else compare(text, gold, style=style).verdict is Verdict.RIGHT:
                return f"{letter}. {text}"
    return gold


def _listed(choices: object) -> Iterable[tuple[str, str]]:
    """Letters and texts of a row's choices; those without a letter are A, B, C … in their order."""
    listed = choices if isinstance(choices, list | tuple) else ()
    for letter, choice in zip("ABCDEFGH", listed, strict=False):
        if isinstance(choice, str) and not is_blank(choice):
            read = read_choice(choice)
            yield (read.letter, read.text) if read and read.text else (letter, choice.strip())
