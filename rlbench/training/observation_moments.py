"""Mean and variance of the observations of a population's episodes, for the observation normaliser."""

import numpy as np
import torch
from torch import Tensor

from rlbench.envs.env import Env
from rlbench.policies.normaliser import Moments, initial_moments, merge_moments

BLOCK = 16
"""Number of steps whose moments are computed together on a CPU: few large sums are quicker than many small ones."""


class ObservationMoments:
    """Moments of the observations of unfinished worlds. The bits of a seed's moments do not depend on other seeds."""

    def __init__(self, env: Env) -> None:
        seeds, block = len(env.seeds), 1 if env.asynchronous else BLOCK  # a block of a GPU's many worlds is large
        self._moments = initial_moments(seeds, env.obs_size, env.device)
        self._obs = torch.zeros(seeds, block, env.num_envs, env.obs_size, dtype=torch.float64, device=env.device)
        self._counted = torch.zeros(seeds, block, env.num_envs, dtype=torch.bool, device=env.device)
        self._places = list(zip(self._obs.unbind(1), self._counted.unbind(1), strict=True))
        self._block_moments = masked_moments if env.asynchronous else row_moments
        self._filled = 0

    def add(self, obs: Tensor, moving: Tensor) -> None:
        """Add the observations `obs[S, N, O]` of the worlds marked in `moving[S, N]`."""
        place, counted = self._places[self._filled]
        place.copy_(obs)
        counted.copy_(moving)
        self._filled += 1
        if self._filled == len(self._places):
            self._merge()

    def moments(self) -> Moments:
        """The moments of all observations added so far."""
        if self._filled:
            self._merge()
        return self._moments

    def _merge(self) -> None:
        merge_moments(self._moments, *self._block_moments(self._obs.flatten(1, 2), self._counted.flatten(1, 2)))
        self._counted.zero_()
        self._filled = 0


def row_moments(obs: Tensor, counted: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Count, mean and sum of squared deviations of the marked rows of `obs[S, B, O]`.

    Each seed's rows are summed apart from the others': the bits of a sum depend on how many rows there are.
    """
    moments = initial_moments(len(obs), obs.shape[2])
    for seed, (rows, marked) in enumerate(zip(obs.numpy(), counted.numpy(), strict=True)):
        rows = rows[marked]  # [n, O]
        if len(rows):
            ones = np.ones(len(rows))
            mean = ones @ rows / len(rows)
            rows -= mean
            rows *= rows
            moments["count"].numpy()[seed] = len(rows)
            moments["mean"].numpy()[seed] = mean
            moments["m2"].numpy()[seed] = ones @ rows
    return moments["count"], moments["mean"], moments["m2"]


def masked_moments(obs: Tensor, counted: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The same by masked sums over all rows: to select the marked rows, a GPU would have to synchronise."""
    weight = counted.double().unsqueeze(-1)
    count = weight.sum(1)
    mean = (obs * weight).sum(1) / count.clamp(min=1)
    return count, mean, ((obs - mean.unsqueeze(1)).square() * weight).sum(1)
