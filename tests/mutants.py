"""Say how many changes to the code the tests saw; fails where that is under four of five.

`mutmut results --all true | python -m tests.mutants`, after `mutmut run`. Gate and conversion
count each for itself; a module that `pyproject.toml` names and in which nothing was tried fails.
"""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
WANTED = 0.8
SEEN = {"killed", "timeout"}  # a test failed, or would have run for ever

Counts = dict[str, Counter[str]]


def read_results(lines: Iterable[str]) -> Counts:
    """How the changes to each module ended, from lines as "a.module.x_f__mutmut_1: killed"."""
    counts: Counts = {}
    for line in lines:
        name, _, status = line.strip().partition(": ")
        if status:
            counts.setdefault(name.rpartition(".")[0], Counter())[status] += 1
    return counts


def share_seen(counts: Iterable[Counter[str]]) -> float:
    """Of the changes that were not skipped: those that the tests saw; 0 where there are none."""
    whole = sum(counts, Counter[str]())
    tried = whole.total() - whole["skipped"]
    return sum(whole[status] for status in SEEN) / tried if tried else 0.0


def judge(counts: Counts, modules: Sequence[str]) -> tuple[list[str], bool]:
    """A line a module and a line a package of them, and whether enough was seen everywhere."""
    lines = []
    for name in modules:
        ended = counts.get(name, Counter())
        others = [f", {n} {status}" for status, n in sorted(ended.items()) if status not in SEEN]
        lines.append(f"{share_seen([ended]):6.1%} of {ended.total():,} in {name}{''.join(others)}")
    enough = all(counts.get(name) for name in modules)
    for package in sorted({name.rpartition(".")[0] for name in modules}):
        share = share_seen(counts[n] for n in counts if n.rpartition(".")[0] == package)
        lines.append(f"{share:6.1%} in {package}; {WANTED:.0%} are wanted.")
        enough = enough and share >= WANTED
    return lines, enough


def read_modules(path: Path = PROJECT) -> list[str]:
    """The modules that mutmut is to change."""
    paths = tomllib.loads(path.read_text(encoding="utf8"))["tool"]["mutmut"]["only_mutate"]
    return [path.removesuffix(".py").replace("/", ".") for path in paths]


if __name__ == "__main__":
    told, enough = judge(read_results(sys.stdin), read_modules())
    print(*told, sep="\n")
    sys.exit(not enough)
