"""The interface of a group of worlds, which GymnasiumEnv steps. How a group steps its worlds changes no byte."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np


class Moved(NamedTuple):
    """The result of a step of k worlds."""

    obs: np.ndarray
    """`[k, O]` float64: the observations after the step, of worlds that are finished too."""
    reward: np.ndarray
    """`[k]` float64"""
    terminated: np.ndarray
    """`[k]` bool"""
    truncated: np.ndarray
    """`[k]` bool"""


class WorldGroup(Protocol):
    """W worlds of one environment. None is reset unless `start` says so."""

    way: str
    """How the worlds are stepped, as a phrase: "one after another"."""
    exact_saves: bool
    """True if `save` and `load` work. It is a property of the environment, whatever the kind of group."""
    seconds: float
    """Total seconds of the environment's own steps."""

    def start(self, rows: np.ndarray, seeds: Sequence[int], played: Sequence[np.ndarray] = ()) -> np.ndarray:
        """Start an episode in the worlds `rows` by `reset(seed=seeds[i])`, and return the observations `[k, O]`.

        `played[i]`, where given, are actions `[L, A]` that are then repeated, to bring world `rows[i]` back to where
        it once was.
        """

    def lost(self, rows: np.ndarray) -> bool:
        """True if one of these worlds is not where it should be, and must be started, with its actions, before it is
        stepped."""

    def step(self, rows: np.ndarray, actions: np.ndarray) -> Moved:
        """Step the worlds `rows` by actions `[k, A]`, which are within their bounds. The other worlds do not change."""

    def reseed(self, seeds: Sequence[int]) -> None:
        """Give world i a random generator of its own with seed `seeds[i]`."""

    def save(self) -> list[dict[str, Any]]:
        """The state of every world."""

    def load(self, states: Sequence[dict[str, Any]]) -> None:
        """Bring every world to a state of `save`."""
