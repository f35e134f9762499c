"""Which seeds run together in which process. One pure function, `plan`; everything else here serves it."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

JOB_COST = 0.5
"""What a job costs beside its seeds, in seeds: the seeds of a job share every call into the simulator and the networks.
Measured as 0.3 to 0.5 on Hopper-v4, and 0.1 to 1.9 on HalfCheetah-v4 with its light physics. Too low makes more and
smaller jobs than is best, too high leaves cores idle at the end."""


@dataclass(frozen=True)
class Share:
    """Seeds of one algorithm on one environment that can run as one batched program, and how far they have to go."""

    algorithm: str
    """Its label: an algorithm's name, or that of a variant."""
    env: str
    seeds: tuple[int, ...]
    steps: int
    """Transitions a seed still has to execute."""
    pace: float = 1.0
    """How long one takes; the unit is any, if it is the same for all."""

    @property
    def cost(self) -> float:
        """How long all of it takes."""
        return self.pace * self.steps * (JOB_COST + len(self.seeds))


def plan(shares: Sequence[Share], workers: int) -> list[Share]:
    """The shares, cut where that ends the sweep sooner, longest first: the order in which free workers take them.

    Batched seeds are cheaper than single ones, so a share is cut only to keep workers from idling. Tried are: no cut; a
    cut of every share; a cut of those alone that are left when the longest have filled all workers evenly. The best is
    the one that ends soonest, and of those the one with the fewest pieces.
    """
    longest_first = sorted(shares, key=lambda share: -share.cost)
    if not shares:
        return []
    whole = sum(share.cost for share in shares)
    best = min(
        _ways(longest_first, workers), key=lambda pieces: (round(_makespan(pieces, workers) / whole, 9), len(pieces))
    )
    return sorted(best, key=lambda share: -share.cost)


def _ways(shares: list[Share], workers: int) -> Iterator[list[Share]]:
    even = len(shares) - len(shares) % workers
    most_pieces = min(workers, max(len(share.seeds) for share in shares))
    yield shares
    for whole in sorted({0, even} - {len(shares)}):
        for pieces in range(2, most_pieces + 1):
            yield shares[:whole] + [piece for share in shares[whole:] for piece in _cut(share, pieces)]


def _cut(share: Share, pieces: int) -> list[Share]:
    """Neighbouring seeds stay together; piece sizes differ by at most one."""
    number = len(share.seeds)
    pieces = min(pieces, number)
    bounds = [-(-index * number // pieces) for index in range(pieces + 1)]
    return [replace(share, seeds=share.seeds[low:high]) for low, high in pairwise(bounds)]


def _makespan(shares: Sequence[Share], workers: int) -> float:
    """When the last worker is done if each free worker takes the longest share left."""
    busy_until = [0.0] * workers
    for cost in sorted((share.cost for share in shares), reverse=True):
        heapq.heapreplace(busy_until, busy_until[0] + cost)
    return max(busy_until)
