"""How well algorithms do after so many transitions or so much time: curves of time, and of all environments."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.frames.curves import Curve, carried, common_steps, groups, is_stepped, smoothed
from rlbench.analysis.frames.improvements import ALL
from rlbench.analysis.options import Axis, Statistic
from rlbench.analysis.published import scale
from rlbench.analysis.reading.physics import physics_of
from rlbench.analysis.reading.progress import Log, Series
from rlbench.analysis.reading.seconds import PROCESSOR, WALL, Clock, read_clock
from rlbench.analysis.statistics.aggregates import aggregate, aggregate_bounds
from rlbench.analysis.text import listed, shown

Array = NDArray[np.float64]
CLOCKS = {"wall": WALL, "cpu": PROCESSOR}
MOST_PLACES = 50
"""Of a curve over all environments: the interval of each is a bootstrap of its own."""


def over_axis(logs: Sequence[Log], x: Axis) -> tuple[list[Log], list[str]]:
    """The same runs with seconds in place of transitions; those whose timing.csv does not tell them are left out."""
    if x == "steps":
        return list(logs), []
    timed, untold = [], []
    for log in logs:
        clock = read_clock(log.run.path, CLOCKS[x])
        if clock is None:
            untold.append(log.run.name)
        else:
            timed.append(replace(log, series={name: _timed(one, clock) for name, one in log.series.items()}))
    notes = [f"left out, as timing.csv has no {CLOCKS[x]}: {listed(untold)}"] if untold else []
    return timed, notes


def _timed(series: Series, clock: Clock) -> Series:
    """Against time, as far as the clock was written."""
    seconds = clock.at(series.steps)
    told = np.isfinite(seconds)
    reach = clock.at(np.array([series.reach]))[0]
    return Series(seconds[told], series.values[told], float(reach if np.isfinite(reach) else clock.seconds[-1]))


def build_curves_of_all(
    logs: Sequence[Log], column: str, statistic: Statistic = "mean", smooth: int = 1
) -> tuple[list[Curve], list[str], list[str]]:
    """A curve of normalised scores over all environments for each algorithm, with a stratified bootstrap interval.

    Environments without a scale, or without a curve of some algorithm, are left out, as in aggregates of scores.
    Returns the curves, the environments that count in, and notes of what was left out.
    """
    found: dict[str, dict[str, list[Log]]] = defaultdict(dict)
    for (env, algorithm), members in groups(logs).items():
        if all(column in log.series and len(log.series[column].steps) for log in members):
            found[env][algorithm] = members
    names = {log.run.algorithm for log in logs}
    envs = {log.run.env for log in logs}
    incomplete = sorted(env for env in envs if set(found[env]) < names)
    without = sorted(env for env in envs if scale(env) is None and env not in incomplete)
    notes = []
    if incomplete:
        notes.append(f"left out, as an algorithm has no curve there: {listed(map(shown, incomplete))}")
    if without:
        notes.append(f"left out, as no scale is defined: {listed(map(shown, without))}")
    whole = {env: members for env, members in found.items() if env not in incomplete and env not in without}
    curves = []
    for name in sorted(names) if whole else ():
        curve = _curve({env: members[name] for env, members in whole.items()}, name, column, statistic, smooth)
        if curve:
            curves.append(curve)
        else:
            notes.append(f"{shown(name)}: not drawn, as there is no place that all its runs reach")
    return curves, sorted(whole), notes


def _curve(
    members: Mapping[str, Sequence[Log]], name: str, column: str, statistic: Statistic, smooth: int
) -> Curve | None:
    series = {env: [smoothed(log.series[column], smooth) for log in logs] for env, logs in members.items()}
    every = [one for of_env in series.values() for one in of_env]
    places = common_steps(every)
    if not len(places):
        return None
    if len(places) > MOST_PLACES:
        places = places[np.linspace(0, len(places) - 1, MOST_PLACES).round().astype(int)]
    scores = [_normalised(env, np.stack([carried(one, places) for one in each])) for env, each in series.items()]
    value, low, high = (np.empty(len(places)) for _ in range(3))
    for place in range(len(places)):
        strata = [score[:, place] for score in scores]
        value[place] = aggregate(strata, statistic)
        low[place], high[place] = aggregate_bounds(strata, statistic)
    logs = [log for of_env in members.values() for log in of_env]
    return Curve(
        env=ALL,
        algorithm=name,
        steps=places,
        value=value,
        low=low,
        high=high,
        spread=np.full(len(places), np.nan),
        seeds=tuple(log.run.seed for log in logs),
        diverged=tuple(log.run.seed for log in logs if log.run.status == "diverged"),
        shortest=min(one.reach for one in every),
        longest=max(one.reach for one in every),
        physics=physics_of(logs),
        changed=tuple(log.run.seed for log in logs if log.changed),
        stepped=is_stepped(every),
    )


def _normalised(env: str, values: Array) -> Array:
    ends = scale(env)
    assert ends is not None
    return (values - ends[0]) / (ends[1] - ends[0])
