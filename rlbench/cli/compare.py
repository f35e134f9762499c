"""`rlbench compare`: parse, call, print."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rlbench.analysis.options import Interval, Statistic, TableFormat
from rlbench.cli.frames import Shown, show_frames
from rlbench.cli.result_options import Against, AllowMixed, Baseline, Envs, OneMetric, OneScore, Threshold
from rlbench.cli.table import tell
from rlbench.sweep.words import parse_names

if TYPE_CHECKING:
    from rich.console import Console

    from rlbench.analysis.report.compare import Comparison


def compare(
    algorithms: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ALGORITHM", help="Algorithms or labels to compare; with commas or spaces.", show_default="all"
        ),
    ] = None,
    results: Annotated[
        list[Path] | None, typer.Option(help="A results folder; repeat for several.", show_default="results")
    ] = None,
    metric: OneMetric = None,
    score: OneScore = "final",
    statistic: Annotated[Statistic, typer.Option(help="What is printed over seeds; tests are of means.")] = "mean",
    interval: Annotated[Interval, typer.Option(help="In brackets behind the statistic.")] = "auto",
    threshold: Threshold = None,
    baseline: Baseline = None,
    envs: Envs = None,
    against: Against = None,
    allow_mixed: AllowMixed = False,
    kind: Annotated[
        TableFormat,
        typer.Option(
            "--format", help="To read, to paste, or for a program. csv: several tables with a blank line between two."
        ),
    ] = "text",
) -> None:
    """Say which algorithm is better, and whether so many seeds can tell."""
    from rich.console import Console

    say, warn = Console(), Console(stderr=True)
    with warn.status("Reading runs and comparing"):
        from rlbench.analysis import face

        made = face.compare(
            *parse_names(algorithms or ()),
            results=results or "results",
            envs=parse_names(envs or ()),
            metric=metric,
            score=score,
            statistic=statistic,
            interval=interval,
            threshold=threshold,
            baseline=baseline,
            published=bool(against),
            allow_mixed=allow_mixed,
        )
    tell(warn, made.notes)
    words = {"metric": made.metric, "score": made.score, "verdicts": made.verdicts, "limits": made.limits}
    if kind in ("text", "markdown"):
        from rlbench.analysis.report.comparison_grids import title

        say.print(title(made), style="bold", markup=False, highlight=False, soft_wrap=True)
    show_frames(say, kind, shown(made), {**words, "notes": made.notes})
    if kind in ("text", "markdown"):
        conclude(say, made)


def shown(made: "Comparison") -> list[Shown]:
    """The tables that are not empty."""
    from rlbench.analysis.report import comparison_grids as grids
    from rlbench.analysis.report.published_grid import published_grid

    found = [Shown("estimates", made.estimates, grids.estimates_grid(made))]
    if len(made.aggregates):
        found.append(Shown("aggregates", made.aggregates, grids.aggregates_grid(made)))
    found.append(Shown("differences", made.differences, grids.differences_grid(made.differences, made.titles)))
    if len(made.aggregate_differences):
        together = made.aggregate_differences
        found.append(Shown("aggregate_differences", together, grids.differences_grid(together, made.titles)))
    if len(made.thresholds):
        found.append(Shown("thresholds", made.thresholds, grids.thresholds_grid(made)))
    if made.published is not None:
        found.append(Shown("published", made.published, published_grid(made.published, made.titles)))
    return found


def conclude(say: "Console", made: "Comparison") -> None:
    """Print the verdict in words, and what so many seeds can tell."""
    from rich.text import Text

    for heading, lines in (("Verdict", made.conclusion), ("Limits", made.limits)):
        say.print()
        say.print(Text(heading, "bold"))
        for line in lines:
            say.print(Text(f"- {line}"), soft_wrap=not say.is_terminal)
