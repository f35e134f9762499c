"""What a caller may choose. Imports nothing heavy, so that the command line can name the choices at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, Literal, get_args

from rlbench.analysis.text import shown
from rlbench.errors import UserError, nearest
from rlbench.suite_file import Kind, Metric

Statistic = Literal["mean", "iqm", "median"]
Interval = Literal["auto", "t", "bootstrap-t", "bootstrap", "std", "minmax", "none"]
FORMATS = ("png", "pdf", "svg")
TableFormat = Literal["text", "markdown", "latex", "csv", "json"]
Score = Literal["final", "best", "auc"]
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

    kind: Kind = "curves"
    metric: str | None = None
    """An alias, a column of progress.csv, or None to let the data decide."""
    score: Score = "final"
    """Of each seed, where a kind is made of scores."""
    statistic: Statistic | None = None
    """Over seeds; None is the mean, or all that the kind `aggregate` knows."""
    interval: Interval = "auto"
    smooth: int | None = None
    """Trailing mean over this many points of each seed; 1 leaves the points alone. None: see `trailing`."""
    x: Axis = "steps"
    baseline: str | None = None
    """The one algorithm that the others are compared with; None compares all with all."""
    envs: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("png", "pdf")
    theme: Theme = "light"
    width: float | None = None
    """Of each figure in inches; None lets each be as wide as suits it."""
    allow_mixed: bool = False
    """Whether runs that must not be mixed are drawn apart by name rather than refused."""
    out: Path | None = None
    """Where figures go; None is `plots/` in the first folder."""

    @property
    def trailing(self) -> int:
        """Points of each seed that a trailing mean is over, 1 unless chosen; diagnostics then choose for themselves."""
        return self.smooth or 1


@dataclass(frozen=True)
class ComparisonOptions:
    """The choices of a comparison: of `rlbench compare`, and of the page that `rlbench report` writes."""

    metric: Metric | None = None
    """None: evaluations by the mean action where every run has one, else training returns."""
    score: Score = "final"
    statistic: Statistic = "mean"
    interval: Interval = "auto"
    threshold: float | None = None
    """A return: tell also when each algorithm first reached it."""
    baseline: str | None = None
    """The one algorithm that the others are compared with; None compares all with all."""
    published: bool = False
    """Whether others' results are set beside these."""


OF_SOME_KINDS: dict[str, tuple[Kind, ...]] = {
    "score": ("profile", "aggregate", "improvement", "final"),
    "statistic": ("curves", "aggregate", "efficiency", "final", "diagnostics"),
    "interval": ("curves", "final", "diagnostics"),
    "smooth": ("curves", "efficiency", "diagnostics"),
    "x": ("curves", "efficiency"),
    "baseline": ("improvement",),
}
"""Options that only some kinds of figures have."""
NARROWEST, WIDEST = 2.5, 40.0
"""Inches."""


def check_plot_options(options: PlotOptions) -> None:
    """Refuse what is no choice, and an option that this kind of figure has no use for."""
    check_choice([options.kind], Kind, "--kind")
    check_choice([options.score], Score, "--score")
    check_choice([options.statistic] if options.statistic else [], Statistic, "--statistic")
    check_choice([options.interval], Interval, "--interval")
    check_choice([options.x], Axis, "--x")
    check_choice([options.theme], Theme, "--theme")
    for name in options.formats:
        if name not in FORMATS:
            raise UserError(f"No format {shown(name)!r}.{nearest(name, FORMATS)} Choose of {', '.join(FORMATS)}.")
    width = options.width
    if width is not None and not (isinstance(width, Real) and NARROWEST <= width <= WIDEST):
        raise UserError(f"--width is a number of inches from {NARROWEST:g} to {WIDEST:g}, such as 3.3 for a column.")
    if options.smooth is not None and (type(options.smooth) is not int or options.smooth < 1):
        raise UserError("--smooth is a whole number of at least 1.")
    for option, kinds in OF_SOME_KINDS.items():
        if options.kind not in kinds and getattr(options, option) != getattr(PlotOptions, option):
            raise UserError(f"--{option} belongs to --kind {', '.join(kinds)}, not to --kind {options.kind}.")
