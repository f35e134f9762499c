"""Numbers of one run's curve: the height it has on average, its best point, and when it reaches a threshold."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def mean_height(steps: Array, values: Array, start: float, end: float) -> float:
    """Area under the curve from start to end, by trapezoids, divided by its length.

    The last value is carried to `end`, which must not lie beyond the run's own range. NaN without a point up to
    `end`; the value itself where start and end are one.
    """
    within = steps <= end
    steps, values = steps[within], values[within]
    if not len(steps):
        return np.nan
    if start >= end:
        return float(values[-1])
    inner = steps > start
    at = np.concatenate([[start], steps[inner], [end]])
    height = np.concatenate([[np.interp(start, steps, values)], values[inner], [values[-1]]])
    return float(np.sum(np.diff(at) * (height[1:] + height[:-1]) / 2) / (end - start))


def first_reached(steps: Array, values: Array, threshold: float) -> float:
    """The steps after which the curve was first measured at or above the threshold; infinite where it never was."""
    reached = np.flatnonzero(values >= threshold)
    return float(steps[reached[0]]) if len(reached) else np.inf
