"""How long a transition of an environment takes, roughly: enough to share out work."""

import math
import time

import torch

from rlbench.envs.env import Env

STEPS = 4
"""Long enough to tell a pendulum from a humanoid, and done in milliseconds."""


def pace(worlds: Env) -> float:
    """Seconds a transition of these worlds takes: a power of two, so that the same sweep is planned alike again."""
    worlds.reset()
    action, seconds = torch.zeros(len(worlds.seeds), worlds.num_envs, worlds.action_size), []
    for _ in range(STEPS):
        began = time.perf_counter()
        worlds.step(action)
        seconds.append(time.perf_counter() - began)
    return 2.0 ** round(math.log2(min(seconds) / (len(worlds.seeds) * worlds.num_envs)))
