"""Series of several seeds -> one curve with its interval."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlbench.analysis.options import Axis, Interval, Statistic
from rlbench.analysis.reading.metrics import EVAL_DET, FEWEST_EVALUATIONS, TRAINING, axis_name, check_column, column_of
from rlbench.analysis.reading.physics import physics_of
from rlbench.analysis.reading.progress import Log, Series
from rlbench.analysis.reading.runs import UNKNOWN
from rlbench.analysis.reading.seconds import PROCESSOR, WALL
from rlbench.analysis.statistics.estimates import estimate
from rlbench.analysis.statistics.intervals import bounds
from rlbench.analysis.text import shown, units

Array = NDArray[np.float64]
MOST_STEPS = 500
CANDIDATES = 1_000_000
RARE = 60
"""With more values a run's curve looks the same, whether they are joined or carried from one to the next."""
SAME_LENGTH = 0.01
"""Seeds whose lengths differ by less than this share are called equally long: episodes do not end on a round step."""


@dataclass(frozen=True)
class Curve:
    """One line of a panel, and every number of it."""

    env: str
    algorithm: str
    steps: Array
    value: Array
    low: Array
    high: Array
    spread: Array
    """Standard deviation over seeds (n - 1); NaN for one seed."""
    seeds: tuple[int, ...]
    diverged: tuple[int, ...]
    """Those of `seeds` whose numbers stopped being finite."""
    shortest: float
    """How far the seed with the shortest range reaches: no point of the curve lies beyond."""
    longest: float
    """How far the farthest seed reaches."""
    physics: str = UNKNOWN
    """What moved the worlds, as the runs tell."""
    changed: tuple[int, ...] = ()
    """Those of `seeds` whose file was changed after its run had ended."""
    stepped: bool = False
    """Whether its seeds were measured rarely and each at steps of its own, so that values are carried from one to the
    next and the curve is a flight of steps."""

    @property
    def n(self) -> int:
        return len(self.seeds)

    @property
    def cut(self) -> bool:
        """Whether some seed reaches clearly farther than the curve."""
        return self.shortest < (1 - SAME_LENGTH) * self.longest


def groups(logs: Sequence[Log]) -> dict[tuple[str, str], list[Log]]:
    """The runs of each curve, by environment and algorithm."""
    members: dict[tuple[str, str], list[Log]] = defaultdict(list)
    for log in logs:
        members[log.run.env, log.run.algorithm].append(log)
    return dict(sorted(members.items()))


def choose_column(metric: str | None, logs: Sequence[Log]) -> str:
    """The column to draw. Unless told: evaluations where every run has a few, else training returns."""
    if metric:
        check_column(metric, sorted({name for log in logs for name in log.columns}))
        return column_of(metric)
    often = all(EVAL_DET in log.series and len(log.series[EVAL_DET].steps) >= FEWEST_EVALUATIONS for log in logs)
    return EVAL_DET if often else TRAINING


def build_curves(
    logs: Sequence[Log],
    column: str,
    statistic: Statistic = "mean",
    interval: Interval = "auto",
    smooth: int = 1,
    places: str = "transitions",
) -> tuple[list[Curve], list[str]]:
    """A curve for each environment and algorithm that has the column, and a note for each that has not.

    `places`: what the steps of the series count.
    """
    curves, notes = [], []
    for (env, algorithm), members in groups(logs).items():
        where = f"{shown(env)} {shown(algorithm)}"
        measured = [log for log in members if column in log.series]
        missing = [str(log.run.seed) for log in members if column not in log.series]
        if missing:
            notes.append(f"{where}: no {axis_name(column)} of seed {', '.join(missing)}")
        curve = build_curve(measured, column, statistic, interval, smooth) if measured else None
        if curve:
            curves.append(curve)
            notes += length_notes(curve, measured, where, places)
        elif measured:
            notes.append(f"{where}: not drawn, as there is no step at which all {len(measured)} seeds have a value")
    return curves, notes


def build_curve(
    logs: Sequence[Log], column: str, statistic: Statistic, interval: Interval, smooth: int = 1
) -> Curve | None:
    series = [smoothed(log.series[column], smooth) for log in logs]
    steps = common_steps(series)
    if not len(steps):
        return None
    values = np.stack([carried(one, steps) for one in series])  # [n, G]
    low, high = bounds(values, statistic, interval)
    first = logs[0].run
    return Curve(
        env=first.env,
        algorithm=first.algorithm,
        steps=steps,
        value=estimate(values, statistic),
        low=low,
        high=high,
        spread=values.std(axis=0, ddof=1) if len(values) > 1 else np.full(len(steps), np.nan),
        seeds=tuple(log.run.seed for log in logs),
        diverged=tuple(log.run.seed for log in logs if log.run.status == "diverged"),
        shortest=min(one.reach for one in series),
        longest=max(one.reach for one in series),
        physics=physics_of(logs),
        changed=tuple(log.run.seed for log in logs if log.changed),
        stepped=is_stepped(series),
    )


def is_stepped(series: Sequence[Series]) -> bool:
    """Whether values of different seeds are rare and not measured at the same steps."""
    longest = max(series, key=lambda one: len(one.steps)).steps
    alike = all(np.array_equal(one.steps, longest[: len(one.steps)]) for one in series)
    return not alike and min(len(one.steps) for one in series) <= RARE


def common_steps(series: Sequence[Series]) -> Array:
    """Every step at which some seed was measured, from where all have a value to where the shortest run ends."""
    first = series[0].steps
    if all(np.array_equal(one.steps, first) for one in series[1:]):
        steps = np.unique(first)
    else:
        stride = 1 + sum(len(one.steps) for one in series) // CANDIDATES
        steps = np.unique(np.concatenate([one.steps[::stride] for one in series]))
    start, stop = max(one.steps[0] for one in series), min(one.reach for one in series)
    steps = steps[(steps >= start) & (steps <= stop)]
    if len(steps) > MOST_STEPS:
        steps = steps[np.linspace(0, len(steps) - 1, MOST_STEPS).round().astype(int)]
    return steps


def carried(series: Series, steps: Array) -> Array:
    """The last value measured at or before each step."""
    return series.values[np.searchsorted(series.steps, steps, side="right") - 1]


def smoothed(series: Series, points: int) -> Series:
    """Each value replaced by the mean of the last `points` values of this seed, or of as many as there are."""
    if points <= 1:
        return series
    total = np.concatenate([[0.0], np.cumsum(series.values)])
    stop = np.arange(1, len(series.values) + 1)
    start = np.maximum(stop - points, 0)
    return Series(series.steps, (total[stop] - total[start]) / (stop - start), series.reach)


def length_notes(curve: Curve, logs: Sequence[Log], where: str, places: str) -> Iterator[str]:
    if curve.diverged:
        ends = ", ".join(f"seed {log.run.seed} at {units(log.end)}" for log in logs if log.run.seed in curve.diverged)
        yield f"{where}: diverged: {ends} transitions; it counts in n, and is drawn while its numbers are finite"
    if curve.cut:
        yield (
            f"{where}: drawn to {units(curve.shortest)} of {units(curve.longest)} {places}, "
            "as far as all its seeds reach"
        )


def seed_counts(curves: Sequence[Curve]) -> dict[tuple[str, str], int]:
    """How many seeds a curve is of, by environment and algorithm."""
    return {(curve.env, curve.algorithm): curve.n for curve in curves}


def curve_table(curves: Sequence[Curve], column: str, x: Axis = "steps") -> pd.DataFrame:
    """Every number drawn, a row a point."""
    places = {"steps": "env_steps", "wall": WALL, "cpu": PROCESSOR}[x]
    parts = [
        pd.DataFrame(
            {
                "env": curve.env,
                "algorithm": curve.algorithm,
                "metric": column,
                places: curve.steps.astype(np.int64) if x == "steps" else curve.steps,
                "value": curve.value,
                "low": curve.low,
                "high": curve.high,
                "n": curve.n,
            }
        )
        for curve in curves
    ]
    return pd.concat(parts, ignore_index=True)
