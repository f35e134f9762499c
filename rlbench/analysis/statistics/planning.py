"""How many seeds an answer takes, and what those there are can say of a run to come."""

import numpy as np
from scipy.special import nctdtr, stdtrit

from rlbench.analysis.statistics import ALPHA

POWER = 0.8
MOST_SEEDS = 1000
SHARE = 0.9


def needed_seeds(
    difference: float, std_a: float, std_b: float, alpha: float = ALPHA, power: float = POWER
) -> int | None:
    """Seeds in each group with which a test at `alpha` finds a true difference like this in 4 cases of 5.

    None where that takes more than MOST_SEEDS. It is an estimate: the difference and the spreads are measured
    themselves. Power is that of the two-sided t test, to which the permutation test comes close.
    """
    spread = np.sqrt((std_a**2 + std_b**2) / 2)
    if not np.isfinite(spread) or not np.isfinite(difference) or difference == 0:
        return None
    if spread == 0:
        return 2
    n = np.arange(2, MOST_SEEDS + 1)
    freedom = 2 * n - 2
    shift = abs(difference) / spread * np.sqrt(n / 2)
    limit = stdtrit(freedom, 1 - alpha / 2)
    reached = 1 - nctdtr(freedom, np.minimum(shift, 1000.0), limit) >= power
    far = shift > limit + 10  # the noncentral distribution is not computed that far out, and power is 1
    found = np.flatnonzero(reached | far)
    return int(n[found[0]]) if len(found) else None


def tolerance(n: int, share: float = SHARE) -> float:
    """Confidence that the range from the lowest to the highest of n runs holds `share` of all runs (Wilks 1941).

    1 - n q^(n-1) + (n-1) q^n, whatever the distribution.
    """
    return float(1 - n * share ** (n - 1) + (n - 1) * share**n)
