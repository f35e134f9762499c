"""Sequences of start states of the MuJoCo tasks."""

from collections.abc import Sequence

import numpy as np

from rlbench.envs.env import Generators
from rlbench.envs.tasks.task import Task

_BLOCK = 64  # start states drawn at a time


class StartStates:
    """An endless sequence of start states for each seed, independent of the other seeds.

    Block k of a seed is drawn from `generators(seed, k)`, so the position in the sequence is one number.
    """

    def __init__(self, task: Task, qpos: np.ndarray, qvel: np.ndarray, seeds: Sequence[int], generators: Generators):
        self._task, self._qpos, self._qvel = task, qpos, qvel
        self._seeds, self._generators = seeds, generators
        self.counts = [0] * len(seeds)
        self._blocks: list[tuple[int, np.ndarray]] = [(-1, np.empty(0))] * len(seeds)

    def take(self, owners: Sequence[int]) -> np.ndarray:
        """The next start of seed number `owners[i]`, for each i in order: positions and velocities, [n, nq + nv]."""
        return np.stack([self._next(owner) for owner in owners])

    def at(self, owner: int, number: int) -> np.ndarray:
        """Start state `number` of a seed, [nq + nv]."""
        block, row = divmod(number, _BLOCK)
        if self._blocks[owner][0] != block:
            generator = self._generators(self._seeds[owner], block)
            drawn = self._task.start(generator, _BLOCK, self._qpos, self._qvel)
            self._blocks[owner] = block, np.concatenate(drawn, axis=1)
        return self._blocks[owner][1][row]

    def _next(self, owner: int) -> np.ndarray:
        self.counts[owner] += 1
        return self.at(owner, self.counts[owner] - 1)
