"""Recording of rollouts: arrays `[S, T, N, ...]` that are filled in place, and the episodes that ended in them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rlbench.algorithms.contract import Batch
from rlbench.envs.env import Env, Snapshot, Step, join_snapshots, rows_of
from rlbench.numerics.replay import CudaGraph


class Episode(NamedTuple):
    """One complete training episode of a seed."""

    env_steps: int
    """The seed's transitions when it ended."""
    world: int
    total: float
    """Undiscounted sum of rewards."""
    length: int
    terminated: bool
    """False if the time limit ended it."""


class Recorder:
    """T steps of the worlds `[S, N]`. The next rollout of the same length reuses the memory.

    On a CPU a step is written through NumPy, which costs less than torch for few numbers. For worlds on a GPU a
    captured graph writes it, so that a step needs no host synchronisation and one launch.
    """

    def __init__(self, env: Env, num_steps: int) -> None:
        self.num_steps, self._worlds = num_steps, env.num_envs
        seeds, shape = len(env.seeds), (len(env.seeds), num_steps, env.num_envs)

        def zeros(*size: int, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.zeros(*size, dtype=dtype, device=env.device)

        self._obs, self._actions = zeros(*shape, env.obs_size), zeros(*shape, env.action_size)
        self._rewards = zeros(*shape, dtype=torch.float64)  # returns are sums in float64
        self._terminated, self._done = (zeros(*shape, dtype=torch.bool) for _ in range(2))
        self._obs_of_step = self._obs.unbind(1)
        # A world has a slot for each time that a time limit can end its episode. A seed's slots do not depend on the
        # other seeds, and so neither does its arithmetic. The last slot is a dummy for values that are discarded.
        self._slots = (num_steps - 1) // (env.max_episode_steps or 1) + 1
        self._truncated_obs = zeros(seeds, env.num_envs * self._slots + 1, env.obs_size)
        self._truncated_index = zeros(seeds, env.num_envs * self._slots + 1, dtype=torch.int64)
        self._used = zeros(seeds, env.num_envs, dtype=torch.int64)
        self._world = torch.arange(env.num_envs, device=env.device)
        self._asynchronous = env.asynchronous
        if self._asynchronous:
            self._t, self._action = zeros(1, dtype=torch.int64), zeros(seeds, env.num_envs, env.action_size)
            self._write_graph = CudaGraph(self._write_step, env.device)
        else:
            fields = self._actions, self._rewards, self._terminated, self._done
            self._by_step = [field.numpy().swapaxes(0, 1) for field in fields]  # [T, S, N, ...]

    def begin(self) -> None:
        """Start a new rollout."""
        self._used.zero_()
        self._truncated_obs.zero_()
        self._truncated_index.fill_(self.num_steps * self._worlds)
        if self._asynchronous:
            self._t.zero_()

    def observe(self, t: int, obs: Tensor) -> Tensor:
        """Record the observations before step t, and return them in float32 for the policy."""
        return self._obs_of_step[t].copy_(obs)

    def write(self, t: int, action: Tensor, step: Step) -> None:
        """Record the actions and the outcome of step t. `step` must be the same buffers in every call."""
        if self._asynchronous:
            self._action.copy_(action)
            self._step = step
            self._write_graph()
            return
        values = action.detach().numpy(), step.reward.numpy(), step.terminated.numpy(), step.done.numpy()
        for place, value in zip(self._by_step, values, strict=True):
            place[t] = value
        if step.any_done and (step.truncated & ~step.terminated).any():
            self._write_truncated(t, step)

    def _write_step(self) -> None:
        """The launches of the graph; they read and write fixed memory."""
        step, t = self._step, self._t
        for place, value in (
            (self._actions, self._action),
            (self._rewards, step.reward.double()),
            (self._terminated, step.terminated),
            (self._done, step.done),
        ):
            place.index_copy_(1, t, value.unsqueeze(1))
        self._write_truncated(t, step)
        t.add_(1)

    def _write_truncated(self, t: int | Tensor, step: Step) -> None:
        """Record the final observations of the episodes that the time limit ended at step t."""
        truncated = step.truncated & ~step.terminated
        spare = self._truncated_index.shape[1] - 1
        slot = torch.where(truncated, self._world * self._slots + self._used, spare)  # [S, N]
        self._truncated_index.scatter_(1, slot, (t * self._worlds + self._world).expand_as(slot))
        final_obs = step.final_obs.float()
        self._truncated_obs.scatter_(1, slot.unsqueeze(-1).expand_as(final_obs), final_obs)
        self._used.add_(truncated)

    def batch(self, last_obs: Tensor, branch_index: Tensor) -> Batch:
        """A copy of the recorded rollout."""
        return Batch(
            self._obs.clone(),
            self._actions.clone(),
            self._rewards.float(),
            self._terminated.clone(),
            self._done.clone(),
            last_obs.to(torch.float32, copy=True),
            self._truncated_obs[:, :-1].clone(),
            self._truncated_index[:, :-1].clone(),
            branch_index.to(last_obs.device),
        )

    def episodes(
        self, returns: np.ndarray, lengths: np.ndarray, env_steps: np.ndarray
    ) -> Iterator[tuple[int, Episode]]:
        """The episodes that ended, each with its seed's index, in the order of their ends.

        `returns` and `lengths` `[S, N]` are those of the unfinished episodes before the rollout, and are updated to
        those after it. `env_steps[S]` are the transitions before it.
        """
        rewards, terminated, done = (
            field.numpy(force=True).swapaxes(0, 1) for field in (self._rewards, self._terminated, self._done)
        )
        began = -lengths  # the step at which each world's episode began
        for t, any_done in enumerate(np.any(done, (1, 2)).tolist()):
            returns += rewards[t]
            if any_done:
                s, n = ended = done[t].nonzero()
                spent = env_steps[s] + (t + 1) * self._worlds
                columns = spent, n, returns[ended], t + 1 - began[ended], terminated[t][ended]
                for seed, *values in zip(s.tolist(), *(column.tolist() for column in columns), strict=True):
                    yield seed, Episode(*values)
                returns[ended], began[ended] = 0, t + 1
        lengths[:] = self.num_steps - began


class SavedStates:
    """Worlds saved at chosen steps of a rollout, for branches to start from."""

    def __init__(self, index: Tensor, num_envs: int) -> None:
        self.index = index
        """`[S, R]`, in T*N: step * N + world."""
        self._steps, self._num_envs = index // num_envs, num_envs
        self._parts: list[Snapshot] = []
        self._order: list[Tensor] = []

    def save_if_due(self, step: int, env: Env) -> None:
        """Save the worlds that were chosen at this step, before it is taken."""
        s, r = (self._steps == step).nonzero(as_tuple=True)
        if len(s):
            rows = s * self._num_envs + self.index[s, r] % self._num_envs
            self._parts.append(rows_of(env.save(), rows))
            self._order.append(s * self.index.shape[1] + r)

    def snapshot(self) -> Snapshot:
        """All saved worlds: state r of seed s in row s * R + r."""
        return rows_of(join_snapshots(self._parts), torch.cat(self._order).argsort())
