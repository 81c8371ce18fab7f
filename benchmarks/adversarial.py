r"""How does the time of a reward grow with the length of a hostile text?

    python benchmarks/adversarial.py [--most CHARACTERS] [--targets NAME,...] [--families NAME,...] [--out FILE]

Each family of `hostile.py` grows from 1,000 characters to `--most`, by the factor `--step` (for peers by 2 at most), in
the places that suit the target: alone, in the reasoning of a well-formed completion, or in its answer block. The time
of a text is the least of up to `REPEATS` calls, each on a text of another length, so that no cache can help. A target
stops growing once a call takes more than `--limit` seconds: its process is killed.

The exponent is the slope of a least-squares line through the logarithms of lengths and times, from `FITTED` characters
on: 1 is linear, 2 quadratic. The floor is the four `str.count` passes of `contenders.py` over the same text.
"""

import argparse
import gc
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import contenders
import machine
from hostile import FAMILIES, grown
from rich.console import Console
from rich.table import Table
from watched import TIMEOUT, Watched

import vireward
from vireward import Sample

LEAST, MOST, FITTED = 1_000, 10_000_000, 10_000  # characters
PEER_STEP = 2.0  # a power of four leaves nothing to measure between one decade and the next
REPEATS, ENOUGH = 5, 0.2  # calls, and seconds after which there are no more
SHOWN_AT = 1_000_000  # characters
ALLOWED_EXPONENT, ALLOWED_MS = 1.1, 50.0  # ours that go beyond one of them are listed
NOISE_MS = 0.2  # below it an exponent says nothing
GOLD, EXPRESSION = "25", "\\sqrt{3} + 1"
PLACES = {
    "alone": "{}",
    "reasoning": "<thinking>Ta có {}</thinking>\n<SOLUTION>25</SOLUTION>",
    "answer": "<thinking>Ta có 20 + 5 = 25.</thinking>\n<SOLUTION>{}</SOLUTION>",
}


class Target(NamedTuple):
    """What is called with a text, where the hostile part of it stands, whether it is ours, and by which clock."""

    load: Callable[[], Callable[[str], object]]
    places: Sequence[str] = ("alone",)
    ours: bool = True
    clock: Callable[[], int] = time.thread_time_ns  # a busy machine does not change what a thread runs


@dataclass(frozen=True, slots=True)
class Case:
    """How one target grew on one family in one place: milliseconds, and the floor's, and what failed, by the length."""

    target: str
    family: str
    place: str
    ms: Mapping[int, float]
    floor_ms: Mapping[int, float]
    exponent: float | None
    failed: Mapping[int, str]


def _reward(make: Callable[[], vireward.Reward]) -> Callable[[], Callable[[str], object]]:
    def load() -> Callable[[str], object]:
        reward = make()
        return lambda text: reward(Sample(text, GOLD))

    return load


def _four(*, anywhere: bool = False) -> vireward.Reward:
    return vireward.weighted(
        format=(1.0, vireward.FormatExact()),
        tags=(1.0, vireward.TagCount()),
        answer=(1.0, vireward.AnswerMatch(anywhere=anywhere)),
        number=(1.0, vireward.NumericMatch(anywhere=anywhere)),
    )


def _load_floor() -> Callable[[str], object]:
    call = contenders.CONTENDERS[contenders.FLOOR].load()
    return lambda text: call(contenders.Batch((), (), (), (), (text,)))


TARGETS = {
    "four rewards": Target(_reward(_four), tuple(PLACES)),
    "four, anywhere=True": Target(_reward(lambda: _four(anywhere=True))),
    "repetition": Target(_reward(vireward.Repetition)),
    "repetition, characters": Target(_reward(lambda: vireward.Repetition(characters=True))),
    "language_share": Target(_reward(vireward.LanguageShare), ("alone", "reasoning")),
    "reasoning_steps": Target(_reward(vireward.ReasoningSteps), ("alone", "reasoning")),
    "forbidden_text": Target(_reward(lambda: vireward.ForbiddenText(("đáp án sai", "không biết")))),
    "find_answer": Target(lambda: vireward.find_answer, ("alone", "answer")),
    "compare": Target(lambda: lambda text: vireward.compare(text, GOLD)),
    # It asks a process of its own, so time is what passes.
    "compare, expression": Target(lambda: lambda text: vireward.compare(text, EXPRESSION), clock=time.perf_counter_ns),
    "tutorial, format": Target(lambda: contenders.FORMAT.search, tuple(PLACES), ours=False),
    "tutorial, number": Target(lambda: contenders.NUMBER.search, tuple(PLACES), ours=False),
    "floor": Target(_load_floor, ours=False),
}


def timing(name: str) -> Callable[[str, str, int], tuple[float, float]]:
    """What times a target and the floor on one family, place and length, in milliseconds."""
    call, floor, clock = TARGETS[name].load(), _load_floor(), TARGETS[name].clock
    for text in ("26", "\\sqrt{2} + 1", PLACES["answer"].format("26")):
        call(text)  # what is built or imported for the first text belongs to none
    gc.disable()

    def work(family: str, place: str, length: int) -> tuple[float, float]:
        text = PLACES[place].replace("{}", grown(family, length))
        return _ms(call, text, clock), _ms(floor, text, time.thread_time_ns)

    return work


def _ms(call: Callable[[str], object], text: str, clock: Callable[[], int]) -> float:
    begin = clock()
    call(text)
    return (clock() - begin) / 1e6


def measured(name: str, families: Sequence[str], lengths: Sequence[int], limit: float) -> Iterator[Case]:
    """How one target grows on each family in each of its places."""
    with Watched(timing, name, limit) as watched:
        for family in families:
            for place in TARGETS[name].places:
                ms, floor_ms, failed = dict[int, float](), dict[int, float](), dict[int, str]()
                for length in lengths:
                    result, error = _least(watched, family, place, length)
                    if error is None:
                        ms[length], floor_ms[length] = result
                    else:
                        failed[length] = error
                    if error == TIMEOUT:
                        break
                yield Case(name, family, place, ms, floor_ms, exponent(ms), failed)


def _least(watched: Watched, family: str, place: str, length: int) -> tuple[tuple[float, float], str | None]:
    """The least times of a few calls, each with a text of another length, or what went wrong."""
    spent: list[tuple[float, float]] = []
    while len(spent) < REPEATS and sum(ms for ms, _ in spent) < 1e3 * ENOUGH:
        result, error = watched(family, place, length - len(spent))
        if error is not None:
            return (0.0, 0.0), error
        spent.append(result)
    return (min(ms for ms, _ in spent), min(ms for _, ms in spent)), None


def lengths_to(most: int, step: float) -> list[int]:
    """Lengths up to the longest: each so many times the one before, and each ten times an earlier one."""
    reached = {LEAST * round(factor**i, 3) for factor in (step, 10) for i in range(1 + int(math.log(most, factor)))}
    return sorted(round(length) for length in reached if length <= most)


def exponent(ms: Mapping[int, float]) -> float | None:
    """The slope through the logarithms of lengths and times; None for fewer than two lengths.

    What gets no further than `FITTED` characters is fitted where it is.
    """
    every = [(math.log(length), math.log(took)) for length, took in ms.items()]
    fitted = [point for point in every if point[0] >= math.log(FITTED)]
    points = fitted if len(fitted) > 1 else every
    if len(points) < 2:
        return None
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def summary(cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
    """The worst of each target: the exponent, the time and the ratio to the floor at `SHOWN_AT`; how many failed."""
    rows: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(case.target for case in cases):
        own = [case for case in cases if case.target == name]
        grew = [case for case in own if case.exponent is not None and max(case.ms.values()) >= NOISE_MS]
        there = [case for case in own if SHOWN_AT in case.ms]
        rows[name] = {"cases": len(own), "failed": sum(bool(case.failed) for case in own)}
        rows[name] |= _worst("exponent", grew, lambda case: case.exponent or 0)
        rows[name] |= _worst("ms", there, lambda case: case.ms[SHOWN_AT])
        rows[name] |= _worst("to_floor", there, lambda case: case.ms[SHOWN_AT] / case.floor_ms[SHOWN_AT])
    return rows


def _worst(what: str, cases: Sequence[Case], figure: Callable[[Case], float]) -> dict[str, Any]:
    if not cases:
        return {what: None, f"{what}_of": None}
    case = max(cases, key=figure)
    return {what: round(figure(case), 3), f"{what}_of": f"{case.family}, {case.place}"}


def beyond(cases: Sequence[Case]) -> list[str]:
    """A line for each case of ours that grows faster, takes longer than is allowed, or fails."""
    lines = []
    for case in cases:
        took = case.ms.get(SHOWN_AT, 0.0)
        steep = case.exponent is not None and case.exponent > ALLOWED_EXPONENT and max(case.ms.values()) >= NOISE_MS
        if TARGETS[case.target].ours and (steep or took > ALLOWED_MS or case.failed):
            slope = "" if case.exponent is None else f" exponent {case.exponent:.2f},"
            told = {length: f"{ms:,.2f} ms" for length, ms in case.ms.items()} | case.failed
            times = ", ".join(f"{length:,}: {told[length]:.60}" for length in sorted(told))
            lines.append(f"{case.target}; {case.family}, {case.place};{slope} {times}")
    return lines


def _print(rows: Mapping[str, Mapping[str, Any]]) -> None:
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 160  # columns; a pipe has no width
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("target", "cases", "failed", "exponent", "of", f"ms at {SHOWN_AT:,}", "of", "× floor", "of"):
        table.add_column(head, justify="left" if head in ("target", "of") else "right")
    for name, row in rows.items():
        cells = [str(row["cases"]), str(row["failed"])]
        for key in ("exponent", "ms", "to_floor"):
            cells += ["", ""] if row[key] is None else [f"{row[key]:,.2f}", row[f"{key}_of"]]
        table.add_row(name, *cells)
    console.print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=MOST, metavar="CHARACTERS", help="default: %(default)s")
    parser.add_argument("--step", type=float, default=10.0, metavar="FACTOR", help="default: %(default)s")
    parser.add_argument("--limit", type=float, default=10.0, metavar="SECONDS", help="default: %(default)s")
    parser.add_argument("--targets", type=among(TARGETS), default=tuple(TARGETS), metavar="NAME;...", help="of all")
    parser.add_argument("--families", type=among(FAMILIES), default=tuple(FAMILIES), metavar="NAME;...", help="of all")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the result as JSON")
    return parser.parse_args()


def among(known: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    """What reads names from an argument, several with semicolons between them, as some have a comma.

    Raises:
        ArgumentTypeError: a name is not known.
    """

    def names(text: str) -> tuple[str, ...]:
        chosen = tuple(dict.fromkeys(text.split(";")))
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"nothing is named {name!r}; there are {'; '.join(known)}")
        return chosen

    return names


def main() -> int:
    """Grow, time, print and write; the status is 1 when one of ours goes beyond what is allowed."""
    args = _arguments()
    cases: list[Case] = []
    for name in args.targets:
        step = args.step if TARGETS[name].ours else min(args.step, PEER_STEP)
        cases += measured(name, args.families, lengths_to(args.most, step), args.limit)
        print(f"{name}: done", file=sys.stderr)
    known = machine.circumstances(["benchmarks/adversarial.py", *sys.argv[1:]])
    rows, lines = summary(cases), beyond(cases)
    print(machine.told(known), end="\n\n")
    _print(rows)
    print(f"\nours beyond exponent {ALLOWED_EXPONENT}, {ALLOWED_MS:.0f} ms at {SHOWN_AT:,} characters, or failing:")
    print("\n".join(lines) or "none")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        known |= {"limit_s": args.limit, "targets": rows, "beyond": lines, "cases": [asdict(case) for case in cases]}
        args.out.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
