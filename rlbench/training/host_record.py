"""What a rollout on the CPU records: the tensors of a batch, filled step by step."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rlbench.algorithms.contract import Batch
from rlbench.envs.env import Env, Step


def most_cuts(env: Env, num_steps: int) -> int:
    """How often a time limit can end one world's episode in so many steps."""
    return (num_steps - 1) // (env.max_episode_steps or 1) + 1


class HostRecord:
    """The tensors of a batch while they fill."""

    def __init__(self, env: Env, num_steps: int) -> None:
        seeds, worlds = len(env.seeds), env.num_envs
        shape = seeds, num_steps, worlds
        self.obs = torch.empty(*shape, env.obs_size)
        self.actions = torch.empty(*shape, env.action_size)
        self.rewards = torch.empty(shape)
        self.terminated = torch.empty(shape, dtype=torch.bool)
        self.done = torch.empty(shape, dtype=torch.bool)
        # Fixed places keep a seed's arithmetic its own.
        self._slots = most_cuts(env, num_steps)
        self._used = [[0] * worlds for _ in range(seeds)]
        self._cut_obs = torch.zeros(seeds, worlds * self._slots, env.obs_size)
        self._cut_at = torch.full((seeds, worlds * self._slots), num_steps * worlds)

    def steps(self) -> list[Sequence[Any]]:
        """obs, and NumPy's views of actions, rewards, terminated, done: the places of step 0, 1, ..., `[S, N, ...]`."""
        rest = (self.actions, self.rewards, self.terminated, self.done)
        return [self.obs.unbind(1), *([*each.numpy().swapaxes(0, 1)] for each in rest)]

    def cut(self, t: int, step: Step) -> None:
        """Note where the time limit ended worlds at step t, and what they saw last."""
        for s, n in np.argwhere((step.done & ~step.terminated).numpy()).tolist():
            slot = n * self._slots + self._used[s][n]
            self._used[s][n] += 1
            self._cut_obs[s, slot] = step.final_obs[s, n]
            self._cut_at[s, slot] = t * self.obs.shape[2] + n

    def batch(self, last_obs: Tensor, branch_index: Tensor) -> Batch:
        """All filled."""
        return Batch(
            self.obs,
            self.actions,
            self.rewards,
            self.terminated,
            self.done,
            last_obs.to(torch.float32, copy=True),
            self._cut_obs,
            self._cut_at,
            branch_index,
        )
