"""Answer × gold → Verdict: the only place that knows what "correct" means."""

import re

from vireward.choices import Choice, is_choice, read_choice
from vireward.digits import checked_style
from vireward.dressing import named, undressed
from vireward.extract import unwrapped
from vireward.hedges import hedged
from vireward.numerals import Number, read_number
from vireward.phrases import meaning
from vireward.records import Answer, Comparison, Verdict
from vireward.spelling import folded
from vireward.structures import Several, difference, read_several
from vireward.symbolic import same_expression
from vireward.tags import is_blank
from vireward.units import conversion, same_unit

_MAX_DEPTH = 3  # lists in lists in lists
_APPROXIMATELY = re.compile(r"(?:\\approx(?![a-zA-Z])|≈).*\Z", re.DOTALL)
# Numbers and the operations of arithmetic: a calculation that was left to the reader.
_OPERATOR = re.compile(r"[+*/:×÷x|!]|\\(?:times|cdot|div)|[0-9)]\s*-")
_CALCULATION = re.compile(r"(?:[0-9.,\s+\-*/:×÷()|!]|(?<=[0-9\s)])x(?=\s*[0-9(])|\\times|\\cdot|\\div)+")
# What only mathematics is written with; a word of three letters and more is a command or a name such as `sin`.
_MATHEMATICS = re.compile(r"[\x20-\x7e\sπ∞√∪∩∈≤≥≠×÷·±°∅α-ωΔ]*")
_WORD = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{4,}")
_FUNCTIONS = frozenset(("sinh", "cosh", "tanh", "sqrt", "arcsin", "arccos", "arctan", "infty"))
_FUNCTIONS |= {kind + "matrix" for kind in ("", "p", "b", "v", "B", "V")} | {"array", "cases", "aligned"}
# What holds for every value of an unknown needs no saying.
_FOR_ALL = re.compile(
    r"[\s,;(]*(?:(?<![^\W\d_])(?:for (?:all|every|any)|với mọi)(?![^\W\d_])|\\forall|∀).*\Z", re.DOTALL
)
# Blanks that say nothing: beside a sign, but not beside a mark that could then join two numbers.
_IDLE_BLANK = re.compile(r"(?<![\w.,])\s+|\s+(?![\w.,])")
_SIGNS = tuple(
    (re.compile(rf"\\(?:{names})(?![a-zA-Z])"), sign)
    for names, sign in (
        ("leq?|leqslant", "≤"),
        ("geq?|geqslant", "≥"),
        ("neq?", "≠"),
        ("lt", "<"),
        ("gt", ">"),
        ("forall", "∀"),
        ("exists", "∃"),
        ("in", "∈"),
        ("cup", "∪"),
        ("cap", "∩"),
        ("infty", "∞"),
        ("pi", "π"),
        ("pm", "±"),
        ("cdot|times", "×"),
        ("[dtc]frac", r"\\frac"),
    )
)


def judge(answer: str | Answer | None, gold: str | None, *, style: str = "vi") -> Verdict:
    """Is the answer what the gold says? `compare` without the sentence."""
    return compare(answer, gold, style=style).verdict


def compare(answer: str | Answer | None, gold: str | None, *, style: str = "vi") -> Comparison:
    r"""Compare an answer with the gold, exactly.

    Both are read in the same number style; `\boxed{…}` and anchors are taken off first. The gold decides how:

    - a choice (`B. 178`): by letter and text, none of which may contradict;
    - a word of judgement (`vô nghiệm`, `đúng`): by what it means;
    - several values (`{1; 2}`, `x = 1 hoặc x = 2`, `(3; 4)`): all of them and no other, in the gold's order unless it
      says that the order is free;
    - one number: as fractions, `1.500.000` is `1500000`, `0,5` is `1/2`. A missing unit is forgiven, a contradicting
      one is not, and units of one dimension are converted. `p%` meets a bare p/100 and a bare p;
    - anything else: as text, without case, white space and LaTeX dressing, and then as an expression, by math-verify
      when the extra `math` is installed.

    Args:
        answer: The answer's text, or what `find_answer` found; None or blank is no answer.
        gold: The right answer as the data set writes it.
        style: The data set's number style, `vi` or `en`.

    Returns:
        The verdict, and a sentence that says what was compared.

    Raises:
        BadParameter: unless the style is `vi` or `en`.
    """
    checked_style(style)
    given = answer.text if isinstance(answer, Answer) else answer
    if gold is None or is_blank(gold):
        return Comparison(Verdict.BAD_GOLD, "the gold is missing")
    if given is None or is_blank(given):
        return Comparison(Verdict.NO_ANSWER, "no answer")
    fault, why = _compared(unwrapped(given), unwrapped(gold), style)
    return Comparison(Verdict.WRONG if fault else Verdict.RIGHT, why)


def same_value(have: Number, want: Number) -> bool:
    """Whether two numbers are equal, units aside; `p%` equals a bare p/100 and a bare p."""
    if have.percent == want.percent:
        return have.value == want.value
    percent, bare = (have, want) if have.percent else (want, have)
    return bare.value in (percent.value, percent.value * 100)


def _compared(given: str, gold: str, style: str, depth: int = 0) -> tuple[bool, str]:
    """Whether the answer is not the gold, and the sentence that says why."""
    have, want = undressed(given), undressed(gold)
    if _same_text(have, want):
        return False, f"{_short(given)} is the gold"
    if choice := is_choice(want):
        return _compare_choice(given, gold, choice, style)
    if said := meaning(want):
        return meaning(have) != said, _verdict_of(given, gold, meaning(have) == said, "means", "does not mean")
    number = read_number(gold, style)
    # In English notation `5,1` lists two values, though as an answer it may be a Vietnamese decimal.
    several = read_several(gold, style) if depth < _MAX_DEPTH and (number is None or style == "en") else None
    if several:
        return _compare_several(given, gold, several, style, depth)
    if number is not None:
        return _compare_numbers(given, gold, number, style, {named(have)[0], named(want)[0]} - {""})
    return _compare_expressions(given, gold, style)


def _compare_choice(given: str, gold: str, want: Choice, style: str) -> tuple[bool, str]:
    """By letter, and by text where both have one; the text alone will do."""
    have = read_choice(undressed(given))
    if have is None:
        if not want.text:
            return True, f"{_short(given)} is not the choice {_short(gold)}"
        return _compared(given, want.text, style, depth=1)
    if have.letter != want.letter:
        return True, f"{_short(given)} is another choice than the gold {_short(gold)}"
    if have.text and want.text and _compared(have.text, want.text, style, depth=1)[0]:
        return True, f"{_short(given)} has another text than the gold {_short(gold)}"
    return False, f"{_short(given)} is the choice {_short(gold)}"


def _compare_several(given: str, gold: str, want: Several, style: str, depth: int) -> tuple[bool, str]:
    have = read_several(given, style)
    if have is None and want.kind == "set" and len(want.items) == 1:
        return _compared(given, want.items[0].text, style, depth + 1)
    if have is None:
        if want.kind in ("union", "interval") and not hedged(given):
            return _compare_expressions(given, gold, style)
        return True, f"{_short(given)} is not the {len(want.items)} values of the gold {_short(gold)}"
    fault = difference(have, want, lambda one, other: not _compared(one, other, style, depth + 1)[0])
    if fault:
        return True, f"{_short(given)} is not the gold {_short(gold)}: {fault}"
    return False, f"{_short(given)} has the values of the gold {_short(gold)}"


def _compare_numbers(given: str, gold: str, want: Number, style: str, unknowns: set[str]) -> tuple[bool, str]:
    have = read_number(given, style)
    if have is None:
        return _compare_unread(given, gold, want, style)
    if not _agree(have, want):
        return True, f"{_short(given)} has another unit than the gold {_short(gold)}"
    if not same_value(_converted(have, want), want) or (
        have.compound != want.compound and not (have.unit and want.unit)
    ):
        return True, f"{_read(given, have)} is not the gold {_read(gold, want)}"
    if len(unknowns) > 1:
        return True, f"{_short(given)} names another unknown than the gold {_short(gold)}"
    return False, f"{_short(given)} equals the gold {_short(gold)}"


def _compare_unread(given: str, gold: str, want: Number, style: str) -> tuple[bool, str]:
    """A gold that is a number, and an answer that is not read as one: a choice, an equation, or an expression."""
    plain = undressed(given)
    choice = read_choice(plain)
    if choice and choice.text and given[:1].isupper():
        return _compared(choice.text, gold, style, depth=1)
    left, equals, right = plain.rpartition("=")
    if equals and _CALCULATION.fullmatch(left) and read_number(left, style) is None:  # `28 + 32 = 60`
        return _compare_numbers(right.strip(), gold, want, style, set())
    if _CALCULATION.fullmatch(plain) and _OPERATOR.search(plain):
        return True, f"{_short(given)} leaves the calculation to do"
    if want.unit or hedged(given) or read_several(given, style) or not _is_mathematics(plain):
        return True, f"{_short(given)} does not read as the gold {_short(gold)} as one number"
    return _compare_expressions(given, gold, style)


def _compare_expressions(given: str, gold: str, style: str) -> tuple[bool, str]:
    r"""As expressions; of `\frac{\sqrt{3}}{3} \approx 0,58` the exact side is the statement."""
    have, want = (_statement(undressed(text)) for text in (given, gold))
    if _same_text(have, want):
        return False, f"{_short(given)} is the gold"
    if not (_is_mathematics(have) and _is_mathematics(want)):
        return True, f"{_short(given)} does not read as the gold {_short(gold)}"
    result = same_expression(have, want, style=style)
    return not result.equal, f"{_short(given)} and the gold {_short(gold)}: {result.why}"


def _statement(text: str) -> str:
    """An expression without the approximation behind it and without `for all x`."""
    for extra in (_FOR_ALL, _APPROXIMATELY):
        kept = text[: found.start()].strip() if (found := extra.search(text)) else ""
        text = kept if len(named(kept)[1]) > 1 and not kept.endswith("=") else text
    return text


def _same_text(one: str, other: str) -> bool:
    """Without case, blanks that say nothing, and the several names of one sign."""
    one, other = folded(one), folded(other)
    return one == other or ("\\" in one + other and _plain(one) == _plain(other))


def _plain(text: str) -> str:
    for pattern, sign in _SIGNS:
        text = pattern.sub(sign, text)
    return _IDLE_BLANK.sub("", text)


def _is_mathematics(text: str) -> bool:
    """Whether a text can be one expression: no words but names of functions, no second line."""
    if "\n" in text.strip() and "\\begin" not in text:
        return False
    return _MATHEMATICS.fullmatch(text) is not None and all(w.lower() in _FUNCTIONS for w in _WORD.findall(text))


def _agree(have: Number, want: Number) -> bool:
    """Whether units do not contradict each other: one is missing, or both measure the same. Percent is a unit, too."""
    if have.percent != want.percent:
        return have.unit is None and want.unit is None
    return have.unit is None or want.unit is None or conversion(have.unit, want.unit) is not None


def _converted(have: Number, want: Number) -> Number:
    """The number in the unit of the other one, where both have one."""
    if have.unit is None or want.unit is None or same_unit(have.unit, want.unit):
        return have
    factor = conversion(have.unit, want.unit)
    return Number(have.value * factor, want.unit) if factor else have


def _verdict_of(given: str, gold: str, right: bool, yes: str, no: str) -> str:
    return f"{_short(given)} {yes if right else no} the gold {_short(gold)}"


def _read(text: str, number: Number) -> str:
    """A text and the value it was read as, unless it is plainly that."""
    value = str(number.value)
    return _short(text) if value == text else f"{_short(text)} (read as {value:.60})"


def _short(text: str) -> str:
    """A text as it is shown in a sentence: quoted, at most 60 characters."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
