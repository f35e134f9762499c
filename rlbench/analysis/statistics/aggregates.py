"""One number from several environments, every value a normalised score. A stratum is the seeds of one environment.

Environments weigh the same, however many seeds they have; with equal numbers the interquartile mean is that of
Agarwal et al. (2021), over all runs of all environments together.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.options import Statistic
from rlbench.analysis.statistics import LEVEL, RESAMPLES, SEED
from rlbench.analysis.statistics.estimates import trim, weights
from rlbench.analysis.statistics.intervals import FEWEST_FOR_BOOTSTRAP_T
from rlbench.analysis.statistics.permutation import satterthwaite
from rlbench.analysis.statistics.resampling import draws, outer_quantiles

Array = NDArray[np.float64]
Strata = Sequence[Array]


def aggregate(strata: Strata, statistic: Statistic = "mean") -> float:
    """The statistic over all values, those of an environment with a weight of 1 together."""
    return float(weighed(strata, [np.ones((1, len(stratum))) for stratum in strata], statistic)[0])


def stratified(strata: Strata, statistic: Statistic = "mean", resamples: int = RESAMPLES, seed: int = SEED) -> Array:
    """The statistic of draws of seeds with replacement within each environment. [R]"""
    return weighed(strata, drawn(strata, resamples, seed), statistic)


def drawn(strata: Strata, resamples: int, seed: int) -> list[Array]:
    """Draws of each environment, independent of those of the others. [R, n] each"""
    return [draws(len(stratum), resamples, seed + place) for place, stratum in enumerate(strata)]


def weighed(strata: Strata, counts: Sequence[Array], statistic: Statistic) -> Array:
    """The statistic where value i of a stratum occurs counts[stratum][:, i] times. [R]"""
    if statistic == "mean":
        return np.mean([count @ stratum / len(stratum) for count, stratum in zip(counts, strata)], axis=0)
    values = np.concatenate(strata)
    order = np.argsort(values)
    mean_size = len(values) / len(strata)
    scaled = np.concatenate([count * (mean_size / len(stratum)) for count, stratum in zip(counts, strata)], axis=1)
    return weights(scaled[:, order], trim(statistic, len(values))) @ values[order]


def aggregate_bounds(strata: Strata, statistic: Statistic = "mean", level: float = LEVEL) -> tuple[float, float]:
    """An interval by stratified bootstrap: bootstrap-t for the mean, percentile for others.

    The mean of fewer runs than FEWEST_FOR_BOOTSTRAP_T has a t interval. NaN where an environment has one seed.
    """
    if min(map(len, strata)) < 2:
        return np.nan, np.nan
    if statistic != "mean":
        low, high = outer_quantiles(stratified(strata, statistic)[:, None], level)[:, 0]
        return float(low), float(high)
    centre = aggregate(strata)
    half = satterthwaite(strata, level) / len(strata)
    if sum(map(len, strata)) < FEWEST_FOR_BOOTSTRAP_T:
        return centre - half, centre + half
    error = float(np.sqrt(sum(stratum.var(ddof=1) / len(stratum) for stratum in strata))) / len(strata)
    below, above = outer_quantiles(studentised_aggregate(strata)[:, None], level)[:, 0]
    if not np.isfinite([below, above]).all():
        return centre - half, centre + half
    return centre - float(above) * error, centre - float(below) * error


def studentised_aggregate(strata: Strata, resamples: int = RESAMPLES, seed: int = SEED) -> Array:
    """(mean of a draw - mean) / standard error of the draw, both over environments. [R]"""
    total, square = np.zeros(resamples), np.zeros(resamples)
    for stratum, counts in zip(strata, drawn(strata, resamples, seed)):
        n = len(stratum)
        away = stratum - stratum.mean()
        mean = counts @ away / n
        total += mean
        square += np.maximum(counts @ away**2 / n - mean**2, 0) / (n - 1)
    nothing = square <= 1e-12 * sum(stratum.var() for stratum in strata)
    return np.where(nothing & (total != 0), np.copysign(np.inf, total), total / np.sqrt(np.where(nothing, 1, square)))


def interval_name(strata_sizes: Sequence[int], statistic: Statistic) -> str:
    """What a caption calls the interval of an aggregate."""
    if statistic != "mean":
        return f"95 % stratified bootstrap interval (percentile, {RESAMPLES:,} resamples)"
    if sum(strata_sizes) < FEWEST_FOR_BOOTSTRAP_T:
        return "95 % t interval (Welch and Satterthwaite)"
    return f"95 % stratified bootstrap-t interval ({RESAMPLES:,} resamples)"
