"""What commands that train have in common: workers that a signal stops, the display, and what went wrong."""

import contextlib
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from rlbench.cli.signals import Terminated, stop_signals

if TYPE_CHECKING:
    from rlbench.sweep.jobs import Announced
    from rlbench.sweep.request import Request
    from rlbench.sweep.state import JobState
    from rlbench.sweep.workers import Workers


def going_on(command: Sequence[str]) -> str:
    """The command that goes on with what this one has begun: the same, for going on is not starting over."""
    return shlex.join(word for word in command if word != "--fresh")


@contextlib.contextmanager
def stoppable_workers(
    request: "Request", again: str
) -> Iterator[tuple["Request", "Workers", Sequence[KeyboardInterrupt]]]:
    """The request with its device, its workers, and a list that a signal puts its exception in.

    Ctrl-C and SIGTERM end the block; then the command that goes on is said, and their exit status is left with.
    """
    from rlbench.sweep.sweep import open_workers

    try:
        with stop_signals() as stopped, open_workers(request) as (settled, pool):
            try:
                yield settled, pool, stopped
            except KeyboardInterrupt:
                print("\nStopping: each job writes where it stands. Once more stops at once.", file=sys.stderr)
                raise
    except KeyboardInterrupt as stop:
        print(f"Stopped. To go on: {again}", file=sys.stderr)
        raise typer.Exit(143 if isinstance(stop, Terminated) else 130) from None


def warn_of_batches(pairs: "Sequence[Announced]") -> None:
    """What part of the budget an algorithm's batches leave unused, if any is worth a word."""
    for warning in dict.fromkeys(pair.warning for pair in pairs if pair.warning):
        print(f"warning: {warning}", file=sys.stderr)


def show_training(
    states: "Sequence[JobState]",
    pool: "Workers",
    quiet: bool,
    stopped: Sequence[KeyboardInterrupt],
    failed: "Sequence[JobState]" = (),
) -> None:
    """Trains the jobs of these states and shows how far they are. Those that `failed` before are shown beside them."""
    from rlbench.cli.live import make_display
    from rlbench.sweep.state import say_restart
    from rlbench.sweep.sweep import train
    from rlbench.sweep.workers import Restarted

    with make_display([*states, *failed], quiet) as display:
        for each in failed:
            display.update(each)
        for state, event in train(states, pool, stopped):
            display.update(state)
            if isinstance(event, Restarted):
                display.say("\n".join(say_restart(state)))


def say_failures(states: "Sequence[JobState]", again: str) -> None:
    """On stderr, what went wrong."""
    from rlbench.sweep.state import failures

    sys.stdout.flush()
    for state in states:
        if state.restarts and state.done:
            print(f"{state.name} was restarted after: {state.restarts[-1].failed.reason}", file=sys.stderr)
    for line in failures(states):
        print(line, file=sys.stderr)
    if any(state.failed and not state.failed.mendable for state in states):
        print(f"To go on where it stopped, once the cause is mended: {again}", file=sys.stderr)
