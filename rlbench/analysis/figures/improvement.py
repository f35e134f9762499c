"""The probability that a run of one algorithm scores higher than a run of another: a row, or a cell, for each pair."""

import numpy as np
import pandas as pd

from rlbench.analysis.figures.captions import say_runs
from rlbench.analysis.figures.panels import Panel
from rlbench.analysis.figures.rows import MatrixPanel, Row, RowPanel
from rlbench.analysis.figures.scored import Scored, columns, say_scores, together
from rlbench.analysis.figures.sheet import Sheet
from rlbench.analysis.figures.stems import stem
from rlbench.analysis.frames.differences import aggregate_difference_frame, difference_frame
from rlbench.analysis.options import PlotOptions
from rlbench.analysis.reading.choice import Readings
from rlbench.analysis.reading.titles import Titles
from rlbench.analysis.text import listed, shown
from rlbench.errors import UserError, nearest

__all__ = ["columns", "sheets"]
MOST_ROWS = 15
"""Of more pairs a matrix is drawn, where each algorithm has a row and a column."""
MOST_NAMES = 24
INTERVAL = "95 % interval of Newcombe"


def sheets(readings: Readings, options: PlotOptions) -> tuple[list[Sheet], list[str]]:
    """One panel."""
    found = together(readings, options)
    check_names(found, options.baseline)
    count = len(found.scaled)
    compare = aggregate_difference_frame if count > 1 else difference_frame
    frame = compare(found.scaled, options.baseline)
    rows = len(frame) <= MOST_ROWS or options.baseline is not None
    where = f"{count} environments" if count > 1 else found.titles.env(next(iter(found.scaled)))
    panel: Panel = row_panel(where, frame, found.titles) if rows else matrix_panel(where, frame, found.titles)
    combined = ", combined over environments" if count > 1 else ""
    if frame["improvement"].isna().all():
        said = "Nothing can be told: it takes two seeds of each algorithm, all with a score."
    elif rows:
        said = f"Bars: {INTERVAL}{combined}, {say_uncorrected(frame)}. Dashed: even chances. {say_better(frame, '*')}"
    else:
        said = f"{say_better(frame, 'Bold')} Intervals are in the CSV file, {say_uncorrected(frame)}."
    runs = say_runs(found.titles.logs(found.counted))
    sheet = Sheet(
        name=stem("improvement", options, found.metric),
        panels=[panel],
        says=f"probability of improvement by {found.phrase}",
        numbers=frame.assign(metric=found.metric, score=found.score),
        caption="Probability that a run of the first scores higher than a run of the second"
        f"{' (row over column)' if not rows else ''}. {said} {say_scores(found)} {runs}",
        x_label="P(a run of the first scores higher)" if rows else "",
        together=found.names,
    )
    return [sheet], [*readings.notes, *found.notes]


def say_uncorrected(frame: pd.DataFrame) -> str:
    """Whether intervals allow for the number of pairs: they are of each pair alone."""
    return "each for its pair alone" if len(frame) > 1 else "of this one pair"


def say_better(frame: pd.DataFrame, sign: str) -> str:
    """Which pairs are told apart: those that `rlbench compare` tells apart, by the same test."""
    corrected = f", corrected for {len(frame)} pairs" if len(frame) > 1 else ""
    test = f"p ≤ 5 % by the permutation test of rlbench compare{corrected}"
    if (frame["better"] == "").all():
        return f"No pair can be told apart ({test})."
    return f"{sign}: the two can be told apart ({test})."


def check_names(found: Scored, baseline: str | None) -> None:
    """Refuse what has no pairs, or too many."""
    names = found.names
    if len(names) < 2:
        raise UserError(f"An improvement takes two algorithms, and there is one: {shown(names[0])}. Name another.")
    if baseline is not None and baseline not in names:
        raise UserError(
            f"No {shown(baseline)!r} is compared.{shown(nearest(baseline, names))} "
            f"--baseline is one of {listed(map(shown, names), 10)}."
        )
    most = 3 * MOST_ROWS if baseline else MOST_NAMES
    if len(names) > most:
        fewer = "Name fewer with --algorithms" + ("" if baseline else ", or compare with one only: --baseline")
        raise UserError(f"{len(names)} algorithms are too many for one figure; {most} have room. {fewer}.")


def row_panel(title: str, frame: pd.DataFrame, titles: Titles) -> RowPanel:
    rows = [
        Row(
            row["a"],
            f"{titles.algorithm(row['a'], 16)} > {titles.algorithm(row['b'], 16)}{' *' if row['better'] else ''}",
            row["improvement"],
            row["improvement_low"],
            row["improvement_high"],
        )
        for row in frame.to_dict("records")
    ]
    return RowPanel(title, rows, untold(frame, titles), level=0.5, limits=(-0.02, 1.02))


def untold(frame: pd.DataFrame, titles: Titles) -> str:
    """Which algorithms have too few seeds to tell, in small type."""
    missing = frame[frame["improvement"].isna()]
    few = sorted({row[name] for row in missing.to_dict("records") for name in "ab" if row[f"n_{name}"] < 2})
    if few:
        return f"one seed: {listed(map(titles.algorithm, few), 3)}"
    return "not every seed has a score" if len(missing) else ""


def matrix_panel(title: str, frame: pd.DataFrame, titles: Titles) -> MatrixPanel:
    """The algorithms that win most often are first."""
    pairs = frame.to_dict("records")
    found = sorted({row[side] for row in pairs for side in "ab"})
    place = {name: number for number, name in enumerate(found)}
    numbers = np.full((len(found), len(found)), np.nan)
    sure = np.zeros(numbers.shape, bool)
    for row in pairs:
        a, b = place[row["a"]], place[row["b"]]
        numbers[a, b], numbers[b, a] = row["improvement"], 1 - row["improvement"]
        sure[a, b] = sure[b, a] = row["better"] != ""
    order = np.argsort(-np.nansum(numbers, axis=1), kind="stable")
    names = [found[index] for index in order]
    ordered = np.ix_(order, order)
    labels = [titles.algorithm(name, 20) for name in names]
    return MatrixPanel(title, names, numbers[ordered], sure[ordered], untold(frame, titles), labels=labels)
