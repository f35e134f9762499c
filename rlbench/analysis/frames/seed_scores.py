"""The score of each of some runs, for a decision: every run has ended, and none is left out."""

from collections.abc import Sequence
from math import isnan
from pathlib import Path

from rlbench.analysis.frames.scores import score_frame
from rlbench.analysis.options import Metric, Score
from rlbench.analysis.reading.metrics import METRIC_PHRASES, column_of
from rlbench.analysis.reading.mixed import differences
from rlbench.analysis.reading.progress import read_logs
from rlbench.analysis.reading.runs import Found, Run, read_run
from rlbench.analysis.text import shown_path
from rlbench.errors import UserError
from rlbench.layout import COMPLETE_STATUSES


def seed_scores(folders: Sequence[Path], metric: Metric, score: Score) -> list[float | None]:
    """Of the runs of one environment; None where a run diverged.

    Runs that diverged do not shorten the range over which the others are measured.
    """
    runs = [_read(folder) for folder in folders]
    for difference in differences(runs):
        raise UserError(f"{difference}. A decision needs runs that are alike: choose another --out, or --fresh.")
    logs, unread = read_logs([run for run in runs if run.status != "diverged"], {column_of(metric)})
    changed = (f"{shown_path(log.run.path)} was changed after it ended" for log in logs if log.changed)
    for note in (*unread, *changed):
        raise UserError(f"{note}. See: rlbench check")
    frame = score_frame(logs, (metric,), one_range=True)
    found = dict(zip(zip(frame["algorithm"], frame["seed"]), frame[score].astype(float)))
    for run in runs:
        if isnan(found.get((run.algorithm, run.seed), 0.0)):
            raise UserError(f"{run.name} has no {METRIC_PHRASES[metric]}. Choose another --metric.")
    return [None if run.status == "diverged" else found[run.algorithm, run.seed] for run in runs]


def _read(folder: Path) -> Run:
    found = Found()
    read_run(folder, found)
    for run in found.runs:
        if run.status in COMPLETE_STATUSES:
            return run
    why = f" ({found.notes[0]})" if found.notes else ""
    raise UserError(f"{shown_path(folder)} holds no run that has ended{why}. The same command trains it.")
