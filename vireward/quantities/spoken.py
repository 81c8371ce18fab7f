"""A number as it is said in Vietnamese: the writer beside the reader of `number_words`.

Example rows (value → words):

    1005      một nghìn không trăm linh năm
    12,05     mười hai phẩy không năm
    -3/4      âm không phẩy bảy năm
    2/3       hai phần ba
"""

from fractions import Fraction
from typing import Final

PLACES: Final = 9  # decimal places up to which a value is said as a decimal
LARGEST: Final = 10**15  # below it numbers have words here
_ONES: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_AFTER_TENS: Final = {1: "mốt", 4: "tư", 5: "lăm"}
_GROUPS: Final = ((10**9, "tỷ"), (10**6, "triệu"), (10**3, "nghìn"), (1, ""))


def in_words(value: Fraction | int) -> str | None:
    """A value as it is said in Vietnamese; None for zero, and where there are no words of manageable length.

    >>> in_words(Fraction(5, 2)), in_words(-25), in_words(Fraction(3, 4))
    ('hai phẩy năm', 'âm hai mươi lăm', 'không phẩy bảy năm')
    """
    size = abs(Fraction(value))
    if not value or size >= LARGEST or size.denominator >= LARGEST:
        return None
    if size.denominator == 1:
        said = _whole(int(size))
    elif 10**PLACES % size.denominator == 0:
        whole, rest = divmod(int(size * 10**PLACES), 10**PLACES)
        places = f"{rest:0{PLACES}d}".rstrip("0")
        said = f"{_whole(whole)} phẩy {' '.join(_ONES[int(digit)] for digit in places)}"
    else:
        said = _over(size)
    return f"âm {said}" if value < 0 else said


def _over(value: Fraction) -> str:
    """A fraction in words; the fourth part is `tư`."""
    bottom = "tư" if value.denominator == 4 else _whole(value.denominator)
    return f"{_whole(value.numerator)} {'trên' if value.numerator > 9 else 'phần'} {bottom}"


def _whole(value: int) -> str:
    words: list[str] = []
    for size, name in _GROUPS:
        group, value = divmod(value, size)
        if group >= 1000:  # thousands of billions
            words += [_whole(group), name]
        elif group:
            words += [*_three_digits(group, full=bool(words)), name]
    return " ".join(filter(None, words)) or _ONES[0]


def _three_digits(value: int, *, full: bool) -> list[str]:
    hundreds, rest = divmod(value, 100)
    tens, one = divmod(rest, 10)
    words = [_ONES[hundreds], "trăm"] if hundreds or full else []
    if not tens:
        return [*words, *(["linh"] if words and one else []), *([_ONES[one]] if one else [])]
    words += ["mười"] if tens == 1 else [_ONES[tens], "mươi"]
    said = _AFTER_TENS.get(one, _ONES[one]) if tens > 1 or one == 5 else _ONES[one]
    return [*words, said] if one else words
