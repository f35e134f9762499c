"""Scores of runs -> the probability that a run of one algorithm scores higher than a run of another."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlbench.analysis.statistics.improvement import combined, improvement_bounds, probability_of_improvement
from rlbench.analysis.statistics.permutation import Pair

Array = NDArray[np.float64]
ALL = "all"
"""The environment of a row that is about all of them together, in normalised scores."""
COLUMNS = ("env", "a", "b", "n_a", "n_b", "mean_a", "mean_b", "improvement", "improvement_low", "improvement_high")


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


def improvement_frame(values: Mapping[str, Mapping[str, Array]], baseline: str | None = None) -> pd.DataFrame:
    """A row for each pair, `a` being the algorithm with the higher mean: over all environments where there are several.

    The numbers are those of `difference_frame` and `aggregate_difference_frame`, without the tests.

    values: of each environment, the scores of each algorithm's seeds; of several environments, normalised scores.
    """
    names = list(next(iter(values.values())))
    env = ALL if len(values) > 1 else next(iter(values))
    rows = []
    for pair in pairs_of(names, baseline):
        means = [float(np.mean([found[name].mean() for found in values.values()])) for name in pair]
        (a, mean_a), (b, mean_b) = sorted(zip(pair, means), key=lambda each: -each[1])
        groups = [(found[a], found[b]) for found in values.values()]
        counts = [sum(len(group[place]) for group in groups) for place in (0, 1)]
        rows.append((env, a, b, *counts, mean_a, mean_b, *improvement(groups)))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values(["mean_a", "mean_b"], ascending=False, ignore_index=True)
