"""How fast worlds on a GPU are: bare, as environments, with a policy, with learning.

    python benchmarks/gpu_speed.py --env Hopper-v4,Humanoid-v4 --worlds 1024,4096,16384 --out results/gpu/speed.csv

Transitions a second, the median of some repeats; the worlds are those of seeds with 64 each. `launches` steps the
bare simulator kernel by kernel, `bare` as one graph; `worlds` adds observations, rewards, time limits and resets;
`policy` adds acting and recording; `ppo`, `trpo` and `trpo-vine` are whole iterations of 2,048 transitions a seed and
more. `prepare` is seconds until the first step, kernels built or loaded included. --device warp-cpu tries it without a
GPU.
"""

import argparse
import csv
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

import torch
from gpu_common import parse, starts

from rlbench.algorithms import find
from rlbench.algorithms.settings import resolve
from rlbench.envs.gpu import make_on_gpu
from rlbench.envs.warp_env import WarpEnv
from rlbench.training.sampler import EnvSampler
from rlbench.training.trees import to_device

WORLDS_A_SEED = 64
BATCH = 2048
LEARNERS = ("ppo", "trpo", "trpo-vine")
COLUMNS = ("device", "env", "worlds", "prepare", "launches", "bare", "worlds_speed", "policy", *LEARNERS, "share")


def speed(transitions: Callable[[], int], repeats: int) -> float:
    """Median of transitions a second; the first call warms up."""
    found = []
    for _ in range(repeats + 1):
        synchronise()
        began = time.perf_counter()
        count = transitions()
        synchronise()
        found.append(count / (time.perf_counter() - began))
    return median(found[1:])


def synchronise() -> None:
    """Wait until the device has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def measure(env_id: str, worlds: int, device: str, repeats: int, learners: Sequence[str]) -> dict[str, object]:
    """One line of the table."""
    per_seed = min(WORLDS_A_SEED, worlds)
    seeds = range(worlds // per_seed)

    def make(number: int) -> WarpEnv:
        env = make_on_gpu(env_id, seeds, number, starts, device)
        assert isinstance(env, WarpEnv)
        return env

    env = make(per_seed)
    env.reset()
    steps = BATCH // per_seed
    action = torch.zeros(len(seeds), per_seed, env.action_size, device=env.device)

    def times(step: Callable[[], object]) -> Callable[[], int]:
        def run() -> int:
            for _ in range(steps):
                step()
            return steps * worlds

        return run

    row: dict[str, object] = {
        "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "env": env_id,
        "worlds": worlds,
        "prepare": round(env.physics.preparing, 1),
        "launches": speed(times(env.physics.step_eagerly), repeats),
        "bare": (bare := speed(times(env.physics.step), repeats)),
    }
    env.reset()
    env.prefetch_starts(steps)
    row["worlds_speed"] = speed(times(lambda: env.step(action)), repeats)
    sampler = EnvSampler(env, 10**12, make, depends_on_budget=True)
    row["policy"] = speed(rollouts(sampler, steps), repeats)
    for name in learners:
        settings = {"num_envs": per_seed, "num_steps": steps}
        learner = resolve(find(name), name, settings)
        row[name] = speed(iterations(learner, sampler, env.device), repeats)
    row["share"] = max((row[name] for name in learners), default=0) / bare
    return row


def rollouts(sampler: EnvSampler, steps: int) -> Callable[[], int]:
    """Sampling by a fresh policy, nothing learnt."""
    learner = resolve(find("ppo"), "ppo", {"num_envs": sampler.env.num_envs, "num_steps": steps})
    state = to_device(learner.initial(sampler.space, sampler.env.seeds), sampler.env.device)

    def run() -> int:
        before = int(sampler.env_steps.sum())
        sampler.rollout(learner.actor(state, sampler.space), steps)
        return int(sampler.env_steps.sum()) - before

    return run


def iterations(learner, sampler: EnvSampler, device: torch.device) -> Callable[[], int]:
    """Sampling and learning."""
    state = to_device(learner.initial(sampler.space, sampler.env.seeds), device)

    def run() -> int:
        before = int(sampler.env_steps.sum())
        learner.iterate(state, sampler)
        return int(sampler.env_steps.sum()) - before

    return run


def table(envs: Sequence[str], worlds: Sequence[int], device: str, repeats: int, learners: Sequence[str]) -> Iterator:
    """Line by line."""
    for env in envs:
        for number in worlds:
            yield measure(env, number, device, repeats, learners)
            gc.collect()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the command line says; print a line each, and write them all as CSV."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default="Hopper-v4,HalfCheetah-v4,Walker2d-v4,Ant-v4,Humanoid-v4")
    parser.add_argument("--worlds", default="1024,4096,16384")
    parser.add_argument("--learners", default=",".join(LEARNERS))
    parser.add_argument("--repeats", type=int, default=3)
    asked = parse(parser, "results/gpu/speed.csv", arguments)
    learners = [name for name in asked.learners.split(",") if name]
    worlds = [int(number) for number in asked.worlds.split(",")]
    with asked.out.open("w", newline="") as file:
        lines = csv.DictWriter(file, COLUMNS)
        lines.writeheader()
        for row in table(asked.env.split(","), worlds, asked.device, asked.repeats, learners):
            row = {name: f"{value:,.0f}".replace(",", "") if name in SPEEDS else value for name, value in row.items()}
            lines.writerow(row)
            file.flush()
            print("  ".join(f"{name} {row[name]}" for name in COLUMNS if name in row), flush=True)


SPEEDS = ("launches", "bare", "worlds_speed", "policy", *LEARNERS)


if __name__ == "__main__":
    main()
