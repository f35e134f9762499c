"""How long a transition of an environment takes, roughly: enough to share out work."""

import math
import time

import torch

from rlbench.envs.env import Env
from rlbench.errors import Fault

STEPS = 4
"""Long enough to tell a pendulum from a humanoid, and done in milliseconds."""


def refuse_not_finite(worlds: Env) -> None:
    """A Fault where already the first observation or reward is not a number. Later it is the seed that has diverged."""
    action = torch.zeros(len(worlds.seeds), worlds.num_envs, worlds.action_size)
    started = worlds.reset().clone()
    step = worlds.step(action)
    for name, values in (
        ("first observation", started),
        ("observation after one step", step.final_obs),
        ("first reward", step.reward),
    ):
        if not bool(torch.isfinite(values).all()):
            raise Fault(f"its {name} is not finite")


def pace(worlds: Env) -> float:
    """Seconds a transition of these worlds takes: a power of two, so that the same sweep is planned alike again."""
    worlds.reset()
    action, seconds = torch.zeros(len(worlds.seeds), worlds.num_envs, worlds.action_size), []
    for _ in range(STEPS):
        began = time.perf_counter()
        worlds.step(action)
        seconds.append(time.perf_counter() - began)
    return 2.0 ** round(math.log2(min(seconds) / (len(worlds.seeds) * worlds.num_envs)))
