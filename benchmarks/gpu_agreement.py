"""How far a step on MuJoCo Warp is from C MuJoCo's, task by task.

    python benchmarks/gpu_agreement.py --out results/gpu/agreement.csv

Worlds of both begin alike, take the same random actions, and are compared after every step, after which C continues
from Warp's positions and velocities; where an episode ends, both start the same next one. An error is the largest
absolute one within a world. C uses the solver that Warp does. `chaos` is what C itself makes of the same step when
positions are moved by 1e-7: where a contact begins or ends, that decides. --device warp-cpu tries it without a GPU.
"""

import argparse
import csv
from collections.abc import Sequence

import numpy as np
import torch
from gpu_common import parse, starts

from rlbench.envs import list_tasks
from rlbench.envs.gpu import make_on_gpu
from rlbench.envs.mujoco import make_mujoco
from rlbench.envs.warp_env import WarpEnv

SEEDS, WORLDS = (0, 1), 8
NOISE = 1e-7


def compare(task_id: str, device: str, steps: int) -> dict[str, object]:
    """One line of the table."""
    warp = make_on_gpu(task_id, SEEDS, WORLDS, starts, device)
    assert isinstance(warp, WarpEnv)
    c, moved = (make_mujoco(task_id, SEEDS, WORLDS, starts) for _ in range(2))
    for each in (c, moved):
        each.model.opt.solver = warp.model.opt.solver
        each.reset()
    warp.reset()
    warp.provide(steps)
    rng, everyone = np.random.default_rng(0), torch.arange(len(SEEDS) * WORLDS)
    qpos, qvel, reward, chaos, flags = [], [], [], [], 0
    for _ in range(steps):
        chance = rng.uniform(-1, 1, (len(SEEDS), WORLDS, c.action_size)).astype(np.float32)
        action = torch.from_numpy(chance) * c.action_high
        moved.load(c.save(), everyone)
        moved.fields.qpos[:] += NOISE * rng.standard_normal(moved.fields.qpos.shape)
        ours, theirs = warp.step(action.to(warp.device)), c.step(action)
        at, speed = (getattr(warp.fields, name).cpu().numpy() for name in ("qpos", "qvel"))
        going_on = ~theirs.done.flatten().numpy()
        moved.step(action)
        qpos.append(np.abs(at - c.fields.qpos).max(1))
        qvel.append(np.abs(speed - c.fields.qvel).max(1))
        reward.append((ours.reward.cpu() - theirs.reward).abs().flatten().numpy())
        chaos.append(np.abs(moved.fields.qvel - c.fields.qvel).max(1)[going_on])
        flags += int((ours.done.cpu() != theirs.done).sum())
        c.fields.qpos[:], c.fields.qvel[:] = at, speed
    warp.check()
    return {
        "env": task_id,
        "qpos_max": np.max(qpos),
        "qvel_median": np.median(qvel),
        "qvel_99": np.quantile(qvel, 0.99),
        "qvel_max": np.max(qvel),
        "chaos_99": np.quantile(np.concatenate(chaos), 0.99),
        "chaos_max": np.concatenate(chaos).max(),
        "reward_max": np.max(reward),
        "ends_differing": flags,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare, print a line each, and write them all as CSV."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default=",".join(list_tasks()))
    parser.add_argument("--steps", type=int, default=150)
    asked = parse(parser, "results/gpu/agreement.csv", arguments)
    lines = None
    with asked.out.open("w", newline="") as file:
        for task_id in asked.env.split(","):
            row = compare(task_id, asked.device, asked.steps)
            if lines is None:
                lines = csv.DictWriter(file, list(row))
                lines.writeheader()
                print(f"{'environment':<26}" + " ".join(f"{name:>14}" for name in list(row)[1:]))
            lines.writerow(row)
            file.flush()
            numbers = " ".join(f"{value:>14.1e}" for value in list(row.values())[1:-1])
            print(f"{task_id:<26}{numbers} {row['ends_differing']:>14}", flush=True)


if __name__ == "__main__":
    main()
