"""Whether two groups of seeds differ, looked at again and again while they grow: a group-sequential permutation test.

After each group of new seeds one looks at the difference of the two means over all seeds so far. If the two algorithms
were the same, any other division of each group's seeds between them would have been as likely as the one that was
seen. So the differences that all divisions make, look by look, tell how large a difference chance makes, given that no
earlier look stopped; and each look's boundary is set so that chance crosses it or an earlier one with a probability
that grows with the seeds so far, up to the level at the last look (AdaStop, Mathieu et al. 2023, arXiv:2306.10882;
spending of the level: Lan and DeMets 1983). With groups of equal size the difference of means puts divisions into the
same order as Welch's statistic does.

The level is kept at any number of seeds and however the returns are distributed: exactly where all divisions are taken;
where they are too many, random ones are drawn, the one that was seen among them (Phipson and Smyth 2010), and the looks
share them.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from math import comb, floor, inf, prod
from operator import mul

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.statistics import ALPHA, SEED
from rlbench.analysis.statistics.divisions import DRAWN, EXACT, divisions

Array = NDArray[np.float64]
Pair = tuple[Array, Array]
"""The seeds of two algorithms up to one look, in the order in which they came. [n], [n]"""
TIE = 1e-9
"""Differences that differ by less than this share of the largest value are equal but for rounding."""


@dataclass(frozen=True)
class Design:
    """When one will look; fixed before the first look."""

    groups: tuple[int, ...]
    """How many seeds each look adds to either algorithm."""
    alpha: float = ALPHA
    """The chance that all comparisons together may have of a false alarm."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of each algorithm, at each look."""
        return tuple(accumulate(self.groups))

    def spent(self, look: int, level: float) -> float:
        """The part of a level that looks up to this one may use. Looks count from 0."""
        return level * self.seeds[look] / self.seeds[-1]


def make_design(most: int, group: int, alpha: float = ALPHA) -> Design:
    """Groups of `group` seeds up to `most`; the last is smaller where they do not fill it."""
    full, rest = divmod(most, group)
    return Design((group,) * full + ((rest,) if rest else ()), alpha)


@dataclass(frozen=True)
class Crossing:
    """Each look of one comparison at one level."""

    boundaries: tuple[float, ...]
    """The least absolute difference that chance reaches too seldom; infinite where no difference is large enough."""
    look: int | None
    """The first that reached its boundary; None where none has."""


@dataclass(frozen=True)
class Walks:
    """One comparison: how far apart the two sums are at each look so far, for every division.

    The first of the divisions is the one that was seen.
    """

    design: Design
    exact: list[Array]
    """At those looks at which all divisions are taken, for all of them. In units of `units`."""
    drawn: list[Array]
    """At every look so far, for the drawn divisions; empty where no look needs them."""
    units: tuple[float, ...]
    """What turns a look's numbers into differences of means."""
    crossings: dict[float, Crossing] = field(default_factory=dict)
    """Those that were asked for before, by level."""

    def crossing(self, level: float) -> Crossing:
        """The boundaries at this level, and whether any was reached."""
        if level not in self.crossings:
            boundaries = self._boundaries(level)
            seen = [sizes[0] for sizes in (*self.exact, *self.drawn[len(self.exact) :])]
            reached = (look for look, boundary in enumerate(boundaries) if seen[look] >= boundary)
            # Half a unit less, so that what rounds to a boundary reaches it
            scaled = tuple((boundary - 0.5) * unit for boundary, unit in zip(boundaries, self.units, strict=True))
            self.crossings[level] = Crossing(scaled, next(reached, None))
        return self.crossings[level]

    def _boundaries(self, level: float) -> list[float]:
        """One a look, in that look's unit. Divisions that reached an earlier one are out of the later looks."""
        found: list[float] = []
        alive = np.ones(0, bool)
        spent = 0.0
        for look in range(len(self.units)):
            walked = self.exact if look < len(self.exact) else self.drawn
            if look in (0, len(self.exact)):
                alive = np.ones(len(walked[look]), bool)
                for earlier, boundary in zip(walked, found):
                    alive &= earlier < boundary
            room = floor((self.design.spent(look, level) - spent) * len(walked[look]) + TIE)
            found.append(least_boundary(walked[look][alive], room))
            stays = walked[look] < found[-1]
            spent += np.count_nonzero(alive & ~stays) / len(stays)
            alive &= stays
        return found


def walk(looks: Sequence[Pair], design: Design) -> Walks:
    """Follows every division through the looks so far. A look's values may differ from those an earlier look had."""
    most = min(count_exact(design.groups), len(looks))
    blocks = [_block(pair, design, index) for index, pair in enumerate(looks)]
    exact, drawn = [], []
    if most:
        chosen = exact_choices(design.groups[:most])
        exact = _sizes(looks[:most], design, lambda index, values: _all_sums(values)[chosen[index]])
    if len(looks) > most:
        picks = [_draw(values) for values in blocks]
        drawn = _sizes(looks, design, lambda index, values: picks[index](values))
    return Walks(design, exact, drawn, tuple(_unit(pair) / len(pair[0]) for pair in looks))


def _block(pair: Pair, design: Design, index: int) -> Array:
    """The values of one group of seeds, first those of a, then those of b. [2 * size]"""
    stop = design.seeds[index]
    return np.concatenate([each[stop - design.groups[index] : stop] for each in pair])


def _sizes(looks: Sequence[Pair], design: Design, sums: Callable[[int, Array], Array]) -> list[Array]:
    """|sum of a - sum of b| at each look for each division, as whole numbers of the look's unit. [P] a look

    `sums` has a group's sums of a, for each division; it is asked again only where a value has changed.
    """
    found: list[Array] = []
    parts: list[Array] = []
    before: Pair | None = None
    for look, pair in enumerate(looks):
        if before and not all(np.array_equal(new[: len(old)], old) for new, old in zip(pair, before)):
            parts = []
        for index in range(len(parts), look + 1):
            values = _block(pair, design, index)
            difference = 2 * sums(index, values) - values.sum()
            parts.append(parts[-1] + difference if parts else difference)
        before = pair
        found.append(np.abs(np.rint(parts[look] / _unit(pair))))
    return found


def _all_sums(values: Array) -> Array:
    """The sum of the first half of a group, for every division of it."""
    size = len(values) // 2
    return divisions(size, size).sums(values[:, None])[:, 0]


def _draw(values: Array) -> Callable[[Array], Array]:
    """Sums of a group for DRAWN random divisions, of which the first is the one that was seen.

    They are random as far as anybody's labels are concerned, and yet always the same for the same values: were they the
    same for all values, too, what is odd about them would be odd in every decision.
    """
    size = len(values) // 2
    digest = hashlib.sha256(np.sort(values).tobytes()).digest()
    rng = np.random.default_rng((SEED, int.from_bytes(digest[:8])))
    count = comb(2 * size, size)
    if count <= EXACT:
        picked = rng.integers(count, size=DRAWN)
        picked[0] = 0
        return lambda values: _all_sums(values)[picked]
    first = np.tile(np.arange(2 * size) < size, (DRAWN, 1))
    first[1:] = rng.permuted(first[1:], axis=1)
    return lambda values: first.astype(np.float64) @ values


def _unit(pair: Pair) -> float:
    """So small that values count as equal which differ by it, and so large that rounding errors do not show."""
    return TIE * (max(float(np.abs(values).max()) for values in pair) or 1.0)


def least_boundary(sizes: Array, room: int) -> float:
    """The least of these sizes that at most `room` of them reach; infinite where more than that reach the largest."""
    if room <= 0 or not len(sizes):
        return inf
    if len(sizes) <= room:
        return float(max(sizes.min(), 1.0))  # no difference at all is never large enough
    place = len(sizes) - room - 1
    too_many = np.partition(sizes, place)[place]  # room + 1 of them are this large
    above = sizes[sizes > too_many]
    return float(above.min()) if len(above) else inf


def count_exact(groups: tuple[int, ...]) -> int:
    """The number of the first groups that have few enough divisions together to take them all."""
    return sum(count <= EXACT for count in accumulate((comb(2 * size, size) for size in groups), mul))


@lru_cache(maxsize=8)
def exact_choices(groups: tuple[int, ...]) -> tuple[NDArray[np.intp], ...]:
    """Every division of every group with every one of the others: which each group has. The first was seen."""
    counts = [comb(2 * size, size) for size in groups]
    return tuple(np.unravel_index(np.arange(prod(counts)), counts))


def told_apart(walks: Sequence[Walks], looks: int | None = None) -> list[Crossing | None]:
    """Which of several comparisons the first `looks` decide, with Holm's correction: the crossing of each, or None.

    With m comparisons undecided, one is decided if it crosses at the level alpha / m, and at every larger share of
    alpha. Each that is decided leaves the others a larger share, for their earlier looks, too. If any were decided
    falsely, the first such crosses at alpha divided by the number of comparisons without a difference at least, for
    all of those are still undecided. That any of them ever does has at most the chance alpha, whatever they share.
    """
    decided: list[Crossing | None] = [None] * len(walks)
    waiting = list(range(len(walks)))
    while waiting:
        shares = len(waiting)
        found = [index for index in waiting if _crosses(walks[index], shares, looks)]
        if not found:
            break
        for index in found:
            decided[index] = walks[index].crossing(walks[index].design.alpha / shares)
        waiting = [index for index in waiting if index not in found]
    return decided


def _crosses(walks: Walks, shares: int, looks: int | None) -> bool:
    """Whether a comparison crosses in so many looks at alpha divided by each of 1, 2, ... shares."""
    crossings = (walks.crossing(walks.design.alpha / share) for share in range(1, shares + 1))
    return all(each.look is not None and (looks is None or each.look < looks) for each in crossings)


def earliest_look(design: Design, comparisons: int) -> int | None:
    """The first look that can decide one of so many comparisons, however far apart its algorithms are; None for none.

    Looks count from 0. Each division has a mirror image that is as far apart.
    """
    counts = accumulate((comb(2 * size, size) for size in design.groups), mul)
    for look, count in enumerate(counts):
        room = design.spent(look, design.alpha / comparisons)
        if room >= (2 / count if count <= EXACT else 1 / DRAWN):
            return look
    return None
