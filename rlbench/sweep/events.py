"""Events of a sweep: `on_event` receives them in the caller's own thread while the sweep is prepared and trained.

Converted to text, each is one line, so that `on_event=print` shows how a sweep goes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rlbench.sweep.launchers.contract import Event, Restarted
from rlbench.sweep.state import JobState, say_restart, say_state, say_warnings
from rlbench.training.job import Progress

OnEvent = Callable[[Any], None]


def ignore(_: Any) -> None:
    """An `on_event` that does nothing."""


@dataclass(frozen=True)
class Waiting:
    """A worker process has not answered for some time."""

    parts: frozenset[str]
    """The environments and plug-ins of other packages whose code the worker runs; empty while it loads rlbench's own.
    """

    def __str__(self) -> str:
        names = " and ".join(sorted(self.parts)) or "a worker that loads what it needs"
        return f"Still waiting for {names}."


@dataclass(frozen=True)
class JobEvent:
    """A job went on, ended, failed or was started again."""

    state: JobState
    """The job's state after the event. The same object is changed by the next event."""
    what: Event
    """The message of the job's worker."""

    def __str__(self) -> str:
        if isinstance(self.what, Restarted):
            return say_restart(self.state)[0]
        warnings = say_warnings(self.state.job, self.what) if isinstance(self.what, Progress) else []
        return "; ".join([say_state(self.state), *warnings])


@dataclass(frozen=True)
class DashboardLost:
    """A dashboard of --log failed, and is left out from now on. The sweep goes on."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"warning: --log {self.name} failed, and is left out from now on: {self.reason}"


@dataclass(frozen=True)
class Stopping:
    """Ctrl-C or another signal arrived: the workers are now asked to write checkpoints and end."""

    def __str__(self) -> str:
        return "Stopping: each job writes its checkpoint."
