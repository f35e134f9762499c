"""`rlbench plot`: parse, call, print."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rlbench.analysis.options import FORMATS, Axis, Interval, Kind, PlotOptions, Statistic, Theme
from rlbench.cli.drawing import into_files
from rlbench.cli.frames import print_grid
from rlbench.cli.result_options import AllowMixed, Envs, Folders, OneScore, OnlyAlgorithms
from rlbench.cli.table import tell
from rlbench.cli.terminal import plot_in_terminal
from rlbench.errors import UserError
from rlbench.sweep.words import parse_count, parse_names

if TYPE_CHECKING:
    from rlbench.analysis.figures.plot import Plot

MOST_POINTS = 1_000_000
"""A trailing mean over more of them is a slip."""


def plot(
    folders: Folders = None,
    kind: Annotated[
        Kind | None,
        typer.Option(
            show_default="curves, or what a suite names",
            help="Which figure; docs/plots.md shows each.",
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="eval-det, eval-stoch, return (of training episodes); for curves, efficiency and diagnostics any "
            "column of progress.csv. Unless given: eval-det where every run has enough evaluations, else return."
        ),
    ] = None,
    score: OneScore = "final",
    statistic: Annotated[
        Statistic | None,
        typer.Option(help="What the line or mark is, over seeds.", show_default="mean; aggregate: all"),
    ] = None,
    interval: Annotated[Interval, typer.Option(help="What the band or bar is, over seeds.")] = "auto",
    smooth: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Trailing mean over so many points of each seed.",
            show_default="1; diagnostics: a fiftieth of them",
        ),
    ] = None,
    x: Annotated[
        Axis, typer.Option("--x", help="Of curves and efficiency: transitions, wall time or processor time.")
    ] = "steps",
    baseline: Annotated[
        str | None, typer.Option(help="Of improvement: compare with this one only.", metavar="ALGORITHM")
    ] = None,
    envs: Envs = None,
    algorithms: OnlyAlgorithms = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help=f"Of {', '.join(FORMATS)}; repeat, or put commas.",
            show_default="png,pdf",
        ),
    ] = None,
    theme: Annotated[Theme, typer.Option(help="For a light or a dark page.")] = "light",
    width: Annotated[
        float | None,
        typer.Option(help="Of a figure in inches: 3.3 for a column of a paper.", show_default="as suits it"),
    ] = None,
    allow_mixed: AllowMixed = False,
    out: Annotated[Path | None, typer.Option(help="Where to write.", show_default="plots/ in the first folder")] = None,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Draw curves as text into the terminal, and write no file.")
    ] = False,
) -> None:
    """Draw results with intervals over seeds.

    It also writes the numbers behind the figures, and prints a summary.
    """
    from rich.console import Console

    options = PlotOptions(
        kind=kind or "curves",
        metric=metric,
        score=score,
        statistic=statistic,
        interval=interval,
        smooth=parse_count(smooth, "--smooth", high=MOST_POINTS, such_as="1 or 10") if smooth is not None else None,
        x=x,
        baseline=baseline,
        envs=parse_names(envs or ()),
        algorithms=parse_names(algorithms or ()),
        formats=parse_names(formats or ()) or PlotOptions.formats,
        theme=theme,
        width=width,
        allow_mixed=allow_mixed,
        out=out,
    )
    if terminal:
        plot_in_terminal(folders or [Path("results")], options)
        return
    say, warn = Console(), Console(stderr=True)
    with warn.status("Reading runs and drawing"), into_files():
        plots, undrawn = draw(folders or [Path("results")], options, kind)
    tell(warn, [*dict.fromkeys(note for made in plots for note in made.notes), *undrawn])
    from rlbench.analysis.report.table import grid
    from rlbench.analysis.text import shown_path

    for made in plots:
        for line in (f"Drawn: {made.sheets[0].says}", *dict.fromkeys(map(shown_path, made.paths))):
            say.print(line, markup=False, emoji=False, highlight=False, soft_wrap=True)
    print_grid(say, grid(plots[0].summary, plots[0].titles))


def draw(folders: Sequence[Path], options: PlotOptions, kind: Kind | None) -> "tuple[list[Plot], list[str]]":
    """Draw the kind that was asked for, or those of the suite, and say which of these cannot be drawn, and why."""
    from rlbench.analysis.figures.plot import plot_folders
    from rlbench.analysis.suite_defaults import kinds_in

    kinds = (kind,) if kind else kinds_in(folders)
    plots, refusals = [], []
    for each in kinds:
        try:
            plots.append(plot_folders(folders, replace(options, kind=each)))
        except UserError as error:
            refusals.append((each, error))
    if not plots:
        raise refusals[0][1]
    return plots, [f"{each} is not drawn: {error}" for each, error in refusals]
