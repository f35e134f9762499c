"""Pusher: an arm that pushes a cylinder to a goal. Only v5: v4's model needs MuJoCo before 3.0."""

from types import SimpleNamespace

import mujoco
import numpy as np

from rlbench.envs.tasks.arrays import Array, control_cost, norms
from rlbench.envs.tasks.task import Starts, Task, draw_until


def _start(generator: np.random.Generator, count: int, qpos: np.ndarray, qvel: np.ndarray) -> Starts:
    """Start states: the arm in its initial pose, almost at rest; the cylinder at rest, more than 0.17 from the goal."""
    positions = np.tile(qpos, (count, 1))
    positions[:, -4:-2] = draw_until(
        count,
        lambda rows: generator.uniform((-0.3, -0.2), (0.0, 0.2), (rows, 2)),
        lambda cylinders: np.linalg.norm(cylinders, axis=1) > 0.17,
    )
    positions[:, -2:] = 0.0
    velocities = qvel + generator.uniform(-5e-3, 5e-3, (count, len(qvel)))
    velocities[:, -4:] = 0.0
    return positions, velocities


def _prepare(f: SimpleNamespace, model: mujoco.MjModel) -> None:
    f.joints, f.joint_velocities = f.qpos[:, :7], f.qvel[:, :7]
    f.tip, f.cylinder, f.goal = (f.xpos[:, model.body(name).id] for name in ("tips_arm", "object", "goal"))


def _observe(f: SimpleNamespace) -> tuple[Array, ...]:
    return f.joints, f.joint_velocities, f.tip, f.cylinder, f.goal


def _reward(f: SimpleNamespace, _: None, action: Array, _terminated: Array) -> Array:
    near = 0.5 * norms(f.cylinder - f.tip)
    return -norms(f.cylinder - f.goal) - control_cost(action, 0.1) - near


TASKS = (
    Task(
        id="Pusher-v5",
        xml="pusher_v5.xml",
        frame_skip=5,
        start=_start,
        observe=_observe,
        reward=_reward,
        prepare=_prepare,
        derived=("xpos",),
        max_episode_steps=100,
    ),
)
