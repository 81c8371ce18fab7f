"""What an attack is: completions that an honest grader would not pay more than an honest answer."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from vireward.audit.cases import Case
from vireward.rewards.stated import stated_answer

Variants = Iterator[tuple[str, str]]  # what kind it is, and the completion


@dataclass(frozen=True, slots=True)
class Attack:
    """A way to be paid without the work.

    Args:
        name: What reports call it.
        family: What kind of attack it is.
        question: What it finds out.
        right: Whether its completions assert the gold and nothing else, so that only the layout or the length is amiss.
        make: Gives the completions for a problem, each with its kind.
    """

    name: str
    family: str
    question: str
    right: bool
    make: Callable[[Case], Iterable[tuple[str, str]]]

    def completions(self, case: Case) -> Variants:
        """The completions for a problem, each once; none that is what the attack does not claim.

        A wrong neighbour of one gold is another way to write the next one, and what breaks one layout is sound in
        another, so each completion is judged before it is used.
        """
        seen = set()
        for variant, text in self.make(case):
            if text not in seen and self.holds(case, text):
                seen.add(text)
                yield variant, text

    def holds(self, case: Case, completion: str) -> bool:
        """Whether a completion is what the attack claims: right, or not right."""
        parsed = case.tags.scan(completion)
        if self.right and not parsed.well_formed:
            return True
        return case.is_right(stated_answer(parsed)) is self.right


def each(texts: Iterable[str], prefix: str = "") -> Variants:
    """Texts that say themselves what kind they are."""
    for text in texts:
        yield f"{prefix}{text!r}" if len(text) < 30 else f"{prefix}{text[:28]!r}…", text
