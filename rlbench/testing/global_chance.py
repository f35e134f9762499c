"""The states of the random generators that belong to nobody: an algorithm that draws from them changes them."""

import random

import numpy as np
import torch


def global_chance() -> dict[str, str]:
    """The state of each, by its name. Reading a state draws nothing."""
    return {
        "torch's global generator": str(torch.get_rng_state().tolist()),
        "numpy.random": str(np.random.get_state()),  # noqa: NPY002
        "the module random": str(random.getstate()),
    }
