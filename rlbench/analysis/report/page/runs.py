"""Every run with its own score: what all other numbers of the page were computed from."""

from collections.abc import Sequence

from rlbench.analysis.frames.scores import score_frame
from rlbench.analysis.options import Metric, Score
from rlbench.analysis.reading.metrics import METRIC_NAMES
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.report.grid import Grid
from rlbench.analysis.text import number_text


def runs_grid(logs: Sequence[Log], metric: Metric, score: Score, titles: Titles = PLAIN) -> Grid:
    """A row for each run."""
    frame = titles.frame(score_frame(logs, (metric,), one_range=True))
    rows = [
        (
            row["env"],
            row["algorithm"],
            str(row["seed"]),
            row["status"] + (" (file changed)" if row["changed"] else ""),
            f"{row['env_steps']:,.0f}",
            number_text(row[score]),
        )
        for row in frame.to_dict("records")
    ]
    head = ("environment", "algorithm", "seed", "status", "steps", f"{score}, {METRIC_NAMES[metric]}")
    return Grid(head, rows, names=2)
