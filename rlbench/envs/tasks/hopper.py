"""Hopper: one leg, three joints. v5 pays the healthy reward only to a healthy hopper; v4 always."""

from types import SimpleNamespace

import mujoco
import torch
from torch import Tensor

from rlbench.envs.tasks.exact import control_cost
from rlbench.envs.tasks.task import Task, uniform_start


def _prepare(f: SimpleNamespace, _: mujoco.MjModel) -> None:
    f.x, f.z, f.angle = f.qpos[:, 0], f.qpos[:, 1], f.qpos[:, 2]
    f.pose, f.joints = f.qpos[:, 1:], f.qpos[:, 2:]


def _observe(f: SimpleNamespace) -> tuple[Tensor, ...]:
    return f.pose, f.qvel.clamp(-10.0, 10.0)


def _terminated(f: SimpleNamespace) -> Tensor:
    within = torch.cat((f.joints, f.qvel), 1).abs_().lt(100.0).all(1)
    return within.logical_and_(f.z > 0.7).logical_and_(f.angle.abs() < 0.2).logical_not_()


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
