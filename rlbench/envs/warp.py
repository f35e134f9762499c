"""The worlds of a MuJoCo task on a GPU: all of a step is the device's, which is asked nothing while it works."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rlbench.envs.env import Generators, Step
from rlbench.envs.physics.buffers import Buffers, buffers_of
from rlbench.envs.physics.warp import WarpPhysics
from rlbench.envs.pool import StartPool
from rlbench.envs.tasks import find_task
from rlbench.envs.tasks.task import Task
from rlbench.envs.worlds import TaskWorlds, model_of
from rlbench.numerics.replay import Replay


def make_warp(
    task_id: str,
    seeds: Sequence[int],
    num_envs: int,
    starts: Generators,
    device: torch.device,
    buffers: Buffers | None = None,
    max_episode_steps: int | None = None,
) -> "WarpEnv":
    """The worlds of a MuJoCo task, moved by MuJoCo Warp."""
    task = find_task(task_id)
    buffers = buffers or buffers_of(task.xml)
    physics = WarpPhysics(model_of(task), task.frame_skip, len(seeds) * num_envs, task.derived, device, buffers)
    return WarpEnv(task, physics, seeds, starts, max_episode_steps)


class WarpEnv(TaskWorlds):
    """An `Env` whose worlds are all moved in every step, and started anew where a mask says so.

    Starts come from a pool on the device, which `provide` fills. `step` says of every step that a world may be done.
    """

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
        # What a graph hands to another lies in one place, whoever recorded it.
        self._kept: Tensor | None = task.before(self.fields)
        self._stood: dict[str, Tensor] = {}
        self.unstable = torch.zeros(len(self.seeds), dtype=torch.int64, device=self.device)
        """How many worlds of each seed became not-a-number and were started anew, `[S]`."""
        self._moving = torch.ones(physics.worlds, dtype=torch.bool, device=self.device)
        self._before, self._after = Replay(self._begin, self.device), Replay(self._end, self.device)
        self._before_some, self._after_some = Replay(self._hold, self.device), Replay(self._end_some, self.device)

    def provide(self, steps: int) -> None:
        """Fresh starts for so many steps of every world."""
        if self._pool.fill(steps * self.num_envs):
            self._after = Replay(self._end, self.device)  # what was recorded read another pool

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
            self.provide(1)
        self._moving.fill_(True)
        self._before()
        self.physics.step()
        self._after()
        return self._told(True, self._final_out)

    def advance(self, action: Tensor, moving: Tensor) -> Step:
        self._take(action)
        self._moving.copy_(moving.flatten())
        self._stood = self._stood or {name: field.clone() for name, field in self._held.items()}
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
        """All that a world that stands must have again."""
        return {**self.physics.saved, "obs": self._obs}

    def _begin(self) -> None:
        """Before the physics of a step."""
        self.fields.ctrl.copy_(self._action)
        if self._kept is not None:
            self._kept.copy_(self._task.before(self.fields))

    def _end(self) -> None:
        """After it: judge, and start anew who is done."""
        self._judge_all()
        self._final.copy_(self._obs)
        self.physics.put(self._done, self._pool.take(self._done_out))
        self._elapsed.mul_(~self._done)
        self._observe()

    def _hold(self) -> None:
        """Before the physics of a step in which some stand."""
        for name, field in self._held.items():
            self._stood[name].copy_(field)
        self._begin()

    def _end_some(self) -> None:
        """After it: judge, and put back who stood."""
        self._judge_all()
        self.physics.put(~self._moving, self._stood)
        self._obs.copy_(torch.where(self._moving.unsqueeze(1), self._obs, self._stood["obs"]))
        self._reward.mul_(self._moving)
        for flag in (self._terminated, self._truncated, self._done):
            flag.logical_and_(self._moving)

    def _judge_all(self) -> None:
        """A world that is not a number any more ends its episode, at reward 0, where nothing is to be seen."""
        broken = self.physics.broken()
        self._judge(self._kept)
        self._reward.masked_fill_(broken, 0.0)
        self._obs.masked_fill_(broken.unsqueeze(1), 0.0)
        self._terminated.logical_or_(broken)
        self.unstable.add_((broken & self._moving).view(self._shape).sum(1))
        self._elapsed.add_(self._moving)
        self._truncated.copy_(self._elapsed >= self.max_episode_steps)
        torch.logical_or(self._terminated, self._truncated, out=self._done)
