"""Random streams. Every number depends only on (seed, purpose, index), so that there is no state to save or to share.

`SeedSequence.spawn` numbers its children by `spawn_key`; naming the key directly gives the same independent streams
without having to spawn the ones before it. The n-th rollout's noise is therefore the same whether or not the run was
interrupted, and whatever other seeds run beside it.
"""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """The purpose of a stream. Results depend on these numbers: new ones may be added, none may be changed."""

    INITIAL_THETA = 0
    START_STATES = 1
    ACTIONS = 2
    MINIBATCHES = 3
    EVALUATION_STARTS = 4
    EVALUATION_ACTIONS = 5
    DRAWS = 6


def stream(seed: int, purpose: Purpose, *index: int) -> np.random.Generator:
    """The generator for one purpose of one seed; `index` is the number of the rollout, block or the like."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(purpose), *index))))
