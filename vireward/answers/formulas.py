r"""A text of mathematics made plain for a computer algebra system, or refused.

Example rows (text, style → plain):

    0,5x + \frac12            vi → (\frac{1}{2})x + \frac{1}{2}
    1.500\sqrt2               vi → 1500\sqrt{2},   en → (\frac{3}{2})\sqrt{2}
    x \in (-∞; 2,5]           vi → (-\infty ,(\frac{5}{2})]  of x
    9**9**9                   any → refused: its powers are too high
    __import__("os")          any → refused: not an expression

Numbers become exact fractions, so that nobody downstream sees a decimal mark or rounds. What is not written in the
words of mathematics is refused, and what could be read in two ways. Nothing is computed here.
"""

import math
import re
from typing import NamedTuple

from vireward.answers.dressing import undressed
from vireward.quantities.digits import plain_value
from vireward.quantities.units import dimension, longest_measure
from vireward.spelling import folded, words_of

MAX_LENGTH = 400  # characters of one side
MAX_DEPTH = 16  # brackets within brackets
MAX_EXPONENT = 4  # digits of an exponent that is a number, towers worked out
MAX_EXPANSION = 12  # exponent of a bracket, which may have to be multiplied out
MAX_BASE = 100  # digits of a number that is raised to a power

_UNICODE = str.maketrans(
    {"∪": r"\cup ", "∩": r"\cap ", "∖": r"\setminus ", "∈": r"\in ", "∅": r"\emptyset ", "ℝ": r"\mathbb{R}"}
    | {"≤": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "∞": r"\infty "}
    | {"×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "÷": r"\div ", "±": r"\pm ", "²": "^2", "³": "^3", "\t": " "}
    | {
        "π": r"\pi ",
        "α": r"\alpha ",
        "β": r"\beta ",
        "γ": r"\gamma ",
        "θ": r"\theta ",
        "λ": r"\lambda ",
        "φ": r"\varphi ",
    }
    | {"μ": r"\mu ", "σ": r"\sigma ", "ω": r"\omega ", "Δ": r"\Delta "}
)
_FUNCTIONS = "sin|cos|tan|cot|sec|csc|arcsin|arccos|arctan|arccot|sinh|cosh|tanh|ln|log|lg|exp|max|min|gcd|lcm"
_COMMANDS = words_of(
    """
    frac sqrt cdot times div pm binom sum prod int lim to lfloor rfloor lceil rceil overline vec begin end cr
    le ge ne in cup cap setminus emptyset mathbb infty pi alpha beta gamma delta epsilon varepsilon theta lambda mu rho
    sigma tau phi varphi omega Delta Gamma Omega Sigma ell
    """
) | set(_FUNCTIONS.split("|"))
_LETTER = r"(?:[A-Za-z]|\\(?:alpha|beta|gamma|delta|theta|lambda|mu|rho|sigma|tau|varphi|phi|omega|Delta|Omega|ell))"
_NUMBER = r"[0-9]{1,3}(?:[ ][0-9]{3})+(?:[.,][0-9]+)?(?![0-9])|[0-9]+(?:[.,][0-9]+)*|(?<![A-Za-z)}\]])\.[0-9]+"

# How one thing is written in many ways, in the order in which they are taken.
_SPELLINGS = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\\(?:left|right|displaystyle|limits|[Bb]igg?[lr]?)(?![A-Za-z])|\\[!;,:>]|~", " "),
        (r"\\q?quad(?![A-Za-z])", " "),
        (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
        (r"\\[dt]binom(?![A-Za-z])", r"\\binom"),
        (r"\\leq(?:slant)?(?![A-Za-z])|<=", r"\\le "),
        (r"\\geq(?:slant)?(?![A-Za-z])|>=", r"\\ge "),
        (r"\\neq(?![A-Za-z])", r"\\ne "),
        (r"\\lt(?![A-Za-z])", "<"),
        (r"\\gt(?![A-Za-z])", ">"),
        (r"\\backslash(?![A-Za-z])", r"\\setminus "),
        (r"(\\mathbb\s*\{?R\}?)\s*(?=\\?\{)", r"\1\\setminus "),
        (r"\\varnothing(?![A-Za-z])", r"\\emptyset "),
        (r"\\degree(?![A-Za-z])", "°"),
        (r"\\[lr]?vert(?![A-Za-z])", "|"),
        (r"\\lbrace(?![A-Za-z])", r"\\{"),
        (r"\\rbrace(?![A-Za-z])", r"\\}"),
        (r"\\ast(?![A-Za-z])", "*"),
        (r"\\bar(?![A-Za-z])", r"\\overline"),
        (r"\\(?:operatorname\{)?tg\}?(?![A-Za-z])", r"\\tan "),
        (r"\\(?:operatorname\{)?cotg\}?(?![A-Za-z])", r"\\cot "),
        (r"\*\*", "^"),
        (r"_\s*([0-9])", r"_{\1}"),
        (rf"(?<![\\A-Za-z])(?=(?:{_FUNCTIONS}|sqrt|pi|infty)(?![A-Za-z]))", r"\\"),
        (r"√\s*([0-9]+)", r"\\sqrt{\1}"),
        (r"√", r"\\sqrt "),
        (r"\\sqrt\s*([0-9A-Za-z])", r"\\sqrt{\1}"),
        (r"\\frac\s*([0-9A-Za-z])", r"\\frac{\1}"),
        (r"\\frac\s+\{", r"\\frac{"),
        (r"(^|[(\[,;]|\\\{)\s*\+\s*(?=\\infty)", r"\1"),
        # A dot between factors multiplies.
        (r"(?<=[A-Za-z)}\]])\s*\.\s*(?=[A-Za-z0-9(\\])|(?<=[0-9])\s*\.\s*(?=[A-Za-z(\\])", r"\\cdot "),
        (r"(?<=[0-9])\s+\.\s+(?=[0-9])", r" \\cdot "),
        (r"(\^\s*(?:[0-9]+|\{[0-9]+\}))\s*\.\s*(?=[0-9]+\s*\^)", r"\1 \\cdot "),
        (r"^\{(.*)\}$", r"\\{\1\\}"),
        (
            rf"^\\\{{\s*({_LETTER})\s*(?:\\in\s*\\mathbb\s*\{{?R\}}?\s*)?(?:\\mid(?![A-Za-z])|[|:])(.*)\\\}}$",
            r"\1 \\in \2",
        ),
    )
)
# math-verify reads an integer beside a rational as a mixed number, also 2(3) as 5: only 2\frac{1}{2} is one.
_BESIDE = re.compile(
    r"(?<=\))\s*(?=[0-9({]|\\frac|\\binom)|(?<![_^0-9])[0-9]+(?=\s*(?:[({]|\\(?:binom|lfloor|lceil|gcd|lcm)))"
    r"|\\r(?:floor|ceil)(?=\s*(?:[0-9({]|\\frac|\\binom))"
)
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|[{}\\])|[0-9A-Za-z+\-*/^_=<>!()\[\]{}|,;:& °]")
_WORD = re.compile(
    r"(?<![\\A-Za-z])[A-Za-z]{4,}|(?<![\\A-Za-z])(?:and|or|if|is|in|no|not|yes|the|for|all|of|to|la|va)(?![A-Za-z])"
)
_MISREAD = re.compile(
    r"__|[0-9]\s+[0-9]|[0-9]_|[0-9][eE][0-9]|![=!]|\^\s*\{?\s*(?:T|\\top)(?![A-Za-z])|[0-9]{5,}\s*\)*\s*!|\)\s*!.*!|\^.*\)\s*!"
)
_MIXED = re.compile(
    r"(?<![_^0-9{])[0-9]+\s*\\frac\{([0-9]+)\}\{([0-9]+)\}"
)  # read as one although no part of it is less
_FACTORS = re.compile(r"\^\s*(?:[0-9]|\{[0-9]+\})(?:\s*\.\s*[0-9]+(?:\s*\^\s*(?:[0-9]|\{[0-9]+\}))?)+")
_POWER_OF_SUM = re.compile(r"[)}\]]\s*\^\s*\{?\s*([0-9]{1,9})")
_TOWER = re.compile(r"([0-9]+)[\s)}]*\^[\s({+]*([0-9]+)(?=[\s)}]*(?:\^[\s({+]*([0-9]+))?)")
_MATRIX = re.compile(r"\\(?:begin|end)\s*\{[pbvVB]?matrix\}")
_RELATION = re.compile(r"\\(?:le|ge|ne)(?![A-Za-z])|[<>]")
_LABEL = re.compile(
    rf"{_LETTER}'{{0,2}}\s*(?:_\s*(?:\{{[^{{}}]*\}}|[A-Za-z0-9]))?\s*(?:\(\s*(?:[a-zA-Z](?:\s*,\s*[a-z])*|[0-9]+)\s*\))?"
    r"|[A-Z]{2,4}'?"
    rf"|\(\s*{_LETTER}(?:\s*,\s*{_LETTER})+\s*\)|\\overline\s*\{{\s*{_LETTER}\s*\}}|\|\s*z\s*\|"
)
_MEMBERSHIP = re.compile(rf"({_LABEL.pattern})\s*\\in(?![A-Za-z])(.*)", re.DOTALL)


class Unfit(Exception):
    """A text is not compared, for this reason; it is caught where it is asked for, and no error of a caller."""


class Side(NamedTuple):
    """One text, plain: what it names, the unit after it, and the members of its chain of equations, at least one."""

    label: str
    unit: str
    members: tuple[str, ...]
    contained: bool  # the label is said to be in the set, not to equal it

    @property
    def relates(self) -> bool:
        """Whether it states an equation or an inequality."""
        return len(self.members) > 1 or bool(_RELATION.search(self.members[0]))


def plain_side(text: str, style: str) -> Side:
    """Make one side of a comparison plain.

    Raises:
        Unfit: it is not to be compared; the message says why.
    """
    if len(text) > MAX_LENGTH:
        raise Unfit(f"too long for a symbolic comparison (more than {MAX_LENGTH} characters)")
    text, unit = _without_unit(undressed(text))
    text = _tidied(text.translate(_UNICODE).strip(), style)
    if found := _MEMBERSHIP.fullmatch(text):
        _checked(found[2])
        return Side(without_marks(found[1]), unit, (found[2],), contained=True)
    value, approximately, rough = text.partition("\\approx")
    if approximately:
        text = f"{value}={rough}" if _LABEL.fullmatch(value.strip()) else value
    members = _chain(text)
    label = without_marks(members[0]) if len(members) > 1 and _LABEL.fullmatch(members[0]) else ""
    _checked("=".join(members[1:] if label else members))
    return Side(label, unit, members, contained=False)


def _without_unit(text: str) -> tuple[str, str]:
    """The text before a unit of measure at its end, and the unit; one letter alone is a unit only as a word of text."""
    for start in (word.start() for word in re.finditer(r"(?<=[\s}0-9)])[^\W\d_]", text)):
        word = text[start:].strip()
        as_text = text[:start].rstrip(" ").endswith("\t")
        if not (as_text or (text[start - 1] == " " and word[1:2].isalpha())) or len(word) > 40:
            continue
        words = folded(word).split()
        if dimension(word) or longest_measure(words)[1] == len(words):
            return text[:start].rstrip(), word
    return text, ""


def _tidied(text: str, style: str) -> str:
    for pattern, plain in _SPELLINGS:
        text = pattern.sub(plain, text)
    if style == "vi":  # 2^2.3.5 is a product
        text = _FACTORS.sub(lambda found: found[0].replace(".", r" \cdot "), text)
    text = _exact(_braced(text), style)
    return " ".join(_BESIDE.sub(r"\g<0> \\cdot ", text).split())


def _pairs(text: str) -> dict[int, int]:
    """Where each bracket that opens is closed; `(` and `[` may close each other's intervals."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for i, char in enumerate(text):
        if char in "([{":
            opened.append(i)
        elif char in ")]}":
            if not opened or (text[opened[-1]] == "{") != (char == "}"):
                raise Unfit("its brackets do not match")
            pairs[opened.pop()] = i
        if len(opened) > MAX_DEPTH:
            raise Unfit(f"nested too deeply for a symbolic comparison (more than {MAX_DEPTH} brackets)")
    if opened:
        raise Unfit("its brackets do not match")
    return pairs


def _braced(text: str) -> str:
    r"""Braces around what ^, \sqrt and \frac take: `^(n+1)`, `\sqrt(2)` and `\frac{1}2` get them."""
    pairs, chars = _pairs(text), list(text)
    for taken in re.finditer(r"(?:\^|\\sqrt)\s*\(", text):
        start = taken.end() - 1
        chars[start], chars[pairs[start]] = "{", "}"
    for fraction in re.finditer(r"\\frac\{", text):
        close = pairs[fraction.end() - 1]
        below = re.compile(r"\s*([0-9A-Za-z]|\\pi(?![A-Za-z]))").match(text, close + 1)
        if below:
            chars[below.start(1)] = "{" + chars[below.start(1)]
            chars[below.end() - 1] += "}"
    plain, pairs = "".join(chars), {}
    pairs, chars = _pairs(plain), list(plain)
    for start, close in pairs.items():  # a closing brace that ends a factor
        if plain[start] == "{" and (start == 0 or not re.match(r"[A-Za-z_^\\\]]", plain[start - 1])):
            chars[close] += r" \cdot " if re.match(r"\s*(?:[0-9(]|\\frac|\\binom)", plain[close + 1 :]) else ""
    return "".join(chars)


def _exact(text: str, style: str) -> str:
    """Every number as an integer or a fraction of integers, and a comma between all items within brackets."""
    pairs = _pairs(text)

    def inner(at: int) -> int:
        return max((start for start, close in pairs.items() if start < at < close), default=-1)

    def number(found: re.Match[str]) -> str:
        start = inner(found.start())
        value = None if start >= 0 and _lists(text, start, pairs[start]) else plain_value(found[0], style)
        values = [value] if value is not None else [plain_value(part, style) for part in found[0].split(",")]
        if None in values:
            raise Unfit(f"{found[0]!r} is no number")
        return ",".join(
            str(v.numerator) if v.denominator == 1 else rf"(\frac{{{v.numerator}}}{{{v.denominator}}})"
            for v in values
            if v is not None
        )

    plain = re.sub(_NUMBER, number, text)
    pairs = _pairs(plain)
    if any(inner(mark.start()) < 0 for mark in re.finditer("[,;]", plain)):
        raise Unfit("a list is compared item by item")
    return plain.replace(";", ",")


def _lists(text: str, start: int, close: int) -> bool:
    """Whether a comma between digits separates items in these brackets: a set, interval or tuple, written tightly."""
    before, inside, after = text[:start].rstrip(), text[start + 1 : close], text[close + 1 :].lstrip()
    if re.search(r";|,\s", inside):
        return False
    if text[start] == "{":
        return before.endswith("\\")
    if text[start] == "[" or text[close] == "]":
        return not before.endswith("\\sqrt")
    stands = re.search(r"(?:^|[,;(\[{=]|\\(?:cup|cap|setminus|in))$", before)
    return bool(stands and re.match(r"$|[,;)\]\\]", after))


def _checked(text: str) -> None:
    """Refuse what is not written in the words of mathematics, would be misread, or would never end."""
    if "".join(_TOKEN.findall(text)) != text:
        raise Unfit("not an expression")
    unknown = [name for name in re.findall(r"\\([A-Za-z]+)", text) if name not in _COMMANDS]
    words = _MATRIX.sub("", text)
    if unknown or _WORD.search(words) or not words.strip():
        raise Unfit("not an expression")
    if _MISREAD.search(text):
        raise Unfit("can be read in more than one way")
    for top, bottom in _MIXED.findall(text):
        if int(top) >= int(bottom):
            raise Unfit("can be read in more than one way")
    if any(int(power) > MAX_EXPANSION for power in _POWER_OF_SUM.findall(text)):
        raise Unfit("the powers are too high for a symbolic comparison")
    for base, first, second in _TOWER.findall(text):
        digits = int(second) * math.log10(int(first) or 1) if second else len(first)
        if digits > MAX_EXPONENT or len(base) > MAX_BASE or len(second) > MAX_EXPONENT:
            raise Unfit("the powers are too high for a symbolic comparison")


def _chain(text: str) -> tuple[str, ...]:
    """The members of a chain of equations: the texts between the equals signs outside all brackets."""
    pairs = _pairs(text)
    cuts = [i for i, char in enumerate(text) if char == "=" and not any(a < i < b for a, b in pairs.items())]
    return tuple(text[a + 1 : b].strip() for a, b in zip([-1, *cuts], [*cuts, len(text)], strict=True))


def without_marks(label: str) -> str:
    """A name without blanks, braces and backslashes, to be compared."""
    return re.sub(r"[\s{}\\]", "", label)
