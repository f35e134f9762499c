"""Speed of the bare simulator, which other speeds are compared with."""

import time

import numpy as np
from mujoco.batch import Batch

from rlbench.envs.mujoco import make_mujoco
from rlbench.envs.tasks import find_task

WORLDS = 64
RECORDED = 64
"""Number of recorded steps; timing starts from their states, which are those that random actions lead to."""


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


def bare_warp_speed(env_id: str, worlds: int, device: str, seconds: float) -> float:
    """Transitions a second of MuJoCo Warp with random controls, for as many worlds as a run would have."""
    import torch

    from rlbench.envs.gpu import make_on_gpu
    from rlbench.envs.warp_env import WarpEnv

    env = make_on_gpu(env_id, (0,), worlds, lambda seed, block: np.random.default_rng([seed, block]), device)
    assert isinstance(env, WarpEnv)
    env.reset()
    low, high = env.action_low, env.action_high
    rng = torch.Generator(env.device).manual_seed(0)
    env.physics.step()  # the first step includes preparation
    steps, before, until = 0, env.physics.seconds, time.perf_counter() + seconds
    while not steps or time.perf_counter() < until:
        for _ in range(RECORDED // 8):
            chance = torch.rand(worlds, len(low), generator=rng, device=env.device)
            env.fields.ctrl.copy_(low + chance * (high - low))
            env.physics.step()
            steps += 1
        spent = env.physics.seconds - before  # reading it waits for the GPU
    return steps * worlds / spent


def _states(env_id: str):
    """States of the worlds during steps with random actions and resets; and the model."""
    import torch

    env = make_mujoco(env_id, (0,), WORLDS, lambda seed, block: np.random.default_rng([seed, block]))
    env.reset()
    rng, states = np.random.default_rng(0), []
    low, high = env.action_low.numpy(), env.action_high.numpy()
    for _ in range(RECORDED):
        env.step(torch.from_numpy(rng.uniform(low, high, (1, WORLDS, env.action_size)).astype(np.float32)))
        states.append(env.save()["state"].numpy())
    return states, env.model
