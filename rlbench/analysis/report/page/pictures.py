"""Panels of figures -> drawings for a page: SVG in the page's colours, and the numbers to read values from."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rlbench.analysis.figures.looks import Look, looks
from rlbench.analysis.figures.panels import Hand, Line, LinePanel, Panel, line_style
from rlbench.analysis.figures.rows import RowPanel
from rlbench.analysis.figures.sheet import Sheet
from rlbench.analysis.figures.style import paper_style
from rlbench.analysis.figures.themes import THEMES, Theme
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.report.page.svg import inline_svg
from rlbench.analysis.text import interval_text, shown, units

MOST_POINTS = 200
"""Of one line. A drawing on the page is some 400 pixels wide; 500 points would double the size of the page."""
WIDTH, HEIGHT = 3.4, 2.4
"""Inches of one drawing of lines: its text keeps a legible size where it is shown at the width of a phone."""
LETTERS = 34
"""Of an axis's name on one line."""
HEAD, ROW, ROW_WITH_MARKS = 0.75, 0.23, 0.34
"""Inches of a drawing of rows, without them and for each, and for each where published results stand below it."""
ENDS = "A curve ends at the last step that all its seeds reached; tables have each seed's own last value."
"""Said beside values that are read off where curves end."""
PAGE = Theme(background="#fdfefc", ink="#010201", muted="#010202", faint="#010203", palette=("#000000",) * 10)
"""Colours that stand for those of the page, which change with its theme."""
PAGE_COLOURS = {
    PAGE.background: "var(--paper)",
    PAGE.ink: "var(--ink)",
    PAGE.muted: "var(--soft)",
    PAGE.faint: "var(--line)",
}


@dataclass(frozen=True)
class Entry:
    """One algorithm in the legend."""

    name: str
    place: int
    """Its number, of which CSS classes and variables are made."""
    remark: str
    light: str
    dark: str
    """Its colour in the two themes."""
    swatch: str
    """A piece of its line, as SVG."""


@dataclass(frozen=True)
class Drawing:
    """One panel."""

    title: str
    svg: str
    description: str
    """In words, for those who do not see it."""
    note: str
    data: dict[str, Any] | None
    """What values are read off from; None where the drawing has no lines."""


@dataclass(frozen=True)
class Picture:
    """One kind of figure."""

    title: str
    drawings: list[Drawing]
    caption: str


def legend_of(algorithms: Sequence[str], remarks: Mapping[str, str], titles: Titles = PLAIN) -> list[Entry]:
    """An entry for each algorithm in the given order, which looks as in every other figure."""
    light, dark = (looks(algorithms, THEMES[theme]) for theme in ("light", "dark"))
    return [
        Entry(
            name=titles.algorithm(name),
            place=place,
            remark=remarks.get(name, ""),
            light=light[name].color,
            dark=dark[name].color,
            swatch=swatch(light[name], place),
        )
        for place, name in enumerate(algorithms)
    ]


def picture(title: str, sheets: Sequence[Sheet], algorithms: Sequence[str], prefix: str) -> Picture:
    """All panels of the sheets. prefix: begins every id in them."""
    styles = page_looks(algorithms)
    drawings = [
        draw(sheet, panel, styles, f"{prefix}{number}-{place}-")
        for number, sheet in enumerate(sheets)
        for place, panel in enumerate(sheet.panels)
    ]
    thinner = any(len(line.x) > MOST_POINTS for sheet in sheets for panel in sheet.panels for line in lines_of(panel))
    more = f" Of each line, {MOST_POINTS} evenly picked points are drawn." if thinner else ""
    return Picture(title, drawings, sheets[0].caption_at(WIDTH) + more)


def page_looks(algorithms: Sequence[str]) -> dict[str, Look]:
    """Each algorithm in a colour that stands for its own."""
    own = looks(algorithms, THEMES["light"])
    return {name: replace(own[name], color=stand_in(place)) for place, name in enumerate(algorithms)}


def stand_in(place: int) -> str:
    return f"#02{place % 65536:04x}"


def place_of(look: Look) -> int:
    """The place that the colour stands for."""
    return int(look.color[3:], 16)


def lines_of(panel: Panel) -> Sequence[Line]:
    return panel.lines if isinstance(panel, LinePanel) else ()


def draw(sheet: Sheet, panel: Panel, styles: Mapping[str, Look], prefix: str) -> Drawing:
    """One panel as SVG. Its title and its note stand beside it on the page."""
    if isinstance(panel, LinePanel):
        panel = replace(panel, lines=[thinned(line) for line in panel.lines])
    height = height_of(panel)
    with page_style():
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasAgg(figure)
        axis = figure.subplots()
        panel.paint(axis, Hand(styles, PAGE, WIDTH, height))
        axis.set_xlabel(textwrap.fill(panel.x_label or sheet.x_label, LETTERS))
        axis.set_ylabel(textwrap.fill(sheet.y_label, LETTERS))
        svg = inline_svg(figure, prefix, classes_of(styles), colours_of(styles))
    data = numbers(sheet, panel, axis, styles) if isinstance(panel, LinePanel) else None
    return Drawing(shown(panel.title), svg, described(sheet, panel), "; ".join(panel.note.splitlines()), data)


def height_of(panel: Panel) -> float:
    """Inches of a drawing."""
    if not isinstance(panel, RowPanel):
        return HEIGHT
    return HEAD + (ROW_WITH_MARKS if panel.most_marks > 1 else ROW) * len(panel.rows)


def thinned(line: Line) -> Line:
    """At most MOST_POINTS of its points, evenly picked, the first and the last among them."""
    if len(line.x) <= MOST_POINTS:
        return line
    kept = np.linspace(0, len(line.x) - 1, MOST_POINTS).round().astype(int)
    return replace(line, x=line.x[kept], y=line.y[kept], low=line.low[kept], high=line.high[kept])


@contextmanager
def page_style() -> Iterator[None]:
    """The style of all figures, on the page's own background and in its own type."""
    clear: Any = dict.fromkeys(("axes.facecolor", "figure.facecolor", "savefig.facecolor"), "none")
    with paper_style(PAGE), matplotlib.rc_context({**clear, "svg.fonttype": "none"}):
        yield


def swatch(look: Look, place: int) -> str:
    """A piece of a line with one of its marks."""
    own = {str(place): replace(look, color=stand_in(place))}
    with page_style():
        figure = Figure(figsize=(0.5, 0.22))
        FigureCanvasAgg(figure)
        style = line_style(own[str(place)], PAGE)
        figure.add_artist(Line2D([0.06, 0.5, 0.94], [0.5] * 3, markevery=[1], linewidth=1.6, **style))
        return inline_svg(figure, f"s{place}-", {}, {**PAGE_COLOURS, stand_in(place): f"var(--a{place})"})


def colours_of(styles: Mapping[str, Look]) -> dict[str, str]:
    """CSS for every colour that is drawn."""
    return {**PAGE_COLOURS, **{look.color: f"var(--a{place_of(look)})" for look in styles.values()}}


def classes_of(styles: Mapping[str, Look]) -> dict[str, str]:
    """CSS classes of everything that is drawn of an algorithm, by its colour."""
    return {look.color: f"a{place_of(look)}" for look in styles.values()}


def described(sheet: Sheet, panel: Panel) -> str:
    """What the drawing shows, in words."""
    head = f"{shown(panel.title)}: {sheet.says}."
    if isinstance(panel, LinePanel):
        last = sorted(panel.lines, key=lambda line: -line.y[-1])
        names = {line.name: sheet.names.get(line.name, line.name) for line in last}
        ends = (
            f"{said(names[line.name], line.y[-1], line.low[-1], line.high[-1])} at {units(line.x[-1])}" for line in last
        )
        return f"{head} Where lines end: {'; '.join(ends)}."
    if isinstance(panel, RowPanel):
        return f"{head} {'; '.join(said(row.label, row.value, row.low, row.high) for row in panel.rows)}."
    return head


def said(name: str, value: float, low: float, high: float) -> str:
    return f"{shown(name)} {interval_text(float(value), float(low), float(high))}"


def numbers(sheet: Sheet, panel: LinePanel, axis: Axes, styles: Mapping[str, Look]) -> dict[str, Any]:
    """What the page's script reads values from, and where the drawing's frame is."""
    box = axis.get_position()
    width, height = (72 * inches for inches in axis.get_figure(root=True).get_size_inches())  # type: ignore[union-attr]
    frame = (box.x0 * width, box.x1 * width, (1 - box.y1) * height, (1 - box.y0) * height)
    return {
        "x": panel.x_label or sheet.x_label,
        "box": [round(float(edge), 2) for edge in frame],
        "range": [float(edge) for edge in axis.get_xlim()],
        "start": rounded(start_of(panel)),
        "ends": "" if panel.share else ENDS,
        "lines": [line_numbers(line, place_of(styles[line.name])) for line in panel.lines],
    }


def start_of(panel: LinePanel) -> float:
    """Where values are read off at first: where lines end, or, of shares, where they tell most."""
    if not panel.share:
        return max(float(line.x[-1]) for line in panel.lines)
    middles = [float(line.x[np.argmin(np.abs(line.y - 0.5))]) for line in panel.lines]
    return float(np.median(middles))


def line_numbers(line: Line, place: int) -> dict[str, Any]:
    """One line's points, and its band's where it has one."""
    columns = {"y": line.y} if np.isnan(line.low).all() else {"y": line.y, "low": line.low, "high": line.high}
    whole = {name: [rounded(each) for each in values] for name, values in columns.items()}
    return {"a": place, "x": [rounded(each) for each in line.x], **whole}


def rounded(value: float) -> float | int | None:
    """As many decimals as `number_text` shows."""
    if not np.isfinite(value):
        return None
    size = abs(value)
    return round(float(value)) if size >= 100 else round(float(value), 1 if size >= 10 else 3)
