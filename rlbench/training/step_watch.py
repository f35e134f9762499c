"""Warnings of policies that stay where they are because their steps are rejected."""

from collections import defaultdict
from collections.abc import Sequence

from rlbench.algorithms.contract import Metrics
from rlbench.rejected_steps import STEP_COLUMNS, RecentSteps, say_rejected


class StepWatch:
    """Looks at each row of a job, and warns once of each seed."""

    def __init__(self) -> None:
        self._recent: defaultdict[int, RecentSteps] = defaultdict(RecentSteps)
        self._warned: set[int] = set()

    def warnings(self, seeds: Sequence[int], env_steps: Sequence[int], metrics: Metrics) -> tuple[str, ...]:
        """A line for each seed that begins to take hardly any step; none for algorithms without these columns."""
        if not set(STEP_COLUMNS) <= metrics.keys():
            return ()
        columns = [metrics[name].tolist() for name in STEP_COLUMNS]
        found = []
        for seed, steps, status, kl in zip(seeds, env_steps, *columns, strict=True):
            if self._recent[seed].add(status, kl) and seed not in self._warned:
                self._warned.add(seed)
                found.append(f"seed {seed}: {say_rejected(self._recent[seed].causes, steps)}")
        return tuple(found)
