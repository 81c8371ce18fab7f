r"""How long do rewards take for the completions of a training step, beside the tutorial's functions and other graders?

    python benchmarks/speed.py [--count COUNT] [--rounds ROUNDS] [--only NAME,...] [--out FILE]

The completions are those of `mix.py`. Each measurement has fresh ones of a new seed, which the process has not seen
before, so that no cache can help; the contenders take turns in each round, without garbage collection, as in timeit.
Ours are timed in batches of `BATCH`, and the floor and the tutorial's functions on the same batches in turns with them.
All these are of ordinary completions; latencies are of single calls on the whole mix, and so is the share of the time
that goes to degenerate completions. The time on the whole mix is that of ordinary ones, and of degenerate ones in their
share. Time is what the thread ran, and not what it waited for a busy machine; what passed
meanwhile is written beside it, and is the same on an idle machine unless work is left to another thread or process.

Peers may hang, and so may the tutorial's functions on degenerate completions: they run in a process of their own, on
`--sample` completions a round, in single calls, beside the floor, and are killed after `--limit` seconds a call.

Every answer that is timed is checked: of two completions of one prompt, a right one and a wrong one, the right one must
not have the lower score. The status is 1 when it has it with one of our rewards that judge answers.
"""

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, cycle
from pathlib import Path
from typing import Any

import machine
import mix
from contenders import CONTENDERS, FLOOR, PEERS, TUTORIAL, Batch, Call, Values
from figures import Figures, Ran, Scored
from rich.console import Console
from rich.table import Table
from watched import Absent, Watched

BATCH = 8 * mix.GROUP  # completions a call
# Ours that must not invert.
JUDGES = ("four in one", "four in one (values)", "four functions", "four functions (values)")
JUDGES += ("answer_match", "numeric_match")


# --- in this process ---


def beside(names: Sequence[str], items: Sequence[mix.Item]) -> tuple[dict[str, Ran], list[float | None]]:
    """Time for a completion by name, all of them timed on each batch in turns; and the values of the first."""
    calls, spent, values = {name: CONTENDERS[name].load() for name in names}, {name: [0, 0] for name in names}, []
    turns = cycle([*names[i:], *names[:i]] for i in range(len(names)))
    for start in range(0, len(items), BATCH):
        batches = {name: _batch(name, items[start : start + BATCH]) for name in names}
        for name in next(turns):
            scores, *took = ran(calls[name], batches[name])
            spent[name] = [one + more for one, more in zip(spent[name], took, strict=True)]
            values += scores if name == names[0] else ()
    return {name: Ran(*(ns / 1e3 / len(items) for ns in both)) for name, both in spent.items()}, values


def ran(call: Call, given: Batch) -> tuple[Values, int, int]:
    """What a call gives, and how many nanoseconds the thread ran and how many passed."""
    begin = time.thread_time_ns()
    start = time.perf_counter_ns()
    values = call(given)
    passed = time.perf_counter_ns() - start
    took = time.thread_time_ns() - begin - _CLOCK
    return values, min(took, passed), passed  # the second clock is the finer one, and right where nothing waits


def _clock() -> int:
    """Nanoseconds that reading the thread's clock takes."""
    return round(statistics.median(-time.thread_time_ns() + time.thread_time_ns() for _ in range(1_000)))


def _batch(name: str, items: Sequence[mix.Item]) -> Batch:
    prompts, texts, golds = ([getattr(item, key) for item in items] for key in ("prompt", "text", "gold"))
    return CONTENDERS[name].batch(prompts, texts, golds)


def measure_here(name: str, seeds: Iterator[int], size: int, watched: Watched | None, figures: Figures) -> None:
    """One round in this process; degenerate completions go to the watched process, if there is one."""
    ordinary = [item for item in mix.generate(next(seeds), size) if not item.degenerate]
    took, values = beside(tuple(dict.fromkeys((name, FLOOR, TUTORIAL))), ordinary)
    figures.add_ordinary(took[name], took[FLOOR].us, took[TUTORIAL].us)
    figures.check([Scored(item, value) for item, value in zip(ordinary, values, strict=True)])
    call, fresh = work_of(name), mix.generate(next(seeds), max(size // 4, mix.GROUP))
    singles = [_in(watched, one) if watched and one.degenerate else Scored(one, *call(*_shared(one))) for one in fresh]
    figures.add_singles(singles)
    figures.check(singles)


_CLOCK = _clock()

# --- in a process of its own ---


def work_of(name: str) -> Callable[[str, str, str], tuple[float | None, int, int, int]]:
    """What times one call of a contender: the value, nanoseconds that it ran, that passed, and that the floor ran."""
    call, floor, contender = CONTENDERS[name].load(), CONTENDERS[FLOOR].load(), CONTENDERS[name]

    def work(prompt: str, text: str, gold: str) -> tuple[float | None, int, int, int]:
        given, plain = contender.batch([prompt], [text], [gold]), CONTENDERS[FLOOR].batch([prompt], [text], [gold])
        (value,), ns, passed_ns = ran(call, given)
        return value, ns, passed_ns, ran(floor, plain)[1]

    return work


def _shared(item: mix.Item) -> tuple[str, str, str]:
    return item.prompt, item.text, item.gold


def _in(watched: Watched, item: mix.Item) -> Scored:
    begin = time.perf_counter_ns()
    result, error = watched(*_shared(item))
    passed = time.perf_counter_ns() - begin  # of one that was killed or raised nothing else is known
    return Scored(item, *(result or (None, passed, passed, 0)), error)


def measure_watched(watched: Watched, seeds: Iterator[int], size: int, figures: Figures) -> None:
    """One round in a process of its own."""
    scored = [_in(watched, item) for item in mix.generate(next(seeds), size)]
    ordinary = [one for one in scored if not one.item.degenerate and one.error is None]
    if ordinary:
        us, passed, floor = (
            sum(getattr(one, key) for one in ordinary) / 1e3 / len(ordinary) for key in ("ns", "passed_ns", "floor_ns")
        )
        figures.add_ordinary(Ran(us, passed), floor)
    figures.add_singles(scored)
    figures.check(scored)


# --- all of them ---


def run(names: Sequence[str], args: argparse.Namespace) -> tuple[dict[str, Figures], dict[str, str]]:
    """The figures of each contender, and why a peer is absent."""
    seeds, results, absent, processes = count(args.seed), dict[str, Figures](), dict[str, str](), dict[str, Watched]()
    for name in dict.fromkeys((*names, TUTORIAL)):
        if name in PEERS or name == TUTORIAL:
            try:
                processes[name] = Watched(work_of, name, args.limit)
            except Absent as error:
                absent[name] = str(error)
    present = [name for name in names if name not in absent]
    for turn in range(args.rounds + 1):
        for name in present:
            # What is built or imported for the first completions belongs to none: round 0 is not entered.
            figures = results[name] if turn else Figures("watched" if name in PEERS else "in process")
            gc.collect()
            if name in PEERS:
                measure_watched(processes[name], seeds, args.sample if turn else mix.GROUP, figures)
            else:
                measure_here(name, seeds, args.count if turn else BATCH, processes.get(name), figures)
            results[name] = figures if turn else Figures(figures.where)
        print(f"round {turn} of {args.rounds}", file=sys.stderr)
    for process in processes.values():
        process.close()
    return results, absent


def report(results: Mapping[str, Figures]) -> dict[str, dict[str, Any]]:
    """The figures as they are written, with how each contender is called."""
    rows = {name: {"version": CONTENDERS[name].version, "called": CONTENDERS[name].called} for name in results}
    rows = {name: row | results[name].told() for name, row in rows.items()}
    if TUTORIAL in rows:
        for row in rows.values():  # a peer in a process of its own was not timed beside it, but both beside the floor
            row["to_tutorial"] = row["to_tutorial"] or _quotient(row["to_floor"], rows[TUTORIAL]["to_floor"])
    return rows


def _quotient(one: dict[str, float] | None, other: dict[str, float] | None) -> dict[str, float] | None:
    return {key: round(one[key] / other[key], 4) for key in one} if one and other else None


def _print(rows: Mapping[str, Mapping[str, Any]]) -> None:
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 160  # columns; a pipe has no width
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    heads = "|items/s|µs best|median|× floor|median|× tutorial|median|p50 µs|p99 µs|degenerate|mix µs"
    for head in (*heads.split("|"), "pairs", "inverted", "ties", "failed"):
        table.add_column(head, justify="right" if head else "left")
    for name, row in rows.items():
        both = [_short(row[key], which) for key in ("us", "to_floor", "to_tutorial") for which in ("best", "median")]
        both += [_short(row[key], "median") for key in ("p50_us", "p99_us")]
        failed = row["unscored"] if row["where"] == "in process" else row["errors"] + row["killed"]
        share = f"{100 * row['degenerate_share']:.1f} %"
        counted = [f"{n:,}" for n in (row["pairs"], row["inverted"], row["ties"], failed)]
        whole = "" if row["mix_us"] is None else f"{row['mix_us']:,.2f}"
        table.add_row(name, _short(row["per_s"], "best"), *both, share, whole, *counted)
    console.print(table)


def _short(figure: Mapping[str, float] | None, which: str) -> str:
    if figure is None:
        return ""
    return f"{figure[which]:,.2f}" if figure[which] < 100 else f"{figure[which]:,.0f}"


def _arguments() -> argparse.Namespace:
    calls = "\n".join(f"  {name:20} {one.called}" for name, one in CONTENDERS.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"contenders, and how each is called:\n{calls}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1, help="of the first measurement; default: %(default)s")
    parser.add_argument("--count", type=int, default=mix.COUNT, help="completions a round; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--sample", type=int, default=304, help="completions a round for peers; default: %(default)s")
    parser.add_argument("--limit", type=float, default=20.0, help="seconds for a call that may hang; default: 20")
    parser.add_argument("--only", type=_names, default=tuple(CONTENDERS), metavar="NAME,...", help="default: all")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the result as JSON")
    return parser.parse_args()


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in CONTENDERS:
            raise argparse.ArgumentTypeError(f"no contender named {name!r}; there are {', '.join(CONTENDERS)}")
    return names


def main() -> int:
    """Time, check, print and write."""
    args = _arguments()
    known = machine.circumstances(["benchmarks/speed.py", *sys.argv[1:]])
    known |= {key: getattr(args, key) for key in ("seed", "count", "rounds", "sample", "limit")} | {"batch": BATCH}
    gc.disable()
    results, absent = run(args.only, args)
    rows = report(results)
    print(machine.told(known), end="\n\n")
    _print(rows)
    sampled = ", ".join(name for name, row in rows.items() if row["where"] == "watched")
    print("\n× floor and × tutorial are ratios of the time for the same completions; failed: without a score")
    print(f"in a process of their own, on {args.sample} completions a round: {sampled or 'none'}")
    for name, why in absent.items():
        print(f"absent: {name}, {why}")
    for name in JUDGES:
        for pair in results[name].first_inverted if name in results else ():
            print(f"inverted: {name}, {pair}")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        known |= {"contenders": rows, "absent": absent}
        args.out.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")  # in ASCII: surrogates stand alone
    return int(any(name in JUDGES and row["inverted"] for name, row in rows.items()))


if __name__ == "__main__":
    sys.exit(main())
