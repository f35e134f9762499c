"""What happens while a sweep is prepared and trained, told to its caller by `on_event`, in the caller's own thread.

As text each is one line, so that `on_event=print` shows how a sweep goes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rlbench.sweep.state import JobState, say_restart, say_state
from rlbench.sweep.workers import Event, Restarted

OnEvent = Callable[[Any], None]


def ignore(_: Any) -> None:
    """The `on_event` of a caller who wants to know nothing."""


@dataclass(frozen=True)
class Waiting:
    """A worker process has not answered for some time."""

    parts: frozenset[str]
    """The environments and plug-ins, not rlbench's own, whose code it runs; empty while it loads rlbench's."""

    def __str__(self) -> str:
        names = " and ".join(sorted(self.parts)) or "a worker that loads what it needs"
        return f"Still waiting for {names}."


@dataclass(frozen=True)
class JobEvent:
    """A job went on, ended, failed or was started again."""

    state: JobState
    """How the job stands after it. The same object is changed by the next event."""
    what: Event
    """What its worker said."""

    def __str__(self) -> str:
        return say_restart(self.state)[0] if isinstance(self.what, Restarted) else say_state(self.state)


@dataclass(frozen=True)
class Stopping:
    """Ctrl-C or a signal: the workers are now asked to write checkpoints and end."""

    def __str__(self) -> str:
        return "Stopping: each job writes its checkpoint."
