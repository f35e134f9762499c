"""Learning curves: a panel an environment, a line an algorithm."""

import textwrap
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from rlbench.analysis.figures.captions import (
    X_LABELS,
    Remarks,
    bands_of,
    remarks_on,
    say_curves,
    say_runs,
    sentences,
)
from rlbench.analysis.figures.panels import Line, LinePanel
from rlbench.analysis.figures.sheet import Sheet
from rlbench.analysis.frames.checks import comparison_notes
from rlbench.analysis.frames.curves import Curve, build_curves, choose_column, curve_table, seed_counts
from rlbench.analysis.frames.efficiency import over_axis
from rlbench.analysis.frames.ranges import say_beyond
from rlbench.analysis.options import Axis, PlotOptions
from rlbench.analysis.reading.choice import Readings
from rlbench.analysis.reading.metrics import TRAINING, axis_name, column_of
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.runs import Run
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.text import file_name, listed
from rlbench.errors import UserError

MOST_PANELS = 60
Missing = Mapping[str, Sequence[str]]
"""By environment, algorithms that have runs there and no curve."""


def columns(options: PlotOptions) -> Collection[str]:
    """What is read beside evaluations."""
    return {TRAINING, column_of(options.metric) if options.metric else TRAINING}


def sheets(readings: Readings, options: PlotOptions) -> tuple[list[Sheet], list[str]]:
    """One of all environments where there are several, and one of each."""
    column = choose_column(options.metric, readings.logs)
    curves, notes = draw_curves(readings.logs, column, options)
    notes += comparison_notes(readings.logs, seed_counts(curves))
    missing = without_curve(readings.runs, curves)
    together = sorted({curve.algorithm for curve in curves})
    ending = f"{file_name(column)}{'' if options.x == 'steps' else f'_{options.x}'}"
    made = []
    groups = figures_of(curves, readings.titles)
    if len(groups) > 1 and "all" not in groups:
        notes.append(f"{len(groups)} environments are too many for one figure: each has its own alone")
    for name, members in groups.items():
        logs = [log for log in readings.logs if log.run.env in {curve.env for curve in members}]
        sheet = curve_sheet(f"{name}_{ending}", members, logs, column, options, missing, readings.titles)
        made.append(replace(sheet, together=together))
    return made, [*readings.notes, *notes]


def draw_curves(logs: Sequence[Log], column: str, options: PlotOptions) -> tuple[list[Curve], list[str]]:
    """Over the axis that was asked for. A UserError where there are none."""
    ready, untold = placed(logs, options.x)
    places = "transitions" if options.x == "steps" else f"seconds of {X_LABELS[options.x].removesuffix(' per seed')}"
    statistic = options.statistic or "mean"
    curves, notes = build_curves(ready, column, statistic, options.interval, options.trailing, places)
    if not curves:
        raise UserError(f"No run has a value of {axis_name(column)} to draw yet. Choose another --metric.")
    return curves, [*untold, *notes]


def placed(logs: Sequence[Log], x: Axis) -> tuple[list[Log], list[str]]:
    """Runs over the axis that was asked for; a UserError where none has it."""
    ready, untold = over_axis(logs, x)
    if not ready:
        raise UserError(
            f"No run tells its {X_LABELS[x].removesuffix(' per seed')} in timing.csv.",
            "Choose another --x.",
        )
    return ready, untold


def without_curve(runs: Sequence[Run], curves: Sequence[Curve]) -> Missing:
    """By environment, the algorithms that have runs there and nothing to draw."""
    drawn = {(curve.env, curve.algorithm) for curve in curves}
    missing: dict[str, list[str]] = defaultdict(list)
    for env, algorithm in dict.fromkeys((run.env, run.algorithm) for run in runs):
        if (env, algorithm) not in drawn:
            missing[env].append(algorithm)
    return missing


def figures_of(curves: Sequence[Curve], titles: Titles = PLAIN) -> dict[str, list[Curve]]:
    """By the beginning of their files' names."""
    envs = titles.sorted_envs({curve.env for curve in curves})
    found = {} if len(envs) == 1 or len(envs) > MOST_PANELS else {"all": list(curves)}
    for env in envs:
        name = file_name(env)
        while name in found:
            name += "-2"
        found[name] = [curve for curve in curves if curve.env == env]
    return found


def curve_sheet(
    name: str,
    curves: Sequence[Curve],
    logs: Sequence[Log],
    column: str,
    options: PlotOptions,
    missing: Missing,
    titles: Titles = PLAIN,
) -> Sheet:
    """A panel for each environment among the curves."""
    envs = titles.sorted_envs({curve.env for curve in curves})
    remarks = remarks_on(curves, options.x)
    factor, unit = time_unit(curves, options.x)
    panels = []
    for env in envs:
        members = [curve for curve in curves if curve.env == env]
        absent = {*remarks.usual, *missing.get(env, ())} - {curve.algorithm for curve in members}
        note = [*missing_note(absent, titles), *(panel_notes(members, remarks, titles) if len(envs) > 1 else ())]
        panels.append(LinePanel(titles.env(env), [as_line(curve, factor) for curve in members], "\n".join(note)))
    heading = titles.suite.title if titles.suite and len(envs) > 1 else ""
    smoothing = f"smoothed: trailing mean of {options.trailing} points of each seed" if options.trailing > 1 else ""
    return Sheet(
        name=name,
        panels=panels,
        says=axis_name(column),
        numbers=curve_table(curves, column, options.x),
        caption=curve_caption(curves, logs, column, options, titles),
        x_label=X_LABELS[options.x] + unit,
        y_label=axis_name(column),
        names={name: titles.algorithm(name, 48) for name in titles.sorted_algorithms(remarks.usual)},
        remarks=remarks.usual,
        heading="; ".join(part for part in (heading, smoothing) if part),
    )


def curve_caption(
    curves: Sequence[Curve], logs: Sequence[Log], column: str, options: PlotOptions, titles: Titles
) -> str:
    """What exactly is drawn of these curves, and of which runs."""
    said = say_curves(titled(curves, titles), options.statistic or "mean", options.interval, options.trailing)
    return sentences(said, say_beyond(bands_of(curves, column), titles.env), say_runs(titles.logs(logs)))


def titled(curves: Sequence[Curve], titles: Titles) -> list[Curve]:
    """Curves under their titles, for sentences about them."""
    return [replace(each, env=titles.env(each.env), algorithm=titles.algorithm(each.algorithm)) for each in curves]


def as_line(curve: Curve, factor: float = 1.0) -> Line:
    """A curve as it is drawn, the x axis in units of `factor`."""
    x = curve.steps / factor
    return Line(curve.algorithm, x, curve.value, curve.low, curve.high, curve.stepped, bool(curve.diverged))


def time_unit(curves: Iterable[Curve], x: Axis) -> tuple[float, str]:
    """Seconds in a unit of the x axis, and what the axis calls it."""
    if x == "steps":
        return 1.0, ""
    longest = max(float(curve.steps[-1]) for curve in curves)
    size, unit = (1.0, "s") if longest < 300 else (60.0, "min") if longest < 10_800 else (3600.0, "h")
    return size, f" / {unit}"


def missing_note(algorithms: Collection[str], titles: Titles) -> list[str]:
    """The algorithms that a reader would look for in a panel, and that have no curve there."""
    if not algorithms:
        return []
    names = listed((titles.algorithm(name, 20) for name in titles.sorted_algorithms(algorithms)), most=3)
    return textwrap.wrap(f"no curve: {names}", 50, break_on_hyphens=False)


def panel_notes(curves: Sequence[Curve], remarks: Remarks, titles: Titles) -> list[str]:
    """The curves of a panel that the usual remark does not fit."""
    lines = [f"{titles.algorithm(curve.algorithm, 20)}: {words or 'whole'}" for curve, words in remarks.odd(curves)]
    return lines if len(lines) <= 4 else [*lines[:3], f"and {len(lines) - 3} more, see this panel's own figure"]
