"""What the tests of the environments share."""

import numpy as np
import pytest


@pytest.fixture
def starts():
    """Generators of start states, as the training loop gives them: one for each (seed, block)."""
    return lambda seed, block: np.random.default_rng([seed, block])
