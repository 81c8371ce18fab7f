"""Exact numbers as a Vietnamese school book prints them."""

from fractions import Fraction
from typing import Final

from vireward.quantities.renderings import in_digits

MARKS: Final = (".", ".", " ")  # between thousands: the dot of everyday life, the space of newer school books


def grouped(value: int, mark: str) -> str:
    """`1500000` with `mark` between the thousands: `1.500.000`."""
    return in_digits(value, group=mark)


def comma(value: Fraction | int) -> str:
    """A number as a finite decimal with a comma: `2,75`, and `3` when it is whole.

    Raises:
        BadParameter: unless the decimal ends; a rounded answer would not be a gold.
    """
    return in_digits(value)


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
