"""The state of a search over settings, and the events that tell how it goes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlbench.analysis.frames.tuning import Ends, Scored
from rlbench.analysis.report.compare import Comparison
from rlbench.layout import REPORT_FOLDER
from rlbench.search.tune_plan import Effort, Rung
from rlbench.search.tune_runs import label_of
from rlbench.search.tune_space import Space
from rlbench.sweep.lookup import LookedUp
from rlbench.sweep.request import Request
from rlbench.sweep.state import JobState


@dataclass
class Search:
    """The state of a search."""

    request: Request
    """The request. Its seeds and budget are those of the last rung."""
    effort: Effort
    space: Space
    rungs: list[Rung]
    trials: list[dict[str, Any]]
    """All settings of each trial; the first is the default."""
    looked_up: LookedUp
    scales: dict[str, Ends]
    longer: frozenset[int]
    """The trials whose runs are made longer from rung to rung; others begin anew."""
    notes: list[str]
    found: list[list[Scored]] = field(default_factory=list)
    """The settings of each rung so far, the best first."""
    costs: list[dict[int, int]] = field(default_factory=list)
    """For each rung so far, the transitions that each trial executed."""
    report: dict[int, Scored] = field(default_factory=dict)
    """The default and the winner on the seeds of the report."""
    comparison: Comparison | None = None
    states: list[JobState] = field(default_factory=list)
    """The states of all jobs so far."""

    @property
    def out(self) -> Path:
        """The folder of the search."""
        return self.request.out

    @property
    def winner(self) -> int | None:
        """The best trial of the last rung, once that has ended."""
        return self.found[-1][0].trial if len(self.found) == len(self.rungs) else None

    @property
    def standing(self) -> list[int]:
        """The trials of the next rung, in the order of their numbers."""
        if not self.found:
            return list(range(len(self.trials)))
        place = min(len(self.found), len(self.rungs) - 1)
        return sorted(each.trial for each in self.found[-1][: self.rungs[place].trials])

    @property
    def unconcluded(self) -> list[JobState]:
        """The jobs that failed and without which nothing can be concluded: those of the report, and those whose
        request was at fault. A failed job of a rung counts against its setting."""
        report = self.out / REPORT_FOLDER
        return [each for each in self.states if each.failed and (each.failed.mendable or each.job.out == report)]

    def total_steps(self) -> tuple[int, int]:
        """Transitions that the search may execute at most, and those of its report."""
        runs = len(self.request.seeds) * len(self.request.envs)
        search = sum(rung.trials * rung.steps * runs for rung in self.rungs)
        return search, 2 * len(self.effort.report_seeds) * len(self.request.envs) * self.request.steps


@dataclass(frozen=True)
class Begun:
    """The event that a search begins."""

    search: Search

    def __str__(self) -> str:
        search = self.search
        envs = ", ".join(search.request.envs)
        return f"Searching {len(search.trials)} settings of {search.space.algorithm} on {envs}"


@dataclass(frozen=True)
class Ranked:
    """The event that a rung was trained and its settings were ranked."""

    search: Search

    def __str__(self) -> str:
        search, best = self.search, self.search.found[-1][0]
        number, count = len(search.found), len(search.rungs)
        return f"Rung {number} of {count}: {label_of(best.trial)} is the best, with {best.objective:.3f}"


@dataclass(frozen=True)
class Reported:
    """The event that the winner was compared with the default on fresh seeds."""

    search: Search

    def __str__(self) -> str:
        comparison = self.search.comparison
        return " ".join(comparison.conclusion if comparison else [])
