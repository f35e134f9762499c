"""What a caller may choose. Imports nothing heavy, so that the command line can name the choices at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Statistic = Literal["mean", "iqm", "median"]
Interval = Literal["auto", "t", "bootstrap-t", "bootstrap", "std", "minmax", "none"]
FORMATS = ("png", "pdf", "svg")
TableFormat = Literal["text", "markdown", "latex", "csv"]


@dataclass(frozen=True)
class PlotOptions:
    """The choices of one call of `rlbench plot`."""

    metric: str | None = None
    """An alias, a column of progress.csv, or None to let the data decide."""
    statistic: Statistic = "mean"
    interval: Interval = "auto"
    smooth: int = 1
    """Trailing mean over this many points of each seed; 1 leaves the points alone."""
    envs: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("png", "pdf")
    out: Path | None = None
    """Where figures go; None is `plots/` in the first folder."""
