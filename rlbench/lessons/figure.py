"""The figure of a lesson: panels with linear or logarithmic axes, means and intervals over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes as Drawn
from matplotlib.ticker import LogFormatter, LogLocator, NullFormatter

from rlbench.analysis.figures.panels import Hand, Level, Line, LinePanel, Panel
from rlbench.analysis.figures.rows import Row, RowPanel
from rlbench.analysis.figures.sheet import Sheet
from rlbench.analysis.statistics.intervals import bounds, interval_names
from rlbench.lessons.contract import Array, Axes, Lesson, Measured

LOOKS = ("trpo", "ppo", "cem", "npg", "cma-es", "a2c", "acktr", "trpo-vine", "reinforce")
"""Algorithms whose colours and marks the lines of a lesson have, in this order: neighbours are easy to tell apart."""


@dataclass(frozen=True)
class LessonPanel(LinePanel):
    """Lines over axes of which each may be logarithmic."""

    log_x: bool = False
    log_y: bool = False
    lowest: float | None = None

    def paint(self, axis: Drawn, hand: Hand) -> None:
        if not self.lines:
            axis.text(0.5, 0.5, "nothing above 0", ha="center", transform=axis.transAxes)
            return
        super().paint(axis, hand)
        if self.log_x:
            places = np.concatenate([line.x for line in self.lines])
            axis.set_xscale("log")
            axis.set_xlim(places.min() / 1.1, places.max() * 1.1)
            set_log_ticks(axis, "x")
        if self.log_y:
            axis.set_yscale("log")
            set_log_ticks(axis, "y")
        if self.lowest is not None:
            axis.set_ylim(bottom=self.lowest)


@dataclass(frozen=True)
class LogRowPanel(RowPanel):
    """Rows over a logarithmic axis."""

    def paint(self, axis: Drawn, hand: Hand) -> None:
        super().paint(axis, hand)
        axis.set_xscale("log")
        set_log_ticks(axis, "x")


def set_log_ticks(axis: Drawn, which: str) -> None:
    """A tick at each power of ten, and where there are few of them at more."""
    scale = axis.xaxis if which == "x" else axis.yaxis
    low, high = sorted(axis.get_xlim() if which == "x" else axis.get_ylim())
    decades = np.log10(high / low)
    scale.set_major_locator(LogLocator(subs=(1.0,) if decades > 2 else (1.0, 2.0, 5.0), numticks=8))
    scale.set_major_formatter(PlainLogFormatter())
    scale.set_minor_formatter(NullFormatter())


class PlainLogFormatter(LogFormatter):
    """Ticks as plain numbers: 0.01, 100, 1e−05."""

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002  (matplotlib's signature)
        return f"{x:g}".replace("-", "−")


def summarise(measured: Sequence[Measured], panels: Sequence[Axes], seeds: Sequence[int]) -> pd.DataFrame:
    """A row for each point: mean and interval over seeds, and every seed's number."""
    logs = {panel.title for panel in panels if panel.log_y}
    rows = []
    for each in measured:
        mean, low, high = mean_and_interval(each.values, each.panel in logs)
        own = {f"seed {seed}": value for seed, value in zip(seeds, each.values, strict=True)}
        rows.append({"panel": each.panel, "line": each.line, "x": each.x, "mean": mean, "low": low, "high": high} | own)
    return pd.DataFrame(rows)


def mean_and_interval(values: Array, logs: bool) -> tuple[float, float, float]:
    """Over seeds; of logarithms where the axis is logarithmic, which has no place for what is not positive."""
    if logs and not (values > 0).all():
        return np.nan, np.nan, np.nan
    column = np.log(values)[:, None] if logs else values[:, None]
    numbers = np.array([column.mean(), *bounds(column)[:, 0]])
    mean, low, high = np.exp(numbers) if logs else numbers
    return float(mean), float(low), float(high)


def sheet_of(
    name: str, lesson: Lesson, env: str, numbers: pd.DataFrame, seeds: int, changes: Mapping[str, Any]
) -> Sheet:
    """The figure before it is drawn."""
    drawn = dict(zip(dict.fromkeys(numbers["line"]), LOOKS, strict=False))
    panels = [panel_of(axes, numbers[numbers["panel"] == axes.title], drawn) for axes in lesson.panels]
    rows = isinstance(panels[0], RowPanel)
    over = f"Means over {seeds} seeds and {interval_names('auto', 'mean', [seeds])}" if seeds > 1 else "One seed"
    changed = "".join(f", {key}={value}" for key, value in changes.items())
    logs = " Where an axis of values is logarithmic, both are of logarithms." if has_logs(lesson) and seeds > 1 else ""
    return Sheet(
        name=name,
        panels=panels,
        numbers=numbers,
        caption=f"{env}{changed}: {lesson.title}. {over}.{logs}",
        names={} if rows else {look: line for line, look in drawn.items()},
        together=list(drawn.values()),
        says=lesson.title,
        at_ends=False,
    )


def has_logs(lesson: Lesson) -> bool:
    return any(panel.log_y for panel in lesson.panels)


def panel_of(axes: Axes, numbers: pd.DataFrame, drawn: Mapping[str, str]) -> Panel:
    """One panel with its lines or rows; `drawn` has the look of each."""
    if axes.rows:
        made = LogRowPanel if axes.log_y else RowPanel
        rows = [
            Row(drawn[row["line"]], row["line"], row["mean"], row["low"], row["high"])
            for row in numbers.to_dict("records")
        ]
        return made(axes.title, rows, x_label=axes.x_label, level=axes.level)
    levels = [] if axes.level is None else [Level(axes.level)]
    single = numbers["x"].nunique() == 1  # the x axis needs another end
    panel = LessonPanel(axes.title, lines_of(numbers, drawn), x_label=axes.x_label, levels=levels, from_zero=single)
    return replace(panel, log_x=axes.log_x, log_y=axes.log_y, lowest=axes.lowest)


def lines_of(numbers: pd.DataFrame, drawn: Mapping[str, str]) -> list[Line]:
    """Each line of a panel; points without a place on its axis are left out."""
    found = []
    for name, points in numbers.dropna(subset="mean").groupby("line", sort=False):
        x, y, low, high = (points.sort_values("x")[column].to_numpy(float) for column in ("x", "mean", "low", "high"))
        found.append(Line(drawn[str(name)], x, y, low, high))
    return found
