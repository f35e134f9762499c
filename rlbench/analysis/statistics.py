"""One number and its interval from several seeds. Every array is [n, G]: n seeds, G steps of a curve.

Mean, interquartile mean and median are one formula, the mean of what is left after `trim(n)` values are cut off
either end of the sorted seeds: none, a quarter, or all but the middle. Where n/4 is no whole number a value is cut in
part, which makes the interquartile mean exact for every n (Agarwal et al. 2021 round n/4 down).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.options import Interval, Statistic
from rlbench.errors import UserError

RESAMPLES = 2000
LEVEL = 0.95
SEED = 0
BLOCK = 4_000_000  # numbers held at once while resampling

Array = NDArray[np.float64]


def trim(statistic: Statistic, n: int) -> float:
    """How many of n sorted values are cut off either end."""
    return {"mean": 0.0, "iqm": n / 4, "median": float((n - 1) // 2)}[statistic]


def weights(counts: Array, cut: float) -> Array:
    """Each sorted value's share of the trimmed mean, where value i occurs counts[..., i] times. [..., n]"""
    total = counts.sum(axis=-1, keepdims=True)
    upto = np.clip(np.cumsum(counts, axis=-1), cut, total - cut)  # w_i = |[C_{i-1}, C_i] ∩ [cut, n - cut]|
    return np.diff(upto, axis=-1, prepend=cut) / (total - 2 * cut)


def estimate(values: Array, statistic: Statistic = "mean") -> Array:
    """The statistic over seeds at every step. [n, G] -> [G]"""
    n = len(values)
    return weights(np.ones(n), trim(statistic, n)) @ np.sort(values, axis=0)


def resampled(values: Array, statistic: Statistic, resamples: int = RESAMPLES, seed: int = SEED) -> Array:
    """The statistic of draws of whole seeds with replacement; one draw serves all steps. [n, G] -> [R, G]"""
    n, steps = values.shape
    rng = np.random.default_rng(seed)
    out = np.empty((resamples, steps))
    rows = max(1, BLOCK // n)
    for start in range(0, resamples, rows):
        stop = min(start + rows, resamples)
        counts = rng.multinomial(n, np.full(n, 1 / n), size=stop - start).astype(np.float64)  # [r, n]
        if statistic == "mean":
            out[start:stop] = counts @ values / n
            continue
        order = np.argsort(values, axis=0)
        for step in range(steps):
            ranked = order[:, step]
            out[start:stop, step] = weights(counts[:, ranked], trim(statistic, n)) @ values[ranked, step]
    return out


def bootstrap(values: Array, statistic: Statistic = "mean", resamples: int = RESAMPLES, seed: int = SEED) -> Array:
    """Percentile interval. [n, G] -> [2, G]"""
    draws = np.sort(np.ascontiguousarray(resampled(values, statistic, resamples, seed).T), axis=1)  # [G, R]
    tail = (1 - LEVEL) / 2
    place = np.array([tail, 1 - tail])[:, None] * (resamples - 1)
    below = np.floor(place).astype(int)
    low, high = draws.T[below[:, 0]], draws.T[below[:, 0] + 1]
    return low + (place - below) * (high - low)


def t_cdf(angle: float, df: int) -> float:
    """P(|T| < t) of Student's t at t = sqrt(df) tan(angle), Abramowitz and Stegun 26.7.3 and 26.7.4."""
    sine, cosine = np.sin(angle), np.cos(angle)
    k = np.arange(1, df // 2) if df % 2 == 0 else np.arange(1, (df - 1) // 2)
    ratio = (2 * k - 1) / (2 * k) if df % 2 == 0 else (2 * k) / (2 * k + 1)
    series = 1 + np.sum(np.cumprod(ratio * cosine**2))
    if df % 2 == 0:
        return float(sine * series)
    return float(2 / np.pi * (angle + (sine * cosine * series if df > 1 else 0.0)))


@lru_cache
def t_quantile(df: int, level: float = LEVEL) -> float:
    """The t with P(|T| < t) = level, by bisection."""
    low, high = 0.0, np.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, df) < level else (low, middle)
    return float(np.sqrt(df) * np.tan(low))


def check_interval(statistic: Statistic, interval: Interval) -> None:
    """A t interval and a standard deviation belong to the mean."""
    if interval in ("t", "std") and statistic != "mean":
        raise UserError(
            f"--interval {interval} belongs to the mean, not to --statistic {statistic}: "
            "take --interval bootstrap, or --statistic mean."
        )


def bounds(values: Array, statistic: Statistic = "mean", interval: Interval = "bootstrap") -> Array:
    """Low and high at every step; NaN where one seed, or the choice `none`, gives no interval. [n, G] -> [2, G]"""
    n, steps = values.shape
    if n < 2 or interval == "none":
        return np.full((2, steps), np.nan)
    if interval == "bootstrap":
        return bootstrap(values, statistic)
    if interval == "minmax":
        return np.stack([values.min(axis=0), values.max(axis=0)])
    spread = values.std(axis=0, ddof=1)
    half = spread if interval == "std" else t_quantile(n - 1) * spread / np.sqrt(n)
    centre = values.mean(axis=0)
    return np.stack([centre - half, centre + half])


STATISTIC_NAMES: dict[Statistic, str] = {"mean": "mean", "iqm": "interquartile mean", "median": "median"}
INTERVAL_NAMES: dict[Interval, str] = {
    "bootstrap": f"95 % bootstrap interval over seeds (percentile, {RESAMPLES:,} resamples)",
    "t": "95 % t interval over seeds",
    "std": "one standard deviation over seeds either way",
    "minmax": "lowest to highest seed",
    "none": "",
}
