"""The example task: rlbench's worlds beside Gymnasium's loop over the same task, in one process, in turns.

python benchmarks/own_task.py [--worlds 64] [--repeats 7]
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from rlbench.envs.mujoco import make_task
from rlbench.testing.trial import starts

EXAMPLE = Path(__file__).parent.parent / "examples" / "point"
STEPS = 200


def ours(env, actions):
    """Transitions a second of processor time."""
    began = time.process_time()
    for action in actions:
        env.step(action)
    return actions.shape[0] * env.num_envs / (time.process_time() - began)


def theirs(world, actions):
    """The same for one world of Gymnasium's class, reset when it is done."""
    world.reset(seed=0)
    began = time.process_time()
    for action in actions:
        _, _, terminated, truncated, _ = world.step(action)
        if terminated or truncated:
            world.reset()
    return len(actions) / (time.process_time() - began)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=7)
    given = parser.parse_args()
    torch.set_num_threads(1)
    sys.path.insert(0, str(EXAMPLE))
    from point import MODEL, POINT
    from test_point import PointEnv

    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "point.xml")
        model.write_text(MODEL)
        world, env = PointEnv(model), make_task(POINT, (0,), given.worlds, starts)
        env.reset()
        rng = np.random.default_rng(0)
        batch = torch.from_numpy(rng.uniform(-1, 1, (STEPS, 1, given.worlds, 2)).astype(np.float32))
        pairs = [(ours(env, batch), theirs(world, batch[:, 0, 0].numpy())) for _ in range(given.repeats)]
    mine, other = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratios = sorted(first / second for first, second in pairs)
    print(
        f"rlbench, {given.worlds} worlds: {mine:,.0f} steps/s; Gymnasium's loop: {other:,.0f} steps/s (processor time)"
    )
    print(f"ratio of a turn: {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})")


if __name__ == "__main__":
    main()
