"""The columns that an algorithm tells: the same in every iteration, matched by name, one real number a seed each."""

import re
from collections.abc import Collection, Container
from typing import Any

from torch import Tensor

from rlbench.algorithms.contract import Metrics
from rlbench.errors import Fault, say_value

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]{0,63}")


class Columns:
    """What is known of a job's columns. The first iteration names them, and every other must name the same."""

    def __init__(self, taken: Container[str]) -> None:
        """`taken` are names that an algorithm may not use."""
        self._taken = taken
        self._names: frozenset[str] | None = None

    def check(self, metrics: Any, seeds: int) -> Metrics:
        """One iteration's metrics, as they can be written; a Fault that names the column where they cannot."""
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
    """The names that only one of two tables has."""
    only = [f"{say_value(name)} is missing" for name in sorted(first) if name not in second]
    return ", ".join(only + [f"{say_value(name)} is new" for name in second if name not in first])


def _numbers(name: str, value: Any, seeds: int) -> Tensor:
    if not isinstance(value, Tensor):
        raise Fault(f"its column {name} is {say_value(value)}, not a tensor with one number a seed")
    if value.shape != (seeds,) or value.is_complex():
        kind = f"{'complex' if value.is_complex() else 'real'} numbers of shape {list(value.shape)}"
        raise Fault(f"its column {name} has {kind}, not one real number for each of {seeds} seeds: [{seeds}]")
    return value if value.is_floating_point() else value.double()
