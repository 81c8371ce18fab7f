"""Words with which an assertion is taken back, doubted or left open.

Example row: `không phải 5`, `5 hoặc 6`, `khoảng 5`, `5?` assert no single number.
"""

import re

from vireward.spelling import folded, words_of

_HEDGES = (
    "không chưa chẳng chả đừng hoặc hay có|thể có|lẽ có|khi có|vẻ lẽ|ra chắc chừng gần ngót xấp|xỉ ước|tính "
    "ước|chừng ước|lượng áng tầm hình|như dường|như nhưng sai nhầm đoán nghĩ ngờ nếu khác giả|sử trái|lại "
    "ngược|lại tùy "
    "or not no either neither nor maybe perhaps possibly probably likely about approx approximately roughly around "
    "almost nearly but wrong incorrect if unless guess think unsure might could cannot"
)
HEDGE_WORDS = words_of(_HEDGES.replace("|", " ")) | {"khoảng"}  # every word that a hedge can hold
_ABOUT = (
    r"\bkhoảng\b(?! (?:cách|thời gian)\b| ?[(\[][^()\[\]]*[;,])"  # "about", but not a distance, a time or an interval
)
_HEDGE = re.compile(
    rf"[?~≈≠±]|\(\s*(?:loại|vô l[ýí]|ktm)\s*\)|n't\b|{_ABOUT}"
    rf"|\b(?:{'|'.join(h.replace('|', ' ') for h in _HEDGES.split())})\b"
)


def hedged(text: str) -> bool:
    """Whether a text negates, doubts, or offers an alternative.

    >>> hedged("đáp án có thể là"), hedged("vậy đáp án là")
    (True, False)
    """
    return _HEDGE.search(folded(text)) is not None
