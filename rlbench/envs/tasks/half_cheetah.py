"""HalfCheetah: two legs in a plane; episodes end only by the time limit. v4 and v5 are the same."""

from types import SimpleNamespace

import mujoco

from rlbench.envs.tasks.arrays import Array, control_cost, copy
from rlbench.envs.tasks.task import Task, normal_velocity_start


def _prepare(f: SimpleNamespace, _: mujoco.MjModel) -> None:
    f.x, f.pose = f.qpos[:, 0], f.qpos[:, 1:]


def _observe(f: SimpleNamespace) -> tuple[Array, ...]:
    return f.pose, f.qvel


def _before(f: SimpleNamespace) -> Array:
    return copy(f.x)


def _reward(f: SimpleNamespace, x_before: Array, action: Array, _: Array) -> Array:
    return (f.x - x_before) / f.dt - control_cost(action, 0.1)


TASKS = tuple(
    Task(
        id=f"HalfCheetah-{version}",
        xml="half_cheetah.xml",
        frame_skip=5,
        start=normal_velocity_start(0.1),
        observe=_observe,
        reward=_reward,
        before=_before,
        prepare=_prepare,
    )
    for version in ("v4", "v5")
)
