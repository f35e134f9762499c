"""One number from all runs of each algorithm: interquartile mean, median, mean and optimality gap, with intervals."""

import pandas as pd

from rlbench.analysis.figures.captions import say_runs, sentences
from rlbench.analysis.figures.rows import Row, RowPanel
from rlbench.analysis.figures.scored import Scored, columns, say_scores, together
from rlbench.analysis.figures.sheet import Sheet
from rlbench.analysis.figures.stems import stem
from rlbench.analysis.frames.aggregates import Aggregate, aggregate_frame
from rlbench.analysis.frames.ranges import Range, possible, possible_normalised, say_beyond
from rlbench.analysis.options import PlotOptions
from rlbench.analysis.reading.choice import Readings
from rlbench.analysis.reading.metrics import column_of
from rlbench.analysis.statistics.estimates import FEWEST_FOR_IQM

__all__ = ["columns", "sheets"]
TITLES: dict[Aggregate, str] = {
    "iqm": "interquartile mean",
    "median": "median",
    "mean": "mean",
    "gap": "optimality gap",
}


def sheets(readings: Readings, options: PlotOptions) -> tuple[list[Sheet], list[str]]:
    """A panel for each statistic, or one for the one that was asked for; algorithms in the order of the first panel."""
    found = together(readings, options)
    chosen: list[Aggregate] = [options.statistic] if options.statistic else list(TITLES)
    if not found.is_normalised and "gap" in chosen:
        chosen.remove("gap")  # there is no optimum to fall short of
    frame = pd.concat([aggregate_frame(found.scaled, each) for each in chosen], ignore_index=True)
    first = frame[frame["statistic"] == chosen[0]].sort_values("value", ascending=False, kind="stable")
    names = first["algorithm"].tolist()
    panels = []
    for each in chosen:
        part = frame[frame["statistic"] == each].set_index("algorithm").loc[names].reset_index()
        rows = [
            Row(row["algorithm"], found.titles.algorithm(row["algorithm"], 30), row["value"], row["low"], row["high"])
            for row in part.to_dict("records")
        ]
        panels.append(RowPanel(TITLES[each], rows, note="less is better" if each == "gap" else ""))
    runs = say_runs(found.titles.logs(found.counted))
    sheet = Sheet(
        name=stem("aggregate", options, found.metric),
        panels=panels,
        says=found.phrase,
        numbers=frame.assign(metric=found.metric, score=found.score),
        caption=sentences(say_intervals(frame), beyond(frame, found), say_scores(found), runs),
        x_label=found.axis,
        together=found.names,
    )
    return [sheet], [*readings.notes, *found.notes]


def beyond(frame: pd.DataFrame, found: Scored) -> str:
    """Which statistics have bars beyond the values that they can have."""
    if not found.is_normalised:
        column = column_of(found.metric)
        bands = [(env, possible(env, column), frame["low"], frame["high"]) for env in found.scaled]
        return say_beyond(bands, found.titles.env)
    within = possible_normalised(found.scaled)
    gap = Range(max(0.0, 1 - within.high))
    bars = {each: frame[frame["statistic"] == each] for each in TITLES}
    return say_beyond(
        [(TITLES[each], gap if each == "gap" else within, part["low"], part["high"]) for each, part in bars.items()]
    )


def say_intervals(frame: pd.DataFrame) -> str:
    """What bars are, and what the optimality gap is."""
    if frame["low"].isna().all():
        bars = "No intervals: an environment has one seed."
    else:
        kinds = frame[frame["low"].notna()].groupby("interval", sort=False)["statistic"].unique()
        told = [f"of {' and '.join(TITLES[each] for each in which)} {kind}" for kind, which in kinds.items()]
        bars = f"Bars: {'; '.join(told)}." if len(kinds) > 1 else f"Bars: {kinds.index[0]}."
    gap = " Gap: mean of how far runs stay below 1." if (frame["statistic"] == "gap").any() else ""
    few = (frame["statistic"] == "iqm") & (frame["n"] < FEWEST_FOR_IQM)
    return (
        bars
        + gap
        + (
            f" An interquartile mean of fewer than {FEWEST_FOR_IQM} runs is made of the few in their middle."
            if few.any()
            else ""
        )
    )
