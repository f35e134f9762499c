"""Published results beside ours, as a table. A mean without its seeds is set beside, and never tested against."""

import pandas as pd

from rlbench.analysis.reading.metrics import METRIC_NAMES
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.report.grid import Grid
from rlbench.analysis.text import interval_text, listed, number_text, shown, units

SCORES = {"final": "last value", "best": "highest value of each seed"}


def published_grid(frame: pd.DataFrame, titles: Titles = PLAIN) -> Grid:
    """A row for each published result; the caption says how each source measured."""
    frame = titles.frame(frame)
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
