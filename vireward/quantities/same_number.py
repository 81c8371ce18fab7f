"""Are two numbers the same, with their units?

Example rows (number, gold → fault):

    5 kg      5          none: a missing unit is forgiven
    500 g     0,5 kg     none: units of one dimension are converted
    5 m       5 kg       unit
    25%       25         none: `p%` is a bare p/100 and a bare p
    6         5          value
"""

from typing import Literal

from vireward.numerals import Number
from vireward.quantities.units import conversion, same_unit


def number_fault(have: Number, want: Number) -> Literal["unit", "value"] | None:
    """What makes a number another one than that of the gold; None when it is the same."""
    if have.value == want.value and _plain(have) and _plain(want):
        return None  # most of them; what follows would say the same
    if not _agree(have, want):
        return "unit"
    mixed = have.compound != want.compound and not (have.unit and want.unit)
    return "value" if mixed or not same_value(_converted(have, want), want) else None


def same_value(have: Number, want: Number) -> bool:
    """Whether two numbers are equal, units aside; `p%` equals a bare p/100 and a bare p."""
    if have.percent == want.percent:
        return have.value == want.value
    percent, bare = (have, want) if have.percent else (want, have)
    return bare.value in (percent.value, percent.value * 100)


def _plain(number: Number) -> bool:
    return number.unit is None and not number.percent and not number.compound


def _agree(have: Number, want: Number) -> bool:
    """Whether units do not contradict each other: one is missing, or both measure the same. Percent is a unit, too."""
    if have.percent != want.percent:
        return have.unit is None and want.unit is None
    return have.unit is None or want.unit is None or conversion(have.unit, want.unit) is not None


def _converted(have: Number, want: Number) -> Number:
    """The number in the unit of the other one, where both have one."""
    if have.unit is None or want.unit is None or same_unit(have.unit, want.unit):
        return have
    factor = conversion(have.unit, want.unit)
    return Number(have.value * factor, want.unit) if factor else have
