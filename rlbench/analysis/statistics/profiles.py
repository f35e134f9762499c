"""Performance profiles: the share of runs that score higher than a threshold (Agarwal et al. 2021).

A stratum is the scores of one environment's seeds. Environments weigh the same, however many seeds they have.
"""

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.statistics import LEVEL, RESAMPLES, SEED
from rlbench.analysis.statistics.aggregates import Strata, drawn
from rlbench.analysis.statistics.resampling import outer_quantiles

Array = NDArray[np.float64]


def share_above(strata: Strata, thresholds: Array) -> Array:
    """The mean over environments of the share of seeds above each threshold. [G]"""
    return np.mean([(stratum[:, None] > thresholds).mean(axis=0) for stratum in strata], axis=0)


def share_bounds(
    strata: Strata, thresholds: Array, level: float = LEVEL, resamples: int = RESAMPLES, seed: int = SEED
) -> Array:
    """Low and high at each threshold by stratified bootstrap; NaN where an environment has one seed. [2, G]

    The band holds at each threshold alone, not at all of them at once.
    """
    if min(map(len, strata)) < 2:
        return np.full((2, len(thresholds)), np.nan)
    shares = np.zeros((resamples, len(thresholds)))
    for stratum, counts in zip(strata, drawn(strata, resamples, seed)):
        shares += counts @ (stratum[:, None] > thresholds).astype(float) / len(stratum)
    return outer_quantiles(shares / len(strata), level)
