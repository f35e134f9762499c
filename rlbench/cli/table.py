"""`rlbench table`: parse, call, print."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rlbench.analysis.options import TableFormat
from rlbench.cli.drawing import into_files
from rlbench.sweep.words import parse_names

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table


def table(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Results folders.", show_default="results", metavar="FOLDER")
    ] = None,
    envs: Annotated[list[str] | None, typer.Option(help="Only these environments; repeat, or put commas.")] = None,
    algorithms: Annotated[list[str] | None, typer.Option(help="Only these algorithms; repeat, or put commas.")] = None,
    kind: Annotated[TableFormat, typer.Option("--format", help="To read, or to paste.")] = "text",
) -> None:
    """Print final results: mean and standard deviation over seeds, a row for each environment and algorithm."""
    from rich.console import Console

    say, warn = Console(), Console(stderr=True)
    with warn.status("Reading runs"), into_files():
        from rlbench.analysis import scores
        from rlbench.analysis.report import sum_up_folders

        summary, notes = sum_up_folders(
            folders or [Path("results")], parse_names(envs or ()), parse_names(algorithms or ())
        )
    tell(warn, notes)
    if kind == "text":
        print_table(say, summary)
        return
    form = {"markdown": scores.markdown, "latex": scores.latex, "csv": scores.csv}[kind]
    print(form(summary))


def tell(warn: "Console", notes: list[str]) -> None:
    """What the reader of a comparison should know."""
    for note in notes:
        warn.print(f"note: {note}", style="yellow", markup=False, emoji=False, highlight=False, soft_wrap=True)


def print_table(say: "Console", summary: "pd.DataFrame") -> None:
    """The summary for a terminal, or for what reads a pipe."""
    if not say.is_terminal:
        say.width = max(say.width, 120)  # a pipe is no 80 columns wide
    say.print(table_of(summary))


def table_of(summary: "pd.DataFrame") -> "Table":
    """The summary as a person reads it."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from rlbench.analysis.scores import HEAD, NAMES, caption, cells

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in HEAD[:NAMES]:
        table.add_column(name, overflow="fold")
    for name in HEAD[NAMES:]:
        table.add_column(name.replace(", ", ",\n"), justify="right", no_wrap=True)
    for row in cells(summary):
        table.add_row(*map(Text, row))
    table.caption = Text(caption(summary))
    table.caption_justify = "left"
    return table
