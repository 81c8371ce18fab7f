"""Fuzzes the library for as long as it is told to, and prints figures and finds.

    python tests/fuzz/run.py --executions 100000 --seed 1
    python tests/fuzz/run.py --target judge --seconds 60
    python tests/fuzz/run.py --guided --executions 1000000       (needs atheris)

A find that is a bug goes into `tests/corpus/fuzz.jsonl`, with its reason in words.
"""

import argparse
import random
import sys
import time
from pathlib import Path


def main() -> int:
    """Run what the command line asks for: 1 when something was found, 2 when it cannot run."""
    args = _arguments()
    if args.guided:
        try:
            import atheris
        except ImportError:
            print("run.py: --guided needs atheris, which is not installed (pip install atheris)", file=sys.stderr)
            return 2
        with atheris.instrument_imports(include=["vireward"]):
            import vireward.judge
    import fuzzing
    from fuzz_targets import TARGETS

    import vireward.symbolic

    vireward.symbolic._installed = lambda: False  # a worker is another process, and takes its time
    targets = tuple(args.target or TARGETS)
    if unknown := set(targets) - set(TARGETS):
        print(f"run.py: no target {min(unknown)!r}; there are {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    figures = fuzzing.Figures()
    (_guided if args.guided else _unguided)(figures, targets, args)
    return _told(figures, args.out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", action="append", help="a target; may be given again; without it all of them")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="how long")
    parser.add_argument("--executions", type=int, default=None, help="how many cases; without both 100000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--guided", action="store_true", help="let atheris look for texts that reach new code")
    parser.add_argument("--out", type=Path, help="a file that finds are added to, one row of the corpus a line")
    args = parser.parse_args()
    if args.executions is None:
        args.executions = sys.maxsize if args.seconds < float("inf") else 100_000
    return args


class _Progress:
    """Prints the figures once a minute, and each find when it is found: a long run may be ended before its end."""

    def __init__(self) -> None:
        self.said, self.finds = time.monotonic(), 0

    def tell(self, figures) -> None:
        for kind, row in list(figures.finds.items())[self.finds :]:
            print(f"{kind}\n  {row}", flush=True)
        self.finds = len(figures.finds)
        if time.monotonic() - self.said > 60:
            self.said = time.monotonic()
            print(figures, flush=True)


def _unguided(figures, targets, args) -> None:
    import fuzzing

    until, progress = time.monotonic() + args.seconds, _Progress()

    def go_on(now) -> bool:
        progress.tell(now)
        return now.executions < args.executions and time.monotonic() < until

    fuzzing.run(targets, random.Random(args.seed), go_on, figures)


def _guided(figures, targets, args) -> None:
    """The first byte says which target; atheris ends the process itself, so figures are printed before its last run."""
    import atheris

    until, progress = time.monotonic() + args.seconds, _Progress()

    def one(data: bytes) -> None:
        figures.take(targets[data[0] % len(targets)] if data else targets[0], data[1:])
        progress.tell(figures)
        if figures.executions >= args.executions or time.monotonic() > until:
            code = _told(figures, args.out)
            sys.stdout.flush()
            _leave(code)

    atheris.Setup([sys.argv[0], f"-seed={args.seed}", "-max_len=64", "-verbosity=0"], one)
    atheris.Fuzz()


def _leave(code: int) -> None:
    """End at once: in a callback of libFuzzer SystemExit counts as a crash."""
    import os

    os._exit(code)


def _told(figures, out: Path | None) -> int:
    print(figures)
    if figures.slowest:
        target, case = figures.slowest
        print(f"the longest was of {target}: {str(case)[:200]!a}")
    for row in figures.finds.values():
        print(row)
    if out is not None:
        with out.open("a", encoding="utf-8") as file:
            file.writelines(f"{row}\n" for row in figures.finds.values())
    return int(bool(figures.finds))


if __name__ == "__main__":
    sys.exit(main())
