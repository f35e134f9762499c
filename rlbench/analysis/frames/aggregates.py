"""Scores of runs -> normalised scores over environments, a row for each algorithm."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlbench.analysis.options import Statistic
from rlbench.analysis.published import scale
from rlbench.analysis.statistics.aggregates import aggregate, aggregate_bounds, interval_name
from rlbench.analysis.text import listed, shown

Array = NDArray[np.float64]
Aggregate = Literal["mean", "iqm", "median", "gap"]
COLUMNS = ("algorithm", "environments", "n", "statistic", "value", "low", "high", "interval")


def normalised(values: Mapping[str, Mapping[str, Array]]) -> tuple[dict[str, dict[str, Array]], list[str]]:
    """(score - random) / (reference - random), by environment and algorithm; and notes of what was left out.

    Environments without a scale, or without a score of some algorithm, are left out.
    """
    names = {name for found in values.values() for name in found}
    incomplete = [env for env, found in values.items() if set(found) < names or not _whole(found)]
    without = [env for env in values if scale(env) is None and env not in incomplete]
    notes = []
    if incomplete:
        notes.append(
            f"left out of the averages over environments, as an algorithm has no score there: {listed(incomplete)}"
        )
    if without:
        notes.append(
            f"left out of the averages over environments, as no scale is defined: {listed(map(shown, without))}"
        )
    scaled = {}
    for env, found in values.items():
        ends = scale(env)
        if ends and env not in incomplete:
            scaled[env] = {name: (scores - ends[0]) / (ends[1] - ends[0]) for name, scores in found.items()}
    return scaled, notes


def _whole(found: Mapping[str, Array]) -> bool:
    return all(np.isfinite(scores).all() for scores in found.values())


def aggregate_frame(scaled: Mapping[str, Mapping[str, Array]], statistic: Aggregate) -> pd.DataFrame:
    """The statistic over environments and seeds, with an interval by stratified bootstrap.

    `gap` is the optimality gap: how far runs stay below a normalised score of 1 on average, where those beyond 1 do not
    make up for others (Agarwal et al. 2021). It is the mean of max(1 - score, 0), and has the interval of a mean.
    """
    rows = []
    of: Statistic = "mean" if statistic == "gap" else statistic
    for name in next(iter(scaled.values()), {}):
        strata = [found[name] for found in scaled.values()]
        if statistic == "gap":
            strata = [np.maximum(1 - stratum, 0) for stratum in strata]
        sizes = [len(stratum) for stratum in strata]
        value, (low, high) = aggregate(strata, of), aggregate_bounds(strata, of)
        rows.append((name, len(strata), sum(sizes), statistic, value, low, high, interval_name(sizes, of)))
    return pd.DataFrame(rows, columns=list(COLUMNS))
