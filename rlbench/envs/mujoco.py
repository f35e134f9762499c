"""The worlds of a MuJoCo task on the CPU."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from rlbench.envs.env import Generators, Step
from rlbench.envs.physics.cpu import CpuPhysics
from rlbench.envs.tasks import find_task
from rlbench.envs.tasks.task import Task
from rlbench.envs.worlds import TaskWorlds, model_of


def make_mujoco(
    task_id: str,
    seeds: Sequence[int],
    num_envs: int,
    starts: Generators,
    threads: int = 1,
    max_episode_steps: int | None = None,
) -> "MujocoEnv":
    """The worlds of one of rlbench's own MuJoCo tasks on the CPU."""
    return make_task(find_task(task_id), seeds, num_envs, starts, threads, max_episode_steps)


def make_task(
    task: Task,
    seeds: Sequence[int],
    num_envs: int,
    starts: Generators,
    threads: int = 1,
    max_episode_steps: int | None = None,
) -> "MujocoEnv":
    """The worlds of any task on the CPU."""
    physics = CpuPhysics(model_of(task), task.frame_skip, len(seeds) * num_envs, task.derived, threads)
    return MujocoEnv(task, physics, seeds, starts, max_episode_steps)


class MujocoEnv(TaskWorlds):
    """An `Env` that steps and resets worlds by their indices."""

    physics: CpuPhysics

    def reset(self) -> Tensor:
        self._restart(np.arange(self.physics.worlds))
        self._started = True
        return self._obs_out

    def start_from(self, qpos: np.ndarray, qvel: np.ndarray) -> Tensor:
        """Start an episode in every world at the given positions and velocities, `[W, ...]`. Returns observations."""
        self.physics.reset(np.arange(self.physics.worlds), qpos, qvel)
        self._elapsed[:] = 0
        self._observe()
        self._started = True
        return self._obs_out

    def step(self, action: Tensor) -> Step:
        any_done, final = self._act(action, None), self._obs_out
        if any_done:
            self._final[:] = self._obs
            final = self._final_out
            self._restart(np.flatnonzero(self._done))
        return self._told(any_done, final)

    def advance(self, action: Tensor, moving: Tensor) -> Step:
        marked = self.physics.array(moving.flatten())
        self._act(action, np.flatnonzero(marked))
        self._reward[~marked] = 0.0  # a product would keep NaN
        for flag in (self._terminated, self._truncated, self._done):
            flag &= marked
        return self._told(bool(self._done.any()), self._obs_out)

    def _act(self, action: Tensor, ids: np.ndarray | None) -> bool:
        """Step the worlds `ids`, or all if None, and compute all results; returns whether any world is done."""
        self._take(action)
        moving = slice(None) if ids is None else ids
        self.fields.ctrl[moving] = self._action[moving]
        kept = self._task.before(self.fields)
        self.physics.step(ids)
        self._judge(kept)
        self._elapsed[moving] += 1
        self._truncated[:] = self._elapsed >= self.max_episode_steps
        self._done[:] = self._terminated | self._truncated
        return bool(self._done.any())

    def _restart(self, ids: np.ndarray) -> None:
        """Reset the worlds `ids`, in this order, to the next start states of their seeds."""
        starts = self._starts.take((ids // self.num_envs).tolist())
        positions = self.fields.qpos.shape[1]
        self.physics.reset(ids, starts[:, :positions], starts[:, positions:])
        self._elapsed[ids] = 0
        self._observe()
