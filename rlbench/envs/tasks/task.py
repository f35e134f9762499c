"""The definition of a task: a MuJoCo environment of Gymnasium as pure functions of the fields of its worlds."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import mujoco
import numpy as np

from rlbench.envs.tasks.arrays import Array

Starts = tuple[np.ndarray, np.ndarray]
"""Positions `[count, nq]` and velocities `[count, nv]`."""


def nothing_to_keep(_: SimpleNamespace) -> None:
    """For rewards that depend only on the new state: nothing is kept from before the step."""


@dataclass(frozen=True)
class Task:
    """One environment, equal to Gymnasium's with default arguments.

    The functions are written once for every kind of physics: `f` is a namespace of live arrays `[W, ...]` (qpos, qvel,
    ctrl and `derived`), with `dt` (seconds a step), `timestep` (seconds a substep), `constant` (makes an array of their
    kind) and whatever `prepare` added. They keep no state and write nothing.
    """

    id: str
    xml: str
    frame_skip: int
    start: Callable[[np.random.Generator, int, np.ndarray, np.ndarray], Starts]
    """(generator, count, model's qpos, model's qvel) -> start states, drawn from Gymnasium's distribution."""
    observe: Callable[[SimpleNamespace], tuple[Array, ...]]
    """f -> the parts of the observation, `[W, k]` each."""
    reward: Callable[[SimpleNamespace, Any, Array, Array], Array | float]
    """(f, what `before` kept, action `[W, A]` in float32, terminated `[W]`) -> `[W]`."""
    terminated: Callable[[SimpleNamespace], Array] | None = None
    """f -> `[W]` bool. None: only the time limit ends an episode."""
    before: Callable[[SimpleNamespace], Any] = nothing_to_keep
    """f -> what the reward needs from before the step: a copy, not a view."""
    prepare: Callable[[SimpleNamespace, mujoco.MjModel], None] = lambda _f, _model: None
    """Adds to f, once, the slices and the model's constants that the functions use: slicing in every step would take as
    long as the arithmetic."""
    derived: tuple[str, ...] = ()
    """The derived fields of MjData that f must hold."""
    max_episode_steps: int = 1000


def uniform_start(scale: float) -> Callable[[np.random.Generator, int, np.ndarray, np.ndarray], Starts]:
    """Start states: the initial pose, with uniform noise of up to `scale` on each coordinate and velocity."""

    def start(generator: np.random.Generator, count: int, qpos: np.ndarray, qvel: np.ndarray) -> Starts:
        moved = qpos + generator.uniform(-scale, scale, (count, len(qpos)))
        return moved, qvel + generator.uniform(-scale, scale, (count, len(qvel)))

    return start


def normal_velocity_start(scale: float) -> Callable[[np.random.Generator, int, np.ndarray, np.ndarray], Starts]:
    """Start states: the initial pose with uniform noise of up to `scale`; normal velocities of deviation `scale`."""

    def start(generator: np.random.Generator, count: int, qpos: np.ndarray, qvel: np.ndarray) -> Starts:
        moved = qpos + generator.uniform(-scale, scale, (count, len(qpos)))
        return moved, qvel + scale * generator.standard_normal((count, len(qvel)))

    return start


def draw_until(count: int, draw: Callable[[int], np.ndarray], accept: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Rejection sampling: draw until `count` rows are accepted, and return the first `count` of them."""
    accepted = draw(0)
    while len(accepted) < count:
        drawn = draw(count)
        accepted = np.concatenate((accepted, drawn[accept(drawn)]))
    return accepted[:count]
