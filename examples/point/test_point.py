"""The task beside Gymnasium's way to write it, which is the judge of every number."""

import gymnasium
import numpy as np
from gymnasium.envs.mujoco import MujocoEnv
from point import MODEL, POINT

from rlbench.testing import check_task


class PointEnv(MujocoEnv):
    """The same task as a class of Gymnasium's, which steps one world."""

    metadata = {"render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"], "render_fps": 25}

    def __init__(self, model_path, **more):
        box = gymnasium.spaces.Box(-np.inf, np.inf, (4,), np.float64)
        super().__init__(str(model_path), frame_skip=4, observation_space=box, **more)
        self.goal = self.model.site("goal").pos[:2].copy()

    def step(self, action):
        self.do_simulation(action, self.frame_skip)
        fallen = bool((np.abs(self.data.qpos) > 1.0).any())
        distance = np.linalg.norm(self.goal - self.data.qpos)
        cost = 0.01 * np.sum(np.square(action))
        return self._get_obs(), 1.0 - distance - cost - 10.0 * fallen, fallen, False, {}

    def _get_obs(self):
        return np.concatenate([self.goal - self.data.qpos, self.data.qvel])

    def reset_model(self):
        position = self.init_qpos + self.np_random.uniform(-0.5, 0.5, 2)
        self.set_state(position, self.init_qvel + self.np_random.uniform(-0.01, 0.01, 2))
        return self._get_obs()


def test_point(tmp_path):
    model = tmp_path / "point.xml"
    model.write_text(MODEL)
    check_task(POINT, judge=lambda: PointEnv(model))
