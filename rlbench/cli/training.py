"""What the commands that train share: reading options, the display, signals, and reporting failures."""

import contextlib
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from rlbench.cli.signals import Terminated, stop_signals
from rlbench.cli.streams import tell

if TYPE_CHECKING:
    from rlbench.cli.live import Display
    from rlbench.sweep.events import JobEvent
    from rlbench.sweep.jobs import Announced
    from rlbench.sweep.request import Request
    from rlbench.sweep.state import JobState
    from rlbench.sweep.sweep import Sweep


def read_command(given: Mapping[str, Any], **others: Any) -> "Request":
    """The request of this command, made of its parameters by name and of `others`; unknown names are refused."""
    from rlbench.sweep.names import refuse_wrong_names
    from rlbench.sweep.raw_options import given_options
    from rlbench.sweep.request import read_assignments, read_request
    from rlbench.sweep.suite import suite_of

    options = {"algorithms": given["algorithm"], "settings": read_assignments(given["settings"] or []), **others}
    suite, command = suite_of(given.get("suite"), given.get("quick", False)), ("rlbench", *sys.argv[1:])
    request = read_request(given_options({**given, **options}), given["config"], command, suite=suite)
    refuse_wrong_names(request)
    return request


def going_on() -> str:
    """The command that resumes this one: the same without --fresh, which would start over."""
    return shlex.join(("rlbench", *(word for word in sys.argv[1:] if word != "--fresh")))


@contextlib.contextmanager
def stopped_by_signals(again: str) -> Iterator[Sequence[KeyboardInterrupt]]:
    """End the block at Ctrl-C or SIGTERM, print the command that resumes the work, and exit.

    Gives the list in which `train` looks for an exception that Python has dropped.
    """
    try:
        with stop_signals() as stopped:
            yield stopped
    except KeyboardInterrupt as stop:
        tell(f"Stopped. To go on: {again}")
        raise typer.Exit(143 if isinstance(stop, Terminated) else 130) from None


class Screen:
    """Displays the events of a sweep, or of the groups of a decision, as they happen."""

    def __init__(self, quiet: bool, begin: "Callable[[Sweep], None]") -> None:
        """`begin` prints what is about to be trained, before the display of its jobs opens."""
        self._quiet, self._begin = quiet, begin
        self._display: Display | None = None

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def show(self, event: Any) -> None:
        """Display one event."""
        from rlbench.sweep.events import DashboardLost, JobEvent, Stopping, Waiting
        from rlbench.sweep.sweep import Sweep

        match event:
            case Waiting():
                tell(f"{event} Ctrl-C stops.")
            case Sweep():
                self.close()
                self._begin(event)
                self._open(event)
            case JobEvent():
                self._show_job(event)
            case DashboardLost():
                tell(str(event))
            case Stopping():
                self.close()
                tell("\nStopping: each job writes its checkpoint. Once more stops at once.")

    def close(self) -> None:
        """Close the display, so that more can be printed below it."""
        display, self._display = self._display, None
        if display is not None:
            display.__exit__(None, None, None)

    def _open(self, sweep: "Sweep") -> None:
        from rlbench.cli.live import make_display

        self._display = make_display(sweep.all_states, self._quiet)
        self._display.__enter__()
        for failed in sweep.failed:
            self._display.update(failed)

    def _show_job(self, event: "JobEvent") -> None:
        from rlbench.sweep.launchers.contract import Restarted
        from rlbench.sweep.state import say_restart, say_warnings
        from rlbench.training.job import Progress

        assert self._display is not None
        self._display.update(event.state)
        if isinstance(event.what, Restarted):
            self._display.say("\n".join(say_restart(event.state)))
        elif isinstance(event.what, Progress) and event.what.warnings:
            self._display.say("\n".join(say_warnings(event.state.job, event.what)))


def warn_of_batches(pairs: "Sequence[Announced]") -> None:
    """Warn of algorithms whose batches leave a part of the budget unused."""
    for warning in dict.fromkeys(pair.warning for pair in pairs if pair.warning):
        tell(f"warning: {warning}")


def say_failures(states: "Sequence[JobState]", again: str) -> None:
    """Say on standard error what went wrong."""
    from rlbench.sweep.state import failures

    for state in states:
        if state.restarts and state.done:
            tell(f"{state.name} was restarted after: {state.restarts[-1].failed.reason}")
    for line in failures(states):
        tell(line)
    if any(state.failed and not state.failed.mendable for state in states):
        tell(f"To go on where it stopped, once the cause is mended: {again}")
