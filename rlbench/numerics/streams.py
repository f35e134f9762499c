"""Random streams. Every number drawn comes from (seed, purpose, index), so a stream has no state to save or to share.

`SeedSequence.spawn` numbers its children by `spawn_key`; naming the key directly gives the same independent streams
without having to spawn the ones before it. The n-th rollout's noise is therefore the same whether or not the run was
interrupted, and whatever other seeds run beside it.
"""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is for. The numbers are part of every result: add to them, never change them."""

    INITIAL_THETA = 0
    START_STATES = 1
    ACTIONS = 2
    MINIBATCHES = 3
    EVALUATION_STARTS = 4
    EVALUATION_ACTIONS = 5
    DRAWS = 6


def stream(seed: int, purpose: Purpose, *index: int) -> np.random.Generator:
    """The generator of one purpose of one seed; `index` counts rollouts, blocks or whatever the purpose counts."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(purpose), *index))))
