"""Are several values those of the gold?

Example rows (answer, gold → fault):

    2; 1                {1; 2}              none: a set has no order
    2; 1                1; 2                value 1 differs
    Bình: 16, An: 24    An: 24, Bình: 16    none: named values are met by name
    [1; 2]              (1; 2)              an interval is no tuple
"""

from collections.abc import Callable

from vireward.answers.structures import Item, Several


def difference(have: Several, want: Several, same: Callable[[str, str], bool]) -> str | None:
    """Why values are not those of the gold; None when they are.

    Args:
        have: The answer's values.
        want: The gold's values; it decides whether their order counts, and which brackets are meant.
        same: Whether two single values are the same, the answer's first.
    """
    if have.either and want.ordered:
        return "alternatives are no list"
    if have.of != want.of and (all((have.of, want.of)) or "(y;x)" in (have.of, want.of)):
        return "other names"
    if not _fits(have, want):
        return f"a {have.kind} is no {want.kind}"
    if len(have.items) != len(want.items):
        return f"{len(have.items)} values for {len(want.items)}"
    names = [[item.name for item in side.items] for side in (have, want)]
    both = all(names[0]) and all(names[1])
    if both and sorted(names[0]) != sorted(names[1]):
        return "other names"
    by_name = both and len(set(names[1])) == len(names[1])
    if not (want.ordered or by_name):
        return _unmatched(have.items, want.items, same)
    if by_name:
        items = {item.name: item for item in have.items}
        have = have._replace(items=tuple(items[name] for name in names[1]))
    elif not any(names[1]) and sorted(names[0]) in (["x", "y"], ["x", "y", "z"]):  # the order of coordinates
        have = have._replace(items=tuple(sorted(have.items, key=lambda item: item.name)))
    wrong = next((i for i, pair in enumerate(zip(have.items, want.items, strict=True)) if not _same(pair, same)), None)
    return None if wrong is None else f"value {wrong + 1} differs"


def _fits(have: Several, want: Several) -> bool:
    """Whether an answer is written as the gold is, or with fewer marks: without the brackets of a set or a tuple."""
    if want.kind == "list" and not want.brackets:
        return have.kind in ("list", "set", "tuple")
    if have.kind == "list" and not have.brackets:
        several_names = len({item.name for item in have.items}) > 1  # `x = 1; y = 2` is no set
        return want.kind == "tuple" or (want.kind == "set" and not several_names)
    return (have.kind, have.brackets) == (want.kind, want.brackets)


def _same(pair: tuple[Item, Item], same: Callable[[str, str], bool]) -> bool:
    return same(pair[0].text, pair[1].text)


def _unmatched(have: tuple[Item, ...], want: tuple[Item, ...], same: Callable[[str, str], bool]) -> str | None:
    """An item for which no partner is left; a missing unit is forgiven, so one item may fit several."""
    fits = [[k for k, other in enumerate(want) if _same((item, other), same)] for item in have]
    taken: dict[int, int] = {}

    def paired(i: int, tried: set[int]) -> bool:
        for k in fits[i]:
            if k not in tried:
                tried.add(k)
                if k not in taken or paired(taken[k], tried):
                    taken[k] = i
                    return True
        return False

    return next((f"{item.text!r:.40} is none of them" for i, item in enumerate(have) if not paired(i, set())), None)
