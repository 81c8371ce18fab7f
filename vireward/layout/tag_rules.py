"""What four tags have to be to make an answer format."""

from dataclasses import fields
from typing import TYPE_CHECKING

from vireward.errors import BadParameter

if TYPE_CHECKING:
    from vireward.tags import TagFormat

_REASONING = ("open_reasoning", "close_reasoning")
_ANSWER = ("open_answer", "close_answer")
_OPTIONAL = (*_REASONING, "close_answer")


def check_format(tags: "TagFormat") -> None:
    """Check the fields of a format.

    Raises:
        BadParameter: one is outside its rule, or they do not go together; the message has names, values, and a way out.
    """
    for name in ("prefilled", "needs_reasoning"):
        if not isinstance(getattr(tags, name), bool):
            raise BadParameter(f"{_given(tags, name)}: must be True or False")
    if None in (pair := (tags.open_reasoning, tags.close_reasoning)):
        if pair != (None, None):
            raise BadParameter(
                f"{_given(tags, *_REASONING)}: give both or neither; prefilled=True if the prompt ends with the first"
            )
        if tags.prefilled:
            raise BadParameter(f"{_given(tags, 'prefilled')}: give the opening reasoning tag that the prompt ends with")
    _check_texts(tags)
    _check_answer(tags)


def _check_texts(tags: "TagFormat") -> None:
    named = {f.name: getattr(tags, f.name) for f in fields(tags)[:4]}
    named = {name: tag for name, tag in named.items() if tag is not None or name not in _OPTIONAL}
    for name, tag in named.items():
        if not isinstance(tag, str) or not tag.strip():
            raise BadParameter(f"{_given(tags, name)}: a tag must be text that is not blank")
    if tags.kind == "box":
        del named["close_answer"]  # found by its balance, so that other tags may hold a brace
    for name, tag in named.items():
        if any(tag in other for key, other in named.items() if key != name):
            raise BadParameter(f"{_given(tags, name)}: no tag may be contained in another, got {tags.tags}")


def _check_answer(tags: "TagFormat") -> None:
    where, name = _given(tags, *_ANSWER), tags.open_answer[:-1]
    if tags.kind == "box" and (not name.strip() or "{" in name or "}" in name):
        raise BadParameter(f"{where}: a box opens with a name and then one brace")
    if tags.kind == "line" and tags.open_answer[-1] == "{":
        raise BadParameter(f"{where}: a box needs close_answer='}}'")
    if tags.kind == "line" and "\n" in tags.open_answer:
        raise BadParameter(f"{where}: the mark of an answer line has no line end in it; leave it out")


def _given(tags: "TagFormat", *names: str) -> str:
    """The constructor call with these fields, for a message."""
    return f"TagFormat({', '.join(f'{name}={getattr(tags, name)!r}' for name in names)})"
