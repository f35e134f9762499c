"""The rows of a run's CSV files, one by one: whether each is whole and follows the one before.

A file of any size is read a line at a time, and of one that is full of faults only the first few are told.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rlbench.analysis.text import listed, shown
from rlbench.layout import EPISODES_FILE, PROGRESS_FILE, TIMING_FILE

LONGEST_LINE = 64 << 10
MOST_FAULTS = 5
WHOLE = re.compile(r"\d{1,18}", re.ASCII)
NUMBER = re.compile(r"-?(\d+(\.\d*)?(e[+-]?\d+)?|inf)|", re.ASCII)  # or nothing: not measured


class Layout(NamedTuple):
    """What one kind of file must have. All other columns hold a number or nothing."""

    whole: tuple[str, ...]
    """Columns of whole numbers, 0 or more."""
    rising: tuple[str, ...]
    """Those that grow with every row."""
    level: tuple[str, ...] = ()
    """Those that never fall."""
    numbers: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    """Columns that say how an episode ended."""
    begin: int = 0
    """What the first row's rising columns are greater than."""


LAYOUTS = {
    PROGRESS_FILE: Layout(("iteration", "env_steps", "episodes"), ("iteration", "env_steps"), numbers=("return_mean",)),
    TIMING_FILE: Layout(("iteration", "env_steps"), ("iteration", "env_steps"), numbers=("wall_time",)),
    EPISODES_FILE: Layout(("env_steps", "world", "length"), (), ("env_steps",), ("return",), ("end",)),
}
IMPORTED_LAYOUTS = {
    PROGRESS_FILE: Layout(("iteration", "env_steps"), ("iteration", "env_steps"), numbers=("return_mean",), begin=-1),
    TIMING_FILE: Layout(("iteration", "env_steps"), ("iteration", "env_steps"), numbers=("wall_time",), begin=-1),
}
"""Of runs that other tools made: numbers of episodes may be unknown, and an evaluation may come before training."""
ENDS = ("terminated", "truncated")


@dataclass
class Rows:
    """What was found in one file."""

    count: int = 0
    """Complete rows."""
    tail: list[dict[str, int]] = field(default_factory=list)
    """The whole numbers of the last three rows; before the first, what the layout has for `begin`."""
    sums: Counter[str] = field(default_factory=Counter)
    torn: int | None = None
    """The number of a last line without an end."""
    faults: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether all rows were read and are as they should be, and so can be counted."""
        return not self.faults and self.torn is None

    @property
    def last(self) -> dict[str, int]:
        """The whole numbers of the last row."""
        return self.tail[-1]


class BadRow(Exception):
    """What is wrong with a line."""


def read_rows(path: Path, layout: Layout) -> Rows:
    """Looks at every line. Lines are numbered as an editor does, the header being the first."""
    found = Rows(tail=[dict.fromkeys(layout.whole, layout.begin)] * 3)
    header, names = "", []
    number = 1
    with path.open("rb") as file:
        try:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
                if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                    raise BadRow("the line is longer than any row")
                text = line.decode("utf-8", "replace")
                if not text.endswith("\n"):
                    found.torn = number
                elif number == 1:
                    header, names = text, read_names(text, layout)
                else:
                    read_row(text, header, names, layout, found, number)
                if len(found.faults) == MOST_FAULTS:
                    raise BadRow("what follows was not looked at")
        except BadRow as error:  # nothing after it could be made sense of
            found.faults.append(f"line {number}: {error}")
    if number == 1 and not names and not found.faults:
        found.torn = 1  # an empty file
    return found


def read_names(header: str, layout: Layout) -> list[str]:
    """The columns."""
    if header.endswith("\r\n"):
        raise BadRow("the lines end as on Windows, so another program has written the file anew")
    names = header[:-1].split(",")
    missing = [name for name in (*layout.whole, *layout.numbers, *layout.ends) if name not in names]
    if missing:
        raise BadRow(f"the header has no column {listed(missing)}")
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise BadRow(f"the header has a column twice: {listed(shown(name) for name in twice)}")
    return names


def read_row(line: str, header: str, names: list[str], layout: Layout, found: Rows, number: int) -> None:
    """Adds one line to what was found, or what is wrong with it."""
    try:
        whole = parse(line, header, names, layout)
        before = found.last
        found.count += 1
        found.tail = [*found.tail[1:], whole]
        found.sums.update(whole)
        for name in layout.rising:
            if whole[name] <= before[name]:
                raise BadRow(f"{name} {whole[name]} does not rise, it was {before[name]}")
        for name in layout.level:
            if whole[name] < before[name]:
                raise BadRow(f"{name} {whole[name]} falls, it was {before[name]}")
    except BadRow as error:
        found.faults.append(f"line {number}: {error}")


def parse(line: str, header: str, names: list[str], layout: Layout) -> dict[str, int]:
    """The whole numbers of a line whose every cell is what it should be."""
    if line == header:
        raise BadRow("it is the header again, so files were joined")
    cells = line[:-1].split(",")
    if len(cells) != len(names):
        raise BadRow(f"{len(cells)} cells, and the header has {len(names)}")
    whole = {}
    for name, cell in zip(names, cells, strict=True):
        if name in layout.whole:
            if not WHOLE.fullmatch(cell):
                raise BadRow(f"{name} is '{shown(cell, 40)}' and not a whole number")
            whole[name] = int(cell)
        elif name in layout.ends:
            if cell not in ENDS:
                raise BadRow(f"{name} is '{shown(cell, 40)}' and not {' or '.join(ENDS)}")
        elif not NUMBER.fullmatch(cell):
            raise BadRow(f"{shown(name, 40)} is '{shown(cell, 40)}' and not a number")
    return whole
