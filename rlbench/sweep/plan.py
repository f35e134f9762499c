"""Which seeds run together in which process: the function `plan`."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

JOB_COST = 0.5
"""The fixed cost of a job in units of one seed's cost: the seeds of a job share every call into the simulator and the
networks. Measured as 0.3 to 0.5 on Hopper-v4, and 0.1 to 1.9 on HalfCheetah-v4 with its light physics. Too low a value
makes more and smaller jobs than is best; too high a value leaves cores idle at the end."""


@dataclass(frozen=True)
class WorkItem:
    """Seeds of one algorithm on one environment that can run as one batched program, and their remaining work."""

    algorithm: str
    """The label: an algorithm's name, or that of a variant."""
    env: str
    seeds: tuple[int, ...]
    steps: int
    """Transitions that each seed still has to execute."""
    pace: float = 1.0
    """Time per transition, in a unit that is the same for all items."""

    @property
    def cost(self) -> float:
        """Estimated time for the whole item."""
        return self.pace * self.steps * (JOB_COST + len(self.seeds))


def plan(items: Sequence[WorkItem], workers: int, together: bool = False) -> list[WorkItem]:
    """The items, cut where that ends the sweep sooner, longest first: the order in which free workers take them.

    Batched seeds are cheaper than single ones, so an item is cut only to keep workers from idling. Three ways are
    tried: no cut; a cut of every item; a cut of only those that are left when the longest have filled all workers
    evenly. The best way ends soonest; among equals it has the fewest pieces. With `together` none is cut, as on a GPU,
    where another seed takes hardly any time.
    """
    longest_first = sorted(items, key=lambda item: -item.cost)
    if not items:
        return []
    if together:
        return longest_first
    whole = sum(item.cost for item in items)
    best = min(
        _ways(longest_first, workers), key=lambda pieces: (round(_makespan(pieces, workers) / whole, 9), len(pieces))
    )
    return sorted(best, key=lambda item: -item.cost)


def _ways(items: list[WorkItem], workers: int) -> Iterator[list[WorkItem]]:
    even = len(items) - len(items) % workers
    most_pieces = min(workers, max(len(item.seeds) for item in items))
    yield items
    for whole in sorted({0, even} - {len(items)}):
        for pieces in range(2, most_pieces + 1):
            yield items[:whole] + [piece for item in items[whole:] for piece in _cut(item, pieces)]


def _cut(item: WorkItem, pieces: int) -> list[WorkItem]:
    """Cut an item into pieces of neighbouring seeds whose sizes differ by at most one."""
    number = len(item.seeds)
    pieces = min(pieces, number)
    bounds = [-(-index * number // pieces) for index in range(pieces + 1)]
    return [replace(item, seeds=item.seeds[low:high]) for low, high in pairwise(bounds)]


def _makespan(items: Sequence[WorkItem], workers: int) -> float:
    """The time when the last worker is done, if each free worker takes the longest item left."""
    busy_until = [0.0] * workers
    for cost in sorted((item.cost for item in items), reverse=True):
        heapq.heapreplace(busy_until, busy_until[0] + cost)
    return max(busy_until)
