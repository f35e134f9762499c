"""The worlds of a MuJoCo task: actions in; observations, rewards and ends of episodes out."""

from collections.abc import Sequence
from importlib.resources import files

import numpy as np
import torch
from torch import Tensor

from rlbench.envs.env import Generators, Snapshot, Step
from rlbench.envs.physics.cpu import CpuPhysics, load_model
from rlbench.envs.tasks import find_task
from rlbench.envs.tasks.arrays import Array, clip, concatenate
from rlbench.envs.tasks.task import Task
from rlbench.numerics.tables import Tables

_BLOCK = 64  # start states drawn at a time


def make_mujoco(
    task_id: str,
    seeds: Sequence[int],
    num_envs: int,
    starts: Generators,
    threads: int = 1,
    max_episode_steps: int | None = None,
) -> "MujocoEnv":
    """The worlds of a MuJoCo task on the CPU."""
    task = find_task(task_id)
    model = load_model(str(files("gymnasium") / "envs" / "mujoco" / "assets" / task.xml))
    physics = CpuPhysics(model, task.frame_skip, len(seeds) * num_envs, task.derived, threads)
    return MujocoEnv(task, physics, seeds, starts, max_episode_steps)


class StartStates:
    """Each seed's own endless sequence of start states, which knows nothing of the seeds beside it.

    Block k of a seed comes wholly from `generators(seed, k)`, so a seed's place in its sequence is a count.
    """

    def __init__(self, task: Task, qpos: np.ndarray, qvel: np.ndarray, seeds: Sequence[int], generators: Generators):
        self._task, self._qpos, self._qvel = task, qpos, qvel
        self._seeds, self._generators = seeds, generators
        self.counts = [0] * len(seeds)
        self._blocks: list[tuple[int, np.ndarray]] = [(-1, np.empty(0))] * len(seeds)

    def take(self, owners: Sequence[int]) -> np.ndarray:
        """The next start of seed number `owners[i]`, for each i in order: positions and velocities, [n, nq + nv]."""
        return np.stack([self._next(owner) for owner in owners])

    def _next(self, owner: int) -> np.ndarray:
        block, row = divmod(self.counts[owner], _BLOCK)
        if self._blocks[owner][0] != block:
            generator = self._generators(self._seeds[owner], block)
            drawn = self._task.start(generator, _BLOCK, self._qpos, self._qvel)
            self._blocks[owner] = block, np.concatenate(drawn, axis=1)
        self.counts[owner] += 1
        return self._blocks[owner][1][row]


class MujocoEnv:
    """An `Env` (env.py says what each method does) of one task, on one kind of physics."""

    num_actions: int | None = None
    """Actions are vectors, not choices."""
    exact_saves: bool = True
    tables: Tables | None = None

    def __init__(
        self,
        task: Task,
        physics: CpuPhysics,
        seeds: Sequence[int],
        starts: Generators,
        max_episode_steps: int | None = None,
    ) -> None:
        model, f = physics.model, physics.fields
        self.seeds = tuple(seeds)
        self.num_envs = physics.worlds // len(self.seeds)
        self.max_episode_steps: int | None = max_episode_steps or task.max_episode_steps
        self.fields = f
        self._task, self._physics, self.model = task, physics, model
        f.timestep, f.dt = model.opt.timestep, model.opt.timestep * task.frame_skip
        task.prepare(f, model)
        low, high = torch.from_numpy(model.actuator_ctrlrange.T).to(physics.device, torch.float32)
        self.action_low, self.action_high = low.clone(), high.clone()
        self._low, self._high = physics.array(self.action_low), physics.array(self.action_high)
        self.action_size = len(low)
        self.obs_size = sum(part.shape[1] for part in task.observe(f))
        self._starts = StartStates(task, model.qpos0, np.zeros(model.nv), self.seeds, starts)
        self._allocate(physics)
        self._started = False

    def _allocate(self, physics: CpuPhysics) -> None:
        """What `step` gives out: as the caller sees it [S, N, ...], and the same memory as an array [W, ...]."""
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
        return self._physics.seconds

    def reset(self) -> Tensor:
        self._restart(np.arange(self._physics.worlds))
        self._started = True
        return self._obs_out

    def step(self, action: Tensor) -> Step:
        any_done, final = self._act(action, None), self._obs_out
        if any_done:
            self._final[:] = self._obs
            final = self._final_out
            self._restart(np.flatnonzero(self._done_out.numpy(force=True)))
        return self._told(any_done, final)

    def advance(self, action: Tensor, moving: Tensor) -> Step:
        marked = self._physics.array(moving.flatten())
        self._act(action, np.flatnonzero(marked))
        self._reward *= marked
        for flag in (self._terminated, self._truncated, self._done):
            flag &= marked
        return self._told(bool(self._done.any()), self._obs_out)

    def _act(self, action: Tensor, ids: np.ndarray | None) -> bool:
        """Move the worlds `ids`, or all, and work out what is seen of every world; whether any is done."""
        if not self._started:
            raise RuntimeError("reset() or restore() comes before the first step()")
        task, f, moving = self._task, self.fields, slice(None) if ids is None else ids
        given = self._physics.array(action.detach()).reshape(self._action.shape)
        clip(given, self._low, self._high, out=self._action)
        f.ctrl[moving] = self._action[moving]
        kept = task.before(f)
        self._physics.step(ids)
        if task.terminated is not None:
            self._terminated[:] = task.terminated(f)
        self._reward[:] = task.reward(f, kept, self._action, self._terminated)
        self._observe()
        self._elapsed[moving] += 1
        self._truncated[:] = self._elapsed >= self.max_episode_steps
        self._done[:] = self._terminated | self._truncated
        return bool(self._done.any())

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

    def stir(self, seeds: Sequence[int]) -> None:
        """MuJoCo draws nothing."""

    def save(self) -> Snapshot:
        return {**self._physics.save(), "elapsed": self._elapsed_out.flatten().clone()}

    def load(self, snapshot: Snapshot, worlds: Tensor) -> Tensor:
        rows = worlds.reshape(-1)
        self._physics.load(snapshot, rows)
        self._elapsed_out.copy_(snapshot["elapsed"][rows].view(self._shape))
        self._observe()
        self._started = True
        return self._obs_out

    def state(self) -> dict[str, Tensor]:
        saved = {name: rows.view(*self._shape, *rows.shape[1:]) for name, rows in self.save().items()}
        return {**saved, "starts": torch.tensor(self._starts.counts)}

    def restore(self, state: dict[str, Tensor]) -> Tensor:
        self._starts.counts = state["starts"].tolist()
        rows = {name: tensor.flatten(0, 1) for name, tensor in state.items() if name != "starts"}
        return self.load(rows, torch.arange(self._physics.worlds))

    def _observe(self) -> None:
        concatenate(self._task.observe(self.fields), out=self._obs)

    def _restart(self, ids: np.ndarray) -> None:
        """Give the worlds `ids`, in order, the next start states of their seeds."""
        starts = self._starts.take((ids // self.num_envs).tolist())
        positions = self.fields.qpos.shape[1]
        self._physics.reset(ids, starts[:, :positions], starts[:, positions:])
        self._elapsed[ids] = 0
        self._observe()
