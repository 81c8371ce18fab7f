r"""Of what completions, answers and golds are made: fragments of text, and the words on which a reward may turn.

Example rows: `<SOLUTION>`, `1.500`, `\\boxed{`, `không phải `, a zero-width space.
"""

import unicodedata
from typing import Final

# The words that lead to an answer: one text for each alternative of the anchors that `extract.py` knows.
ANCHORS: Final = (
    *("Đáp án là:", "Đáp án:", "Đáp án đúng là", "Đáp án cuối cùng:", "Câu trả lời là:", "Câu trả lời cuối cùng là"),
    *("Đáp số:", "Đáp số 7", "ĐS:", "Đ.S.:", "Kết quả:", "Kết luận:", "Vậy", "####", "\\boxed{7}"),
    *("The answer is", "The final answer is:", "The correct answer is", "Answer:"),
)
# Words that take back, doubt or count, in the two languages.
_TURNS: Final = (
    *("không phải", "không", "hoặc", "khoảng", "có thể", "đồng", "nghìn", "triệu", "phần trăm", "vô nghiệm", "đúng"),
    *("not", "or", "about", "maybe", "thousand", "percent", "true"),
)


def both_forms(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words in NFC and in NFD, each text once."""
    forms = [unicodedata.normalize(form, word) for word in words for form in ("NFC", "NFD")]
    return tuple(dict.fromkeys(forms))


VOCABULARY: Final = both_forms((*ANCHORS, *_TURNS))

_TAGS = (
    *("<thinking>", "</thinking>", "<SOLUTION>", "</SOLUTION>", "<SOLUTION>7</SOLUTION>"),
    *("<think>", "</think>", "<answer>", "</answer>", "<answer>7</answer>", "<think>Ta có 3 + 4.</think>"),
    *("<", "</", ">", "<SOLUTION", "</thinking", "<solution>", "[[", "]]", "{{", "}}"),
    *("####", "#", "\n#### ", "#####", "\\boxed{", "\\boxed{7}", "\\boxed {", "\x08oxed{", "\\đóng hộp{"),
)
_DIGITS = (
    *("0", "1", "2", "3", "7", "10", "12", "25", "000", "500", "1500", "1.500", "1,500", "1 500", "1.500.000"),
    *("2,5", "0,5", "0.125", "3/4", " 1/2", "٧", "７", "²", "½", "⅞", "1e9", "9" * 60, "10^{3}", "^2", "^{-3}"),
)
_MARKS = (
    *(".", ",", " ", " ", "\n", "-", "+", "*", "/", ":", ";", "=", "(", ")", "[", "]", "{", "}", "!", "?", "%"),
    *("−", "×", "·", "±", "≤", "≥", "≠", "≈", "∈", "∪", "∞", "π", "√", "∅", "ℝ", "°", "=>", ">="),
    *('"', "'", "~", "_", "\\", "$", "**", "...", "\t", "\r\n", "\u00a0", "\u3000"),
)
_LATEX = (
    *("\\frac{", "\\frac{1}{2}", "\\dfrac12", "\x0crac{", "}{", "\\sqrt{", "\\sqrt2", "\\text{", "\text{", "\\,"),
    *("\\{", "\\}", "\\cdot ", "\\times ", "\\pm ", "\\pi", "\\in ", "\\le ", "\\infty"),
    *("\\(", "\\)", "\\[", "\\]", "<sup>2</sup>", "\\begin{pmatrix}", "\\\\", "\\%", "^\\circ"),
)
_WORDS = (
    *("một ", "hai ", "ba ", "bốn ", "năm ", "lăm ", "bảy ", "mười ", "mươi ", "linh ", "trăm ", "nghìn "),
    *("triệu ", "tỷ ", "rưỡi ", "phẩy ", "phần ", "âm ", "nửa ", "tá ", "không ", "k", "tr", "một số "),
    *("đồng", " kg", " m", "m²", " km/h", " giờ ", " xu", " quả táo", " đôi", "VNĐ", " %", "cm^3"),
    *("Ta có ", "Vậy ", "vậy ", "Do đó ", "Bước 1: ", "số ", "là ", "bằng ", "x = ", "S = ", "f(x) = ", "x", "n"),
    *("A. ", "B", "C) ", "Chọn ", "đáp án đúng là ", "vô nghiệm", "đúng", "vô số nghiệm", "dư ", "k\\pi"),
    *("hai mươi lăm ", "3 giờ 15 phút", "y = ", "|"),
)
_ANCHORS = (
    *("Đáp án là: ", "Đáp án: ", "đáp số ", "Câu trả lời cuối cùng là ", "ĐS: ", "Kết quả: ", "The answer is "),
    *("không phải ", "hoặc ", "hay ", "và ", "khoảng ", "trừ ", "hơn ", "gấp đôi ", "(loại)"),
    *("x = 1 hoặc x = 2", "(3; 4)", "{1; 2}", "7, 11, 15", "I hope it is correct", "không biết", "ít nhất "),
)
_ODD = (
    *(
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u202e",
        "\x00",
        "\x1f",
        "\ud800",
        "\udfff",
        "\u3164",
        "\u2028",
        "\u0085",
        "\u00ad",
    ),
    *("e\u0302\u0301", "d\u031b", "\u0301", "\u0323\u0302", "Đa\u0301p a\u0301n la\u0300 ", "ậ", "İ"),
    *("😀", "所以", "ÐÁP ÁN: ", "\U000e0001", "hoà", "hòa", "VẬY ", "\u1160", "㎏", "①"),
)
FRAGMENTS = (*_TAGS, *_DIGITS, *_MARKS, *_LATEX, *_WORDS, *_ANCHORS, *_ODD)
