"""`rlbench table`: parse, call, print."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from rlbench.analysis.options import Interval, Metric, Score, Statistic, TableFormat
from rlbench.cli.colours import NOTE
from rlbench.cli.frames import Shown, show_frames
from rlbench.cli.result_options import Against, AllowMixed, Envs, Folders, OnlyAlgorithms
from rlbench.sweep.words import parse_names

if TYPE_CHECKING:
    from rich.console import Console


def table(
    folders: Folders = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            help="eval-det (mean action), eval-stoch (sampled actions), return (training); repeat, or put commas.",
            show_default="eval-det,eval-stoch",
        ),
    ] = None,
    scores: Annotated[
        list[str] | None,
        typer.Option(
            "--score",
            help="final, best, or auc (area under the curve by its length) of each seed; repeat, or put commas.",
            show_default="final",
        ),
    ] = None,
    statistic: Annotated[Statistic, typer.Option(help="Over seeds.")] = "mean",
    interval: Annotated[Interval, typer.Option(help="In brackets, over seeds.")] = "auto",
    envs: Envs = None,
    algorithms: OnlyAlgorithms = None,
    against: Against = None,
    allow_mixed: AllowMixed = False,
    kind: Annotated[TableFormat, typer.Option("--format", help="To read, to paste, or for a program.")] = "text",
) -> None:
    """Print results with intervals over seeds.

    There is a row for each environment and algorithm.
    """
    from rich.console import Console

    say, warn = Console(), Console(stderr=True)
    with warn.status("Reading runs"):
        from rlbench.analysis import face
        from rlbench.analysis.report.published_grid import published_grid
        from rlbench.analysis.report.table import EVALUATIONS, grid

        made = face.table(
            folders or "results",
            algorithms=parse_names(algorithms or ()),
            envs=parse_names(envs or ()),
            metrics=cast(tuple[Metric, ...], parse_names(metrics or ())) or EVALUATIONS,
            scores=cast(tuple[Score, ...], parse_names(scores or ())) or ("final",),
            statistic=statistic,
            interval=interval,
            published=bool(against),
            allow_mixed=allow_mixed,
        )
    tell(warn, made.notes)
    shown = [Shown("estimates", made.estimates, grid(made.estimates, made.titles))]
    if made.published is not None:
        shown.append(Shown("published", made.published, published_grid(made.published, made.titles)))
    show_frames(say, kind, shown, {"notes": made.notes})


def tell(warn: "Console", notes: list[str]) -> None:
    """Print the notes on a comparison."""
    for note in notes:
        warn.print(f"note: {note}", style=NOTE, markup=False, emoji=False, highlight=False, soft_wrap=True)
