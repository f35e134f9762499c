"""Published results beside ours, as a table. A mean without its seeds is set beside, and never tested against."""

from collections.abc import Sequence

import pandas as pd

from rlbench.analysis.frames.estimates import estimate_frame
from rlbench.analysis.frames.scores import score_frame
from rlbench.analysis.options import Metric
from rlbench.analysis.published import COLUMNS, published_results
from rlbench.analysis.reading.metrics import METRIC_NAMES
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.report.grid import Grid
from rlbench.analysis.text import interval_text, listed, number_text, shown, units

UNTOLD: Metric = "eval-det"
"""What of ours is set beside results that do not tell how actions were chosen."""
SCORES = {"final": "last value", "best": "highest value of each seed"}
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


def published_grid(frame: pd.DataFrame) -> Grid:
    """A row for each published result; the caption says how each source measured."""
    rows, above = [], None
    for row in frame.to_dict("records"):
        spread = f" ± {number_text(row['std'], row['published'])}" if row["std"] == row["std"] else ""
        rows.append(
            (
                "" if row["env"] == above else shown(row["env"]),
                f"{shown(row['algorithm'], 30)} ({row['source']})",
                f"{interval_text(row['ours'], row['low'], row['high'])}",
                f"{number_text(row['published'])}{spread}",
                str(row["seeds"]),
                units(row["env_steps"]),
            )
        )
        above = row["env"]
    head = ("environment", "algorithm", "ours, as theirs", "published", "seeds", "steps")
    return Grid(head, rows, names=2, caption=caption(frame))


def caption(frame: pd.DataFrame) -> str:
    """How each source measured, what is said of single results, and that nothing was tested."""
    parts = [
        "Published: mean ± standard deviation over their seeds (from the standard error where that was published)."
    ]
    for source, rows in frame.groupby("source", sort=True):
        first = rows.iloc[0]
        gammas = sorted({f"{gamma:g}" for gamma in rows["gamma"].dropna()})
        discount = f", discount {' or '.join(gammas)}" if gammas else ", discount not stated"
        beside = METRIC_NAMES[first["our_metric"]]
        parts.append(
            f"{source}: {first['version']} of the tasks, {first['measured']}{discount}; ours beside it: "
            f"{SCORES[first['score']]}, {beside}."
        )
    said = [
        f"{row['env']} {row['algorithm']} ({row['source']}): {row['note']}"
        for row in frame.to_dict("records")
        if row["note"]
    ]
    if said:
        parts.append(f"{listed(said, 20)}.")
    parts.append("Means without seeds cannot be tested against: there is no p value.")
    return " ".join(parts)
