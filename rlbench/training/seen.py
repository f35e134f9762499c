"""What the policies of a generation see, for the normaliser: taken in a block of steps at a time."""

import torch
from torch import Tensor

from rlbench.policies.normaliser import Moments, initial_moments, update_moments

BLOCK = 32
"""Steps. A block is always taken in whole, so that a seed's sums do not depend on how long others went on."""


class Seen:
    """Running moments of the observations of the worlds that move."""

    def __init__(self, seeds: int, worlds: int, size: int) -> None:
        self._moments = initial_moments(seeds, size)
        self._obs = torch.zeros(seeds, BLOCK, worlds, size, dtype=torch.float64)
        self._counted = torch.zeros(seeds, BLOCK, worlds, dtype=torch.bool)
        self._filled = 0

    def look(self, obs: Tensor, moving: Tensor) -> None:
        """Take in `obs[S, N, O]` of the worlds marked in `moving[S, N]`."""
        self._obs[:, self._filled] = obs
        self._counted[:, self._filled] = moving
        self._filled += 1
        if self._filled == BLOCK:
            self._take_in()

    def moments(self) -> Moments:
        """Of all that was looked at."""
        if self._filled:
            self._take_in()
        return self._moments

    def _take_in(self) -> None:
        update_moments(self._moments, self._obs.flatten(1, 2), self._counted.flatten(1, 2))
        self._counted.zero_()
        self._filled = 0
