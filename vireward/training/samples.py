"""The rewards of a run, and a look at one completion every so many calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vireward.adapters.trl import TrlReward, to_trl
from vireward.config import from_toml
from vireward.errors import BadParameter
from vireward.group import within
from vireward.messages import message_text, prompt_text
from vireward.records import Score
from vireward.rewards import AnswerMatch, FormatExact, NumericMatch, TagCount
from vireward.rewards.stated import stated_answer
from vireward.tags import TagFormat
from vireward.training.watch import Scored

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
    """Shows the first completion of every `every`-th batch with all its scores."""

    tags: TagFormat
    every: int
    show: Callable[[str], None]
    calls: int = 0

    def __call__(self, batch: Scored) -> None:
        """Count a batch, and show it if it is its turn."""
        self.calls += 1
        if self.every and self.calls % self.every == 0 and batch.call.completions:
            self.show(self.text(batch))

    def text(self, batch: Scored) -> str:
        """Question, completion, extracted answer, gold, and each score with its reason."""
        completion = message_text(batch.call.completions[0])
        answer = stated_answer(self.tags.scan(completion))
        lines = [
            f"── reward call {self.calls} ──",
            f"question    {prompt_text(batch.call.prompts[0]) if batch.call.prompts else None}",
            f"completion  {completion}",
            f"answer      {'none' if answer is None else answer}",
            f"gold        {batch.call.columns[GOLD][0]}",
        ]
        for name, (score, *_) in batch.scores.items():
            lines.append(f"{name:<14}{score.value if score.value is not None else score.outcome}  ({score.why})")
        return "\n".join(lines)
