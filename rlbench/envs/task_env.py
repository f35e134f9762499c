"""A task of one's own as a Gymnasium environment: one world, for policies, evaluations and pictures.

rlbench's own tasks need none: Gymnasium has them.
"""

from types import SimpleNamespace
from typing import Any

import gymnasium
import mujoco
import numpy as np
from gymnasium.envs.mujoco import MujocoEnv
from gymnasium.wrappers import TimeLimit

from rlbench.envs.tasks.task import Task
from rlbench.envs.worlds import actuator_range, model_of


def make_task_env(task: Task, max_episode_steps: int | None = None, **options: Any) -> gymnasium.Env:
    """One world of a task with its time limit. `options` are those of Gymnasium's MujocoEnv, such as render_mode."""
    return TimeLimit(TaskEnv(task, **options), max_episode_steps or task.max_episode_steps)


class TaskEnv(MujocoEnv):
    """One world of a task, with the same numbers as a batch of them."""

    def __init__(self, task: Task, **options: Any) -> None:
        self._task = task
        step = model_of(task).opt.timestep * task.frame_skip
        self.metadata = {
            "render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"],
            "render_fps": round(1 / step),
        }
        # The path is not read: _initialize_simulation makes the model.
        super().__init__(__file__, task.frame_skip, None, **options)
        data, model = self.data, self.model
        names = ("qpos", "qvel", "ctrl", *task.derived)
        views = {name: getattr(data, name)[None] for name in names}  # [1, ...], of the memory that a step changes
        self._fields = SimpleNamespace(**views, constant=np.array, timestep=model.opt.timestep, dt=self.dt)
        task.prepare(self._fields, model)
        self._low, self._high = actuator_range(model).astype(np.float32).T
        self.action_space = gymnasium.spaces.Box(self._low, self._high, dtype=np.float32)
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, self._get_obs().shape, np.float64)

    def _initialize_simulation(self) -> tuple[mujoco.MjModel, mujoco.MjData]:
        model = model_of(self._task)
        model.vis.global_.offwidth = max(model.vis.global_.offwidth, self.width)
        model.vis.global_.offheight = max(model.vis.global_.offheight, self.height)
        return model, mujoco.MjData(model)

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:  # type: ignore[override]
        task, f = self._task, self._fields
        taken = np.clip(np.asarray(action, np.float32), self._low, self._high)
        kept = task.before(f)
        self.do_simulation(taken, self.frame_skip)
        ended = np.zeros(1, bool) if task.terminated is None else task.terminated(f)
        reward = np.broadcast_to(task.reward(f, kept, taken[None], ended), 1)
        if self.render_mode == "human":
            self.render()
        return self._get_obs(), float(reward[0]), bool(ended[0]), False, {}

    def reset_model(self) -> np.ndarray:
        positions, velocities = self._task.start(self.np_random, 1, self.init_qpos, self.init_qvel)
        self.set_state(np.asarray(positions)[0], np.asarray(velocities)[0])
        return self._get_obs()

    def _get_obs(self) -> np.ndarray:
        return np.concatenate(self._task.observe(self._fields), axis=1)[0]
