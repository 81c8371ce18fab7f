"""The words that ask a model for an answer format, in Vietnamese and in English."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vireward.errors import BadParameter

if TYPE_CHECKING:
    from vireward.tags import TagFormat


@dataclass(frozen=True, slots=True)
class _Words:
    """One language: how to begin, how to write the reasoning, and how to write the answer of each kind."""

    think: str
    read: str
    if_any: str
    tagged: str
    prefilled: str
    free: str
    block: str
    box: str
    line: str


_LANGUAGES = {
    "vi": _Words(
        think="Hãy đọc bài toán và suy nghĩ.",
        read="Hãy đọc bài toán.",
        if_any=", nếu có,",
        tagged="Viết quá trình suy nghĩ{if_any} giữa {0} và {1}, sau đó",
        prefilled="Viết quá trình suy nghĩ{if_any} và kết thúc nó bằng {1}, sau đó",
        free="Viết quá trình suy nghĩ, sau đó",
        block="viết đáp án cuối cùng giữa {0} và {1}.",
        box="trình bày ngắn gọn kết quả và viết đáp án cuối cùng trong đúng một {0}{1}.",
        line="viết dòng cuối bắt đầu bằng {0}, tiếp theo là đáp án cuối cùng.",
    ),
    "en": _Words(
        think="Read the problem and think it through.",
        read="Read the problem.",
        if_any=", if any,",
        tagged="Write your reasoning{if_any} between {0} and {1}, then",
        prefilled="Write your reasoning{if_any} and end it with {1}, then",
        free="Write your reasoning, then",
        block="write the final answer between {0} and {1}.",
        box="state the result briefly and put the final answer in exactly one {0}{1}.",
        line="write a last line that starts with {0}, followed by the final answer.",
    ),
}


def instruction(tags: "TagFormat", language: str) -> str:
    """The system prompt that asks for a format; it names the tags that the model has to write, and no others.

    Raises:
        BadParameter: the language is unknown.
    """
    words = _LANGUAGES.get(language) if isinstance(language, str) else None
    if words is None:
        known = ", ".join(_LANGUAGES)
        raise BadParameter(f"TagFormat.system_prompt(language={language!r}): must be one of {known}")
    answer = {"block": words.block, "box": words.box, "line": words.line}[tags.kind]
    answer = answer.format(tags.open_answer, tags.close_answer)
    if tags.open_reasoning is None and not tags.needs_reasoning:
        return f"{words.read} {answer[0].upper()}{answer[1:]}"
    reasoning = words.free if tags.open_reasoning is None else words.prefilled if tags.prefilled else words.tagged
    if_any = "" if tags.needs_reasoning else words.if_any
    reasoning = reasoning.format(tags.open_reasoning, tags.close_reasoning, if_any=if_any)
    return f"{words.think if tags.needs_reasoning else words.read} {reasoning} {answer}"
