r"""Values on lines of their own, and the systems of LaTeX, written in one line as lists are.

Example rows (text → one line):

    x = 1⏎y = 2                                          x = 1; y = 2
    * An: 24⏎* Bình: 16                                  An: 24; Bình: 16
    \begin{cases} x = 1 \cr y = 2 \end{cases}            x = 1; y = 2
    [\begin{array}{l} x = 1 \cr x = 2 \end{array}        x = 1 hoặc x = 2
"""

import re

_SYSTEM = re.compile(
    r"(?P<bracket>\\?\{|\[)?\s*\\begin\{(?P<kind>cases|array|aligned|matrix)\}(?:\s*\{[lcr|\s]*\})?"
    r"(?P<rows>.*)\\end\{(?P=kind)\}[\s.]*",
    re.DOTALL,
)
_ROW_END = re.compile(r"\\(?:cr|newline)(?![a-zA-Z])")
# A dash before a digit is a minus, though a blank may follow it.
_BULLET = re.compile(r"\A(?:[*•+]\s+|-\s+(?=[^\W\d]))")


def in_one_line(text: str) -> str:
    r"""An undressed text with separators for its line ends; one of a single line as it is.

    >>> in_one_line("x = 1\ny = 2"), in_one_line(r"\begin{cases} x = 1 \cr y = 2 \end{cases}")
    ('x = 1; y = 2', 'x = 1; y = 2')
    """
    if "\\begin" in text:
        system = _SYSTEM.fullmatch(text)
        if system is None or "&" in text or "\\begin" in system["rows"]:
            return text
        if not system["bracket"] and system["kind"] != "cases":
            return text
        return _joined(_ROW_END.split(system["rows"]), " hoặc " if system["bracket"] == "[" else "; ") or text
    if "\n" not in text:
        return text
    lines = [line.strip() for line in text.split("\n")]
    if all(_BULLET.match(line) for line in lines if line):
        lines = [_BULLET.sub("", line) for line in lines]
    return _joined(lines, "; ")


def _joined(rows: list[str], mark: str) -> str:
    return mark.join(kept for row in rows if (kept := row.strip().rstrip(";,. ")))
