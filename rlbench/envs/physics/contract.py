"""The interface of the two simulators: W worlds of one model, with live fields."""

from types import SimpleNamespace
from typing import Protocol

import mujoco
import torch
from torch import Tensor

from rlbench.envs.tasks.arrays import Array


class Physics(Protocol):
    """W worlds. Stepping and resetting are not part of the interface: on a CPU by indices, on a GPU by masks."""

    model: mujoco.MjModel
    worlds: int
    """Number of worlds, W."""
    device: torch.device
    dtype: torch.dtype
    """The type of positions, observations and rewards."""
    fields: SimpleNamespace
    """Live arrays `[W, ...]`: qpos, qvel, ctrl and the requested derived fields; and `constant`, which makes an array
    of the same kind."""

    @property
    def seconds(self) -> float:
        """Total seconds of the simulator's steps."""

    def array(self, tensor: Tensor) -> Array:
        """A view of a tensor as the kind of array in `fields`."""

    def save(self) -> dict[str, Tensor]:
        """A copy of all worlds: states, and derived fields, which the next reward may depend on."""

    def load(self, states: dict[str, Tensor], worlds: Tensor) -> None:
        """Set world i to row `worlds[i]` of a copy made by `save`, which may have any number of rows."""
