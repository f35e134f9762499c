"""A comparison's tables, as the page shows them."""

from collections.abc import Sequence

from rlbench.analysis.frames.published import published_frame
from rlbench.analysis.options import ComparisonOptions, Metric
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.report import comparison_grids as grids
from rlbench.analysis.report.compare import Comparison
from rlbench.analysis.report.page.tables import HtmlTable, html_table
from rlbench.analysis.report.published_grid import published_grid
from rlbench.analysis.report.table import grid, summary

METRICS: tuple[Metric, ...] = ("eval-det", "eval-stoch", "return")


def result_tables(
    logs: Sequence[Log], made: Comparison | None, options: ComparisonOptions, titles: Titles = PLAIN
) -> list[HtmlTable]:
    """How well each algorithm did."""
    tables = []
    if made:
        tables.append(html_table(grids.title(made), grids.estimates_grid(made)))
        if len(made.aggregates):
            tables.append(html_table("All environments together", grids.aggregates_grid(made)))
        if len(made.thresholds):
            tables.append(html_table("How fast a return was reached", grids.thresholds_grid(made)))
    every = summary(logs, options.statistic, options.interval, METRICS, (options.score,)).estimates
    measured = every.groupby("metric")["mean"].transform(lambda values: values.notna().any()).astype(bool)
    if measured.any():
        tables.append(html_table("Every kind of return", grid(every[measured], titles)))
    published = published_frame(logs) if options.published else None
    if published is not None and len(published):
        tables.append(html_table("Beside published results", published_grid(published, titles)))
    return tables


def difference_tables(made: Comparison) -> list[HtmlTable]:
    """How much pairs of algorithms differ."""
    tables = [html_table("Differences between algorithms", grids.differences_grid(made.differences, made.titles))]
    if len(made.aggregate_differences):
        together = grids.differences_grid(made.aggregate_differences, made.titles)
        tables.append(html_table("Differences over all environments", together))
    return tables
