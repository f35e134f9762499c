"""Reacher: a two-jointed arm and a target. v4 rewards the distance from before the step; v5 the one after it."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import mujoco
import numpy as np

from rlbench.envs.tasks.arrays import Array, control_cost, cos, norms, sin
from rlbench.envs.tasks.task import Starts, Task, draw_until, nothing_to_keep


def _start(generator: np.random.Generator, count: int, qpos: np.ndarray, qvel: np.ndarray) -> Starts:
    """Start states: the arm near its initial pose, almost at rest; the target at rest in a disc of radius 0.2."""
    positions = qpos + generator.uniform(-0.1, 0.1, (count, len(qpos)))
    positions[:, -2:] = draw_until(
        count,
        lambda rows: generator.uniform(-0.2, 0.2, (rows, 2)),
        lambda targets: np.linalg.norm(targets, axis=1) < 0.2,
    )
    velocities = qvel + generator.uniform(-5e-3, 5e-3, (count, len(qvel)))
    velocities[:, -2:] = 0.0
    return positions, velocities


def _prepare(f: SimpleNamespace, model: mujoco.MjModel) -> None:
    f.joints, f.target_offset, f.joint_velocities = f.qpos[:, :2], f.qpos[:, 2:], f.qvel[:, :2]
    f.fingertip, f.target = (f.xpos[:, model.body(name).id] for name in ("fingertip", "target"))


def _to_fingertip(f: SimpleNamespace) -> Array:
    return f.fingertip - f.target


def _observe(f: SimpleNamespace, dimensions: int) -> tuple[Array, ...]:
    gap = _to_fingertip(f)[:, :dimensions]
    return cos(f.joints), sin(f.joints), f.target_offset, f.joint_velocities, gap


def _reward_v4(_: SimpleNamespace, gap_before: Array, action: Array, _terminated: Array) -> Array:
    return -norms(gap_before) - control_cost(action, 1.0)


def _reward_v5(f: SimpleNamespace, _: None, action: Array, _terminated: Array) -> Array:
    return -norms(_to_fingertip(f)) - control_cost(action, 1.0)


_V4 = Task(
    id="Reacher-v4",
    xml="reacher.xml",
    frame_skip=2,
    start=_start,
    observe=partial(_observe, dimensions=3),
    reward=_reward_v4,
    before=_to_fingertip,
    prepare=_prepare,
    derived=("xpos",),
    max_episode_steps=50,
)
_V5 = replace(_V4, id="Reacher-v5", observe=partial(_observe, dimensions=2), reward=_reward_v5, before=nothing_to_keep)
TASKS = (_V4, _V5)
