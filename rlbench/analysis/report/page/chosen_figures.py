"""Which figures the page has: kinds of `rlbench plot` that draw lines or rows, of the same runs and choices."""

from collections.abc import Mapping, Sequence
from typing import Any

from rlbench.analysis.figures.plot import KINDS
from rlbench.analysis.figures.sheet import Sheet
from rlbench.analysis.options import OF_SOME_KINDS, ComparisonOptions, Kind, PlotOptions
from rlbench.analysis.reading.choice import Readings
from rlbench.analysis.report.page.pictures import Entry, Picture, legend_of, picture
from rlbench.errors import UserError

FIGURES: dict[Kind, str] = {
    "curves": "Learning curves",
    "final": "Every seed",
    "aggregate": "All environments together",
    "profile": "Performance profiles",
    "efficiency": "Learning curves over all environments",
}
OVER_ALL: tuple[Kind, ...] = ("aggregate", "profile", "efficiency")


def pictures_of(
    readings: Readings, options: ComparisonOptions, together: bool
) -> tuple[list[Entry], list[Picture], list[str]]:
    """Legend and figures, as `rlbench plot` draws them, and what is to be said of them.

    together: whether there are scores over several environments.
    """
    titles = readings.titles
    algorithms = titles.sorted_algorithms({run.algorithm for run in readings.runs})
    remarks: Mapping[str, str] = {}
    pictures: list[Picture] = []
    notes: list[str] = []
    for kind, title in FIGURES.items():
        if kind in OVER_ALL and not together:
            continue
        try:
            sheets, said = KINDS[kind][1](readings, plot_options(kind, options))
        except UserError as error:
            notes += [str(error)] if kind == "curves" else []  # others have nothing to draw for the same reason
            continue
        if kind == "curves":
            remarks, notes = sheets[0].remarks, said
        pictures.append(picture(title, whole(sheets), algorithms, f"{kind}-"))
    return legend_of(algorithms, remarks, titles) if pictures else [], pictures, notes


def plot_options(kind: Kind, options: ComparisonOptions) -> PlotOptions:
    """The same choices, where this kind of figure has them."""
    names = [name for name in ("score", "statistic", "interval") if kind in OF_SOME_KINDS[name]]
    chosen: dict[str, Any] = {name: getattr(options, name) for name in names}
    if kind == "aggregate" and options.statistic == "mean":
        chosen["statistic"] = None  # all of them
    return PlotOptions(kind=kind, metric=options.metric, **chosen)


def whole(sheets: Sequence[Sheet]) -> Sequence[Sheet]:
    """The sheet of all environments, or, where there is none, that of each."""
    rest = sum(len(sheet.panels) for sheet in sheets[1:])
    return sheets[:1] if len(sheets[0].panels) == rest or len(sheets) == 1 else sheets
