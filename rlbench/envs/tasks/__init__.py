"""The MuJoCo tasks, by id. Listing the ids does not import torch; finding a task imports only that robot's module."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from rlbench.errors import UserError, nearest

if TYPE_CHECKING:
    from rlbench.envs.tasks.task import Task

_ROBOTS = {
    "Ant": "ant",
    "HalfCheetah": "half_cheetah",
    "Hopper": "hopper",
    "Humanoid": "humanoid",
    "HumanoidStandup": "humanoid",
    "InvertedDoublePendulum": "inverted_double_pendulum",
    "InvertedPendulum": "inverted_pendulum",
    "Pusher": "pusher",
    "Reacher": "reacher",
    "Swimmer": "swimmer",
    "Walker2d": "walker2d",
}
_GONE = {"Pusher-v4": "Pusher-v4 runs only on MuJoCo before 3.0, whose physics its model needs; use Pusher-v5."}


def task_ids() -> tuple[str, ...]:
    """Every id that `find_task` knows, in alphabetical order."""
    return tuple(f"{robot}-{v}" for robot in _ROBOTS for v in ("v4", "v5") if f"{robot}-{v}" not in _GONE)


def find_task(task_id: str) -> Task:
    """The task of this id; for a retired id a UserError that says what to use instead."""
    if task_id not in task_ids():
        raise UserError(retired(task_id) or f"There is no MuJoCo task '{task_id}'.{nearest(task_id, task_ids())}")
    return next(task for task in import_module(module_of(task_id)).TASKS if task.id == task_id)


def module_of(task_id: str) -> str:
    """The name of the module in which a MuJoCo task is."""
    return f"rlbench.envs.tasks.{_ROBOTS[task_id.rpartition('-')[0]]}"


def retired(task_id: str) -> str | None:
    """For a retired version of a task, why it is not available and what to use instead; None for other ids."""
    robot, _, version = task_id.rpartition("-")
    if task_id in _GONE or robot not in _ROBOTS or version not in ("v0", "v1", "v2", "v3"):
        return _GONE.get(task_id)
    successor = next(known for known in task_ids() if known.startswith(f"{robot}-"))
    return f"{task_id} needs mujoco-py, which is no longer maintained; use {successor}."
