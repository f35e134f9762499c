"""Checks that an algorithm, built-in or plug-in, keeps to its interface: its size and its state."""

import contextlib
import operator
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from rlbench.algorithms.contract import Algorithm, Size, Space
from rlbench.errors import Fault, blame, say_value

MOST = 10**30
"""Upper limit of every number in a Size. Whether so much fits in memory is checked later."""


def checked_size(algorithm: Algorithm, space: Space) -> Size:
    """The algorithm's `size(space)`, as whole numbers; a Fault where it returns anything else."""
    with blame("its size() failed"):
        size = algorithm.size(space)
    if not isinstance(size, Size):
        raise Fault(f"its size() returns {say_value(size)}, not a Size")
    batch = None if size.batch is None else _whole("batch", size.batch, 1)
    rest = {name: _whole(name, getattr(size, name), 0) for name in ("parameters", "memory", "branches")}
    return Size(batch=batch, **rest)


def is_own(algorithm: Algorithm) -> bool:
    """Whether the algorithm is built in, and not a plug-in."""
    return type(algorithm).__module__.startswith("rlbench.")


def blame_plugin(algorithm: Algorithm, what: str) -> contextlib.AbstractContextManager[None]:
    """A context that turns exceptions of a plug-in into a Fault that starts with `what`; those of others pass."""
    return contextlib.nullcontext() if is_own(algorithm) else blame(what)


def check_state(state: Any, seeds: int) -> None:
    """A Fault unless a state is a dict, maybe nested, of tensors with one row per seed."""
    found = list(_leaves((), state))
    for keys, value in found:
        if isinstance(value, Tensor) and value.dim() and len(value) == seeds:
            continue
        name = "".join(f"[{say_value(key)}]" for key in keys)
        if not isinstance(value, Tensor):
            raise Fault(f"its state{name} is {say_value(value)}, not a tensor")
        raise Fault(f"its state{name} has the shape {list(value.shape)}; its first axis must be the {seeds} seeds")
    if not found:
        raise Fault("its state is empty; it must have at least one tensor with a row for each seed")


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
