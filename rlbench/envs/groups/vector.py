"""Worlds that an environment steps together, by the vector form that it registers with Gymnasium.

A vector form resets finished worlds by itself, mostly from one random generator for all of them, so that a world would
depend on the others. Only a form whose worlds can be reset one by one is used here: one that disables automatic resets
and takes a mask (Gymnasium's `AutoresetMode.DISABLED` and `options={"reset_mask": mask}`), and CartPole's, whose few
attributes are set instead.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv
from gymnasium.spaces import Discrete
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv

from rlbench.envs.answers import calling
from rlbench.envs.groups.contract import Moved
from rlbench.envs.spaces import observation_encoder
from rlbench.errors import Fault, blame, say_value

ENDLESS = 2**31 - 1
"""The time limit of a vector form where there is none, a number that fits into 32 bits."""

_UNUSED_CHANCE = np.random.PCG64(0).state
"""The state of the random generator of a CartPole, whose steps draw nothing."""


def resets_one_by_one(worlds: VectorEnv) -> bool:
    """True if `VectorWorlds` can reset some of these worlds and leave the others as they are."""
    return type(worlds) is CartPoleVectorEnv or worlds.metadata.get("autoreset_mode") is AutoresetMode.DISABLED


class VectorWorlds:
    """A `WorldGroup` of one VectorEnv; contract.py documents the methods."""

    way = "together, by its vector form"

    def __init__(self, env_id: str, worlds: VectorEnv) -> None:
        self._id, self._worlds = env_id, worlds
        self._obs_size, self._encode = observation_encoder(env_id, worlds.single_observation_space)
        self._states = _CartPole(worlds) if type(worlds) is CartPoleVectorEnv else None
        self._resets = self._states or _Masked(env_id, worlds)
        self.exact_saves, self.seconds = self._states is not None, 0.0
        count = worlds.num_envs
        self._finished = np.zeros(count, bool)
        self._lost = np.zeros(count, bool)
        """The worlds that moved because others did, and so are no longer where they should be."""
        self._resets.all()

    def start(self, rows: np.ndarray, seeds: Sequence[int], played: Sequence[np.ndarray] = ()) -> np.ndarray:
        """The worlds end their repeated actions together: the one with most of them begins first.

        All worlds move with each of these steps, so the others are lost, or put back where that is possible.
        """
        lists = played if len(played) else [np.empty((0, 1), np.float32)] * len(rows)
        lengths, numbers = np.array([len(each) for each in lists], int), np.asarray(seeds)
        obs, longest = np.empty((len(rows), self._obs_size)), int(lengths.max(initial=0))
        before = self._states.save() if self._states and longest else None
        for left in range(longest, -1, -1):
            begins = lengths == left
            if begins.any():
                obs[begins] = self._reset(rows[begins], numbers[begins])
            if left:
                moving = np.flatnonzero(lengths >= left).tolist()
                actions = np.stack([lists[i][-left] for i in moving])
                obs[moving] = self._step_all(rows[moving], actions).obs[rows[moving]]
        if longest:
            self._leave_behind(rows, before)
        self._lost[rows] = False
        return obs

    def lost(self, rows: np.ndarray) -> bool:
        return bool(self._lost[rows].any())

    def step(self, rows: np.ndarray, actions: np.ndarray) -> Moved:
        some = len(rows) < len(self._finished)
        before = self._states.save() if self._states and some else None
        moved = self._step_all(rows, actions)
        if not some:
            return moved
        self._leave_behind(rows, before)
        return Moved(*(field[rows] for field in moved))

    def _leave_behind(self, rows: np.ndarray, before: Sequence[dict[str, Any]] | None) -> None:
        """Put the worlds that should not have moved back to where they were `before`, or note that they are lost."""
        others = np.ones(len(self._finished), bool)
        others[rows] = False
        if self._states and before is not None:
            self._states.put_back(before, others)
        else:
            self._lost |= others

    def reseed(self, seeds: Sequence[int]) -> None:
        """Do nothing: CartPole's steps draw no random numbers, and other forms have no exact saves to branch from."""

    def save(self) -> list[dict[str, Any]]:
        assert self._states
        return self._states.save()

    def load(self, states: Sequence[dict[str, Any]]) -> None:
        assert self._states
        self._states.put_back(states, np.ones(len(states), bool))
        self._finished[:] = False

    def _reset(self, rows: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
        with calling(self._id, "reset"):
            seen = self._resets.some(rows, [int(seed) for seed in seeds])
        self._finished[rows] = False
        return self._observe(seen, rows)

    def _step_all(self, rows: np.ndarray, actions: np.ndarray) -> Moved:
        """Step every world, those in `rows` by `actions` and the others by any action."""
        finished = self._finished.copy()
        finished[rows] = False
        if finished.any():  # to step a finished world is not allowed
            self._resets.some(np.flatnonzero(finished), [0] * int(finished.sum()))
        began = time.perf_counter()
        with blame(f"{self._id}: its vector form's step failed"):
            answer = self._worlds.step(self._batch(rows, actions))
        self.seconds += time.perf_counter() - began
        if not (isinstance(answer, tuple) and len(answer) == 5):
            raise Fault(f"{self._id}: its vector form's step returns {say_value(answer)}, not five values")
        seen = answer[0]
        reward, terminated, truncated = (self._column(answer[i]) for i in (1, 2, 3))
        everyone = np.arange(len(self._finished))
        moved = Moved(self._observe(seen, everyone), reward.astype(float), terminated > 0, truncated > 0)
        self._finished = moved.terminated | moved.truncated
        return moved

    def _batch(self, rows: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """Actions for every world, in the form that the vector form takes."""
        space = self._worlds.single_action_space
        batch = np.zeros((len(self._finished), actions.shape[1]), actions.dtype)
        batch[rows] = actions
        if isinstance(space, Discrete):
            # NaN, from a policy that diverged, becomes some valid action, as where worlds are separate
            return (np.nan_to_num(batch[:, 0], nan=0.0).astype(np.int64) + int(space.start)).astype(space.dtype)
        return batch.astype(space.dtype)

    def _observe(self, seen: Any, rows: np.ndarray) -> np.ndarray:
        space = self._worlds.single_observation_space
        array = np.asarray(seen)
        if list(array.shape) != [len(self._finished), *(space.shape or ())]:
            raise Fault(f"{self._id}: its vector form observes {list(array.shape)}, not a row for each world")
        if isinstance(space, Discrete):
            return np.stack([self._encode(array[row]) for row in rows])
        return array[rows].astype(np.float64)

    def _column(self, values: Any) -> np.ndarray:
        array = np.asarray(values)
        if array.shape != self._finished.shape or array.dtype.kind not in "biuf":
            raise Fault(f"{self._id}: its vector form's step returns {say_value(values)}, not a number for each world")
        return array


class _Masked:
    """Resets by Gymnasium's mask."""

    def __init__(self, env_id: str, worlds: Any) -> None:
        self._id, self._worlds = env_id, worlds

    def all(self) -> None:
        with blame(f"{self._id}: its vector form's reset failed"):
            self._worlds.reset(seed=[0] * self._worlds.num_envs)

    def some(self, rows: np.ndarray, seeds: Sequence[int]) -> Any:
        mask, every = np.zeros(self._worlds.num_envs, bool), [0] * self._worlds.num_envs
        mask[rows] = True
        for row, seed in zip(rows.tolist(), seeds, strict=True):
            every[row] = seed
        with blame(f"{self._id}: its vector form's reset failed"):
            answer = self._worlds.reset(seed=every, options={"reset_mask": mask})
        if not (isinstance(answer, tuple) and len(answer) == 2):
            raise Fault(f"{self._id}: its vector form's reset returns {say_value(answer)}, not (observations, info)")
        return answer[0]


class _CartPole:
    """CartPole's vector form, which has one generator for all worlds: each is reset as its single form is.

    States have the form of own_state.py, so that worlds of the single form take them, and give theirs.
    """

    def __init__(self, worlds: Any) -> None:
        self._worlds = worlds

    def all(self) -> None:
        self._worlds.reset(seed=0)

    def some(self, rows: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
        worlds = self._worlds
        for row, seed in zip(rows, seeds, strict=True):
            generator, _ = seeding.np_random(seed)
            worlds.state[:, row] = generator.uniform(low=worlds.low, high=worlds.high, size=4)
        worlds.steps[rows] = 0
        worlds.prev_done[rows] = False  # else its next step would reset the world
        return worlds.state.T.astype(np.float32)

    def save(self) -> list[dict[str, Any]]:
        worlds = self._worlds
        limited = worlds.max_episode_steps < ENDLESS
        return [
            {
                "own": {"state": state.copy(), "steps_beyond_terminated": None},
                "chance": _UNUSED_CHANCE,
                "elapsed": [steps] if limited else [],
            }
            for state, steps in zip(worlds.state.T, worlds.steps.tolist(), strict=True)
        ]

    def put_back(self, states: Sequence[dict[str, Any]], rows: np.ndarray) -> None:
        for row in np.flatnonzero(rows).tolist():
            self._worlds.state[:, row] = states[row]["own"]["state"]
            self._worlds.steps[row] = sum(states[row]["elapsed"])
            self._worlds.prev_done[row] = False
