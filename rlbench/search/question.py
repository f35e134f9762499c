"""The options of a decision. Imports nothing heavy, so that mistakes are answered at once."""

from dataclasses import dataclass

from rlbench.analysis.options import Metric, Score


@dataclass(frozen=True)
class Question:
    """The options of a decision that are no options of its runs."""

    max_seeds: int = 30
    """Largest number of seeds of each algorithm."""
    group: int = 5
    """Number of seeds that are trained between two looks."""
    metric: Metric = "eval-det"
    score: Score = "final"
    baseline: str | None = None
    """The algorithm that all others are compared with; None compares all with all."""
