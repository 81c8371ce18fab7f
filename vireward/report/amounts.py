"""How numbers are read from a run's files, and written on the page and on the axes of its charts."""

NARROW = "\u202f"  # narrow no-break space: between a number and its unit, and between thousands


def number(value: object) -> float | None:
    """The number, or None for what else a log may hold: null, NaN, text, or a size no chart can show (over 1e15)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e15:
        return None
    return float(value)


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent; 0 % and 100 % are kept for none and all."""
    text = f"{100 * share:.{digits}f}"
    if 0 < share < 1 and float(text) in (0, 100):
        text = f"{min(max(100 * share, 0.1), 99.9):.1f}"
    return f"{text}{NARROW}%"


def points(value: object) -> str:
    """Reward points with two decimals; a dash for what is no number."""
    return "\u2013" if (found := number(value)) is None else signed(found).lstrip("+")


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, a true minus, and no sign on zero."""
    text = f"{value:+,.{digits}f}".replace(",", NARROW)
    return text.replace("-", "\u2212") if float(f"{value:.{digits}f}") else text[1:]


def duration(value: object) -> str:
    """Seconds in the units that a person would say."""
    seconds = number(value) or 0.0
    if 0 < seconds < 0.1:
        return f"{short(1000 * seconds)}{NARROW}ms"
    if seconds < 60:
        return f"{seconds:.1f}{NARROW}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{NARROW}h {minutes}{NARROW}min" if hours else f"{minutes}{NARROW}min {rest}{NARROW}s"


def short(value: float) -> str:
    """A number on a chart: three significant digits, thousands set apart, a true minus."""
    text = f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e")
    return text.replace(",", NARROW).replace("-", "\u2212")
