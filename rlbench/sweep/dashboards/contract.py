"""The interface of a dashboard. Another one is a file beside this and a name in choose.py."""

from collections.abc import Callable, Mapping
from typing import Protocol

from rlbench.training.job import Job


class Log(Protocol):
    """The log of one seed."""

    def write(self, env_steps: int, values: Mapping[str, float]) -> None:
        """A row of progress.csv: its finite numbers by column."""

    def close(self, status: str) -> None:
        """No row follows. `status` is finished, diverged, or stopped where the sweep ended before the seed."""


OpenLog = Callable[[Job, int], Log]
"""Begins the log of one seed anew: all its rows follow, those of an earlier command, too."""
