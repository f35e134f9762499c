"""Published results beside ours, a row for each result of an environment and algorithm that was read."""

from collections.abc import Sequence

import pandas as pd

from rlbench.analysis.frames.estimates import estimate_frame
from rlbench.analysis.frames.scores import score_frame
from rlbench.analysis.options import Metric
from rlbench.analysis.published import COLUMNS, published_results
from rlbench.analysis.reading.progress import Log

UNTOLD: Metric = "eval-det"
"""What of ours is set beside results that do not tell how actions were chosen."""
OURS = ("ours", "low", "high", "n", "our_metric", "our_steps")


def published_frame(logs: Sequence[Log]) -> pd.DataFrame:
    """Every published result of an environment and algorithm that was read, and ours, measured as like it as can be.

    `ours`, from `low` to `high`, is the mean over `n` seeds of their `score` (final values, or the highest of each
    curve where the source has a maximum) in `our_metric`: the source's own, or evaluations by the mean action where
    the source does not tell. Labels such as `trpo [mine]` are taken as trpo.
    """
    ours = estimate_frame(score_frame(logs, ("eval-det", "eval-stoch")), ("final", "best"))
    published = published_results(ours["env"].unique().tolist()).to_dict("records")
    rows = [
        {
            **theirs,
            "algorithm": mine["algorithm"],
            **dict(zip(OURS, (mine[name] for name in ("value", "low", "high", "n", "metric", "env_steps")))),
        }
        for mine in ours.to_dict("records")
        for theirs in published
        if mine["env"] == theirs["env"]
        and mine["algorithm"].partition(" [")[0] == theirs["algorithm"]
        and mine["score"] == theirs["score"]
        and mine["metric"] == (theirs["metric"] or UNTOLD)
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS, *OURS])
