"""MuJoCo tasks of other packages and modules: `Point-v0` by an entry point, `my_module:Point-v0` by its module.

Their names are known without running their code; to load one runs it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rlbench.entry_points import Naming, Plugins, find_plugins, load
from rlbench.envs.tasks import find_task, task_ids
from rlbench.errors import Fault, UserError, blame

if TYPE_CHECKING:
    from rlbench.envs.tasks.task import Task

GROUP = "rlbench.tasks"
FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]{0,39}-v\d{1,4}")
FUNCTIONS = ("start", "observe", "reward", "terminated", "before", "prepare")

_lent: dict[str, Task] = {}


def installed_tasks() -> Plugins:
    """The tasks that entry points name, without loading any."""
    return find_plugins(
        GROUP, Naming(FORM, "letters, digits, _ and ., 40 at most, and a version: Point-v0", task_ids())
    )


def own_task_ids() -> tuple[str, ...]:
    """The ids of installed tasks, in alphabetical order."""
    return tuple(sorted(installed_tasks().points))


def module_of_task(env_id: str) -> str | None:
    """The module of an installed task; None for any other id. Nothing is loaded."""
    point = installed_tasks().points.get(env_id)
    return point.module if point else None


def get_task(env_id: str) -> Task | None:
    """The task of this id: rlbench's own, an installed one, or a module's. None if it is no MuJoCo task of this kind.

    Loads and runs the code of an installed task or of the module that the id names.
    """
    if env_id in task_ids():
        return find_task(env_id)
    if env_id in _lent:
        return _lent[env_id]
    module, _, name = env_id.rpartition(":")
    if module:
        return _task_of_module(env_id, module, name)
    installed = installed_tasks()
    if env_id in installed.broken:
        raise UserError(f"{env_id} cannot be used. {installed.broken[env_id]}")
    point = installed.points.get(env_id)
    return None if point is None else _named(load(point, lambda loaded: why_not_a_task(loaded, env_id)), env_id)


def lend_task(env_id: str, task: Task) -> None:
    """Make a task known under an id in this process, without an entry point."""
    _lent[env_id] = _named(task, env_id)


def return_task(env_id: str) -> None:
    """End what `lend_task` began."""
    del _lent[env_id]


def _task_of_module(env_id: str, module: str, name: str) -> Task | None:
    """The task `name` among the objects of a module; None if the module cannot be imported or has none."""
    try:
        with blame(f"{env_id}: its import failed", passing=(ImportError,)):
            imported = import_module(module)
    except ImportError:
        return None  # it is reported where Gymnasium's registry is asked
    from rlbench.envs.tasks.task import Task

    found = [each for each in vars(imported).values() if isinstance(each, Task) and each.id == name]
    if not found:
        return None
    if reason := why_not_a_task(found[0], name):
        raise UserError(f"{env_id} cannot be used: {reason}")
    return _named(found[0], env_id)


def why_not_a_task(loaded: Any, name: str) -> str | None:
    """The reason why an object is no task of this id; None if it is one. Its functions are not called."""
    from rlbench.envs.tasks.task import Task

    if not isinstance(loaded, Task):
        return "it is not a rlbench.Task"
    if loaded.id != name:
        return f"its id is {loaded.id!r}, and it is registered as {name!r}: both must be the same"
    if not isinstance(loaded.frame_skip, int) or loaded.frame_skip < 1:
        return f"its frame_skip is {loaded.frame_skip!r}, not a whole number of at least 1"
    if not isinstance(loaded.max_episode_steps, int) or loaded.max_episode_steps < 1:
        return f"its max_episode_steps is {loaded.max_episode_steps!r}, not a whole number of at least 1"
    for each in FUNCTIONS:
        if not callable(getattr(loaded, each)) and not (each == "terminated" and loaded.terminated is None):
            return f"its {each} is not a function"
    return None


@cache
def _named(task: Task, env_id: str) -> Task:
    """The task under the id by which it is asked for, whose functions' exceptions are Faults that name it."""
    guarded = {name: _blamed(getattr(task, name), f"{env_id}: its {name}() failed") for name in FUNCTIONS}
    return dataclasses.replace(task, id=env_id, **guarded)


def _blamed(function: Callable[..., Any] | None, part: str) -> Any:
    """The function, whose exceptions are Faults. A `with` block would take longer than many a function."""
    if function is None:
        return None

    @wraps(function)
    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception:
            with blame(part):
                raise

    return call


def check_shapes(task: Task, f: Any, worlds: int, action: Any) -> None:
    """Call a task's functions once on live worlds: a Fault where one returns another shape than it must."""
    for number, part in enumerate(task.observe(f)):
        if getattr(part, "ndim", None) != 2 or len(part) != worlds:
            raise Fault(f"{task.id}: part {number} of what its observe() returns is {_shape(part)}, not [{worlds}, k]")
    ended = f.qpos[:, 0] != f.qpos[:, 0] if task.terminated is None else task.terminated(f)
    if getattr(ended, "shape", None) != (worlds,) or "bool" not in str(ended.dtype):
        raise Fault(f"{task.id}: its terminated() returns {_shape(ended)}, not [{worlds}] of true and false")
    reward = task.reward(f, task.before(f), action, ended)
    if not isinstance(reward, int | float) and getattr(reward, "shape", None) != (worlds,):
        raise Fault(f"{task.id}: its reward() returns {_shape(reward)}, not [{worlds}]")


def _shape(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return f"a {type(value).__name__}" if shape is None else f"{list(shape)} of {value.dtype}"
