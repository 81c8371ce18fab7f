r"""Texts that a policy under training writes when it degenerates, or that someone writes to make a grader slow.

A family is one way to be hostile, grown to any length in characters. None needs a seed: `grown(name, length)` is the
same each time, and another length is another text.
"""

from collections.abc import Callable
from functools import partial

_LOOP = "<thinking>\nKhoan đã, để mình nghĩ lại bài này.\n</thinking>\n<SOLUTION>\n"


def _repeated(unit: str, length: int) -> str:
    return (unit * (length // len(unit) + 1))[:length]


def _thirds(units: tuple[str, ...], length: int) -> str:
    """Each unit for its part of the length, one after the other; no unit is cut."""
    each = length // len(units)
    return "".join(unit * max(1, each // len(unit)) for unit in units)


def _nested(opening: str, closing: str, length: int) -> str:
    depth = max(1, length // len(opening + closing))
    return opening * depth + "9" + closing * depth


# A name, and the text that is repeated up to the length.
_UNITS = {
    "reasoning blocks": "<thinking></thinking>",
    "reasoning openings": "<thinking>",
    "reasoning closings": "</thinking>",
    "answer blocks": "<SOLUTION></SOLUTION>",
    "filled answer blocks": "<SOLUTION>25</SOLUTION>\n",
    "answer openings": "<SOLUTION>",
    "answer closings": "</SOLUTION>",
    "tags in order": "<thinking>a</thinking>b<SOLUTION>c</SOLUTION>\n",
    "tags backwards": "</SOLUTION><SOLUTION></thinking><thinking>",
    "openings on lines": "\n<thinking>",
    "loop": _LOOP,
    "<": "<",
    "</": "</",
    "half tags": "<thinking </SOLUTION ",
    "blanks": " ",
    "line ends": "\n",
    "blank lines": " \n",
    "tabs": "\t",
    "no-break blanks": "\u00a0",
    "zero-width": "\u200b",
    "NUL": "\x00",
    "backspaces": "\x08\x0c",
    "digits": "7",
    "digits and stops": "1.",
    "stops and commas": ".,",
    "digits and blanks": "1 ",
    "groups": "000.",
    "fractions": "1/",
    "minus signs": "-",
    "exponents": "1e999999999 ",
    "full-width digits": "７",
    "superscripts": "<sup>2</sup>",
    "open boxes": "\\boxed{",
    "boxes": "\\boxed{7} ",
    "opening braces": "{",
    "closing braces": "}",
    "empty braces": "{}",
    "dollars": "$",
    "display openings": "\\[",
    "inline openings": "\\(",
    "open fractions": "\\frac{",
    "LaTeX fractions": "\\frac{1}{2} ",
    "open texts": "\\text{",
    "backslashes": "\\",
    "brackets": "(",
    "square brackets": "[",
    "anchors": "Đáp án là: ",
    "anchors on blanks": "đáp  ",
    "conclusions": "Vậy ",
    "hashes": "####",
    "lines of hashes": "#### 7\n",
    "or": "hoặc ",
    "not": "không phải ",
    "nan and inf": "nan inf ",
    "number words": "hai mươi lăm ",
    "one number word": "mươi ",
    "units": "km ",
    "compounds": "3 giờ 15 phút ",
    "equations": "x = ",
    "values": "x = 1; ",
    "choices": "A. ",
    "steps": "Bước 1: ",
    "commas": "1, ",
    "letters": "a",
    "words": "ta có ",
    "prose": "Ta có 3 quả táo, sau đó mua thêm 4 quả nữa. ",
    "capitals": "AB ",
    "marks of one kind": "\u0301",
    "decomposed letters": "e\u0302\u0301",
    "mixed marks": "\u0301\u0323\u0302",
    "emoji": "😀",
    "lone surrogates": "\ud800",
    "Chinese": "所以",
    "direction marks": "\u202e",
    "factorials": "9!",
}
_GROWN: dict[str, Callable[[int], str]] = {
    # Many opened blocks before as many closed ones before as many answers, which backtracking tries in all pairs.
    "tags in thirds": partial(_thirds, ("<thinking>", "</thinking>", "<SOLUTION>")),
    "tags in quarters": partial(_thirds, ("\n<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>")),
    "tags in thirds backwards": partial(_thirds, ("<SOLUTION>", "</thinking>", "<thinking>")),
    "brace nest": partial(_nested, "{", "}"),
    "box nest": partial(_nested, "\\boxed{", "}"),
    "fraction nest": partial(_nested, "\\frac{1}{", "}"),
    "bracket nest": partial(_nested, "(", ")"),
    "power tower": partial(_nested, "9^{", "}"),
    "factorial nest": partial(_nested, "(", "!)"),
}
FAMILIES = {name: partial(_repeated, unit) for name, unit in _UNITS.items()} | _GROWN
_TAGS = ("<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>")
TAGGED = frozenset(name for name, family in FAMILIES.items() if any(tag in family(200) for tag in _TAGS))
# Nothing to be seen: white space, controls, zero-width characters. Nothing said: these, punctuation and bare marks.
BLANK = frozenset(
    {
        *("blanks", "line ends", "blank lines", "tabs", "no-break blanks", "zero-width", "NUL", "backspaces"),
        *("lone surrogates", "direction marks"),
    }
)
SILENT = BLANK | {
    *("<", "</", "stops and commas", "minus signs", "opening braces", "closing braces", "empty braces", "dollars"),
    *("display openings", "inline openings", "backslashes", "brackets", "square brackets", "hashes"),
    *("marks of one kind", "mixed marks"),
}


def grown(name: str, length: int) -> str:
    """The text of a family, of about so many characters."""
    return FAMILIES[name](length)
