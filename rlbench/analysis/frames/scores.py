"""Runs -> a tidy frame of scores, a row for each run and metric: the one place where a run becomes a number.

`table`, `compare` and the summary of `plot` all begin here.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlbench.analysis.frames.curves import SAME_LENGTH
from rlbench.analysis.options import Metric, Score
from rlbench.analysis.reading.metrics import EVAL_DET, column_of
from rlbench.analysis.reading.progress import Log, Series
from rlbench.analysis.reading.runs import UNKNOWN
from rlbench.analysis.statistics.areas import mean_height
from rlbench.errors import UserError

Array = NDArray[np.float64]
COLUMNS = ("env", "algorithm", "seed", "status", "physics", "changed", "metric", "env_steps", "final", "best", "auc")


def score_frame(logs: Sequence[Log], metrics: Sequence[Metric], one_range: bool = False) -> pd.DataFrame:
    """A row for each run and metric; scores are empty where the run was never measured.

    `env_steps`: where the run's range ends. `final`: its last value there. `best`: its highest. `auc`: the area under
    its curve divided by the curve's length, which is the return it has on average while it learns.

    Runs that have spent one and the same budget are measured to their own ends: that another batch did not fit is part
    of the algorithm. So are runs whose lengths differ by at most 1 %. Others are measured to where the shortest ends,
    among the runs of one algorithm on one environment, or, with `one_range`, among all runs of an environment.
    """
    rows = [row for metric in metrics for row in _rows(logs, metric, one_range)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values(["env", "algorithm", "metric", "seed"], kind="stable", ignore_index=True)


def shared_environments(logs: Sequence[Log]) -> list[str]:
    """Those on which at least two algorithms have runs."""
    algorithms: dict[str, set[str]] = defaultdict(set)
    for log in logs:
        algorithms[log.run.env].add(log.run.algorithm)
    return sorted(env for env, members in algorithms.items() if len(members) > 1)


def compared_scores(logs: Sequence[Log], metric: Metric | None, score: Score) -> pd.DataFrame:
    """The scores that algorithms are compared by: of one metric, all runs of an environment over one range.

    Without a metric: evaluations by the mean action where every run has one, else training returns.
    """
    asked = metric
    metric = asked or ("eval-det" if all(EVAL_DET in log.series for log in logs) else "return")
    runs = score_frame(logs, (metric,), one_range=True)
    if runs[score].isna().all():
        unasked = "" if asked or metric == "eval-det" else ", and not every run has one of eval-det"
        raise UserError(f"No run has a value of {metric} yet{unasked}. Choose another --metric.")
    return runs


def scores_by_env(runs: pd.DataFrame, score: Score) -> dict[str, dict[str, Array]]:
    """The scores of each algorithm's seeds, by environment."""
    values: dict[str, dict[str, Array]] = defaultdict(dict)
    for (env, algorithm), members in runs.groupby(["env", "algorithm"], sort=True):
        values[str(env)][str(algorithm)] = members[score].to_numpy(float)
    return dict(values)


def _rows(logs: Sequence[Log], metric: Metric, one_range: bool) -> Iterator[tuple[Hashable, ...]]:
    column = column_of(metric)
    together: dict[tuple[str, ...], list[Log]] = defaultdict(list)
    for log in logs:
        together[(log.run.env,) if one_range else (log.run.env, log.run.algorithm)].append(log)
    for members in together.values():
        measured = [log for log in members if column in log.series]
        end = common_end(measured, column)
        start = max((log.series[column].steps[0] for log in measured), default=np.nan)
        for log in members:
            run = log.run
            found = scores(log.series[column], start, end) if column in log.series else (log.end, *[np.nan] * 3)
            about = (run.status, run.origin.get("physics", UNKNOWN), log.changed)
            yield run.env, run.algorithm, run.seed, *about, metric, *found


def common_end(logs: Sequence[Log], column: str) -> float:
    """Where the range of all these runs ends; infinite where each may be measured to its own end."""
    spent = all(log.run.status == "finished" for log in logs)
    if spent and len({log.run.origin.get("budget", UNKNOWN) for log in logs}) == 1:
        return np.inf
    reaches = [log.series[column].reach for log in logs]
    return np.inf if not reaches or min(reaches) >= (1 - SAME_LENGTH) * max(reaches) else min(reaches)


def scores(series: Series, start: float, end: float) -> tuple[float, float, float, float]:
    """env_steps, final, best and auc of one run, over the range from start to end and never beyond its own."""
    end = min(end, series.reach)
    values = series.values[: np.searchsorted(series.steps, end, side="right")]
    if not len(values):
        return end, np.nan, np.nan, np.nan
    area = mean_height(series.steps, series.values, min(start, end), end)
    return end, float(values[-1]), float(values.max()), area
