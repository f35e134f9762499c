"""Walker2d: two legs of three joints. v5 mends the left foot's friction, and pays for health only the healthy."""

from types import SimpleNamespace

import mujoco
from torch import Tensor

from rlbench.envs.tasks.exact import control_cost
from rlbench.envs.tasks.task import Task, uniform_start


def _prepare(f: SimpleNamespace, _: mujoco.MjModel) -> None:
    f.x, f.z, f.angle, f.pose = f.qpos[:, 0], f.qpos[:, 1], f.qpos[:, 2], f.qpos[:, 1:]


def _observe(f: SimpleNamespace) -> tuple[Tensor, ...]:
    return f.pose, f.qvel.clamp(-10.0, 10.0)


def _terminated(f: SimpleNamespace) -> Tensor:
    upright = (f.z > 0.8).logical_and_(f.z < 2.0).logical_and_(f.angle.abs() < 1.0)
    return upright.logical_not_()


def _before(f: SimpleNamespace) -> Tensor:
    return f.x.clone()


def _reward_v4(f: SimpleNamespace, x_before: Tensor, action: Tensor, _: Tensor) -> Tensor:
    forward = (f.x - x_before).div_(f.dt)
    return forward.add_(1.0).sub_(control_cost(action, 1e-3))


def _reward_v5(f: SimpleNamespace, x_before: Tensor, action: Tensor, terminated: Tensor) -> Tensor:
    forward = (f.x - x_before).div_(f.dt)
    return forward.add_(terminated.logical_not()).sub_(control_cost(action, 1e-3))


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
