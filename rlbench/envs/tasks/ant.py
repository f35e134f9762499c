"""Ant: four legs. v5 also observes the contact forces and has a contact cost; v4 has neither."""

import math
from dataclasses import replace
from types import SimpleNamespace

import mujoco

from rlbench.envs.tasks.arrays import Array, clip, concatenate, control_cost, copy, row_sums
from rlbench.envs.tasks.task import Task, normal_velocity_start


def _prepare(f: SimpleNamespace, model: mujoco.MjModel) -> None:
    f.z, f.pose = f.qpos[:, 2], f.qpos[:, 2:]
    f.torso_x = f.xpos[:, model.body("torso").id, 0]


def _prepare_v5(f: SimpleNamespace, model: mujoco.MjModel) -> None:
    _prepare(f, model)
    f.contact = f.cfrc_ext.reshape(len(f.qpos), -1)  # [W, bodies * 6], the world's body first
    f.contact_seen = f.contact[:, 6:]


def _observe_v4(f: SimpleNamespace) -> tuple[Array, ...]:
    return f.pose, f.qvel


def _observe_v5(f: SimpleNamespace) -> tuple[Array, ...]:
    return f.pose, f.qvel, clip(f.contact_seen, -1.0, 1.0)


def _terminated(f: SimpleNamespace) -> Array:
    finite = (abs(concatenate((f.qpos, f.qvel))) < math.inf).all(1)
    return ~(finite & (f.z >= 0.2) & (f.z <= 1.0))


def _before(f: SimpleNamespace) -> Array:
    return copy(f.torso_x)


def _reward_v4(f: SimpleNamespace, x_before: Array, action: Array, _: Array) -> Array:
    forward = (f.torso_x - x_before) / f.dt
    return forward + 1.0 - control_cost(action, 0.5)


def _reward_v5(f: SimpleNamespace, x_before: Array, action: Array, terminated: Array) -> Array:
    forward = (f.torso_x - x_before) / f.dt
    contact = clip(f.contact, -1.0, 1.0)
    return forward + ~terminated - (control_cost(action, 0.5) + 5e-4 * row_sums(contact * contact))


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
