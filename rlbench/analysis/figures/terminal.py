"""Learning curves as text, for machines without a screen: lines of braille dots, or of plain ASCII."""

import math
import string
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import plotille

from rlbench.analysis.figures.looks import looks
from rlbench.analysis.figures.themes import THEMES
from rlbench.analysis.frames.checks import comparison_notes
from rlbench.analysis.frames.curves import Curve, build_curves, choose_column, seed_counts
from rlbench.analysis.frames.ranges import possible, say_beyond
from rlbench.analysis.options import PlotOptions, Theme
from rlbench.analysis.reading.choice import Choice, read
from rlbench.analysis.reading.metrics import TRAINING, axis_name, column_of
from rlbench.analysis.reading.titles import PLAIN as NAMES
from rlbench.analysis.reading.titles import Titles
from rlbench.analysis.statistics.estimates import STATISTIC_NAMES
from rlbench.analysis.statistics.intervals import check_interval, interval_names
from rlbench.analysis.suite_defaults import plot_defaults
from rlbench.analysis.text import interval_text, tick_labels, units
from rlbench.errors import UserError

LETTERS = string.ascii_letters
LABELS = 18
"""Columns that plotille's y axis takes, and the last label of the x axis."""
WIDEST, FEWEST = 140, 20
"""Columns: of all, and of the drawing alone."""
TENTH = 10
"""Columns between two labels of the x axis, as plotille sets them."""
ROWS, TICKS = 16, 5
"""About so many lines of text for a drawing, and labels along its y axis."""
MARKS = 6
"""Letters along a line."""
BRAILLE = 0x2800
UPPER, LOWER = 0b00011011, 0b11100100
"""Bits of a braille character: dots of its upper two rows, and of its lower two."""
PLAIN = {
    **{BRAILLE + bits: " '.:"[bool(bits & UPPER) + 2 * bool(bits & LOWER)] for bits in range(256)},
    **str.maketrans({"−": "-", "–": "-", "×": "x", "…": "...", "∞": "inf", "≥": ">=", "≤": "<=", "√": "sqrt "}),
}
"""What stands for each character where there is only ASCII."""


@dataclass(frozen=True)
class Screen:
    """What a terminal can show."""

    width: int = 80
    """Columns."""
    colours: Mapping[str, tuple[int, ...]] | None = None
    """Red, green and blue of each algorithm; None where there is no colour."""
    unicode: bool = True
    """Whether it has more than ASCII."""


def read_curves(folders: Sequence[Path], options: PlotOptions) -> tuple[list[Curve], str, Titles, list[str]]:
    """The curves that were asked for, the column that they are of, titles, and what the reader should be told."""
    options = plot_defaults(options, folders)
    check_interval(options.statistic or "mean", options.interval)
    asked = column_of(options.metric) if options.metric else TRAINING
    readings = read(Choice(tuple(folders), options.envs, options.algorithms, options.allow_mixed), {TRAINING, asked})
    column = choose_column(options.metric, readings.logs)
    statistic = options.statistic or "mean"
    curves, notes = build_curves(readings.logs, column, statistic, options.interval, options.trailing)
    if not curves:
        raise UserError(f"No run has a value of {axis_name(column)} to draw yet. Choose another --metric.")
    return (
        curves,
        column,
        readings.titles,
        [*readings.notes, *notes, *comparison_notes(readings.logs, seed_counts(curves))],
    )


def colours_of(algorithms: Iterable[str], theme: Theme) -> dict[str, tuple[int, ...]]:
    """Red, green and blue, as in every other figure of the theme."""
    return {name: tuple(bytes.fromhex(look.color[1:])) for name, look in looks(algorithms, THEMES[theme]).items()}


def draw_curves(
    curves: Sequence[Curve], column: str, options: PlotOptions, screen: Screen, titles: Titles = NAMES
) -> str:
    """A drawing for each environment, one below the other, and what is drawn."""
    letters = letters_of(curve.algorithm for curve in curves)
    envs = titles.sorted_envs({curve.env for curve in curves})
    panels = [draw_panel([curve for curve in curves if curve.env == env], letters, screen, titles) for env in envs]
    text = "\n".join(textwrap.wrap(caption(curves, column, options, titles), min(screen.width, WIDEST)))
    return "\n\n".join([*panels, text if screen.unicode else text.translate(PLAIN)])


def caption(curves: Sequence[Curve], column: str, options: PlotOptions, titles: Titles = NAMES) -> str:
    """What lines, letters and brackets are."""
    statistic = options.statistic or "mean"
    names = interval_names(options.interval, statistic, [curve.n for curve in curves])
    smooth = f" Smoothed: trailing mean of {options.trailing} points of each seed." if options.trailing > 1 else ""
    told = any(math.isfinite(curve.low[-1]) for curve in curves)
    where = "where its line ends"
    if any(curve.shortest < curve.longest for curve in curves):
        where += ", the last step that all its seeds reached (tables take each seed's own last value)"
    bands = [(curve.env, possible(curve.env, column), curve.low[-1:], curve.high[-1:]) for curve in curves]
    beyond = say_beyond(bands, titles.env)
    brackets = f" Behind a name: its value {where}, in brackets {names}." if told else ""
    return (
        f"Up: {axis_name(column)}. Across: simulator transitions of a seed. Line: {STATISTIC_NAMES[statistic]} over "
        f"seeds, marked by the letter of its algorithm.{brackets}{smooth}{f' {beyond}' if beyond else ''}"
    )


def draw_panel(curves: Sequence[Curve], letters: Mapping[str, str], screen: Screen, titles: Titles = NAMES) -> str:
    """The curves of one environment: its name, the drawing, and a legend with each curve's value at its end."""
    figure = plotille.Figure()
    figure.color_mode = "rgb"
    figure.with_colors = screen.colours is not None
    tenths, end = round_steps(float(max(curve.steps[-1] for curve in curves)), columns_for(screen.width) // TENTH)
    figure.width = tenths * TENTH
    figure.set_x_limits(0, end)
    figure.x_ticks_fkt = lambda value, _: units(value)
    ticks, figure.height = round_axis([float(end) for curve in curves for end in (min(curve.value), max(curve.value))])
    figure.set_y_limits(ticks[0], ticks[-1])
    labels = tick_labels(ticks)
    figure.y_ticks_fkt = lambda value, _: label_at(value, ticks, labels)
    figure.origin = False
    for curve in curves:
        figure.plot(*corners(curve), lc=colour_of(curve, screen))
    for curve in curves:
        kept = marked(len(curve.steps), turn=curves.index(curve) / len(curves))
        marker = letters[curve.algorithm]
        figure.scatter(curve.steps[kept], curve.value[kept], lc=colour_of(curve, screen), marker=marker)
    lines = [titles.env(curves[0].env), *tidy(figure.show()), *legend(curves, letters, screen, titles)]
    text = "\n".join(lines)
    return text if screen.unicode else text.translate(PLAIN)


def corners(curve: Curve) -> tuple[Any, Any]:
    """The points that lines go through: of a curve whose values hold until the next, its steps' corners too."""
    if not curve.stepped:
        return curve.steps, curve.value
    return np.repeat(curve.steps, 2)[1:], np.repeat(curve.value, 2)[:-1]


def letters_of(algorithms: Iterable[str]) -> dict[str, str]:
    """A letter for each: the first of its name that is free, so that it is easily remembered."""
    taken: dict[str, str] = {}
    for name in sorted(set(algorithms)):
        free = [each for each in [*name, *LETTERS] if each in LETTERS and each not in taken.values()]
        taken[name] = free[0] if free else "?"
    return taken


def marked(points: int, turn: float) -> list[int]:
    """Indices of points that bear a letter, shifted by `turn` of their distance: lines' letters do not meet."""
    return sorted({min(points - 1, int((place + turn) * points / MARKS)) for place in range(MARKS)})


def columns_for(width: int) -> int:
    """Columns of the drawing alone: plotille labels every tenth."""
    return max(FEWEST, (min(width, WIDEST) - LABELS) // 10 * 10)


def round_steps(steps: float, most: int) -> tuple[int, float]:
    """How many labels of round numbers the x axis has behind its 0, at most `most`, and where it ends.

    The axis that ends soonest behind the last step is taken, and of several the one with the most labels.
    """
    found = []
    for count in range(max(1, -(-most * 2 // 3)), most + 1):
        rough = max(steps, 1.0) / count
        magnitude = 10.0 ** math.floor(math.log10(rough))
        size = next(each * magnitude for each in (1, 2, 2.5, 5, 10) if each * magnitude >= 0.999 * rough)
        found.append((size * count, -count))
    end, count = min(found)
    return -count, end


def round_axis(values: Sequence[float]) -> tuple[list[float], int]:
    """Round numbers around the values, and lines of text so that each of them falls on a line."""
    low, high = min(values), max(values)
    rough = (high - low or abs(high) or 1.0) / TICKS
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(size * magnitude for size in (1, 2, 2.5, 5, 10) if size * magnitude >= 0.999 * rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    count = max(1, last - first)
    return [(first + place) * step for place in range(count + 1)], count * max(2, round(ROWS / count))


def label_at(value: float, ticks: Sequence[float], labels: Sequence[str]) -> str:
    """The label of a line of text; empty between two ticks."""
    place = (value - ticks[0]) / (ticks[1] - ticks[0])
    return labels[round(place)] if abs(place - round(place)) < 1e-6 else ""


def colour_of(curve: Curve, screen: Screen) -> Any:
    return screen.colours[curve.algorithm] if screen.colours else None


def tidy(drawing: str) -> list[str]:
    """Without the names that plotille puts at the ends of its axes, and without empty cells at the ends of lines."""
    _, *lines, axis, labels = drawing.splitlines()
    return [line.rstrip(f"{chr(BRAILLE)} ") for line in (*lines, axis.rpartition("|->")[0] + "|", labels)]


def legend(curves: Sequence[Curve], letters: Mapping[str, str], screen: Screen, titles: Titles = NAMES) -> list[str]:
    """A line for each curve, the highest end first."""
    width = max(len(titles.algorithm(curve.algorithm)) for curve in curves)
    lines = []
    for curve in sorted(curves, key=lambda curve: -curve.value[-1]):
        end = interval_text(*(float(each[-1]) for each in (curve.value, curve.low, curve.high)))
        letter = plotille.color(letters[curve.algorithm], fg=colour_of(curve, screen), mode="rgb")
        diverged = f", {len(curve.diverged)} diverged" if curve.diverged else ""
        said = f"{end} at {units(float(curve.steps[-1]))}, n = {curve.n}{diverged}"
        lines.append(f"  {letter} {titles.algorithm(curve.algorithm).ljust(width)}  {said}")
    return lines
