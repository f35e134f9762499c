"""Every way to divide the seeds of two groups anew, or a random many of them."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.statistics import BLOCK, SEED

Array = NDArray[np.float64]
Sizes = tuple[int, int]
EXACT = 50_000
"""So many divisions are all taken; of more, DRAWN random ones."""
DRAWN = 20_000


@dataclass(frozen=True)
class Divisions:
    """Ways to divide n_a + n_b seeds into two groups; the first is the one that was seen."""

    first: NDArray[np.bool_]
    """Who is in the first group. [P, n_a + n_b]"""
    exact: bool
    """Whether these are all there are."""

    def sums(self, columns: Array) -> Array:
        """Sums over the first group of every division. [n_a + n_b, C] -> [P, C]"""
        rows = max(1, BLOCK // self.first.shape[1])
        blocks = (self.first[start : start + rows] for start in range(0, len(self.first), rows))
        return np.concatenate([block.astype(np.float64) @ columns for block in blocks])


@lru_cache(maxsize=4)
def divisions(n_a: int, n_b: int) -> Divisions:
    """All of them where they are few, else random ones."""
    n = n_a + n_b
    count = comb(n, n_a)
    if count <= EXACT:
        chosen = np.fromiter((i for group in combinations(range(n), n_a) for i in group), int, count * n_a)
        first = np.zeros((count, n), bool)
        first[np.arange(count)[:, None], chosen.reshape(count, n_a)] = True
        return Divisions(first, exact=True)
    first = np.tile(np.arange(n) < n_a, (DRAWN, 1))
    first[1:] = np.random.default_rng(SEED).permuted(first[1:], axis=1)
    return Divisions(first, exact=False)


def how_many(sizes: tuple[Sizes, ...]) -> int:
    """Divisions of several environments together, each divided by itself."""
    return prod(comb(n_a + n_b, n_a) for n_a, n_b in sizes)


@lru_cache(maxsize=16)
def together(sizes: tuple[Sizes, ...]) -> tuple[NDArray[np.intp], ...]:
    """Which division each environment has in each division of all; the first is the one that was seen."""
    each = [len(divisions(*pair).first) for pair in sizes]
    if how_many(sizes) <= EXACT:
        return tuple(np.unravel_index(np.arange(prod(each)), each))
    if len(sizes) == 1:
        return (np.arange(each[0]),)
    rng = np.random.default_rng(SEED + 1)
    return tuple(np.concatenate([[0], rng.integers(count, size=DRAWN - 1)]) for count in each)


def smallest_p(*sizes: Sizes) -> float:
    """The least two-sided p that groups of these sizes can give, however far apart they are.

    In groups of one size each division has a mirror image that is as extreme.
    """
    mirrored = 2 if all(n_a == n_b for n_a, n_b in sizes) else 1
    count = how_many(sizes)
    return mirrored / count if count <= EXACT else 1 / DRAWN


def fewest_seeds(comparisons: int, alpha: float) -> int:
    """The least number of seeds in each of two groups with which Holm's correction can leave p <= alpha at all."""
    n = 2
    while comparisons * 2 / comb(2 * n, n) > alpha:
        n += 1
    return n
