"""Answer × gold → Verdict: the only place that knows what "correct" means."""

import re
from collections.abc import Callable, Collection

from vireward.answers.arithmetic import calculated
from vireward.answers.choices import Choice, is_choice, names_another, read_choice
from vireward.answers.dressing import undressed
from vireward.answers.expressions import is_mathematics, same_notation, same_text, statement
from vireward.answers.hedges import hedged
from vireward.answers.matching import difference
from vireward.answers.names import named
from vireward.answers.phrases import meaning
from vireward.answers.structures import Several, as_interval, read_several, without_rejected
from vireward.extract import unwrapped
from vireward.layout.visible import is_blank
from vireward.numerals import Number, read_number
from vireward.quantities.digits import MAX_LENGTH, checked_style, plain_value
from vireward.quantities.same_number import number_fault
from vireward.records import Answer, Comparison, Verdict
from vireward.symbolic import same_expression

_MAX_ANSWER, _TIMES = 1_000, 4  # characters of an answer, and how many times as long as the gold it may be
_MAX_DEPTH = 3  # lists in lists in lists
# What is still to be done in an expression: an integral, a sum, a product, a limit, a derivative.
_UNDONE = re.compile(r"\\(?:int|sum|prod|lim)(?![a-zA-Z])|\\frac\s*\{\s*d\b|∫|∑|∏")
# A gold that is certainly one number: no choice, no word, no list in either style, but for an English comma.
_ONE_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)*(?:/[0-9]+| ?%)?|-?\\[dt]?frac\{[0-9]+\}\{[0-9]+\}")
_RATIO = re.compile(r"[0-9.,]+(?:\s*:\s*[0-9.,]+){2,}")  # `2:3:4`; of two terms it is a quotient
_RESTATED = re.compile(r"([^()]*[^()\s])\s*\(([^()]+)\)")  # `1.500.000 đồng (1,5 triệu đồng)`
_BRACKETED_TOP = re.compile(r"\(\s*(-?[0-9][0-9.,]*)\s*\)\s*(/\s*[0-9][0-9.,]*)\Z")
_SIGNED_BRACKET = re.compile(r"([+-]?)\s*\(([^()]*(?:/|\\[dtc]?frac)[^()]*|\s*-[0-9., ]+)\)\Z")


def judge(answer: str | Answer | None, gold: str | None, *, style: str = "vi") -> Verdict:
    """Is the answer what the gold says? `compare` without the sentence."""
    return compare(answer, gold, style=style).verdict


def compare(answer: str | Answer | None, gold: str | None, *, style: str = "vi") -> Comparison:
    r"""Compare an answer with the gold, exactly.

    Both are read in the same number style; `\boxed{…}` and anchors are taken off first. The gold decides how:

    - a choice (`B. 178`): by letter and text, none of which may contradict;
    - a word of judgement (`vô nghiệm`, `đúng`): by what it means;
    - several values (`{1; 2}`, `x = 1 hoặc x = 2`, `(3; 4)`): all of them and no other, in the gold's order unless it
      says that the order is free; intervals also as solved inequalities;
    - one number: by a number, as fractions, `1.500.000` is `1500000`, `0,5` is `1/2`. A missing unit is forgiven, a
      contradicting one is not, and units of one dimension are converted. `p%` meets a bare p/100 and a bare p;
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
    return compare_stated(unwrapped(given), unwrapped(gold), style)


def compare_stated(
    given: str, gold: str, style: str, read: Callable[[str, str], Number | None] = read_number
) -> Comparison:
    """`compare` for texts that `unwrapped` gave, neither of them blank.

    Args:
        given: The answer's text.
        gold: The right answer.
        style: The number style, `vi` or `en`.
        read: Reads a number in a style; `read_number`, or one that remembers.
    """
    want = read(gold, style)
    if len(given) > longest_answer(gold, of_number=want is not None):
        return Comparison(Verdict.WRONG, f"{_short(given)} is too long to be the gold {_short(gold)}")
    if want is not None and is_one_number(gold, style):
        # `_compared` would come to the same, by way of all that a gold can be.
        if given == gold:
            return Comparison(Verdict.RIGHT, f"{_short(given)} is the gold")
        kept = without_rejected(given)
        fault, why = _compare_numbers(kept, gold, read(kept, style), want, style)
        return Comparison(Verdict.WRONG if fault else Verdict.RIGHT, why)
    fault, why = _compared(given, gold, style)
    return Comparison(Verdict.WRONG if fault else Verdict.RIGHT, why)


def longest_answer(gold: str, *, of_number: bool) -> int:
    """How many characters an answer may have to be the gold."""
    return max(MAX_LENGTH if of_number else _MAX_ANSWER, _TIMES * len(gold))


def is_one_number(gold: str, style: str) -> bool:
    """Whether a gold, read as a number, is certainly that and nothing else, so that its number decides alone."""
    return _ONE_NUMBER.fullmatch(gold) is not None and not (style == "en" and "," in gold)  # a list of two, there


def _compared(given: str, gold: str, style: str, depth: int = 0) -> tuple[bool, str]:
    """Whether the answer is not the gold, and the sentence that says why."""
    have, want = undressed(given), undressed(gold)
    if same_text(have, want):
        return False, f"{_short(given)} is the gold"
    if same_notation(have, want, style):
        return False, f"{_short(given)} equals the gold {_short(gold)}"
    given = without_rejected(given)
    if choice := is_choice(want):
        return _compare_choice(given, gold, choice, style)
    if said := meaning(want):
        same = meaning(have) == said
        return not same, f"{_short(given)} {'means' if same else 'does not mean'} the gold {_short(gold)}"
    number = read_number(gold, style)
    # In English notation `5,1` lists two values, though as an answer it may be a Vietnamese decimal.
    several = _several(gold, style) if depth < _MAX_DEPTH and (number is None or style == "en") else None
    if several:
        return _compare_several(given, gold, several, style, depth)
    if number is not None:
        unknowns = {named(have)[0], named(want)[0]} - {""}
        return _compare_numbers(given, gold, read_number(given, style), number, style, unknowns, depth)
    return _compare_expressions(given, gold, style)


def _several(text: str, style: str) -> Several | None:
    """Several values, or solved inequalities as the interval that they mean."""
    plain = statement(undressed(text))
    return as_interval(plain, style) or read_several(plain, style)


# --- a choice ---


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
    if not want.text and names_another(have.text):
        return True, f"{_short(given)} names another choice beside {want.letter}"
    return False, f"{_short(given)} is the choice {_short(gold)}"


# --- several values ---


def _compare_several(given: str, gold: str, want: Several, style: str, depth: int) -> tuple[bool, str]:
    have = _several(given, style)
    if have is None and want.kind == "set" and len(want.items) == 1:
        return _compared(given, want.items[0].text, style, depth + 1)
    if have is None:
        return True, f"{_short(given)} is not the {len(want.items)} values of the gold {_short(gold)}"
    fault = difference(have, want, lambda one, other: not _compared(one, other, style, depth + 1)[0])
    if fault:
        return True, f"{_short(given)} is not the gold {_short(gold)}: {fault}"
    return False, f"{_short(given)} has the values of the gold {_short(gold)}"


# --- one number ---


def _compare_numbers(
    given: str,
    gold: str,
    have: Number | None,
    want: Number,
    style: str,
    unknowns: Collection[str] = (),
    depth: int = 0,
) -> tuple[bool, str]:
    if have is None:
        return _compare_unread(given, gold, want, style, depth)
    fault = number_fault(have, want)
    if fault == "unit":
        return True, f"{_short(given)} has another unit than the gold {_short(gold)}"
    if fault == "value":
        return True, f"{_read(given, have)} is not the gold {_read(gold, want)}"
    if len(unknowns) > 1:
        return True, f"{_short(given)} names another unknown than the gold {_short(gold)}"
    return False, f"{_short(given)} equals the gold {_short(gold)}"


def _compare_unread(given: str, gold: str, want: Number, style: str, depth: int) -> tuple[bool, str]:
    """A gold that is a number, and an answer that is not read as one: a number in a frame, or a calculation."""
    plain = undressed(given)
    framed = _framed(plain, style) if depth < _MAX_DEPTH else None
    if framed is not None:
        return _compared(framed, gold, style, depth + 1)
    if bracket := _SIGNED_BRACKET.match(plain) or _BRACKETED_TOP.match(plain):
        return _compare_part(f"{bracket[1]}{bracket[2]}", gold, want, style)
    value = named(plain)[1]
    *steps, result = value.split("=")
    if steps and _is_done(steps, result, style):  # 28 + 32 = 60
        return _compare_part(result.strip(), gold, want, style)
    if (twice := _RESTATED.fullmatch(value)) and _is_done([twice[2]], twice[1], style):  # 12 (mười hai)
        return _compare_part(twice[1], gold, want, style)
    kept = statement(plain)
    if kept != plain and read_number(kept, style):  # f(x) = 1 với mọi x
        return _compare_part(kept, gold, want, style)
    if calculated(value, style):
        return True, f"{_short(given)} leaves the calculation to do"
    return True, f"{_short(given)} does not read as the gold {_short(gold)} as one number"


def _compare_part(part: str, gold: str, want: Number, style: str) -> tuple[bool, str]:
    """The part of an answer that states its value; it is looked into no further."""
    return _compare_numbers(part, gold, read_number(part, style), want, style, depth=_MAX_DEPTH)


def _framed(plain: str, style: str) -> str | None:
    """The text of a choice, or the only value of a set: `B. 178`, `(B) 178`, `S = {3}`."""
    choice = read_choice(plain) if plain.lstrip("(* \t")[:1].isupper() else None
    if choice and choice.text:
        return choice.text
    several = read_several(plain, style) if "{" in plain else None
    return several.items[0].text if several and several.kind == "set" and len(several.items) == 1 else None


def _is_done(steps: list[str], result: str, style: str) -> bool:
    """Whether calculations, or quantities in other units, all have the value behind the last equals sign."""
    number = read_number(result.strip(), style)
    return number is not None and all(
        number.value in calculated(step, style) or _is_number(step, number, style) for step in steps
    )


def _is_number(text: str, number: Number, style: str) -> bool:
    read = read_number(text.strip(), style)
    return read is not None and number_fault(read, number) is None


# --- anything else ---


def _compare_expressions(given: str, gold: str, style: str) -> tuple[bool, str]:
    r"""As expressions; of `\frac{\sqrt{3}}{3} \approx 0,58` the exact side is the statement."""
    have, want = (statement(undressed(text)) for text in (given, gold))
    if same_text(have, want):
        return False, f"{_short(given)} states the gold"
    if hedged(have) or not (is_mathematics(have) and is_mathematics(want)):
        return True, f"{_short(given)} does not read as the gold {_short(gold)}"
    if _UNDONE.search(have.rpartition("=")[2]) and not _UNDONE.search(want):
        return True, f"{_short(given)} leaves the calculation to do"
    if _RATIO.fullmatch(have) or _RATIO.fullmatch(want):
        return _compare_ratios(given, gold, have, want, style)
    result = same_expression(have, want, style=style)
    return not result.equal, f"{_short(given)} and the gold {_short(gold)}: {result.why}"


def _compare_ratios(given: str, gold: str, have: str, want: str, style: str) -> tuple[bool, str]:
    """`4:6:8` is `2:3:4`: as many terms, and all of them multiplied by one number."""
    ratios = [[plain_value(term.strip(), style) for term in side.split(":")] for side in (have, want)]
    terms = [[term for term in ratio if term] for ratio in ratios]
    complete = len(terms[0]) == len(terms[1]) == len(ratios[0]) == len(ratios[1])
    if complete and len({a / b for a, b in zip(*terms, strict=True)}) == 1:
        return False, f"{_short(given)} is in the ratio of the gold {_short(gold)}"
    return True, f"{_short(given)} is not in the ratio of the gold {_short(gold)}"


# --- words ---


def _read(text: str, number: Number) -> str:
    """A text and the value it was read as, unless it is plainly that."""
    value = str(number.value)
    return _short(text) if value == text else f"{_short(text)} (read as {value:.60})"


def _short(text: str) -> str:
    """A text as it is shown in a sentence: quoted, at most 64 characters, escapes included."""
    shown = repr(text if len(text) <= 60 else text[:57] + "...")
    return shown if len(shown) <= 64 else f"{shown[:60]}...{shown[0]}"
