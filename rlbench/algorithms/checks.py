"""Whether an algorithm keeps to its interface: what it says of its size, what it remembers, and what it tells.

rlbench's own are held to the same, so that nothing here is for plug-ins alone.
"""

import contextlib
import operator
from collections.abc import Iterator
from typing import Any

from torch import Tensor

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


def is_own(algorithm: Algorithm) -> bool:
    """Whether it is one of rlbench's, not of a plug-in."""
    return type(algorithm).__module__.startswith("rlbench.")


def blame_plugin(algorithm: Algorithm, what: str) -> contextlib.AbstractContextManager[None]:
    """What a plug-in raises within becomes a Fault, whose text begins with `what`; what rlbench's own raise stays."""
    return contextlib.nullcontext() if is_own(algorithm) else blame(what)


def check_state(state: Any, seeds: int) -> None:
    """A Fault where a state is anything else than tensors, each with a row a seed, in a dict or in such dicts."""
    found = list(_leaves((), state))
    for keys, value in found:
        if isinstance(value, Tensor) and value.dim() and len(value) == seeds:
            continue
        name = "".join(f"[{say_value(key)}]" for key in keys)
        if not isinstance(value, Tensor):
            raise Fault(f"its state{name} is {say_value(value)}, not a tensor")
        raise Fault(f"its state{name} has the shape {list(value.shape)}; its first axis must be the {seeds} seeds")
    if not found:
        raise Fault("its state is empty; it must have a tensor at least, with a row a seed")


def _leaves(keys: tuple[Any, ...], value: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves((*keys, key), inner)
    else:
        yield keys, value


def _whole(name: str, value: Any, least: int) -> int:
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except Exception:
        number = -1
    if not least <= number <= MOST:
        raise Fault(f"its size() has a {name} of {say_value(value)}, not a whole number of at least {least}")
    return number
