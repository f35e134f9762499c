"""The state of each job of a sweep, derived from the events of its worker; and the table of results."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rlbench.sweep.launchers.contract import Event, Failed, Handed, Restarted
from rlbench.sweep.logs import log_path
from rlbench.sweep.words import say_return, say_seeds, say_time
from rlbench.training.job import Finished, Job, Progress

FEW_SEEDS = 6
"""With at most so many seeds each seed's return is shown; with more, their mean and range."""


LONGEST_HISTORY = 512
SHORT = {"explained_variance": "expl. var."}
"""Vital signs whose columns have long names."""


@dataclass
class JobState:
    """The state of one job. Times are seconds of one clock that the caller reads.

    Seeds of a resumed job may be at different iterations. Seeds at the same iteration are trained together, one group
    after another, so transitions are counted over all seeds, not as steps of the job.
    """

    job: Job
    since: float | None = None
    """Time of the first progress event, from which the rate is measured."""
    now: float = 0.0
    work: int = 0
    """Transitions of all seeds since that time."""
    env_steps: int = 0
    """Transitions that each seed of the current group has executed."""
    returns: tuple[float | None, ...] = ()
    live: int = 0
    """Seeds of the current group that have not finished."""
    finished: list[Finished] = field(default_factory=list)
    done: bool = False
    failed: Failed | None = None
    vital_signs: dict[str, float] = field(default_factory=dict)
    """The latest of the algorithm's vital signs."""
    history: list[float] = field(default_factory=list)
    """Means over seeds of the latest returns, one for each `stride` progress events."""
    stride: int = 1
    warnings: int = 0
    """How many warnings there were."""
    _seen: int = 0
    restarts: list[Restarted] = field(default_factory=list)
    handed: Handed | None = None

    def apply(self, event: Event, now: float) -> None:
        """Update the state by one event."""
        self.now = now
        if isinstance(event, Progress):
            if self.since is None:
                self.since = now
            elif self.live and event.env_steps > self.env_steps:
                self.work += (event.env_steps - self.env_steps) * len(event.returns)
            self.env_steps, self.returns, self.live = event.env_steps, event.returns, len(event.returns)
            self.vital_signs = event.vital_signs
            self.warnings += len(event.warnings)
            self._remember(event.returns)
        elif isinstance(event, Finished):
            self.finished.append(event)
            self.live = max(0, self.live - 1)
        elif isinstance(event, Failed):
            self.failed = event
        elif isinstance(event, Handed):
            self.handed = event
        elif isinstance(event, Restarted):  # the new process reports finished seeds again
            self.restarts.append(event)
            self.since, self.work, self.env_steps, self.live = None, 0, 0, 0
            self.finished.clear()
            self.history.clear()
            self.stride, self._seen = 1, 0
        else:
            self.done = True

    def _remember(self, returns: Sequence[float | None]) -> None:
        """Append to the history. Of a long one every other entry is dropped, and of later events every other, too."""
        known = [value for value in returns if value is not None and math.isfinite(value)]
        if known and self._seen % self.stride == 0:
            self.history.append(statistics.fmean(known))
        self._seen += bool(known)
        if len(self.history) >= LONGEST_HISTORY:
            del self.history[1::2]
            self.stride *= 2

    @property
    def name(self) -> str:
        """A name that is unique in a sweep."""
        return f"{self.job.env} {self.job.label} {say_seeds(self.job.seeds)}"

    @property
    def stage(self) -> str:
        """One of waiting, running, done, diverged, failed and queued."""
        if self.failed:
            return "failed"
        if self.done:
            return "diverged" if self.diverged else "done"
        if self.handed:
            return "queued"
        return "running" if self.since is not None else "waiting"

    @property
    def spent(self) -> int:
        """Transitions of all seeds, including those of an earlier command."""
        return sum(each.env_steps for each in self.finished) + self.live * self.env_steps

    @property
    def budget(self) -> int:
        """Transitions that all seeds may execute."""
        return len(self.job.seeds) * self.job.steps

    @property
    def fraction(self) -> float:
        """The fraction of the budget that is spent; 1 for a job that is done, whose last partial batch is not run."""
        return 1.0 if self.done else min(1.0, self.spent / self.budget)

    @property
    def rate(self) -> float | None:
        """Transitions per second of all seeds together."""
        if self.since is None or self.now <= self.since or not self.work:
            return None
        return self.work / (self.now - self.since)

    @property
    def time_left(self) -> float | None:
        """Estimated seconds left at this rate."""
        if self.done or self.failed or not self.rate:
            return None
        return max(0, self.budget - self.spent) / self.rate

    @property
    def latest_returns(self) -> str:
        """Latest mean training return of each seed, or the mean and range of many seeds."""
        known = [value for value in self.returns if value is not None]
        if len(self.returns) <= FEW_SEEDS or not known:
            return " ".join(say_return(value) for value in self.returns[:FEW_SEEDS])
        return f"{say_return(statistics.fmean(known))} ({say_return(min(known))} to {say_return(max(known))})"

    @property
    def diverged(self) -> list[Finished]:
        return [each for each in self.finished if each.status == "diverged"]


@dataclass(frozen=True)
class Row:
    """One line of the table of results."""

    env: str
    algorithm: str
    seeds: str
    env_steps: int
    det: str
    stoch: str


def result_rows(states: Sequence[JobState], envs: Sequence[str], labels: Sequence[str]) -> list[Row]:
    """A line for each algorithm or variant on each environment, over the seeds that came to their end."""
    rows = []
    for env in envs:
        for label in labels:
            own = [state for state in states if (state.job.env, state.job.label) == (env, label)]
            ended = [each for state in own for each in state.finished]
            good = [each for each in ended if each.status == "finished"]
            wanted = sum(len(state.job.seeds) for state in own)
            seeds = f"{len(good)}" if len(good) == wanted else f"{len(good)} of {wanted}"
            det = mean_and_std([each.return_det for each in good])
            stoch = mean_and_std([each.return_stoch for each in good])
            rows.append(Row(env, label, seeds, max((each.env_steps for each in good), default=0), det, stoch))
    return rows


def mean_and_std(values: Sequence[float | None]) -> str:
    """Mean and standard deviation (n - 1) over seeds as `1234.5 ± 67.8`; of one seed only the value."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return "-"
    spread = f" ± {statistics.stdev(known):.1f}" if len(known) > 1 else ""
    return f"{statistics.fmean(known):.1f}{spread}"


def say_state(state: JobState) -> str:
    """How a job stands, in one line."""
    words = [f"{state.name}: {state.stage}", f"{state.fraction:.0%}", f"{state.env_steps:,} steps"]
    if state.rate:
        words.append(f"{state.rate:,.0f} steps/s")
    if state.time_left is not None:
        words.append(f"{say_time(state.time_left)} left")
    if state.returns:
        words.append(f"training return {state.latest_returns}")
    if state.vital_signs:
        words.append(say_vital_signs(state, 1))
    return ", ".join(words)


def say_vital_signs(state: JobState, count: int) -> str:
    """The first of the algorithm's vital signs, in words."""
    signs = list(state.vital_signs.items())[:count]
    return "  ".join(f"{SHORT.get(name, name)} {value:.2g}" for name, value in signs)


def failures(states: Sequence[JobState]) -> list[str]:
    """A line for each job that failed, followed by the end of its log, and for each that has diverged seeds."""
    lines = []
    for state in states:
        if state.failed:
            lines.append(f"{state.name} failed: {state.failed.reason}")
            lines.extend(_say_log(state, state.failed))
        elif state.diverged:
            seeds = say_seeds(sorted(each.seed for each in state.diverged))
            at = min(each.env_steps for each in state.diverged)
            lines.append(f"{state.job.env} {state.job.label} seed {seeds} diverged (not a number) after {at:,} steps")
    return lines


def say_warnings(job: Job, progress: Progress) -> list[str]:
    """A line for each thing that a job warns of."""
    return [f"warning: {job.env} {job.label} {warning}" for warning in progress.warnings]


def say_restart(state: JobState) -> list[str]:
    """The latest restart of a job in words, followed by the end of its log."""
    restart = state.restarts[-1]
    limit = "the last time" if not restart.left else f"{restart.left} more if need be"
    first = f"{state.name}: {restart.failed.reason}; a new process goes on from its checkpoints ({limit})"
    return [first, *_say_log(state, restart.failed)]


def _say_log(state: JobState, failed: Failed) -> list[str]:
    if not failed.log_tail:
        return []
    return [*(f"    {line}" for line in failed.log_tail), f"    all of it: {log_path(state.job)}"]


def exit_status(states: Sequence[JobState]) -> int:
    """The exit status: 0 if all is well; 2 if nothing ran because the request was wrong; 1 for any other failure, or a
    diverged seed."""
    failed = [state.failed for state in states if state.failed]
    if failed and len(failed) == len(states) and all(failure.mendable for failure in failed):
        return 2
    return 1 if failed or any(state.diverged for state in states) else 0
