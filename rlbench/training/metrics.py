"""Checks of an algorithm's metrics: the same names in every iteration, one real number for each seed."""

import re
from collections.abc import Collection, Container
from typing import Any

from torch import Tensor

from rlbench.algorithms.contract import Metrics
from rlbench.errors import Fault, say_value

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]{0,63}")


class Columns:
    """The metric columns of a job. The first iteration sets their names; later ones must have the same."""

    def __init__(self, taken: Container[str]) -> None:
        """An algorithm may not use the names in `taken`."""
        self._taken = taken
        self._names: frozenset[str] | None = None

    def check(self, metrics: Any, seeds: int) -> Metrics:
        """The metrics of one iteration, ready to be written; a Fault names a column that is not valid."""
        if not isinstance(metrics, dict):
            raise Fault(f"its iterate() returns {say_value(metrics)}, not a dict of columns")
        if self._names is None:
            self._names = frozenset(self._named(name) for name in metrics)
        elif metrics.keys() != self._names:
            raise Fault(f"its columns are not those of its first iteration: {differences(self._names, metrics)}")
        return {name: _numbers(name, value, seeds) for name, value in metrics.items()}

    def _named(self, name: Any) -> str:
        if not (isinstance(name, str) and NAME.fullmatch(name)):
            raise Fault(
                f"its column {say_value(name)} cannot be called so; a name begins with a letter or _, and has letters, "
                "digits, _ . / and -, 64 at most"
            )
        if name in self._taken:
            raise Fault(f"its column {name} has the name of one of rlbench's own columns")
        return name


def differences(first: Collection[str], second: Collection[str]) -> str:
    """Text about the names that are in only one of two tables."""
    only = [f"{say_value(name)} is missing" for name in sorted(first) if name not in second]
    return ", ".join(only + [f"{say_value(name)} is new" for name in second if name not in first])


def _numbers(name: str, value: Any, seeds: int) -> Tensor:
    if not isinstance(value, Tensor):
        raise Fault(f"its column {name} is {say_value(value)}, not a tensor with one number a seed")
    if value.shape != (seeds,) or value.is_complex():
        kind = f"{'complex' if value.is_complex() else 'real'} numbers of shape {list(value.shape)}"
        raise Fault(f"its column {name} has {kind}, not one real number for each of {seeds} seeds: [{seeds}]")
    return value if value.is_floating_point() else value.double()
