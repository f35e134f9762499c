"""What a caller may choose. Imports nothing heavy, so that the command line can name the choices at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from rlbench.errors import UserError, nearest

Statistic = Literal["mean", "iqm", "median"]
Interval = Literal["auto", "t", "bootstrap-t", "bootstrap", "std", "minmax", "none"]
FORMATS = ("png", "pdf", "svg")
TableFormat = Literal["text", "markdown", "latex", "csv", "json"]
Metric = Literal["eval-det", "eval-stoch", "return"]
Score = Literal["final", "best", "auc"]
Kind = Literal["curves", "profile", "aggregate", "improvement", "efficiency", "final", "diagnostics"]
"""What `rlbench plot` can draw."""
Axis = Literal["steps", "wall", "cpu"]
"""The x axis of curves: transitions, wall time or processor time."""
Theme = Literal["light", "dark"]


def check_choice(names: Sequence[str], choices: Any, option: str) -> None:
    """Refuse a name that is none of the choices (a Literal) of an option."""
    known = get_args(choices)
    for name in names:
        if name not in known:
            raise UserError(f"No {option} {name!r}.{nearest(name, known)} Choose of {', '.join(known)}.")


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
    allow_mixed: bool = False
    """Whether runs that must not be mixed are drawn apart by name rather than refused."""
    out: Path | None = None
    """Where figures go; None is `plots/` in the first folder."""


@dataclass(frozen=True)
class ReportOptions:
    """The choices of one call of `rlbench report`."""

    metric: Metric | None = None
    """None: evaluations by the mean action where every run has one, else training returns."""
    score: Score = "final"
    statistic: Statistic = "mean"
    interval: Interval = "auto"
    threshold: float | None = None
    baseline: str | None = None
    published: bool = False
    title: str = ""
