"""What a benchmark takes on clusters of several sizes: a simulation with the planner that `rlbench run` uses.

    python benchmarks/cluster_scale.py measure costs.json
    python benchmarks/cluster_scale.py simulate costs.json

The first measures, on this machine, what a transition of each algorithm and task costs and how large a checkpoint is;
the second needs a moment. Jobs are cut by the planner, begun in its order, and take what was measured times a random
factor; nodes die, and their jobs go on elsewhere. docs/scale.md has the results.
"""

import argparse
import heapq
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlbench.sweep.plan import JOB_COST, WorkItem, plan

ALGORITHMS = ("a2c", "cem", "cma-es", "npg", "ppo", "reinforce", "trpo", "trpo-vine")
START_SECONDS = 5.0
"""A job's process until its first step: Ray's actor, then a worker that loads torch and MuJoCo."""
CHECKPOINT_SECONDS = 30.0
SILENT_SECONDS = 150.0
"""Until the processes of a node that died are taken for dead, and its jobs go on."""


@dataclass(frozen=True)
class Cluster:
    """What is assumed of a cluster and of the driver."""

    nodes: int
    cores: int = 8
    """Of a node."""
    spread: float = 0.05
    """Standard deviation of the logarithm of a job's time: cores differ, and neighbours disturb."""
    hours_between_deaths: float = 1000.0
    """Of one node."""
    starts_a_second: float = 50.0
    """Jobs that the driver and Ray's head can begin in a second; the driver alone takes 1.2 ms for each."""


@dataclass(frozen=True)
class Outcome:
    """How a benchmark went."""

    jobs: int
    seconds: float
    core_seconds: float
    """Of cores at work, with what was lost."""
    lost: float
    """Core-seconds of work that was done twice or waited for."""
    busy: float
    """Cores at work on the average."""
    deaths: int
    """Jobs that lost their node."""
    checkpoints: float
    """Bytes a second that are written at the most."""
    reports: float
    """Reports a second that the driver reads at the most."""


def simulate(costs: dict[str, dict[str, float]], pieces: Sequence[WorkItem], cluster: Cluster, size: float) -> Outcome:
    """Free cores take the longest job that is left; a job on a node that dies goes on once it is taken for dead."""
    rng = np.random.default_rng(1)
    cores = cluster.nodes * cluster.cores
    free = [index // cluster.starts_a_second for index in range(min(cores, len(pieces)))]
    heapq.heapify(free)
    ends, total, lost, deaths = [], 0.0, 0.0, 0
    for piece in pieces:
        work = costs[piece.env][piece.algorithm] * piece.steps * (JOB_COST + len(piece.seeds))
        seconds = START_SECONDS + work * float(rng.lognormal(0.0, cluster.spread))
        died = rng.poisson(seconds / 3600 / cluster.hours_between_deaths)
        waste = sum(SILENT_SECONDS + START_SECONDS + rng.uniform(0, CHECKPOINT_SECONDS) for _ in range(died))
        total, lost, deaths = total + seconds + waste, lost + waste, deaths + int(died)
        ends.append(heapq.heapreplace(free, free[0] + seconds + waste) + seconds + waste)
    at_once = sum(len(piece.seeds) for piece in pieces[:cores])
    reports = min(len(pieces), cores) / max(0.5, min(len(pieces), cores) / 200)
    end = max(ends)
    return Outcome(len(pieces), end, total, lost, total / end, deaths, at_once * size / CHECKPOINT_SECONDS, reports)


def items_of(costs: dict[str, dict[str, float]], envs: Sequence[str], seeds: int, by_pair: bool) -> list[WorkItem]:
    """The work, with the pace that the planner is told: that of each pair, or of the environment alone."""
    paces = {
        env: {name: costs[env][name] if by_pair else min(costs[env].values()) for name in ALGORITHMS} for env in envs
    }
    return [WorkItem(name, env, tuple(range(seeds)), 10**6, paces[env][name]) for env in envs for name in ALGORITHMS]


def table(measured: dict, envs: Sequence[str], seeds: int, by_pair: bool, price: float, hours: float) -> None:
    """Print a line for each size of cluster, whose nodes die every so many hours."""
    costs, size = measured["costs"], measured["checkpoint_bytes"]
    items = items_of(costs, envs, seeds, by_pair)
    alone = simulate(costs, plan(items, 1), Cluster(1, cores=1, spread=0.0, hours_between_deaths=1e12), size).seconds
    known = "pair" if by_pair else "environment"
    print(f"\n{len(envs)} tasks x {len(ALGORITHMS)} algorithms x {seeds} seeds, costs known by {known}: ", end="")
    print(f"{alone / 3600:,.0f} core-hours on one core; a node dies every {hours:g} hours")
    print("nodes  cores   jobs  hours  speed-up  efficiency  cores busy  jobs that lost a node  MB/s  reports/s   cost")
    for nodes in (1, 2, 10, 100, 1000):
        cluster = Cluster(nodes, hours_between_deaths=hours)
        cores = nodes * cluster.cores
        seen = simulate(costs, plan(items, cores), cluster, size)
        print(
            f"{nodes:5} {cores:6} {seen.jobs:6} {seen.seconds / 3600:6.2f} {alone / seen.seconds:9.1f} "
            f"{alone / seen.seconds / cores:11.0%} {seen.busy / cores:11.0%} {seen.deaths:22} "
            f"{seen.checkpoints / 1e6:5.1f} {seen.reports:10.0f} {cores * seen.seconds / 3600 * price:6.0f}"
        )


def measure(path: Path) -> None:
    """Time every algorithm on the quickest task, and one on every task, as the estimates of suites do."""
    import rlbench
    from rlbench.envs.tasks import task_ids
    from rlbench.sweep.cost import measured_paces
    from rlbench.sweep.launchers.workers import Workers
    from rlbench.sweep.lookup import look_up
    from rlbench.sweep.raw_options import RawOptions
    from rlbench.sweep.request import read_request

    request = read_request(RawOptions(list(ALGORITHMS), list(task_ids()), seeds="5"), None)
    with Workers(1) as pool:
        pairs = [(env, label) for env in request.envs for label in request.algorithms]
        paces = measured_paces(look_up(request, pool.ask), pairs, 5, pool, {})
    costs: dict[str, dict[str, float]] = {}
    for (env, label), pace in paces.items():
        evaluations = 10 * pace.evaluation / request.steps
        costs.setdefault(env, {})[label] = (pace.transition + evaluations) * 5 / (JOB_COST + 5)
    with tempfile.TemporaryDirectory() as folder:
        rlbench.run(["ppo"], env="HalfCheetah-v4", seeds=1, steps="4096", out=folder)
        [checkpoint] = Path(folder).rglob("checkpoint.pt")
        size = checkpoint.stat().st_size
    path.write_text(json.dumps({"costs": costs, "checkpoint_bytes": size}, indent=1) + "\n")


def main() -> None:
    """Measure or simulate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("measure", "simulate"))
    parser.add_argument("costs", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--price", type=float, default=0.04, help="of a core-hour")
    parser.add_argument("--hours", type=float, default=1000, help="between deaths of one node")
    words = parser.parse_args()
    if words.what == "measure":
        measure(words.costs)
        return
    measured = json.loads(words.costs.read_text())
    for by_pair in (False, True):
        table(measured, list(measured["costs"]), words.seeds, by_pair, words.price, words.hours)


if __name__ == "__main__":
    main()
