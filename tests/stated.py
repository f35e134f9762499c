"""An environment whose episodes last as long as a test states, whatever is done in them.

Where a run ends and what its budget cuts are then the same on every processor. On a physical task they are not: a last
bit that differs between two processors decides, some hundred steps later, when a body falls.
"""

from collections.abc import Callable

import gymnasium
import numpy as np
from gymnasium.spaces import Box

from rlbench.numerics.streams import Purpose, stream

ENV = "StatedLengths-v0"
LONGEST, EVALUATED = 200, 20
"""The time limit, and the length of an evaluation's episodes, whose starts belong to no seed."""


class StatedLengths(gymnasium.Env):
    """`lengths` has the length of the episode that begins with `reset(seed=k)`, by k. The reward is near action 0.5."""

    observation_space = Box(-np.inf, np.inf, (2,), np.float64)
    action_space = Box(-1, 1, (1,), np.float32)

    def __init__(self, lengths: dict[int, int]):
        self.lengths = lengths

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed, options=options)
        self.left = self.lengths.get(seed, EVALUATED)
        return self.np_random.standard_normal(2), {}

    def step(self, action):
        self.left -= 1
        return self.np_random.standard_normal(2), 1 - (float(action[0]) - 0.5) ** 2, self.left == 0, False, {}


def register_stated(length: Callable[[int, int], int], seeds=range(5), episodes=400) -> str:
    """The id of an environment whose `number`-th training episode of a seed, from 0, lasts `length(seed, number)`."""
    lengths = {
        int(stream(seed, Purpose.START_STATES, number).integers(2**31)): length(seed, number)
        for seed in seeds
        for number in range(episodes)
    }
    gymnasium.register(ENV, lambda **_: StatedLengths(lengths), max_episode_steps=LONGEST)
    return ENV
