"""Making one world of an environment that Gymnasium knows."""

import warnings

import gymnasium

from rlbench.envs.answers import calling
from rlbench.errors import UserError

_USERS = (
    gymnasium.error.UnregisteredEnv,
    gymnasium.error.DeprecatedEnv,
    gymnasium.error.DependencyNotInstalled,
    ImportError,
)
"""Errors of a constructor that the user can fix, such as a missing package."""


def make_world(env_id: str, name: str, max_episode_steps: int | None) -> gymnasium.Env:
    """The environment registered as `name`; errors name it as the user did, by `env_id`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # else every world repeats the advice to use a newer version
            with calling(env_id, "constructor", passing=_USERS):
                return gymnasium.make(name, max_episode_steps=max_episode_steps, disable_env_checker=True)
    except _USERS as error:
        raise UserError(f"{env_id} cannot be made: {' '.join(str(error).split())}") from error
