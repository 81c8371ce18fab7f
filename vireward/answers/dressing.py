r"""A short text without what only dresses it: LaTeX commands, mathematics dollars, bold marks, the closing full stop.

Example row: `$x = 12{,}5\,\text{ cm}^{2}$.` is `x = 12,5 cm^{2}`.
"""

import re

from vireward.spelling import canonical

# Stands for the sign of the dollar while mathematics dollars are taken off; canonical texts never hold it.
_DOLLAR = "\uff04"
# What closes or opens mathematics becomes a tab, which never joins two runs of digits into one grouped number.
_PLAIN = (
    ("\\$", _DOLLAR),
    ("\\(", "\t"),
    ("\\)", "\t"),
    ("\\[", "\t"),
    ("\\]", "\t"),
    (",\\! ", ","),
    ("\\!", ""),
    ("\\,", " "),
    ("\\;", " "),
    ("\\:", " "),
    ("\\ ", " "),
    ("\\quad", " "),
    ("\\qquad", " "),
    ("\\%", "%"),
    ("{,}", ","),
    ("^{\\circ}", "°"),
    ("^\\circ", "°"),
)
# A degree, as school books write it: `60^0`, `60^o`.
_DEGREE = re.compile(r"(?<=[0-9])\s*(?:\^\s*\{?\s*[0oº]\s*\}?(?![0-9.,a-zA-Z])|º|\\degree(?![a-zA-Z]))")
_ACCEPTED = re.compile(r"\(\s*(?:nhận|n|tm|tmđk|t/m|thỏa mãn|thoả mãn|thỏa mãn điều kiện)\s*\)", re.IGNORECASE)
_ARROW = re.compile(r"\A(?:[=-]>|⇒|⟹|→|\\Rightarrow(?![a-zA-Z])|\\Leftrightarrow(?![a-zA-Z]))\s*")
_TIE = re.compile(r"(?<=[0-9}])~(?=[\\a-zA-Z])")  # LaTeX's blank; elsewhere ~ means "about"
_DOUBLED = re.compile(r"\\\\(?=[a-zA-Z])")  # escaped once too often
_SIZED = re.compile(r"\\(?:left|right|displaystyle)(?![a-zA-Z])\s*")
_TEXT_COMMAND = re.compile(r"\\(?:text|textrm|textbf|textit|mathrm|mathbf|mbox|operatorname)\s?\{~?([^{}]*)\}")
_LONE_BOX = re.compile(r"\\boxed\s?\{([^\\]*(?:\\(?!boxed)[^\\]*)*)\}")
# What a value may be given to: an unknown, a length `AB`, `S_{ABCD}`, `u_{10}`, `P(A)`, an angle; no product, no sum.
_NAMED = re.compile(
    r"(?:((?-i:[A-Z]{2,4})'?|[a-z]'{0,2}(?:_(?:\w|\{\w{1,6}\}))?(?:\s?\([^()=+*/^-]{1,12}\))?|(?:ƯCLN|BCNN)\s?\([^()=]{1,30}\)"
    r"|(?:\\(?:widehat|angle)\s?|∠|góc )\{?\w{1,3}\}?)\s?)?=\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_NAMED_BEHIND = re.compile(r"([^=]*[^=\s])\s*=\s?([a-z])", re.IGNORECASE)


def undressed(text: str) -> str:
    r"""The canonical spelling of a text without its dressing; a text that is nothing but dressing stays as it is.

    >>> undressed(r"$12{,}5\,\text{ cm}^{2}$.")
    '12,5 \t cm^{2}'
    """
    plain = whole = canonical(text).strip()
    if "~" in plain:
        plain = _TIE.sub(" ", plain)
    if "(" in plain or "^" in plain or "º" in plain:
        plain = _DEGREE.sub("°", _ACCEPTED.sub("", plain)).strip()
    if "\\" in plain or "{,}" in plain:
        if "\\begin" in plain:
            plain = plain.replace("\\\\", "\\cr ")  # ends a row of a matrix, and is no blank
        for dressed, bare in _PLAIN:
            plain = plain.replace(dressed, bare)
    if "\\" in plain:
        if "\\\\" in plain:
            plain = _DOUBLED.sub(r"\\", plain)
        plain = _TEXT_COMMAND.sub("\t\\1", _SIZED.sub("", plain))
    if plain.count("$") % 2 == 0:
        plain = plain.replace("$", "\t")
    plain = without_full_stop(plain.strip()).rstrip("\\^ ")  # what a cut left dangling
    if plain.startswith("**") and plain.endswith("**"):
        plain = without_full_stop(plain[2:-2].strip())
    plain = _ARROW.sub("", plain)
    boxed = _LONE_BOX.fullmatch(plain)
    plain = (boxed[1].strip() if boxed else plain).replace(_DOLLAR, "$")
    return plain or whole


def named(text: str) -> tuple[str, str]:
    """The unknown that an undressed text gives a value, in lower case, and that value; without one the text alone.

    >>> named("x = 5"), named("5 = x"), named("2x = 5"), named("= 5")
    (('x', '5'), ('x', '5'), ('', '2x = 5'), ('', '5'))
    """
    if "=" not in text:
        return "", text
    if behind := _NAMED_BEHIND.fullmatch(text):
        return behind[2].lower(), behind[1]
    match = _NAMED.fullmatch(text)
    return ((match[1] or "").lower(), match[2]) if match and match[2] else ("", text)


def without_full_stop(text: str) -> str:
    """The text without the full stop that ends a sentence; an ellipsis stays."""
    return text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") else text
