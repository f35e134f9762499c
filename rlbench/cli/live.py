"""The display of a running sweep, on standard error: a live line per job in a terminal, plain lines elsewhere, nothing
with --quiet."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TextIO

from rlbench.cli.colours import BAD, GOOD, MOVING
from rlbench.cli.sparkline import sparkline
from rlbench.cli.streams import tell
from rlbench.sweep.state import JobState, say_state, say_vital_signs
from rlbench.sweep.words import say_time

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
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
    return Live(states) if is_terminal(sys.stderr) else Plain()


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream is a terminal that can redraw lines."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Quiet:
    """A display that shows only urgent messages."""

    def __enter__(self) -> "Quiet":
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, state: JobState) -> None: ...

    def say(self, text: str) -> None:
        tell(text)


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
        tell(say_state(state))

    def say(self, text: str) -> None:
        tell(text)


class Live:
    """A display that redraws a table four times a second."""

    def __init__(self, states: Sequence[JobState]) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive

        self._states = states
        self._live = RichLive(self, console=Console(stderr=True), refresh_per_second=4, redirect_stdout=False)

    def __enter__(self) -> "Live":
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def update(self, state: JobState) -> None:
        """Do nothing: the table reads the states when it is drawn."""

    def say(self, text: str) -> None:
        """Print above the table. While it is live, rich redirects stderr to there."""
        tell(text)

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


@dataclass(frozen=True)
class Layout:
    """Widths of the live table's columns; 0 leaves a column out."""

    name: int
    bar: int
    curve: int
    vital: int
    signs: int
    """How many vital signs are shown."""

    @classmethod
    def of(cls, width: int, longest_name: int) -> "Layout":
        """The layout for a terminal: what does not fit into a narrow one is left out."""
        if width < 72:
            return cls(min(width // 3, longest_name), 0, 0, 0, 0)
        if width < 100:
            return cls(min(20, longest_name), 0, 8, 12, 1)
        if width < 160:
            return cls(min(width // 4, longest_name), 10, 16, 16, 1)
        return cls(min(width // 4, longest_name), 16, 32, 44, 3)


def jobs_table(states: Sequence[JobState], width: int) -> "Table":
    """The table: per job its name, progress, steps per second, time left, a curve of returns, returns, vital signs."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim", expand=True)
    layout = Layout.of(width, max(len(state.name) for state in states))
    headings = {"job": layout.name, "": layout.bar, "done": 4, "steps/s": 7, "left": 8}
    for heading, column in headings.items():
        if column:
            justify: JustifyMethod = "right" if heading in ("done", "steps/s", "left") else "left"
            table.add_column(heading, width=column, no_wrap=True, justify=justify)
    curve = "returns" if layout.curve >= len("returns") else ""
    returns = "training return" if width < 100 else "training return, each seed"
    for heading, wide in ((curve, layout.curve), (returns, None), ("vital sign", layout.vital)):
        if wide != 0:
            table.add_column(heading, width=wide, ratio=None if wide else 1, no_wrap=True, overflow="ellipsis")
    styles = {"failed": BAD, "diverged": BAD, "done": GOOD, "waiting": "dim"}
    for state in states:
        left = say_time(state.time_left) if state.stage == "running" else state.stage
        cells: list[tuple[int, RenderableType]] = [
            (layout.name, Text(state.name)),
            (layout.bar, ProgressBar(total=1.0, completed=state.fraction, complete_style=MOVING, finished_style=GOOD)),
            (1, f"{state.fraction:4.0%}"),
            (1, f"{state.rate:,.0f}" if state.rate else ""),
            (1, Text(left, styles.get(state.stage, ""))),
            (layout.curve, Text(sparkline(state.history, layout.curve), MOVING)),
            (1, Text(state.latest_returns)),
            (layout.vital, Text(("! " if state.warnings else "") + say_vital_signs(state, layout.signs))),
        ]
        table.add_row(*(cell for shown, cell in cells if shown))
    return table
