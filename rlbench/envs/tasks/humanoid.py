"""Humanoid and HumanoidStandup: the same body, which has to walk or to stand up.

v4 observes the world's body and the free joint's actuator forces too, which are always zero; v5 leaves them out.
Walking in v5 also pays for health only the healthy, and charges for contact. Both charge for `ctrl`, in float64.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import mujoco

from rlbench.envs.tasks.arrays import Array, clip, row_sums
from rlbench.envs.tasks.task import Task, uniform_start


def _prepare(first_body: int, first_force: int) -> Callable[[SimpleNamespace, mujoco.MjModel], None]:
    """The first body and the first actuator force that are observed."""

    def prepare(f: SimpleNamespace, model: mujoco.MjModel) -> None:
        worlds = len(f.qpos)
        f.z, f.pose = f.qpos[:, 2], f.qpos[:, 2:]
        f.contact = f.cfrc_ext.reshape(worlds, -1)  # [W, bodies * 6]
        f.observed = (
            f.pose,
            f.qvel,
            f.cinert.reshape(worlds, -1)[:, first_body * 10 :],
            f.cvel.reshape(worlds, -1)[:, first_body * 6 :],
            f.qfrc_actuator[:, first_force:],
            f.contact[:, first_body * 6 :],
        )
        f.mass = f.constant(model.body_mass[:, None])
        f.total_mass = float(model.body_mass.sum())

    return prepare


def _observe(f: SimpleNamespace) -> tuple[Array, ...]:
    return f.observed


def _centre_x(f: SimpleNamespace) -> Array:
    """The x coordinate of the centre of mass, [W]."""
    # All three coordinates, though one is needed: NumPy sums a single column in another order.
    return row_sums(f.xipos * f.mass)[:, 0] / f.total_mass


def _terminated(f: SimpleNamespace) -> Array:
    return ~((f.z > 1.0) & (f.z < 2.0))


def _control_cost(f: SimpleNamespace) -> Array:
    return 0.1 * row_sums(f.ctrl * f.ctrl)


def _impact_cost(f: SimpleNamespace) -> Array:
    return clip(5e-7 * row_sums(f.contact * f.contact), -math.inf, 10.0)


def _walk_v4(f: SimpleNamespace, x_before: Array, _action: Array, _terminated: Array) -> Array:
    forward = 1.25 * ((_centre_x(f) - x_before) / f.dt)
    return forward + 5.0 - _control_cost(f)


def _walk_v5(f: SimpleNamespace, x_before: Array, _action: Array, terminated: Array) -> Array:
    forward = 1.25 * ((_centre_x(f) - x_before) / f.dt)
    return forward + 5.0 * ~terminated - (_control_cost(f) + _impact_cost(f))


def _stand_up(f: SimpleNamespace, _: None, _action: Array, _terminated: Array) -> Array:
    return f.z / f.timestep - _control_cost(f) - _impact_cost(f) + 1.0


_WALK_V4 = Task(
    id="Humanoid-v4",
    xml="humanoid.xml",
    frame_skip=5,
    start=uniform_start(0.01),
    observe=_observe,
    reward=_walk_v4,
    terminated=_terminated,
    before=_centre_x,
    prepare=_prepare(first_body=0, first_force=0),
    derived=("xipos", "cinert", "cvel", "qfrc_actuator", "cfrc_ext"),
)
_STAND_UP_V4 = Task(
    id="HumanoidStandup-v4",
    xml="humanoidstandup.xml",
    frame_skip=5,
    start=uniform_start(0.01),
    observe=_observe,
    reward=_stand_up,
    prepare=_prepare(first_body=0, first_force=0),
    derived=("cinert", "cvel", "qfrc_actuator", "cfrc_ext"),
)
TASKS = (
    _WALK_V4,
    replace(_WALK_V4, id="Humanoid-v5", reward=_walk_v5, prepare=_prepare(first_body=1, first_force=6)),
    _STAND_UP_V4,
    replace(_STAND_UP_V4, id="HumanoidStandup-v5", prepare=_prepare(first_body=1, first_force=6)),
)
