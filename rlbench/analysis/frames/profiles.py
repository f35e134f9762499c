"""Normalised scores -> performance profiles: the share of each algorithm's runs that score higher than a threshold."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlbench.analysis.statistics.profiles import share_above, share_bounds

Array = NDArray[np.float64]
COLUMNS = ("algorithm", "environments", "n", "threshold", "share", "low", "high")
MOST_THRESHOLDS = 400


def profile_frame(values: Mapping[str, Mapping[str, Array]]) -> pd.DataFrame:
    """A row for each algorithm and threshold; `share` holds from its threshold up to the next one.

    values: of each environment, the scores of each algorithm's seeds; of several environments, normalised scores.
    """
    thresholds = profile_thresholds(values)
    parts = []
    for name in next(iter(values.values()), {}):
        strata = [found[name] for found in values.values()]
        low, high = share_bounds(strata, thresholds)
        numbers = {"threshold": thresholds, "share": share_above(strata, thresholds), "low": low, "high": high}
        parts.append(
            pd.DataFrame({"algorithm": name, "environments": len(strata), "n": sum(map(len, strata)), **numbers})
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def profile_thresholds(values: Mapping[str, Mapping[str, Array]]) -> Array:
    """Every score, at which some share steps down, and a place below all of them; evenly spread where they are many."""
    scores = np.unique(np.concatenate([scores for found in values.values() for scores in found.values()]))
    below = scores[0] - 0.05 * ((scores[-1] - scores[0]) or abs(scores[0]) or 1.0)
    if len(scores) < MOST_THRESHOLDS:
        return np.array([below, *scores])
    return np.linspace(below, scores[-1], MOST_THRESHOLDS)
