"""What a figure is made of: panels that paint themselves, those of lines over an axis among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rlbench.analysis.figures.looks import Look
from rlbench.analysis.figures.style import NARROW, set_ticks
from rlbench.analysis.figures.themes import Theme
from rlbench.analysis.text import shown

Array = NDArray[np.float64]
EXTREME = 0.03
"""The share of values at either end that an inner range leaves out, and that its margin may hold all the same."""
MARKS, MARKS_IF_NARROW = 11, 4
"""The most marks along a line."""
DENSE = 90
"""Of more points lines are thin, and bands have no edges."""
FEW_LINES = 5
"""Of more than these the bands are paler and have edges, so that none is buried."""


@dataclass(frozen=True)
class Hand:
    """What a panel is painted with."""

    looks: Mapping[str, Look]
    theme: Theme
    width: float
    """Of the panel, in inches."""
    height: float
    first: bool = True
    """Whether this panel is the leftmost of its row, and so names the rows."""


class Panel(Protocol):
    """One set of axes."""

    @property
    def title(self) -> str: ...

    @property
    def note(self) -> str:
        """In small type below the title: what a reader would look for and not find."""

    @property
    def x_label(self) -> str:
        """Empty where the figure names the axis for all panels."""

    def paint(self, axis: Axes, hand: Hand) -> None: ...


@dataclass(frozen=True)
class Line:
    """One line and its band."""

    name: str
    x: Array
    y: Array
    low: Array
    high: Array
    stepped: bool = False
    """Whether a value holds until the next one, rather than being joined to it."""
    diverged: bool = False


@dataclass(frozen=True)
class Level:
    """A line across the panel."""

    y: float
    name: str = ""
    """Whose it is; empty where it is everybody's."""


@dataclass(frozen=True)
class LinePanel:
    """Lines over an axis."""

    title: str
    lines: Sequence[Line]
    note: str = ""
    x_label: str = ""
    levels: Sequence[Level] = ()
    share: bool = False
    """Whether y is a share, from 0 to 1."""
    from_zero: bool = True
    """Whether the x axis begins at 0."""
    inner: bool = False
    """Whether the y axis is that of all but the most extreme values, which would flatten all others."""

    def paint(self, axis: Axes, hand: Hand) -> None:
        dense = not self.share and max(len(line.x) for line in self.lines) > DENSE
        for place, line in enumerate(self.lines):
            paint_curve(axis, line, hand, place, len(self.lines) > FEW_LINES, dense, inner=self.share)
        for level in self.levels:
            color = hand.looks[level.name].color if level.name else hand.theme.ink
            axis.axhline(level.y, color=color, linestyle=(0, (1.2, 1.8)), linewidth=1.3, zorder=4)
        ends = [float(line.x[-1]) for line in self.lines]
        if self.from_zero:
            axis.set_xlim(left=0, right=1.02 * max(ends) or 1)
        else:
            starts = [float(line.x[0]) for line in self.lines]
            axis.set_xlim(left=min(starts), right=max(ends) + 0.02 * (max(ends) - min(starts)) or 1)
        if self.share:
            axis.set_ylim(-0.02, 1.02)
        if self.inner:
            axis.set_ylim(*self.inner_range())
        set_ticks(axis, hand.width, hand.height)

    def has_unmarked_points(self, width: float) -> bool:
        """Whether some line, in a panel of so many inches, has points without a mark."""
        return not self.share and any(len(line.x) > marks_along(width) for line in self.lines)

    def inner_range(self) -> tuple[float, float]:
        """From the lowest to the highest of the middle values, and of levels."""
        values = np.concatenate([line.y for line in self.lines])
        low, high = np.quantile(values, [EXTREME, 1 - EXTREME])
        low, high = min([low, *(each.y for each in self.levels)]), max([high, *(each.y for each in self.levels)])
        margin = 0.25 * (high - low) or 0.05 * abs(high) or 1.0
        return low - margin, high + margin


def paint_curve(
    axis: Axes, line: Line, hand: Hand, place: int, crowded: bool, dense: bool = False, inner: bool = False
) -> None:
    """One line and its band, which lies below all lines whichever is painted first. `place`: among the lines."""
    paint_band(axis, line, hand.looks[line.name], place, crowded, dense)
    paint_line(axis, line, hand, dense, inner)


def line_style(look: Look, theme: Theme, scale: float = 1.0) -> dict[str, Any]:
    """How matplotlib draws an algorithm's lines."""
    return {
        "color": look.color,
        "linestyle": look.dash,
        "marker": look.marker,
        "markersize": look.size * scale,
        "markeredgecolor": theme.background,
        "markeredgewidth": 0.5 * scale,
    }


def paint_band(axis: Axes, line: Line, look: Look, place: int, crowded: bool, dense: bool) -> None:
    if not np.isfinite(line.low).any():
        return
    step: Literal["post"] | None = "post" if line.stepped else None
    order = 1 + place / 1000
    alpha = 0.07 if crowded else 0.15
    axis.fill_between(line.x, line.low, line.high, step=step, color=look.color, alpha=alpha, linewidth=0, zorder=order)
    style = "steps-post" if line.stepped else "default"
    if dense:
        return  # edges of noise are noise
    for edge in (line.low, line.high):
        axis.plot(
            line.x,
            edge,
            color=look.color,
            alpha=0.45 if crowded else 0.35,
            linewidth=0.45,
            drawstyle=style,
            zorder=1.5 + place / 1000,
            label="_edge",
        )


def paint_line(axis: Axes, line: Line, hand: Hand, dense: bool, inner: bool) -> None:
    """`inner`: without marks where the line lies on 0 or on 1, as many lines do."""
    look, narrow = hand.looks[line.name], hand.width < NARROW
    places = np.flatnonzero((line.y > 0.01) & (line.y < 0.99)) if inner else np.arange(len(line.y))
    axis.plot(
        line.x,
        line.y,
        markevery=[int(places[mark]) for mark in mark_places(len(places), look.turn, marks_along(hand.width))],
        linewidth=0.9 if dense else 1.1 if narrow else 1.4,
        drawstyle="steps-post" if line.stepped else "default",
        zorder=3,
        label=shown(line.name, 40),
        **line_style(look, hand.theme, 0.75 if narrow else 1.0),
    )
    if line.diverged:
        end = (line.x[-1:], line.y[-1:])
        axis.plot(*end, marker="x", markersize=7, markeredgewidth=1.8, color=look.color, zorder=5, label="_diverged")


def marks_along(width: float) -> int:
    """The most marks along a line of a panel of so many inches."""
    return MARKS_IF_NARROW if width < NARROW else MARKS


def mark_places(points: int, turn: float, marks: int = MARKS) -> list[int]:
    """Evenly spread indices, shifted by `turn` of their distance; every point of a short line."""
    if points <= marks:
        return list(range(points))
    distance = points / marks
    return sorted({int((i + turn) * distance) for i in range(marks)})
