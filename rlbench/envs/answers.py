"""Checks that an environment keeps to Gymnasium's interface. A violation is a Fault that names the environment.

The checks of a reset or a step take about a microsecond.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium
import numpy as np

from rlbench.errors import Fault, blame, say_value

_NUMBERS = (float, int, bool, np.floating, np.integer, np.bool_)


@contextmanager
def calling(env_id: str, what: str, passing: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
    """For a `with` block that makes or resets worlds: turns exceptions, except those in `passing`, into a Fault.

    A changed default dtype of torch or working folder is a Fault as well, and is set back.
    """
    torch = sys.modules.get("torch")  # what steps worlds in processes of their own needs no torch
    dtype, folder = torch.get_default_dtype() if torch else None, _folder()
    try:
        with blame(f"{env_id}: its {what} failed", passing):
            yield
        if torch and torch.get_default_dtype() != dtype:
            raise Fault(f"{env_id}: its {what} changes torch's default dtype to {torch.get_default_dtype()}")
        if _folder() != folder:
            raise Fault(f"{env_id}: its {what} changes the working folder")
    finally:
        if torch and torch.get_default_dtype() != dtype:
            torch.set_default_dtype(dtype)
        if folder and _folder() != folder:
            os.chdir(folder)


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # the folder was removed
        return None


def reset_world(env_id: str, world: gymnasium.Env, seed: int) -> Any:
    """Start an episode and return its first observation."""
    try:
        answer = world.reset(seed=seed)
    except BaseException:
        with blame(f"{env_id}: its reset failed"):
            raise
    if not (isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], dict)):
        raise Fault(f"{env_id}: its reset returns {say_value(answer)}, not (observation, info)")
    return answer[0]


def step_world(env_id: str, world: gymnasium.Env, action: Any) -> tuple[Any, float, bool, bool]:
    """Step a world: observation, reward, terminated, truncated."""
    try:
        answer = world.step(action)
    except BaseException:
        with blame(f"{env_id}: its step failed"):
            raise
    if not (isinstance(answer, tuple) and len(answer) == 5):
        raise Fault(
            f"{env_id}: its step returns {say_value(answer)}, not (observation, reward, terminated, truncated, info)"
        )
    seen, reward, terminated, truncated, _ = answer
    return (
        seen,
        float(reward) if isinstance(reward, _NUMBERS) else _scalar(env_id, "reward", reward),
        bool(terminated) if isinstance(terminated, _NUMBERS) else bool(_scalar(env_id, "terminated", terminated)),
        bool(truncated) if isinstance(truncated, _NUMBERS) else bool(_scalar(env_id, "truncated", truncated)),
    )


def _scalar(env_id: str, name: str, value: Any) -> float:
    """The number in an array without axes; a Fault for any other value."""
    is_array = isinstance(value, np.ndarray) or type(value).__module__.partition(".")[0] == "torch"
    array = np.asarray(value) if is_array else np.empty(1)
    if array.shape != () or array.dtype.kind not in "biuf":
        raise Fault(f"{env_id}: its step returns the {name} {say_value(value)}, which is no single number")
    return float(array)
