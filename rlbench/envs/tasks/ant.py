"""Ant: four legs. v5 also observes the contact forces, and charges for them; v4 knows nothing of them."""

from dataclasses import replace
from types import SimpleNamespace

import mujoco
import torch
from torch import Tensor

from rlbench.envs.tasks.exact import control_cost, row_sums
from rlbench.envs.tasks.task import Task, normal_velocity_start


def _prepare(f: SimpleNamespace, model: mujoco.MjModel) -> None:
    f.z, f.pose = f.qpos[:, 2], f.qpos[:, 2:]
    f.torso_x = f.xpos[:, model.body("torso").id, 0]


def _prepare_v5(f: SimpleNamespace, model: mujoco.MjModel) -> None:
    _prepare(f, model)
    f.contact = f.cfrc_ext.view(len(f.qpos), -1)  # [W, bodies * 6], the world's body first
    f.contact_seen = f.contact[:, 6:]


def _observe_v4(f: SimpleNamespace) -> tuple[Tensor, ...]:
    return f.pose, f.qvel


def _observe_v5(f: SimpleNamespace) -> tuple[Tensor, ...]:
    return f.pose, f.qvel, f.contact_seen.clamp(-1.0, 1.0)


def _terminated(f: SimpleNamespace) -> Tensor:
    finite = torch.cat((f.qpos, f.qvel), 1).isfinite().all(1)
    return finite.logical_and_(f.z >= 0.2).logical_and_(f.z <= 1.0).logical_not_()


def _before(f: SimpleNamespace) -> Tensor:
    return f.torso_x.clone()


def _reward_v4(f: SimpleNamespace, x_before: Tensor, action: Tensor, _: Tensor) -> Tensor:
    forward = (f.torso_x - x_before).div_(f.dt)
    return forward.add_(1.0).sub_(control_cost(action, 0.5))


def _reward_v5(f: SimpleNamespace, x_before: Tensor, action: Tensor, terminated: Tensor) -> Tensor:
    forward = (f.torso_x - x_before).div_(f.dt)
    contact_cost = row_sums(f.contact.clamp(-1.0, 1.0).square_()).mul_(5e-4)
    return forward.add_(terminated.logical_not()).sub_(contact_cost.add_(control_cost(action, 0.5)))


_V4 = Task(
    id="Ant-v4",
    xml="ant.xml",
    frame_skip=5,
    start=normal_velocity_start(0.1),
    observe=_observe_v4,
    reward=_reward_v4,
    terminated=_terminated,
    before=_before,
    prepare=_prepare,
    derived=("xpos",),
)
_V5 = replace(
    _V4,
    id="Ant-v5",
    observe=_observe_v5,
    reward=_reward_v5,
    prepare=_prepare_v5,
    derived=("xpos", "cfrc_ext"),
)
TASKS = (_V4, _V5)
