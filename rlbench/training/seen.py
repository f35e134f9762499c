"""What the policies of a generation see, for the normaliser: taken in a block of steps at a time."""

import numpy as np
from torch import Tensor

from rlbench.policies.normaliser import Moments, initial_moments, merge_moments

BLOCK = 16
"""Steps."""


class Seen:
    """Running moments of the observations of the worlds that move."""

    def __init__(self, seeds: int, worlds: int, size: int) -> None:
        self._moments = initial_moments(seeds, size)
        self._obs = np.zeros((seeds, BLOCK, worlds, size))
        self._counted = np.zeros((seeds, BLOCK, worlds), dtype=bool)
        self._filled = 0

    def look(self, obs: Tensor, moving: Tensor) -> None:
        """Take in `obs[S, N, O]` of the worlds marked in `moving[S, N]`."""
        self._obs[:, self._filled] = obs.numpy()
        self._counted[:, self._filled] = moving.numpy()
        self._filled += 1
        if self._filled == BLOCK:
            self._take_in()

    def moments(self) -> Moments:
        """Of all that was looked at."""
        if self._filled:
            self._take_in()
        return self._moments

    def _take_in(self) -> None:
        """Each seed's rows by themselves: how many there are is the seed's own, and so are the bits of their sums."""
        block = initial_moments(*self._moments["mean"].shape)
        for seed, (obs, counted) in enumerate(zip(self._obs, self._counted, strict=True)):
            rows = obs[counted]  # [n, O]
            if len(rows):
                each = np.ones(len(rows))
                mean = each @ rows / len(rows)
                rows -= mean
                rows *= rows
                block["count"].numpy()[seed] = len(rows)
                block["mean"].numpy()[seed] = mean
                block["m2"].numpy()[seed] = each @ rows
        merge_moments(self._moments, block["count"], block["mean"], block["m2"])
        self._counted[:] = False
        self._filled = 0


def take_in_marked(moments: Moments, obs: Tensor, marked: Tensor) -> None:
    """The same for one step, with sums over all worlds: a GPU need not be asked how many are marked."""
    x, weight = obs.double(), marked.double().unsqueeze(-1)
    count = weight.sum(1)
    mean = (x * weight).sum(1) / count.clamp(min=1)
    merge_moments(moments, count, mean, ((x - mean.unsqueeze(1)).square() * weight).sum(1))
