"""Panels -> a matplotlib figure: a grid of them, names of lines, and a caption below. No pyplot, so no global state."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from rlbench.analysis.figures.labels import add_labels, labels_fit, settle
from rlbench.analysis.figures.looks import Look, looks
from rlbench.analysis.figures.panels import Hand, LinePanel, Panel, line_style
from rlbench.analysis.figures.rows import MatrixPanel, RowPanel
from rlbench.analysis.figures.style import LABEL, NARROW, NOTE, SMALL, TEXT, TITLE, paper_style
from rlbench.analysis.figures.themes import THEMES, Theme
from rlbench.analysis.text import shown
from rlbench.errors import UserError

DPI = 200
PAGE, HEAD = 9.0, 0.62
"""Inches: of a page's height, and of what a panel of rows needs beside its rows."""
MOST_REMARKS = 4
"""Below the title of a panel."""
SOME_MARKS = "Marks tell lines apart; not every measured point has one."
MARGIN = 0.06
"""Inches between the parts of a figure's foot."""


@dataclass(frozen=True)
class Sheet:
    """A figure before it is drawn, and the numbers of it."""

    name: str
    """Of its files, without an ending."""
    panels: Sequence[Panel]
    numbers: pd.DataFrame
    """Every number that is drawn."""
    caption: str
    """What exactly is drawn, but for what depends on the figure's size: see `caption_at`."""
    x_label: str = ""
    y_label: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    """What a line is called, by algorithm; empty where the panels name their rows themselves."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """What is said of an algorithm behind its name."""
    together: Sequence[str] = ()
    """All algorithms that looks are chosen for: those in the folders, so that each looks the same in every figure."""
    heading: str = ""
    says: str = ""
    """What is drawn, in a few words."""
    at_ends: bool = True
    """Whether lines may be named at their ends."""

    @property
    def labels(self) -> dict[str, str]:
        return {
            name: f"{label} ({self.remarks[name]})" if self.remarks.get(name) else label
            for name, label in self.names.items()
        }

    def caption_at(self, width: float) -> str:
        """The caption where each panel is so many inches wide."""
        lines = (panel for panel in self.panels if isinstance(panel, LinePanel))
        marks = f" {SOME_MARKS}" if any(panel.has_unmarked_points(width) for panel in lines) else ""
        return self.caption + marks


@dataclass(frozen=True)
class Grid:
    """How panels are set out, in inches."""

    columns: int
    width: float
    height: float


def grid_of(panels: Sequence[Panel], width: float | None) -> Grid:
    """Columns of panels, and a panel's size: for a figure of the given width, or for one as wide as suits it."""
    count = len(panels)
    if isinstance(panels[0], MatrixPanel):
        side = width or 1.6 + 0.46 * len(panels[0].names)
        return Grid(1, side, 0.55 + 0.8 * side)
    if isinstance(panels[0], RowPanel):
        of_rows = [panel for panel in panels if isinstance(panel, RowPanel)]
        rows = max(len(panel.rows) for panel in of_rows)
        marks = max(panel.most_marks for panel in of_rows)
        columns = min(count, 4 if width is None else max(1, int(width / 1.6)))
        columns = -(-count // -(-count // columns))
        each = width / columns if width else 5.0 if count == 1 else 2.1
        room = (PAGE / -(-count // columns) - HEAD) / rows  # of each row of a panel, on a page
        return Grid(columns, each, HEAD + rows * max(0.115, min(0.2 if marks < 2 else 0.3, room)))
    if width is None:
        if count == 1:
            return Grid(1, 5.0, 3.3)
        return Grid(2 if count in (2, 4) else 3 if count <= 9 else 4, 3.0, 2.35)
    columns = min(count, max(1, int(width / 1.6)))
    each = width / columns
    return Grid(columns, each, max(1.35, min(3.3, 0.78 * each)))


def compose(sheet: Sheet, theme_name: Any = "light", width: float | None = None) -> Figure:
    """Draw all panels of a sheet. `width` of the figure in inches; None lets it be as wide as suits it."""
    theme = THEMES[theme_name]
    grid = grid_of(sheet.panels, width)
    rows = -(-len(sheet.panels) // grid.columns)
    with paper_style(theme):
        figure = Figure(figsize=(grid.columns * grid.width, rows * grid.height), layout="constrained", dpi=DPI)
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, grid.columns, squeeze=False).ravel()
        for axis in axes[len(sheet.panels) :]:
            axis.set_visible(False)
        styles = looks([*sheet.together, *sheet.names], theme)
        direct = at_ends(sheet, grid)
        notes = []
        for place, (axis, panel) in enumerate(zip(axes, sheet.panels)):
            hand = Hand(styles, theme, grid.width, grid.height, first=place % grid.columns == 0)
            panel.paint(axis, hand)
            remarks = sheet.remarks.items() if direct else ()
            said = [f"{shown(sheet.names.get(name, name), 20)}: {words}" for name, words in remarks if words]
            set_title(axis, panel, "\n".join([*([panel.note] if panel.note else []), *said]), grid.width, theme)
            if direct and isinstance(panel, LinePanel):
                notes.append((axis, add_labels(axis, panel.lines, sheet.names, styles, theme, grid.width)))
        if sheet.heading:
            figure.suptitle(textwrap.fill(sheet.heading, int(grid.columns * grid.width * 13)), fontsize=TITLE)
        add_foot(figure, sheet, sheet.caption_at(grid.width), {} if direct else styles, theme)
        engine = figure.get_layout_engine()
        assert engine is not None
        engine.execute(figure)
        figure.set_layout_engine("none")  # it stays as it is in every format
        for axis, labels in notes:
            settle(axis, labels)
    return figure


def at_ends(sheet: Sheet, grid: Grid) -> bool:
    """Whether lines are named at their ends. What is said of algorithms is then below the title of the only panel."""
    said = sum(bool(words) for words in sheet.remarks.values())
    room = said <= MOST_REMARKS if len(sheet.panels) == 1 else not said
    return sheet.at_ends and room and labels_fit(sheet.panels, sheet.names, grid.width, grid.height)


def set_title(axis: Axes, panel: Panel, note: str, width: float, theme: Theme) -> None:
    """The panel's name, and in small type below it what is missing."""
    narrow = width < NARROW
    lines = [piece for line in note.splitlines() for piece in textwrap.wrap(line, int(width * 17))]
    note = "\n".join(lines)
    title = "\n".join(broken(shown(panel.title), int(width * (13.5 if narrow else 11))))
    pad = 6 + 8 * (note.count("\n") + 1) if note else 6
    axis.set_title(title, pad=pad, fontsize=TEXT if narrow else TITLE)
    if panel.x_label:
        axis.set_xlabel(panel.x_label, fontsize=TEXT)
    if narrow:
        axis.tick_params(labelsize=SMALL)
    if note:
        style: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": NOTE, "color": theme.muted}
        axis.text(0.5, 1.015, note, transform=axis.transAxes, **style)


def broken(name: str, width: int) -> list[str]:
    """A name in lines of at most `width` letters, broken where a word of it begins."""
    lines = [""]
    for part in re.findall(r".+?(?:(?<=[-_ /:])|(?=[A-Z][a-z])|$)", name) or [name]:
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return [piece for line in lines for piece in (textwrap.wrap(line.strip(), max(width, 4)) or [""])]


def add_foot(figure: Figure, sheet: Sheet, caption: str, legend: Mapping[str, Look], theme: Theme) -> None:
    """Below the panels, where they cover no data: x axis, legend, caption. The figure grows by their height."""
    width, height = figure.get_size_inches()
    key = fitting_legend(figure, sheet.labels, legend, theme, width - 0.2) if legend and sheet.labels else None
    key_height = size_in_inches(figure, key)[1] if key else 0.0
    caption = textwrap.fill(caption.replace(" %", "\u00a0%"), int((width - 2 * MARGIN) * 19.5))
    caption_height = 0.125 * (caption.count("\n") + 1)
    size = LABEL if width > 4 else TEXT
    x_label = textwrap.fill(sheet.x_label, int(width * 100 / size))
    label_height = (0.05 + 0.017 * size * (x_label.count("\n") + 1)) if x_label else 0.0
    foot = MARGIN + caption_height + (MARGIN + key_height if key else 0.0) + 0.08 + label_height
    whole = height + foot
    figure.set_size_inches(width, whole)
    figure.get_layout_engine().set(rect=(0, foot / whole, 1, height / whole))  # type: ignore[union-attr, call-arg]
    if key:
        key.set_bbox_to_anchor((0.5, (2 * MARGIN + caption_height) / whole))
    if x_label:
        figure.text(0.5, (foot - label_height) / whole, x_label, ha="center", va="bottom", fontsize=size)
    many = caption_height > 0.3
    figure.text(
        MARGIN / width if many else 0.5,
        MARGIN / whole,
        caption,
        ha="left" if many else "center",
        va="bottom",
        fontsize=SMALL,
        color=theme.muted,
    )
    if sheet.y_label:
        lines = balanced(sheet.y_label, max(18, int(height * 13.5 * LABEL / size)))
        figure.supylabel("\n".join(lines), fontsize=size, y=(foot + height / 2) / whole)


def balanced(text: str, most: int) -> list[str]:
    """As few lines of at most `most` letters as hold the text, of like length, so that no word stands alone."""
    count = len(textwrap.wrap(text, most))
    widths = range(max(1, len(text) // max(count, 1)), most + 1)
    return next((lines for lines in (textwrap.wrap(text, width) for width in widths) if len(lines) == count), [text])


def fitting_legend(
    figure: Figure, labels: Mapping[str, str], styles: Mapping[str, Look], theme: Theme, room: float
) -> Legend:
    """The legend with as few rows as fit into `room` inches, its rows of like length."""
    handles = [handle(styles[name], theme) for name in labels]
    texts = [f" {shown(label, 60)}" for label in labels.values()]  # a leading `_` would hide a label
    for rows in range(1, len(texts) + 1):
        columns = -(-len(texts) // rows)
        key = figure.legend(handles, texts, loc="lower center", ncols=columns, borderpad=0, borderaxespad=0)
        key.set_in_layout(False)
        if columns == 1 or size_in_inches(figure, key)[0] <= 0.96 * room:
            break
        key.remove()
    return key


def handle(look: Look, theme: Theme) -> Line2D:
    """What stands for a line in a legend."""
    return Line2D([], [], **line_style(look, theme))


def size_in_inches(figure: Figure, legend: Legend) -> tuple[float, float]:
    box = legend.get_window_extent()
    return box.width / figure.dpi, box.height / figure.dpi


def paint_into(axis: Axes, sheets: Sequence[Sheet], theme_name: Any = "light") -> Figure:
    """Draw the only panel of the only sheet into axes of somebody's own figure, with names of lines and axes."""
    sheet = sheets[0]
    panels = len(sheet.panels) if len(sheet.panels) > 1 else len(sheets)
    if panels > 1:
        raise UserError(
            f"ax holds one panel, and there are {panels}.",
            "Choose one, such as with envs=, metric= or statistic=.",
        )
    theme, panel = THEMES[theme_name], sheet.panels[0]
    figure = axis.get_figure(root=True)
    assert figure is not None
    styles = looks([*sheet.together, *sheet.names], theme)
    panel.paint(axis, Hand(styles, theme, *inches_of(axis)))
    axis.set_title(shown(sheet.heading or panel.title), parse_math=False)
    axis.set_xlabel(panel.x_label or sheet.x_label)
    axis.set_ylabel(sheet.y_label)
    if sheet.names:
        handles = [handle(styles[name], theme) for name in sheet.labels]
        axis.legend(handles, [f" {label}" for label in sheet.labels.values()], frameon=False)
    return figure


def inches_of(axis: Axes) -> tuple[float, float]:
    """Width and height of axes."""
    figure = axis.get_figure(root=True)
    assert figure is not None
    width, height = figure.get_size_inches()
    box = axis.get_position()
    return box.width * width, box.height * height
