"""How a decision is to be made, as a person asks for it. Imports nothing heavy: mistakes are answered at once."""

from dataclasses import dataclass

from rlbench.analysis.options import Metric, Score


@dataclass(frozen=True)
class Question:
    """What is not a run's own word."""

    max_seeds: int = 30
    """Of each algorithm."""
    group: int = 5
    """Seeds that are trained between two looks."""
    metric: Metric = "eval-det"
    score: Score = "final"
    baseline: str | None = None
    """The algorithm that all others are compared with; None compares all with all."""
