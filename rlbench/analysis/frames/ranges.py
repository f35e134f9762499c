"""Which values are possible, where that is known, and which intervals reach beyond them.

Intervals are never cut: they are what their method computes from the seeds. Captions say where one goes too far.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from rlbench.analysis.frames.diagnostics import TITLES
from rlbench.analysis.published import possible_returns, scale
from rlbench.analysis.reading.metrics import EVAL_DET, EVAL_STOCH, TRAINING, column_of
from rlbench.analysis.text import listed, shown

RETURNS = (TRAINING, "return_min", "return_max", EVAL_DET, EVAL_STOCH)
"""Columns that hold returns of episodes, or means of them."""
ROUNDING = 1e-9


class Range(NamedTuple):
    """The values that are possible; an end that is not known is infinite."""

    low: float = -math.inf
    high: float = math.inf

    def __str__(self) -> str:
        if math.isfinite(self.low) and math.isfinite(self.high):
            return f"{self.low:,.4g} to {self.high:,.4g}"
        return f"at least {self.low:,.4g}" if math.isfinite(self.low) else f"at most {self.high:,.4g}"

    def is_left_by(self, low: ArrayLike, high: ArrayLike) -> bool:
        """Whether some interval from `low` to `high` reaches beyond it; NaN is no interval."""
        slack = ROUNDING * max([1.0, *(abs(end) for end in self if math.isfinite(end))])
        return bool((np.asarray(low) < self.low - slack).any() or (np.asarray(high) > self.high + slack).any())


AT_LEAST_0 = Range(low=0)
OF_COLUMNS = {
    **dict.fromkeys(("kl", "kl_max", "kl_after", "step_size", "sigma", "std"), AT_LEAST_0),
    **dict.fromkeys(("backtracks", "cg_iterations", "cg_residual"), AT_LEAST_0),
    **dict.fromkeys(("q_difference_variance", "gradient_norm", "critic_loss"), AT_LEAST_0),
    "clip_fraction": Range(0, 1),
    "explained_variance": Range(high=1),
    "axis_ratio": Range(low=1),
}
"""Ranges of columns of progress.csv, whatever the environment."""


def possible(env: str, column: str) -> Range:
    """The values that a column of progress.csv can have on an environment."""
    return Range(*possible_returns(env)) if column in RETURNS else OF_COLUMNS.get(column, Range())


def possible_normalised(envs: Iterable[str]) -> Range:
    """The values that a mean of normalised scores over these environments can have."""
    ranges = []
    for env in envs:
        ends = scale(env)
        if ends is None:
            return Range()
        ranges.append([(end - ends[0]) / (ends[1] - ends[0]) for end in possible_returns(env)])
    return Range(*np.mean(ranges, axis=0).tolist()) if ranges else Range()


Intervals = tuple[str, Range, ArrayLike, ArrayLike]
"""What intervals are of, which values are possible, and the intervals' low and high ends."""


def of_estimates(estimates: pd.DataFrame) -> list[Intervals]:
    """The intervals of an estimate frame, of each environment and metric."""
    return [
        (str(env), possible(str(env), column_of(str(metric))), part["low"], part["high"])
        for (env, metric), part in estimates.groupby(["env", "metric"], sort=True)
    ]


def say_beyond(found: Sequence[Intervals], called: Callable[[str], str] = shown) -> str:
    """A sentence where some interval reaches beyond what is possible; empty where none does.

    `called` says what an environment is called.
    """
    left = {what: within for what, within, low, high in found if within.is_left_by(low, high)}
    if not left:
        return ""
    each = listed((f"{TITLES.get(what, called(what))}: {within}" for what, within in left.items()), 4)
    return f"Intervals are not cut at the values that are possible ({each}), and some reach beyond."
