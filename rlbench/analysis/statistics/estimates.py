"""One number from several seeds: mean, interquartile mean or median.

All three are one formula, the mean of what is left after `trim(n)` values are cut off either end of the sorted seeds:
none, a quarter, or all but the middle. Where n/4 is no whole number a value is cut in part, which makes the
interquartile mean exact for every n (Agarwal et al. 2021 round n/4 down).
"""

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.options import Statistic

Array = NDArray[np.float64]
FEWEST_FOR_IQM = 10
"""An interquartile mean of fewer values rests on half of them, too few to be called robust: it is marked."""

STATISTIC_NAMES: dict[Statistic, str] = {"mean": "mean", "iqm": "interquartile mean", "median": "median"}


def trim(statistic: Statistic, n: int) -> float:
    """How many of n sorted values are cut off either end."""
    return {"mean": 0.0, "iqm": n / 4, "median": float((n - 1) // 2)}[statistic]


def weights(counts: Array, cut: float) -> Array:
    """Each sorted value's share of the trimmed mean, where value i occurs counts[..., i] times. [..., n]"""
    total = counts.sum(axis=-1, keepdims=True)
    upto = np.clip(np.cumsum(counts, axis=-1), cut, total - cut)  # w_i = |[C_{i-1}, C_i] ∩ [cut, n - cut]|
    return np.diff(upto, axis=-1, prepend=cut) / (total - 2 * cut)


def estimate(values: Array, statistic: Statistic = "mean") -> Array:
    """The statistic over seeds. [n, G] -> [G]"""
    n = len(values)
    return weights(np.ones(n), trim(statistic, n)) @ np.sort(values, axis=0)
