r"""How many numbers a second does `read_number` read, in one thread?

    python benchmarks/reading.py [--peer] [--out FILE]

Of each kind, COUNT texts are generated from a fixed seed; every value read must equal the generated one, or the status
is 1. Plain kinds are digits, groups, decimals, signs and a/b, the others are dressed. All are in Vietnamese notation;
with --peer the plain ones but a/b are timed in English notation, too, beside a floor: `float(text.replace(",", ""))`.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import machine

from vireward import read_number

SEED, COUNT, ROUNDS = 1, 20_000, 5  # COUNT texts of each kind; the best of ROUNDS counts
MARKS = {"vi": (".", ","), "en": (",", ".")}  # of groups, of decimals
PLAIN = ("digits", "groups", "decimals", "signs")
DRESSED = {
    "unit": ("# kg", "# km/h", "# m^2", "# học sinh", "# quả táo", "#cm"),
    "currency": ("# đồng", "#₫", "# USD", "# VNĐ", "# euro"),
    "LaTeX": ("$#$", r"\(#\)", r"$#\,\text{ cm}$", "$x = #$", r"$#\text{ kg}$."),
    "boxed": (r"\boxed{#}", r"$\boxed{#}$", r"\boxed{#\text{ m}}"),
    "percent": ("#%", "# %", r"$#\%$"),
    "scale word": ("# triệu", "# triệu đồng"),
}
FACTORS = {"percent": Fraction(1, 100), "scale word": Fraction(10**6)}
ONES = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


def written(kind: str, rng: random.Random, style: str) -> tuple[str, Fraction]:
    """One text of a kind, and its value."""
    group, mark = MARKS[style]
    if kind in DRESSED:
        text, value = written(rng.choice(PLAIN), rng, style)
        return rng.choice(DRESSED[kind]).replace("#", text), value * FACTORS.get(kind, 1)
    n = rng.randrange(10 ** rng.randint(1, 6))
    match kind:
        case "groups":
            return f"{1000 + n:,}".replace(",", group), Fraction(1000 + n)
        case "decimals":
            places = rng.choice((1, 2, 3, 4))
            return f"{n % 5000}{mark}{n % 10**places:0{places}}", n % 5000 + Fraction(n % 10**places, 10**places)
        case "signs":
            text, value = written(rng.choice(PLAIN[:3]), rng, style)
            return f"-{text}", -value
        case "a/b":
            return f"{n}/{(under := rng.randrange(1, 1000))}", Fraction(n, under)
        case "words":
            thousands, rest = divmod(n := max(n, 1), 1000)  # alone, `không` is "not"
            said = f"{_said(thousands)} nghìn {_said(rest, whole=True) if rest else ''}".strip()
            return said if thousands else _said(rest), Fraction(n)
    return str(n), Fraction(n)


def _said(n: int, *, whole: bool = False) -> str:
    """A number below 1000 as school spells it; a whole one says its hundreds even when there are none."""
    hundreds, (tens, one) = n // 100, divmod(n % 100, 10)
    said = f"{ONES[hundreds]} trăm" if hundreds or whole else ""
    said += " mười" if tens == 1 else f" {ONES[tens]} mươi" if tens else " linh" if said and one else ""
    unit = {1: "mốt" if tens > 1 else "một", 5: "lăm" if tens else "năm"}.get(one, ONES[one])
    return f"{said} {unit if one or not said else ''}".strip()


def timed(call: Callable[[str], object], texts: Iterable[str]) -> float:
    """Texts per second in the best round."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for text in texts:
            call(text)
        rounds.append(time.perf_counter() - start)
    return COUNT / min(rounds)


def measured(kind: str, style: str, peer: Callable[[str], float] | None = None) -> dict[str, object]:
    """Whether all values are right, and numbers per second; with a peer, its numbers and the ratio, too."""
    rng = random.Random(f"{SEED} {kind}")
    pairs = [written(kind, rng, style) for _ in range(COUNT)]
    texts = [text for text, _ in pairs]
    wrong = [text for text, value in pairs if (read := read_number(text, style)) is None or read.value != value]
    wrong += [text for text, value in pairs if peer and peer(text) != float(value)]
    row: dict[str, object] = {"kind": kind, "style": style, "wrong": len(wrong), "first_wrong": (wrong or [None])[0]}
    row["per_s"] = speed = round(timed(lambda text: read_number(text, style), texts))
    return row | ({"peer_per_s": round(floor := timed(peer, texts)), "ratio": round(speed / floor, 3)} if peer else {})


def main() -> int:
    """Check, time, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="store_true", help="compare with float() on plain numbers")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the result as JSON")
    args = parser.parse_args()
    rows = [measured(kind, "vi") for kind in (*PLAIN, "a/b", *DRESSED, "words")]
    rows += [measured(kind, "en", lambda text: float(text.replace(",", ""))) for kind in PLAIN if args.peer]
    known = machine.circumstances(["benchmarks/reading.py", *sys.argv[1:]])
    print(machine.told(known), end="\n\n")
    for row in rows:
        beside = f"   float() {row['peer_per_s']:>10,}/s, ratio {row['ratio']}" if "ratio" in row else ""
        wrong = f"   {row['wrong']} of {COUNT} wrong, the first: {row['first_wrong']!r}" if row["wrong"] else ""
        print(f"{row['kind']:10} {row['style']} {row['per_s']:>10,}/s{beside}{wrong}")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(known | {"rows": rows}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(any(row["wrong"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
