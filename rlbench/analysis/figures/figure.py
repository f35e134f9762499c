"""Curves -> a matplotlib figure: a panel an environment, a line an algorithm. No pyplot, so no global state."""

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rlbench.analysis.figures.style import GREY, Look, UnitFormatter, paper_style
from rlbench.analysis.frames.curves import Curve
from rlbench.analysis.text import listed, shown, units

MARKS = 7  # marks along a curve
Missing = Mapping[str, Sequence[str]]
"""By environment, algorithms that have runs there and no curve."""


@dataclass(frozen=True)
class Words:
    """What a figure says beside its curves."""

    y_axis: str
    caption: str
    title: str = ""
    """Above all panels; names the smoothing where there is some."""
    missing: Missing = field(default_factory=dict)


def draw(curves: Sequence[Curve], looks: dict[str, Look], words: Words) -> Figure:
    """All of `curves`, a panel for each environment among them."""
    envs = list(dict.fromkeys(curve.env for curve in curves))
    columns, width, height = grid_shape(len(envs))
    rows = -(-len(envs) // columns)
    legend = legend_labels(curves)
    with paper_style():
        figure = Figure(figsize=(columns * width, rows * height), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis in axes[len(envs) :]:
            axis.set_visible(False)
        for axis, env in zip(axes, envs):
            members = [curve for curve in curves if curve.env == env]
            drawn = {curve.algorithm for curve in members}
            missing = sorted({*legend, *words.missing.get(env, ())} - drawn)
            note = "\n".join([*missing_note(missing, width), *panel_notes(members, legend, len(envs))])
            draw_panel(axis, members, looks, note, width)
        if words.title:
            figure.suptitle(words.title, fontsize=9)
        add_foot(figure, legend, looks, words)
    return figure


def grid_shape(panels: int) -> tuple[int, float, float]:
    """Columns of panels, and a panel's width and height in inches."""
    if panels == 1:
        return 1, 5.0, 3.3
    columns = 2 if panels in (2, 4) else 3 if panels <= 9 else 4
    return columns, 3.0, 2.35


def draw_panel(axis: Axes, curves: Sequence[Curve], looks: dict[str, Look], note: str, width: float) -> None:
    for curve in curves:
        draw_curve(axis, curve, looks[curve.algorithm])
    axis.set_xlim(left=0, right=1.02 * max(curve.steps[-1] for curve in curves) or 1)
    for scale in (axis.xaxis, axis.yaxis):
        scale.set_major_formatter(UnitFormatter())
    axis.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axis.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    title = textwrap.fill(shown(curves[0].env), int(width * 9.5), break_on_hyphens=True)
    axis.set_title(title, pad=6 + 8 * (note.count("\n") + 1) if note else 6)
    if note:
        axis.text(0.5, 1.015, note, transform=axis.transAxes, ha="center", va="bottom", fontsize=6, color=GREY)


def draw_curve(axis: Axes, curve: Curve, look: Look) -> None:
    if np.isfinite(curve.low).any():
        axis.fill_between(curve.steps, curve.low, curve.high, color=look.color, alpha=0.16, linewidth=0)
    marks = mark_places(len(curve.steps), look.turn)
    axis.plot(
        curve.steps, curve.value, markevery=marks, linewidth=1.0 if len(curve.steps) > 200 else 1.4, **line_style(look)
    )
    if curve.diverged:
        end = (curve.steps[-1:], curve.value[-1:])
        axis.plot(*end, marker="x", markersize=7, markeredgewidth=1.8, color=look.color, zorder=5)


def line_style(look: Look) -> dict[str, Any]:
    return {
        "color": look.color,
        "linestyle": look.dash,
        "marker": look.marker,
        "markersize": look.size,
        "markeredgecolor": "white",
        "markeredgewidth": 0.5,
    }


def mark_places(points: int, turn: float) -> list[int]:
    """Evenly spread indices, shifted by `turn` of their distance; every point of a short curve."""
    if points <= MARKS:
        return list(range(points))
    distance = points / MARKS
    return sorted({int((i + turn) * distance) for i in range(MARKS)})


def remark(curve: Curve) -> str:
    """What a reader must know of one curve: n, and where it ends if not all seeds go on."""
    words = [f"n = {curve.n}"]
    if curve.cut:
        words.append(f"to {units(curve.shortest)} of {units(curve.longest)}")
    if curve.diverged:
        words.append(f"{len(curve.diverged)} diverged")
    if curve.changed:
        words.append(f"{len(curve.changed)} changed")
    return ", ".join(words)


def legend_labels(curves: Sequence[Curve]) -> dict[str, str]:
    """The remark of each algorithm: of its one curve, or of most of its curves, the plainest where two are equal."""
    labels = {}
    for algorithm in dict.fromkeys(sorted(curve.algorithm for curve in curves)):
        remarks = Counter(remark(curve) for curve in curves if curve.algorithm == algorithm)
        labels[algorithm] = max(remarks, key=lambda words: (remarks[words], -len(words)))
    return labels


def missing_note(algorithms: Sequence[str], width: float) -> list[str]:
    """The algorithms that a reader would look for in a panel, and that have no curve there."""
    if not algorithms:
        return []
    names = listed((shown(name, 20) for name in algorithms), most=3)
    return textwrap.wrap(f"no curve: {names}", int(width * 17), break_on_hyphens=False)


def panel_notes(curves: Sequence[Curve], legend: dict[str, str], panels: int) -> list[str]:
    """The curves of a panel that the legend's remark does not fit."""
    if panels == 1:
        return []
    odd = [curve for curve in curves if remark(curve) != legend[curve.algorithm]]
    lines = [f"{shown(curve.algorithm, 20)}: {remark(curve)}" for curve in odd]
    return lines if len(lines) <= 4 else [*lines[:3], f"and {len(lines) - 3} more, see this panel's own figure"]


def add_foot(figure: Figure, legend: dict[str, str], looks: dict[str, Look], words: Words) -> None:
    """Below the panels, where they cover no data: x axis name, legend, caption. The figure grows by their height."""
    width, height = figure.get_size_inches()
    key = fitting_legend(figure, legend, looks, width - 0.2)
    key_height = size_in_inches(figure, key)[1]
    caption = textwrap.fill(words.caption, int(width * 19))
    caption_height = 0.125 * (caption.count("\n") + 1)
    foot = 0.06 + caption_height + 0.06 + key_height + 0.08 + 0.17
    whole = height + foot
    figure.set_size_inches(width, whole)
    figure.get_layout_engine().set(rect=(0, foot / whole, 1, height / whole))  # type: ignore[union-attr, call-arg]
    key.set_bbox_to_anchor((0.5, (0.06 + caption_height + 0.06) / whole))
    figure.text(0.5, (foot - 0.17) / whole, "simulator transitions per seed", ha="center", va="bottom", fontsize=8.5)
    figure.text(0.5, 0.06 / whole, caption, ha="center", va="bottom", fontsize=6.5, color=GREY)
    figure.supylabel(words.y_axis, fontsize=8.5, y=(foot + height / 2) / whole)


def fitting_legend(figure: Figure, legend: dict[str, str], looks: dict[str, Look], room: float) -> Legend:
    """The legend with as few rows as fit into `room` inches, its rows of like length."""
    handles = [Line2D([], [], **line_style(looks[name])) for name in legend]
    labels = [f" {shown(name, 48)} ({note})" for name, note in legend.items()]  # a leading `_` would hide a label
    for rows in range(1, len(labels) + 1):
        columns = -(-len(labels) // rows)
        key = figure.legend(handles, labels, loc="lower center", ncols=columns, borderpad=0, borderaxespad=0)
        key.set_in_layout(False)
        if columns == 1 or size_in_inches(figure, key)[0] <= room:
            break
        key.remove()
    return key


def size_in_inches(figure: Figure, legend: Legend) -> tuple[float, float]:
    box = legend.get_window_extent()
    return box.width / figure.dpi, box.height / figure.dpi


def save(figure: Figure, path: Path, kind: str) -> None:
    """Written beside and renamed: never half a figure, and never through a link that lies in a stranger's folder."""
    undated: dict[str, Any] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with paper_style(), beside.open("xb") as file:
        figure.savefig(file, format=kind, metadata=undated[kind])
    beside.replace(path)
