"""Attacks on a reward, told in the units that training feels: group advantages.

>>> from vireward import audit, tutorial, from_trl
>>> report = audit.run(from_trl(tutorial.check_numbers), golds=["1500000"])
>>> [finding.attack for finding in report.findings if finding.rule.name == "beats-right"][:3]
['hedged', 'long answer', 'near misses']
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from vireward.audit.advantages import SCHEMES, Scheme, advantages
from vireward.audit.asking import asking
from vireward.audit.attacks import ATTACKS, Attack
from vireward.audit.cases import DEFAULT_GOLDS, Case, cases_of, chosen
from vireward.audit.findings import RULES, findings_of
from vireward.audit.records import Advantage, Finding, Group, Report, Rule, Trial
from vireward.audit.trials import (
    HONEST,
    Bench,
    Late,
    Setting,
    bench,
    columns_of,
    honest_trials,
    trials_of,
    with_batches,
)
from vireward.batch_function import BatchFunction, from_trl
from vireward.errors import BadData, BadParameter
from vireward.parameters import check_finite, check_rewards, check_tags, check_whole
from vireward.quantities.digits import checked_style
from vireward.records import expression, shown
from vireward.signatures import is_batch_function
from vireward.tags import TagFormat

__all__ = [
    "ATTACKS",
    "RULES",
    "SCHEMES",
    "Advantage",
    "Attack",
    "Finding",
    "Group",
    "Report",
    "Rule",
    "Scheme",
    "Trial",
    "advantages",
    "run",
]

MOST_COMPLETIONS = 512  # of a prompt
MOST_GOLDS = 5  # of a data set, unless more are asked for


def run(
    reward: Callable[..., Any],
    *,
    tags: TagFormat | None = None,
    style: str = "vi",
    golds: Sequence[str] = (),
    prompts: Sequence[str | None] = (),
    group_size: int = 8,
    attacks: Sequence[Attack] = ATTACKS,
    most_golds: int = MOST_GOLDS,
    seconds: float = 2.0,
) -> Report:
    """Try attacks on a reward, each in a GRPO group of honest right and wrong answers.

    Whatever the reward does, there is a report: that it raises, hangs or dies is a finding. A reward that pickles is
    asked in a process of its own, which is killed when it takes too long.

    Args:
        reward: A reward, a composition, a plain function of a sample, or a reward function as TRL calls it.
        tags: The layout that completions are asked for; the default one without it.
        style: The number style of the golds, `vi` or `en`.
        golds: Right answers of the data set; without them some numbers.
        prompts: The problem of each gold, as far as they are known.
        group_size: Completions of a prompt, the trainer's `num_generations`.
        attacks: What is tried.
        most_golds: How many of the golds attacks are made for; of as many shapes as there are.
        seconds: How long the reward may take for a completion.

    Raises:
        BadParameter: it is no reward, or another parameter is outside its rule.
        BadData: none of the golds can be used; the message has the reason for the first.
    """
    tags, given = tags or TagFormat(), from_trl(reward) if _is_trl(reward) else reward
    check_rewards("audit.run", reward=given)
    check_tags("audit.run", tags)
    checked_style(style)
    _check_numbers(group_size, most_golds, seconds)
    if isinstance(golds, str) or not all(isinstance(gold, str) for gold in golds):
        raise BadParameter(f"audit.run(golds={shown(golds)}): must be a list of texts, as the data set writes them")
    problems = dict(zip(golds, prompts, strict=False))
    kept = chosen(golds or DEFAULT_GOLDS[style], most_golds)
    cases, faults = cases_of(kept, tags=tags, style=style, prompts=[problems.get(gold) for gold in kept])
    if not cases:
        raise BadData(f"no gold can be used; {faults[0]}")
    group = Group(group_size, group_size // 2)
    trials, remarks = _audited(given, cases, attacks, group, float(seconds))
    return Report(
        reward=expression(reward),
        tags=tags,
        style=style,
        golds=tuple(case.gold for case in cases),
        group=group,
        trials=tuple(trials),
        findings=findings_of(trials),
        remarks=(*faults, *remarks),
    )


def _is_trl(reward: object) -> bool:
    return not isinstance(reward, type) and is_batch_function(reward)


def _check_numbers(group_size: int, most_golds: int, seconds: float) -> None:
    check_whole("audit.run", group_size=group_size, most_golds=most_golds)
    check_finite("audit.run", seconds=seconds)
    for name, value, least, most in (
        ("group_size", group_size, 2, MOST_COMPLETIONS),
        ("most_golds", most_golds, 1, 1_000),
        ("seconds", seconds, 0.01, 3_600),
    ):
        if not least <= value <= most:
            raise BadParameter(f"audit.run({name}={value!r}): must be from {least} to {most:,}")


def _audited(
    reward: Callable[..., Any], cases: Sequence[Case], attacks: Sequence[Attack], group: Group, seconds: float
) -> tuple[list[Trial], list[str]]:
    """All trials, and what a reader must know of them."""
    late, remarks = Late(), list[str]()
    with asking(reward, seconds) as asked:
        setting = Setting(asked, columns_of(reward), group)
        benches = _benches(cases, setting)
        sound = [one for one in benches if one.failure is None]
        if not sound and isinstance(reward, BatchFunction) and reward.chat is None:
            trials, more = _audited(replace(reward, chat=True), cases, attacks, group, seconds)
            if any(trial.attack not in HONEST for trial in trials):
                plain = [trial for one in benches for trial in honest_trials(one, setting, "plain text")]
                return [*plain, *trials], ["fails on plain text, so it is given chat messages", *more]
        with_batches(sound, setting)
        trials = [trial for one in benches for trial in honest_trials(one, setting)]
        trials += [trial for one in sound for trial in trials_of(one, attacks, setting, late)]
        remarks += _failed(benches)
    if late.left_out:
        remarks.append(f"{late.left_out} completions left out, as others like them took too long")
    if asked.worker is None:
        remarks.append(
            "does not pickle, so it was asked in this process; a hang that cannot be interrupted ends nothing"
        )
    return trials, remarks


def _benches(cases: Sequence[Case], setting: Setting) -> list[Bench]:
    """The cases with their honest answers scored; one that takes too long is the last."""
    benches = list[Bench]()
    for case in cases:
        benches.append(bench(case, setting, first=not benches))
        if benches[-1].failure is not None and benches[-1].failure.outcome == "timeout":
            break
    return benches


def _failed(benches: Sequence[Bench]) -> list[str]:
    """What the reward fails on though it is honest, each reason once."""
    reasons: dict[str, list[str]] = {}
    for one in benches:
        if one.failure is not None:
            reasons.setdefault(one.failure.why, []).append(one.case.gold)
    return [
        f"fails on honest answers to {', '.join(map(repr, golds))}, so no attack was tried there: {why}"
        for why, golds in reasons.items()
    ]
