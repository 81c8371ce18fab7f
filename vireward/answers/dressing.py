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
_TEXT_COMMAND = re.compile(
    r"\\(?:text|textrm|textbf|textit|underline|mathrm|mathbf|mbox|operatorname)\s?\{~?([^{}]*)\}"
)
_LONE_BOX = re.compile(r"\\boxed\s?\{([^\\]*(?:\\(?!boxed)[^\\]*)*)\}")
# Marks of emphasis around a part: `**48** quả`. Beside a digit or a bracket they multiply or raise to a power.
_EMPHASIS = re.compile(r"(?<![\w)}\]*])(\*{1,3})(?=[^\s*])([^*\n]*[^\s*])\1(?![\w({\[*])")
_QUOTES = {"`": "`", '"': '"', "“": "”"}
# Raised and lowered digits; ² and ³ alone stay as they are, in `cm²` and `x²`.
_RAISED = re.compile("(?<![0-9⁺⁻])[²³](?![⁰¹²³⁴-⁹⁺⁻])|([⁰¹²³⁴-⁹⁺⁻]+)")
_LOWERED = re.compile("[₀-₉]+")
_SCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉", "0123456789+-0123456789")


def undressed(text: str) -> str:
    r"""The canonical spelling of a text without its dressing; a text that is nothing but dressing stays as it is.

    >>> undressed(r"$12{,}5\,\text{ cm}^{2}$.")
    '12,5 \t cm^{2}'
    """
    whole = canonical(text).strip()
    plain = _without_marks(whole)
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


def without_full_stop(text: str) -> str:
    """The text without the full stop that ends a sentence; an ellipsis stays."""
    return text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") else text


def _without_marks(plain: str) -> str:
    """Without emphasis and quotes, scripts and degrees as LaTeX and school books write them."""
    if not plain.isascii():
        plain = _LOWERED.sub(_lowered, _RAISED.sub(_raised, plain))
    if "*" in plain:
        plain = _EMPHASIS.sub("\t\\2\t", plain)
    if _QUOTES.get(plain[:1]) == plain[-1:] and len(plain) > 2 and not (set(plain[1:-1]) & {plain[0], plain[-1]}):
        plain = plain[1:-1].strip()
    if "~" in plain:
        plain = _TIE.sub(" ", plain)
    if "(" in plain or "^" in plain or "º" in plain:
        plain = _DEGREE.sub("°", _ACCEPTED.sub("", plain)).strip()
    return plain


def _raised(run: re.Match[str]) -> str:
    return f"^{{{run[1].translate(_SCRIPTS)}}}" if run[1] else run[0]


def _lowered(run: re.Match[str]) -> str:
    return f"_{{{run[0].translate(_SCRIPTS)}}}"
