r"""How much memory does it take to score a file, and to score one very long text?

    python benchmarks/memory.py [--rows ROWS] [--few ROWS] [--length CHARACTERS] [--out FILE]

Rows are scored as `vireward score` does it, with the four rewards that read the format and the answer, and the number
style found first, which reads the file a second time. The file is a stream of `POOL` completions of `mix.py` over and
over, each time with another number in it. Long texts are families of `hostile.py`, in the places of `adversarial.py`.

Every figure is taken in a process of its own: what Python objects take at their peak, by tracemalloc; and how far the
resident set grows, by Linux's high-water mark, in a second process that is not traced. The scores are checked
against those of the same completions scored one by one. The status is 1 when they differ.
"""

import argparse
import contextlib
import gc
import json
import math
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import adversarial
import machine
import mix
from hostile import grown
from rich.console import Console
from rich.table import Table
from watched import Watched

import vireward
from vireward import scoring

ROWS, FEW, POOL = 1_000_000, 10_000, 1_000
LENGTH = 10_000_000  # characters
LONG = ("prose", "digits", "words", "filled answer blocks", "anchors", "boxes", "emoji", "mixed marks")
REWARDS = ("format_exact", "tag_count", "answer_match", "numeric_match")
_LIMIT = 7_200.0  # seconds for a measurement
_NUMBER = "000000000"  # where each row gets its own; no completion has nine zeros in a row


class Rows:
    """A file of rows that are made as they are read."""

    def __init__(self, count: int) -> None:
        lines = [json.dumps({"completion": _marked(one.text), "answer": one.gold}) + "\n" for one in pool()]
        self.lines = [line.encode().split(_NUMBER.encode()) for line in lines]
        self.count, self.at = count, 0

    def readline(self, _size: int = -1) -> bytes:
        """The next line; empty at the end."""
        if self.at >= self.count:
            return b""
        self.at += 1
        return (b"%09d" % self.at).join(self.lines[self.at % POOL])

    def tell(self) -> int:
        """The number of the line before which the file stands."""
        return self.at

    def seek(self, at: int) -> None:
        """Stand before a line again."""
        self.at = at


def pool() -> list[mix.Item]:
    """The completions that are repeated."""
    return mix.generate(1, POOL)


def _marked(text: str) -> str:
    """The text with room for a number behind the first word of its reasoning, where it changes no score."""
    first, blank, rest = text.partition(" ")
    return f"{first} {_NUMBER} {rest}" if blank and text.startswith("<thinking>") else text


# --- what runs in a process of its own ---


def streaming(way: str) -> Callable[[int], dict[str, Any]]:
    """What scores so many rows, and says what it took."""

    def work(count: int) -> dict[str, Any]:
        rewards = {name: vireward.to_trl(vireward.make(name), gold=scoring.GOLD) for name in REWARDS}
        tallies, written = {name: scoring.Tally() for name in rewards}, 0
        source = scoring.Source("rows", cast("BinaryIO", Rows(count)), scoring.Columns())
        with Peak(way) as peak:
            begin = time.perf_counter()
            source.evidence()
            for line in scoring.lines(source, rewards, tallies):
                written += len(line)
            seconds = time.perf_counter() - begin
        means = {name: tally.mean for name, tally in tallies.items()}
        return {"rows": count, way: peak.bytes, "seconds": round(seconds, 2), "written": written, "means": means}

    return work


def expected(count: int) -> dict[str, float]:
    """The means of the scores, one completion scored after the other."""
    samples = [vireward.Sample(_marked(one.text), one.gold) for one in pool()]
    times = [len(range(place or POOL, count + 1, POOL)) for place in range(POOL)]
    rewards = {name: vireward.make(name) for name in REWARDS}
    scores = {name: [cast("float", reward(sample).value) for sample in samples] for name, reward in rewards.items()}
    return {
        name: sum(value * n for value, n in zip(values, times, strict=True)) / count for name, values in scores.items()
    }


def reading(way: str) -> Callable[[str, str, str, int], dict[str, Any]]:
    """What scores one long text, and says what it took."""

    def work(target: str, family: str, place: str, length: int) -> dict[str, Any]:
        call = adversarial.TARGETS[target].load()
        call(adversarial.PLACES["answer"].format("26"))
        text = adversarial.PLACES[place].replace("{}", grown(family, length))
        with Peak(way) as peak:
            call(text)
        return {"text": sys.getsizeof(text), way: peak.bytes}

    return work


class Peak:
    """By how many bytes memory grows at most inside a `with`, seen in one of two ways: `traced` or `resident`."""

    def __init__(self, way: str) -> None:
        self.way, self.bytes = way, 0

    def __enter__(self) -> "Peak":
        gc.collect()
        if self.way == "traced":
            tracemalloc.start()
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the high-water mark falls to what is now
        self._before = 0 if self.way == "traced" else resident("VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        if self.way == "traced":
            self.bytes = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        else:
            self.bytes = resident("VmHWM") - self._before


def resident(key: str) -> int:
    """What the system says of this process, in bytes: `VmRSS` is resident now, `VmHWM` was at the highest."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(1_024 * int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))


# --- all of it ---


def measured(prepare: Callable[[str], Callable[..., dict[str, Any]]], *request: object) -> dict[str, Any]:
    """One measurement in both ways, each in a fresh process; time is that of the one that is not traced."""
    row: dict[str, Any] = {}
    for way in ("traced", "resident"):
        with Watched(prepare, way, _LIMIT) as watched:
            result, error = watched(*request)
        row |= result if error is None else {"error": error}
    return row


def long_texts(targets: Sequence[str], families: Sequence[str], length: int) -> Iterator[dict[str, Any]]:
    """What each target takes for each family, in its last place: the one where it looks closest."""
    for target in targets:
        for family in families:
            place = adversarial.TARGETS[target].places[-1]
            print(f"{target}, {family}", file=sys.stderr)
            yield {
                "target": target,
                "family": family,
                "place": place,
                **measured(reading, target, family, place, length),
            }


def _print(streams: Sequence[Mapping[str, Any]], texts: Sequence[Mapping[str, Any]]) -> None:
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 120  # columns; a pipe has no width
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("rows", "Python objects, kB", "resident set grows by, kB", "rows/s"):
        table.add_column(head, justify="right")
    for row in streams:
        speed = row["rows"] / row["seconds"]
        table.add_row(
            f"{row['rows']:,}", *(f"{row[way] / 1e3:,.0f}" for way in ("traced", "resident")), f"{speed:,.0f}"
        )
    console.print(table)
    console.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("target", "family", "place", "text, MB", "objects, MB", "× text", "resident, MB"):
        table.add_column(head, justify="left" if head in ("target", "family", "place") else "right")
    for row in texts:
        cells = (
            [row["error"]] if "error" in row else [f"{row[key] / 1e6:,.1f}" for key in ("text", "traced", "resident")]
        )
        if len(cells) > 1:
            cells.insert(2, f"{row['traced'] / row['text']:,.2f}")
        table.add_row(row["target"], row["family"], row["place"], *cells)
    console.print(table)


def _arguments() -> argparse.Namespace:
    ours = tuple(name for name, target in adversarial.TARGETS.items() if target.ours)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS, help="default: %(default)s")
    parser.add_argument("--few", type=int, default=FEW, metavar="ROWS", help="to compare with; default: %(default)s")
    parser.add_argument("--length", type=int, default=LENGTH, metavar="CHARACTERS", help="default: %(default)s")
    among = adversarial.among
    parser.add_argument("--targets", type=among(ours), default=ours, metavar="NAME;...", help="default: all of ours")
    parser.add_argument("--families", type=among(LONG), default=LONG, metavar="NAME;...", help=f"of {'; '.join(LONG)}")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the result as JSON")
    return parser.parse_args()


def main() -> int:
    """Measure, check, print and write."""
    args = _arguments()
    known = machine.circumstances(["benchmarks/memory.py", *sys.argv[1:]])
    texts = list(long_texts(args.targets, args.families, args.length))
    streams = [measured(streaming, count) for count in (args.few, args.rows)]
    if failed := [row["error"] for row in streams if "error" in row]:
        print(f"memory.py: the rows were not scored: {failed[0]}", file=sys.stderr)
        return 2
    print(machine.told(known), end="\n\n")
    _print(streams, texts)
    wrong = [row["rows"] for row in streams if not _agree(row["means"], expected(row["rows"]))]
    for count in wrong:
        print(f"{count:,} rows were not scored like the same completions one by one")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        known |= {"length": args.length, "streams": streams, "long_texts": texts}
        args.out.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(bool(wrong))


def _agree(means: Mapping[str, float], wanted: Mapping[str, float]) -> bool:
    return all(math.isclose(means[name], wanted[name], rel_tol=1e-9) for name in REWARDS)


if __name__ == "__main__":
    sys.exit(main())
