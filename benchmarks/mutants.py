"""How many faults, put in on purpose, do the tests see?

mutmut changes one place at a time in the modules that decide on a reward (`[tool.mutmut]` of pyproject.toml names them,
and the tests) and runs the tests that reach it: a mutant is killed when one of them fails, also by a time limit. Here a
seeded sample of all mutants is drawn, run and counted by file, and the survivors are listed with what was changed.

Each survivor has a reason why no test kills it, written by hand into the result. A new run keeps the reasons of the
changes that survive again; those without one are told, and the exit status is 1.

Run in the repository's root by `make mutants`, in an environment of its own.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from machine import circumstances, versions
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import get_mutant_name

FOLDER = Path("mutants")  # mutmut's: the mutated sources, the tests' copy, what became of each mutant
PACKAGES = ("mutmut", "pytest", "hypothesis")
MEMORY = 4 * 2**30  # bytes; a mutant without a bound must not take the machine's
# Hashes decide in which order mutmut names its tests; Hypothesis draws the same few examples in every run.
FIXED = {"PYTHONHASHSEED": "0", "HYPOTHESIS_PROFILE": "mutants"}


def main() -> int:
    """Draw, run, count, write; 1 when a survivor has no reason."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, default=1_000, help="mutants to draw; 0 runs all (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the draw (default %(default)s)")
    parser.add_argument(
        "--children", type=int, default=os.cpu_count(), help="processes at a time (default %(default)s)"
    )
    parser.add_argument("--counted", action="store_true", help="count the last run anew, without running")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/mutants.json"), help="the result")
    options = parser.parse_args()
    names = all_names()
    drawn = random.Random(options.seed).sample(names, options.sample) if options.sample else names
    if not options.counted:
        shutil.rmtree(FOLDER, ignore_errors=True)
        # `mutmut run` fails when the tests fail without a fault; what became of the mutants stands in its folder.
        command = [str(Path(sys.executable).with_name("mutmut")), "run", f"--max-children={options.children}", *drawn]
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        subprocess.run(command, check=True, env={**os.environ, **FIXED})
    found = {"sample": {"drawn": len(drawn), "of": len(names), "seed": options.seed}} | counted(
        drawn, reasons(options.out)
    )
    known = circumstances(sys.argv) | {"packages": versions(PACKAGES)}
    options.out.write_text(json.dumps(known | found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return told(found)


def all_names() -> list[str]:
    """The names of all mutants, sorted."""
    sources = {path: path.read_text(encoding="utf-8") for path in walk_mutatable_files()}
    of_file = {path: mutate_file_contents(str(path), source).mutant_names for path, source in sources.items()}
    return sorted(get_mutant_name(path, name) for path, names in of_file.items() for name in names)


def reasons(result: Path) -> dict[str, str]:
    """The reasons of an earlier result, by the change."""
    survivors = json.loads(result.read_text(encoding="utf-8"))["survivors"] if result.exists() else []
    return {survivor["change"]: survivor["reason"] for survivor in survivors}


def counted(drawn: list[str], known: dict[str, str]) -> dict[str, object]:
    """What became of the mutants: counts, by file too, and the survivors."""
    chosen, by_file, survivors = set(drawn), {}, []
    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        became = {name: status_by_exit_code[code] for name, code in data.exit_code_by_key.items() if name in chosen}
        by_file[str(path)] = Counter(became.values())
        for name in sorted(name for name, status in became.items() if status not in ("killed", "timeout")):
            change = changed(get_diff_for_mutant(name, path=path))
            row = {"name": name, "status": became[name], "change": change, "reason": known.get(change, "")}
            survivors.append(row)
    total = sum(by_file.values(), Counter())
    share = (total["killed"] + total["timeout"]) / total.total()
    return {"killed_share": round(share, 4), "total": total, "files": by_file, "survivors": survivors}


def changed(diff: str) -> str:
    """A diff from its first hunk on."""
    return diff[diff.index("@@") :]


def told(found: dict) -> int:
    """Print the counts; 1 when a survivor has no reason, else 0."""
    for path, count in found["files"].items():
        print(f"{path:32}", ", ".join(f"{number} {status}" for status, number in sorted(count.items())))
    bare = [survivor["name"] for survivor in found["survivors"] if not survivor["reason"]]
    print(
        f"{found['killed_share']:.1%} of {found['total'].total()} killed; {len(bare)} survivors without a reason", *bare
    )
    return bool(bare)


if __name__ == "__main__":
    sys.exit(main())
