"""The tensors of a batch while they fill, on a GPU that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from rlbench.algorithms.contract import Batch
from rlbench.envs.env import Step
from rlbench.numerics.replay import CudaGraph
from rlbench.training.host_record import most_cuts
from rlbench.training.sampler import Episode

if TYPE_CHECKING:
    from rlbench.envs.warp_env import WarpEnv


class DeviceRecord:
    """T steps of the worlds of one sampler, whose running `returns` and `lengths` `[S, N]` it carries on.

    All is written where it was in the rollout before, so that the launches of a step can be recorded.
    """

    def __init__(self, env: WarpEnv, num_steps: int, returns: Tensor, lengths: Tensor) -> None:
        self.num_steps, self._worlds = num_steps, env.num_envs
        self._returns, self._lengths = returns, lengths
        shape = len(env.seeds), num_steps, env.num_envs

        def zeros(*size: int, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.zeros(*size, dtype=dtype, device=env.device)

        self._obs, self._actions = zeros(*shape, env.obs_size), zeros(*shape, env.action_size)
        self._rewards = zeros(*shape)
        self._terminated, self._done = (zeros(*shape, dtype=torch.bool) for _ in range(2))
        self._totals, self._ages = zeros(*shape, dtype=torch.float64), zeros(*shape, dtype=torch.int64)
        # The last place is where the worlds write that no time limit cut.
        self._slots = most_cuts(env, num_steps)
        places = env.num_envs * self._slots
        self._cut_obs = zeros(shape[0], places + 1, env.obs_size)
        self._cut_at = zeros(shape[0], places + 1, dtype=torch.int64)
        self._used = zeros(shape[0], env.num_envs, dtype=torch.int64)
        self._t = zeros(1, dtype=torch.int64)
        self._world = torch.arange(env.num_envs, device=env.device)
        self.seen = zeros(shape[0], env.num_envs, env.obs_size)
        """`[S, N, O]`, float32: what to act on."""
        self._action = zeros(shape[0], env.num_envs, env.action_size)
        self._step: Step | None = None
        self._write = CudaGraph(self._note, env.device)

    def begin(self) -> None:
        """A new rollout."""
        self._t.zero_()
        self._used.zero_()
        self._cut_at.fill_(self.num_steps * self._worlds)
        self._cut_obs.zero_()

    def look(self, obs: Tensor) -> None:
        """What is seen before a step, `[S, N, O]`."""
        self.seen.copy_(obs)

    def note(self, action: Tensor, step: Step) -> None:
        """What was done, and what came of it: always the same environment's buffers."""
        self._action.copy_(action)
        self._step = step
        self._write()

    def _note(self) -> None:
        step, t = self._step, self._t
        assert step is not None
        self._returns.add_(step.reward)
        self._lengths.add_(1)
        for place, value in (
            (self._obs, self.seen),
            (self._actions, self._action),
            (self._rewards, step.reward),
            (self._terminated, step.terminated),
            (self._done, step.done),
            (self._totals, self._returns),
            (self._ages, self._lengths),
        ):
            place.index_copy_(1, t, value.unsqueeze(1))
        self._returns.mul_(~step.done)
        self._lengths.mul_(~step.done)
        cut = step.done & ~step.terminated
        spare = self._cut_at.shape[1] - 1
        slot = torch.where(cut, self._world * self._slots + self._used, spare)  # [S, N]
        self._cut_at.scatter_(1, slot, (t * self._worlds + self._world).expand_as(slot))
        self._cut_obs.scatter_(1, slot.unsqueeze(-1).expand_as(step.final_obs), step.final_obs)
        self._used.add_(cut)
        t.add_(1)

    def episodes(self, env_steps: Tensor) -> Iterator[tuple[int, Episode]]:
        """Those that ended, each with its seed, which had executed `env_steps[S]` before."""
        s, t, n = self._done.nonzero(as_tuple=True)
        totals, ages, terminated = (each[s, t, n].tolist() for each in (self._totals, self._ages, self._terminated))
        spent = (env_steps[s.cpu()] + (t.cpu() + 1) * self._worlds).tolist()  # a step is one when all have taken it
        rows = zip(spent, n.tolist(), totals, ages, terminated, strict=True)
        yield from zip(s.tolist(), (Episode(*row) for row in rows), strict=True)

    def batch(self, last_obs: Tensor, branch_index: Tensor) -> Batch:
        """A copy, all filled."""
        return Batch(
            self._obs.clone(),
            self._actions.clone(),
            self._rewards.clone(),
            self._terminated.clone(),
            self._done.clone(),
            last_obs.to(torch.float32, copy=True),
            self._cut_obs[:, :-1].clone(),
            self._cut_at[:, :-1].clone(),
            branch_index.to(last_obs.device),
        )
