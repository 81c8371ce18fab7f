"""What an attack is: completions that an honest grader would not pay more than an honest answer."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

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


def right_and_wrong(
    name: str, family: str, questions: tuple[str, str], make: Callable[..., Iterable[tuple[str, str]]]
) -> tuple[Attack, Attack]:
    """The same attack with the gold and with the honest wrong answer: two attacks, each with a question of its own.

    Args:
        name: Of the first; the second is `NAME, wrong`.
        family: Of both.
        questions: What each finds out.
        make: Gives the completions for a problem, told whether they are `right`.
    """
    return (
        Attack(name, family, questions[0], True, partial(make, right=True)),
        Attack(f"{name}, wrong", family, questions[1], False, partial(make, right=False)),
    )
