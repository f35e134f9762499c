"""What captions say: sentences about runs, curves and intervals that every kind of figure shares."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rlbench.analysis.frames.curves import Curve, groups
from rlbench.analysis.frames.ranges import RETURNS, Intervals, possible
from rlbench.analysis.options import Axis, Interval, Statistic
from rlbench.analysis.reading.physics import physics_of, say_physics
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.runs import UNKNOWN
from rlbench.analysis.statistics.estimates import FEWEST_FOR_IQM, STATISTIC_NAMES
from rlbench.analysis.statistics.intervals import interval_names
from rlbench.analysis.text import listed, shown, units

FAR = 0.9
"""A curve that reaches less than this share of its farthest seed's range has a remark."""
X_LABELS: dict[Axis, str] = {
    "steps": "simulator transitions per seed",
    "wall": "wall time",
    "cpu": "processor time per seed",
}


def sentences(*parts: str) -> str:
    """Those that are not empty, one behind the other."""
    return " ".join(part.strip() for part in parts if part)


def say_seeds(counts: Collection[int], what: str = "a curve") -> str:
    """How many seeds there are."""
    if set(counts) == {1}:
        return f"One seed {what}: no interval."
    least, most = min(counts), max(counts)
    return f"{most} seeds {what}." if least == most else f"{least} to {most} seeds {what}."


def say_curves(curves: Sequence[Curve], statistic: Statistic, interval: Interval, smooth: int = 1) -> str:
    """Everything that is drawn of curves over seeds, in the words of a figure's caption."""
    counts = [curve.n for curve in curves]
    line = f"Line: {STATISTIC_NAMES[statistic]} over seeds, {say_seeds(counts)}"
    if interval == "none":
        band = "No interval is drawn."
    else:
        names = interval_names(interval, statistic, counts)
        band = f"Band: {names}{', none where n = 1' if min(counts) == 1 else ''}."
    parts = [line, band] if max(counts) > 1 else [say_seeds(counts)]
    if statistic == "iqm" and 1 < min(counts) < FEWEST_FOR_IQM:
        parts.append(f"An interquartile mean of fewer than {FEWEST_FOR_IQM} values is made of the few in their middle.")
    if smooth > 1:
        parts.append(f"Smoothed: trailing mean of {smooth} points of each seed.")
    return " ".join([*parts, *say_lines(curves)])


def say_lines(curves: Sequence[Curve]) -> list[str]:
    """How lines go from value to value, and where they end."""
    parts = []
    stepped = sorted({shown(curve.algorithm, 30) for curve in curves if curve.stepped})
    if stepped:
        who = (
            "Steps" if len(stepped) == len({curve.algorithm for curve in curves}) else f"Steps ({listed(stepped, 10)})"
        )
        parts.append(f"{who}: seeds are measured rarely and at different places, and each value holds until the next.")
    if any(curve.shortest < curve.longest for curve in curves):
        parts.append(
            "A curve ends at the last step that all its seeds reached; tables take each seed's own last value."
        )
    alone = sorted({shown(curve.algorithm, 30) for curve in curves if len(curve.steps) == 1})
    if alone:
        parts.append(f"A mark without a line ({listed(alone, 10)}): there is only one value to draw yet.")
    if any(curve.diverged for curve in curves):
        parts.append("×: a seed diverged.")
    if any(curve.changed for curve in curves):
        parts.append("Changed: a seed's file was changed after its run ended, and is not as rlbench wrote it.")
    return parts


def bands_of(curves: Sequence[Curve], column: str) -> list[Intervals]:
    """The bands of curves of one column."""
    name = (lambda curve: curve.env) if column in RETURNS else (lambda _: column)
    return [(name(curve), possible(curve.env, column), curve.low, curve.high) for curve in curves]


def say_budgets(logs: Sequence[Log]) -> str:
    """What runs were asked for."""
    by_budget: dict[str, set[str]] = defaultdict(set)
    several = {env for env, _ in groups(logs)}
    for log in logs:
        whose = f"{shown(log.run.algorithm, 30)} on {shown(log.run.env)}" if len(several) > 1 else log.run.algorithm
        by_budget[log.run.origin.get("budget", UNKNOWN)].add(whose)
    if set(by_budget) == {UNKNOWN}:
        return ""
    if len(by_budget) == 1:
        return f"Budget: {short(next(iter(by_budget)))} a seed."
    each = (f"{short(budget)} ({listed(map(shown, sorted(envs)), 3)})" for budget, envs in sorted(by_budget.items()))
    return f"Budgets of each seed: {listed(each)}."


def short(budget: str) -> str:
    """`1,000,000 steps` as `1M transitions`."""
    digits = budget.removesuffix(" steps").replace(",", "")
    return f"{units(float(digits))} transitions" if digits.isdecimal() else budget


def say_all_physics(logs: Sequence[Log]) -> str:
    """One sentence."""
    return say_physics({names: physics_of(members) for names, members in groups(logs).items()})


def say_runs(logs: Sequence[Log]) -> str:
    """Budget and physics, as every caption ends."""
    return " ".join(part for part in (say_budgets(logs), say_all_physics(logs)) if part)


def remark(curve: Curve, count: bool = True, of: Axis = "steps") -> str:
    """What a reader must know of one curve: n, unless all curves have the same, and where it ends far from the others.

    A curve that ends a little earlier, because its seeds' last batches differ, is in the caption and to be seen.
    """
    words = [f"n = {curve.n}"] if count else []
    if curve.shortest < FAR * curve.longest:
        reach = seconds if of != "steps" else units
        words.append(f"to {reach(curve.shortest)} of {reach(curve.longest)}")
    if curve.diverged:
        words.append(f"{len(curve.diverged)} diverged")
    if curve.changed:
        words.append(f"{len(curve.changed)} changed")
    return ", ".join(words)


def seconds(value: float) -> str:
    """`90 s`, `15 min` or `2.5 h`."""
    size, unit = (1, "s") if value < 120 else (60, "min") if value < 7200 else (3600, "h")
    return f"{value / size:.3g} {unit}"


@dataclass(frozen=True)
class Remarks:
    """What is said of curves behind their names, and where one differs, in its panel."""

    count: bool
    """Whether n is said: curves differ in it."""
    of: Axis
    usual: dict[str, str]
    """Of each algorithm: the remark of its one curve, or of most of its curves, the plainest where two are equal."""

    def odd(self, curves: Iterable[Curve]) -> list[tuple[Curve, str]]:
        """Curves that the usual remark does not fit, and the remark that does."""
        found = [(curve, remark(curve, self.count, self.of)) for curve in curves]
        return [(curve, words) for curve, words in found if words != self.usual[curve.algorithm]]


def remarks_on(curves: Sequence[Curve], of: Axis = "steps", count: bool | None = None) -> Remarks:
    """Of all curves of a figure. `count`: whether n is said; None says it where curves differ in it."""
    count = len({curve.n for curve in curves}) > 1 if count is None else count
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for curve in curves:
        found[curve.algorithm][remark(curve, count, of)] += 1
    usual = {name: max(words, key=lambda each: (words[each], -len(each))) for name, words in sorted(found.items())}
    return Remarks(count, of, usual)
