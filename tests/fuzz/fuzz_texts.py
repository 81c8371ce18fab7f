r"""Texts made from bytes: a byte stands for a fragment of what completions, answers and golds are made of.

Example rows (bytes → text): `b"\x00\x05"` → two fragments; `b"\xffa\xc4\x91"` → `ađ`, the bytes as they are decoded.
"""

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
_DOUBLED, _DECODED = 0xFE, 0xFF  # doubles the text so far; stands before bytes that are decoded, and elsewhere for none
_TABLE = (*FRAGMENTS, "", "")
# What stands in numbers, for texts that are denser in them.
NUMERIC = (
    *(
        "0",
        "1",
        "2",
        "3",
        "7",
        "12",
        "25",
        "000",
        "500",
        "1500",
        "1.500",
        "1,500",
        "2,5",
        "0,5",
        "3/4",
        "½",
        "\\frac{1}{2}",
    ),
    *(".", ",", ".", ",", "-", "+", "/", "^", "%", "10^{3}", " ", " ", "x = ", "\\times ", "km", " m²", " đồng", "tr"),
    *("một ", "hai ", "năm ", "mươi ", "lăm ", "mười ", "linh ", "trăm ", "nghìn ", "triệu ", "rưỡi ", "giờ ", "phút "),
)
_LONGEST = 2_000  # characters up to which a text is doubled


def text_of(data: bytes) -> str:
    """The text that bytes stand for; the same for the same bytes."""
    if data[:1] == b"\xff":
        return data[1:].decode("utf-8", "surrogateescape")
    if _DOUBLED not in data:
        return "".join([_TABLE[byte] for byte in data])
    text = ""
    for byte in data:
        text += _TABLE[byte] if byte != _DOUBLED else text if len(text) < _LONGEST else ""
    return text


def number_of(data: bytes) -> str:
    """A text of what stands in numbers."""
    return "".join([NUMERIC[byte % len(NUMERIC)] for byte in data])
