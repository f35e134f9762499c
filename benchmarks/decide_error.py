"""How often `rlbench decide` tells equal algorithms apart, how often different ones, and how many seeds it takes.

    python benchmarks/decide_error.py --samples 2000

Scores are drawn, not trained. Normal: every seed about the same. Two humps, as Hopper's seeds that hop and seeds that
stand: seven in ten about 3,400, the others about 1,200. Stuck: one seed in ten far below. Unequal spread: the first
algorithm's seeds scatter three times as far about the same mean, which the test does not promise anything about.

A comparison of equal algorithms that is decided is an error; of several comparisons one is enough. With "one ahead" the
last algorithm is three standard deviations better than the others, which are equal, and only those count. For different
algorithms power is the share of comparisons that are decided, and for the right one; seeds are those of each algorithm
when it was decided, or all. Beside it stands what a fixed ten seeds tell, by the permutation test.
"""

import argparse
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.frames.decisions import Plan, judge
from rlbench.analysis.statistics import ALPHA
from rlbench.analysis.statistics.permutation import permutation_p
from rlbench.analysis.statistics.sequential import Design, make_design

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int, int]], Array]
"""Scores of each environment, algorithm and seed."""


def humps(rng: np.random.Generator, size: tuple[int, int, int], low: float, share: float) -> Array:
    """Seeds about 3,400, and a share of them about `low`."""
    return np.where(rng.random(size) < share, low, 3400.0) + rng.normal(0, 130, size)


def unequal(rng: np.random.Generator, size: tuple[int, int, int]) -> Array:
    """The first algorithm's seeds scatter three times as far."""
    values = rng.normal(size=size)
    values[:, 0] *= 3
    return values


DATA: dict[str, tuple[Draw, float]] = {
    "normal": (lambda rng, size: rng.normal(size=size), 1.0),
    "two humps": (lambda rng, size: humps(rng, size, 1200.0, 0.3), float(np.hypot(2200 * 0.21**0.5, 130))),
    "stuck": (lambda rng, size: humps(rng, size, 500.0, 0.1), float(np.hypot(2900 * 0.09**0.5, 130))),
    "unequal spread": (unequal, float(np.sqrt(5))),
}
"""Draws, and their standard deviation (of unequal ones the root of the mean variance)."""
SETS = ((2, 1, 0.0), (3, 1, 0.0), (3, 1, 3.0), (3, 2, 0.0), (4, 3, 0.0))
"""Numbers of algorithms and of environments, and how many deviations the last algorithm is ahead."""
SHIFTS = (0.5, 1.0, 1.5, 2.0, 3.0)


def decided(scores: Array, design: Design) -> tuple[int, int, int, float]:
    """Comparisons decided in all, without and for the last algorithm, and the mean seeds of an algorithm."""
    envs, algorithms, _ = scores.shape
    plan = Plan(tuple(str(i) for i in range(algorithms)), tuple(str(i) for i in range(envs)), design)
    pairs = [(env, label) for env in plan.envs for label in plan.labels]
    history = [{(env, label): scores[int(env), int(label), :n].tolist() for env, label in pairs} for n in design.seeds]
    looks = judge(plan, history)
    seeds = dict.fromkeys(pairs, 0)
    for look in looks:
        seeds |= {(each.env, label): look.seeds for each in look.comparisons for label in (each.first, each.second)}
    found = [each for look in looks for each in look.comparisons if each.better]
    last = plan.labels[-1]
    others = sum(last not in (each.first, each.second) for each in found)
    return len(found), others, sum(each.better == last for each in found), float(np.mean(list(seeds.values())))


def errors(samples: int, design: Design) -> None:
    """A line for each kind of data and each set of comparisons without any difference."""
    print(f"equal algorithms, {samples} samples, seeds {design.seeds}: share with a decision, and its standard error")
    for name, (draw, deviation) in DATA.items():
        for algorithms, envs, ahead in SETS:
            rng = np.random.default_rng(1)
            size = (envs, algorithms, design.seeds[-1])
            found = np.zeros(samples, bool)
            for sample in range(samples):
                scores = draw(rng, size)
                scores[:, -1] += ahead * deviation
                count, others, *_ = decided(scores, design)
                found[sample] = (others if ahead else count) > 0
            error = np.sqrt(found.mean() * (1 - found.mean()) / samples)
            kind = f"{algorithms} algorithms x {envs} environments{', one ahead' if ahead else ''}"
            print(f"  {name:<15} {kind:<40} {found.mean():.4f} ± {error:.4f}", flush=True)


def power(samples: int, design: Design) -> None:
    """A line for each kind of data and each distance between two algorithms, in standard deviations."""
    print(f"two algorithms, {samples} samples: power, mean seeds, and the power of a fixed number of seeds")
    for name, (draw, deviation) in DATA.items():
        for shift in SHIFTS:
            rng = np.random.default_rng(2)
            right, used, fixed = 0, 0.0, np.zeros(2)
            for _ in range(samples):
                scores = draw(rng, (1, 2, design.seeds[-1]))
                scores[:, 1] += shift * deviation
                *_, won, seeds = decided(scores, design)
                right, used = right + won, used + seeds
                for index, n in enumerate((10, design.seeds[-1])):
                    fixed[index] += permutation_p((scores[0, 1, :n], scores[0, 0, :n])) <= ALPHA
            few, all_of_them = fixed / samples
            print(
                f"  {name:<15} {shift:3.1f} deviations  power {right / samples:.3f}  seeds {used / samples:5.1f}"
                f"  fixed 10: {few:.3f}  fixed {design.seeds[-1]}: {all_of_them:.3f}",
                flush=True,
            )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print errors, then power."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--max-seeds", type=int, default=30)
    parser.add_argument("--group", type=int, default=5)
    asked = parser.parse_args(arguments)
    design = make_design(asked.max_seeds, asked.group)
    errors(asked.samples, design)
    power(asked.samples, design)


if __name__ == "__main__":
    main()
