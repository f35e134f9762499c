"""Environments: `[S, N]` worlds, N for each of S seeds, stepped together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rlbench.envs.env import Env, Generators


def list_tasks() -> tuple[str, ...]:
    """The ids of rlbench's own MuJoCo tasks. Any other Gymnasium id works too."""
    from rlbench.envs.tasks import task_ids

    return task_ids()


def check(env_id: str) -> None:
    """Raise a UserError if `make` would raise one."""
    from rlbench.envs.own_tasks import get_task
    from rlbench.envs.tasks import retired
    from rlbench.errors import UserError

    if reason := retired(env_id):
        raise UserError(reason)
    if get_task(env_id) is None:
        from rlbench.envs.gymnasium import check_gymnasium

        check_gymnasium(env_id)


def is_foreign(env_id: str) -> bool:
    """True if to make the environment runs code from outside rlbench and Gymnasium. Nothing of that code is run here.

    A UserError if the environment is known not to exist.
    """
    from rlbench.envs.tasks import retired, task_ids

    if env_id in task_ids() or retired(env_id):
        return False
    from rlbench.envs.registry import is_foreign_to_gymnasium, is_installed_task

    return is_installed_task(env_id) or is_foreign_to_gymnasium(env_id)


def make(
    env_id: str,
    seeds: Sequence[int],
    num_envs: int,
    starts: Generators,
    threads: int = 1,
    max_episode_steps: int | None = None,
    device: str = "cpu",
    buffers: tuple[int, int] | None = None,
) -> Env:
    """Make `num_envs` worlds for each seed. `starts(seed, block)` returns the generators of start states.

    `max_episode_steps` replaces the registered time limit. `threads` step the MuJoCo tasks; of other environments as
    many processes step worlds where that is quicker. On the device `cuda`, or `warp-cpu` which does the same on a CPU,
    MuJoCo Warp simulates the worlds, with `buffers` for the contacts and constraints of a world.
    """
    from rlbench.envs.own_tasks import get_task
    from rlbench.envs.tasks import retired
    from rlbench.errors import UserError

    if reason := retired(env_id):
        raise UserError(reason)
    if device != "cpu":
        from rlbench.envs.gpu import make_on_gpu

        return make_on_gpu(env_id, seeds, num_envs, starts, device, buffers, max_episode_steps)
    if task := get_task(env_id):
        from rlbench.envs.mujoco import make_task

        return make_task(task, seeds, num_envs, starts, threads, max_episode_steps)
    from rlbench.envs.gymnasium import make_gymnasium

    return make_gymnasium(env_id, seeds, num_envs, starts, threads, max_episode_steps)
