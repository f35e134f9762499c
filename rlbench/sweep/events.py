"""Events of a sweep: `on_event` receives them in the caller's own thread while the sweep is prepared and trained.

Converted to text, each is one line, so that `on_event=print` shows how a sweep goes.
"""

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rlbench.errors import RLBenchWarning
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


def warn(event: Any) -> None:
    """An `on_event` for programs that follow no events: each warning is a Python warning, a `RLBenchWarning`."""
    match event:
        case JobEvent(state=state, what=Progress() as progress):
            texts = say_warnings(state.job, progress)
        case DashboardLost():
            texts = [str(event)]
        case _:
            texts = getattr(event, "warnings", [])  # those of a Sweep that is about to begin
    for text in texts:
        warnings.warn(text.removeprefix("warning: "), RLBenchWarning, stacklevel=_frames_of_rlbench())


def _frames_of_rlbench() -> int:
    """The stack level at which a warning names the caller's line rather than one of rlbench."""
    level, frame = 0, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "rlbench":
        level, frame = level + 1, frame.f_back
    return level + 1


@dataclass(frozen=True)
class Stopping:
    """Ctrl-C or another signal arrived: the workers are now asked to write checkpoints and end."""

    def __str__(self) -> str:
        return "Stopping: each job writes its checkpoint."
