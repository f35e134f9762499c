"""What Ray takes beside local workers: the same sweep on the same cores by both, in turns.

    python benchmarks/ray_overhead.py --turns 3 --workers 1

Prints seconds from the start of the command to its end, and the processor time of all processes that it started: a
machine that others use at the same time disturbs the first much more than the second. Linux only.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SWEEP = ("reinforce", "trpo", "--env", "Hopper-v4", "--seeds", "2", "--quiet")
MARK = "RLBENCH_OVERHEAD"
LOOK_SECONDS = 0.1


def processor_seconds(mark: str, known: dict[int, float]) -> None:
    """Note the processor time of each process whose environment has the mark."""
    wanted = f"{MARK}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) not in known and wanted not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        known[int(folder.name)] = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def measure(launcher: str, steps: str, workers: str) -> tuple[float, float]:
    """Seconds and processor seconds of one sweep."""
    out, mark, known = tempfile.mkdtemp(), f"{launcher}-{time.monotonic_ns()}", {}
    words = (*SWEEP, "--steps", steps, "--workers", workers, "--out", out, "--launcher", launcher)
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "rlbench", "run", *words],
        env={**os.environ, MARK: mark},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            processor_seconds(mark, known)
            time.sleep(LOOK_SECONDS)
    seconds = time.monotonic() - began
    shutil.rmtree(out)
    if process.returncode:
        raise SystemExit(f"the sweep by --launcher {launcher} failed with status {process.returncode}")
    return seconds, sum(known.values())


def main() -> None:
    """Measure in turns, and print each turn and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--steps", default="60k")
    parser.add_argument("--workers", default="1")
    words = parser.parse_args()
    seen: dict[str, list[tuple[float, float]]] = {"local": [], "ray": []}
    for turn in range(words.turns):
        for launcher in sorted(seen, reverse=bool(turn % 2)):
            seen[launcher].append(measure(launcher, words.steps, words.workers))
            print(f"{launcher:6} {seen[launcher][-1][0]:7.1f} s, {seen[launcher][-1][1]:7.1f} s of a core", flush=True)
    for place, what in enumerate(("seconds", "processor seconds")):
        local, ray = (statistics.median(each[place] for each in seen[name]) for name in ("local", "ray"))
        print(f"{what}: local {local:.1f}, ray {ray:.1f}, {ray / local - 1:+.1%}")


if __name__ == "__main__":
    main()
