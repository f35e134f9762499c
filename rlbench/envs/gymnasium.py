"""Environments that are not MuJoCo tasks: any Gymnasium environment.

The internal state of such an environment cannot be saved in general. But an environment is deterministic given the seed
of its reset and the actions since. Both are saved instead, and replaying the actions restores a world to the bit.
"""

from collections.abc import Sequence

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Discrete
from torch import Tensor

from rlbench.envs.env import Generators, Snapshot, Step
from rlbench.envs.groups.choose import choose_group
from rlbench.envs.groups.contract import WorldGroup
from rlbench.envs.groups.make import make_world
from rlbench.envs.registry import find_registered
from rlbench.envs.spaces import action_decoder, observation_encoder
from rlbench.envs.toy_text import read_tables

_LENGTH = 1024  # initial capacity for an episode's actions, without a time limit


def make_gymnasium(
    env_id: str,
    seeds: Sequence[int],
    num_envs: int,
    starts: Generators,
    threads: int = 1,
    max_episode_steps: int | None = None,
) -> "GymnasiumEnv":
    """Worlds of any registered id, or of `module:Id-v0`, whose module registers it when imported.

    At most `threads` processes step them.
    """
    name = find_registered(env_id)
    world = make_world(env_id, name, max_episode_steps)
    observation_encoder(env_id, world.observation_space)
    group = choose_group(env_id, name, len(seeds) * num_envs, threads, max_episode_steps, world)
    return GymnasiumEnv(env_id, world, group, num_envs, seeds, starts)


def check_gymnasium(env_id: str) -> None:
    """A UserError where `make_gymnasium` would raise one."""
    world = make_world(env_id, find_registered(env_id), None)
    observation_encoder(env_id, world.observation_space)
    action_decoder(env_id, world.action_space)
    world.close()


class GymnasiumEnv:
    """An `Env` of the worlds of a group; env.py documents the methods.

    Episode i of a seed begins with `reset(seed=k)`, where k is drawn from `starts(seed, i)`.
    """

    def __init__(
        self,
        env_id: str,
        world: gymnasium.Env,
        group: WorldGroup,
        num_envs: int,
        seeds: Sequence[int],
        starts: Generators,
    ) -> None:
        """`world` is like those of the group, whose number is `num_envs` for each seed."""
        self.seeds, self.num_envs = tuple(seeds), num_envs
        self._count = len(self.seeds) * num_envs
        self.has_vector_form = world.spec is not None and world.spec.vector_entry_point is not None
        self.max_episode_steps = None if world.spec is None else world.spec.max_episode_steps
        self._group, self._starts, self._started = group, starts, False
        self.device, self.asynchronous = torch.device("cpu"), False
        self.exact_saves, self.tables = group.exact_saves, read_tables(world)
        self.obs_size, _ = observation_encoder(env_id, world.observation_space)
        low, high, _ = action_decoder(env_id, world.action_space)
        self.action_low, self.action_high = torch.from_numpy(low), torch.from_numpy(high)
        self.action_size = len(low)
        choices = world.action_space
        self.num_actions = int(choices.n) if isinstance(choices, Discrete) else None
        shape = len(self.seeds), self.num_envs
        self._obs, self._final = (torch.zeros(*shape, self.obs_size, dtype=torch.float64) for _ in range(2))
        self._reward = torch.zeros(shape, dtype=torch.float64)
        self._terminated, self._truncated, self._done = (torch.zeros(shape, dtype=torch.bool) for _ in range(3))
        # The history that determines the state of each world.
        self._counts = [0] * len(self.seeds)
        self._reset_seeds, self._elapsed = (torch.zeros(self._count, dtype=torch.int64) for _ in range(2))
        self._actions = torch.zeros(self._count, self.max_episode_steps or _LENGTH, self.action_size)

    @property
    def simulating(self) -> float:
        return self._group.seconds

    @property
    def way(self) -> str:
        """How the worlds are stepped, as a phrase."""
        return self._group.way

    def metrics(self) -> dict[str, Tensor]:
        return {}

    def prefetch_starts(self, steps: int) -> None:
        """Do nothing: a start's seed is drawn when it is needed."""

    def check(self) -> None:
        """Do nothing: Gymnasium raises its errors at once."""

    def reset(self) -> Tensor:
        self._restart(self._everyone())
        self._started = True
        return self._obs

    def start_from(self, reset_seeds: Sequence[int]) -> Tensor:
        """Start an episode in every world by `reset(seed=reset_seeds[i])`. Returns observations."""
        self._reset_seeds, self._elapsed = torch.tensor(reset_seeds), torch.zeros(self._count, dtype=torch.int64)
        self._replay(self._everyone())
        self._started = True
        return self._obs

    def step(self, action: Tensor) -> Step:
        any_done, final = self._act(action, self._everyone()), self._obs
        if any_done:
            final = self._final.copy_(self._obs)
            self._restart(np.flatnonzero(self._done.numpy()))
        return Step(self._obs, self._reward, self._terminated, self._truncated, self._done, any_done, final)

    def advance(self, action: Tensor, moving: Tensor) -> Step:
        for values in (self._reward, self._terminated, self._truncated):
            values.zero_()
        any_done = self._act(action, np.flatnonzero(moving.numpy()))
        return Step(self._obs, self._reward, self._terminated, self._truncated, self._done, any_done, self._obs)

    def _act(self, action: Tensor, rows: np.ndarray) -> bool:
        """Step the worlds `rows`; returns whether any world is done."""
        if not self._started:
            raise RuntimeError("reset() or restore() comes before the first step()")
        actions = action.detach().reshape(self._count, -1).clamp(self.action_low, self.action_high)
        if self._group.lost(rows):
            self._replay(rows)
        self._remember(actions, torch.from_numpy(rows))
        moved = self._group.step(rows, actions.numpy()[rows])
        self._obs.view(self._count, -1).numpy()[rows] = moved.obs
        for ours, theirs in (
            (self._reward, moved.reward),
            (self._terminated, moved.terminated),
            (self._truncated, moved.truncated),
        ):
            ours.view(-1).numpy()[rows] = theirs
        torch.logical_or(self._terminated, self._truncated, out=self._done)
        return bool(self._done.any())

    def reseed(self, seeds: Sequence[int]) -> None:
        self._group.reseed(seeds)

    def save(self) -> Snapshot:
        if not self.exact_saves:
            return self._history()
        own = np.empty(self._count, dtype=object)
        own[:] = self._group.save()
        return {**self._history(), "own": own, "obs": self._obs.flatten(0, 1).clone()}

    def load(self, snapshot: Snapshot, worlds: Tensor) -> Tensor:
        rows = worlds.reshape(-1)
        self._reset_seeds, self._elapsed = snapshot["reset_seeds"][rows], snapshot["elapsed"][rows]
        self._actions = snapshot["actions"][rows]
        if "own" in snapshot:
            self._group.load(list(snapshot["own"][rows.numpy()]))
            self._obs.copy_(snapshot["obs"][rows].view_as(self._obs))
        else:
            self._replay(self._everyone())
        self._started = True
        return self._obs

    def state(self) -> dict[str, Tensor]:
        rows = {name: tensor.unflatten(0, self._done.shape) for name, tensor in self._history().items()}
        return {**rows, "starts": torch.tensor(self._counts)}

    def restore(self, state: dict[str, Tensor]) -> Tensor:
        self._counts = state["starts"].tolist()
        rows = {name: tensor.flatten(0, 1) for name, tensor in state.items() if name != "starts"}
        return self.load(rows, torch.arange(self._count))

    def _everyone(self) -> np.ndarray:
        return np.arange(self._count)

    def _restart(self, rows: np.ndarray) -> None:
        """Start the next episodes of the worlds' seeds, in the order of the rows."""
        for row in rows:
            s = row // self.num_envs
            self._reset_seeds[row] = int(self._starts(self.seeds[s], self._counts[s]).integers(2**31))
            self._counts[s] += 1
            self._elapsed[row] = 0
        self._replay(rows)

    def _history(self) -> dict[str, Tensor]:
        """Reset seed and actions of each world's episode, which determine its state."""
        if not self._started:
            raise RuntimeError("reset() or restore() comes before there is anything to save")
        return {
            "reset_seeds": self._reset_seeds.clone(),
            "elapsed": self._elapsed.clone(),
            "actions": self._actions.clone(),
        }

    def _remember(self, actions: Tensor, ids: Tensor) -> None:
        """Append the actions `[W, A]` to the histories of the worlds `ids`."""
        if len(ids) and int(self._elapsed[ids].max()) >= self._actions.shape[1]:
            self._actions = torch.cat((self._actions, torch.zeros_like(self._actions)), 1)
        self._actions[ids, self._elapsed[ids]] = actions[ids]
        self._elapsed[ids] += 1

    def _replay(self, rows: np.ndarray) -> None:
        """Reset worlds with their seeds and replay their actions."""
        actions, elapsed = self._actions.numpy(), self._elapsed.tolist()
        played = [actions[row, : elapsed[row]] for row in rows]
        self._obs.view(self._count, -1).numpy()[rows] = self._group.start(rows, self._reset_seeds.numpy()[rows], played)
