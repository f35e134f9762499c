"""The display of a running sweep: a live line per job in a terminal, plain lines elsewhere, nothing with --quiet."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from rlbench.sweep.state import JobState, say_state
from rlbench.sweep.words import say_time

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
    from rich.table import Table

PLAIN_EVERY = 20.0
"""Seconds between two plain lines of one job."""


class Display(Protocol):
    """A display of jobs: entered once, then updated at each change."""

    def __enter__(self) -> "Display": ...

    def __exit__(self, *_: object) -> None: ...

    def update(self, state: JobState) -> None: ...

    def say(self, text: str) -> None:
        """Print an urgent message to stderr."""


def make_display(states: Sequence[JobState], quiet: bool) -> Display:
    """The display that suits the output."""
    if quiet:
        return Quiet()
    return Live(states) if is_terminal() else Plain()


def is_terminal() -> bool:
    """Whether standard output is a terminal that can redraw lines."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Quiet:
    """A display that shows only urgent messages."""

    def __enter__(self) -> "Quiet":
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, state: JobState) -> None: ...

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class Plain:
    """A display that prints a line at a job's start, a few a minute while it runs, and one at its end."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, float]] = {}

    def __enter__(self) -> "Plain":
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, state: JobState) -> None:
        stage, then = self._last.get(state.name, ("", 0.0))
        if stage == state.stage and state.now - then < PLAIN_EVERY:
            return
        self._last[state.name] = (state.stage, state.now)
        print(say_state(state), flush=True)

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class Live:
    """A display that redraws a table four times a second."""

    def __init__(self, states: Sequence[JobState]) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive

        self._states = states
        self._live = RichLive(self, console=Console(), refresh_per_second=4)

    def __enter__(self) -> "Live":
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def update(self, state: JobState) -> None:
        """Do nothing: the table reads the states when it is drawn."""

    def say(self, text: str) -> None:
        """Print above the table. While it is live, rich redirects stderr to there."""
        print(text, file=sys.stderr, flush=True)

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        room = max(3, console.size.height - 4)
        shown, hidden = choose_rows(self._states, room)
        yield jobs_table(shown, options.max_width)
        if hidden:
            yield hidden


def choose_rows(states: Sequence[JobState], room: int) -> tuple[list[JobState], str]:
    """The rows that fit, running before ended before waiting jobs, in their order; and a summary of the rest."""
    order = {"running": 0, "failed": 1, "diverged": 1, "done": 2, "queued": 3, "waiting": 3}
    ranked = sorted(range(len(states)), key=lambda index: order[states[index].stage])
    shown = set(ranked[:room])
    hidden = [states[index].stage for index in ranked[room:]]
    counts = ", ".join(f"{hidden.count(stage)} {stage}" for stage in dict.fromkeys(hidden))
    return [states[index] for index in sorted(shown)], f"and {counts}" if hidden else ""


def jobs_table(states: Sequence[JobState], width: int) -> "Table":
    """The table: per job its name, progress bar, percentage, steps per second, time left and returns."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim", expand=True)
    name, bar = min(width // 3, max(len(state.name) for state in states)), width // 8
    for heading, column in (("job", name), ("", bar), ("", 4), ("steps/s", 7), ("left", 8)):
        justify: JustifyMethod = "right" if column < 9 else "left"
        table.add_column(heading, width=column, no_wrap=True, justify=justify)
    table.add_column("training return, each seed", ratio=1, no_wrap=True, overflow="ellipsis")
    styles = {"failed": "red", "diverged": "red", "done": "green", "waiting": "dim"}
    for state in states:
        progress = ProgressBar(total=1.0, completed=state.fraction, complete_style="cyan")
        rate = f"{state.rate:,.0f}" if state.rate else ""
        left = say_time(state.time_left) if state.stage == "running" else state.stage
        style = styles.get(state.stage, "")
        table.add_row(
            Text(state.name), progress, f"{state.fraction:4.0%}", rate, Text(left, style), Text(state.latest_returns)
        )
    return table
