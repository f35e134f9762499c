"""Environments: `[S, N]` worlds, N for each of S seeds, stepped as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from rlbench.envs.env import Env


def list_tasks() -> tuple[str, ...]:
    """The ids of the MuJoCo tasks; any other id of Gymnasium works too, at Gymnasium's speed."""
    from rlbench.envs.tasks import task_ids

    return task_ids()


def make(
    env_id: str,
    seeds: Sequence[int],
    num_envs: int,
    starts: Callable[[int, int], np.random.Generator],
    threads: int = 1,
    max_episode_steps: int | None = None,
) -> Env:
    """`num_envs` worlds for each seed. `starts(seed, block)` gives the generators that start states are drawn from.

    `max_episode_steps` replaces the task's own time limit.
    """
    from rlbench.envs.env import make_mujoco

    return make_mujoco(env_id, seeds, num_envs, starts, threads, max_episode_steps)
