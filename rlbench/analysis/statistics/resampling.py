"""The bootstrap: what an estimate would have been with other seeds, drawn with replacement from those there are."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.options import Statistic
from rlbench.analysis.statistics import BLOCK, LEVEL, RESAMPLES, SEED
from rlbench.analysis.statistics.estimates import trim, weights

Array = NDArray[np.float64]


@lru_cache(maxsize=8)
def draws(n: int, resamples: int = RESAMPLES, seed: int = SEED) -> Array:
    """How often each of n seeds occurs in each draw of n with replacement. [R, n]"""
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)
    counts.flags.writeable = False  # it is shared by all who ask
    return counts


def resampled(values: Array, statistic: Statistic, resamples: int = RESAMPLES, seed: int = SEED) -> Array:
    """The statistic of draws of whole seeds; one draw serves all columns. [n, G] -> [R, G]"""
    n, columns = values.shape
    counts = draws(n, resamples, seed)
    if statistic == "mean":
        return counts @ values / n
    out = np.empty((resamples, columns))
    order = np.argsort(values, axis=0)
    rows = max(1, BLOCK // n)
    for start in range(0, resamples, rows):
        some = counts[start : start + rows]
        for column in range(columns):
            ranked = order[:, column]
            out[start : start + rows, column] = weights(some[:, ranked], trim(statistic, n)) @ values[ranked, column]
    return out


def studentised(values: Array, resamples: int = RESAMPLES, seed: int = SEED) -> Array:
    """(mean of a draw - mean) / standard error of the draw. Infinite where a draw has no spread. [n, G] -> [R, G]"""
    n = len(values)
    away = values - values.mean(axis=0)
    shares = draws(n, resamples, seed) / n
    mean = shares @ away
    variance = shares @ away**2 - mean**2  # divided by n: a standard error then divides by n - 1
    nothing = variance <= 1e-12 * away.var(axis=0)
    error = np.sqrt(np.where(nothing, 1.0, variance) / (n - 1))
    return np.where(nothing & (mean != 0), np.copysign(np.inf, mean), mean / error)


def outer_quantiles(resamples: Array, level: float = LEVEL) -> Array:
    """The quantiles that leave out (1 - level) / 2 on either side; values may be infinite. [R, G] -> [2, G]"""
    count = len(resamples)
    tail = (1 - level) / 2
    place = np.array([tail, 1 - tail])[:, None] * (count - 1)
    below = np.floor(place).astype(int).ravel()
    ranked = np.partition(np.ascontiguousarray(resamples.T), np.unique([below, below + 1]), axis=1).T  # [R, G]
    low, high = ranked[below], ranked[below + 1]
    with np.errstate(invalid="ignore"):  # the distance of infinities
        return np.where(low == high, low, low + (place - below[:, None]) * (high - low))
