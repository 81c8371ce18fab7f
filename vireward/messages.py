"""The text of prompts and completions in every shape that trainers use: plain, chat messages, content blocks.

Example row: `[{"role": "assistant", "content": [{"type": "text", "text": "7"}]}]` has the text `7`.
"""

from collections.abc import Mapping, Sequence

from vireward.errors import BadSample
from vireward.records import shown


def message_text(completion: object) -> str:
    """The text of a completion in any shape that trainers use.

    Plain text stays as it is. Of chat messages the text of the assistant's messages is joined by line ends (tool
    results are not the model's words), content blocks are joined, and a message without content counts as empty.

    Raises:
        BadSample: the shape is none of these; the message names the offending part.
    """
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Mapping):
        return _content_text(completion.get("content"))
    if isinstance(completion, list | tuple):
        messages = [_checked_message(message) for message in completion]
        return "\n".join(_content_text(m.get("content")) for m in messages if m.get("role", "assistant") == "assistant")
    raise BadSample(f"a completion must be text or chat messages, got {shown(completion)}")


def prompt_text(prompt: object) -> str | None:
    """The text of a prompt in any shape that trainers use; of chat messages, that of the last one.

    Raises:
        BadSample: the shape is none that `message_text` reads.
    """
    last = prompt[-1] if isinstance(prompt, Sequence) and not isinstance(prompt, str) and prompt else prompt
    return None if last is None else message_text(last)


def _checked_message(message: object) -> Mapping[str, object]:
    if not isinstance(message, Mapping):
        raise BadSample(f"a chat message must be a mapping with role and content, got {shown(message)}")
    return message


def _content_text(content: object) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list | tuple):
        return "".join(map(_block_text, content))
    raise BadSample(f"the content of a chat message must be text, blocks or null, got {shown(content)}")


def _block_text(block: object) -> str:
    text = block.get("text") if isinstance(block, Mapping) else block
    if text is None:  # a block of another kind, an image or a tool call
        return ""
    if isinstance(text, str):
        return text
    raise BadSample(f"a content block must be text or a mapping with it, got {shown(block)}")
