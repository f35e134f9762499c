"""What every physics has: W worlds of one model, seen through live fields."""

from types import SimpleNamespace
from typing import Protocol

import mujoco
import torch
from torch import Tensor

from rlbench.envs.tasks.arrays import Array


class Physics(Protocol):
    """W worlds. How they are stepped and started differs: on a CPU some of them by number, on a GPU all, by masks."""

    model: mujoco.MjModel
    worlds: int
    """W"""
    device: torch.device
    dtype: torch.dtype
    """Of positions, observations and rewards."""
    fields: SimpleNamespace
    """Live arrays `[W, ...]`: qpos, qvel, ctrl, and the derived fields asked for; and `constant`, which makes an array
    of their kind."""

    @property
    def seconds(self) -> float:
        """That the simulator itself has taken for steps."""

    def array(self, tensor: Tensor) -> Array:
        """The same memory, as the kind of array that `fields` holds."""

    def save(self) -> dict[str, Tensor]:
        """A copy of every world: its state, and the derived fields, which the next reward may still look at."""

    def load(self, states: dict[str, Tensor], worlds: Tensor) -> None:
        """World i becomes row `worlds[i]` of what `save` gave. `states` may have any number of rows."""
