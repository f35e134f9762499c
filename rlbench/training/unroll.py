"""The loop that moves worlds until each of them is done. Populations, branches and evaluations all use it."""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rlbench.envs.env import Step, none_left
from rlbench.training.recorder import Episode


class Outcome(NamedTuple):
    """What became of the worlds `[S, N]`."""

    returns: Tensor
    """`[S, N]`, float64: undiscounted sums of rewards."""
    lengths: Tensor
    """`[S, N]`: steps that each world was moved."""
    terminated: Tensor
    """`[S, N]`: the task ended the episode."""
    cut: Tensor
    """`[S, N]`: the world was stopped because the budget had no room for another step."""
    obs: Tensor
    """`[S, N, O]`: where the worlds stand, in the environment's buffer."""

    def episodes(self, env_steps: np.ndarray) -> Iterator[tuple[int, Episode]]:
        """Those that were not cut, each with its seed's index, in the order of their ends.

        All of them began together, when a seed had executed `env_steps[S]` transitions.
        """
        columns = self.lengths, self.returns, self.terminated, ~self.cut
        for s, seed in enumerate(zip(*(column.numpy(force=True) for column in columns), strict=True)):
            order = seed[0].argsort(stable=True)
            lengths, returns, terminated, complete = (column[order] for column in seed)
            still_moving = len(order) - 1 - np.arange(len(order))
            spent = env_steps[s] + lengths.cumsum() + still_moving * lengths
            rows = zip(
                *(column[complete].tolist() for column in (spent, order, returns, lengths, terminated)), strict=True
            )
            yield from ((s, Episode(*row)) for row in rows)


def run_until_done(
    advance: Callable[[Tensor, Tensor], Step],
    act: Callable[[int, Tensor], Tensor],
    obs: Tensor,
    moving: Tensor,
    limit: int,
    room: Tensor | None = None,
    rewards: Tensor | None = None,
) -> Outcome:
    """Move the worlds that show `obs` until each is done, for `limit` steps at most: `act(t, obs)` are the actions.

    `advance` is an environment's. `moving[S, N]` marks the worlds that still move and is updated in place. `room[S]`
    is how many transitions a seed may execute: one that has no room for a step of all its moving worlds is stopped.
    `rewards[S, limit, N]`, given as zeros, receives the rewards of every step.
    """
    returns = torch.zeros(moving.shape, dtype=torch.float64, device=moving.device)
    lengths = torch.zeros_like(moving, dtype=torch.int64)  # of worlds that move no more
    terminated, cut = torch.zeros_like(moving), torch.zeros_like(moving)
    least_room = math.inf if room is None else int(room.min())
    room = None if room is None else room.to(moving.device)
    for t in range(limit):
        if room is not None and (t + 1) * moving.shape[1] > least_room:  # before that, there is room for all
            full = lengths.sum(1) + (t + 1) * moving.sum(1) > room
            stopped = moving & full.unsqueeze(1)
            cut |= stopped
            moving &= ~stopped
            lengths = torch.where(stopped, t, lengths)
            if none_left(moving, t):
                break
        step = advance(act(t, obs), moving)
        obs = step.obs
        returns += step.reward
        if rewards is not None:
            rewards[:, t] = step.reward
        if step.any_done:
            terminated |= step.terminated
            lengths = torch.where(moving & step.done, t + 1, lengths)
            moving &= ~step.done
            if none_left(moving, t):
                break
    return Outcome(returns, torch.where(moving, limit, lengths), terminated, cut, obs)
