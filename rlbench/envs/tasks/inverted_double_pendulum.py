"""InvertedDoublePendulum: two poles on a cart.

v4 observes three constraint forces, of which two are always zero, and pays 10 even for the step in which it falls.
"""

from functools import partial
from types import SimpleNamespace

import mujoco

from rlbench.envs.tasks.arrays import Array, clip, cos, scalar_squares, sin
from rlbench.envs.tasks.task import Task, normal_velocity_start


def _prepare(f: SimpleNamespace, _: mujoco.MjModel) -> None:
    f.cart, f.angles = f.qpos[:, :1], f.qpos[:, 1:]
    f.v1, f.v2 = f.qvel[:, 1], f.qvel[:, 2]
    f.tip_x, f.tip_z = f.site_xpos[:, 0, 0], f.site_xpos[:, 0, 2]


def _observe(f: SimpleNamespace, forces: int) -> tuple[Array, ...]:
    force = clip(f.qfrc_constraint[:, :forces], -10.0, 10.0)
    return f.cart, sin(f.angles), cos(f.angles), clip(f.qvel, -10.0, 10.0), force


def _terminated(f: SimpleNamespace) -> Array:
    return f.tip_z <= 1.0


def _penalties(f: SimpleNamespace) -> tuple[Array, Array]:
    """Penalties for the tip's distance from the upright position and for the poles' velocities, [W] each."""
    distance = 0.01 * scalar_squares(f.tip_x) + scalar_squares(f.tip_z - 2.0)
    velocity = 1e-3 * scalar_squares(f.v1) + 5e-3 * scalar_squares(f.v2)
    return distance, velocity


def _reward_v4(f: SimpleNamespace, _: None, _action: Array, _terminated: Array) -> Array:
    distance, velocity = _penalties(f)
    return 10.0 - distance - velocity


def _reward_v5(f: SimpleNamespace, _: None, _action: Array, terminated: Array) -> Array:
    distance, velocity = _penalties(f)
    return 10.0 * ~terminated - distance - velocity


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
