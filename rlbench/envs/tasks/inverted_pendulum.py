"""InvertedPendulum: a pole on a cart. v5 gives no reward for the step in which the pole falls; v4 does."""

import math
from types import SimpleNamespace

import mujoco

from rlbench.envs.tasks.arrays import Array, concatenate
from rlbench.envs.tasks.task import Task, uniform_start


def _prepare(f: SimpleNamespace, _: mujoco.MjModel) -> None:
    f.angle = f.qpos[:, 1]


def _observe(f: SimpleNamespace) -> tuple[Array, ...]:
    return f.qpos, f.qvel


def _terminated(f: SimpleNamespace) -> Array:
    finite = (abs(concatenate((f.qpos, f.qvel))) < math.inf).all(1)
    return ~finite | (abs(f.angle) > 0.2)


def _reward_v4(_f: SimpleNamespace, _: None, _action: Array, _terminated: Array) -> float:
    return 1.0


def _reward_v5(_f: SimpleNamespace, _: None, _action: Array, terminated: Array) -> Array:
    return ~terminated


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
