"""Worlds that are separate Gymnasium environments, stepped one after another in this process."""

import time
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np

from rlbench.envs.answers import calling, reset_world, step_world
from rlbench.envs.groups.contract import Moved
from rlbench.envs.own_state import get_state, has_own_state, set_state
from rlbench.envs.spaces import action_decoder, observation_encoder


class SeparateWorlds:
    """A `WorldGroup` of separate environments; contract.py documents the methods."""

    way = "one after another"

    def __init__(self, env_id: str, worlds: Sequence[gymnasium.Env]) -> None:
        self._id, self._worlds, self._started = env_id, worlds, False
        self._obs_size, self._encode = observation_encoder(env_id, worlds[0].observation_space)
        _, _, self._decode = action_decoder(env_id, worlds[0].action_space)
        self.exact_saves = all(map(has_own_state, worlds))
        self.seconds = 0.0

    def __len__(self) -> int:
        return len(self._worlds)

    def start(self, rows: np.ndarray, seeds: Sequence[int], played: Sequence[np.ndarray] = ()) -> np.ndarray:
        obs = np.empty((len(rows), self._obs_size))
        with calling(self._id, "reset"):
            for i, (row, seed) in enumerate(zip(rows, seeds, strict=True)):
                seen = reset_world(self._id, self._worlds[row], int(seed))
                for action in played[i] if len(played) else ():
                    seen = step_world(self._id, self._worlds[row], self._decode(action))[0]
                obs[i] = self._encode(seen)
        self._started = True
        return obs

    def lost(self, rows: np.ndarray) -> bool:  # noqa: ARG002
        return False

    def step(self, rows: np.ndarray, actions: np.ndarray) -> Moved:
        count = len(rows)
        obs, reward = np.empty((count, self._obs_size)), np.empty(count)
        terminated, truncated = np.empty(count, bool), np.empty(count, bool)
        for i, row in enumerate(rows):
            choice, began = self._decode(actions[i]), time.perf_counter()
            seen, reward[i], terminated[i], truncated[i] = step_world(self._id, self._worlds[row], choice)
            self.seconds += time.perf_counter() - began
            obs[i] = self._encode(seen)
        return Moved(obs, reward, terminated, truncated)

    def reseed(self, seeds: Sequence[int]) -> None:
        for world, seed in zip(self._worlds, seeds, strict=True):
            world.unwrapped.np_random = np.random.default_rng(seed)

    def save(self) -> list[dict[str, Any]]:
        return [get_state(world) for world in self._worlds]

    def load(self, states: Sequence[dict[str, Any]]) -> None:
        for world, state in zip(self._worlds, states, strict=True):
            if not self._started:
                reset_world(self._id, world, 0)  # Gymnasium's wrappers require a reset first
            set_state(world, state)
        self._started = True
