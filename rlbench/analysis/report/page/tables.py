"""A table for a person -> cells of an HTML table that can be sorted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rlbench.analysis.report.grid import Grid

SUFFIXES = {"k": 1e3, "M": 1e6, "B": 1e9}
NUMBER = re.compile(r"([<>]?)([-−]?(?:\d+\.?\d*|\.\d+))([kMB]?)(?![\w.])")

ONCE = ("environment", "quantity")
"""Heads of first columns in which an empty cell repeats the one above."""


@dataclass(frozen=True)
class Cell:
    """What a cell says, and the number by which its column is sorted."""

    text: str
    key: float | None
    """None: the text is no number. Such cells come last, whichever way the column is sorted."""


@dataclass(frozen=True)
class HtmlTable:
    """One table of the page."""

    title: str
    head: tuple[str, ...]
    rows: list[list[Cell]]
    names: int
    """So many first columns are names, sorted as text; numbers follow."""
    caption: str = ""


def html_table(title: str, grid: Grid) -> HtmlTable:
    """The same cells, for rows that can be sorted: a name that the grid prints once above several rows stands in each.

    A column of one environment alone is left out, for the width of a phone: the page's head names it.
    """
    rows = [list(cells) for cells in _filled(grid)]
    first = int(grid.head[0] == "environment" and len({row[0] for row in rows}) == 1)
    names = grid.names - first
    cells = [
        [Cell(text, None if place < names else sort_key(text)) for place, text in enumerate(row[first:])]
        for row in rows
    ]
    return HtmlTable(title, grid.head[first:], cells, names, grid.caption)


def _filled(grid: Grid) -> Iterator[tuple[str, ...]]:
    above = ""
    for row in grid.rows:
        above = row[0] or above if grid.head[0] in ONCE else row[0]
        yield (above, *row[1:])


def sort_key(text: str) -> float | None:
    """The first number of a cell: 3120 of `3120 [2900, 3340]`, 1500 of `1.5k`, .001 of `<.001`; None without one."""
    if text.startswith(("∞", "−∞")):
        return 1e300 if text.startswith("∞") else -1e300
    found = NUMBER.match(text)
    if not found:
        return None
    below, digits, suffix = found.groups()
    value = float(digits.replace("−", "-")) * SUFFIXES.get(suffix, 1)
    return value * (1 - 1e-9) if below == "<" else value
