"""Panels of rows and of cells: estimates below one another, and a number for each pair."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from rlbench.analysis.figures.looks import Look
from rlbench.analysis.figures.panels import Hand
from rlbench.analysis.figures.style import SMALL, TEXT, Theme, UnitFormatter, readable, set_ticks
from rlbench.analysis.text import shown

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Mark:
    """A published result."""

    value: float
    alike: bool
    """Whether it was measured as the dots beside it were."""
    std: float = np.nan
    shape: str = "D"
    """Matplotlib's marker, the same for all results of a source."""


@dataclass(frozen=True)
class Row:
    """An estimate with its interval, and what it was made of."""

    name: str
    """The algorithm whose look it has."""
    label: str
    value: float
    low: float = np.nan
    high: float = np.nan
    dots: Array = field(default_factory=lambda: np.empty(0))
    crosses: Array = field(default_factory=lambda: np.empty(0))
    """Dots of seeds that diverged."""
    marks: Sequence[Mark] = ()


@dataclass(frozen=True)
class RowPanel:
    """Estimates below one another, each in a row of its own."""

    title: str
    rows: Sequence[Row]
    note: str = ""
    x_label: str = ""
    level: float | None = None
    """A line down the panel, to see rows against."""
    limits: tuple[float, float] | None = None

    @property
    def most_marks(self) -> int:
        """The most published results of a row."""
        return max((len(row.marks) for row in self.rows), default=0)

    def paint(self, axis: Axes, hand: Hand) -> None:
        if self.level is not None:
            axis.axvline(self.level, color=hand.theme.muted, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1.5)
        for place, row in enumerate(self.rows):
            paint_row(axis, row, place, hand.looks[row.name], hand.theme)
        axis.set_ylim(len(self.rows) - 0.45, -0.55)
        axis.grid(visible=False, axis="y")
        axis.tick_params(axis="y", length=0)
        set_ticks(axis, hand.width, hand.height)
        axis.set_yticks(range(len(self.rows)))
        axis.yaxis.set_major_formatter(UnitFormatter())
        axis.set_yticklabels([shown(row.label, 37) for row in self.rows], fontsize=TEXT if hand.width > 2 else SMALL)
        if not hand.first:
            axis.tick_params(axis="y", labelleft=False)
        if self.limits:
            axis.set_xlim(*self.limits)


def paint_row(axis: Axes, row: Row, place: int, look: Look, theme: Theme) -> None:
    offsets = place + spread(len(row.dots) + len(row.crosses))
    dots, crosses = offsets[: len(row.dots)], offsets[len(row.dots) :]
    axis.plot(row.dots, dots, linestyle="", marker="o", markersize=3.2, color=look.color, alpha=0.55, mew=0, zorder=2)
    axis.plot(row.crosses, crosses, linestyle="", marker="x", markersize=4, color=look.color, mew=1.1, zorder=2)
    if np.isfinite(row.low):
        style: dict[str, Any] = {"solid_capstyle": "butt", "linewidth": 5.0, "alpha": 0.45}
        axis.plot([row.low, row.high], [place, place], color=look.color, zorder=3, **style)
    if np.isfinite(row.value):
        tick: dict[str, Any] = {"linestyle": "", "marker": "|", "markersize": 10, "markeredgewidth": 2.0}
        axis.plot([row.value], [place], color=readable(look.color, theme), zorder=4, **tick)
    for mark, depth in zip(row.marks, depths(len(row.marks))):
        if np.isfinite(mark.std):
            ends = [mark.value - mark.std, mark.value + mark.std]
            axis.plot(ends, [place + depth] * 2, color=theme.ink, linewidth=0.7, zorder=3.5)
        axis.plot(
            [mark.value],
            [place + depth],
            linestyle="",
            marker=mark.shape,
            markersize=3.6,
            markerfacecolor=theme.ink if mark.alike else theme.background,
            markeredgecolor=theme.ink,
            markeredgewidth=0.8,
            zorder=5,
        )


def depths(count: int) -> Array:
    """Offsets of published results below the middle of their row: one below the other, and none on the next row."""
    return np.linspace(0.18, 0.42, count) if count > 1 else np.full(count, 0.3)


def spread(count: int) -> Array:
    """Offsets of dots from the middle of their row: the same for the same seeds, neighbours apart."""
    if count < 2:
        return np.zeros(count)
    return np.array([-0.26 + 0.36 * ((7 * place) % count) / (count - 1) for place in range(count)])


@dataclass(frozen=True)
class MatrixPanel:
    """A number for each pair of rows and columns, on a colour scale from 0 to 1."""

    title: str
    names: Sequence[str]
    """The algorithms whose looks rows and columns have."""
    numbers: Array
    """`[row, column]`, NaN where there is none."""
    sure: NDArray[np.bool_]
    """Whether a test tells the two apart: such numbers are bold."""
    note: str = ""
    x_label: str = ""
    labels: Sequence[str] = ()
    """What rows and columns are called, where not by their names."""

    def paint(self, axis: Axes, hand: Hand) -> None:
        low, middle, high = hand.theme.palette[4], hand.theme.background, hand.theme.palette[0]
        colors = LinearSegmentedColormap.from_list("chance", [low, middle, high])
        axis.imshow(self.numbers, cmap=colors, vmin=0, vmax=1, aspect="auto", alpha=0.75)
        size = max(5.0, min(TEXT, hand.width * 72 / len(self.names) / 3.6))
        for row, column in np.ndindex(*self.numbers.shape):
            number = self.numbers[row, column]
            if np.isfinite(number):
                weight = "bold" if self.sure[row, column] else "normal"
                text = f"{number:.2f}".removeprefix("0") if 0.005 <= number < 0.995 else f"{number:.0f}"
                axis.text(column, row, text, ha="center", va="center", fontsize=size, weight=weight)
        labels = [shown(name, 20) for name in self.labels or self.names]
        axis.set_xticks(range(len(labels)), labels, rotation=60, ha="right", rotation_mode="anchor")
        axis.set_yticks(range(len(labels)), labels)
        axis.tick_params(length=0, labelsize=TEXT if hand.width > 4 else SMALL)
        axis.grid(visible=False)
        axis.spines[:].set_visible(False)
        for name, label in zip([*self.names, *self.names], [*axis.get_xticklabels(), *axis.get_yticklabels()]):
            label.set_color(readable(hand.looks[name].color, hand.theme))
