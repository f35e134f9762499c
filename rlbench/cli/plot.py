"""`rlbench plot`: parse, call, print."""

from pathlib import Path
from typing import Annotated

import typer

from rlbench.analysis.options import FORMATS, Interval, PlotOptions, Statistic
from rlbench.cli.drawing import into_files
from rlbench.cli.frames import print_grid
from rlbench.cli.table import AllowMixed, tell
from rlbench.cli.terminal import plot_in_terminal
from rlbench.sweep.words import parse_count, parse_names

MOST_POINTS = 1_000_000
"""A trailing mean over more of them is a slip."""


def plot(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Results folders.", show_default="results", metavar="FOLDER")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="eval-det, eval-stoch, return (of training episodes) or any column of progress.csv. "
            "Unless given: eval-det where every run has at least 4 evaluations, else return."
        ),
    ] = None,
    statistic: Annotated[Statistic, typer.Option(help="What the line is, over seeds.")] = "mean",
    interval: Annotated[Interval, typer.Option(help="What the band is, over seeds.")] = "auto",
    smooth: Annotated[str, typer.Option(metavar="N", help="Trailing mean over so many points of each seed.")] = "1",
    envs: Annotated[list[str] | None, typer.Option(help="Only these environments; repeat, or put commas.")] = None,
    algorithms: Annotated[list[str] | None, typer.Option(help="Only these algorithms; repeat, or put commas.")] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help=f"Of {', '.join(FORMATS)}; repeat, or put commas.", show_default="png,pdf"),
    ] = None,
    allow_mixed: AllowMixed = False,
    out: Annotated[Path | None, typer.Option(help="Where to write.", show_default="plots/ in the first folder")] = None,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Draw curves as text into the terminal, and write no file.")
    ] = False,
) -> None:
    """Draw learning curves with intervals over seeds, write the numbers behind them, and print a summary."""
    from rich.console import Console

    options = PlotOptions(
        metric=metric,
        statistic=statistic,
        interval=interval,
        smooth=parse_count(smooth, "--smooth", high=MOST_POINTS),
        envs=parse_names(envs or ()),
        algorithms=parse_names(algorithms or ()),
        formats=parse_names(formats or ()) or PlotOptions.formats,
        allow_mixed=allow_mixed,
        out=out,
    )
    if terminal:
        plot_in_terminal(folders or [Path("results")], options)
        return
    say, warn = Console(), Console(stderr=True)
    with warn.status("Reading runs and drawing"), into_files():
        from rlbench.analysis.figures.plot import plot_folders

        report = plot_folders(folders or [Path("results")], options)
    tell(warn, report.notes)
    from rlbench.analysis.reading.metrics import axis_name
    from rlbench.analysis.report.table import grid
    from rlbench.analysis.text import shown_path

    say.print(f"Drawn: {axis_name(report.column)}", markup=False, emoji=False, highlight=False, soft_wrap=True)
    for path in report.paths:
        say.print(shown_path(path), markup=False, emoji=False, highlight=False, soft_wrap=True)
    print_grid(say, grid(report.table.estimates))
