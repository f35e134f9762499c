"""Start states that wait on a device."""

import numpy as np
import torch
from torch import Tensor

from rlbench.envs.physics.cpu import CpuPhysics
from rlbench.envs.physics.warp import WarpPhysics
from rlbench.envs.starts import StartStates
from rlbench.envs.tasks.task import Task

SHORT_EPISODE = 4
"""Steps of an episode. There are as many fresh starts at hand as if all were so short."""

LEAST = 64
AT_A_TIME = 256


class StartPool:
    """Each seed's next start states in a ring: number i of its sequence lies at place i % size.

    What a task derives from a start is in the pool too, worked out by C MuJoCo: to ask the device for it would move
    every world.
    """

    def __init__(self, starts: StartStates, task: Task, physics: WarpPhysics) -> None:
        self._starts, self._task, self._physics = starts, task, physics
        self._seeds = len(starts.counts)
        self.size = 0
        """Starts of each seed."""
        self._drawn = [0] * self._seeds
        """Each seed's starts before this number have been drawn."""
        self._first, self._taken = (torch.zeros(self._seeds, 1, dtype=torch.int64, device=physics.device) for _ in "12")
        self._values: dict[str, Tensor] = {}
        self._c: CpuPhysics | None = None

    def settle(self) -> None:
        """Count what was taken since the last time. This waits for the device."""
        for seed, taken in enumerate(self._taken.flatten().tolist()):
            self._starts.counts[seed] += taken
        self._taken.zero_()
        if self.size:
            self._first.copy_(torch.tensor(self._starts.counts).unsqueeze(1) % self.size)

    def forget(self) -> None:
        """The sequences have been put elsewhere."""
        self._taken.zero_()
        self.size = 0

    def fill(self, steps: int) -> bool:
        """Have the starts that so many steps of a seed may take; whether they lie in other memory now."""
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
        """For every world marked in `done[S, N]` its seed's next start; for the others some start. `[W, ...]` each."""
        order = done.cumsum(1) - 1  # of the worlds that are done
        place = (self._first + self._taken + order) % self.size
        self._taken.add_(done.sum(1, keepdim=True))
        rows = torch.arange(self._seeds, device=done.device).unsqueeze(1) * self.size + place
        return {name: values[rows.flatten()] for name, values in self._values.items()}

    def describe(self, starts: np.ndarray) -> dict[str, Tensor]:
        """Positions and velocities `[n, nq + nv]` as worlds at rest in them, with all that is derived. `[n, ...]`"""
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
    """The derived fields of each start."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for begin in range(0, len(qpos), AT_A_TIME):
        some = slice(begin, begin + AT_A_TIME)
        ids = np.arange(len(qpos[some]))
        physics.reset(ids, qpos[some], qvel[some])
        for name in names:
            parts[name].append(getattr(physics.fields, name)[ids].copy())
    return {name: np.concatenate(each) for name, each in parts.items()}
