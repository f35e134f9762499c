"""Every kind of figure from made-up results of a chosen size, to be looked at.

    python benchmarks/figures.py --envs 11 --algorithms 10 --out figures
    python benchmarks/figures.py --envs 6 --algorithms 3 --theme dark --width 3.3

The runs are no algorithm's: curves that rise and level off with noise, some seeds diverged or cut short, one algorithm
missing on one environment where there are several.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np

import rlbench
from rlbench.analysis.options import Kind, Theme
from rlbench.analysis.published import scale
from rlbench.errors import UserError

ENVS = (
    *("Hopper-v4", "Walker2d-v4", "HalfCheetah-v4", "Ant-v4", "Swimmer-v4", "Humanoid-v4"),
    *("InvertedDoublePendulum-v4", "Reacher-v4", "InvertedPendulum-v4", "HumanoidStandup-v4", "Pusher-v5"),
)
ALGORITHMS = ("trpo", "ppo", "npg", "a2c", "acktr", "reinforce", "cem", "cma-es", "trpo-vine", "ppo-small-clip", "mine")
COMMON = (
    "iteration,env_steps,episodes,return_mean,return_min,return_max,length_mean,"
    "eval_return_det,eval_return_det_std,eval_return_stoch,eval_return_stoch_std,eval_length_det"
)
OWN = {
    "kl": ("trpo", "npg", "acktr", "ppo", "trpo-vine", "ppo-small-clip"),
    "surrogate_gain": ("trpo", "acktr", "trpo-vine"),
    "entropy": ("trpo", "ppo", "npg", "a2c", "acktr", "reinforce", "trpo-vine", "ppo-small-clip"),
    "explained_variance": ("trpo", "ppo", "npg", "a2c", "acktr", "ppo-small-clip"),
    "backtracks": ("trpo", "trpo-vine"),
    "cg_residual": ("trpo", "npg", "trpo-vine"),
    "q_difference_variance": ("trpo-vine",),
    "sigma": ("cma-es",),
    "mystery": ("mine",),
}
"""Columns of their own that algorithms have."""


def write_results(root: Path, envs: int, algorithms: int, seeds: int, rows: int = 120) -> None:
    """A results folder of so many environments, algorithms and seeds."""
    for place, env in enumerate(ENVS[:envs]):
        for order, algorithm in enumerate(ALGORITHMS[:algorithms]):
            if envs > 6 and (place, order) == (envs - 1, 1):
                continue
            for seed in range(seeds):
                write_run(root, env, algorithm, seed, rows, np.random.default_rng([place, order, seed]))


def write_run(root: Path, env: str, algorithm: str, seed: int, rows: int, rng: np.random.Generator) -> None:
    """One seed: returns, what the algorithm tells of itself, and clocks."""
    folder = root / env / algorithm / f"seed-{seed}"
    folder.mkdir(parents=True)
    low, high = scale(env) or (0.0, 1.0)
    order = ALGORITHMS.index(algorithm)
    skill, speed = 0.95 - 0.08 * order + 0.08 * rng.standard_normal(), 2 + 5 * rng.random()
    diverged = (env, order, seed) == (ENVS[0], 2, 1)
    population = algorithm in ("cem", "cma-es")
    rows = rows * 2 // 3 if diverged else rows
    own = [column for column, owners in OWN.items() if algorithm in owners]
    lines, clock = [",".join([COMMON, *own])], ["iteration,env_steps,wall_time,processor_time"]
    wander = np.cumsum(rng.standard_normal(rows)) * 0.02
    steps, wall = 0, 0.0
    for row in range(rows):
        steps += int(8000 * (0.6 + 0.8 * rng.random())) if population else 8192
        wall += (4 + order) * (0.8 + 0.4 * rng.random())
        level = skill * (1 - np.exp(-speed * (row + 1) / rows)) + wander[row] * (1 - row / rows)
        trained, sampled, acted = (low + (high - low) * (level + 0.04 * rng.standard_normal(3))).tolist()
        evaluated = f"{acted:.6g},9,{sampled:.6g},9,500" if row % 12 == 11 else ",,,,"
        decay = 1 - row / rows
        told = {
            "kl": 0.01 * (0.7 + 0.25 * rng.random())
            if "vine" in algorithm or algorithm == "trpo"
            else 0.02 * rng.random(),
            "surrogate_gain": 0.05 * decay + 0.01 * rng.random(),
            "entropy": 3 - 4 * (1 - decay) + 0.1 * order,
            "explained_variance": 0.9 * (1 - decay**4) + 0.05 * rng.standard_normal(),
            "backtracks": float(rng.integers(0, 3)),
            "cg_residual": 10 ** (-3 + rng.random()),
            "q_difference_variance": 50 * (0.5 + rng.random()),
            "sigma": 0.3 * decay + 0.01,
            "mystery": float(np.sin(row / 9)),
        }
        cells = ",".join(f"{told[column]:.5g}" for column in own)
        lines.append(f"{row},{steps},3,{trained:.6g},,,500,{evaluated}" + (f",{cells}" if own else ""))
        clock.append(f"{row},{steps},{wall:.3f},{wall * 1.9:.3f}")
    (folder / "progress.csv").write_text("\n".join([*lines, ""]))
    (folder / "timing.csv").write_text("\n".join([*clock, ""]))
    about = {
        "format": 1,
        "algorithm": algorithm,
        "env": env,
        "seed": seed,
        "status": "diverged" if diverged else "finished",
        "steps": 1_000_000,
        "settings": {"target_kl": 0.01} if algorithm in ("trpo", "npg", "acktr", "trpo-vine") else {"gamma": 0.99},
        "versions": {"mujoco": "4.0.0", "gymnasium": "1.4.0"},
        "physics": "mujoco.batch (CPU, float64)",
    }
    (folder / "run.json").write_text(json.dumps(about))


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the runs, draw every kind, and say how long each took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envs", type=int, default=6, choices=range(1, len(ENVS) + 1), metavar="N")
    parser.add_argument("--algorithms", type=int, default=3, choices=range(1, len(ALGORITHMS) + 1), metavar="N")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--kind", choices=get_args(Kind), action="append")
    parser.add_argument("--theme", choices=get_args(Theme), default="light")
    parser.add_argument("--width", type=float)
    parser.add_argument("--out", type=Path, default=Path("figures"))
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as results:
        write_results(Path(results), asked.envs, asked.algorithms, asked.seeds)
        for kind in asked.kind or get_args(Kind):
            began = time.perf_counter()
            try:
                made = rlbench.plot(
                    results, kind=kind, formats="png", theme=asked.theme, width=asked.width, out=asked.out
                )
            except UserError as error:
                print(f"{kind}: {error}")
            else:
                print(f"{kind}: {time.perf_counter() - began:.1f} s, {made.paths[0]}", flush=True)


if __name__ == "__main__":
    main()
