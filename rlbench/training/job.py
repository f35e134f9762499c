"""The job that a worker receives and the events that it reports: plain data, imported without torch."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlbench.layout import run_folder


@dataclass(frozen=True)
class Job:
    """Some seeds of one algorithm on one environment, trained together in one process."""

    algorithm: str
    env: str
    seeds: tuple[int, ...]
    steps: int
    """The budget: transitions that each seed may execute."""
    settings: dict[str, Any]
    """Every setting of the algorithm, resolved and checked."""
    eval_every: int
    """Transitions between evaluations; 0 evaluates only at the end."""
    out: Path
    row_every: int | None = None
    """Least number of transitions of a seed in a row of progress.csv; None for the default."""
    device: str = "cpu"
    """`cpu`, `cuda`, or `warp-cpu`, which runs the code of `cuda` on a CPU."""
    gpu_buffers: tuple[int, int] | None = None
    """Capacity for contacts and for constraint rows of each world on a GPU; None for that of the task."""
    fresh: bool = False
    """Whether to move an existing run aside and start over."""
    parts: frozenset[str] = frozenset()
    """Names of its environment and algorithm, if they are not part of rlbench."""
    accept_changed_code: bool = False
    """Whether to resume or show a run that was made with other versions of code outside rlbench."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """Entries for run.json that the planner knows: the command line, and the source of each setting."""
    memory: int = 0
    """Lower estimate of the bytes that all its seeds take, beside the libraries."""
    gpu_memory: int = 0
    """Estimated bytes of a GPU's memory that all its seeds take, beside the libraries."""
    variant: str = ""
    """The name of the variant, if these settings have one."""

    @property
    def label(self) -> str:
        """The name in folders, tables and messages: that of the variant, else of the algorithm."""
        return self.variant or self.algorithm

    def folder(self, seed: int) -> Path:
        """The folder of one seed."""
        return run_folder(self.out, self.env, self.label, seed)


VITAL_SIGNS = ("kl", "entropy", "explained_variance")
"""Columns that show at a glance whether learning is well: how far a step went, how much is still tried, what the critic
explains. The first that an algorithm has is shown first."""


@dataclass(frozen=True)
class Progress:
    """Event after each row: transitions so far, and the latest mean training return of each seed."""

    env_steps: int
    """Transitions a seed has executed."""
    returns: tuple[float | None, ...]
    """Latest mean return of complete training episodes, one for each seed; None before the first."""
    warnings: tuple[str, ...] = ()
    """New warnings, one line each, which begins with the seed."""
    vital_signs: dict[str, float] = field(default_factory=dict)
    """Of VITAL_SIGNS those that the algorithm reports: the mean over seeds of each, where it is finite."""


@dataclass(frozen=True)
class Finished:
    """Event at the end of a seed, which has finished or diverged: its result."""

    seed: int
    status: str
    """`finished` or `diverged`."""
    env_steps: int
    return_det: float | None
    """Mean return of the final evaluation with the mean action."""
    return_stoch: float | None
    """Mean return of the final evaluation with sampled actions."""
