"""Multiple choice: the letter of an answer and the text of the choice.

Example rows (text → letter, text):

    B                     B
    (b) · Chọn B.         B
    B. 178 · (B) 178      B, 178
    B hoặc C · (B) là sai no choice
"""

import re
from typing import NamedTuple

from vireward.answers.hedges import hedged
from vireward.answers.structures import bracketed

# Atomic, so that a text that repeats these words is walked once.
_LEAD = (
    r"(?>(?:vậy )?(?:ta )?"
    r"(?:(?:đáp án|phương án|câu|ý|chọn|lựa chọn|option|choice|answer)(?: đúng)?(?: là)?[ :]*)+)?"
)
_LETTER = r"\**(?P<letter>[A-Ha-h])\**"
_ALONE = re.compile(rf"{_LEAD}\(?\s*{_LETTER}\s*\)?\s*[.):]?\**\s*\Z", re.IGNORECASE)
_WITH_TEXT = re.compile(
    rf"{_LEAD}(?P<opened>\(\s*)?{_LETTER}\**\s*(?:[.:]\**|(?P<closed>\))[.:]?)\s*(?P<text>\S.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
# Behind a letter: another choice, or words about this one. `A. Sai` is a choice, `(A) là sai` is none.
# Words behind which letters are no choices: `D. Cả A và B`, `C. Góc A và B bằng nhau`.
_JOINED = "[Cc]ả|[Gg]óc|[Đđ]iểm|[Cc]ạnh|[Đđ]ường|[Đđ]oạn|[Bb]oth"
_ANOTHER = re.compile(
    r"(?:^|\W)[A-H]\**\s?[.):]+(?:[\s*]|$)|\s[A-H][.)]\d|\b(?:hoặc|hay|or)\s+\(?[A-H]\b|^\W*[A-H]\W*$"
    rf"|\A(?!.*\b(?:{_JOINED})\b).*\b(?:và|and)\s+\(?[A-H]\b",
    re.DOTALL,
)
_ASIDE = re.compile(r"[,;/|?≈~]|(?:là|hoặc|hay|nhưng|chứ|mà|or|và|and|is|but)\b", re.IGNORECASE)
_LETTERS = re.compile(
    r"[A-H\W]+|.*\b(?:không phải|chọn|đáp án|phương án|có thể là)\s+\(?[A-H]\b.*", re.IGNORECASE | re.DOTALL
)
# What takes a choice back or leaves it open, in words that are no likely text of a choice; likely ones are "không",
# "hoặc", "chỉ A đúng" and "có thể là hình vuông".
_DOUBTED = re.compile(
    r"\b(?:nhầm(?! lẫn)|có thể (?:là )?(?-i:[A-H])|có lẽ|chưa chắc|không chắc|không biết|chả biết|hình như|chắc là"
    r"|(?:tôi|em|mình) đoán|đoán (?:là|bừa|mò)|không phải (?:là )?(?:đáp án|phương án)|đáp án khác"
    r"|mới đúng|mới là đáp án|not sure|maybe|perhaps|i think|i guess|wrong choice|on second thought)\b",
    re.IGNORECASE,
)
_SAYING = re.compile(r"\w|[∅∞]")
_LONGEST = 2_000  # characters


class Choice(NamedTuple):
    """A choice: its letter in upper case, and its text, empty when only the letter stands there."""

    letter: str
    text: str = ""


def read_choice(text: str) -> Choice | None:
    """Read a canonical text as one choice; None when it is none, or names several.

    >>> read_choice("(b)"), read_choice("B. 178"), read_choice("B hoặc C"), read_choice("178")
    (Choice(letter='B', text=''), Choice(letter='B', text='178'), None, None)
    """
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    while len(text) > 2 and text[0] == text[-1] and text[0] in "$*":
        text = text[1:-1].strip()
    if alone := _ALONE.match(text):
        return Choice(alone["letter"].upper())
    found = _WITH_TEXT.match(text)
    said = "" if found is None else _without_bracket(found)
    if found is None or not _SAYING.search(said) or _ASIDE.match(said) or _ANOTHER.search(said):
        return None
    return Choice(found["letter"].upper(), said)


def _without_bracket(found: re.Match[str]) -> str:
    """The text of a choice; a bracket that opens before the letter and closes behind the text is around both."""
    text = found["text"].strip()
    around = found["opened"] and not found["closed"] and text.endswith(")") and bracketed(f"({text}")
    return text[:-1].rstrip() if around else text


def is_choice(gold: str) -> Choice | None:
    """The choice that a gold names; a lower-case letter alone is more often an unknown, and a hedge is no gold."""
    choice = read_choice(gold)
    return None if choice is None or (not choice.text and (gold.strip().islower() or hedged(gold))) else choice


def names_another(text: str) -> bool:
    """Whether the text of an answer's choice names letters instead, or takes the choice back."""
    return bool(text) and (_LETTERS.fullmatch(text) is not None or _DOUBTED.search(text) is not None)
