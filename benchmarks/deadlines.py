"""How long does a bomb take under a deadline, and what does it leave behind?

    python benchmarks/deadlines.py --out benchmarks/results/deadlines.json

Each bomb of `bombs.py` is scored under `deadline(bomb, seconds=1.0)` from the main thread, from another thread, from an
event loop through `asyncio.to_thread`, and in a coroutine. Told are its outcomes, the longest time to one, whether the
next sample was scored, and how late the event loop was meanwhile, beside one that waits for a sleeping thread. Then a
hundred bombs in a row, and the processes that are left. Run it where little else runs: the load is told, too.
"""

import argparse
import asyncio
import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import bombs
from machine import circumstances, told

from vireward import AnswerMatch, Sample, Score
from vireward.deadline import deadline
from vireward.workers.processes import children
from vireward.workers.worker import close_workers

SECONDS = 1.0
HERE = Sample("7", gold="7")
BEAT = 0.005  # seconds between two looks of the event loop at the clock
SHORT = 0.3  # seconds; the deadline of the bombs in a row
ROW = 100

Call = Callable[[], Score]


@dataclass(frozen=True, slots=True)
class Row:
    """One bomb from one place.

    Attributes:
        bomb: Its name.
        place: Where it was called from.
        outcomes: Those it had.
        longest: Seconds to an outcome, at most.
        next_scored: Whether each sample after it was scored.
        lag: How many milliseconds the event loop was late, at most; None where there is none, or where it waited.
        load: The load of the machine over the last minute, when it was done.
    """

    bomb: str
    place: str
    outcomes: str
    longest: float
    next_scored: bool
    lag: float | None
    load: float


def in_thread(call: Call) -> Score:
    """The score, by another thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def in_coroutine(call: Call) -> Score:
    """The score, by a coroutine that waits for it without letting others go on."""

    async def scored() -> Score:
        return call()

    return asyncio.run(scored())


def beside_a_loop(call: Callable[[], object]) -> tuple[object, float]:
    """What a call gives in a thread of an event loop, and how many milliseconds the loop was late meanwhile."""

    async def both() -> tuple[object, float]:
        work = asyncio.create_task(asyncio.to_thread(call))
        late = 0.0
        while not work.done():
            start = time.perf_counter()
            await asyncio.sleep(BEAT)
            late = max(late, time.perf_counter() - start - BEAT)
        return await work, late * 1000

    return asyncio.run(both())


def measured(bomb: Callable[[Sample], float | None], place: str, repeats: int) -> Row:
    """One row of the table."""
    reward, fine = deadline(bomb, seconds=SECONDS), deadline(bombs.fine, seconds=SECONDS)
    outcomes, longest, lags, scored = set(), 0.0, [], True
    for _ in range(repeats):
        fine(HERE)  # so that a worker is there; its start is not counted by a deadline either
        start = time.perf_counter()
        if place == "to_thread":
            score, lag = beside_a_loop(lambda: reward(HERE))
            lags.append(lag)
        else:
            score = {"main": lambda call: call(), "thread": in_thread, "coroutine": in_coroutine}[place](
                lambda: reward(HERE)
            )
        longest = max(longest, time.perf_counter() - start)
        outcomes.add(score.outcome)
        scored = scored and fine(HERE).value == 1.0
    return Row(
        bomb.__name__,
        place,
        ", ".join(sorted(outcomes)),
        round(longest, 3),
        scored,
        round(max(lags), 1) if lags else None,
        round(os.getloadavg()[0], 1),
    )


def row_of_bombs() -> dict[str, object]:
    """A hundred bombs in a row, a good sample after each: how late they were, and which processes scored."""
    bomb, fine = deadline(bombs.power_in_c, seconds=SHORT), deadline(bombs.fine, seconds=SHORT)
    late, after, right = [], [], 0
    fine(HERE)
    brokers = children()
    for _ in range(ROW):
        start = time.perf_counter()
        right += bomb(HERE).outcome == "timeout"
        late.append((time.perf_counter() - start - SHORT) * 1000)
        start = time.perf_counter()
        right += fine(HERE).value == 1.0
        after.append((time.perf_counter() - start) * 1000)
    return {
        "bombs": ROW,
        "right outcomes": f"{right} of {2 * ROW}",
        "ms late, median": round(statistics.median(late), 1),
        "ms late, most": round(max(late), 1),
        "ms of the next sample, median": round(statistics.median(after), 1),
        "ms of the next sample, most": round(max(after), 1),
        "same broker all along": children() == brokers,
        "load": round(os.getloadavg()[0], 1),
    }


def first_calls() -> dict[str, object]:
    """Seconds of the first call, which starts a worker, and of the first that compares expressions, with its imports.

    Neither is counted by a deadline, and none of the rows has it.
    """
    start = time.perf_counter()
    deadline(bombs.fine, seconds=SECONDS)(HERE)
    begun = time.perf_counter()
    compared = deadline(AnswerMatch(), seconds=SECONDS)(Sample("<SOLUTION>x+x</SOLUTION>", gold="2x"))
    if compared.value != AnswerMatch().equal:
        raise SystemExit(f"x+x was not compared with 2x: {compared.why}; is the extra 'math' installed?")
    done = time.perf_counter()
    return {"s of the first call": round(begun - start, 2), "s of the first expression": round(done - begun, 2)}


def cost_of_a_call(count: int = 1000) -> float:
    """Milliseconds that a deadline adds to a reward that does nothing."""
    fine = deadline(bombs.fine, seconds=SECONDS)
    fine(HERE)
    start = time.perf_counter()
    for _ in range(count):
        fine(HERE)
    return round((time.perf_counter() - start) / count * 1000, 3)


def descendants() -> int:
    """How many processes have this one's id among their ancestors; those that wait to be collected, too."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except OSError:  # it has just ended
            continue
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return len(found) - 1


def main() -> None:
    """Print the tables, and write them where it is asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="write the results as JSON, too")
    parser.add_argument("--repeats", type=int, default=3, help="how often each bomb is scored from each place")
    options = parser.parse_args()
    known = circumstances(sys.argv)
    known["gmpy2"] = importlib.util.find_spec("gmpy2") is not None
    print(f"{told(known)}\ngmpy2 is {'' if known['gmpy2'] else 'not '}installed; deadline {SECONDS:g} s\n")
    print(f"{'bomb':<26} {'from':<10} {'outcome':<18} {'s':>6} {'next':>5} {'lag ms':>7} {'load':>5}")
    first, rows = first_calls(), []
    for bomb in bombs.BOMBS:
        for place in ("main", "thread", "to_thread", "coroutine"):
            rows.append(row := measured(bomb, place, options.repeats))
            lag = "" if row.lag is None else f"{row.lag:.1f}"
            right = "yes" if row.next_scored else "NO"
            print(
                f"{row.bomb:<26} {place:<10} {row.outcomes:<18} {row.longest:6.3f} {right:>5} {lag:>7} {row.load:5.1f}"
            )
    further = first | row_of_bombs() | {"ms that a deadline adds to a call": cost_of_a_call()}
    asleep = [beside_a_loop(lambda: time.sleep(SECONDS))[1] for _ in range(len(bombs.BOMBS))]
    further["ms that the loop is late beside a sleeping thread, most"] = round(max(asleep), 1)
    close_workers()
    further["processes left after close_workers()"] = descendants()
    print(*(f"{name}: {value}" for name, value in further.items()), sep="\n")
    if options.out:
        results = known | {"seconds": SECONDS, "rows": [asdict(row) for row in rows], "further": further}
        options.out.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
