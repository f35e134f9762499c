"""Which settings a search tries: the default first, then points of a scrambled Sobol sequence.

The settings depend on the space and on one seed, never on results. So a search that was killed draws the same again,
and the number of workers, or which of them is first, changes nothing. Sobol points fill a space more evenly than
independent random ones (Sobol 1967; Owen 1998).
"""

import math
from collections.abc import Iterator
from typing import Any

from rlbench.errors import UserError
from rlbench.search.tune_space import Space

PATIENCE = 50
"""The search for settings ends when so many times as many points as settings were drawn in vain."""

Settings = dict[str, Any]


def draw(space: Space, count: int, seed: int) -> Iterator[Settings]:
    """The settings of the default, then others without end: no two are the same.

    A UserError where no more are found, as the space has fewer than `count`.
    """
    seen: list[Settings] = []
    for drawn, settings in enumerate(_points(space, count, seed)):
        if settings not in seen:
            seen.append(settings)
            yield settings
        elif drawn > PATIENCE * count:
            raise UserError(f"The search has only {len(seen)} different settings: --trials {len(seen)} at most.")


def _points(space: Space, count: int, seed: int) -> Iterator[Settings]:
    from scipy.stats.qmc import Sobol

    yield dict(space.base)
    sequence = Sobol(len(space.domains), rng=seed)
    power = max(1, math.ceil(math.log2(count)))
    block = sequence.random_base2(power)  # numbers other than powers of two would spoil the balance of later points
    while True:
        yield from (space.at(point) for point in block.tolist())
        block = sequence.random_base2(power)
        power += 1
