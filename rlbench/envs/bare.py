"""The simulator alone: what every other speed is a share of."""

import time

import numpy as np
from mujoco.batch import Batch

from rlbench.envs.mujoco import make_mujoco
from rlbench.envs.tasks import find_task

WORLDS = 64
RECORDED = 64
"""Steps whose states are kept, so that what is timed begins where a policy that knows nothing brings its worlds."""


def bare_speed(env_id: str, threads: int, seconds: float) -> float:
    """Transitions a second of `mujoco.batch.Batch.step`, given random controls: no observation, reward or reset."""
    states, model = _states(env_id)
    batch, frame_skip = Batch(model, WORLDS, threads), find_task(env_id).frame_skip
    ctrl, (low, high), rng = batch.bind("ctrl"), model.actuator_ctrlrange.T, np.random.default_rng(1)
    steps, spent, until = 0, 0.0, time.perf_counter() + seconds
    while not steps or time.perf_counter() < until:
        batch.state[:] = states[steps % RECORDED]
        ctrl[:] = rng.uniform(low, high, ctrl.shape)
        began = time.perf_counter()
        batch.step(nstep=frame_skip)
        spent += time.perf_counter() - began
        steps += 1
    return steps * WORLDS / spent


def _states(env_id: str):
    """The worlds' states in steps with random actions, finished worlds reset; and their model."""
    import torch

    env = make_mujoco(env_id, (0,), WORLDS, lambda seed, block: np.random.default_rng([seed, block]))
    env.reset()
    rng, states = np.random.default_rng(0), []
    low, high = env.action_low.numpy(), env.action_high.numpy()
    for _ in range(RECORDED):
        env.step(torch.from_numpy(rng.uniform(low, high, (1, WORLDS, env.action_size)).astype(np.float32)))
        states.append(env.save()["state"].numpy())
    return states, env.model
