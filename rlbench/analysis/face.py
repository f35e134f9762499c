"""What Python programs call: each of these functions does what the command of its name does, without printing."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rlbench.analysis.options import Interval, Metric, ReportOptions, Score, Statistic
from rlbench.analysis.reading.results import choice_of, several
from rlbench.analysis.report.compare import Comparison, make_comparison
from rlbench.analysis.report.table import EVALUATIONS, Table, make_table

if TYPE_CHECKING:
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
    return make_comparison(choice, metric, score, statistic, interval, threshold, baseline, published)


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
    options = ReportOptions(metric, score, statistic, interval, threshold, baseline, published, title)
    return make_report(choice, Path(out), options)
