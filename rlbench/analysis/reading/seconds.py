"""timing.csv -> how long a run had been at work after so many transitions."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.reading.progress import BadFile, read_header, tables
from rlbench.json_file import is_regular
from rlbench.layout import TIMING_FILE

Array = NDArray[np.float64]
WALL, PROCESSOR = "wall_time", "processor_time"
"""Columns of timing.csv."""


class Clock(NamedTuple):
    """What a clock showed at each row."""

    steps: Array
    seconds: Array

    def at(self, steps: Array) -> Array:
        """At the first row at or beyond each number of steps; NaN beyond the last row."""
        place = np.searchsorted(self.steps, steps)
        return np.append(self.seconds, np.nan)[place]


def read_clock(folder: Path, column: str = WALL) -> Clock | None:
    """A column of timing.csv; None where the file does not tell it.

    Training, evaluating and writing are in it. Wall time also has the waiting for seeds that ran in the same process.
    """
    path = folder / TIMING_FILE
    if not is_regular(path):
        return None
    try:
        with path.open("rb") as file:
            names = read_header(file)
            if column not in names:
                return None
            blocks = list(tables(file, names, ["env_steps", column]))
    except (BadFile, OSError):
        return None
    steps, seconds = (
        np.concatenate([np.empty(0), *(block[name] for block in blocks)]) for name in ("env_steps", column)
    )
    whole = np.isfinite(steps) & np.isfinite(seconds)
    steps, seconds = steps[whole], seconds[whole]
    if not len(steps) or np.any(np.diff(steps) < 0) or np.any(np.diff(seconds) < 0):
        return None
    return Clock(steps, seconds)


def seconds_at(folder: Path, steps: float) -> float:
    """Wall time of the first row at or beyond `steps`; NaN where timing.csv does not tell."""
    clock = read_clock(folder)
    return math.nan if clock is None else float(clock.at(np.array([steps]))[0])
