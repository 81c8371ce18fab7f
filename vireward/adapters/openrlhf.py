"""Rewards as OpenRLHF calls them: decoded queries, which are prompt and response in one text, for tensors.

Example row: query `Hỏi: 3 + 4?<|assistant|>7</s>` of the prompt `Hỏi: 3 + 4?<|assistant|>` → completion `7`.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from vireward.adapters.pointwise import as_numbers, check_substitutes
from vireward.adapters.rows import rows_of
from vireward.adapters.trl import OnError, TrlReward, checked_on_error
from vireward.errors import BadParameter, BadSample
from vireward.group import check_pointwise
from vireward.parameters import check_rewards
from vireward.records import Reward, Sample, Score, as_score
from vireward.registry import reward_name

# What ends a turn or a text, and what pads it, in the chat templates of current models.
SPECIAL_TOKENS = (
    "<|eot_id|>",  # Llama 3
    "<|eom_id|>",
    "<|end_of_text|>",
    "<|finetune_right_pad_id|>",
    "</s>",  # Llama 2, Mistral
    "<pad>",
    "<|im_end|>",  # Qwen, ChatML
    "<|endoftext|>",
    "<eos>",  # Gemma
    "<end_of_turn>",
    "<|end|>",  # Phi
    "<｜end▁of▁sentence｜>",  # DeepSeek
)
ANCHOR = 16  # characters; a shorter common stretch of a query and its prompt could be chance


@dataclass(frozen=True, slots=True)
class AfterPrompt:
    """What does the reward say of what follows the prompt, without the special tokens at its end?"""

    reward: Reward
    special_tokens: tuple[str, ...] = SPECIAL_TOKENS

    @property
    def __name__(self) -> str:
        return reward_name(self.reward)

    def __call__(self, sample: Sample, /) -> Score:
        """Score the response in a query; a query in which it cannot be found is a failure, never a guess."""
        if sample.prompt is None:
            raise BadSample("a query without its prompt has no completion that is known")
        completion = response(sample.completion, sample.prompt)
        while ending := next((token for token in self.special_tokens if completion.endswith(token)), None):
            completion = completion.removesuffix(ending)
        return as_score(self.reward(replace(sample, completion=completion)))


@dataclass(frozen=True, slots=True)
class OpenRlhfReward:
    """A reward with the signature of OpenRLHF's `reward_func`; built by `to_openrlhf`.

    `extra_logs` has, for every query under the same keys, `abstained` and `failed`, each 0.0 or 1.0, and the value of
    each part of a composition as `NAME/PART`.
    """

    reward: Reward
    special_tokens: tuple[str, ...] = SPECIAL_TOKENS
    abstained: float = 0.0
    failed: float | None = None
    on_error: OnError = "abstain"

    @property
    def __name__(self) -> str:
        return reward_name(self.reward)

    def __call__(
        self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[object], **columns: Sequence[object]
    ) -> dict[str, Any]:
        """Score queries: `rewards`, `scores` and each of `extra_logs` have one number for each of them.

        Raises:
            BadParameter: there is not one prompt and one label for each query.
            RewardFailed: the reward raised and `on_error` is `raise`.
        """
        import torch  # which the trainer has loaded

        if not len(queries) == len(prompts) == len(labels):
            given = f"{len(queries)} queries, {len(prompts)} prompts and {len(labels)} labels"
            raise BadParameter(f"OpenRlhfReward: needs as many prompts and labels as queries, got {given}")
        golds = [None if label == "" else label for label in labels]  # "" is how OpenRLHF writes that there is none
        scorer = TrlReward(AfterPrompt(self.reward, self.special_tokens), "labels", self.on_error)
        scores = [scorer.score(row) for row in rows_of(prompts, queries, None, {**columns, "labels": golds})]
        counted = [as_numbers(self.reward, score, self.abstained, self.failed) for score in scores]
        keys = as_numbers(self.reward, Score(None, "no query"), self.abstained, self.failed)
        tensors = {key: torch.tensor([one[key] for one in counted], dtype=torch.float32) for key in keys}
        rewards = tensors.pop("score")
        return {"rewards": rewards, "scores": rewards.clone(), "extra_logs": tensors}


def to_openrlhf(
    reward: Reward,
    *,
    special_tokens: Sequence[str] = SPECIAL_TOKENS,
    abstained: float = 0.0,
    failed: float | None = None,
    on_error: str = "abstain",
) -> OpenRlhfReward:
    """Make a reward usable as the `reward_func` in the Python file that OpenRLHF's `--reward.remote_url` names.

    The gold is the label. The completion is what follows the prompt in the query; where the prompt was cut at its
    beginning, or decoded with other white space or in another Unicode form, it is found all the same, and where it is
    not found the completion has failed. `scores`, which dynamic filtering compares with its range, are the rewards.

    Args:
        reward: Any reward of single completions, also a plain function of a sample.
        special_tokens: Texts of tokens that are cut off the end of a completion, in any number and order. Elsewhere in
            it they stay. A token that this list lacks would be read as text that the model wrote.
        abstained: The reward where there is nothing to say. OpenRLHF has no such reward: with None in place of one, it
            asks a reward model for the whole batch. An unusable gold makes all completions of a prompt abstain, and
            equal rewards have no advantage, whatever they are.
        failed: The reward where the function raised or ran out of time; None for the same as `abstained`.
        on_error: What a reward that raises does: `abstain` counts the completion as `failed`; `raise` raises, which
            OpenRLHF notes in its log at level INFO before it stops for want of a reward model.

    Returns:
        A picklable callable with a `__name__`.

    Raises:
        BadParameter: the reward is none or needs whole groups, a token is no text or empty, a number is not finite, or
            `on_error` is unknown.
    """
    check_rewards("to_openrlhf", reward=reward)
    check_pointwise("to_openrlhf", reward)
    listed = isinstance(special_tokens, Sequence) and not isinstance(special_tokens, str)
    if not listed or not all(isinstance(token, str) and token for token in special_tokens):
        raise BadParameter(f"to_openrlhf(special_tokens={special_tokens!r:.60}): must be a list of texts, none empty")
    check_substitutes("to_openrlhf", abstained, failed)
    policy = checked_on_error("to_openrlhf", on_error)
    return OpenRlhfReward(reward, tuple(special_tokens), abstained, failed, policy)


def response(query: str, prompt: str) -> str:
    """What follows the prompt in a query that was decoded from the tokens of both.

    Raises:
        BadSample: the query does not begin with the prompt, nor with the end of a prompt cut at its beginning.
    """
    if query.startswith(prompt):
        return query[len(prompt) :]
    query = query.lstrip("\ufffd")  # the rest of a character whose first bytes were cut
    for written in (prompt, unicodedata.normalize("NFC", prompt)):  # tokenizers may compose characters
        kept = _common(_bare(query), _bare(written))
        if kept:
            return query[_end(query, kept, len(written) - len(written.rstrip())) :]
    raise BadSample(f"the query does not begin with its prompt, so its completion is not known: {query!r:.60}")


def _bare(text: str) -> str:
    return "".join(text.split())


def _common(query: str, prompt: str) -> int:
    """How many characters of a query are its prompt, or the end of it; 0 where they have no such beginning."""
    if prompt and query.startswith(prompt):
        return len(prompt)
    begin = prompt.find(query[:ANCHOR])
    while 0 <= begin <= len(prompt) - ANCHOR:
        if query.startswith(prompt[begin:]):
            return len(prompt) - begin
        begin = prompt.find(query[:ANCHOR], begin + 1)
    return 0


def _end(query: str, kept: int, space: int) -> int:
    """Where a query goes on after so many characters that are no white space, and at most so many that are."""
    inked = [i for i, char in enumerate(query) if not char.isspace()]
    end = inked[kept - 1] + 1
    limit = min(end + space, len(query))
    while end < limit and query[end].isspace():
        end += 1
    return end
