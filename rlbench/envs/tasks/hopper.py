"""Hopper: one leg, three joints. v5 gives the healthy reward only while the hopper is healthy; v4 always."""

from types import SimpleNamespace

import mujoco

from rlbench.envs.tasks.arrays import Array, clip, concatenate, control_cost, copy
from rlbench.envs.tasks.task import Task, uniform_start


def _prepare(f: SimpleNamespace, _: mujoco.MjModel) -> None:
    f.x, f.z, f.angle = f.qpos[:, 0], f.qpos[:, 1], f.qpos[:, 2]
    f.pose, f.joints = f.qpos[:, 1:], f.qpos[:, 2:]


def _observe(f: SimpleNamespace) -> tuple[Array, ...]:
    return f.pose, clip(f.qvel, -10.0, 10.0)


def _terminated(f: SimpleNamespace) -> Array:
    within = (abs(concatenate((f.joints, f.qvel))) < 100.0).all(1)
    return ~(within & (f.z > 0.7) & (abs(f.angle) < 0.2))


def _before(f: SimpleNamespace) -> Array:
    return copy(f.x)


def _reward_v4(f: SimpleNamespace, x_before: Array, action: Array, _: Array) -> Array:
    forward = (f.x - x_before) / f.dt
    return forward + 1.0 - control_cost(action, 1e-3)


def _reward_v5(f: SimpleNamespace, x_before: Array, action: Array, terminated: Array) -> Array:
    forward = (f.x - x_before) / f.dt
    return forward + ~terminated - control_cost(action, 1e-3)


TASKS = tuple(
    Task(
        id=f"Hopper-{version}",
        xml="hopper.xml",
        frame_skip=4,
        start=uniform_start(5e-3),
        observe=_observe,
        reward=reward,
        terminated=_terminated,
        before=_before,
        prepare=_prepare,
    )
    for version, reward in (("v4", _reward_v4), ("v5", _reward_v5))
)
