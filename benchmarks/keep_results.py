"""Copy finished runs to where they are shipped: run.json, progress.csv and timing.csv, without what takes much room.

    python benchmarks/keep_results.py build/reference results/reference

A run that is there already stays as it is. Checkpoints and episodes.csv are left out, and so is the checksum of
episodes.csv in run.json: `rlbench check` verifies the other files, and notes what is not there.
"""

import json
import shutil
import sys
from pathlib import Path

from rlbench.layout import COMPLETE_STATUSES, EPISODES_FILE, PROGRESS_FILE, RUN_FILE, TIMING_FILE


def keep(source: Path, target: Path) -> list[Path]:
    """Copy every complete run that is not there yet; their folders."""
    kept = []
    for found in sorted(source.glob(f"*/*/seed-*/{RUN_FILE}")):
        about, folder = json.loads(found.read_text()), target / found.parent.relative_to(source)
        if about["status"] not in COMPLETE_STATUSES or (folder / RUN_FILE).exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        for name in (PROGRESS_FILE, TIMING_FILE):
            shutil.copyfile(found.parent / name, folder / name)
        about["files"] = {name: each for name, each in about["files"].items() if name != EPISODES_FILE}
        (folder / RUN_FILE).write_text(json.dumps(about, indent=2) + "\n")  # last: a run with it is whole
        kept.append(folder)
    return kept


if __name__ == "__main__":
    kept = keep(*map(Path, sys.argv[1:3]))
    print(f"kept {len(kept)} runs in {sys.argv[2]}")
