"""How far, and how long, each algorithm had to train until its return reached a threshold."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rlbench.analysis.frames.curves import groups
from rlbench.analysis.options import Metric
from rlbench.analysis.reading.metrics import column_of
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.seconds import seconds_at
from rlbench.analysis.statistics.areas import first_reached

COLUMNS = (
    "env",
    "algorithm",
    "metric",
    "threshold",
    "n",
    "reached",
    "median_steps",
    "median_seconds",
    "steps",
    "seconds",
)


def threshold_frame(logs: Sequence[Log], metric: Metric, threshold: float | None) -> pd.DataFrame:
    """A row for each environment and algorithm.

    A run has reached the threshold at the first measurement at or above it. Medians are over all seeds, those that
    never reached it counting as later than any other: where more than half did not, the median is infinite. `steps` and
    `seconds` list those of the seeds that did, in the order of seeds; seconds are empty where timing.csv tells none.
    """
    if threshold is None:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = []
    for (env, algorithm), members in groups(logs).items():
        steps = np.array([_steps(log, metric, threshold) for log in members])
        seconds = np.array([seconds_at(log.run.path, at) if at < np.inf else np.inf for log, at in zip(members, steps)])
        hit = steps < np.inf
        middle = tuple(float(np.median(each)) for each in (steps, seconds))
        lists = (steps[hit].astype(int).tolist(), seconds[hit].tolist())
        rows.append((env, algorithm, metric, threshold, len(members), int(hit.sum()), *middle, *lists))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _steps(log: Log, metric: Metric, threshold: float) -> float:
    series = log.series.get(column_of(metric))
    return np.inf if series is None else first_reached(series.steps, series.values, threshold)
