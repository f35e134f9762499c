"""Worlds of one MuJoCo model on a GPU by MuJoCo Warp: float32, in tensors that torch shares.

The same on a CPU, where Warp is slow: that is how it is tested without a GPU.
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
"""All that the next step depends on, beside the controls."""

_TOO_SMALL = mjw.OverflowType.NEFC | mjw.OverflowType.BROADPHASE | mjw.OverflowType.NARROWPHASE

wp.config.log_level = wp.LOG_ERROR  # it tells of every kernel it loads
wp.init()
correct_capsules()


class WarpPhysics:
    """W worlds. `fields` holds live tensors `[W, ...]`: qpos, qvel, ctrl, and the derived fields asked for.

    Every world is stepped every time: the device would not be quicker with fewer. Derived fields are as on the CPU, one
    substep old after `step`; after `put` they are what was put.
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
        if model.opt.solver == mujoco.mjtSolver.mjSOL_PGS:  # which MuJoCo Warp has not
            model.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON
        self.model, self.worlds, self.device = model, worlds, device
        self.buffers, self._frame_skip, self._forces = buffers, frame_skip, "cfrc_ext" in derived
        self._warp_device = wp.device_from_torch(device)
        with wp.ScopedDevice(self._warp_device):
            self._model = mjw.put_model(model)
            self._model.opt.warn_overflow = 0  # told by `overflow`, not printed by every world at every step
            self._data = mjw.make_data(model, worlds, nconmax=buffers.contacts, njmax=buffers.rows)
        self.state = {name: self._view(name) for name in STATE}
        self.derived = {name: self._view(name) for name in derived}
        self.saved = {**self.state, **self.derived}
        """What `save` keeps of a world."""
        self.fields = SimpleNamespace(
            qpos=self.state["qpos"], qvel=self.state["qvel"], ctrl=self._view("ctrl"), **self.derived
        )
        self.fields.constant = lambda values: torch.as_tensor(values, dtype=self.dtype, device=device)
        self._flags, self._needed = self._view("overflow"), self._view("nefc")
        self._found = self._view("nacon"), self._view("ncollision")
        self._stopwatch = Stopwatch(device)
        self._graph = self._capture()
        self.preparing = time.perf_counter() - began
        """Seconds from the model to worlds that can be stepped: mostly kernels being built, the first time."""

    @property
    def seconds(self) -> float:
        """That steps have taken, on the device."""
        return self._stopwatch.seconds

    def step(self) -> None:
        """Move every world by `frame_skip` substeps under `fields.ctrl`."""
        with self._stopwatch:
            wp.capture_launch(self._graph, _stream(self.device))

    def step_eagerly(self) -> None:
        """The same, launched kernel by kernel; several times slower."""
        with wp.ScopedDevice(self._warp_device):
            for _ in range(self._frame_skip):
                mjw.step(self._model, self._data)
            if self._forces:  # a step leaves them out, and Gymnasium asks for them after each
                mjw.rne_postconstraint(self._model, self._data)

    def array(self, tensor: Tensor) -> Tensor:
        """The same memory, as the kind of array that `fields` holds."""
        return tensor

    def put(self, marked: Tensor, values: dict[str, Tensor]) -> None:
        """The worlds `marked[W]` become rows of `values`: of the state, and of derived fields. What is not in `values`
        becomes zero: a warm start that is not a number would stay in its world for ever."""
        for name, field in self.saved.items():
            there = marked.view(-1, *[1] * (field.dim() - 1))
            field.copy_(torch.where(there, values[name] if name in values else torch.zeros_like(field), field))

    def save(self) -> dict[str, Tensor]:
        """A copy of every world: its state, and the derived fields, which the next reward may still look at."""
        return {name: field.clone() for name, field in self.saved.items()}

    def load(self, states: dict[str, Tensor], worlds: Tensor) -> None:
        """World i becomes row `worlds[i]` of what `save` gave. `states` may have any number of rows."""
        for name, field in self.saved.items():
            field.copy_(states[name].to(self.device)[worlds])

    def broken(self) -> Tensor:
        """Which worlds hold something that is not a number, `[W]`."""
        return ~(torch.isfinite(self.fields.qpos).all(1) & torch.isfinite(self.fields.qvel).all(1))

    def refuse_overflow(self, name: str) -> None:
        """A UserError where contacts or constraints were dropped since the last call. This waits for the device."""
        flags = self._flags & int(_TOO_SMALL)
        if not bool(flags.any()):
            return
        self._flags.zero_()
        room = self.buffers
        contacts = -(-int(max(count.max() for count in self._found)) // self.worlds)
        rows = int(self._needed.max())
        raise UserError(
            f"{name}: contacts or constraints did not fit the GPU's buffers in {int((flags != 0).sum())} worlds, so "
            f"the physics was wrong. There is room for {room.contacts} contacts and {room.rows} rows a world; "
            f"the last step needed {contacts} and {rows}. "
            f"Give them more: --gpu-buffers {max(2 * room.contacts, contacts)},{max(2 * room.rows, rows)}"
        )

    def _view(self, name: str) -> Tensor:
        return wp.to_torch(getattr(self._data, name))

    def _capture(self) -> Any:
        """One step as a graph. A first eager step builds the kernels, and what it did is undone."""
        start = self.save()
        self.step_eagerly()
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
    """Warp's name for the stream that torch works on, so that what either launches waits for the other."""
    if device.type != "cuda":
        return None
    stream = torch.cuda.current_stream(device)
    name = device.index, stream.cuda_stream
    if name not in _streams:
        _streams[name] = wp.stream_from_torch(stream)
    return _streams[name]


def world_bytes(model: mujoco.MjModel, buffers: Buffers) -> int:
    """Of memory that a world takes."""
    worlds = 64
    with wp.ScopedDevice("cpu"):
        return _bytes(mjw.make_data(model, worlds, nconmax=buffers.contacts, njmax=buffers.rows)) // worlds


def _bytes(data: Any) -> int:
    """Of all arrays in it."""
    held = [getattr(data, each.name) for each in fields(data)]
    return sum(_bytes(each) if is_dataclass(each) else getattr(each, "capacity", 0) or 0 for each in held)
