"""Walker2d: two legs of three joints. v5 corrects the left foot's friction and gives no healthy reward after a fall."""

from types import SimpleNamespace

import mujoco

from rlbench.envs.tasks.arrays import Array, clip, control_cost, copy
from rlbench.envs.tasks.task import Task, uniform_start


def _prepare(f: SimpleNamespace, _: mujoco.MjModel) -> None:
    f.x, f.z, f.angle, f.pose = f.qpos[:, 0], f.qpos[:, 1], f.qpos[:, 2], f.qpos[:, 1:]


def _observe(f: SimpleNamespace) -> tuple[Array, ...]:
    return f.pose, clip(f.qvel, -10.0, 10.0)


def _terminated(f: SimpleNamespace) -> Array:
    return ~((f.z > 0.8) & (f.z < 2.0) & (abs(f.angle) < 1.0))


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
        id=f"Walker2d-{version}",
        xml=xml,
        frame_skip=4,
        start=uniform_start(5e-3),
        observe=_observe,
        reward=reward,
        terminated=_terminated,
        before=_before,
        prepare=_prepare,
    )
    for version, xml, reward in (("v4", "walker2d.xml", _reward_v4), ("v5", "walker2d_v5.xml", _reward_v5))
)
