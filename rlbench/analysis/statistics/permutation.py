"""Whether two groups of seeds differ in their means: a permutation test of Welch's statistic, and its interval.

If the algorithm made no difference, any other division of the same seeds into groups of these sizes would have been as
likely as the one that was seen. p is the share of divisions whose statistic is at least as far from zero: exact at
any number of seeds where all divisions are taken; else the one that was seen is among the random ones, which keeps the
test valid (Phipson and Smyth 2010). Because the difference is divided by its standard error, the test is about means
even where the groups differ in spread (Janssen 1997).

Several environments are one test: seeds are divided anew within each, and the statistic is the mean difference over
environments by its standard error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from rlbench.analysis.statistics import LEVEL
from rlbench.analysis.statistics.divisions import divisions, smallest_p, together

Array = NDArray[np.float64]
Pair = tuple[Array, Array]
"""The seeds of two algorithms on one environment. [n_a], [n_b]"""
TIE = 1e-9
"""Statistics that differ by less than this share are equal but for rounding."""
HALVINGS = 16
"""Of the distance within which an interval's end is looked for."""


@dataclass(frozen=True)
class Sums:
    """Of one environment, what a statistic of every division needs, of values less the mean of their group."""

    n_a: int
    n_b: int
    apart: float
    """The difference of means that was seen."""
    values: Array
    squares: Array
    from_a: Array
    """Sums over those of the new first group that came from a."""
    count: Array
    """How many they are."""
    all_squares: float

    def difference(self, tested: float) -> tuple[Array, Array, float]:
        """Each division's difference of means and squared standard error, where a - b is `tested` in truth.

        The last is the size of rounding errors of the squares.
        """
        shift = self.apart - tested  # of every value that came from a
        sum_a = self.values + shift * self.count
        square_a = self.squares + 2 * shift * self.from_a + shift**2 * self.count
        sum_b, square_b = self.n_a * shift - sum_a, self.all_squares + self.n_a * shift**2 - square_a
        difference = sum_a / self.n_a - sum_b / self.n_b
        spread_a = np.maximum(square_a - sum_a**2 / self.n_a, 0) / (self.n_a - 1) / self.n_a
        spread_b = np.maximum(square_b - sum_b**2 / self.n_b, 0) / (self.n_b - 1) / self.n_b
        return difference, spread_a + spread_b, 1e-14 * (self.all_squares + self.n_a * shift**2)


def sums_of(pair: Pair) -> Sums:
    """Sums over the first group of every division."""
    a, b = pair
    values = np.concatenate([a - a.mean(), b - b.mean()])
    from_a = (np.arange(len(values)) < len(a)).astype(np.float64)
    columns = np.stack([values, values**2, values * from_a, from_a], axis=1)
    sums, squares, of_a, count = divisions(len(a), len(b)).sums(columns).T
    return Sums(len(a), len(b), float(a.mean() - b.mean()), sums, squares, of_a, count, float((values**2).sum()))


def p_of_difference(pairs: Sequence[Pair]) -> Callable[[float], float]:
    """The test's two-sided p of any difference a - b. Each group has at least two seeds."""
    environments = [sums_of(pair) for pair in pairs]
    indices = together(tuple((len(a), len(b)) for a, b in pairs))

    def p(tested: float) -> float:
        parts = [each.difference(tested) for each in environments]
        difference = sum(part[index] for (part, _, _), index in zip(parts, indices))
        square = sum(part[index] for (_, part, _), index in zip(parts, indices))
        rounding = sum(part for _, _, part in parts)
        t = np.abs(studentised(np.asarray(difference), np.asarray(square), rounding))
        return float((t >= t[0] * (1 - TIE)).mean())

    return p


def studentised(difference: Array, square: Array, rounding: float) -> Array:
    """difference / sqrt(square); 0 where there is no difference, infinite where there is one without any spread."""
    certain, alike = square <= rounding, difference**2 <= rounding
    t = difference / np.sqrt(np.where(certain, 1.0, square))
    return np.where(alike, 0.0, np.where(certain, np.copysign(np.inf, difference), t))


def permutation_p(*pairs: Pair) -> float:
    """Two-sided p of no difference, over one or several environments."""
    return p_of_difference(pairs)(0.0)


def difference_bounds(*pairs: Pair, level: float = LEVEL) -> tuple[float, float]:
    """All differences a - b that the permutation test does not reject at 1 - level: it and the interval always agree.

    Where so few seeds reject nothing, Welch's t interval takes its place. NaN where a group has one seed.
    """
    if min(len(group) for pair in pairs for group in pair) < 2:
        return np.nan, np.nan
    low, high = welch_bounds(*pairs, level=level)
    if smallest_p(*((len(a), len(b)) for a, b in pairs)) > 1 - level or not low < high:
        return low, high
    p, centre = p_of_difference(pairs), (low + high) / 2
    return _end(p, centre, low - centre, 1 - level), _end(p, centre, high - centre, 1 - level)


def _end(p: Callable[[float], float], centre: float, reach: float, alpha: float) -> float:
    """The difference, from `centre` towards `reach`, beyond which p falls under alpha."""
    inside, outside = 0.0, reach
    while p(centre + outside) > alpha and abs(outside) < 1e6 * abs(reach):
        inside, outside = outside, 2 * outside
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if p(centre + middle) > alpha else (inside, middle)
    return centre + outside


def welch_bounds(*pairs: Pair, level: float = LEVEL) -> tuple[float, float]:
    """Mean difference ± t · standard error, with the degrees of freedom of Welch and Satterthwaite."""
    difference = float(np.mean([a.mean() - b.mean() for a, b in pairs]))
    groups = [group for pair in pairs for group in pair]
    half = satterthwaite(groups, level) / len(pairs)
    return difference - half, difference + half


def satterthwaite(groups: Sequence[Array], level: float = LEVEL) -> float:
    """t · standard error of a sum of means of independent groups, each of two seeds or more."""
    squares = np.array([group.var(ddof=1) / len(group) for group in groups])
    total = float(squares.sum())
    if total == 0:
        return 0.0
    freedom = total**2 / float(sum(square**2 / (len(group) - 1) for square, group in zip(squares, groups)))
    return float(stdtrit(freedom, (1 + level) / 2)) * total**0.5
