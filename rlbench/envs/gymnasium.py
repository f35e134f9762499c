"""Environments that are not MuJoCo tasks: any Gymnasium environment, stepped world by world.

The internal state of such an environment cannot be saved in general. But an environment is deterministic given the seed
of its reset and the actions since. Both are saved instead, and replaying the actions restores a world to the bit.
"""

import time
import warnings
from collections.abc import Sequence

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Discrete
from torch import Tensor

from rlbench.envs.answers import calling, reset_world, step_world
from rlbench.envs.env import Generators, Snapshot, Step
from rlbench.envs.own_state import get_state, has_own_state, set_state
from rlbench.envs.registry import find_registered
from rlbench.envs.spaces import action_decoder, observation_encoder
from rlbench.envs.toy_text import read_tables
from rlbench.errors import UserError

_USERS = (
    gymnasium.error.UnregisteredEnv,
    gymnasium.error.DeprecatedEnv,
    gymnasium.error.DependencyNotInstalled,
    ImportError,
)
"""Errors of a constructor that the user can fix, such as a missing package."""

_LENGTH = 1024  # initial capacity for an episode's actions, without a time limit


def make_gymnasium(
    env_id: str,
    seeds: Sequence[int],
    num_envs: int,
    starts: Generators,
    max_episode_steps: int | None = None,
) -> "GymnasiumEnv":
    """Worlds of any registered id, or of `module:Id-v0`, whose module registers it when imported."""
    name = find_registered(env_id)
    worlds = [_make_world(env_id, name, max_episode_steps) for _ in range(len(seeds) * num_envs)]
    return GymnasiumEnv(env_id, worlds, seeds, starts)


def check_gymnasium(env_id: str) -> None:
    """A UserError where `make_gymnasium` would raise one."""
    world = _make_world(env_id, find_registered(env_id), None)
    observation_encoder(env_id, world.observation_space)
    action_decoder(env_id, world.action_space)
    world.close()


def _make_world(env_id: str, name: str, max_episode_steps: int | None) -> gymnasium.Env:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # else every world repeats the advice to use a newer version
            with calling(env_id, "constructor", passing=_USERS):
                return gymnasium.make(name, max_episode_steps=max_episode_steps, disable_env_checker=True)
    except _USERS as error:
        raise UserError(f"{env_id} cannot be made: {_one_line(error)}") from error


def _one_line(what: object) -> str:
    return " ".join(str(what).split())


class GymnasiumEnv:
    """An `Env` of separate Gymnasium environments; env.py documents the methods.

    Episode i of a seed begins with `reset(seed=k)`, where k is drawn from `starts(seed, i)`.
    """

    def __init__(self, env_id: str, worlds: list[gymnasium.Env], seeds: Sequence[int], starts: Generators) -> None:
        self._id, self.seeds = env_id, tuple(seeds)
        self.num_envs = len(worlds) // len(self.seeds)
        spec = worlds[0].spec
        self.max_episode_steps = None if spec is None else spec.max_episode_steps
        self._worlds, self._starts, self._started = worlds, starts, False
        self.simulating, self.device, self.asynchronous = 0.0, torch.device("cpu"), False
        self.exact_saves = all(map(has_own_state, worlds))
        self.tables = read_tables(worlds[0])
        self.obs_size, self._encode = observation_encoder(env_id, worlds[0].observation_space)
        low, high, self._decode = action_decoder(env_id, worlds[0].action_space)
        self.action_low, self.action_high = torch.from_numpy(low), torch.from_numpy(high)
        self.action_size = len(low)
        choices = worlds[0].action_space
        self.num_actions = int(choices.n) if isinstance(choices, Discrete) else None
        shape = len(self.seeds), self.num_envs
        self._obs, self._final = (torch.zeros(*shape, self.obs_size, dtype=torch.float64) for _ in range(2))
        self._reward = torch.zeros(shape, dtype=torch.float64)
        self._terminated, self._truncated, self._done = (torch.zeros(shape, dtype=torch.bool) for _ in range(3))
        # The history that determines the state of each world.
        self._counts = [0] * len(self.seeds)
        self._reset_seeds, self._elapsed = (torch.zeros(len(worlds), dtype=torch.int64) for _ in range(2))
        self._actions = torch.zeros(len(worlds), self.max_episode_steps or _LENGTH, self.action_size)

    def metrics(self) -> dict[str, Tensor]:
        return {}

    def prefetch_starts(self, steps: int) -> None:
        """Do nothing: a start's seed is drawn when it is needed."""

    def check(self) -> None:
        """Do nothing: Gymnasium raises its errors at once."""

    def reset(self) -> Tensor:
        with calling(self._id, "reset"):
            for world in range(len(self._worlds)):
                self._restart(world)
        self._started = True
        return self._obs

    def start_from(self, reset_seeds: Sequence[int]) -> Tensor:
        """Start an episode in every world by `reset(seed=reset_seeds[i])`. Returns observations."""
        self._reset_seeds, self._elapsed = torch.tensor(reset_seeds), torch.zeros(len(self._worlds), dtype=torch.int64)
        for world in range(len(self._worlds)):
            self._replay(world)
        self._started = True
        return self._obs

    def step(self, action: Tensor) -> Step:
        any_done, final = self._act(action, torch.arange(len(self._worlds))), self._obs
        if any_done:
            final = self._final.copy_(self._obs)
            for world in self._done.flatten().nonzero().flatten().tolist():
                self._restart(world)
        return Step(self._obs, self._reward, self._terminated, self._truncated, self._done, any_done, final)

    def advance(self, action: Tensor, moving: Tensor) -> Step:
        for values in (self._reward, self._terminated, self._truncated):
            values.zero_()
        any_done = self._act(action, moving.flatten().nonzero().flatten())
        return Step(self._obs, self._reward, self._terminated, self._truncated, self._done, any_done, self._obs)

    def _act(self, action: Tensor, ids: Tensor) -> bool:
        """Step the worlds `ids`; returns whether any world is done."""
        if not self._started:
            raise RuntimeError("reset() or restore() comes before the first step()")
        actions = action.detach().reshape(len(self._worlds), -1).clamp(self.action_low, self.action_high)
        self._remember(actions, ids)
        for world in ids.tolist():
            s, n = divmod(world, self.num_envs)
            choice, began = self._decode(actions[world].numpy()), time.perf_counter()
            seen, reward, terminated, truncated = step_world(self._id, self._worlds[world], choice)
            self.simulating += time.perf_counter() - began
            self._obs[s, n] = torch.from_numpy(self._encode(seen))
            self._reward[s, n] = reward
            self._terminated[s, n], self._truncated[s, n] = terminated, truncated
        torch.logical_or(self._terminated, self._truncated, out=self._done)
        return bool(self._done.any())

    def reseed(self, seeds: Sequence[int]) -> None:
        for world, seed in zip(self._worlds, seeds, strict=True):
            world.unwrapped.np_random = np.random.default_rng(seed)

    def save(self) -> Snapshot:
        if not self.exact_saves:
            return self._history()
        own = np.empty(len(self._worlds), dtype=object)
        own[:] = [get_state(world) for world in self._worlds]
        return {**self._history(), "own": own, "obs": self._obs.flatten(0, 1).clone()}

    def load(self, snapshot: Snapshot, worlds: Tensor) -> Tensor:
        rows = worlds.reshape(-1)
        self._reset_seeds, self._elapsed = snapshot["reset_seeds"][rows], snapshot["elapsed"][rows]
        self._actions = snapshot["actions"][rows]
        if "own" in snapshot:
            self._put_back(snapshot["own"][rows.numpy()], snapshot["obs"][rows])
        else:
            for world in range(len(self._worlds)):
                self._replay(world)
        self._started = True
        return self._obs

    def state(self) -> dict[str, Tensor]:
        rows = {name: tensor.unflatten(0, self._done.shape) for name, tensor in self._history().items()}
        return {**rows, "starts": torch.tensor(self._counts)}

    def restore(self, state: dict[str, Tensor]) -> Tensor:
        self._counts = state["starts"].tolist()
        rows = {name: tensor.flatten(0, 1) for name, tensor in state.items() if name != "starts"}
        return self.load(rows, torch.arange(len(self._worlds)))

    def _restart(self, world: int) -> None:
        """Start the next episode of the seed in a world."""
        s = world // self.num_envs
        generator = self._starts(self.seeds[s], self._counts[s])
        self._counts[s] += 1
        self._reset_seeds[world], self._elapsed[world] = int(generator.integers(2**31)), 0
        self._replay(world)

    def _history(self) -> dict[str, Tensor]:
        """Reset seed and actions of each world's episode, which determine its state."""
        if not self._started:
            raise RuntimeError("reset() or restore() comes before there is anything to save")
        return {
            "reset_seeds": self._reset_seeds.clone(),
            "elapsed": self._elapsed.clone(),
            "actions": self._actions.clone(),
        }

    def _put_back(self, own: np.ndarray, obs: Tensor) -> None:
        """Set every world to a saved state, and the observations to the saved ones."""
        for world, taken in zip(self._worlds, own, strict=True):
            if not self._started:
                reset_world(self._id, world, 0)  # Gymnasium's wrappers require a reset first
            set_state(world, taken)
        self._obs.copy_(obs.view_as(self._obs))

    def _remember(self, actions: Tensor, ids: Tensor) -> None:
        """Append the actions `[W, A]` to the histories of the worlds `ids`."""
        if len(ids) and int(self._elapsed[ids].max()) >= self._actions.shape[1]:
            self._actions = torch.cat((self._actions, torch.zeros_like(self._actions)), 1)
        self._actions[ids, self._elapsed[ids]] = actions[ids]
        self._elapsed[ids] += 1

    def _replay(self, world: int) -> None:
        """Reset a world with its seed and replay its actions."""
        env = self._worlds[world]
        seen = reset_world(self._id, env, int(self._reset_seeds[world]))
        for action in self._actions[world, : int(self._elapsed[world])]:
            seen = step_world(self._id, env, self._decode(action.numpy()))[0]
        s, n = divmod(world, self.num_envs)
        self._obs[s, n] = torch.from_numpy(self._encode(seen))
