"""One call from folders to figures, the numbers behind them, and what the reader should be told."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlbench.analysis.figures import aggregate, curves, diagnostics, efficiency, final, improvement, profile
from rlbench.analysis.figures.sheet import Sheet, compose, grid_of, inches_of, paint_into
from rlbench.analysis.figures.write import make_folder, write_csv, write_sheets
from rlbench.analysis.frames.estimates import estimate_frame
from rlbench.analysis.frames.scores import score_frame
from rlbench.analysis.options import Kind, Metric, PlotOptions, check_plot_options
from rlbench.analysis.reading.choice import Choice, Readings, read
from rlbench.analysis.reading.metrics import EVALUATIONS, TRAINING, column_of
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.statistics.intervals import check_interval
from rlbench.analysis.suite_defaults import plot_defaults

Make = Callable[[Readings, PlotOptions], tuple[list[Sheet], list[str]]]
Columns = Callable[[PlotOptions], Collection[str]]
KINDS: dict[Kind, tuple[Columns, Make]] = {
    "curves": (curves.columns, curves.sheets),
    "profile": (profile.columns, profile.sheets),
    "aggregate": (aggregate.columns, aggregate.sheets),
    "improvement": (improvement.columns, improvement.sheets),
    "efficiency": (efficiency.columns, efficiency.sheets),
    "final": (final.columns, final.sheets),
    "diagnostics": (diagnostics.columns, diagnostics.sheets),
}


@dataclass(frozen=True)
class Plot:
    """Figures, and what they rest on. The first figure is the one of everything, where there are several."""

    sheets: Sequence[Sheet]
    """What each figure shows, before it is drawn: its `name`, `numbers` and `caption` among it."""
    options: PlotOptions
    summary: pd.DataFrame
    """The scores of the same runs, as `rlbench table` has them: those that are drawn, or else final ones."""
    notes: list[str]
    """What the reader should be told about the runs."""
    paths: list[Path] = field(default_factory=list)
    """Files that were written."""
    axes: Axes | None = None
    """The axes that were given to draw into."""
    titles: Titles = PLAIN
    """What environments and algorithms are called where a person reads them."""

    @cached_property
    def figure(self) -> Figure:
        """The first figure."""
        given = self.axes.get_figure(root=True) if self.axes else None
        return given or compose(self.sheets[0], self.options.theme, self.options.width)

    @property
    def numbers(self) -> pd.DataFrame:
        """Every number in the first figure."""
        return self.sheets[0].numbers

    @property
    def caption(self) -> str:
        """What exactly the first figure shows."""
        sheet = self.sheets[0]
        width = inches_of(self.axes)[0] if self.axes else grid_of(sheet.panels, self.options.width).width
        return sheet.caption_at(width)

    def _repr_png_(self) -> bytes:
        """How a notebook shows it."""
        from io import BytesIO

        file = BytesIO()
        self.figure.savefig(file, format="png", dpi=110)
        return file.getvalue()


def summary_metrics(sheet: Sheet) -> tuple[Metric, ...]:
    """Evaluations, and training returns before them where it is these that the figure shows."""
    drawn = {column_of(metric) for metric in sheet.numbers.get("metric", ())}
    return ("return", *EVALUATIONS) if TRAINING in drawn else EVALUATIONS


def plot_folders(folders: Sequence[Path], options: PlotOptions | None = None, axes: Axes | None = None) -> Plot:
    """Read every run under `folders`, draw what was asked for, and write it with its numbers and a summary.

    With `axes`, one panel is drawn into them, and nothing is written.
    """
    options = plot_defaults(options or PlotOptions(), folders)
    check_plot_options(options)
    check_interval(options.statistic or "mean", options.interval)
    columns_of, make = KINDS[options.kind]
    choice = Choice(tuple(folders), options.envs, options.algorithms, options.allow_mixed)
    readings = read(choice, columns_of(options))
    sheets, notes = make(readings, options)
    sheets = [replace(sheet, together=[*sheet.together, *readings.labels]) for sheet in sheets]
    runs = score_frame(readings.logs, summary_metrics(sheets[0]))
    summary = estimate_frame(runs, (options.score,), options.statistic or "mean", options.interval)
    if axes is not None:
        paint_into(axes, sheets, options.theme)
        return Plot(sheets, options, summary, notes, axes=axes, titles=readings.titles)
    if not options.formats:
        return Plot(sheets, options, summary, notes, titles=readings.titles)
    out = make_folder(options.out, folders[0])
    paths = [*write_sheets(out, sheets, options), write_csv(summary, out / "summary.csv")]
    return Plot(sheets, options, summary, notes, paths, titles=readings.titles)
