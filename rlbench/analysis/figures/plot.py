"""One call from folders to figures, the numbers behind them, a table, and what the reader should be told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rlbench.analysis.figures.figure import Missing, Words, draw, save
from rlbench.analysis.figures.style import looks
from rlbench.analysis.frames.checks import comparison_notes
from rlbench.analysis.frames.curves import Curve, build_curves, curve_table, seed_counts
from rlbench.analysis.options import FORMATS, PlotOptions
from rlbench.analysis.reading.choice import Choice, read
from rlbench.analysis.reading.metrics import (
    EVAL_DET,
    FEWEST_EVALUATIONS,
    TRAINING,
    axis_name,
    check_column,
    column_of,
)
from rlbench.analysis.reading.physics import say_physics
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.runs import Run
from rlbench.analysis.report.table import Table, summary
from rlbench.analysis.statistics.estimates import STATISTIC_NAMES
from rlbench.analysis.statistics.intervals import check_interval, interval_names
from rlbench.analysis.text import file_name, shown, shown_path
from rlbench.errors import UserError, nearest
from rlbench.layout import PLOTS_FOLDER

MOST_PANELS = 60


@dataclass(frozen=True)
class Report:
    """What a call of `plot_folders` made."""

    paths: list[Path]
    notes: list[str]
    table: Table
    column: str
    """The column of progress.csv that was drawn."""


def plot_folders(folders: Sequence[Path], options: PlotOptions | None = None) -> Report:
    """Read every run under `folders`, draw its metric, write the numbers beside, and sum up."""
    options = options or PlotOptions()
    check_interval(options.statistic, options.interval)
    check_formats(options.formats)
    metric = column_of(options.metric) if options.metric else TRAINING
    choice = Choice(tuple(folders), options.envs, options.algorithms, options.allow_mixed)
    readings = read(choice, {TRAINING, metric})
    logs, notes = readings.logs, readings.notes
    column = decide(options.metric, logs)
    curves, drawn_notes = build_curves(logs, column, options.statistic, options.interval, options.smooth)
    if not curves:
        raise UserError(f"No run has a value of {axis_name(column)} to draw yet. Choose another --metric.")
    notes += [*drawn_notes, *comparison_notes(logs, seed_counts(curves))]
    out = make_folder(options.out, folders[0])
    table = summary(logs, options.statistic, options.interval)
    paths = write_all(out, curves, table.estimates, column, options, without_curve(readings.runs, curves), notes)
    return Report(paths, notes, table, column)


def without_curve(runs: Sequence[Run], curves: Sequence[Curve]) -> Missing:
    """By environment, the algorithms that have runs there and nothing to draw."""
    drawn = {(curve.env, curve.algorithm) for curve in curves}
    missing: dict[str, list[str]] = defaultdict(list)
    for env, algorithm in dict.fromkeys((run.env, run.algorithm) for run in runs):
        if (env, algorithm) not in drawn:
            missing[env].append(algorithm)
    return missing


def check_formats(formats: Sequence[str]) -> None:
    for name in formats:
        if name not in FORMATS:
            raise UserError(f"No format {shown(name)!r}.{nearest(name, FORMATS)} Choose of {', '.join(FORMATS)}.")


def decide(metric: str | None, logs: Sequence[Log]) -> str:
    """The column to draw. Unless told: evaluations where every run has a few, else training returns."""
    if metric:
        check_column(metric, sorted({name for log in logs for name in log.columns}))
        return column_of(metric)
    often = all(EVAL_DET in log.series and len(log.series[EVAL_DET].steps) >= FEWEST_EVALUATIONS for log in logs)
    return EVAL_DET if often else TRAINING


def make_folder(out: Path | None, first: Path) -> Path:
    folder = out or first / PLOTS_FOLDER
    if out is None and folder.is_symlink():
        raise UserError(f"{shown_path(folder)} is a link to another place. Name the folder to write into with --out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(cannot_write(folder, error)) from None
    return folder


def cannot_write(folder: Path, error: OSError) -> str:
    return f"Cannot write to {shown_path(folder)}: {error.strerror}. Name another folder with --out."


def write_all(
    out: Path,
    curves: list[Curve],
    table: pd.DataFrame,
    column: str,
    options: PlotOptions,
    missing: Missing,
    notes: list[str],
) -> list[Path]:
    """A figure an environment, one of all where there are several, and the summary."""
    styles = looks(sorted({curve.algorithm for curve in curves}))
    envs = sorted({curve.env for curve in curves})
    figures = {} if len(envs) == 1 else {"all": curves}
    if len(envs) > MOST_PANELS:
        notes.append(f"{len(envs)} environments are too many for one figure: each has its own alone")
        figures = {}
    for env in envs:
        name = file_name(env)
        while name in figures:
            name += "-2"
        figures[name] = [curve for curve in curves if curve.env == env]
    try:
        paths = [
            path
            for name, members in figures.items()
            for path in write_figure(out / f"{name}_{file_name(column)}", members, column, options, styles, missing)
        ]
        return [*paths, write_csv(table, out / "summary.csv")]
    except OSError as error:
        raise UserError(cannot_write(out, error)) from None


def write_figure(
    stem: Path, curves: list[Curve], column: str, options: PlotOptions, styles: dict, missing: Missing
) -> list[Path]:
    figure = draw(curves, styles, words(curves, column, options, missing))
    paths = []
    for kind in dict.fromkeys(options.formats):
        path = stem.with_name(f"{stem.name}.{kind}")
        save(figure, path, kind)
        paths.append(path)
    return [*paths, write_csv(curve_table(curves, column), stem.with_name(f"{stem.name}.csv"))]


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with beside.open("x", newline="", encoding="utf-8") as file:
        table.to_csv(file, index=False)
    beside.replace(path)
    return path


def words(curves: Sequence[Curve], column: str, options: PlotOptions, missing: Missing) -> Words:
    """The axis, and a caption that names the statistic and the interval."""
    counts = [curve.n for curve in curves]
    line = f"Line: {STATISTIC_NAMES[options.statistic]} over seeds."
    names = interval_names(options.interval, options.statistic, counts)
    band = f" Band: {names}{', none where n = 1' if min(counts) == 1 else ''}."
    caption = line + (band if options.interval != "none" else " No interval is drawn.")
    if max(counts) == 1:
        caption = "One seed a curve: no interval."
    if any(curve.cut for curve in curves):
        caption += " Curves end where not all of their seeds go on."
    if any(curve.diverged for curve in curves):
        caption += " ×: a seed diverged."
    if any(curve.changed for curve in curves):
        caption += " Changed: a seed's file was changed after its run ended, and is not as rlbench wrote it."
    caption += f" {say_physics({(curve.env, curve.algorithm): curve.physics for curve in curves})}"
    title = f"smoothed: trailing mean of {options.smooth} points of each seed" if options.smooth > 1 else ""
    return Words(axis_name(column), caption, title, missing)
