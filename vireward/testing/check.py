"""Laws tried on a reward: `check_reward` raises for all that are broken, `parametrize_with_laws` makes a test of each.

Example row: `check_reward(NumericMatch())` → what was found of each law, `{"total": "holds", "in_range": "…", …}`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from vireward.errors import BadParameter, LawBroken, nearest
from vireward.records import shown
from vireward.tags import TagFormat
from vireward.testing.law import Breach, Broken, Law, NotApplicable, Trial, faulty
from vireward.testing.laws_of_answers import LAWS_OF_ANSWERS
from vireward.testing.laws_of_calls import LAWS_OF_CALLS
from vireward.testing.laws_of_machines import LAWS_OF_MACHINES
from vireward.testing.laws_of_time import LAWS_OF_TIME
from vireward.testing.setting import Setting
from vireward.testing.subject import Fault, named, subject_of

LAWS: tuple[Law, ...] = (*LAWS_OF_CALLS, *LAWS_OF_ANSWERS, *LAWS_OF_MACHINES, *LAWS_OF_TIME)


def laws(names: Iterable[str | Law] | None = None) -> tuple[Law, ...]:
    """The laws of some names, in their order; all by default.

    Raises:
        BadParameter: there is no law of a name.
    """
    if names is None:
        return LAWS
    known = {law.name: law for law in LAWS}
    found = []
    for name in names:
        if not isinstance(name, Law) and name not in known:
            raise BadParameter(f"laws: no law named {shown(name)}; {nearest(str(name), known)}")
        found.append(name if isinstance(name, Law) else known[name])
    return tuple(found)


def try_law(trial: Trial, law: Law) -> Breach | str:
    """One law on one reward: the breach, `holds`, or why it does not apply."""
    try:
        law.check(trial)
    except NotApplicable as reason:
        return f"does not apply: {reason}"
    except Fault as fault:  # of those that a law did not expect
        return _breach(law, faulty(fault))
    except Broken as broken:
        return _breach(law, broken)
    return "holds"


def _breach(law: Law, broken: Broken) -> Breach:
    return Breach(law.name, law.question, broken.why, broken.cases, broken.likewise, broken.hung)


def check_reward(
    reward: Any,
    *,
    tags: TagFormat | None = None,
    style: str = "vi",
    vocabulary: Sequence[str] = (),
    laws: Iterable[str | Law] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    max_examples: int = 60,
    gold: str | None = None,
    value_range: tuple[float, float] | None = None,
    columns: Mapping[str, object] | None = None,
) -> dict[str, str]:
    """Try laws on a reward, each with its own examples, and raise for all that are broken.

    Args:
        reward: A reward, a group reward, a plain function of a sample, or a function as TRL calls it.
        tags: The answer format that it looks for; the tutorial's by default.
        style: The number style of golds and answers, `vi` or `en`.
        vocabulary: Words on which it turns, such as the currency that it looks for.
        laws: Names of laws, or laws of one's own; all of `LAWS` by default.
        expected_failures: Laws that it is known to break, each with the reason; they are tried all the same.
        max_examples: How many examples a law is tried on.
        gold: The column under which a function as TRL calls it takes the gold; found among its parameters by default.
        value_range: The least and the greatest value that it declares.
        columns: Further columns that it needs, the same for each sample.

    Returns:
        What was found of each law: `holds`, `does not apply: …`, or `fails as expected: …`.

    Raises:
        LawBroken: laws are broken, with the shrunk counter-example of each, or one that was expected to fail holds.
        BadParameter: a law is not known, another parameter is outside its rule, or no right answer is told from a
            wrong one though `gold` is given.
    """
    trial = trial_of(reward, tags, style, vocabulary, max_examples, gold, value_range, columns)
    expected = _expected(expected_failures)
    results, breaches = {}, []
    for law in _named(laws, expected):
        found = settled(try_law(trial, law), law, expected)
        results[law.name] = str(found)
        if isinstance(found, Breach):
            breaches.append(found)
            if found.hung:  # and would be waited for by every law
                break
    if breaches:
        raise LawBroken(broken_text(reward, breaches), tuple(breaches))
    return results


def broken_text(reward: object, breaches: Sequence[Breach]) -> str:
    """All that is told of the laws that a reward breaks."""
    count = "a law" if len(breaches) == 1 else f"{len(breaches)} laws"
    return "\n".join([f"{named(reward)} breaks {count}", *map(str, breaches)])


def settled(found: Breach | str, law: Law, expected: Mapping[str, str]) -> Breach | str:
    """What became of a law beside what was expected of it."""
    reason = expected.get(law.name)
    if reason is None:
        return found
    if isinstance(found, Breach):
        return f"fails as expected: {reason}"
    return Breach(law.name, law.question, f"it was expected to fail ({reason}), and {found}; take it out")


def trial_of(
    reward: Any,
    tags: TagFormat | None,
    style: str,
    vocabulary: Sequence[str],
    max_examples: int,
    gold: str | None,
    value_range: tuple[float, float] | None,
    columns: Mapping[str, object] | None,
) -> Trial:
    """A reward in a user's setting; the parameters are those of `check_reward`."""
    if not isinstance(max_examples, int) or max_examples < 1:
        raise BadParameter(f"max_examples={shown(max_examples)}: must be a whole number above 0")
    words = vocabulary if isinstance(vocabulary, str) else tuple(vocabulary)
    setting = Setting(TagFormat() if tags is None else tags, style, words, value_range)  # type: ignore[arg-type]  # which refuses a text
    trial = Trial(subject_of(reward, gold=gold, columns=columns), setting, max_examples)
    if gold is not None and not trial.depends_on_gold:
        told = "no right answer is seen to score otherwise than a wrong one; give tags=, style= and gold= of its own"
        raise BadParameter(f"check_reward({named(reward)}, gold={gold!r}): {told}")
    return trial


def _expected(expected_failures: Mapping[str, str] | None) -> dict[str, str]:
    expected = dict(expected_failures or {})
    for name, reason in expected.items():
        if not (isinstance(reason, str) and reason.strip()):
            raise BadParameter(f"expected_failures[{name!r}]: needs a reason, got {shown(reason)}")
    return expected


def _named(names: Iterable[str | Law] | None, expected: Mapping[str, str]) -> tuple[Law, ...]:
    tried = laws(names)
    unknown = [name for name in expected if name not in {law.name for law in tried}]
    if unknown:
        known = [law.name for law in tried]
        raise BadParameter(f"expected_failures: no law named {unknown[0]!r} is tried; {nearest(unknown[0], known)}")
    return tried


def parametrize_with_laws(reward: Any, *, laws: Iterable[str | Law] | None = None, **options: Any) -> Any:
    """A pytest parametrization: a test of one argument, `law`, which is called, for each law.

    A law that does not apply is skipped with the reason; one that is expected to fail is an expected failure of the
    test, and a failure when it starts to hold.

    Args:
        reward: As for `check_reward`.
        laws: As for `check_reward`.
        options: The other parameters of `check_reward`.

    Raises:
        BadParameter: as for `check_reward`, but at the time of the test where it is about the reward.
    """
    import pytest  # who writes a test has it

    expected = _expected(options.pop("expected_failures", None))
    cases = []
    for law in _named(laws, expected):
        reason = expected.get(law.name)
        marks = [pytest.mark.xfail(strict=True, raises=LawBroken, reason=reason)] if reason else []
        cases.append(pytest.param(_single(reward, law, options), id=law.name, marks=marks))
    return pytest.mark.parametrize("law", cases)


def _single(reward: Any, law: Law, options: Mapping[str, Any]) -> Callable[[], None]:
    def run() -> None:
        result = check_reward(reward, laws=[law], **options)[law.name]
        if result.startswith("does not apply"):
            import pytest

            pytest.skip(result)

    return run
