r"""Texts made from bytes: a byte stands for a fragment of what completions, answers and golds are made of.

Example rows (bytes → text): `b"\x00\x05"` → two fragments; `b"\xffa\xc4\x91"` → `ađ`, the bytes as they are decoded.
"""

from vireward.testing.vocabulary import FRAGMENTS

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
