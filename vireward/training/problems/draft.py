"""A problem before it becomes a row: the question, the reasoning and the gold; and how a response ends."""

import random
import re
from dataclasses import dataclass
from typing import Final

# Most rows of the MetaMath translation end in the first form; the others occur there too.
FULL: Final = "{steps}\n#### {gold}\nĐáp án là: {gold}"
ENDINGS: Final = (
    "{steps}\n#### {gold}\nCâu trả lời là: {gold}",
    "{steps}\nĐáp án là: {gold}",
    "{steps}\nCâu trả lời là: {gold}",
)
GLUED: Final = ("{steps} #### {gold} Đáp án là: {gold}",)  # the translation lost some line breaks
BOXED: Final = (
    "{steps} Vậy kết quả là $\\boxed{{{gold}}}$.\nĐáp án là: {gold}",
    "{steps} Vậy đáp số là $\\boxed{{{gold}}}$.\nCâu trả lời là: {gold}",
)
# LaTeX swallows the space of "350 m" and all that follows the sign of "25%".
BOXABLE: Final = re.compile(r"[\d.,/]+|\\frac\{\d+\}\{\d+\}")
FULL_SHARE: Final = 0.55  # of the responses outside the easy problems
EASY_FULL_SHARE: Final = 0.9  # one form dominates, so that a tiny model has one thing to learn


@dataclass(frozen=True, slots=True)
class Draft:
    """What is asked, how it is worked out, and the answer as it stands after the anchor."""

    query: str
    steps: str
    gold: str

    def ended(self, rng: random.Random) -> str:
        """The response: the reasoning and one of the endings; the anchor with the gold is the last thing in it."""
        if rng.random() < FULL_SHARE:
            return self._as(FULL)
        boxed = BOXED if BOXABLE.fullmatch(self.gold) else ()
        return self._as(rng.choice(ENDINGS + GLUED + boxed))

    def ended_plainly(self, rng: random.Random) -> str:
        """The response to an easy problem: nearly always the same ending."""
        return self._as(FULL if rng.random() < EASY_FULL_SHARE else rng.choice(ENDINGS))

    def _as(self, form: str) -> str:
        return form.format(steps=self.steps, gold=self.gold)
