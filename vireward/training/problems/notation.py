"""Exact numbers as a Vietnamese school book prints them."""

from fractions import Fraction
from typing import Final

MARKS: Final = (".", ".", " ")  # between thousands: the dot of everyday life, the space of newer school books
SCALE: Final = 10**9  # more decimal places than any problem here has


def grouped(value: int, mark: str) -> str:
    """`1500000` with `mark` between the thousands: `1.500.000`."""
    return f"{value:,}".replace(",", mark)


def comma(value: Fraction | int) -> str:
    """A number that is not negative as a finite decimal with a comma: `2,75`, and `3` when it is whole.

    Raises:
        ValueError: unless the decimal ends; a rounded answer would not be a gold.
    """
    if SCALE % Fraction(value).denominator:
        raise ValueError(f"comma: {value} has no finite decimal")
    whole, rest = divmod(int(value * SCALE), SCALE)
    places = f"{rest:09d}".rstrip("0")
    return f"{whole},{places}" if places else str(whole)


def percent(share: Fraction) -> str:
    """A share of one as per cent: `1/8` is `12,5%`."""
    return comma(share * 100) + "%"


def ratio(top: int, bottom: int, *, latex: bool) -> str:
    r"""A fraction as it stands, not reduced: `6/8` or `\frac{6}{8}`."""
    return f"\\frac{{{top}}}{{{bottom}}}" if latex else f"{top}/{bottom}"


def lowest(value: Fraction, *, latex: bool) -> str:
    """A fraction in lowest terms: `3/4`; whole numbers without a denominator."""
    return str(value) if value.denominator == 1 else ratio(value.numerator, value.denominator, latex=latex)


def formula(text: str, *, latex: bool) -> str:
    """Between dollar signs where it is LaTeX."""
    return f"${text}$" if latex else text
