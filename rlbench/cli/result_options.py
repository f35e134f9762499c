"""Options that several of the commands have which read results."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from rlbench.analysis.options import Metric, Score

Folders = Annotated[
    list[Path] | None, typer.Argument(help="Results folders.", show_default="results", metavar="FOLDER")
]
OneMetric = Annotated[
    Metric | None,
    typer.Option(
        help="Evaluations by the mean action or by sampled actions, or training returns. "
        "Unless given: eval-det where every run has one, else return."
    ),
]
OneScore = Annotated[
    Score,
    typer.Option(help="Of each seed: its last value, its highest, or the area under its curve by its length."),
]
Threshold = Annotated[
    float | None, typer.Option(metavar="RETURN", help="Tell also when each first reached this return.")
]
Baseline = Annotated[
    str | None, typer.Option(help="Compare with this one only, which takes fewer seeds.", metavar="ALGORITHM")
]
Envs = Annotated[list[str] | None, typer.Option(metavar="ID", help="Only these environments; repeat, or put commas.")]
OnlyAlgorithms = Annotated[
    list[str] | None, typer.Option("--algorithms", metavar="NAME", help="Only these algorithms; repeat, or put commas.")
]
AllowMixed = Annotated[
    bool,
    typer.Option(
        "--allow-mixed",
        help="Keep runs of other versions, physics, budgets or settings apart by name, in place of refusing them.",
    ),
]
Against = Annotated[
    Literal["published"] | None, typer.Option("--against", help="Set others' published results beside ours.")
]
