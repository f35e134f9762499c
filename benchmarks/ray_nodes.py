"""Two nodes of a real Ray cluster beside one: the same sweep on a cluster of one node and of two, of one core each.

    python benchmarks/ray_nodes.py --turns 3

All nodes are on this machine, so it needs three idle cores, or two and a grain of salt: Ray's own processes and the
command have no core of their own there. The time is from the first worker's work to the last's, and from the start of
the command to its end. Linux only.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from real_ray import Cluster

FORGETTING = 10.0
"""Seconds until the cluster knows that a node has gone."""
SWEEP = ("trpo", "ppo", "--env", "Hopper-v4", "--seeds", "4", "--quiet")


def measure(cluster: Cluster, steps: str) -> tuple[float, float]:
    """Seconds of work of a sweep, and of the whole command."""
    with tempfile.TemporaryDirectory() as out:
        words = ("run", *SWEEP, "--steps", steps, "--out", out, "--launcher", "ray", "--address", cluster.address)
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "rlbench", *words],
            env={**os.environ, **cluster.environment},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        seconds = time.monotonic() - began
        runs = [json.loads(path.read_text()) for path in Path(out).rglob("run.json")]
    times = [[datetime.fromisoformat(run[key]) for run in runs] for key in ("started", "ended")]
    return (max(times[1]) - min(times[0])).total_seconds(), seconds


def main() -> None:
    """Measure in turns, and print each turn and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--steps", default="100k")
    words = parser.parse_args()
    seen: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory(prefix="rlb-", ignore_cleanup_errors=True) as short:
        cluster = Cluster(Path(short), Path(short) / "ray")  # Ray's sockets need a short name
        try:
            cluster.start()
            cluster.add("first")
            for turn in range(words.turns):
                for nodes in sorted(seen, reverse=bool(turn % 2)):
                    if nodes == 2 and "second" not in cluster.nodes:
                        cluster.add("second")
                    if nodes == 1 and "second" in cluster.nodes:
                        cluster.kill("second")
                        time.sleep(FORGETTING)
                    seen[nodes].append(measure(cluster, words.steps))
                    work, whole = seen[nodes][-1]
                    print(f"nodes {nodes}: work {work:6.1f} s, command {whole:6.1f} s", flush=True)
        finally:
            cluster.stop()
    for place, what in enumerate(("work", "command")):
        one, two = (statistics.median(each[place] for each in seen[nodes]) for nodes in (1, 2))
        told = f"{one / two:.2f} times as fast, efficiency {one / two / 2:.0%}"
        print(f"{what}: one node {one:.1f} s, two {two:.1f} s: {told}")


if __name__ == "__main__":
    main()
