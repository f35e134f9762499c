"""InvertedPendulum: a pole on a cart. v5 pays nothing for the step in which it falls; v4 does."""

from types import SimpleNamespace

import mujoco
import torch
from torch import Tensor

from rlbench.envs.tasks.task import Task, uniform_start


def _prepare(f: SimpleNamespace, _: mujoco.MjModel) -> None:
    f.angle = f.qpos[:, 1]


def _observe(f: SimpleNamespace) -> tuple[Tensor, ...]:
    return f.qpos, f.qvel


def _terminated(f: SimpleNamespace) -> Tensor:
    finite = torch.cat((f.qpos, f.qvel), 1).isfinite().all(1)
    return finite.logical_not_().logical_or_(f.angle.abs() > 0.2)


def _reward_v4(f: SimpleNamespace, _: None, _action: Tensor, _terminated: Tensor) -> Tensor:
    return torch.ones_like(f.angle)


def _reward_v5(f: SimpleNamespace, _: None, _action: Tensor, terminated: Tensor) -> Tensor:
    return terminated.logical_not().to(f.angle.dtype)


TASKS = tuple(
    Task(
        id=f"InvertedPendulum-{version}",
        xml="inverted_pendulum.xml",
        frame_skip=2,
        start=uniform_start(0.01),
        observe=_observe,
        reward=reward,
        terminated=_terminated,
        prepare=_prepare,
    )
    for version, reward in (("v4", _reward_v4), ("v5", _reward_v5))
)
