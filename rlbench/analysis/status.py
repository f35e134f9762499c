"""`rlbench status`: how the runs of a results folder stand, who works on them, and what went wrong. Needs no pandas."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rlbench.analysis.reading.batch_jobs import describe_arrays
from rlbench.analysis.reading.work import TROUBLE, Seed, read_work

COMPLETE = ("finished", "diverged")


@dataclass(frozen=True)
class Group:
    """The runs of one algorithm or variant on one environment that are in the same place and state."""

    env: str
    label: str
    seeds: tuple[int, ...]
    state: str
    fraction: float
    """The part of their budgets that is spent; 1 for runs that are complete."""
    rate: float | None
    """Transitions per second of all of them, if they are running."""
    seconds_left: float | None
    """Estimated seconds until they end, if they are running."""
    host: str
    process: int
    job: str
    silent: float
    """Seconds since their process was last heard of."""
    reason: str
    log: str


@dataclass(frozen=True)
class Status:
    """How the runs of a results folder stand."""

    seeds: list[Seed]
    """Every run."""
    drivers: list[str]
    """A line for each command, or array of a batch system, that is at work."""
    notes: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """The number of runs in each state."""
        return dict(Counter(run.state for run in self.seeds))

    @property
    def rate(self) -> float | None:
        """Transitions per second of all that is running."""
        return _sum_of_rates(self.seeds)

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds until all that is running or waits for that has ended, at the present rate."""
        open_ones = [run for run in self.seeds if run.state in ("running", "waiting", "queued")]
        return sum(_left(run) for run in open_ones) / self.rate if self.rate else None

    @property
    def troubles(self) -> list[Group]:
        """What failed, diverged, or lost its process."""
        return [group for group in self.groups if group.state in TROUBLE]

    @property
    def groups(self) -> list[Group]:
        """The runs in groups of the same place and state."""
        found: dict[tuple[Any, ...], list[Seed]] = {}
        for run in self.seeds:
            at_work = run.state in ("running", "dead")
            who = (run.host, run.process, run.job) if at_work else ()
            found.setdefault((run.env, run.label, run.state, run.reason, who), []).append(run)
        return [_group(members) for members in found.values()]

    def as_record(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "counts": self.counts,
            "rate": self.rate,
            "seconds_left": self.seconds_left,
            "drivers": self.drivers,
            "groups": [asdict(group) for group in self.groups],
            "runs": [asdict(run) for run in self.seeds],
            "notes": self.notes,
        }


def status(folders: str | Path | Sequence[str | Path] = "results") -> Status:
    """How the runs below these folders stand; a UserError where there are none. Changes nothing."""
    several = [folders] if isinstance(folders, str | Path) else folders
    work = read_work([Path(each) for each in several])
    for each in several:
        lines, gone = describe_arrays(Path(each))
        work.drivers += lines
        if gone and any(run.state == "queued" for run in work.seeds):
            numbers = " and ".join(map(str, gone))
            work.notes.append(f"Slurm no longer has job {numbers}; the same command queues again what was not begun")
    return Status(work.seeds, work.drivers, work.notes)


def _group(members: Sequence[Seed]) -> Group:
    first, rate = members[0], _sum_of_rates(members)
    spent = sum(run.steps if run.state in COMPLETE else min(run.env_steps, run.steps) for run in members)
    budget = sum(run.steps for run in members)
    return Group(
        env=first.env,
        label=first.label,
        seeds=tuple(run.seed for run in members),
        state=first.state,
        fraction=spent / budget if budget else 0.0,
        rate=rate,
        seconds_left=sum(map(_left, members)) / rate if rate else None,
        host=first.host,
        process=first.process,
        job=first.job,
        silent=min(run.silent for run in members),
        reason=first.reason,
        log=first.log,
    )


def _left(run: Seed) -> int:
    """Transitions that a run has still to execute."""
    return max(0, run.steps - run.env_steps)


def _sum_of_rates(seeds: Sequence[Seed]) -> float | None:
    rates = [run.rate for run in seeds if run.rate is not None and run.state == "running"]
    return sum(rates) if rates else None
