"""Worlds of one MuJoCo model on the CPU: float64, bit-identical to a loop over `MjData` at any number of threads."""

import time
from collections.abc import Sequence
from types import SimpleNamespace

import mujoco
import numpy as np
import torch
from mujoco.batch import Batch
from torch import Tensor

from rlbench.envs.physics.forces import ForcefulSteps
from rlbench.envs.physics.log import silence_log


def load_model(path: str) -> mujoco.MjModel:
    """The compiled model."""
    silence_log()
    return mujoco.MjModel.from_xml_path(path)


def load_model_text(text: str) -> mujoco.MjModel:
    """The compiled model of MJCF text."""
    silence_log()
    return mujoco.MjModel.from_xml_string(text)


FORCES = "cfrc_ext"
"""The derived field of contact forces, which mujoco.batch does not provide."""


class CpuPhysics:
    """W worlds. `fields` holds live NumPy arrays `[W, ...]`: qpos, qvel, ctrl and the requested derived fields.

    Derived fields stay as MuJoCo leaves them: after `step` they belong to the state before the last substep, after
    `reset` to the state itself. Gymnasium computes observations and rewards from these, so they are not refreshed.
    """

    device = torch.device("cpu")
    dtype = torch.float64

    def __init__(
        self, model: mujoco.MjModel, frame_skip: int, worlds: int, derived: Sequence[str] = (), threads: int = 1
    ) -> None:
        self.model = model
        self.worlds = worlds
        self.seconds = 0.0
        """Total seconds of steps."""
        self._frame_skip = frame_skip
        self._batch = Batch(model, worlds, threads)
        self._derived = {name: self._output(name) for name in derived}
        state = {name: self._batch.bind(name) for name in ("qpos", "qvel", "ctrl")}
        self.fields = SimpleNamespace(**state, **self._derived, constant=np.array)
        self._rows = self._batch.state  # [W, state]: everything the next step depends on
        self._batch.reset(stage=mujoco.mjtStage.mjSTAGE_NONE)
        self._fresh = self._rows[0].copy()
        self._forceful: ForcefulSteps | None = None
        if FORCES in derived:
            self._forceful = ForcefulSteps(model, frame_skip, self._rows, self._derived, threads)

    def step(self, ids: np.ndarray | None = None) -> None:
        """Move every world, or the worlds `ids` (sorted, unique), by `frame_skip` substeps under `fields.ctrl`."""
        began = time.perf_counter()
        if self._forceful is None:
            self._batch.step(ids, nstep=self._frame_skip)
        else:
            self._forceful(ids)
        self.seconds += time.perf_counter() - began

    def array(self, tensor: Tensor) -> np.ndarray:
        """A view of a tensor as the kind of array in `fields`."""
        return tensor.numpy()

    def reset(self, ids: np.ndarray, qpos: np.ndarray, qvel: np.ndarray) -> None:
        """Start the worlds `ids` (sorted, unique) at `qpos[i], qvel[i]`, everything else as in a fresh `MjData`."""
        self._rows[ids] = self._fresh
        self.fields.qpos[ids] = qpos
        self.fields.qvel[ids] = qvel
        self._batch.forward(ids)
        if FORCES in self._derived:
            self._derived[FORCES][ids] = 0.0

    def save(self) -> dict[str, Tensor]:
        """A copy of all worlds: states, and derived fields, which the next reward may depend on."""
        derived = {name: torch.from_numpy(field.copy()) for name, field in self._derived.items()}
        return {"state": torch.from_numpy(self._rows.copy()), **derived}

    def load(self, states: dict[str, Tensor], worlds: Tensor) -> None:
        """Set world i to row `worlds[i]` of a copy made by `save`, which may have any number of rows."""
        self._rows[:] = states["state"].numpy()[worlds.numpy()]
        for name, field in self._derived.items():
            field[:] = states[name].numpy()[worlds.numpy()]

    def _output(self, name: str) -> np.ndarray:
        """The array of a derived field, writable so that `load` can restore it."""
        if name == FORCES:
            return np.zeros((self.worlds, self.model.nbody, 6))
        array = self._batch.bind(name)
        array.flags.writeable = True
        return array
