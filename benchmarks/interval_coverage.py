"""How often a 95 % interval of the mean of n seeds holds the true mean, and what it costs in width.

    python benchmarks/interval_coverage.py --samples 10000

Four kinds of data: normal; one seed in five is stuck far below the others; log-normal; two humps of equal weight, as
Hopper's seeds that hop and seeds that stand. The width is the median in standard deviations of the data. The score of
Winkler (1972) adds to the mean width 2 / 0.05 times the distance by which the interval misses, so that an interval
pays both for being wide and for being wrong; the method with the smaller score is better.
"""

import argparse
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.options import Interval
from rlbench.analysis.statistics import ALPHA
from rlbench.analysis.statistics.intervals import bounds

Array = NDArray[np.float64]
METHODS: tuple[Interval, ...] = ("bootstrap", "t", "bootstrap-t")
COUNTS = (3, 4, 5, 6, 8, 10, 15, 20, 30, 50)


def mixture(rng: np.random.Generator, size: tuple[int, int], low: float, share: float) -> Array:
    """Seeds about 3,500, and a share of them about `low`."""
    values = rng.normal(3500, 130, size)
    return np.where(rng.random(size) < share, rng.normal(low, 130, size), values)


DATA: dict[str, tuple[Callable[[np.random.Generator, tuple[int, int]], Array], float, float]] = {
    "normal": (lambda rng, size: rng.normal(size=size), 0.0, 1.0),
    "one in five stuck": (lambda rng, size: mixture(rng, size, 1000, 0.2), 3000.0, float(np.hypot(1000, 130))),
    "log-normal": (lambda rng, size: rng.lognormal(size=size), float(np.exp(0.5)), float(np.sqrt(np.e**2 - np.e))),
    "two humps": (lambda rng, size: mixture(rng, size, 1200, 0.5), 2350.0, float(np.hypot(1150, 130))),
}
"""Draws, their true mean and their true standard deviation."""


def judged(low: Array, high: Array, truth: float, deviation: float) -> tuple[float, float, float]:
    """Coverage, median width and Winkler's score, the latter two in standard deviations."""
    missed = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    score = np.mean(high - low + 2 / ALPHA * missed)
    return float(np.mean(missed == 0)), float(np.median(high - low)) / deviation, float(score) / deviation


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each kind of data and number of seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10_000)
    asked = parser.parse_args(arguments)
    rng = np.random.default_rng(1)
    print("data".ljust(18), "n".rjust(3), *(f"{name}: coverage width score".rjust(34) for name in METHODS))
    for name, (draw, truth, deviation) in DATA.items():
        for n in COUNTS:
            values = draw(rng, (n, asked.samples))
            found = [judged(*bounds(values, "mean", method), truth, deviation) for method in METHODS]
            print(name.ljust(18), str(n).rjust(3), *(f"{c:.3f} {w:7.2f} {s:8.2f}".rjust(34) for c, w, s in found))


if __name__ == "__main__":
    main()
