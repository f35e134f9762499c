"""Scores of runs -> the probability that a run of one algorithm scores higher than a run of another."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from rlbench.analysis.statistics.improvement import combined, improvement_bounds, probability_of_improvement
from rlbench.analysis.statistics.permutation import Pair

ALL = "all"
"""The environment of a row that is about all of them together, in normalised scores."""


def pairs_of(names: Sequence[str], baseline: str | None) -> Iterator[tuple[str, str]]:
    if baseline is None:
        yield from combinations(names, 2)
    elif baseline in names:
        yield from ((name, baseline) for name in names if name != baseline)


def is_testable(pairs: Sequence[Pair]) -> bool:
    """Whether each algorithm has at least two seeds on each environment, all with a score."""
    return all(len(group) > 1 and np.isfinite(group).all() for pair in pairs for group in pair)


def improvement(pairs: Sequence[Pair]) -> tuple[float, float, float]:
    """The probability, its low and its high end, as the mean over environments; NaN where it cannot be told."""
    if not is_testable(pairs):
        return np.nan, np.nan, np.nan
    return combined([(probability_of_improvement(*pair), *improvement_bounds(*pair)) for pair in pairs])
