"""An interval for an estimate over seeds, by one of several methods. Every array of values is [n, G].

Which method `auto` takes at which n was chosen by simulation: benchmarks/interval_coverage.py, docs/statistics.md.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from rlbench.analysis.options import Interval, Statistic
from rlbench.analysis.statistics import LEVEL, RESAMPLES, SEED
from rlbench.analysis.statistics.estimates import estimate
from rlbench.analysis.statistics.resampling import outer_quantiles, resampled, studentised
from rlbench.errors import UserError

Array = NDArray[np.float64]
FEWEST_FOR_BOOTSTRAP_T = 20
"""With fewer seeds bootstrap-t covers no more than t where seeds are stuck, and is several times as wide."""
OF_THE_MEAN = ("t", "bootstrap-t", "std")

INTERVAL_NAMES: dict[Interval, str] = {
    "bootstrap-t": f"95 % bootstrap-t interval over seeds ({RESAMPLES:,} resamples)",
    "bootstrap": f"95 % bootstrap interval over seeds (percentile, {RESAMPLES:,} resamples)",
    "t": "95 % t interval over seeds",
    "std": "one standard deviation over seeds either way",
    "minmax": "lowest to highest seed",
    "none": "",
}
"""What a caption calls each method. `auto` is named by what it takes: see `method`."""


def method(interval: Interval, statistic: Statistic, n: int) -> Interval:
    """What `auto` means for this statistic of n seeds; any other choice is itself."""
    if interval != "auto":
        return interval
    if statistic != "mean":
        return "bootstrap"
    return "t" if n < FEWEST_FOR_BOOTSTRAP_T else "bootstrap-t"


def interval_names(interval: Interval, statistic: Statistic, counts: Collection[int]) -> str:
    """What a caption calls the intervals of estimates from so many seeds each."""
    methods = {method(interval, statistic, n) for n in counts if n > 1}
    if len(methods) < 2:
        return INTERVAL_NAMES[methods.pop() if methods else method(interval, statistic, 2)]
    return f"95 % t interval over seeds, bootstrap-t where n ≥ {FEWEST_FOR_BOOTSTRAP_T}"


def check_interval(statistic: Statistic, interval: Interval) -> None:
    """Refuse an interval of the mean for another statistic."""
    if interval in OF_THE_MEAN and statistic != "mean":
        raise UserError(
            f"--interval {interval} belongs to the mean, not to --statistic {statistic}: "
            "take --interval bootstrap, or --statistic mean."
        )


def bounds(values: Array, statistic: Statistic = "mean", interval: Interval = "auto", level: float = LEVEL) -> Array:
    """Low and high of every column; NaN where one seed, or the choice `none`, gives no interval. [n, G] -> [2, G]"""
    n, columns = values.shape
    interval = method(interval, statistic, n)
    if n < 2 or interval == "none":
        return np.full((2, columns), np.nan)
    if interval == "bootstrap":
        return percentile_bounds(values, statistic, level)
    if interval == "bootstrap-t":
        return bootstrap_t_bounds(values, level)
    if interval == "minmax":
        return np.stack([values.min(axis=0), values.max(axis=0)])
    if interval == "std":
        centre, spread = values.mean(axis=0), values.std(axis=0, ddof=1)
        return np.stack([centre - spread, centre + spread])
    return t_bounds(values, level)


def t_bounds(values: Array, level: float = LEVEL) -> Array:
    """mean ± t · s / √n with Student's t of n - 1 degrees of freedom."""
    n = len(values)
    centre = values.mean(axis=0)
    half = float(stdtrit(n - 1, (1 + level) / 2)) * values.std(axis=0, ddof=1) / np.sqrt(n)
    return np.stack([centre - half, centre + half])


def percentile_bounds(
    values: Array, statistic: Statistic = "mean", level: float = LEVEL, resamples: int = RESAMPLES, seed: int = SEED
) -> Array:
    """The middle 95 % of the statistic over draws of seeds: too narrow for few seeds."""
    low, high = outer_quantiles(resampled(values, statistic, resamples, seed), level)
    centre = estimate(values, statistic)  # within the bounds in spite of rounding, where all seeds are equal
    return np.stack([np.minimum(low, centre), np.maximum(high, centre)])


def bootstrap_t_bounds(values: Array, level: float = LEVEL, resamples: int = RESAMPLES, seed: int = SEED) -> Array:
    """mean - q · s / √n with the quantiles q of the studentised mean of draws (Efron 1981).

    Where seeds are so few or so alike that draws without any spread reach the quantile, it is infinite, and the t
    interval is taken in its place.
    """
    n = len(values)
    error = values.std(axis=0, ddof=1) / np.sqrt(n)
    below, above = outer_quantiles(studentised(values, resamples, seed), level)
    usable = np.isfinite(below) & np.isfinite(above)
    with np.errstate(invalid="ignore"):
        own = values.mean(axis=0) - np.stack([above, below]) * error
    return np.where(usable, own, t_bounds(values, level))
