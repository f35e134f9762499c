"""How fast whole runs are: transitions a second of all seeds together, and the share of MuJoCo's own speed.

    python benchmarks/train_speed.py --algorithms trpo,ppo --envs Hopper-v4 --seeds 6 --repeats 3

A run is the command `rlbench run` with its default settings, its files and its worker processes; the one evaluation at
its end is taken off by the times it wrote itself. MuJoCo's own speed is that of a bare `mujoco.batch.Batch` on all
cores, given random controls, measured before each run. The table shows the median repeat.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from mujoco.batch import Batch

from rlbench.envs.mujoco import make_mujoco
from rlbench.envs.tasks import find_task
from rlbench.sweep.machine import usable_cores

WORLDS = 64
BARE_SECONDS = 3.0


def starts(seed: int, block: int) -> np.random.Generator:
    """Start states for the timing alone."""
    return np.random.default_rng([seed, block])


def bare_speed(env_id: str) -> float:
    """Transitions a second of the simulator on all cores, in worlds that random controls have spread out."""
    worlds = make_mujoco(env_id, (0,), WORLDS, starts)
    worlds.reset()
    batch, frame_skip = Batch(worlds.model, WORLDS, usable_cores()), find_task(env_id).frame_skip
    batch.state[:] = worlds.save()["state"]
    ctrl, rng = batch.bind("ctrl"), np.random.default_rng(0)
    low, high = worlds.model.actuator_ctrlrange.T
    steps, began = 0, time.perf_counter()
    while time.perf_counter() - began < BARE_SECONDS:
        ctrl[:] = rng.uniform(low, high, ctrl.shape)
        batch.step(nstep=frame_skip)
        steps += WORLDS
    return steps / (time.perf_counter() - began)


def run_speed(algorithm: str, env_id: str, seeds: int, steps: int) -> float:
    """Transitions a second of a whole run, start-up and files included, the evaluation at the end not."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "rlbench", "run", algorithm, "--env", env_id, "--seeds", str(seeds)]
        command += ["--steps", str(steps), "--eval-every", "0", "--out", out, "--quiet"]
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        done, evaluating = 0, 0.0
        for path in Path(out).rglob("timing.csv"):
            with path.open(newline="") as file:
                last = list(csv.DictReader(file))[-1]
            done += int(last["env_steps"])
            evaluating = max(evaluating, float(last["eval_time"]))
    return done / (seconds - evaluating)


def measure(algorithm: str, env_id: str, seeds: int, steps: int, repeats: int) -> str:
    """One line of the table."""
    pairs = [(bare_speed(env_id), run_speed(algorithm, env_id, seeds, steps)) for _ in range(repeats)]
    shares = sorted(ours / bare for bare, ours in pairs)
    bare, ours = (median(column) for column in zip(*pairs, strict=True))
    spread = f"{shares[0]:.0%} to {shares[-1]:.0%}"
    return f"{env_id:<16}{algorithm:<18}{seeds:>5}{bare:>12,.0f}{ours:>12,.0f}{median(shares):>8.0%}   {spread}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the command line says and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--algorithms", default="trpo,ppo", help="names, separated by commas")
    parser.add_argument("--envs", default="Hopper-v4,HalfCheetah-v4", help="MuJoCo task ids, separated by commas")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--steps", type=int, default=102_400, help="transitions a seed")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args(arguments)
    print(f"{usable_cores()} cores; transitions a second; share of the bare simulator: median, least to greatest")
    print(f"{'environment':<16}{'algorithm':<18}{'seeds':>5}{'bare':>12}{'rlbench':>12}{'share':>8}   range")
    for env_id in asked.envs.split(","):
        for algorithm in asked.algorithms.split(","):
            print(measure(algorithm, env_id, asked.seeds, asked.steps, asked.repeats), flush=True)


if __name__ == "__main__":
    main()
