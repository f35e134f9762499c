"""Printing frames: ruled tables in a terminal, or Markdown, LaTeX, CSV or JSON to paste."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlbench.analysis.options import TableFormat

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from rlbench.analysis.report.grid import Grid

PIPE_WIDTH = 120


@dataclass(frozen=True)
class Shown:
    """A frame, and the table of it for a person to read."""

    name: str
    """Its key in JSON."""
    frame: "pd.DataFrame"
    grid: "Grid"


def show_frames(say: "Console", kind: TableFormat, shown: Sequence[Shown], words: dict[str, Any]) -> None:
    """Print all of `shown`; to JSON, add `words`."""
    from rlbench.analysis.report.export import json_text, records
    from rlbench.analysis.report.grid import latex, markdown

    match kind:
        case "text":
            for each in shown:
                print_grid(say, each.grid)
        case "csv":
            print("\n\n".join(each.frame.to_csv(index=False).rstrip("\n") for each in shown))
        case "json":
            print(json_text({**{each.name: records(each.frame) for each in shown}, **words}))
        case "markdown":
            print("\n\n".join(markdown(each.grid) for each in shown))
        case "latex":
            print("\n\n".join(latex(each.grid) for each in shown))


def print_grid(say: "Console", grid: "Grid") -> None:
    """Print a table to a terminal or pipe. Environments become headings, to save width."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    if not say.is_terminal:
        say.width = max(say.width, PIPE_WIDTH)
    headings = int(grid.head[0] == "environment")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(grid.head[headings:], headings):
        if place < grid.names:
            table.add_column(Text(name), overflow="fold")
        else:
            table.add_column(Text(name.replace(", ", ",\n")), justify="right", no_wrap=True)
    for row in grid.rows:
        if headings and row[0]:
            table.add_row(Text(row[0], "bold"))
        first, *rest = row[headings:]
        table.add_row(*map(Text, ["  " * headings + first, *rest]))
    say.print(table)
    if grid.caption:
        say.print(Text(grid.caption, "dim"))
