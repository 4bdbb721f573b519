"""Say how many changes to the code the tests saw; fails where that is under four of five.

`python -m tests.mutants`, after `mutmut run` and `mutmut export-cicd-stats`.
"""

import json
import sys
from pathlib import Path

STATISTICS = Path("mutants/mutmut-cicd-stats.json")
WANTED = 0.8


def share_seen(counted: dict[str, int]) -> float:
    """Of the changes that were tried: those that failed a test or let it run for ever."""
    tried = counted["total"] - counted["skipped"]
    return (counted["killed"] + counted["timeout"]) / tried if tried else 0.0


if __name__ == "__main__":
    counts = json.loads(STATISTICS.read_text(encoding="utf8"))
    seen = share_seen(counts)
    print(f"{seen:.1%} of {counts['total']:,} changes were seen; {WANTED:.0%} are wanted.")
    sys.exit(seen < WANTED)
