"""The runs of a finished sweep: how they ended, their numbers and their policies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, overload

from rlbench.sweep.sweep import Sweep

if TYPE_CHECKING:
    import pandas as pd

    from rlbench.trained.policy import Policy


@dataclass(frozen=True)
class TrainedRun:
    """One seed of one algorithm on one environment, trained to its end."""

    env: str
    algorithm: str
    """The name of the algorithm or of the variant: the folder above the seed's."""
    seed: int
    status: str
    """`finished`, or `diverged` where its numbers became non-finite."""
    env_steps: int
    """Number of transitions it has executed."""
    return_det: float | None
    """Mean return of the last evaluation by the mean action."""
    return_stoch: float | None
    """Mean return of the last evaluation by sampled actions."""
    folder: Path
    """The folder of its files."""

    def frame(self) -> "pd.DataFrame":
        """progress.csv as a pandas frame, with columns for environment, algorithm and seed."""
        from rlbench.analysis.reading.results import load

        return load(self.folder).progress()

    def policy(self) -> "Policy":
        """The trained policy, ready to act."""
        from rlbench.trained.policy import policy

        return policy(self.folder, self.env)


class TrainedRuns(Sequence[TrainedRun]):
    """The runs of one call, by environment, algorithm and seed, in the order in which these were asked for."""

    def __init__(self, members: Sequence[TrainedRun]) -> None:
        self._members = tuple(members)

    def __len__(self) -> int:
        return len(self._members)

    @overload
    def __getitem__(self, index: int) -> TrainedRun: ...

    @overload
    def __getitem__(self, index: slice) -> "TrainedRuns": ...

    def __getitem__(self, index: int | slice) -> "TrainedRun | TrainedRuns":
        return TrainedRuns(self._members[index]) if isinstance(index, slice) else self._members[index]

    def __iter__(self) -> Iterator[TrainedRun]:
        return iter(self._members)

    def __repr__(self) -> str:
        lines = (f"{run.env} {run.algorithm} {run.seed}: {run.status}, {run.env_steps:,} steps" for run in self)
        return "\n".join(lines) or "no runs"

    def frame(self) -> "pd.DataFrame":
        """progress.csv of all runs as one pandas frame, with columns for environment, algorithm and seed."""
        from rlbench.analysis.reading.results import load

        return load([run.folder for run in self]).progress()


def runs_of(sweep: Sweep) -> TrainedRuns:
    """The runs of a sweep that came to their end."""
    found = {
        (state.job.env, state.job.label, each.seed): TrainedRun(
            env=state.job.env,
            algorithm=state.job.label,
            seed=each.seed,
            status=each.status,
            env_steps=each.env_steps,
            return_det=each.return_det,
            return_stoch=each.return_stoch,
            folder=state.job.folder(each.seed),
        )
        for state in sweep.states
        for each in state.finished
    }
    order = product(sweep.request.envs, sweep.looked_up.settings, sweep.request.seeds)
    return TrainedRuns([found[key] for key in order if key in found])
