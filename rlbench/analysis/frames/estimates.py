"""Scores of runs -> a tidy frame of estimates with intervals: a row for each algorithm, on each environment."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rlbench.analysis.options import Interval, Score, Statistic
from rlbench.analysis.statistics.estimates import estimate
from rlbench.analysis.statistics.intervals import bounds, method
from rlbench.analysis.text import shown

KEYS = ("env", "algorithm", "metric")
COLUMNS = (
    *KEYS,
    "score",
    "n",
    "finished",
    "diverged",
    "changed",
    "env_steps",
    "statistic",
    "value",
    "low",
    "high",
    "interval",
    "std",
    "mean",
    "median",
    "iqm",
    "min",
    "max",
    "physics",
)


def estimate_frame(
    scores: pd.DataFrame, kinds: Sequence[Score], statistic: Statistic = "mean", interval: Interval = "auto"
) -> pd.DataFrame:
    """`value` is the chosen statistic over seeds, from `low` to `high` by the method named `interval`.

    All numbers are empty where a seed was never measured: fewer seeds would flatter.
    """
    rows = [
        {**dict(zip(KEYS, keys)), "score": score, **_numbers(runs, score, statistic, interval)}
        for keys, runs in scores.groupby(list(KEYS), sort=True)
        for score in kinds
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _numbers(runs: pd.DataFrame, score: Score, statistic: Statistic, interval: Interval) -> dict[str, object]:
    values = runs[score].to_numpy(float)
    column, n = values[:, None], len(values)
    low, high = bounds(column, statistic, interval)[:, 0]
    whole = np.isfinite(values).all()
    return {
        "n": n,
        "finished": int((runs["status"] == "finished").sum()),
        "diverged": int((runs["status"] == "diverged").sum()),
        "changed": int(runs["changed"].sum()),
        "env_steps": int(runs["env_steps"].min()),
        "statistic": statistic,
        "value": estimate(column, statistic)[0] if whole else np.nan,
        "low": low if whole else np.nan,
        "high": high if whole else np.nan,
        "interval": method(interval, statistic, n) if n > 1 else "none",
        "std": values.std(ddof=1) if n > 1 else np.nan,
        **{name: estimate(column, name)[0] if whole else np.nan for name in ("mean", "median", "iqm")},
        "min": values.min(),
        "max": values.max(),
        "physics": shown(" and ".join(sorted(runs["physics"].unique())), 200),
    }
