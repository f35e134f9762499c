"""The probability that a run of one algorithm beats a run of another on the same environment, with an interval."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from rlbench.analysis.statistics import LEVEL

Array = NDArray[np.float64]
HALVINGS = 50


def probability_of_improvement(a: Array, b: Array) -> float:
    """P(a > b) + P(a = b) / 2 over all pairs of seeds (Mann and Whitney's U / (n_a n_b))."""
    return float(np.mean((a[:, None] > b) + 0.5 * (a[:, None] == b)))


def improvement_bounds(a: Array, b: Array, level: float = LEVEL) -> tuple[float, float]:
    """The interval of Newcombe (2006, method 5): all values whose own standard error reaches the estimate.

    It stays sensible where every seed of one algorithm beats every seed of the other; a bootstrap would then say that
    nothing else is possible.
    """
    n_a, n_b = len(a), len(b)
    found, z = probability_of_improvement(a, b), float(ndtri((1 + level) / 2))

    def distant(value: float) -> bool:
        mean = (n_a + n_b) / 2 - 1
        spread = 1 + mean * ((1 - value) / (2 - value) + value / (1 + value))
        return abs(value - found) > z * (value * (1 - value) * spread / (n_a * n_b)) ** 0.5

    return _border(distant, found, 0.0), _border(distant, found, 1.0)


def _border(distant: Callable[[float], bool], inside: float, outside: float) -> float:
    """Where `distant` begins between two points; the outer one where it begins nowhere."""
    if inside == outside:
        return outside
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if distant(middle) else (middle, outside)
    return outside


def combined(parts: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Mean of independent estimates, each with low and high, and its interval (MOVER, Zou and Donner 2008)."""
    value, low, high = np.array(parts, float).T
    centre, count = float(value.mean()), len(parts)
    below = float(np.sqrt(((value - low) ** 2).sum())) / count
    above = float(np.sqrt(((high - value) ** 2).sum())) / count
    return centre, centre - below, centre + above
