"""Worlds of one MuJoCo model on a GPU, simulated by MuJoCo Warp in float32; torch shares the memory.

It also runs on a CPU, slowly, for tests without a GPU.
"""

import time
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any

import mujoco
import mujoco_warp as mjw
import torch
import warp as wp
from torch import Tensor

from rlbench.envs.physics.buffers import Buffers
from rlbench.envs.physics.capsules import correct_capsules
from rlbench.envs.physics.stopwatch import Stopwatch
from rlbench.errors import UserError
from rlbench.numerics.replay import nothing_let_go

STATE = ("qpos", "qvel", "qacc_warmstart", "time")
"""The fields that the next step depends on, besides the controls."""

_TOO_SMALL = mjw.OverflowType.NEFC | mjw.OverflowType.BROADPHASE | mjw.OverflowType.NARROWPHASE

wp.config.log_level = wp.LOG_ERROR  # else a message for every kernel
wp.init()
correct_capsules()


class WarpPhysics:
    """W worlds. `fields` holds live tensors `[W, ...]`: qpos, qvel, ctrl and the requested derived fields.

    A step always moves all worlds, as fewer would not be faster on a GPU. After `step`, derived fields belong to the
    state before the last substep, as on the CPU; after `put` they are what was put.
    """

    dtype = torch.float32

    def __init__(
        self,
        model: mujoco.MjModel,
        frame_skip: int,
        worlds: int,
        derived: Sequence[str],
        device: torch.device,
        buffers: Buffers,
    ) -> None:
        began = time.perf_counter()
        if model.opt.solver == mujoco.mjtSolver.mjSOL_PGS:  # not available in MuJoCo Warp
            model.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON
        self.model, self.worlds, self.device = model, worlds, device
        self.buffers, self._frame_skip, self._forces = buffers, frame_skip, "cfrc_ext" in derived
        self._warp_device = wp.device_from_torch(device)
        with wp.ScopedDevice(self._warp_device):
            self._model = mjw.put_model(model)
            self._model.opt.warn_overflow = 0  # `refuse_overflow` reports it, once
            self._data = mjw.make_data(model, worlds, nconmax=buffers.contacts, njmax=buffers.rows)
        self.state = {name: self._view(name) for name in STATE}
        self.derived = {name: self._view(name) for name in derived}
        self.saved = {**self.state, **self.derived}
        """The fields that `save` copies."""
        self.fields = SimpleNamespace(
            qpos=self.state["qpos"], qvel=self.state["qvel"], ctrl=self._view("ctrl"), **self.derived
        )
        self.fields.constant = lambda values: torch.as_tensor(values, dtype=self.dtype, device=device)
        self._flags, self._needed = self._view("overflow"), self._view("nefc")
        self._found = self._view("nacon"), self._view("ncollision")
        self._stopwatch = Stopwatch(device)
        self._graph = self._capture()
        self.preparing = time.perf_counter() - began
        """Seconds of preparation: mostly the compilation of kernels, the first time."""

    @property
    def seconds(self) -> float:
        """Total seconds of steps on the GPU. Reading it waits for the GPU."""
        return self._stopwatch.seconds

    def step(self) -> None:
        """Move every world by `frame_skip` substeps under `fields.ctrl`."""
        with self._stopwatch:
            wp.capture_launch(self._graph, _stream(self.device))

    def step_eagerly(self, substeps: int | None = None) -> None:
        """The same as `step`, or a part of it, launched kernel by kernel, which is several times slower."""
        with wp.ScopedDevice(self._warp_device):
            for _ in range(self._frame_skip if substeps is None else substeps):
                mjw.step(self._model, self._data)
            if self._forces:  # not part of a step, but Gymnasium computes them after each
                mjw.rne_postconstraint(self._model, self._data)

    def array(self, tensor: Tensor) -> Tensor:
        """A view of a tensor as the kind of array in `fields`."""
        return tensor

    def put(self, marked: Tensor, values: dict[str, Tensor]) -> None:
        """Set the worlds `marked[W]` to their rows of `values`.

        Fields that are not in `values` become zero: else a warm start of NaN would never leave a world.
        """
        for name, field in self.saved.items():
            there = marked.view(-1, *[1] * (field.dim() - 1))
            field.copy_(torch.where(there, values[name] if name in values else torch.zeros_like(field), field))

    def save(self) -> dict[str, Tensor]:
        """A copy of all worlds: states, and derived fields, which the next reward may depend on."""
        return {name: field.clone() for name, field in self.saved.items()}

    def load(self, states: dict[str, Tensor], worlds: Tensor) -> None:
        """Set world i to row `worlds[i]` of a copy made by `save`, which may have any number of rows."""
        for name, field in self.saved.items():
            field.copy_(states[name].to(self.device)[worlds])

    def broken(self) -> Tensor:
        """`[W]`: True for worlds with NaN or infinite positions or velocities."""
        return ~(torch.isfinite(self.fields.qpos).all(1) & torch.isfinite(self.fields.qvel).all(1))

    def refuse_overflow(self, name: str) -> None:
        """Raise a UserError if contacts or constraints were dropped since the last call. This waits for the GPU."""
        flags = self._flags & int(_TOO_SMALL)
        if not bool(flags.any()):
            return
        self._flags.zero_()
        room = self.buffers
        contacts = -(-int(max(count.max() for count in self._found)) // self.worlds)
        rows = int(self._needed.max())
        raise UserError(
            f"{name}: contacts or constraints did not fit the GPU's buffers in {int((flags != 0).sum())} "
            f"worlds, so the physics was wrong. There is room for {room.contacts} contacts and {room.rows} "
            f"rows a world; the last step needed {contacts} and {rows}.",
            f"Give them more: --gpu-buffers {max(2 * room.contacts, contacts)},{max(2 * room.rows, rows)}",
        )

    def _view(self, name: str) -> Tensor:
        return wp.to_torch(getattr(self._data, name))

    def _capture(self) -> Any:
        """Capture one step as a graph. An eager substep first compiles the kernels; its effect is undone."""
        start = self.save()
        self.step_eagerly(substeps=1)
        for name, field in self.saved.items():
            field.copy_(start[name])
        self._flags.zero_()
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        with (
            nothing_let_go(),
            wp.ScopedDevice(self._warp_device),
            wp.ScopedCapture(device=self._warp_device) as capture,
        ):
            self.step_eagerly()
        return capture.graph


_streams: dict[tuple[int, int], Any] = {}


def _stream(device: torch.device) -> Any:
    """Torch's current stream as a Warp stream, so that the launches of both are in order."""
    if device.type != "cuda":
        return None
    stream = torch.cuda.current_stream(device)
    name = device.index, stream.cuda_stream
    if name not in _streams:
        _streams[name] = wp.stream_from_torch(stream)
    return _streams[name]


def world_bytes(model: mujoco.MjModel, buffers: Buffers) -> int:
    """Bytes of memory for one world."""
    worlds = 64
    with wp.ScopedDevice("cpu"):
        return _bytes(mjw.make_data(model, worlds, nconmax=buffers.contacts, njmax=buffers.rows)) // worlds


def _bytes(data: Any) -> int:
    """Bytes of all arrays in a Warp structure."""
    held = [getattr(data, each.name) for each in fields(data)]
    return sum(_bytes(each) if is_dataclass(each) else getattr(each, "capacity", 0) or 0 for each in held)
