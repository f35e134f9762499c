"""What Python programs call: each of these functions does what the command of its name does, without printing."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rlbench.analysis.options import (
    Axis,
    ComparisonOptions,
    Interval,
    Kind,
    Metric,
    PlotOptions,
    Score,
    Statistic,
    Theme,
)
from rlbench.analysis.reading.results import choice_of, several
from rlbench.analysis.report.compare import Comparison, make_comparison
from rlbench.analysis.report.table import EVALUATIONS, Table, make_table
from rlbench.analysis.suite_defaults import comparison_defaults, kinds_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rlbench.analysis.figures.plot import Plot
    from rlbench.analysis.report.page.make import Report

Folders = str | Path | Sequence[str | Path]


def table(
    results: Folders = "results",
    *,
    algorithms: Sequence[str] = (),
    envs: Sequence[str] = (),
    metrics: Sequence[Metric] = EVALUATIONS,
    scores: Sequence[Score] = ("final",),
    statistic: Statistic = "mean",
    interval: Interval = "auto",
    published: bool = False,
    allow_mixed: bool = False,
) -> Table:
    """Results with intervals over seeds, a row for each environment, algorithm, metric and score.

    results: one or several folders. metrics: "eval-det" (by the mean action), "eval-stoch" (by sampled actions) and
    "return" (of training episodes). scores of each seed: "final", "best" and "auc" (area under the curve, divided by
    its length). published: set others' results beside ours. Raises UserError, with one line that says what to do.
    """
    choice = choice_of(results, envs, algorithms, allow_mixed)
    return make_table(choice, several(metrics), several(scores), statistic, interval, published)


def compare(
    *algorithms: str,
    results: Folders = "results",
    envs: Sequence[str] = (),
    metric: Metric | None = None,
    score: Score = "final",
    statistic: Statistic = "mean",
    interval: Interval = "auto",
    threshold: float | None = None,
    baseline: str | None = None,
    published: bool = False,
    allow_mixed: bool = False,
) -> Comparison:
    """Which of these algorithms (of all, where none is named) is better, by how much, and whether seeds can tell.

    metric: None takes evaluations by the mean action where every run has one, else training returns. threshold: tell
    also when each first reached this return. baseline: compare with this algorithm only. Raises UserError, with one
    line that says what to do.

        verdict = rlbench.compare("trpo", "ppo", results="results/reference")
        print(verdict.verdicts[0])
        verdict.differences.query("better != ''")
    """
    choice = choice_of(results, envs, algorithms, allow_mixed)
    options = ComparisonOptions(metric, score, statistic, interval, threshold, baseline, published)
    return make_comparison(choice, comparison_defaults(options, choice.folders, choice.algorithms))


def report(
    results: Folders = "results",
    out: str | Path = "report.html",
    *,
    algorithms: Sequence[str] = (),
    envs: Sequence[str] = (),
    metric: Metric | None = None,
    score: Score = "final",
    statistic: Statistic = "mean",
    interval: Interval = "auto",
    threshold: float | None = None,
    baseline: str | None = None,
    published: bool = False,
    allow_mixed: bool = False,
    title: str = "",
) -> "Report":
    """One HTML file with verdict, tables, figures, settings and provenance, which needs no network.

    results, algorithms and the choices of statistics: as in `compare`. out: the file to write; an earlier report
    there is replaced, and no other file is. Raises UserError, with one line that says what to do.
    """
    from rlbench.analysis.report.page.make import make_report

    choice = choice_of(results, envs, algorithms, allow_mixed)
    options = ComparisonOptions(metric, score, statistic, interval, threshold, baseline, published)
    options = comparison_defaults(options, choice.folders, choice.algorithms)
    return make_report(choice, Path(out), options, title)


def plot(
    results: Folders = "results",
    *,
    kind: Kind | None = None,
    metric: str | None = None,
    score: Score = "final",
    statistic: Statistic | None = None,
    interval: Interval = "auto",
    smooth: int | None = None,
    x: Axis = "steps",
    baseline: str | None = None,
    envs: Sequence[str] = (),
    algorithms: Sequence[str] = (),
    formats: Sequence[str] = PlotOptions.formats,
    theme: Theme = "light",
    width: float | None = None,
    allow_mixed: bool = False,
    out: str | Path | None = None,
    ax: "Axes | None" = None,
) -> "Plot":
    """Draw results, and write figures and the numbers behind them to `out`, or to `plots/` in the first folder.

    kind: "curves" (if None, or what a suite names first), "profile", "aggregate", "improvement", "efficiency", "final"
    or "diagnostics". metric: None takes a suite's, or evaluations by the mean action where every run has enough, else
    training returns. x: "steps", "wall" or "cpu".
    formats: of "png", "pdf" and "svg"; with none, nothing is written. width: inches. ax: Matplotlib's axes to draw one
    panel into, in place of a figure and files. Raises UserError, with one line that says what to do.

        made = rlbench.plot("results/reference", kind="final", formats=())
        made.figure, made.numbers, made.caption
        rlbench.plot("results/reference", envs="Hopper-v4", ax=axes[0])
    """
    from rlbench.analysis.figures.plot import plot_folders

    choice = choice_of(results, envs, algorithms, allow_mixed)
    options = PlotOptions(
        kind=kind or kinds_in(choice.folders)[0],
        metric=metric,
        score=score,
        statistic=statistic,
        interval=interval,
        smooth=smooth,
        x=x,
        baseline=baseline,
        envs=choice.envs,
        algorithms=choice.algorithms,
        formats=several(formats),
        theme=theme,
        width=width,
        allow_mixed=allow_mixed,
        out=None if out is None else Path(out),
    )
    return plot_folders(choice.folders, options, ax)
