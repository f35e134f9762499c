"""Final results of every algorithm: `rlbench table`, and the summary that `rlbench plot` prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from rlbench.analysis.frames.checks import comparison_notes
from rlbench.analysis.frames.curves import groups
from rlbench.analysis.frames.estimates import estimate_frame
from rlbench.analysis.frames.published import published_frame
from rlbench.analysis.frames.ranges import of_estimates, say_beyond
from rlbench.analysis.frames.scores import score_frame
from rlbench.analysis.options import Interval, Metric, Score, Statistic, check_choice
from rlbench.analysis.reading.choice import Choice, read
from rlbench.analysis.reading.metrics import EVALUATIONS, METRIC_NAMES, SCORE_NAMES, column_of
from rlbench.analysis.reading.physics import say_physics
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.report.grid import Grid
from rlbench.analysis.statistics.estimates import FEWEST_FOR_IQM, STATISTIC_NAMES
from rlbench.analysis.statistics.intervals import check_interval, interval_names
from rlbench.analysis.text import interval_text, number_text, units

MARKS = {"diverged": "×", "changed": "!"}
FINAL = " A curve ends at the last step that all its seeds reached, where it may have another value."
DIVERGED = " ×: diverged."
CHANGED = " !: progress.csv was changed after its run ended, so these are not the numbers that rlbench wrote."
FEW_FOR_IQM = f" °: interquartile mean of fewer than {FEWEST_FOR_IQM} values."


@dataclass(frozen=True)
class Table:
    """Estimates with intervals over seeds."""

    estimates: pd.DataFrame
    """A row for each environment, algorithm, metric and score."""
    scores: pd.DataFrame
    """What they were computed from: a row for each run and metric."""
    published: pd.DataFrame | None = None
    """Others' results beside ours, where they were asked for; see `published_frame`."""
    notes: list[str] = field(default_factory=list)
    """What the reader should be told."""
    titles: Titles = PLAIN
    """What environments and algorithms are called where a person reads them."""


def make_table(
    choice: Choice,
    metrics: Sequence[Metric] = EVALUATIONS,
    scores: Sequence[Score] = ("final",),
    statistic: Statistic = "mean",
    interval: Interval = "auto",
    published: bool = False,
) -> Table:
    """Read the chosen runs and sum them up."""
    check_choice(metrics, Metric, "--metric")
    check_choice(scores, Score, "--score")
    check_interval(statistic, interval)
    readings = read(choice, {column_of(metric) for metric in metrics})
    counts = {names: len(members) for names, members in groups(readings.logs).items()}
    notes = readings.notes + comparison_notes(readings.logs, counts)
    made = summary(readings.logs, statistic, interval, metrics, scores)
    theirs = published_frame(readings.logs) if published else None
    return replace(made, notes=notes, published=theirs, titles=readings.titles)


def summary(
    logs: Sequence[Log],
    statistic: Statistic = "mean",
    interval: Interval = "auto",
    metrics: Sequence[Metric] = EVALUATIONS,
    scores: Sequence[Score] = ("final",),
) -> Table:
    """The table of runs that have been read."""
    frame = score_frame(logs, metrics)
    return Table(estimate_frame(frame, scores, statistic, interval), frame)


def grid(estimates: pd.DataFrame, titles: Titles = PLAIN) -> Grid:
    """The estimates as a person reads them: a row for each environment and algorithm, an environment named once."""
    beyond = say_beyond(of_estimates(estimates), titles.env)
    estimates = titles.frame(estimates)
    quantities = list(dict.fromkeys(zip(estimates["metric"], estimates["score"])))
    statistic = estimates["statistic"].iloc[0]
    head = ["environment", "algorithm", "seeds", "steps"]
    for metric, score in quantities:
        head += [f"{score}, {METRIC_NAMES[metric]}", "sd"]
    rows, above = [], None
    for (env, algorithm), part in estimates.groupby(["env", "algorithm"], sort=False):
        cells = part.set_index(["metric", "score"])
        first = part.iloc[0]
        row = [
            "" if env == above else str(env),
            str(algorithm),
            f"{first['n']}{marks(first)}",
            units(first["env_steps"]),
        ]
        for quantity in quantities:
            one = cells.loc[quantity]
            few = "°" if statistic == "iqm" and one["n"] < FEWEST_FOR_IQM else ""
            row += [interval_text(one["value"], one["low"], one["high"]) + few, number_text(one["std"], one["value"])]
        rows.append(tuple(row))
        above = env
    return Grid(tuple(head), rows, names=2, caption=caption(estimates, beyond))


def marks(row: Mapping[Any, Any] | pd.Series) -> str:
    """Behind the number of seeds: how many of them need a word, which the caption has."""
    found = [f"{row[column]} {sign}" for column, sign in MARKS.items() if row[column]]
    return f" ({', '.join(found)})" if found else ""


def caption(estimates: pd.DataFrame, beyond: str = "") -> str:
    """What the numbers are; `beyond` says which intervals reach beyond what is possible."""
    statistic = estimates["statistic"].iloc[0]
    methods = set(estimates["interval"]) - {"none"}
    kinds = {(row["env"], row["algorithm"]): row["physics"] for row in estimates.to_dict("records")}
    parts = [
        "; ".join(SCORE_NAMES[score] for score in dict.fromkeys(estimates["score"])) + ".",
        FINAL if "final" in set(estimates["score"]) else "",
        f" {STATISTIC_NAMES[statistic].capitalize()} over seeds",
        f", in brackets {named(estimates)}; sd: standard deviation over seeds." if methods else ".",
        DIVERGED if estimates["diverged"].any() else "",
        CHANGED if estimates["changed"].any() else "",
        FEW_FOR_IQM if statistic == "iqm" and (estimates["n"] < FEWEST_FOR_IQM).any() else "",
        f" {beyond}" if beyond else "",
        f" {say_physics(kinds)}",
    ]
    return "".join(parts)


def named(estimates: pd.DataFrame) -> str:
    """What the intervals are called."""
    counts = estimates["n"].unique().tolist()
    methods = sorted(set(estimates["interval"]) - {"none"})
    chosen: Interval = methods[0] if len(methods) == 1 else "auto"
    return interval_names(chosen, estimates["statistic"].iloc[0], counts)
