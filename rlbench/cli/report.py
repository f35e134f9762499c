"""`rlbench report`: parse, call, print."""

from pathlib import Path
from typing import Annotated

import typer

from rlbench.analysis.options import Interval, Statistic
from rlbench.cli.drawing import into_files
from rlbench.cli.result_options import (
    Against,
    AllowMixed,
    Baseline,
    Envs,
    Folders,
    OneMetric,
    OneScore,
    OnlyAlgorithms,
    Threshold,
)
from rlbench.cli.table import tell
from rlbench.sweep.words import parse_names


def report(
    folders: Folders = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path("report.html"),
    metric: OneMetric = None,
    score: OneScore = "final",
    statistic: Annotated[Statistic, typer.Option(help="What is shown over seeds; tests are of means.")] = "mean",
    interval: Annotated[Interval, typer.Option(help="In brackets behind the statistic, and the band.")] = "auto",
    threshold: Threshold = None,
    baseline: Baseline = None,
    envs: Envs = None,
    algorithms: OnlyAlgorithms = None,
    against: Against = None,
    allow_mixed: AllowMixed = False,
    title: Annotated[str, typer.Option(help="The page's heading.", show_default=False)] = "",
) -> None:
    """Write one HTML file that tells everything about results.

    It has the verdict, tables, figures, settings and provenance, and is read without a network.
    """
    from rich.console import Console

    say, warn = Console(), Console(stderr=True)
    with warn.status("Reading runs, comparing and drawing"), into_files():
        from rlbench.analysis import face
        from rlbench.analysis.text import shown_path

        made = face.report(
            folders or "results",
            out,
            algorithms=parse_names(algorithms or ()),
            envs=parse_names(envs or ()),
            metric=metric,
            score=score,
            statistic=statistic,
            interval=interval,
            threshold=threshold,
            baseline=baseline,
            published=bool(against),
            allow_mixed=allow_mixed,
            title=title,
        )
    tell(warn, made.cautions)
    for line in (*made.verdict, shown_path(made.path)):
        say.print(line, markup=False, emoji=False, highlight=False, soft_wrap=True)
