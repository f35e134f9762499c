"""rlbench and other libraries, side by side: seconds for the same sweep, one after the other on the same cores.

    python -m venv PEERS
    PEERS/bin/pip install torch stable-baselines3 sb3-contrib tianshou envpool 'gymnasium[mujoco]'
    python benchmarks/versus.py --peers PEERS/bin/python --seeds 6 --repeats 3

Each library trains as many seeds for as many transitions with the same worlds, batches, epochs, minibatches and
networks, in its best arrangement: rlbench as `rlbench run`, the others as one process a core with one thread, seeds
shared out evenly. What is timed are whole commands, start-up included; rlbench's one evaluation at the end, which the
others have not, is taken off. The two of a pair take turns; the table has the median seconds, and the median, least and
greatest of the pairs' ratios. `at most` is the ratio of a program that took no time beside the simulator: the peer's
seconds over those that bare `mujoco.batch` takes on all cores, measured in each turn, for as many transitions. A peer
that is not installed is left out.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rlbench.envs.bare import bare_speed
from rlbench.envs.tasks import find_task
from rlbench.sweep.machine import usable_cores

PAIRS = {
    "sb3-ppo": ("ppo", "Stable-Baselines3 PPO"),
    "sb3-trpo": ("trpo", "sb3-contrib TRPO"),
    "sb3-a2c": ("a2c", "Stable-Baselines3 A2C"),
    "script-ppo": ("ppo", "single script, PPO"),
    "script-ppo-envpool": ("ppo", "single script, PPO, EnvPool"),
    "tianshou-ppo": ("ppo", "Tianshou 2 PPO"),
}
NEEDS = {"sb3": "sb3_contrib", "tianshou": "tianshou", "script-ppo-envpool": "envpool", "script": "gymnasium"}
BATCH = 2048
SAME = {"trpo": ("critic_epochs=10", "critic_minibatch_size=128", "cg_iterations=15", "fisher_fraction=0.25")}
"""Where rlbench's defaults are not what peers.py asks of the others."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def ours(algorithm: str, env: str, seeds: int, steps: int, worlds: int) -> float:
    """Seconds of the whole command without the one evaluation at its end."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "rlbench", "run", algorithm, "--env", env, "--seeds", str(seeds)]
        command += ["--steps", str(steps), "--eval-every", "0", "--out", out, "--quiet"]
        length = 5 if algorithm == "a2c" else BATCH // worlds
        for assignment in (f"num_envs={worlds}", f"num_steps={length}", *SAME.get(algorithm, ())):
            command += ["--set", assignment]
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began - max(map(evaluation, Path(out).rglob("timing.csv")))


def evaluation(timing: Path) -> float:
    """Seconds that a seed's job spent evaluating, by its own account."""
    with timing.open(newline="") as file:
        return float(list(csv.DictReader(file))[-1]["eval_time"])


def theirs(python: str, peer: str, env: str, seeds: int, steps: int, worlds: int) -> float:
    """Seconds until the last of one process a core is done."""
    script, cores = str(Path(__file__).with_name("peers.py")), usable_cores()
    began = time.perf_counter()
    command = [python, script, peer, "--env", env, "--steps", str(steps), "--worlds", str(worlds), "--seeds"]
    quietly = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {**os.environ, **ONE_THREAD}}
    shares = [map(str, range(seeds)[core::cores]) for core in range(min(cores, seeds))]
    processes = [subprocess.Popen([*command, *share], **quietly) for share in shares]
    if sum(process.wait() for process in processes):
        raise SystemExit(f"{peer} failed; see for yourself: {python} {script} {peer} --env {env}")
    return time.perf_counter() - began


def simulators(env: str, seeds: int, steps: int) -> float:
    """Seconds that the bare simulator takes for as many transitions, where random actions bring its worlds."""
    return seeds * steps / bare_speed(env, usable_cores(), 2.0)


def is_installed(python: str, peer: str) -> bool:
    """Whether that Python has what a peer needs."""
    needed = next(module for prefix, module in NEEDS.items() if peer.startswith(prefix))
    return subprocess.run([python, "-c", f"import {needed}"], capture_output=True).returncode == 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the command line says and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", required=True, metavar="PYTHON", help="the Python that has the other libraries")
    parser.add_argument("--only", default=",".join(PAIRS), help="names, separated by commas")
    parser.add_argument("--env", default="Hopper-v4")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--steps", type=int, default=61_440, help="transitions a seed")
    parser.add_argument("--worlds", type=int, default=16, help="of a seed")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args(arguments)
    find_task(asked.env)  # a mistake is told of before anything is timed
    what = f"{asked.env}, {asked.seeds} seeds of {asked.steps:,} transitions in {asked.worlds} worlds each"
    print(f"{what}, {usable_cores()} cores; seconds are medians")
    print("\n| | seconds | rlbench | ratio | least to greatest | at most |\n|---|---:|---:|---:|---|---:|")
    for peer in asked.only.split(","):
        algorithm, name = PAIRS[peer]
        if not is_installed(asked.peers, peer):
            print(f"| {name} | not installed | | | | |")
            continue
        sweep = asked.env, asked.seeds, asked.steps, asked.worlds
        turns = [
            (theirs(asked.peers, peer, *sweep), ours(algorithm, *sweep), simulators(*sweep[:3]))
            for _ in range(asked.repeats)
        ]
        ratios = sorted(their / our for their, our, _ in turns)
        their, our, _ = (median(column) for column in zip(*turns, strict=True))
        most = median(their / simulator for their, _, simulator in turns)
        spread = f"{ratios[0]:.1f} to {ratios[-1]:.1f}"
        cells = name, f"{their:.1f}", f"{our:.1f}", f"{median(ratios):.1f}", spread, f"{most:.1f}"
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
