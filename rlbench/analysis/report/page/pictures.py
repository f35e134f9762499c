"""Learning curves -> one drawing for each environment, and the numbers behind it for reading values off."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rlbench.analysis.figures.captions import Remarks, remarks_on
from rlbench.analysis.figures.curves import Missing, as_line
from rlbench.analysis.figures.looks import Look, looks
from rlbench.analysis.figures.panels import FEW_LINES, Hand, line_style, paint_curve
from rlbench.analysis.figures.style import THEMES, UnitFormatter, paper_style
from rlbench.analysis.frames.curves import Curve
from rlbench.analysis.report.page.svg import inline_svg
from rlbench.analysis.text import interval_text, listed, shown, units

MOST_POINTS = 200
"""Of one curve. A panel on the page is some 400 pixels wide; 500 points would double the size of the page."""
SIZE = (4.2, 2.9)
"""Inches of one drawing: its text keeps a legible size where it is shown at the width of a phone."""
LIGHT = THEMES["light"]
INK, FAINT = "#010203", "#010204"
"""Colours that stand for those of the page's theme."""
THEME: Any = {
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": FAINT,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}


@dataclass(frozen=True)
class Entry:
    """One algorithm in the legend."""

    name: str
    place: int
    """Its number, of which CSS classes and variables are made."""
    remark: str
    colour: str
    swatch: str
    """A piece of its line, as SVG."""


@dataclass(frozen=True)
class Panel:
    """One environment."""

    env: str
    svg: str
    description: str
    """In words, for those who do not see the drawing."""
    notes: list[str]
    """What a reader must know of single curves."""
    data: dict[str, Any] = field(default_factory=dict)
    """What is drawn: `box` is the drawing's frame (left, right, top, bottom), `range` the steps at its two sides."""


@dataclass(frozen=True)
class Drawing:
    """All learning curves of the page."""

    legend: list[Entry]
    panels: list[Panel]
    caption: str


def draw_panels(curves: Sequence[Curve], missing: Missing, label: str, caption: str) -> Drawing:
    """A drawing for each environment. label: the name of the y axis."""
    styles = looks({curve.algorithm for curve in curves}, LIGHT)
    remarks = remarks_on(curves, count=True)
    legend = [
        Entry(shown(name), place, remarks.usual[name], look.color, swatch(look, place))
        for place, (name, look) in enumerate(styles.items())
    ]
    panels = []
    for place, env in enumerate(dict.fromkeys(curve.env for curve in curves)):
        members = [thinned(curve) for curve in curves if curve.env == env]
        panels.append(draw_panel(members, missing.get(env, ()), styles, remarks, label, f"p{place}-"))
    if any(len(curve.steps) > MOST_POINTS for curve in curves):
        caption += f" Of each line, {MOST_POINTS} evenly picked points are drawn."
    return Drawing(legend, panels, caption)


def thinned(curve: Curve) -> Curve:
    """At most MOST_POINTS of its points, evenly picked, the first and the last among them."""
    if len(curve.steps) <= MOST_POINTS:
        return curve
    kept = np.linspace(0, len(curve.steps) - 1, MOST_POINTS).round().astype(int)
    return replace(curve, **{name: getattr(curve, name)[kept] for name in ("steps", "value", "low", "high", "spread")})


def draw_panel(
    curves: Sequence[Curve],
    missing: Sequence[str],
    styles: Mapping[str, Look],
    remarks: Remarks,
    label: str,
    prefix: str,
) -> Panel:
    """The curves of one environment. prefix: begins every id of the drawing."""
    places = {name: place for place, name in enumerate(styles)}
    with page_style():
        figure = Figure(figsize=SIZE, layout="constrained")
        FigureCanvasAgg(figure)
        axis = figure.subplots()
        hand = Hand(styles, LIGHT, *SIZE)
        for place, curve in enumerate(curves):
            before = set(axis.get_children())
            paint_curve(axis, as_line(curve), hand, place, crowded=len(curves) > FEW_LINES)
            for artist in set(axis.get_children()) - before:
                artist.set_gid(f"algorithm {places[curve.algorithm]}")
        finish(axis, curves, label)
        classes = {f"algorithm {place}": f"a{place}" for place in places.values()}
        svg = inline_svg(figure, prefix, classes, colours_of(dict(enumerate(styles.values()))))
    notes = [f"{shown(curve.algorithm)}: {words}" for curve, words in remarks.odd(curves)]
    if missing:
        notes.append(f"no curve: {listed(map(shown, missing), 10)}")
    env = shown(curves[0].env)
    return Panel(env, svg, described(curves, label), notes, numbers(axis, curves, places))


@contextmanager
def page_style() -> Iterator[None]:
    """The style of all figures, in the page's colours and with text for a screen."""
    with paper_style(LIGHT), matplotlib.rc_context(THEME):
        yield


def finish(axis: Axes, curves: Sequence[Curve], label: str) -> None:
    """Limits, ticks and names of the axes."""
    axis.set_xlim(left=0, right=1.02 * max(curve.steps[-1] for curve in curves) or 1)
    for scale in (axis.xaxis, axis.yaxis):
        scale.set_major_formatter(UnitFormatter())
        scale.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axis.set_xlabel("simulator transitions per seed")
    axis.set_ylabel(label)


def swatch(look: Look, place: int) -> str:
    """A piece of a line with one of its marks."""
    with page_style():
        figure = Figure(figsize=(0.5, 0.22))
        FigureCanvasAgg(figure)
        figure.add_artist(Line2D([0.06, 0.5, 0.94], [0.5] * 3, markevery=[1], linewidth=1.6, **line_style(look, LIGHT)))
        return inline_svg(figure, f"s{place}-", {}, colours_of({place: look}))


def colours_of(styles: Mapping[int, Look]) -> dict[str, str]:
    """CSS for every colour that is drawn. Algorithms that share a colour differ in their dashes."""
    own = {look.color: f"var(--a{place})" for place, look in styles.items()}
    return {INK: "var(--ink)", FAINT: "var(--line)", "#ffffff": "var(--paper)", **own}


def described(curves: Sequence[Curve], label: str) -> str:
    """What the drawing shows, in words."""
    ends = (
        f"{shown(curve.algorithm)} {interval_text(*(float(each[-1]) for each in (curve.value, curve.low, curve.high)))}"
        f" at {units(float(curve.steps[-1]))}"
        for curve in sorted(curves, key=lambda curve: -curve.value[-1])
    )
    return (
        f"Learning curves on {shown(curves[0].env)}: {label}, by simulator transitions. At the end: {'; '.join(ends)}."
    )


def numbers(axis: Axes, curves: Sequence[Curve], places: Mapping[str, int]) -> dict[str, Any]:
    """What the page's script reads values from, and where the drawing's frame is."""
    box = axis.get_position()
    width, height = (72 * inches for inches in SIZE)
    frame = (box.x0 * width, box.x1 * width, (1 - box.y1) * height, (1 - box.y0) * height)
    return {
        "box": [round(edge, 2) for edge in frame],
        "range": [float(edge) for edge in axis.get_xlim()],
        "curves": [curve_numbers(curve, places[curve.algorithm]) for curve in curves],
    }


def curve_numbers(curve: Curve, place: int) -> dict[str, Any]:
    """One line's points, and its band's where it has one."""
    names = ("value",) if np.isnan(curve.low).all() else ("value", "low", "high")
    columns = {name: [rounded(each) for each in getattr(curve, name)] for name in names}
    return {"a": place, "x": curve.steps.astype(int).tolist(), **columns}


def rounded(value: float) -> float | int | None:
    """As many decimals as `number_text` shows."""
    if not np.isfinite(value):
        return None
    size = abs(value)
    return round(float(value)) if size >= 100 else round(float(value), 1 if size >= 10 else 3)
