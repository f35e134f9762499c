"""Prefetched start states in GPU memory."""

import numpy as np
import torch
from torch import Tensor

from rlbench.envs.physics.cpu import CpuPhysics
from rlbench.envs.physics.warp import WarpPhysics
from rlbench.envs.starts import StartStates
from rlbench.envs.tasks.task import Task

SHORT_EPISODE = 4
"""Length of an episode in steps; the pool is large enough if all episodes are this short."""

LEAST = 64
AT_A_TIME = 256


class StartPool:
    """A ring of each seed's next start states: number i of its sequence is at place i % size.

    The derived fields of a start are stored too. MuJoCo on the CPU computes them, because the GPU could compute them
    only by stepping every world.
    """

    def __init__(self, starts: StartStates, task: Task, physics: WarpPhysics) -> None:
        self._starts, self._task, self._physics = starts, task, physics
        self._seeds = len(starts.counts)
        self.size = 0
        """Size of the ring of each seed."""
        self._drawn = [0] * self._seeds
        """For each seed the number of start states drawn so far."""
        self._first, self._taken = (torch.zeros(self._seeds, 1, dtype=torch.int64, device=physics.device) for _ in "12")
        self._values: dict[str, Tensor] = {}
        self._c: CpuPhysics | None = None

    def settle(self) -> None:
        """Add the starts taken since the last call to the counts. This waits for the GPU."""
        for seed, taken in enumerate(self._taken.flatten().tolist()):
            self._starts.counts[seed] += taken
        self._taken.zero_()
        if self.size:
            self._first.copy_(torch.tensor(self._starts.counts).unsqueeze(1) % self.size)

    def forget(self) -> None:
        """Discard the prefetched starts; call it after the counts have been restored."""
        self._taken.zero_()
        self.size = 0

    def fill(self, steps: int) -> bool:
        """Draw the starts that this many steps of a seed may need; returns whether the memory was allocated anew."""
        size = max(LEAST, steps // SHORT_EPISODE)
        moved = size > self.size
        if moved:
            self.size, self._drawn = size, [0] * self._seeds
            self._values = {
                name: torch.zeros(self._seeds * size, *field.shape[1:], dtype=field.dtype, device=field.device)
                for name, field in self._physics.saved.items()
            }
        self.settle()
        owners, places, rows = [], [], []
        for seed, next_one in enumerate(self._starts.counts):
            for number in range(max(self._drawn[seed], next_one), next_one + self.size):
                owners.append(seed)
                places.append(seed * self.size + number % self.size)
                rows.append(self._starts.at(seed, number))
            self._drawn[seed] = next_one + self.size
        if rows:
            where = torch.tensor(places).to(self._physics.device)
            for name, values in self.describe(np.stack(rows)).items():
                self._values[name][where] = values
        return moved

    def take(self, done: Tensor) -> dict[str, Tensor]:
        """The next start of its seed for every world marked in `done[S, N]`; the others get some start. `[W, ...]`"""
        order = done.cumsum(1) - 1  # position among the finished worlds of the seed
        place = (self._first + self._taken + order) % self.size
        self._taken.add_(done.sum(1, keepdim=True))
        rows = torch.arange(self._seeds, device=done.device).unsqueeze(1) * self.size + place
        return {name: values[rows.flatten()] for name, values in self._values.items()}

    def describe(self, starts: np.ndarray) -> dict[str, Tensor]:
        """The fields of worlds, `[n, ...]`, that start at positions and velocities `[n, nq + nv]`."""
        model, derived = self._physics.model, tuple(self._physics.derived)
        qpos, qvel = np.split(starts, [model.nq], axis=1)
        found = {"qpos": qpos, "qvel": qvel}
        if derived:
            self._c = self._c or CpuPhysics(model, 1, AT_A_TIME, derived)
            found |= _derived(self._c, qpos, qvel, derived)
        return {
            name: torch.from_numpy(values).to(self._physics.device, self._physics.dtype)
            for name, values in found.items()
        }


def _derived(physics: CpuPhysics, qpos: np.ndarray, qvel: np.ndarray, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The derived fields of each start state."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for begin in range(0, len(qpos), AT_A_TIME):
        some = slice(begin, begin + AT_A_TIME)
        ids = np.arange(len(qpos[some]))
        physics.reset(ids, qpos[some], qvel[some])
        for name in names:
            parts[name].append(getattr(physics.fields, name)[ids].copy())
    return {name: np.concatenate(each) for name, each in parts.items()}
