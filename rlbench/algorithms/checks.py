"""Whether an algorithm keeps to its interface: what it says of its size, what it remembers, and what it tells.

rlbench's own are held to the same, so that nothing here is for plug-ins alone.
"""

import operator
from typing import Any

from rlbench.algorithms.contract import Algorithm, Size, Space
from rlbench.errors import Fault, blame, say_value

MOST = 10**30
"""More of anything than settings can ask for; whether a machine has so much is asked later."""


def checked_size(algorithm: Algorithm, space: Space) -> Size:
    """What a seed takes, in whole numbers; a Fault where it does not say so."""
    with blame("its size() failed"):
        size = algorithm.size(space)
    if not isinstance(size, Size):
        raise Fault(f"its size() returns {say_value(size)}, not a Size")
    batch = None if size.batch is None else _whole("batch", size.batch, 1)
    rest = {name: _whole(name, getattr(size, name), 0) for name in ("parameters", "memory", "branches")}
    return Size(batch=batch, **rest)


def _whole(name: str, value: Any, least: int) -> int:
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except Exception:
        number = -1
    if not least <= number <= MOST:
        raise Fault(f"its size() has a {name} of {say_value(value)}, not a whole number of at least {least}")
    return number
