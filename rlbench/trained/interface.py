"""What an environment shows and takes, as numbers: observations made tensors, and tensors made actions."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import Env
from gymnasium.spaces import Box, Discrete

from rlbench.algorithms.contract import Space
from rlbench.envs.own_tasks import get_task
from rlbench.envs.physics.log import silence_log
from rlbench.envs.registry import find_registered
from rlbench.envs.spaces import action_decoder, observation_encoder
from rlbench.envs.tasks import task_ids
from rlbench.errors import UserError, say_error


@dataclass(frozen=True)
class Interface:
    """The spaces of one environment."""

    env: str
    space: Space
    low: np.ndarray
    high: np.ndarray
    """`[A]`: what actions are clipped to."""
    observations: Box | Discrete
    actions: Box | Discrete

    @property
    def states(self) -> Discrete | None:
        """The states, where an observation is the number of one; None where it is a vector."""
        return self.observations if isinstance(self.observations, Discrete) else None

    def encode(self, obs: Any) -> tuple[np.ndarray, bool]:
        """One or many observations as numbers `[N, O]`, and whether it was only one; a UserError for anything else."""
        try:
            given = np.asarray(obs)
        except ValueError:  # rows of different lengths
            given = np.empty(0, dtype=object)
        return (self._encode_vectors if self.states is None else self._encode_states)(given)

    def _encode_vectors(self, given: np.ndarray) -> tuple[np.ndarray, bool]:
        size = self.space.obs_size
        if given.ndim not in (1, 2) or given.shape[-1] != size or given.dtype.kind not in "biuf":
            raise UserError(
                f"{self.env} observes {size} numbers, so act() takes an array of shape [{size}], or [N, {size}] for "
                f"many observations, not {_say_array(given)}"
            )
        return given.reshape(-1, size).astype(np.float64), given.ndim == 1

    def _encode_states(self, given: np.ndarray) -> tuple[np.ndarray, bool]:
        assert self.states is not None
        first, count = int(self.states.start), int(self.states.n)
        known = given.ndim < 2 and given.dtype.kind in "iu" and bool(np.all((given >= first) & (given < first + count)))
        if not known:
            raise UserError(
                f"{self.env} observes one of {count} states, so act() takes a whole number from {first} to "
                f"{first + count - 1}, or an array [N] of them, not {_say_array(given)}"
            )
        return np.eye(count)[np.atleast_1d(given) - first], given.ndim == 0

    def decode(self, numbers: np.ndarray, one: bool) -> Any:
        """Numbers `[N, A]` as the environment takes them: clipped vectors, or numbers of choices."""
        clipped = np.clip(numbers, self.low, self.high)
        if isinstance(self.actions, Box):
            made: np.ndarray = clipped.astype(self.actions.dtype)
            return made[0] if one else made
        choices = int(self.actions.start) + np.nan_to_num(clipped[:, 0]).astype(np.int64)
        return int(choices[0]) if one else choices


def interface_of(env_id: str) -> Interface:
    """The interface of an environment, which is made once for it. A UserError where that cannot be done."""
    made = make_world(env_id)
    try:
        size, _ = observation_encoder(env_id, made.observation_space)
        low, high, _ = action_decoder(env_id, made.action_space)
        seen, actions = made.observation_space, made.action_space
    finally:
        made.close()
    assert isinstance(seen, Box | Discrete)
    assert isinstance(actions, Box | Discrete)
    choices = int(actions.n) if isinstance(actions, Discrete) else None
    space = Space(size, len(low), choices)
    return Interface(env_id, space, low, high, seen, actions)


def make_world(env_id: str, **options: Any) -> Env:
    """One world of an environment, as Gymnasium makes it. A UserError where that cannot be done."""
    import gymnasium

    if env_id not in task_ids() and (task := get_task(env_id)):
        from rlbench.envs.task_env import make_task_env

        return make_task_env(task, **options)
    name = find_registered(env_id)
    silence_log()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the advice to use a newer version of an environment
        try:
            return gymnasium.make(name, disable_env_checker=True, **options)
        except Exception as error:
            raise UserError(f"{env_id} cannot be made here: {say_error(error)}") from error


def _say_array(given: np.ndarray) -> str:
    if given.dtype.kind not in "biuf":
        return "something that is no array of numbers"
    return f"{given}" if given.ndim == 0 else f"one of shape {list(given.shape)}"
