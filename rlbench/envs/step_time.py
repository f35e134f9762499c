"""A rough measurement of how long an environment takes for one transition; jobs are shared out by it."""

import math
import time

import torch

from rlbench.envs.env import Env
from rlbench.errors import Fault

STEPS = 4
"""Number of timed steps. A few are enough to tell a pendulum from a humanoid, and take milliseconds."""


def refuse_not_finite(worlds: Env) -> None:
    """Raise a Fault if the first observation or reward is not finite.

    In a later step that is taken as the divergence of a seed, not as a fault of the environment.
    """
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


def seconds_per_step(worlds: Env) -> float:
    """Seconds for one transition, rounded to a power of two so that a repeated sweep is planned the same way."""
    worlds.reset()
    action, seconds = torch.zeros(len(worlds.seeds), worlds.num_envs, worlds.action_size), []
    for _ in range(STEPS):
        began = time.perf_counter()
        worlds.step(action)
        seconds.append(time.perf_counter() - began)
    return 2.0 ** round(math.log2(min(seconds) / (len(worlds.seeds) * worlds.num_envs)))
