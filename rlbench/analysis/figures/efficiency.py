"""How well algorithms do after so many transitions, or so much time: over all environments, or on the only one."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from rlbench.analysis.figures import curves as learning
from rlbench.analysis.figures.captions import (
    X_LABELS,
    bands_of,
    remarks_on,
    say_curves,
    say_lines,
    say_runs,
    sentences,
)
from rlbench.analysis.figures.panels import LinePanel
from rlbench.analysis.figures.scored import say_left_out
from rlbench.analysis.figures.sheet import Sheet
from rlbench.analysis.figures.stems import stem
from rlbench.analysis.frames.checks import comparison_notes
from rlbench.analysis.frames.curves import Curve, choose_column, curve_table, groups
from rlbench.analysis.frames.efficiency import build_curves_of_all
from rlbench.analysis.frames.ranges import possible_normalised, say_beyond
from rlbench.analysis.options import Axis, PlotOptions
from rlbench.analysis.reading.choice import Readings, refuse_two_versions
from rlbench.analysis.reading.metrics import axis_name
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.titles import Titles
from rlbench.analysis.statistics.aggregates import interval_name
from rlbench.analysis.statistics.estimates import STATISTIC_NAMES
from rlbench.analysis.text import listed, shown
from rlbench.errors import UserError

CLOCKS: dict[Axis, str] = {
    "steps": "",
    "wall": "Wall time: of the process from its start, which may have trained several seeds at once.",
    "cpu": "Processor time: of all cores, shared out over the seeds that a process trained at once.",
}
"""What each clock counts."""


def columns(options: PlotOptions) -> Collection[str]:
    """What is read beside evaluations."""
    return learning.columns(options)


class Drawn(NamedTuple):
    """The curves, and what is said of them."""

    curves: list[Curve]
    title: str
    y_label: str
    caption: str
    notes: list[str]
    logs: Sequence[Log]
    """The runs that count in."""


def sheets(readings: Readings, options: PlotOptions) -> tuple[list[Sheet], list[str]]:
    """One panel."""
    logs = readings.logs
    column = choose_column(options.metric, logs)
    titles = readings.titles
    envs = titles.sorted_envs({log.run.env for log in logs})
    if not options.allow_mixed:
        refuse_two_versions(envs)
    drawn = on_one(logs, column, options, titles) if len(envs) == 1 else over_all(logs, column, options, titles)
    curves = drawn.curves
    factor, unit = learning.time_unit(curves, options.x)
    remarks = remarks_on(curves, options.x)
    absent = {log.run.algorithm for log in logs} - {curve.algorithm for curve in curves}
    lines = [learning.as_line(curve, factor) for curve in curves]
    sheet = Sheet(
        name=stem("efficiency", options, column),
        panels=[LinePanel(drawn.title, lines, "\n".join(learning.missing_note(absent, titles)))],
        says=drawn.y_label,
        numbers=curve_table(curves, column, options.x),
        caption=sentences(drawn.caption, CLOCKS[options.x], say_runs(titles.logs(drawn.logs))),
        x_label=X_LABELS[options.x] + unit,
        y_label=drawn.y_label,
        names={name: titles.algorithm(name, 48) for name in titles.sorted_algorithms(remarks.usual)},
        remarks=remarks.usual,
    )
    counts = {names: len(members) for names, members in groups(logs).items()}
    return [sheet], [*readings.notes, *drawn.notes, *comparison_notes(logs, counts)]


def on_one(logs: Sequence[Log], column: str, options: PlotOptions, titles: Titles) -> Drawn:
    """Returns as they are."""
    curves, notes = learning.draw_curves(logs, column, options)
    caption = say_curves(learning.titled(curves, titles), options.statistic or "mean", "auto", options.trailing)
    beyond = say_beyond(bands_of(curves, column), titles.env)
    return Drawn(curves, titles.env(logs[0].run.env), axis_name(column), sentences(caption, beyond), notes, logs)


def over_all(logs: Sequence[Log], column: str, options: PlotOptions, titles: Titles) -> Drawn:
    """Normalised returns over all environments."""
    statistic = options.statistic or "mean"
    placed, untold = learning.placed(logs, options.x)
    curves, envs, notes = build_curves_of_all(placed, column, statistic, options.trailing)
    if not curves:
        raise UserError(f"Nothing can be drawn over all environments ({listed(notes, 2)}). Choose one with --envs.")
    title = f"{len(envs)} environments" if len(envs) > 1 else titles.env(envs[0])
    over = f"{title} and their seeds" if len(envs) > 1 else f"the seeds of {shown(title)}"
    counted = [log for log in placed if log.run.env in envs]
    single = ", none where n = 1" if any(np.isnan(curve.low).all() for curve in curves) else ""
    weigh = " Environments weigh the same." if len(envs) > 1 else ""
    name = STATISTIC_NAMES[statistic]
    runs = listed(map(str, sorted({curve.n for curve in curves})))
    bands = " or ".join(sorted({interval_name([curve.n], statistic) for curve in curves}))
    parts = [
        f"Line: {name} over {over}, {runs} runs a curve. Band: {bands}{single}.",
        f"Normalised: 0 is random actions, 1 a fixed reference score.{weigh}{say_left_out(notes)}",
        *([f"Smoothed: trailing mean of {options.trailing} points of each seed."] if options.trailing > 1 else []),
        *say_lines(learning.titled(curves, titles)),
        say_beyond([("mean of normalised returns", possible_normalised(envs), each.low, each.high) for each in curves]),
    ]
    y_label = f"{name} of normalised {axis_name(column)}"
    return Drawn(curves, title, y_label, sentences(*parts), [*untold, *notes], counted)
