r"""Answers of several values: lists, sets, tuples, intervals and their unions.

Example rows (text, style → kind, items):

    27; 43; 50           any → list in the order of writing
    7, 11 và 15          any → the same
    x = 1 hoặc x = 2     any → list in any order
    \{1; 2\}             any → set, any order
    (-6; 1) · (-6,1)     any → tuple
    [1; 2) · (0; +∞)     any → interval or tuple: the brackets count
    1,5; 2,5             vi  → 1,5 and 2,5
    5,1                  en  → 5 and 1          (in vi it is the number 5,1)
    An: 24, Bình: 16     any → named items
    An: 24⏎Bình: 16      any → the same
    252 (dư 4)           any → 252 and 4

Work is bounded: at most `MAX_ITEMS` items in a text of `MAX_TEXT` characters.
"""

import re
from typing import NamedTuple

from vireward.answers.conditions import solved, solved_both
from vireward.answers.dressing import undressed
from vireward.answers.hedges import hedged
from vireward.answers.lines import in_one_line
from vireward.quantities.digits import groups_by, plain_value

MAX_ITEMS = 64
MAX_TEXT = 2_000  # characters

_OPEN, _CLOSE = "([{", ")]}"
_UNION = re.compile(r"\\cup(?![a-zA-Z])|∪")
_EITHER = re.compile(r"(?<![^\W\d_])(?:hoặc|hay|or)(?![^\W\d_])")
_BOTH = re.compile(r"(?<![^\W\d_])(?:và|and)(?![^\W\d_])")
_CONJUNCTION = re.compile(rf"{_BOTH.pattern}|∧|\\(?:land|wedge)(?![a-zA-Z])")
_PLUS_MINUS = re.compile(r"\\pm(?![a-zA-Z])|±|\+-|\+/-")
_DIGITS = re.compile(r"[0-9]+(?:[.,][0-9]+)+")
_VECTOR = r"\\(?:vec|overrightarrow)\s?\{\w{1,3}\}"
# `S =`, `x ∈`, `(x; y) =` and `tập nghiệm là` before a bracket; anything else says something about it.
_OUTER_NAME = re.compile(
    rf"\s*([^=∈;{{\[]{{0,40}}?|\([^()=]{{1,40}}\)|{_VECTOR})\s*(?:=|∈|\\in(?![a-zA-Z])|\blà\b)\s*(?=\\?[(\[{{])",
    re.IGNORECASE,
)
_SET_NAME = re.compile(
    r"|(?:(?:vậy|suy ra) )?(?:tập (?:nghiệm|hợp|xác định|giá trị)|nghiệm|kết quả)?(?:\s*(?:của \w+ )?(?:là)?:?)?"
    r"\s*(?:[a-zA-Z](?:_?\{?\w\}?)?'?)?|\(\s*[a-zA-Z]\w?(?:\s*[;,]\s*[a-zA-Z]\w?)+\s*\)"
    rf"|{_VECTOR}",
    re.IGNORECASE,
)
_POINT = re.compile(r"((?:điểm )?[A-Z]'?)\s*(?=\()")  # `A(1; -2)`
_NAMED = re.compile(r"\s*([^=:;≠<>≤≥]{1,60}?)\s*[=:](?![=:])\s*([^=]+)\Z")
_SAID = re.compile(r"\s*([^\W\d_][^=:;\d]{0,40}?)\s+(?:là|có|bằng)\s+(\S.*)\Z")  # `số lớn là 24`
# The unknown, function or thing that a value belongs to; not a multiple, a power or a negation of it.
_NAME = re.compile(
    r"\\?[a-zα-ω](?:_(?:\w|\{\w+\})|\d)?'?(?:\s*\(\w{1,3}\))?|[^\W\d_]+(?:\s+[\w']+){0,5}", re.IGNORECASE
)
_INDEX = re.compile(r"(?<=^[xyzt])_?\{?\d\}?$")  # `x_1` and `x_2` are two values of x; `u_1` and `u_5` are two things
_REJECTED = re.compile(r"\(\s*(?:loại|vô lý|vô lí|ktm|không (?:thỏa mãn|thoả mãn|tm|nhận))\s*\)", re.IGNORECASE)
_REMAINDER = re.compile(r"([^(),;]+?)\s*[(,;]?\s*dư\s+([^()]+?)\s*\)?")  # `252 (dư 4)`
_CONDITION = re.compile(r"\||\\mid(?![a-zA-Z])|:.*(?:[<>≤≥≠∈]|\\(?:[lg]e|ne|in))", re.DOTALL)
# `S = {x | x > 2}`, `{x ∈ R : x > 2}`
_BUILT = re.compile(
    r"(?:[A-Z]\s*=\s*)?\{\s*[a-z]\s*(?:(?:∈|\\in)\s*(?:ℝ|R|\\mathbb\s*\{?R\}?)\s*)?(?:\||\\mid|:)(.*)\}", re.DOTALL
)
_JOINT = re.compile(r"\s*(?:[,;]|(?<![^\W\d_])(?:và|hoặc|hay|and|or)(?![^\W\d_]))\s*")


class Item(NamedTuple):
    """One value of several, with the name that the text gives it, if any."""

    text: str
    name: str = ""


class Several(NamedTuple):
    """Several values: how they are written, and whether their order counts."""

    kind: str
    items: tuple[Item, ...]
    ordered: bool
    brackets: str = ""
    either: bool = False  # alternatives: "hoặc" stands between them, or ± in them
    of: str = ""  # the unknowns that a tuple gives values to, `(x; y)`, or the one that inequalities bound


def read_several(text: str, style: str) -> Several | None:
    """Read a text as several values; None when it states one, or no more than `MAX_ITEMS` can hold.

    >>> [item.text for item in read_several("(2,5; 3)", "vi").items]
    ['2,5', '3']
    """
    if len(text) > MAX_TEXT:
        return None
    plain = in_one_line(undressed(text)).replace("\t", " ").replace("\\{", "{").replace("\\}", "}").strip()
    of = ""
    outer = _OUTER_NAME.match(plain) or _POINT.match(plain)
    if outer and (bracketed(plain[outer.end() :]) or _UNION.search(plain)):
        if not (_SET_NAME.fullmatch(outer[1]) or _POINT.match(plain)):
            return None
        plain, of = plain[outer.end() :], outer[1] if outer[1].startswith("(") else ""
    read = _read(plain, style)
    return read._replace(of="".join(of.split()).replace(",", ";")) if read and of else read


def without_rejected(text: str) -> str:
    """A text without the values that it rejects itself, unless none is left.

    >>> without_rejected("x = 1 (loại), x = 2")
    'x = 2'
    """
    if len(text) > MAX_TEXT or not _REJECTED.search(text):
        return text
    return "; ".join(part for part in _JOINT.split(text) if not _REJECTED.search(part)) or text


def as_interval(text: str, style: str) -> Several | None:
    """A solved inequality, or two that bound one unknown, as the interval that they mean; None for any other text.

    >>> as_interval("x ≥ 2,5", "vi").brackets, as_interval("x ≥ 2,5 và x ≤ 3", "vi").brackets
    ('[)', '[]')
    """
    if len(text) > MAX_TEXT:
        return None
    built = _BUILT.fullmatch(text.replace("\\{", "{").replace("\\}", "}"))
    said = built[1] if built else text
    condition = solved_both(*bounds) if len(bounds := _CONJUNCTION.split(said)) == 2 else solved(said)
    if condition is None or condition[1][0] == "{":
        return None
    read = _read(condition[1], style)
    return read._replace(of=condition[0]) if read else None


def _read(plain: str, style: str) -> Several | None:
    depths = _depths(plain)
    if not depths:
        return None
    parts = _split(plain, depths, _UNION)
    if 1 < len(parts) <= MAX_ITEMS and all(parts):
        return Several("union", tuple(map(Item, parts)), ordered=False)
    if bracketed(plain):
        return _in_brackets(plain, style)
    if remainder := _REMAINDER.fullmatch(plain):
        return Several("list", tuple(map(Item, remainder.groups())), ordered=True)
    return _listed(plain, depths, style)


def _in_brackets(text: str, style: str) -> Several | None:
    inner, brackets = text[1:-1], text[0] + text[-1]
    if (brackets[0] == "{") != (brackets[1] == "}"):
        return None
    items = _items(inner, style, in_brackets=True)
    if len(items) == 1 and brackets == "{}":
        items = _signs(items[0])
    if len(items) > MAX_ITEMS or len(items) < (1 if brackets == "{}" else 2):
        return None
    if brackets == "{}":  # `{x | x > 2}` lists nothing
        return None if _CONDITION.search(inner) else Several("set", _named(items), ordered=False, brackets=brackets)
    kind = "tuple" if brackets == "()" else "interval" if len(items) == 2 else "list"
    return Several(kind, _named(items), ordered=True, brackets=brackets)


def _listed(text: str, depths: list[int], style: str) -> Several | None:
    either = [part for part in _split(text, depths, _EITHER) if part]
    inner = [_items(part, style) for part in either]
    # "2, 3 hoặc 4" is one list; "x = 1; y = 2 hoặc x = 3; y = 4" has two solutions of two values each.
    items = [item for part in inner for item in part] if min(map(len, inner), default=0) < 2 else either
    if len(either) == 1:
        items = inner[0]
    if len(items) < 2:
        items = either = _signs(text)
    if not 1 < len(items) <= MAX_ITEMS:
        return None
    if len(either) > 1 and (union := _union_of(items)):
        return union
    named = _named(items)
    names = {item.name for item in named}
    free = len(either) > 1 or (len(names) == 1 and names != {""}) or all(map(bracketed, items))
    return Several("list", named, ordered=not free, either=len(either) > 1)


def _union_of(items: list[str]) -> Several | None:
    """`x ≤ -2 hoặc x = 1` as a union of intervals; None unless all are conditions of one unknown, one an inequality."""
    conditions = [condition for item in items if (condition := solved(item))]
    if len(conditions) < len(items) or len({unknown for unknown, _ in conditions}) > 1:
        return None
    if all(interval.startswith("{") for _, interval in conditions):
        return None
    return Several("union", tuple(Item(interval) for _, interval in conditions), ordered=False, of=conditions[0][0])


def _signs(text: str) -> list[str]:
    """The two values of `1 ± 2`; a name before them stands for both."""
    found = list(_PLUS_MINUS.finditer(text))
    if len(found) != 1:
        return [text]
    before, after = text[: found[0].start()], text[found[0].end() :]
    if not after.strip():
        return [text]
    return [f"{before}{sign if before.strip() or sign == '-' else ''}{after}".strip() for sign in "+-"]


def _items(text: str, style: str, *, in_brackets: bool = False) -> list[str]:
    """The texts between the separators outside all brackets: semicolons and "và"; commas where no semicolon is."""
    depths = _depths(text)
    cuts = [(i, i + 1) for i, char in enumerate(text) if char == ";" and depths[i] == 0]
    if not cuts:
        cuts = [(i, i + 1) for i in _commas(text, style, in_brackets=in_brackets) if depths[i] == 0]
    cuts += [match.span() for match in _BOTH.finditer(text) if depths[match.start()] == 0]
    items, start = [], 0
    for begin, end in sorted(cuts):
        items.append(text[start:begin].strip())
        start = end
    items.append(text[start:].strip())
    return [item for item in items if item]  # "1, 2, và 3" has two separators between the last two


def _commas(text: str, style: str, *, in_brackets: bool) -> list[int]:
    """Offsets of the commas that separate: not those of a decimal or of a group.

    Between brackets a comma separates, unless others that a blank follows do: `(2,5)` is a pair, `(2,5, 3,5)` too.
    """
    marks: set[int] = set()
    for token in _DIGITS.finditer(text) if not in_brackets or ", " in text else ():
        english_pair = style == "en" and groups_by(token[0]) == "vi" and not token[0].startswith("0,")
        if plain_value(token[0], style) is not None and not english_pair:
            marks.update(range(*token.span()))
    return [i for i, char in enumerate(text) if char == "," and i not in marks]


def _named(items: list[str]) -> tuple[Item, ...]:
    """Items with their names: `x = 1`, `An: 24`."""
    found = []
    for item in items:
        match = _NAMED.match(item) or _SAID.match(item)
        if match and _NAME.fullmatch(match[1].strip()) and not hedged(match[1]):
            name = match[1].strip()
            found.append(Item(match[2].strip(), _INDEX.sub("", name if len(name) == 1 else name.casefold())))
        else:
            found.append(Item(item))
    return tuple(found)


def _depths(text: str) -> list[int]:
    """How many brackets are open around each character; [] when they do not match."""
    depth, depths = 0, []
    for char in text:
        depth -= char in _CLOSE
        if depth < 0:
            return []
        depths.append(depth)
        depth += char in _OPEN
    return depths if depth == 0 else []


def bracketed(text: str) -> bool:
    """Whether one pair of brackets stands around the whole text."""
    text = text.strip()
    if len(text) < 2 or text[0] not in _OPEN or text[-1] not in _CLOSE:
        return False
    depths = _depths(text)
    return bool(depths) and 0 not in depths[1:-1]


def _split(text: str, depths: list[int], pattern: re.Pattern[str]) -> list[str]:
    """The texts between the matches of a pattern outside all brackets."""
    parts, start = [], 0
    for match in pattern.finditer(text):
        if depths[match.start()] == 0:
            parts.append(text[start : match.start()].strip())
            start = match.end()
    return [*parts, text[start:].strip()]
