"""The description of an environment: what it observes and takes, how it ends, and how fast it is here."""

import inspect
import sys
import time
from dataclasses import dataclass

import numpy as np
import torch

from rlbench import envs
from rlbench.envs.env import Env
from rlbench.envs.own_tasks import get_task
from rlbench.envs.tasks.task import Task

WORLDS, SECONDS = 32, 0.3
"""How many worlds are timed, and for how long."""
BATCHED = "by MuJoCo in a batch on the CPU, or by MuJoCo Warp on a GPU"
LONGEST = 400
"""Characters of a foreign class's documentation that are shown."""


@dataclass(frozen=True)
class EnvironmentDescription:
    """One environment, as plain data."""

    id: str
    about: str
    """What it is, in the words of its code; empty where it has none."""
    rows: tuple[tuple[str, str], ...]
    """Headings and texts."""


def describe_environment(env_id: str, cores: int) -> EnvironmentDescription:
    """Make the environment, and time its worlds on so many cores. Must run in a worker."""
    torch.set_num_threads(1)
    worlds = envs.make(env_id, (0,), WORLDS, lambda seed, block: np.random.default_rng((seed, block)), threads=cores)
    task = get_task(env_id)
    rows = (
        ("observation", _say_observation(worlds)),
        ("action", _say_action(worlds)),
        ("episode", _say_episode(worlds, task)),
        ("simulated", BATCHED if task else _say_way(env_id, worlds)),
        ("starts", "drawn in blocks of 64" if task else "of reset(seed=...), one for each episode"),
        ("speed", f"{_speed(worlds):,.0f} transitions/s of {WORLDS} worlds, under random actions, cores: {cores}"),
    )
    return EnvironmentDescription(env_id, _about(env_id, task), rows)


def _say_observation(worlds: Env) -> str:
    if worlds.tables is not None:
        return f"one of {worlds.obs_size} states, as a one-hot vector; its transition tables are known"
    return f"{worlds.obs_size} {'number' if worlds.obs_size == 1 else 'numbers'}"


def _say_action(worlds: Env) -> str:
    if worlds.num_actions is not None:
        return f"one of {worlds.num_actions} choices"
    low, high = worlds.action_low.tolist(), worlds.action_high.tolist()
    if len({*low}) == len({*high}) == 1:
        return f"{len(low)} {'number' if len(low) == 1 else 'numbers'} from {low[0]:g} to {high[0]:g}"
    return f"{len(low)} numbers, within " + ", ".join(f"[{a:g}, {b:g}]" for a, b in zip(low, high, strict=True))


def _say_episode(worlds: Env, task: Task | None) -> str:
    limit = worlds.max_episode_steps
    length = f"at most {limit:,} steps" if limit else "without a time limit"
    return f"{length}; only the time limit ends it" if task is not None and task.terminated is None else length


def _say_way(env_id: str, worlds: Env) -> str:
    """How the worlds of a Gymnasium environment are stepped, and why not by a vector form that it has."""
    from rlbench.envs.groups.choose import why_no_vector_form
    from rlbench.envs.gymnasium import GymnasiumEnv

    assert isinstance(worlds, GymnasiumEnv)
    reason = why_no_vector_form(env_id, env_id.rpartition(":")[2])
    if reason is None or not worlds.has_vector_form:
        return f"by Gymnasium's class, worlds {worlds.way}"
    return f"by Gymnasium's class, worlds {worlds.way}; its vector form is not used: {reason}"


def _speed(worlds: Env) -> float:
    """Transitions a second of wall time."""
    rng = torch.Generator().manual_seed(0)
    shape = 1, worlds.num_envs, worlds.action_size
    low, high = (bound.nan_to_num(posinf=1.0, neginf=-1.0) for bound in (worlds.action_low, worlds.action_high))
    worlds.reset()
    steps, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        action = low + (high - low) * torch.rand(shape, generator=rng)
        worlds.step(action.round() if worlds.num_actions is not None else action)
        steps += 1
    return steps * worlds.num_envs / (time.perf_counter() - began)


def _about(env_id: str, task: Task | None) -> str:
    """The documentation of a task's module, or the first paragraph of that of an environment's class."""
    if task is not None:
        return _paragraph(sys.modules[task.observe.__module__].__doc__)
    import gymnasium

    from rlbench.envs.groups.make import make_world

    world = make_world(env_id, env_id.rpartition(":")[2], None).unwrapped
    return _paragraph(type(world).__doc__) if type(world).__doc__ != gymnasium.Env.__doc__ else ""


def _paragraph(text: str | None) -> str:
    """The first paragraph that is no heading, in one line."""
    lines: list[str] = []
    for line in inspect.cleandoc(text or "").splitlines():
        if line.startswith("#"):
            continue
        if lines and not line.strip():
            break
        lines += [line.strip()] if line.strip() else []
    said = " ".join(lines)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
