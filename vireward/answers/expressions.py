r"""Texts of mathematics as texts: which are one expression, what of them is the statement, and which are written alike.

Example rows:

    \frac{\sqrt{3}}{3} \approx 0,58      states \frac{\sqrt{3}}{3}
    x^2 với mọi x \in \mathbb{R}         states x^2
    x \leq 2 · x ≤ 2                     written alike
    R - r · r - R                        not: in mathematics a capital is another letter
"""

import re

from vireward.answers.names import named
from vireward.quantities.digits import BLANK_GROUPS, PLAIN, plain_value
from vireward.quantities.units import longest_measure
from vireward.spelling import canonical, folded

# What only mathematics is written with; a word of four letters and more is a command or a name such as `sinh`.
_MATHEMATICS = re.compile(r"[\x20-\x7e\sπ∞√∪∩∈≤≥⩽⩾≠×÷·±°∅²³ℝℤℕℚα-ωΔΩ]*")
_WORD = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{4,}")
_FUNCTIONS = frozenset(("sinh", "cosh", "tanh", "sqrt", "arcsin", "arccos", "arctan", "infty"))
_FUNCTIONS |= {kind + "matrix" for kind in ("", "p", "b", "v", "B", "V")} | {"array", "cases", "aligned"}
# What holds for every value of an unknown, or names the whole number of a family, needs no saying.
_FOR_ALL = re.compile(
    r"(?<![\s,;(])[\s,;(]*+(?:(?<![^\W\d_])(?:for (?:all|every|any)|với mọi)(?![^\W\d_])|\\forall|∀)(?: real| số thực)?"
    r"\s*[a-z]\s*(?:(?:\\in(?![a-zA-Z])|∈|thuộc)\s*[^\s,;]{1,30})?[\s)]*\Z",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?<![\s,;(])[\s,;(]*+(?:(?:với|where|with)\s+)?[klmn]\s*(?:\\in(?![a-zA-Z])|∈|thuộc)"
    r"\s*(?:ℤ|Z|\\mathbb\s*\{?\s*Z\s*\}?)[\s).]*\Z"
)
_ADDED = re.compile(r"[:)\\∀∈≈]|for |với|thuộc", re.IGNORECASE)  # one of these stands in all that `statement` takes off
_LABEL = re.compile(r"(?:\(\s*[a-zA-Z]'?\s*\)|[a-zA-Z]'?)\s*:\s*(?=[^:]*=)")  # of a line or curve: `(d): y = 2x`
_APPROXIMATELY = re.compile(r"(?:\\approx(?![a-zA-Z])|≈)\s*[-+]?[0-9][0-9.,\s]*\Z")
# Blanks that say nothing: beside a sign, but not beside a mark that could then join two numbers.
_IDLE_BLANK = re.compile(r"(?<![\w.,\s])\s+|\s+(?![\w.,\s])")
_SIGNS = tuple(
    (re.compile(rf"\\(?:{names})(?![a-zA-Z])\s*"), sign)
    for names, sign in (
        *(("leq?|leqslant", "≤"), ("geq?|geqslant", "≥"), ("neq?", "≠"), ("lt", "<"), ("gt", ">"), ("in", "∈")),
        *(("forall", "∀"), ("exists", "∃"), ("cup", "∪"), ("cap", "∩"), ("infty", "∞"), ("pi", "π"), ("pm", "±")),
        *(("cdot|times", "×"), ("[dtc]frac", r"\\frac")),
        *(("overrightarrow", r"\\vec"), ("bar", r"\\overline")),
    )
)
_WRITTEN_OTHERWISE = re.compile(r"[\\{_]")  # one of these stands in all that `_plain` changes, but blanks
_BRACED_SCRIPT = re.compile(r"([_^])\{(\w)\}")
_BRACKETED_DIGITS = re.compile(r"\(([0-9]+)\)(?=_)")  # `(2104)_5`
# A mark that leads a number belongs to it: `.05` is no `.5`. Behind a word or a bracket it may separate.
_DIGITS = re.compile(rf"{BLANK_GROUPS}|{PLAIN}|(?<![\w.,)\]}}])[.,][0-9]++(?![.,][0-9])")
_BEFORE_WORD = re.compile(r"(?<=[0-9])\s+(?=[^\W\d_])")
_BRACKETED_UNIT = re.compile(r"(?<=\S)\s*\(\s*([^\W\d_][^()]{0,10})\s*\)\Z")  # `12\pi (cm²)`
_UNITS_OF_SPACE = ("đvdt", "đvtt", "đvđd")
_COMMAND = re.compile(r"\\[a-zA-Z]+")
_LONGEST = 2_000  # characters of a text that is compared sign by sign


def is_mathematics(text: str) -> bool:
    """Whether a text can be one expression: no words but names of functions, no second line."""
    if "\n" in text.strip() and "\\begin" not in text:
        return False
    return _MATHEMATICS.fullmatch(text) is not None and all(w.lower() in _FUNCTIONS for w in _WORD.findall(text))


def statement(text: str) -> str:
    """An expression without a number that approximates it, without `for all x` and without `k ∈ ℤ`."""
    if not _ADDED.search(text):
        return text
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    if unit := _BRACKETED_UNIT.search(text):
        known = longest_measure(folded(unit[1]).split())[1] > 0
        text = text[: unit.start()] + (f" {unit[1]}" if known else "") if known or unit[1] in _UNITS_OF_SPACE else text
    for extra in (_WHOLE, _FOR_ALL, _APPROXIMATELY) if len(text) <= _LONGEST else ():
        kept = text[: found.start()].strip() if (found := extra.search(text)) else ""
        value = named(kept)[1]
        text = kept if (len(value) > 1 or value.isdecimal()) and not kept.endswith("=") else text
    return text


def same_text(one: str, other: str) -> bool:
    """Whether two undressed texts are written alike, without blanks that say nothing and the several names of a sign.

    Case counts where a letter stands in both cases, as in `R - r`.
    """
    if canonical(one) == canonical(other):
        return True
    if folded(one) == folded(other):
        return _COMMAND.findall(one) == _COMMAND.findall(other) and not _cased_between(one, other)
    return _alike(folded(one), folded(other)) and not _cased_between(one, other)


def same_notation(one: str, other: str, style: str) -> bool:
    """Whether two undressed texts are the same words with the same numbers, each written in whatever notation.

    >>> same_notation("lỗ 1 500 000 đồng", "lỗ 1.500.000đồng", "vi"), same_notation("lỗ 1,5", "lỗ 15", "vi")
    (True, False)
    """
    if max(len(one), len(other)) > _LONGEST or not _DIGITS.search(one):
        return False
    texts = [_plain(_with_values(folded(text), style)) for text in (one, other)]
    return texts[0] == texts[1] and not _cased_between(one, other)


def _with_values(text: str, style: str) -> str:
    def value(number: re.Match[str]) -> str:
        read = plain_value(number[0], style)
        return number[0] if read is None else str(read)

    return _BEFORE_WORD.sub("", _DIGITS.sub(value, text))


def _alike(one: str, other: str) -> bool:
    written = _WRITTEN_OTHERWISE.search(one + other) is not None and max(len(one), len(other)) <= _LONGEST
    return written and _plain(one) == _plain(other)


def _plain(text: str) -> str:
    for pattern, sign in _SIGNS:
        text = pattern.sub(sign, text)
    return _BRACKETED_DIGITS.sub(r"\1", _BRACED_SCRIPT.sub(r"\1\2", _IDLE_BLANK.sub("", text)))


def _cased_between(one: str, other: str) -> bool:
    """Whether case tells two texts apart; a letter alone may be a choice."""
    return len(one) > 1 and _cased(f"{one} {other}")


def _cased(text: str) -> bool:
    """Whether an expression has a letter in both cases, so that case cannot be overlooked."""
    letters = set(re.findall(r"(?<![a-zA-Z])(?:[a-zA-Z]|\\[a-zA-Z]+)(?![a-zA-Z])", text))
    return any(letter != letter.lower() and letter.lower() in letters for letter in letters) and is_mathematics(text)
