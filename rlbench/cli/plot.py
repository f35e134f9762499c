"""`rlbench plot`: parse, call, print."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rlbench.analysis.options import FORMATS, Interval, PlotOptions, Statistic

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table


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
    interval: Annotated[Interval, typer.Option(help="What the band is, over seeds.")] = "bootstrap",
    smooth: Annotated[int, typer.Option(min=1, help="Trailing mean over so many points of each seed.")] = 1,
    envs: Annotated[list[str] | None, typer.Option(help="Only these environments; repeat, or put commas.")] = None,
    algorithms: Annotated[list[str] | None, typer.Option(help="Only these algorithms; repeat, or put commas.")] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help=f"Of {', '.join(FORMATS)}; repeat, or put commas.", show_default="png,pdf"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write.", show_default="plots/ in the first folder")] = None,
) -> None:
    """Draw learning curves with intervals over seeds, write the numbers behind them, and print a summary."""
    from rich.console import Console

    say, warn = Console(), Console(stderr=True)
    if not say.is_terminal:
        say.width = max(say.width, 120)  # a pipe is no 80 columns wide
    with warn.status("Reading runs and drawing"):
        from rlbench.analysis.report import plot_folders

        options = PlotOptions(
            metric=metric,
            statistic=statistic,
            interval=interval,
            smooth=smooth,
            envs=split(envs),
            algorithms=split(algorithms),
            formats=split(formats) or PlotOptions.formats,
            out=out,
        )
        report = plot_folders(folders or [Path("results")], options)
    for note in report.notes:
        warn.print(f"note: {note}", style="yellow", markup=False, emoji=False, highlight=False, soft_wrap=True)
    from rlbench.analysis.metrics import axis_name
    from rlbench.analysis.text import shown_path

    say.print(f"Drawn: {axis_name(report.column)}", markup=False, emoji=False, highlight=False, soft_wrap=True)
    for path in report.paths:
        say.print(shown_path(path), markup=False, emoji=False, highlight=False, soft_wrap=True)
    say.print(table_of(report.table))


def split(names: list[str] | None) -> tuple[str, ...]:
    return tuple(part.strip() for name in names or () for part in name.split(",") if part.strip())


def table_of(summary: "pd.DataFrame") -> "Table":
    """The summary as a person reads it: mean ± standard deviation over seeds."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from rlbench.analysis.text import listed, plus_minus, units

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("environment", "algorithm"):
        table.add_column(name, overflow="fold")
    for name in ("seeds", "steps", "final,\nmean action", "final,\nsampled", "maximum,\nmean action"):
        table.add_column(name, justify="right", no_wrap=True)
    above = None
    for row in summary.to_dict("records"):
        cells = (
            row["env"] if row["env"] != above else "",
            row["algorithm"],
            f"{row['n']}" + (f" ({row['diverged']} ×)" if row["diverged"] else ""),
            units(row["env_steps"]),
            plus_minus(row["eval_det"], row["eval_det_std"]),
            plus_minus(row["eval_stoch"], row["eval_stoch_std"]),
            plus_minus(row["eval_det_max"], row["eval_det_max_std"]),
        )
        table.add_row(*(Text(cell) for cell in cells))
        above = row["env"]
    caption = (
        "Evaluation return at the last step that all seeds share (at their own ends, where they share none), "
        "mean ± standard deviation over seeds, "
        "and the maximum of the mean curve. ×: diverged."
    )
    physics = [kind for kind in dict.fromkeys(summary["physics"]) if kind]
    table.caption = Text(caption + (f" Physics: {listed(physics)}." if physics else ""))
    table.caption_justify = "left"
    return table
