"""Names at the ends of lines, where there is room; they need no legend then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation

from rlbench.analysis.figures.looks import Look
from rlbench.analysis.figures.panels import Line, LinePanel, Panel
from rlbench.analysis.figures.style import SMALL, TEXT, readable
from rlbench.analysis.figures.themes import Theme
from rlbench.analysis.text import shown

MOST_LABELS = 24
"""In all panels of a figure together: more are a thicket."""
LONGEST = 22
POINTS = 72
OUTSIDE = 1.03
"""Where lines to names end, in widths of the axes."""
EARLY = 0.9
"""A line that ends before this share of the axis is named beside its end, inside the axes."""
LEADING = 1.22
"""Distance of lines of text, in sizes of type."""


@dataclass(frozen=True)
class Label:
    """A name outside the axes, and the end of its line."""

    text: Annotation
    x: float
    y: float
    color: str


def label_size(width: float) -> float:
    """Of the type, for a panel of so many inches."""
    return TEXT if width > 2.6 else SMALL


def labels_fit(panels: Sequence[Panel], labels: Mapping[str, str], width: float, height: float) -> bool:
    """Whether every line of every panel can be named at its end."""
    lines = [panel.lines for panel in panels if isinstance(panel, LinePanel)]
    if len(lines) < len(panels) or not labels or sum(map(len, lines)) > MOST_LABELS:
        return False
    size = label_size(width)
    longest = max(map(len, labels.values()))
    tall = max(map(len, lines)) * size * LEADING <= 0.68 * height * POINTS
    return tall and longest <= LONGEST and longest * 0.58 * size <= 0.3 * width * POINTS


def add_labels(
    axis: Axes, lines: Sequence[Line], labels: Mapping[str, str], looks: Mapping[str, Look], theme: Theme, width: float
) -> list[Label]:
    """Each name to the right of the axes, for now where its line ends; `settle` moves those that meet.

    A line that ends early has its name beside its end.
    """
    left, right = axis.get_xlim()
    outside = []
    for line in lines:
        early = line.x[-1] < EARLY * right
        color = readable(looks[line.name].color, theme)
        text = axis.annotate(
            shown(labels[line.name], LONGEST),
            xy=(line.x[-1] if early else left + OUTSIDE * (right - left), line.y[-1]),
            xytext=(6 if early else 0, 0),
            textcoords="offset points",
            va="center",
            ha="left",
            fontsize=label_size(width),
            color=color,
            annotation_clip=False,
            zorder=6,
        )
        if early:
            text.set_path_effects([withStroke(linewidth=2.5, foreground=theme.background)])  # others may pass there
        else:
            outside.append(Label(text, float(line.x[-1]), float(line.y[-1]), looks[line.name].color))
    return outside


def settle(axis: Axes, labels: Sequence[Label]) -> None:
    """Move labels apart and join each to its line. The axes must have their final size."""
    low, high = axis.get_ylim()
    left, right = axis.get_xlim()
    height = axis.bbox.height / axis.figure.dpi * POINTS
    if not labels or not height > 0:
        return
    size = float(labels[0].text.get_fontsize())
    wanted = [(label.y - low) / (high - low) * height for label in labels]
    edge = left + OUTSIDE * (right - left)
    for label, place in zip(labels, apart(wanted, size * LEADING, height)):
        y = low + place / height * (high - low)
        label.text.xy = (edge, y)
        join = Line2D(
            [label.x, edge], [label.y, y], linewidth=0.6, color=label.color, clip_on=False, zorder=2.9, label="_join"
        )
        join.set_in_layout(False)
        axis.add_artist(join)


def apart(places: Sequence[float], distance: float, height: float) -> list[float]:
    """The nearest places in the same order that are `distance` apart, from 0 to `height` where they fit."""
    order = np.argsort(places, kind="stable")
    blocks: list[tuple[float, int]] = []  # centre and number of labels that touch
    for place in (min(max(places[i], 0.0), height) for i in order):
        centre, count = place, 1
        while blocks and centre - (count - 1) / 2 * distance < blocks[-1][0] + (blocks[-1][1] + 1) / 2 * distance:
            other, number = blocks.pop()
            centre, count = (centre * count + other * number) / (count + number), count + number
            half = (count - 1) / 2 * distance
            centre = min(max(centre, half), max(height - half, half))
        blocks.append((centre, count))
    settled = [centre + (k - (count - 1) / 2) * distance for centre, count in blocks for k in range(count)]
    found = [0.0] * len(settled)
    for place, index in zip(settled, order):
        found[index] = place
    return found
