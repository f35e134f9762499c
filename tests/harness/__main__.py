"""Many inputs and kills, counted: `python -m harness --inputs 10000 --kills 1000`, with tests/ on the path."""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

from harness.inputs import CASES, KINDS
from harness.kills import lost_to_kills
from harness.trial import try_input

SHARES = {"line": 0.6, "damage": 0.25, "env": 0.08, "plugin": 0.07}
"""Of all inputs. Environments and plug-ins are trained with, and take a hundred times longer than a line."""


def try_many(kind: str, number: int, folder: Path, chance: int, counts: Counter) -> None:
    """Adds to the counts. What went wrong is printed at once."""

    def examine(tried) -> None:
        outcome = try_input(tried, folder)
        counts["inputs"] += 1
        counts["refused with one line"] += outcome.status == 2
        counts["failed jobs"] += outcome.status == 1
        counts["tracebacks"] += "traceback" in outcome.problems
        counts["bytes lost"] += outcome.lost
        counts["other problems"] += bool(set(outcome.problems) - {"traceback"})
        if outcome.problems:
            print(f"{', '.join(outcome.problems)}: {tried!r}\n    {outcome.err[-300:]}", flush=True)

    @seed(chance)
    @settings(max_examples=number, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(KINDS[kind])
    def draw(tried) -> None:
        examine(tried)

    for tried in CASES[kind]:
        examine(tried)
    draw()


def main() -> int:
    """The exit status: 1 where anything was lost or said wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    counts, begun = (
        Counter(dict.fromkeys(("inputs", "tracebacks", "bytes lost", "other problems"), 0)),
        time.monotonic(),
    )
    try:
        with tempfile.TemporaryDirectory(prefix="harness-") as folder:
            for kind, share in SHARES.items():
                try_many(kind, max(1, round(share * arguments.inputs)), Path(folder) / kind, arguments.seed, counts)
                print(f"{kind}: {counts['inputs']:,} inputs so far, {time.monotonic() - begun:.0f} s", flush=True)
            if arguments.kills:
                counts["kills"], lost = lost_to_kills(Path(folder) / "kills", arguments.kills, arguments.seed)
                counts["bytes lost"] += lost
    finally:
        for name, number in counts.items():
            print(f"{name}: {number:,}")
    return int(any(counts[name] for name in ("tracebacks", "bytes lost", "other problems")))


if __name__ == "__main__":
    sys.exit(main())
