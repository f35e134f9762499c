"""InvertedDoublePendulum: two poles on a cart.

v4 observes three constraint forces, of which two are always zero, and pays 10 even for the step in which it falls.
"""

from functools import partial
from types import SimpleNamespace

import mujoco
from torch import Tensor

from rlbench.envs.tasks.exact import cos, scalar_squares, sin
from rlbench.envs.tasks.task import Task, normal_velocity_start


def _prepare(f: SimpleNamespace, _: mujoco.MjModel) -> None:
    f.cart, f.angles = f.qpos[:, :1], f.qpos[:, 1:]
    f.v1, f.v2 = f.qvel[:, 1], f.qvel[:, 2]
    f.tip_x, f.tip_z = f.site_xpos[:, 0, 0], f.site_xpos[:, 0, 2]


def _observe(f: SimpleNamespace, forces: int) -> tuple[Tensor, ...]:
    force = f.qfrc_constraint[:, :forces].clamp(-10.0, 10.0)
    return f.cart, sin(f.angles), cos(f.angles), f.qvel.clamp(-10.0, 10.0), force


def _terminated(f: SimpleNamespace) -> Tensor:
    return f.tip_z <= 1.0


def _penalties(f: SimpleNamespace) -> tuple[Tensor, Tensor]:
    """For the tip's distance from upright, and for the poles' velocities. [W] each"""
    distance = scalar_squares(f.tip_x).mul_(0.01).add_(scalar_squares(f.tip_z - 2.0))
    velocity = scalar_squares(f.v1).mul_(1e-3).add_(scalar_squares(f.v2).mul_(5e-3))
    return distance, velocity


def _reward_v4(f: SimpleNamespace, _: None, _action: Tensor, _terminated: Tensor) -> Tensor:
    distance, velocity = _penalties(f)
    return 10.0 - distance - velocity


def _reward_v5(f: SimpleNamespace, _: None, _action: Tensor, terminated: Tensor) -> Tensor:
    distance, velocity = _penalties(f)
    return terminated.logical_not() * 10.0 - distance - velocity


TASKS = tuple(
    Task(
        id=f"InvertedDoublePendulum-{version}",
        xml="inverted_double_pendulum.xml",
        frame_skip=5,
        start=normal_velocity_start(0.1),
        observe=partial(_observe, forces=forces),
        reward=reward,
        terminated=_terminated,
        prepare=_prepare,
        derived=("site_xpos", "qfrc_constraint"),
    )
    for version, forces, reward in (("v4", 3, _reward_v4), ("v5", 1, _reward_v5))
)
