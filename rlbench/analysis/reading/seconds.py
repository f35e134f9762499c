"""timing.csv -> how long a run had been at work after so many transitions."""

import math
from pathlib import Path

from rlbench.analysis.reading.progress import BadFile, read_header, tables
from rlbench.layout import TIMING_FILE
from rlbench.run_file import is_regular


def seconds_at(folder: Path, steps: float) -> float:
    """wall_time of the first row at or beyond `steps`; NaN where timing.csv does not tell.

    Training, evaluating and writing are in it, and so is waiting for the seeds that ran in the same process.
    """
    path = folder / TIMING_FILE
    if not is_regular(path):
        return math.nan
    try:
        with path.open("rb") as file:
            names = read_header(file)
            if "wall_time" not in names:
                return math.nan
            for table in tables(file, names, ["env_steps", "wall_time"]):
                later = table["wall_time"][table["env_steps"] >= steps]
                if len(later):
                    return float(later[0])
    except (BadFile, OSError):
        pass
    return math.nan
