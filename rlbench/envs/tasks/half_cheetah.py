"""HalfCheetah: two legs in a plane, and no way to fall. v4 and v5 are the same."""

from types import SimpleNamespace

import mujoco
from torch import Tensor

from rlbench.envs.tasks.exact import control_cost
from rlbench.envs.tasks.task import Task, normal_velocity_start


def _prepare(f: SimpleNamespace, _: mujoco.MjModel) -> None:
    f.x, f.pose = f.qpos[:, 0], f.qpos[:, 1:]


def _observe(f: SimpleNamespace) -> tuple[Tensor, ...]:
    return f.pose, f.qvel


def _before(f: SimpleNamespace) -> Tensor:
    return f.x.clone()


def _reward(f: SimpleNamespace, x_before: Tensor, action: Tensor, _: Tensor) -> Tensor:
    return (f.x - x_before).div_(f.dt).sub_(control_cost(action, 0.1))


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
