"""Which answer a completion states."""

from vireward.extract import find_answer, unwrapped
from vireward.layout.visible import is_blank
from vireward.tags import Parsed

_NEAR = 60  # characters before a box that are looked at for its sign


def stated_answer(parsed: Parsed, *, anywhere: bool = False) -> str | None:
    r"""The answer that a completion states, in canonical spelling, with `\boxed{}` and anchors in the block taken off.

    Args:
        parsed: The scanned completion.
        anywhere: Whether an answer without an answer block is looked for by the rules of `find_answer`.
    """
    if not is_blank(parsed.answer):
        return (_sign(parsed) if parsed.format.kind == "box" else "") + unwrapped(parsed.answer or "")
    found = find_answer(parsed.text, tags=parsed.format) if anywhere else None
    return None if found is None else unwrapped(found.text)


def _sign(parsed: Parsed) -> str:
    r"""The minus right before a box, which belongs to it: `x = -\boxed{7}` states -7."""
    line = parsed.text[: parsed.first[-2]].rpartition("\n")[2].rpartition(parsed.format.close_reasoning or "\n")[2]
    found = find_answer(line[-_NEAR:] + "\\boxed{1}", rules=("boxed",))  # where signs belong is decided there
    return "-" if found is not None and found.text == "-1" else ""
