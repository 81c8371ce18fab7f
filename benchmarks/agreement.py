"""Which true pairs of answer and gold does a grader accept, which false ones, and how long does it take for each?

    python benchmarks/agreement.py --data FOLDER

The folder holds sets, files of JSON lines at any depth. A row has `gold` (text), `expected` (true or false, null where
nobody knows) and `prediction` or `completion` (text; null is an empty one). Rows without a verdict or a gold are
skipped and counted. The number style of a row is its own `style`, or that of its set, which --style-of gives.
"""

import argparse
import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path

import graders
import machine
from graders import GRADERS, Outcome
from rich.console import Console
from rich.table import Table

import vireward

# Number styles of sets that name none in their rows; the first pattern that fits the path or the file name decides.
STYLES = (("gsm8k_vi*", "en"), ("hardverify*", "en"), ("qwen*", "en"), ("peer_cases/*", "en"), ("*", "vi"))
LEFT_OUT = {
    "*__format": "expects a verdict on the format, not on the answer",
    "*__numeric": "expects a score, not a verdict",
    "*__extraction": "expects the text that is found, not a verdict",
}
LIMIT = 10.0  # seconds per pair; the slowest honest pair of a peer takes about one
_TAIL = 100  # characters of a completion that a listing shows


@dataclass(frozen=True, slots=True)
class Pair:
    """A text, the gold, and whether the text states it."""

    id: str
    text: str
    gold: str
    style: str
    expected: bool


@dataclass(frozen=True, slots=True)
class PairSet:
    """The pairs of one file, and the numbers of rows skipped, by reason."""

    name: str
    pairs: tuple[Pair, ...]
    skipped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tally:
    """What a grader said of a set: numbers of pairs, and microseconds per pair."""

    true: int
    false: int
    accepted_true: int
    accepted_false: int
    errors: int
    timeouts: int
    median_us: float
    mean_us: float


Results = Mapping[str, Sequence[Outcome]]  # by set, one outcome for each of its pairs


def main() -> int:
    """Run the graders over the sets, print the tables and write the result."""
    args = _arguments()
    if not args.data.is_dir():
        print(f"agreement.py: --data {args.data}: no such folder", file=sys.stderr)
        return 2
    sets, left_out = read_sets(args.data, args.only, (*args.style_of, *STYLES))
    if not sets:
        print(f"agreement.py: --data {args.data}: no file has pairs with a verdict", file=sys.stderr)
        return 2
    results, versions, absent = run(args.graders, sets, args.limit)
    known = machine.circumstances(_command(args.data)) | {"limit_s": args.limit}
    every, joined = with_total(sets, results)
    print(machine.told(known), end="\n\n")
    _print(every, joined)
    for what, named in (("absent", absent), ("left out", left_out)):
        for name, why in named.items():
            print(f"{what}: {name}, {why}")
    if args.list_disagreements in results:
        _list_disagreements(args.list_disagreements, sets, results[args.list_disagreements])
    if args.out:
        used = {name: {"version": version, "called": graders.called(name)} for name, version in versions.items()}
        known |= {"graders": used, "absent": absent, "left_out": left_out, "sets": report(every, joined)}
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    calls = "\n".join(f"  {name:22} {graders.called(name)}" for name in GRADERS)
    styles = ", ".join("=".join(pair) for pair in STYLES)
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"graders, and how each is called (`stated`: what vireward finds, or the text):\n{calls}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="where the sets are")
    parser.add_argument("--only", nargs="+", default=["*"], metavar="GLOB", help="sets by path or name, no .jsonl")
    parser.add_argument("--graders", type=_names, default=tuple(GRADERS), metavar="NAME,...", help="default: all")
    parser.add_argument("--style-of", type=_style, nargs="+", default=(), metavar="GLOB=STYLE", help=f"after: {styles}")
    parser.add_argument("--limit", type=float, default=LIMIT, metavar="SECONDS", help="per pair; default: %(default)s")
    parser.add_argument("--list-disagreements", metavar="GRADER", help="print the rows it judges otherwise")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the result as JSON")
    args = parser.parse_args()
    if args.list_disagreements and args.list_disagreements not in args.graders:
        parser.error(f"--list-disagreements {args.list_disagreements}: not among --graders {','.join(args.graders)}")
    return args


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in GRADERS:
            raise argparse.ArgumentTypeError(f"no grader named {name!r}; there are {', '.join(GRADERS)}")
    return names


def _style(text: str) -> tuple[str, str]:
    pattern, _, style = text.rpartition("=")
    if not pattern or style not in ("vi", "en"):
        raise argparse.ArgumentTypeError(f"{text!r} must be GLOB=vi or GLOB=en")
    return pattern, style


def _command(data: Path) -> list[str]:
    """The command as typed, with the name of the data folder in place of its path."""
    words = [data.resolve().name if Path(word) == data else word for word in sys.argv[1:]]
    return ["benchmarks/agreement.py", *words]


def read_sets(
    folder: Path, only: Sequence[str], styles: Iterable[tuple[str, str]]
) -> tuple[list[PairSet], dict[str, str]]:
    """Read the sets below a folder that fit a pattern, and why each other file is left out."""
    sets, left_out, styles = [], {}, tuple(styles)
    for path in sorted(folder.rglob("*.jsonl")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if not any(_fits(name, pattern) for pattern in only):
            continue
        reason = next((why for pattern, why in LEFT_OUT.items() if _fits(name, pattern)), None)
        if reason is None:
            style = next(style for pattern, style in styles if _fits(name, pattern))
            read = _read(name, path.read_text(encoding="utf-8").splitlines(), style)
            reason = None if read.pairs else "has no row with a gold, a verdict and a text"
        if reason is None:
            sets.append(read)
        else:
            left_out[name] = reason
    return sets, left_out


def _fits(name: str, pattern: str) -> bool:
    return fnmatch(name, pattern) or fnmatch(name.rpartition("/")[2], pattern)


def _read(name: str, lines: Iterable[str], style: str) -> PairSet:
    pairs, skipped = [], Counter[str]()
    for line in filter(str.strip, lines):
        row = json.loads(line)
        texts = [row[key] for key in ("prediction", "completion") if key in row]
        if not texts or "expected" not in row:
            continue  # a file of another kind
        if row.get("gold") is None:
            skipped["no gold"] += 1
        elif row["expected"] is None:
            skipped["no verdict"] += 1
        elif isinstance(row["expected"], bool):
            known = str(row.get("id", row.get("test_name", "")))
            pairs.append(Pair(known, texts[0] or "", str(row["gold"]), row.get("style", style), row["expected"]))
    return PairSet(name, tuple(pairs), skipped)


def run(
    names: Sequence[str], sets: Sequence[PairSet], limit: float
) -> tuple[dict[str, Results], dict[str, str], dict[str, str]]:
    """Run one grader after the other; give the outcomes and versions by grader, and why a grader is absent."""
    results: dict[str, Results] = {}
    versions, absent = {}, {}
    for name in names:
        try:
            with graders.Worker(name, limit) as worker:
                versions[name] = worker.version
                results[name] = {
                    one.name: [worker.grade(pair.text, pair.gold, pair.style) for pair in one.pairs] for one in sets
                }
        except graders.Absent as error:
            absent[name] = str(error)
        print(f"{name}: {absent.get(name, 'done')}", file=sys.stderr)
    return results, versions, absent


def tally(pairs: Sequence[Pair], outcomes: Sequence[Outcome]) -> Tally:
    """Count what a grader said of some pairs."""
    accepted = Counter(pair.expected for pair, said in zip(pairs, outcomes, strict=True) if said.accepted)
    expected = Counter(pair.expected for pair in pairs)
    times = [said.micros for said in outcomes]
    return Tally(
        true=expected[True],
        false=expected[False],
        accepted_true=accepted[True],
        accepted_false=accepted[False],
        errors=sum(said.error is not None for said in outcomes),
        timeouts=sum(said.error == graders.TIMEOUT for said in outcomes),
        median_us=round(statistics.median(times), 1),
        mean_us=round(statistics.fmean(times), 1),
    )


def with_total(sets: Sequence[PairSet], results: Mapping[str, Results]) -> tuple[list[PairSet], dict[str, Results]]:
    """The same with one more set, `total`, that has the pairs of all."""
    skipped = sum((Counter(one.skipped) for one in sets), Counter[str]())
    total = PairSet("total", tuple(pair for one in sets for pair in one.pairs), skipped)
    joined = {name: [said for one in sets for said in by_set[one.name]] for name, by_set in results.items()}
    return [*sets, total], {name: {**by_set, "total": joined[name]} for name, by_set in results.items()}


def report(sets: Sequence[PairSet], results: Mapping[str, Results]) -> dict[str, object]:
    """Counts and times by set and grader, as they are written."""
    return {
        one.name: {
            "styles": sorted({pair.style for pair in one.pairs}),
            "skipped": dict(one.skipped),
            "graders": {name: asdict(tally(one.pairs, by_set[one.name])) for name, by_set in results.items()},
        }
        for one in sets
    }


def _print(sets: Sequence[PairSet], results: Mapping[str, Results]) -> None:
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 120  # columns; a pipe has no width
    for one in sets:
        skipped = ", ".join(f"{count} skipped: {why}" for why, count in one.skipped.items())
        styles = " and ".join(sorted({pair.style for pair in one.pairs}))
        title = "; ".join(filter(None, (f"{one.name} ({styles})", skipped)))
        table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for column in ("grader", "accepts of the true", "of the false", "µs median", "µs mean", "errors", "timeouts"):
            table.add_column(column, justify="left" if column == "grader" else "right")
        for name, by_set in results.items():
            t = tally(one.pairs, by_set[one.name])
            shares = _share(t.accepted_true, t.true), _share(t.accepted_false, t.false)
            table.add_row(name, *shares, *map(_shown, (t.median_us, t.mean_us)), str(t.errors), str(t.timeouts))
        console.print(table)
        console.print()


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} {100 * part / whole:5.1f} %" if whole else "none"


def _shown(micros: float) -> str:
    return f"{micros:,.1f}" if micros < 100 else f"{micros:,.0f}"


def _list_disagreements(name: str, sets: Sequence[PairSet], results: Results) -> None:
    print(f"{name} judges otherwise:")
    for one in sets:
        for pair, said in zip(one.pairs, results[one.name], strict=True):
            if said.accepted == pair.expected:
                continue
            verdict = "accepted" if said.accepted else said.error or "refused"
            tail = " ".join(pair.text.split())[-_TAIL:]
            print(
                f"{one.name} {pair.id}: {verdict}; {tail!r}, gold {pair.gold!r} ({pair.style}); vireward: {_why(pair)}"
            )


def _why(pair: Pair) -> str:
    """What vireward says of a pair; what it raises is a finding, too."""
    try:
        return vireward.compare(vireward.find_answer(pair.text) or pair.text, pair.gold, style=pair.style).why
    except Exception as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
