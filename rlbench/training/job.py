"""What one worker is given, and what it says while it works. Plain data without torch: the planner imports it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlbench.layout import run_folder


@dataclass(frozen=True)
class Job:
    """Some seeds of one algorithm on one environment: one batched program in one process."""

    algorithm: str
    env: str
    seeds: tuple[int, ...]
    steps: int
    """Transitions a seed may execute."""
    settings: dict[str, Any]
    """Every setting of the algorithm, resolved and checked."""
    eval_every: int
    """Transitions between evaluations; 0 evaluates at the end alone."""
    out: Path
    device: str = "cpu"
    """`cpu`, `cuda`, or `warp-cpu`: what `cuda` does, on a CPU."""
    gpu_buffers: tuple[int, int] | None = None
    """Room for contacts and rows of constraints a world, where it is not the task's own."""
    fresh: bool = False
    """Whether to move aside what is there already and start over."""
    parts: frozenset[str] = frozenset()
    """Its environment and its algorithm, as far as they are not rlbench's own."""
    accept_changed_code: bool = False
    """Whether to go on with, or show, what was made with another version of somebody's code."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """What the planner knows and run.json should keep: the command line, where each setting came from."""
    variant: str = ""
    """The name of these settings, where they have one of their own."""

    @property
    def label(self) -> str:
        """What folders, tables and messages call it: the algorithm's name, or that of the variant."""
        return self.variant or self.algorithm

    def folder(self, seed: int) -> Path:
        """Where a seed's files are."""
        return run_folder(self.out, self.env, self.label, seed)


@dataclass(frozen=True)
class Progress:
    """After an iteration: how far all seeds of the job are, and how each does."""

    env_steps: int
    """Transitions a seed has executed."""
    returns: tuple[float | None, ...]
    """Latest mean return of complete training episodes, one a seed; None before the first."""


@dataclass(frozen=True)
class Finished:
    """One seed's result, when its budget is spent or its numbers diverged."""

    seed: int
    status: str
    """`finished` or `diverged`."""
    env_steps: int
    return_det: float | None
    """Mean return of the final evaluation with the mean action."""
    return_stoch: float | None
    """Mean return of the final evaluation with sampled actions."""
