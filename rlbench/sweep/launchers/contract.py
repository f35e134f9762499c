"""The interface between a sweep and the place where its jobs run, and the events that come from there.

A launcher is a module of this package with a function `launch(request, on_wait)`: a context manager that gives the
request, completed with what the place decides (device, jobs at a time), and a `Launcher`. `choose.py` lists them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from rlbench.training.job import Finished, Job, Progress


@dataclass(frozen=True)
class Done:
    """The event that a job ended in order; seeds may have diverged."""


@dataclass(frozen=True)
class Failed:
    """The event that a job ended before its budget was spent."""

    reason: str
    """One line."""
    mendable: bool = False
    """Whether the request was at fault, and not the program."""
    lasting: bool = False
    """Whether trying again at once would fail again."""
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Restarted:
    """The event that a job's process ended badly, and another resumes from the job's checkpoints."""

    failed: Failed
    left: int
    """Number of restarts that are left."""


@dataclass(frozen=True)
class Handed:
    """The event that a job now belongs to a batch system, which runs it when it has room."""

    script: Path
    """The file that says how."""
    number: str
    """The batch system's number of what was submitted; empty if nothing was."""
    log: str
    """Where the job's output will be, within the results folder."""


Event = Progress | Finished | Done | Failed | Restarted | Handed

OnWait = Callable[[frozenset[str]], None]
"""Called once if questions take long, with the foreign parts (environments, plug-ins) that are asked about."""

Answer = TypeVar("Answer")
NONE: frozenset[str] = frozenset()


class Launcher(Protocol):
    """Runs jobs, and answers questions about them in processes where torch and foreign code may be loaded."""

    def ask(self, function: Callable[..., Answer], *arguments: Any, parts: frozenset[str] = NONE) -> Answer:
        """Call a function in such a process. `parts` are the foreign parts whose code it runs.

        A UserError is raised here as it was there; any other failure, including the end of the process, is a Fault.
        """

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Event]]:
        """Run the jobs in their order and yield events as (index of the job, event).

        Every job ends with one Done, Failed or Handed. Closing the iterator, or leaving the launcher, ends what runs.
        """

    def free_memory(self) -> int | None:
        """Bytes that jobs which run at a time share; None where that is not known."""
