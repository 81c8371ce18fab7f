r"""The unknown, length, angle or vector that a text gives a value.

Example rows (undressed text → name, value):

    x_{1} = 5            x1, 5
    \alpha = 60°         alpha, 60°
    S_{ABCD} = 12 cm²    sabcd, 12 cm²
    2x = 5               none
"""

import re

# What a value may be given to: an unknown, a length `AB`, `S_{ABCD}`, `u_{10}`, `P(A)`, an angle, a vector, `|z|`; no
# product, no sum.
_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "θ": "theta", "λ": "lambda", "μ": "mu", "ρ": "rho"}
_GREEK |= {"σ": "sigma", "φ": "phi", "ω": "omega"}
_LETTER = rf"(?:[a-z{''.join(_GREEK)}]|\\(?:{'|'.join(_GREEK.values())}|varphi)(?![a-z]))"
_ARROWED = r"\\(?:overline|bar|vec|overrightarrow|hat)\s?\{\w{1,3}\}"
_NAMED = re.compile(
    rf"(?:((?-i:[A-Z]{{2,4}})'?|{_LETTER}\d?'{{0,2}}(?:_(?:\w|\{{\w{{1,6}}\}}))?(?:\s?\([^()=+*/^-]{{1,12}}\))?"
    rf"|{_ARROWED}|\|(?:z|{_ARROWED})\||(?:ƯCLN|BCNN)\s?\([^()=]{{1,30}}\)"
    r"|(?:\\(?:widehat|angle)\s?|∠|góc )\{?\w{1,3}\}?)\s?)?=\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN_NAME = str.maketrans({**_GREEK, **dict.fromkeys("\\_{} ")})
_NAMED_BEHIND = re.compile(r"([^=]*[^=\s])\s*=\s?([a-z])", re.IGNORECASE)


def named(text: str) -> tuple[str, str]:
    r"""The unknown that an undressed text gives a value, its name plain, and that value; without one the text alone.

    >>> named("x = 5"), named("5 = x"), named("2x = 5"), named("= 5"), named(r"\alpha_{1} = 5")
    (('x', '5'), ('x', '5'), ('', '2x = 5'), ('', '5'), ('alpha1', '5'))
    """
    if "=" not in text:
        return "", text
    if behind := _NAMED_BEHIND.fullmatch(text):
        return behind[2].lower(), behind[1]
    match = _NAMED.fullmatch(text)
    return ((match[1] or "").lower().translate(_PLAIN_NAME), match[2]) if match and match[2] else ("", text)
