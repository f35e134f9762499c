"""What the tests of MuJoCo Warp share. They run on Warp's CPU device."""

import numpy as np
import pytest
import torch
import warp

# Half of the compiler's time at a speed that tests of a few steps do not miss.
warp.config.optimization_level = 1
warp.config.cpu_compiler_flags = "-march=native"


@pytest.fixture
def starts():
    """Generators of start states, as the training loop gives them: one for each (seed, block)."""
    return lambda seed, block: np.random.default_rng([seed, block])


@pytest.fixture
def warp_env(starts):
    """Makes the worlds of a task on Warp's CPU device."""
    from rlbench.envs.warp_env import make_warp

    def make(task_id="Hopper-v4", seeds=(0, 1), num_envs=3, **options):
        return make_warp(task_id, seeds, num_envs, starts, torch.device("cpu"), **options)

    return make


@pytest.fixture
def act():
    """Random actions for the worlds of an environment, the same for the same number."""

    def draw(env, number):
        rng = np.random.default_rng(number)
        shape = len(env.seeds), env.num_envs, env.action_size
        return torch.from_numpy(rng.uniform(-1, 1, shape).astype(np.float32)) * env.action_high

    return draw
