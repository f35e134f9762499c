"""The worlds of a MuJoCo task on a GPU. A step runs wholly on the GPU, with no host synchronisation."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rlbench.envs.env import Generators, Step
from rlbench.envs.own_tasks import get_task
from rlbench.envs.physics.buffers import Buffers, buffers_of
from rlbench.envs.physics.warp import WarpPhysics
from rlbench.envs.pool import StartPool
from rlbench.envs.tasks.task import Task
from rlbench.envs.worlds import TaskWorlds, model_of
from rlbench.numerics.replay import CudaGraph


def make_warp(
    task_id: str,
    seeds: Sequence[int],
    num_envs: int,
    starts: Generators,
    device: torch.device,
    buffers: Buffers | None = None,
    max_episode_steps: int | None = None,
) -> "WarpEnv":
    """Worlds of a MuJoCo task simulated by MuJoCo Warp."""
    task = get_task(task_id)
    assert task is not None  # the caller has checked it
    buffers = buffers or buffers_of(task.xml)
    physics = WarpPhysics(model_of(task), task.frame_skip, len(seeds) * num_envs, task.derived, device, buffers)
    return WarpEnv(task, physics, seeds, starts, max_episode_steps)


class WarpEnv(TaskWorlds):
    """An `Env` that steps all of its worlds at once and resets the finished ones under a mask.

    Start states come from a pool in GPU memory, which `prefetch_starts` fills.
    """

    asynchronous = True
    physics: WarpPhysics

    def __init__(
        self,
        task: Task,
        physics: WarpPhysics,
        seeds: Sequence[int],
        starts: Generators,
        max_episode_steps: int | None = None,
    ) -> None:
        super().__init__(task, physics, seeds, starts, max_episode_steps)
        self._pool = StartPool(self._starts, task, physics)
        # Buffers shared between captured graphs must keep a fixed address.
        self._kept: Tensor | None = task.before(self.fields)
        self._frozen: dict[str, Tensor] = {}
        self._unstable = torch.zeros(len(self.seeds), dtype=torch.int64, device=self.device)
        """`[S]`: how many worlds of each seed became NaN or infinite and were reset."""
        self._moving = torch.ones(physics.worlds, dtype=torch.bool, device=self.device)
        self._before, self._after = CudaGraph(self._begin, self.device), CudaGraph(self._end, self.device)
        self._before_some, self._after_some = (
            CudaGraph(self._freeze, self.device),
            CudaGraph(self._end_some, self.device),
        )

    def metrics(self) -> dict[str, Tensor]:
        unstable = self._unstable.clone()
        self._unstable.zero_()
        return {"unstable_worlds": unstable.float()}

    def prefetch_starts(self, steps: int) -> None:
        if self._pool.fill(steps * self.num_envs):
            self._after = CudaGraph(self._end, self.device)  # the captured graph reads the old, smaller pool

    def check(self) -> None:
        self.physics.refuse_overflow(self.name)

    def reset(self) -> Tensor:
        self._pool.settle()
        owners = [seed for seed in range(len(self.seeds)) for _ in range(self.num_envs)]
        everyone = torch.ones(self.physics.worlds, dtype=torch.bool, device=self.device)
        self.physics.put(everyone, self._pool.describe(self._starts.take(owners)))
        self._pool.settle()
        self._elapsed.zero_()
        self._observe()
        self._started = True
        return self._obs_out

    def step(self, action: Tensor) -> Step:
        self._take(action)
        if not self._pool.size:
            self.prefetch_starts(1)
        self._moving.fill_(True)
        self._before()
        self.physics.step()
        self._after()
        return self._told(True, self._final_out)

    def advance(self, action: Tensor, moving: Tensor) -> Step:
        self._take(action)
        self._moving.copy_(moving.flatten())
        self._frozen = self._frozen or {name: field.clone() for name, field in self._held.items()}
        self._before_some()
        self.physics.step()
        self._after_some()
        return self._told(True, self._obs_out)

    def state(self) -> dict[str, Tensor]:
        self._pool.settle()
        return super().state()

    def restore(self, state: dict[str, Tensor]) -> Tensor:
        obs = super().restore(state)
        self._pool.forget()
        return obs

    @property
    def _held(self) -> dict[str, Tensor]:
        """The fields that `advance` restores in worlds that do not move."""
        return {**self.physics.saved, "obs": self._obs}

    def _begin(self) -> None:
        """The part of a step that comes before the physics."""
        self.fields.ctrl.copy_(self._action)
        if self._kept is not None:
            self._kept.copy_(self._task.before(self.fields))

    def _end(self) -> None:
        """The part of `step` that comes after the physics: observe, and reset finished worlds."""
        self._judge_all()
        self._final.copy_(self._obs)
        self.physics.put(self._done, self._pool.take(self._done_out))
        self._elapsed.mul_(~self._done)
        self._observe()

    def _freeze(self) -> None:
        """The part of `advance` that comes before the physics: save the worlds that do not move."""
        for name, field in self._held.items():
            self._frozen[name].copy_(field)
        self._begin()

    def _end_some(self) -> None:
        """The part of `advance` that comes after the physics: observe, and restore the worlds that did not move."""
        self._judge_all()
        self.physics.put(~self._moving, self._frozen)
        self._obs.copy_(torch.where(self._moving.unsqueeze(1), self._obs, self._frozen["obs"]))
        self._reward.mul_(self._moving)
        for flag in (self._terminated, self._truncated, self._done):
            flag.logical_and_(self._moving)

    def _judge_all(self) -> None:
        """Observations, rewards and ends of all worlds. One that is no longer finite terminates, with zeros."""
        broken = self.physics.broken()
        self._judge(self._kept)
        self._reward.masked_fill_(broken, 0.0)
        self._obs.masked_fill_(broken.unsqueeze(1), 0.0)
        self._terminated.logical_or_(broken)
        self._unstable.add_((broken & self._moving).view(self._shape).sum(1))
        self._elapsed.add_(self._moving)
        self._truncated.copy_(self._elapsed >= self.max_episode_steps)
        torch.logical_or(self._terminated, self._truncated, out=self._done)
