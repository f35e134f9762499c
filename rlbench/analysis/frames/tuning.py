"""The objective of a search over settings, and the ranking by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rlbench.analysis.published import scale

Scores = Mapping[str, Sequence[float | None]]
"""By environment the score of each seed; None for one that diverged."""
Ends = tuple[float, float]

OBJECTIVE = "mean over environments of (mean + lower quartile) / 2 of the seeds' normalised scores"


@dataclass(frozen=True)
class Scored:
    """One setting in one rung."""

    trial: int
    scores: dict[str, list[float | None]]
    """By environment the score of each seed; empty where a run failed."""
    tasks: dict[str, float] = field(default_factory=dict)
    """By environment the normalised (mean + lower quartile) / 2; empty where a run diverged or failed."""
    failed: str = ""
    """Why a run could not be trained to its end."""

    @property
    def diverged(self) -> int:
        """Number of runs that diverged."""
        return sum(score is None for scores in self.scores.values() for score in scores)

    @property
    def objective(self) -> float | None:
        """What settings are ranked by; None where a run diverged or failed, which counts as worst."""
        return float(np.mean(list(self.tasks.values()))) if self.tasks else None


def score_trial(trial: int, scores: Scores, scales: Mapping[str, Ends]) -> Scored:
    """One setting's value on each environment. A run that diverged leaves the setting without any."""
    kept = {env: list(values) for env, values in scores.items()}
    if any(value is None for values in kept.values() for value in values):
        return Scored(trial, kept)
    tasks = {}
    for env, values in kept.items():
        low, high = scales[env]
        normalised = (np.array(values, float) - low) / (high - low)
        tasks[env] = float(normalised.mean() + np.quantile(normalised, 0.25)) / 2  # quantiles: linear interpolation
    return Scored(trial, kept, tasks)


def ranked(trials: Sequence[Scored]) -> list[Scored]:
    """The best first; below all with an objective those with diverged runs, fewest first, and those that failed.

    Of two that are equal, the one that was drawn first is before the other.
    """

    def key(each: Scored) -> tuple[bool, bool, float, int]:
        objective = each.objective
        rank = -objective if objective is not None else float(each.diverged)
        return bool(each.failed), objective is None, rank, each.trial

    return sorted(trials, key=key)


def scales_of(envs: Sequence[str], given: Mapping[str, Ends]) -> tuple[dict[str, Ends], list[str]]:
    """The scores that are 0 and 1 on each environment: given ones, else rlbench's; and those without either."""
    found = {env: ends for env in envs if (ends := given.get(env) or scale(env)) is not None}
    return found, [env for env in envs if env not in found]
