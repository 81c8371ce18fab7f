"""Answers that are a word of judgement: yes and no, no solution, every number a solution.

Example row: `Phương trình vô nghiệm.`, `S = ∅` and `không có nghiệm` say the same.
"""

import re

from vireward.spelling import folded

_PHRASES = {
    "yes": "có|đúng|đúng vậy|phải|vâng|yes|true|correct",
    "no": "không|sai|không đúng|không thể|không phải|no|false|incorrect",
    "no solution": (
        r"vô nghiệm|không có nghiệm(?: nào| thực)?|không có giá trị nào(?: của [a-z])?|không tồn tại|"
        r"tập rỗng|tập hợp rỗng|rỗng|∅|\\emptyset"
        r"|\\varnothing|\{\}|\\\{\s?\\\}|no solutions?|no real solutions?|empty set|the empty set"
    ),
    "all solutions": (
        "vô số nghiệm|có vô số nghiệm|vô số|nghiệm đúng với mọi x|infinitely many|infinitely many solutions"
    ),
}
# What may be said to have no solution: an equation, or a set that is named.
_EQUATION = "(?:(?:(?:hệ |bất )?(?:phương trình|pt|bpt|hpt)|hệ)(?: đã cho| này)? )?"
_SET = r"(?:(?:tập nghiệm (?:là )?)?(?:[a-z] ?(?:=|∈|\\in) ?)?)?"
_SUBJECTS = {"no solution": f"(?:{_EQUATION}|{_SET})", "all solutions": _EQUATION}
_MEANINGS = [
    (meaning, re.compile(rf"\$?{_SUBJECTS.get(meaning, '')}(?:{phrases})\$?[.!]?"))
    for meaning, phrases in _PHRASES.items()
]
_LONGEST = 80  # characters


def meaning(text: str) -> str | None:
    """What a whole text says as a word of judgement; None for any other text.

    >>> meaning("Phương trình vô nghiệm."), meaning("S = ∅"), meaning("không có 5")
    ('no solution', 'no solution', None)
    """
    if len(text) > _LONGEST:
        return None
    plain = folded(text)
    return next((name for name, pattern in _MEANINGS if pattern.fullmatch(plain)), None)
