"""How often the verdict of `rlbench compare` is wrong, by simulation.

    python benchmarks/false_alarms.py --families 2000

Equal algorithms: all seeds are drawn from one distribution. A family is every pair of the algorithms on every
environment; it is a false alarm where even one pair is called different. At most 5 % of families may be. Then how often
a real difference is found, and how often intervals hold it: of the difference, of the probability of improvement, and
of the mean over environments.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.statistics import ALPHA
from rlbench.analysis.statistics.aggregates import aggregate_bounds
from rlbench.analysis.statistics.corrections import holm
from rlbench.analysis.statistics.improvement import improvement_bounds
from rlbench.analysis.statistics.permutation import difference_bounds, permutation_p, welch_bounds

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Array]


def mixture(low: float, share: float) -> Draw:
    """Seeds about 3,500, and a share of them about `low`."""
    return lambda rng, n: np.where(rng.random(n) < share, rng.normal(low, 130, n), rng.normal(3500, 130, n))


DATA: dict[str, tuple[Draw, float]] = {
    "normal": (lambda rng, n: rng.normal(3000, 400, n), 3000.0),
    "one in five stuck": (mixture(1000, 0.2), 3000.0),
    "log-normal": (lambda rng, n: 1000 * rng.lognormal(size=n), 1000 * float(np.exp(0.5))),
    "two humps": (mixture(1200, 0.5), 2350.0),
}
"""Draws of n seeds, and their true mean."""


FAMILIES = (5, 2, 1), (5, 3, 1), (7, 3, 3), (7, 8, 1)
"""Seeds, algorithms and environments."""


def false_alarms(draw: Draw, seeds: int, names: int, envs: int, families: int, rng: np.random.Generator) -> float:
    """The share of families with a difference, found as `difference_frame` does."""
    alarms = 0
    for _ in range(families):
        groups = [[draw(rng, seeds) for _ in range(names)] for _ in range(envs)]
        p = [permutation_p(pair) for environment in groups for pair in combinations(environment, 2)]
        alarms += bool(holm(p).min() <= ALPHA)
    return alarms / families


def coverage(
    draw: Draw, truth: float, seeds: int, samples: int, rng: np.random.Generator
) -> Iterator[tuple[str, float]]:
    """How often each interval holds what is true: 500 and 0.5 of equal shapes, and the mean of five environments."""
    held = np.zeros(5)
    for _ in range(samples):
        a, b, alike = draw(rng, seeds) + 500, draw(rng, seeds), draw(rng, seeds)
        low, high = difference_bounds((a, b))
        held[0] += low <= 500 <= high
        low, high = welch_bounds((a, b))
        held[1] += low <= 500 <= high
        low, high = improvement_bounds(alike, b)
        held[2] += low <= 0.5 <= high
        low, high = aggregate_bounds([draw(rng, seeds) for _ in range(5)])
        held[3] += low <= truth <= high
        held[4] += permutation_p((a, b)) <= ALPHA
    names = "difference", "Welch's t", "improvement", "five environments", "500 found"
    yield from zip(names, held / samples)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each kind of data and number of seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", type=int, default=2000)
    parser.add_argument("--samples", type=int, default=2000, help="of each interval")
    asked = parser.parse_args(arguments)
    rng = np.random.default_rng(3)
    for (data, (draw, truth)), seeds in product(DATA.items(), (5, 8)):
        parts = [f"{name} {share:.3f}" for name, share in coverage(draw, truth, seeds, asked.samples, rng)]
        print(f"{data}, {seeds} seeds: {'; '.join(parts)}", flush=True)
    for data, (draw, _) in DATA.items():
        for seeds, names, envs in FAMILIES:
            share = false_alarms(draw, seeds, names, envs, asked.families, rng)
            print(f"{data}, {names} algorithms on {envs}, {seeds} seeds: false alarms {share:.3f}", flush=True)


if __name__ == "__main__":
    main()
