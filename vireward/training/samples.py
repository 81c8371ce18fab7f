"""The rewards of a run, and a look at one completion every so many calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vireward.adapters.trl import TrlReward, to_trl
from vireward.config import from_toml
from vireward.errors import BadParameter
from vireward.group import within
from vireward.messages import message_text
from vireward.records import Score
from vireward.rewards import AnswerMatch, FormatExact, NumericMatch, TagCount
from vireward.rewards.stated import stated_answer
from vireward.tags import TagFormat

GOLD = "answer"  # the data set's column that holds the gold


def run_rewards(tags: TagFormat, style: str) -> list[TrlReward]:
    """The four rewards of the tutorial, each with a metric of its own."""
    rewards = (
        FormatExact(tags),
        TagCount(tags),
        AnswerMatch(tags, style=style),
        NumericMatch(tags, style=style),
    )
    return [to_trl(reward, gold=GOLD) for reward in rewards]


def file_rewards(path: Path, style: str, *, allow_import: bool) -> tuple[list[TrlReward], TagFormat]:
    """The reward that a TOML file describes, and the tag format of all its parts, which the prompt has to ask for.

    Args:
        path: The file.
        style: The number style of the data set, for the parts whose own is not given.
        allow_import: Whether the file may name modules to import.

    Raises:
        BadConfig: the file describes no reward.
        BadParameter: its parts look for different tags.
    """
    reward = from_toml(path, allow_import=allow_import, defaults={"style": style})
    formats = {part for part in within(reward) if isinstance(part, TagFormat)}
    if len(formats) > 1:
        raise BadParameter(f"--rewards {path}: its parts look for {len(formats)} tag formats, and a run has one prompt")
    return [to_trl(reward, gold=GOLD)], formats.pop() if formats else TagFormat()


def scores_of(rewards: Sequence[TrlReward], completion: str, gold: str, step: int) -> dict[str, Score]:
    """The score of one completion by each reward, by name, at a step of the trainer."""
    row = {"completion": completion, GOLD: gold}
    return {reward.__name__: reward.score(row, step) for reward in rewards}


@dataclass(slots=True)
class Shown:
    """The last reward of a run, which also shows the first completion of every `every`-th batch with all its scores.

    TRL calls each reward once a batch, in order; so when the last one is called, the batch is complete.
    """

    reward: TrlReward
    rewards: Sequence[TrlReward]
    tags: TagFormat
    every: int
    show: Callable[[str], None]
    calls: int = 0

    @property
    def __name__(self) -> str:
        return self.reward.__name__

    def __call__(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """Score the batch as the reward does, and count it."""
        values = self.reward(prompts, completions, **columns)
        self.calls += 1
        if self.every and self.calls % self.every == 0 and completions:
            question = message_text([{**prompts[0][-1], "role": "assistant"}])
            step = getattr(columns.get("trainer_state"), "global_step", 0)
            self.show(self.text(question, message_text(completions[0]), str(columns[GOLD][0]), step))
        return values

    def text(self, question: str, completion: str, gold: str, step: int) -> str:
        """Question, completion, extracted answer, gold, and each score with its reason."""
        answer = stated_answer(self.tags.scan(completion))
        lines = [
            f"── reward call {self.calls} ──",
            f"question    {question}",
            f"completion  {completion}",
            f"answer      {'none' if answer is None else answer}",
            f"gold        {gold}",
        ]
        for name, score in scores_of(self.rewards, completion, gold, step).items():
            lines.append(f"{name:<14}{score.value if score.value is not None else score.outcome}  ({score.why})")
        return "\n".join(lines)
