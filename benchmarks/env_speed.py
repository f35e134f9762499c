"""How much of MuJoCo's own speed is left once observations, rewards, time limits and resets are added.

    python benchmarks/env_speed.py --worlds 16,64 --threads 1,2

Every step is done twice from the same states with the same random actions: by the environment, and by a bare
`mujoco.batch.Batch` that is only given its controls. Which of the two goes first alternates. A repeat's share is its
bare time over its environment time; the table shows the median repeat, and the lowest and highest share. Where either
took over three times as long as it does in half of the steps, something else had the processor, and the step counts for
neither; `kept` says how many steps counted.
"""

import argparse
import time
from collections.abc import Sequence
from statistics import median

import numpy as np
import torch
from mujoco.batch import Batch

from rlbench.envs.mujoco import MujocoEnv, make_mujoco
from rlbench.envs.tasks import find_task


def starts(seed: int, block: int) -> np.random.Generator:
    """Start states for the timing alone."""
    return np.random.default_rng([seed, block])


def timed_repeat(env: MujocoEnv, bare: Batch, frame_skip: int, steps: int) -> tuple[float, float, float]:
    """Mean seconds a step in the environment and in the bare batch, and the share of the steps that counted."""
    seconds = np.zeros((2, steps))
    ctrl = bare.bind("ctrl")
    uniform = torch.rand(steps, len(env.seeds), env.num_envs, env.action_size)
    actions = env.action_low + (env.action_high - env.action_low) * uniform
    for number, action in enumerate(actions):
        bare.state[:] = env.save()["state"]
        written = action.flatten(0, 1).double().numpy()
        for who in (0, 1) if number % 2 else (1, 0):
            began = time.perf_counter()
            if who == 0:
                env.step(action)
            else:
                ctrl[:] = written
                bare.step(nstep=frame_skip)
            seconds[who, number] = time.perf_counter() - began
    kept = (seconds < 3 * np.median(seconds, axis=1, keepdims=True)).all(0)
    in_env, in_bare = seconds[:, kept].mean(1)
    return in_env, in_bare, kept.mean()


def measure(task_id: str, worlds: int, seeds: int, threads: int, repeats: int, steps: int) -> str:
    """One line of the table."""
    env = make_mujoco(task_id, range(seeds), worlds // seeds, starts, threads)
    env.reset()
    bare = Batch(env.model, worlds, threads)
    frame_skip = find_task(task_id).frame_skip
    timed_repeat(env, bare, frame_skip, steps)  # warm-up: spreads the worlds over their episodes
    times = [timed_repeat(env, bare, frame_skip, steps) for _ in range(repeats)]
    shares = [in_bare / in_env for in_env, in_bare, _ in times]
    in_env, in_bare, kept = (median(column) for column in zip(*times, strict=True))
    return (
        f"{task_id:<26}{worlds:>7}{threads:>9}{1e6 * in_bare:>11.0f}{1e6 * in_env:>10.0f}{worlds / in_env:>12,.0f}"
        f"{median(shares):>8.1%}{min(shares):>8.1%}{max(shares):>8.1%}{kept:>8.0%}"
    )


def numbers(text: str) -> list[int]:
    """`16,64` -> [16, 64]"""
    return [int(part) for part in text.split(",")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", default="Hopper-v4,HalfCheetah-v4", help="ids, separated by commas")
    parser.add_argument("--worlds", type=numbers, default=[16, 64], help="worlds in all, separated by commas")
    parser.add_argument("--seeds", type=int, default=1, help="seeds the worlds are shared out over")
    parser.add_argument("--threads", type=numbers, default=[1], help="threads, separated by commas")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, default=300, help="steps a repeat")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print("task                       worlds  threads  bare us   env us     steps/s   share     min     max    kept")
    for task_id in chosen.tasks.split(","):
        for worlds in chosen.worlds:
            for threads in chosen.threads:
                print(measure(task_id, worlds, chosen.seeds, threads, chosen.repeats, chosen.steps), flush=True)


if __name__ == "__main__":
    main()
