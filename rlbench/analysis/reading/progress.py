"""progress.csv -> a few series of numbers. Streams: of a file of any size only a block and the thinned series are held.

A row is complete when its line ends; what follows the last line end is a row being written, or torn by a kill.
"""

import csv
import io
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlbench.analysis.reading.fingerprints import what_differs
from rlbench.analysis.reading.runs import Run
from rlbench.analysis.text import shown, shown_path
from rlbench.json_file import is_regular
from rlbench.layout import PROGRESS_FILE

Array = NDArray[np.float64]
BLOCK_BYTES = 8 << 20
LEAST_BYTES = 1 << 16
LONGEST_HEADER = 64 << 10
MOST_POINTS = 8192
MOST_TRANSITIONS = 10**18  # fits an int64
SHELF = 1 << 20  # numbers in a block of memory
LARGEST = 1e100  # beyond this a value counts as infinite: sums and axes overflow long before 1e308


@dataclass(frozen=True)
class Series:
    """The measured values of one column of one run."""

    steps: Array
    values: Array
    reach: float
    """The run's own range ends here: its last value is carried this far and no farther."""


@dataclass(frozen=True)
class Log:
    """A run and what was read of it."""

    run: Run
    columns: tuple[str, ...]
    series: dict[str, Series]
    """Columns without one measured value are not in it."""
    end: float
    """env_steps of the last complete row."""
    changed: bool = False
    """Whether the file is no longer the one whose fingerprint run.json has."""


class BadFile(Exception):
    """Why a progress.csv is not one."""


class Shelf:
    """Long blocks that many short arrays share.

    Left where they were made, between the parser's large and short-lived blocks, they would keep the heap from
    closing again: 10,000 runs of 0.2 GiB then hold 2 GiB.
    """

    def __init__(self) -> None:
        self.block: Array = np.empty(0)
        self.used = 0

    def keep(self, values: Array) -> Array:
        if self.used + len(values) > len(self.block):
            self.block, self.used = np.empty(max(SHELF, len(values))), 0
        place = self.block[self.used : self.used + len(values)]
        place[:] = values
        self.used += len(values)
        return place


def read_logs(runs: Sequence[Run], columns: Collection[str]) -> tuple[list[Log], list[str]]:
    """The wanted columns of every run that has rows, and a note for each that is left out."""
    logs, notes = [], []
    headers: dict[tuple[str, ...], tuple[str, ...]] = {}
    shelf = Shelf()
    for run in runs:
        try:
            log = read_log(run, columns, headers)
        except BadFile as error:
            notes.append(f"{shown_path(run.path)} is ignored: {error}")
        except OSError as error:
            notes.append(f"{shown_path(run.path)} cannot be read: {error.strerror}")
        else:
            logs.append(replace(log, series={name: shelved(one, shelf) for name, one in log.series.items()}))
    return logs, notes


def shelved(series: Series, shelf: Shelf) -> Series:
    return Series(shelf.keep(series.steps), shelf.keep(series.values), series.reach)


def read_log(run: Run, columns: Collection[str], headers: dict[tuple[str, ...], tuple[str, ...]]) -> Log:
    path = run.path / PROGRESS_FILE
    if not is_regular(path):
        raise BadFile(f"no {PROGRESS_FILE}")
    with path.open("rb") as file:
        changed = run.fingerprint is not None and bool(what_differs(file, run.fingerprint))
        file.seek(0)
        names = read_header(file)
        names = headers.setdefault(names, names)  # one copy for all runs of an algorithm
        wanted = [name for name in names if name in columns and name != "env_steps"]
        thinned = {name: Thinned() for name in wanted}
        end = -np.inf
        for table in tables(file, names, ["env_steps", *wanted]):
            steps = table["env_steps"]
            rows = (steps >= 0) & (steps <= MOST_TRANSITIONS)  # nor NaN
            steps = steps[rows]
            if len(steps) and (steps[0] < end or np.any(np.diff(steps) < 0)):
                raise BadFile("env_steps goes backwards")
            end = steps[-1] if len(steps) else end
            for name in wanted:
                thinned[name].add(steps, table[name][rows])
    if not np.isfinite(end):
        raise BadFile("no complete row yet")
    series = {name: points.series(end, run.status == "diverged") for name, points in thinned.items() if points.count}
    return Log(run, names, series, float(end), changed)


def read_header(file: io.BufferedIOBase) -> tuple[str, ...]:
    line = file.readline(LONGEST_HEADER)
    if not line.endswith(b"\n"):
        raise BadFile("no complete row yet" if len(line) < LONGEST_HEADER else "progress.csv is no table")
    text = line.decode("utf-8-sig", "replace").strip()
    try:
        names = tuple(next(csv.reader([text]), []))
    except csv.Error:
        names = ()
    if "env_steps" not in names or len(set(names)) < len(names):
        raise BadFile("progress.csv has not the columns of a run")
    return names


def tables(file: io.BufferedIOBase, names: tuple[str, ...], wanted: list[str]) -> Iterator[dict[str, Array]]:
    """The wanted columns, a block of whole lines at a time."""
    rest = b""
    # No more room than the file needs: what is cut off again would leave holes in the heap for small things to fill
    size = min(BLOCK_BYTES, max(LEAST_BYTES, os.fstat(file.fileno()).st_size + 1))
    while block := file.read(size):
        lines, line_end, rest = (rest + block).rpartition(b"\n")
        if line_end and lines.strip():
            yield parse(lines, names, wanted)
        if len(rest) > BLOCK_BYTES:
            raise BadFile("progress.csv is no table")


def parse(lines: bytes, names: tuple[str, ...], wanted: list[str]) -> dict[str, Array]:
    try:
        frame = pd.read_csv(
            io.BytesIO(lines),
            header=None,
            names=names,
            usecols=wanted,
            index_col=False,
            dtype=np.float64,
            quoting=csv.QUOTE_NONE,
            encoding_errors="replace",
        )
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise BadFile(f"a cell of {shown(', '.join(wanted))} is not a number") from error
    if lines.count(b",") != len(frame) * (len(names) - 1):
        raise BadFile("a row has not as many cells as the header")
    return {name: frame[name].to_numpy() for name in wanted}


class Thinned:
    """The finite points of a column in order; beyond MOST_POINTS every 2nd, 4th, ... of them, and always the last."""

    def __init__(self) -> None:
        self.steps: Array = np.empty(0)
        self.values: Array = np.empty(0)
        self.last: tuple[float, float] = (np.nan, np.nan)
        self.count = 0
        self.stride = 1
        self.broken = False

    def add(self, steps: Array, values: Array) -> None:
        wild = np.flatnonzero(np.abs(values) > LARGEST)
        if self.broken:
            return
        if len(wild):
            self.broken = True
            steps, values = steps[: wild[0]], values[: wild[0]]
        measured = ~np.isnan(values)
        steps, values = steps[measured], values[measured]
        if not len(steps):
            return
        kept = slice(-self.count % self.stride, None, self.stride)
        self.steps = np.concatenate([self.steps, steps[kept]])
        self.values = np.concatenate([self.values, values[kept]])
        self.count += len(steps)
        self.last = (float(steps[-1]), float(values[-1]))
        while len(self.steps) > MOST_POINTS:
            self.stride *= 2
            self.steps, self.values = self.steps[::2].copy(), self.values[::2].copy()

    def series(self, end: float, diverged: bool) -> Series:
        """A run that diverged reaches to its last finite value, any other to its last row."""
        step, value = self.last
        steps, values = self.steps, self.values
        if (self.count - 1) % self.stride:
            steps, values = np.append(steps, step), np.append(values, value)
        return Series(steps, values, step if diverged or self.broken else end)
