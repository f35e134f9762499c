"""Warnings of critics whose values cannot be true."""

from collections.abc import Sequence

from rlbench.algorithms.contract import Metrics
from rlbench.value_bound import VALUE_COLUMNS, is_impossible, say_impossible


class ValueWatch:
    """Looks at each row of a job, and warns once of each seed."""

    def __init__(self) -> None:
        self._warned: set[int] = set()

    def warnings(self, seeds: Sequence[int], env_steps: Sequence[int], metrics: Metrics) -> tuple[str, ...]:
        """A line for each seed whose mean value became impossible; none for algorithms without these columns."""
        if not set(VALUE_COLUMNS) <= metrics.keys():
            return ()
        columns = [metrics[name].tolist() for name in VALUE_COLUMNS]
        found = []
        for seed, steps, mean, unit, bound in zip(seeds, env_steps, *columns, strict=True):
            if seed not in self._warned and is_impossible(mean, unit, bound):
                self._warned.add(seed)
                found.append(f"seed {seed}: {say_impossible(mean, bound, steps)}")
        return tuple(found)
