"""The tokenizer: whether it can write the tags, how its chat template ends the prompt, how long the prompts are."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from vireward.tags import TagFormat
from vireward.training.data import prompt
from vireward.training.preflight.finding import Finding, rows_told
from vireward.training.preflight.rows import Contents, Prompt

_QUESTION = "Hỏi 3 + 4 bằng mấy?"
# What chat templates of reasoning models open for the model; a role such as `<assistant>` is none of them.
_OPENED = re.compile(r"<(?:think|thinking|thought|reason|reasoning)>\s*\Z", re.IGNORECASE)


def tag_findings(tokenizer: Any, model: str, tags: TagFormat) -> Iterator[Finding]:
    """Tags that do not come back from the tokenizer as TRL decodes completions, without special tokens."""
    texts = {tag: _through(tokenizer, tag, keep=False) for tag in tags.tags}
    lost = [tag for tag, text in texts.items() if tag not in text]
    unwritten = [tag for tag in lost if tag not in _through(tokenizer, tag, keep=True)]
    stripped = [tag for tag in lost if tag not in unwritten]
    if stripped:
        what = f"{', '.join(stripped)}: special for the tokenizer, and TRL decodes completions without special tokens"
        yield Finding("error", model, f"tags {what}", "make them ordinary tokens (special=False), or take other tags")
    if unwritten:
        became = ", ".join(f"{tag} comes back as {texts[tag]!r:.40}" for tag in unwritten)
        yield Finding("error", model, f"tags that the tokenizer cannot write: {became}", "take other tags (--rewards)")


def _through(tokenizer: Any, text: str, *, keep: bool) -> str:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    return str(tokenizer.decode(ids, skip_special_tokens=not keep))


def template_findings(tokenizer: Any, model: str, tags: TagFormat) -> Iterator[Finding]:
    """What is wrong with the prompt that the chat template makes, and with the token that pads it."""
    if tokenizer.pad_token is None:
        if tokenizer.eos_token is None:
            yield Finding("error", model, "no pad token and no end-of-sequence token", "set both in the tokenizer")
        else:
            what = f"no pad token: TRL pads with the end-of-sequence token {tokenizer.eos_token}"
            yield Finding("warning", model, what, "give the tokenizer a pad token of its own")
    if not tokenizer.chat_template:
        way = "take an instruct model, or set the tokenizer's chat_template"
        yield Finding("error", model, "the tokenizer has no chat template, and prompts are chat messages", way)
        return
    try:
        text = _rendered(tokenizer, prompt(_QUESTION, tags))
    except Exception as error:  # a template raises what its author chose
        what = f"the chat template refuses a system and a user message: {error}"
        yield Finding("error", model, what, "take a template that knows the role `system`")
        return
    if tags.system_prompt().strip() not in text:
        what = "the chat template leaves the system message out, so that nothing asks for the tags"
        yield Finding("error", model, what, "take a template that writes the system message")
    yield from _ending(text, model, tags)


def _ending(text: str, model: str, tags: TagFormat) -> Iterator[Finding]:
    """How the prompt ends: with the opening tag just when the format says so."""
    opens, opened = tags.open_reasoning, _OPENED.search(text)
    if opens and text.rstrip().endswith(opens):
        if not tags.prefilled:
            what = (
                f"the chat template ends the prompt with {opens}, which a completion of this format has to write itself"
            )
            yield Finding("error", model, what, "set `prefilled = true` in the tags of the rewards")
    elif tags.prefilled:
        what = f"the format is prefilled, but the chat template does not end the prompt with {opens}"
        yield Finding("error", model, what, "set `prefilled = false` in the tags of the rewards, or mend the template")
    elif opened:
        what = f"the chat template ends the prompt with {opened[0].strip()}, and the format looks for {tags.tags[0]}"
        yield Finding("warning", model, what, "take the tags of the model, prefilled (--rewards)")


def length_findings(
    tokenizer: Any,
    contents: Contents,
    tags: TagFormat,
    *,
    max_seq_length: int,
    max_completion_length: int | None = None,
    max_prompt_tokens: int | None = None,
) -> Iterator[Finding]:
    """Prompts that leave no room for a completion, or less than was asked for.

    Args:
        tokenizer: The model's, with a chat template that takes the prompts.
        contents: The data set.
        tags: The answer format, which the prompt asks for.
        max_seq_length: Tokens of prompt and completion together.
        max_completion_length: Tokens wanted for the completion; what the longest prompt leaves when None.
        max_prompt_tokens: Longer prompts are left out.
    """
    counted = prompt_lengths(tokenizer, [one.question for one in contents.asked], tags)
    lengths = {one.row: length for one, length in zip(contents.asked, counted, strict=True)}
    kept = {row: length for row, length in lengths.items() if length <= (max_prompt_tokens or length)}
    if lengths and not kept:
        what = f"every prompt has more than --max_prompt_tokens {max_prompt_tokens} tokens"
        yield Finding("error", contents.source, what, f"raise it to {max(lengths.values())} to keep all")
    full = _longer(kept, max_seq_length - 2)  # one token for the completion, and the one that the budget adds
    wanted = max_completion_length or max_seq_length // 2
    short = _longer(kept, max_seq_length - 1 - wanted)
    limit = max_seq_length - 1 - wanted
    longest = max(kept.values(), default=0)
    way = f"raise --max_seq_length to {longest + 1 + (max_completion_length or longest + 1)}"
    if full:
        what = f"the prompt leaves no token of --max_seq_length {max_seq_length} for the completion in"
        yield Finding("error", contents.source, f"{what} {rows_told(full, contents.rows)}", _ways(way, limit))
    elif short:
        left = max_seq_length - 1 - longest
        what = f"the longest prompt leaves every completion {left} tokens, fewer than {wanted}"
        cause = "asked for" if max_completion_length else "half of --max_seq_length"
        told = f"{what} ({cause}), because of {rows_told(short, contents.rows)}"
        yield Finding("warning", contents.source, told, _ways(way, limit))


def _ways(way: str, limit: int) -> str:
    return f"{way}, or leave these out with --max_prompt_tokens {limit}" if limit > 0 else way


def _longer(lengths: dict[int, int], limit: int) -> list[int]:
    return [row for row, length in lengths.items() if length > limit]


def prompt_lengths(tokenizer: Any, questions: Sequence[Prompt], tags: TagFormat) -> list[int]:
    """Tokens of each prompt, as the trainer counts them."""
    if not questions:
        return []
    texts = [
        _rendered(tokenizer, prompt(one, tags) if isinstance(one, str) else list(one))  # a prompt may be chat messages
        for one in questions
    ]
    return [len(ids) for ids in tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]]


def _rendered(tokenizer: Any, messages: list[dict[str, str]]) -> str:
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
