"""What algorithms tell of their updates: a figure an environment, a panel a column, of the algorithms that have it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from rlbench.analysis.figures import curves as learning
from rlbench.analysis.figures.captions import X_LABELS, bands_of, remarks_on, say_curves, say_runs, sentences
from rlbench.analysis.figures.panels import Level, LinePanel
from rlbench.analysis.figures.sheet import Sheet
from rlbench.analysis.frames.checks import comparison_notes
from rlbench.analysis.frames.curves import Curve, build_curves, curve_table, groups, smoothed
from rlbench.analysis.frames.diagnostics import TITLES, diagnostic_columns, kl_limits
from rlbench.analysis.frames.ranges import say_beyond
from rlbench.analysis.options import PlotOptions
from rlbench.analysis.reading.choice import Readings
from rlbench.analysis.reading.metrics import check_column, column_of
from rlbench.analysis.reading.progress import Log, read_logs
from rlbench.analysis.reading.titles import Titles
from rlbench.analysis.text import file_name, listed, shown
from rlbench.errors import UserError

MOST_PANELS = 16
CALM = 50
"""Unless chosen otherwise, a trailing mean is over one in so many of a seed's values.

Each iteration has a value, and one by one they are noise that hides the other lines."""


def columns(options: PlotOptions) -> Collection[str]:
    """What is read beside evaluations."""
    return [column_of(options.metric)] if options.metric else list(TITLES)


def sheets(readings: Readings, options: PlotOptions) -> tuple[list[Sheet], list[str]]:
    """One for each environment, of every column, or of the one that was asked for."""
    logs, notes = readings.logs, list(readings.notes)
    if options.metric:
        check_column(options.metric, sorted({name for log in logs for name in log.columns}))
        chosen = [column_of(options.metric)]
    else:
        chosen = diagnostic_columns(logs)
        strange = set(chosen) - set(TITLES)
        if strange:
            logs, unread = read_logs([log.run for log in logs], {*TITLES, *strange})
            notes += unread
    together = sorted({log.run.algorithm for log in logs})
    made = []
    for env in readings.titles.sorted_envs({log.run.env for log in logs}):
        own = [log for log in logs if log.run.env == env]
        sheet, left_out = env_sheet(env, own, chosen, together, options, readings.titles)
        notes += left_out
        made += [sheet] if sheet else []
    if not made:
        what = "a value of it" if options.metric else "a column of its own"
        raise UserError(f"No run has {what} to draw yet. Returns are drawn by --kind curves.")
    counts = {names: len(members) for names, members in groups(logs).items()}
    return made, [*notes, *comparison_notes(logs, counts)]


def env_sheet(
    env: str,
    logs: Sequence[Log],
    chosen: Sequence[str],
    together: Sequence[str],
    options: PlotOptions,
    titles: Titles,
) -> tuple[Sheet | None, list[str]]:
    """The panels that some algorithm has something to show in."""
    found: dict[str, list[Curve]] = {}
    for column in chosen:
        having = [calmed(log, column) if options.smooth is None else log for log in logs if column in log.series]
        curves, _ = build_curves(having, column, options.statistic or "mean", options.interval, options.trailing)
        if curves:
            found[column] = curves
    notes, without = [], ""
    if len(found) > MOST_PANELS:
        left_out = listed(map(shown, list(found)[MOST_PANELS:]), 30)
        notes.append(f"{shown(env)}: no room for {left_out}; choose one with --metric")
        without = f"No room for {left_out}: --metric draws one of them."
        found = {column: found[column] for column in list(found)[:MOST_PANELS]}
    if not found:
        return None, notes
    every = [curve for curves in found.values() for curve in curves]
    remarks = remarks_on(every)
    limits = {column: kl_limits(logs, column) for column in found}
    whose = titles.sorted_algorithms({name for of_column in limits.values() for name in of_column})
    of = listed((titles.algorithm(name, 30) for name in whose), 10)
    dotted = f"Dotted: target_kl, the largest KL divergence of an update, as set for {of}." if whose else ""
    words = say_curves(learning.titled(every, titles), options.statistic or "mean", options.interval, options.trailing)
    calm = f"Smoothed: trailing mean over 1/{CALM} of each seed's values." if options.smooth is None else ""
    panels = "A panel shows the algorithms that record its quantity; its y axis may leave out single extremes."
    beyond = say_beyond([each for column, curves in found.items() for each in bands_of(curves, column)], titles.env)
    return (
        Sheet(
            name=f"diagnostics_{file_name(env)}" + (f"_{file_name(chosen[0])}" if options.metric else ""),
            panels=[
                LinePanel(
                    TITLES.get(column, column),
                    [learning.as_line(curve) for curve in curves],
                    levels=levels(limits[column]),
                    inner=True,
                )
                for column, curves in found.items()
            ],
            says="what algorithms tell of their updates",
            numbers=numbers(found, limits),
            caption=sentences(words, calm, dotted, panels, without, beyond, say_runs(titles.logs(logs))),
            x_label=X_LABELS["steps"],
            names={name: titles.algorithm(name, 48) for name in titles.sorted_algorithms(remarks.usual)},
            remarks=remarks.usual,
            together=together,
            heading=titles.env(env),
        ),
        notes,
    )


def calmed(log: Log, column: str) -> Log:
    """The run with a trailing mean over a small part of its values in place of each."""
    series = log.series[column]
    return replace(log, series={**log.series, column: smoothed(series, len(series.values) // CALM)})


def levels(found: Mapping[str, float]) -> list[Level]:
    """The limits of a panel: one for all where they are the same."""
    if len(set(found.values())) == 1:
        return [Level(next(iter(found.values())))]
    return [Level(limit, name) for name, limit in found.items()]


def numbers(found: Mapping[str, Sequence[Curve]], limits: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Every number drawn, panel by panel. `limit`: where the dotted line of this algorithm is; empty without one."""
    parts = []
    for column, curves in found.items():
        part = curve_table(curves, column)
        parts.append(part.assign(limit=part["algorithm"].map(dict(limits[column])).astype(float)))
    return pd.concat(parts, ignore_index=True)
