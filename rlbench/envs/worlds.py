"""The part of a MuJoCo task's worlds that is the same on CPU and GPU: observations, rewards, saving."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import torch
from torch import Tensor

from rlbench.envs.env import Generators, Snapshot, Step
from rlbench.envs.own_tasks import check_shapes
from rlbench.envs.physics.contract import Physics
from rlbench.envs.physics.cpu import load_model, load_model_text
from rlbench.envs.starts import StartStates
from rlbench.envs.tasks.arrays import Array, clip, concatenate
from rlbench.envs.tasks.task import Task
from rlbench.errors import Fault
from rlbench.numerics.tables import Tables


def model_of(task: Task) -> mujoco.MjModel:
    """The MuJoCo model of a task: from MJCF text, from a file with a whole path, or else from a file of Gymnasium's."""
    try:
        if task.xml.lstrip().startswith("<"):
            return load_model_text(task.xml)
        if Path(task.xml).is_absolute():
            return load_model(task.xml)
    except ValueError as error:
        raise Fault(f"{task.id}: its model cannot be compiled: {' '.join(str(error).split())}") from error
    return load_model(str(files("gymnasium") / "envs" / "mujoco" / "assets" / task.xml))


def actuator_range(model: mujoco.MjModel) -> np.ndarray:
    """Lowest and highest control of each actuator, `[A, 2]`; infinite where the model sets no limit."""
    limited = model.actuator_ctrllimited.astype(bool)
    return np.where(limited[:, None], model.actuator_ctrlrange, [-np.inf, np.inf])


class TaskWorlds:
    """Base of the CPU's and the GPU's `Env` of a MuJoCo task; env.py documents the methods."""

    num_actions: int | None = None
    """Actions are vectors, not choices."""
    exact_saves: bool = True
    asynchronous: bool = False
    physics: Physics
    tables: Tables | None = None

    def __init__(
        self,
        task: Task,
        physics: Physics,
        seeds: Sequence[int],
        starts: Generators,
        max_episode_steps: int | None = None,
    ) -> None:
        model, f = physics.model, physics.fields
        if not model.nu:
            raise Fault(f"{task.id}: its model has no actuator, so that there is nothing to act by")
        self.name, self.seeds = task.id, tuple(seeds)
        self.num_envs = physics.worlds // len(self.seeds)
        self.max_episode_steps: int | None = max_episode_steps or task.max_episode_steps
        self.device = physics.device
        self.fields = f
        self._task, self.physics, self.model = task, physics, model
        f.timestep, f.dt = model.opt.timestep, model.opt.timestep * task.frame_skip
        task.prepare(f, model)
        low, high = torch.from_numpy(actuator_range(model).T).to(physics.device, torch.float32)
        self.action_low, self.action_high = low.clone(), high.clone()
        self._low, self._high = physics.array(self.action_low), physics.array(self.action_high)
        self.action_size = len(low)
        check_shapes(task, f, physics.worlds, physics.array(torch.zeros(physics.worlds, self.action_size)))
        self.obs_size = sum(part.shape[1] for part in task.observe(f))
        self._starts = StartStates(task, model.qpos0, np.zeros(model.nv), self.seeds, starts)
        self._allocate(physics)
        self._started = False

    def _allocate(self, physics: Physics) -> None:
        """Allocate the results of `step`: tensors [S, N, ...], and the same memory as arrays [W, ...]."""
        self._shape = shape = (len(self.seeds), self.num_envs)

        def pair(*size: int, dtype: torch.dtype) -> tuple[Tensor, Array]:
            tensor = torch.zeros(*shape, *size, dtype=dtype, device=physics.device)
            return tensor, physics.array(tensor.flatten(0, 1))

        self._obs_out, self._obs = pair(self.obs_size, dtype=physics.dtype)
        self._final_out, self._final = pair(self.obs_size, dtype=physics.dtype)
        self._reward_out, self._reward = pair(dtype=physics.dtype)
        self._terminated_out, self._terminated = pair(dtype=torch.bool)
        self._truncated_out, self._truncated = pair(dtype=torch.bool)
        self._done_out, self._done = pair(dtype=torch.bool)
        self._elapsed_out, self._elapsed = pair(dtype=torch.int64)
        _, self._action = pair(self.action_size, dtype=torch.float32)

    @property
    def simulating(self) -> float:
        return self.physics.seconds

    def metrics(self) -> dict[str, Tensor]:
        return {}

    def prefetch_starts(self, steps: int) -> None:
        """Do nothing: on a CPU a start state is drawn when it is needed."""

    def check(self) -> None:
        """Do nothing: MuJoCo on a CPU has no fixed contact buffers."""

    def reseed(self, seeds: Sequence[int]) -> None:
        """Do nothing: MuJoCo is deterministic."""

    def save(self) -> Snapshot:
        return {**self.physics.save(), "elapsed": self._elapsed_out.flatten().clone()}

    def load(self, snapshot: Snapshot, worlds: Tensor) -> Tensor:
        rows = worlds.reshape(-1).to(self.device)
        self.physics.load(snapshot, rows)
        self._elapsed_out.copy_(snapshot["elapsed"].to(self.device)[rows].view(self._shape))
        self._observe()
        self._started = True
        return self._obs_out

    def state(self) -> dict[str, Tensor]:
        saved = {name: rows.view(*self._shape, *rows.shape[1:]) for name, rows in self.save().items()}
        return {**saved, "starts": torch.tensor(self._starts.counts)}

    def restore(self, state: dict[str, Tensor]) -> Tensor:
        self._starts.counts = state["starts"].tolist()
        rows = {name: tensor.flatten(0, 1) for name, tensor in state.items() if name != "starts"}
        return self.load(rows, torch.arange(self.physics.worlds))

    def _take(self, action: Tensor) -> None:
        """Store the actions of all worlds, clipped to the range of the model."""
        if not self._started:
            raise RuntimeError("reset() or restore() comes before the first step()")
        given = self.physics.array(action.detach()).reshape(self._action.shape)
        clip(given, self._low, self._high, out=self._action)

    def _judge(self, kept: Any) -> None:
        """Compute termination, reward and observation, given what the task kept from before the step."""
        task, f = self._task, self.fields
        if task.terminated is not None:
            self._terminated[:] = task.terminated(f)
        self._reward[:] = task.reward(f, kept, self._action, self._terminated)
        self._observe()

    def _observe(self) -> None:
        concatenate(self._task.observe(self.fields), out=self._obs)

    def _told(self, any_done: bool, final: Tensor) -> Step:
        return Step(
            self._obs_out,
            self._reward_out,
            self._terminated_out,
            self._truncated_out,
            self._done_out,
            any_done,
            final,
        )
