"""The three CSV files of one seed. A row is written, whole and at once, after what it tells of has happened."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from rlbench.errors import Fault
from rlbench.layout import CSV_FILES, EPISODES_FILE, PROGRESS_FILE, TIMING_FILE
from rlbench.training.clock import TIMES
from rlbench.training.evaluation import COLUMNS as EVALUATION_COLUMNS
from rlbench.training.metrics import differences
from rlbench.training.recorder import Episode
from rlbench.training.watched_file import Checksum, WatchedFile

PROGRESS = (
    "iteration",
    "env_steps",
    "episodes",
    "return_mean",
    "return_min",
    "return_max",
    "length_mean",
    *EVALUATION_COLUMNS,
)
TIMING = ("iteration", "env_steps", "wall_time", *(f"{part}_time" for part in TIMES))
EPISODES = ("env_steps", "world", "return", "length", "end")


class Records:
    """Appends to a seed's files. `checksums` are for a checkpoint to come back to.

    What an algorithm tells is matched by name with the header that is there already, whatever order it is told in.
    """

    def __init__(self, folder: Path, metrics: Collection[str], kept: dict[str, Checksum] | None = None) -> None:
        self._metrics = tuple(metrics) if kept is None else read_metric_names(folder)
        if set(self._metrics) != set(metrics):
            change = differences(self._metrics, metrics)
            raise Fault(f"its columns are not those of {folder / PROGRESS_FILE}: {change}. --fresh starts over")
        headers = ((*PROGRESS, *self._metrics), TIMING, EPISODES)
        self._files: dict[str, WatchedFile] = {}
        for name, header in zip(CSV_FILES, headers, strict=True):
            self._files[name] = WatchedFile(folder / name, kept and kept[name])
            if kept is None:
                self._files[name].append(_row(header))

    @property
    def checksums(self) -> dict[str, Checksum]:
        """Of each file as it was written so far."""
        return {name: file.checksum for name, file in self._files.items()}

    def look(self) -> None:
        """An OSError where somebody took a file away or changed its length."""
        for file in self._files.values():
            file.look()

    def verify(self) -> None:
        """An OSError where any byte of a file is not the one that was written."""
        for file in self._files.values():
            file.verify()

    def progress(self, cells: Iterable[object], metrics: Mapping[str, object]) -> None:
        """One row: `cells` in the header's order, and the metrics by their names."""
        self._files[PROGRESS_FILE].append(_row((*cells, *(metrics[name] for name in self._metrics))))

    def timing(self, cells: Iterable[object]) -> None:
        """One row, in the header's order."""
        self._files[TIMING_FILE].append(_row(cells))

    def episodes(self, episodes: Iterable[Episode]) -> None:
        """A row for each."""
        rows = (
            _row((e.env_steps, e.world, e.total, e.length, "terminated" if e.terminated else "truncated"))
            for e in episodes
        )
        self._files[EPISODES_FILE].append(b"".join(rows))

    def close(self) -> None:
        """No more rows."""
        for file in self._files.values():
            file.close()


def read_metric_names(folder: Path) -> tuple[str, ...]:
    """The columns of an algorithm in a progress.csv that was begun."""
    with (folder / PROGRESS_FILE).open(encoding="utf-8") as file:
        return tuple(file.readline().rstrip("\n").split(",")[len(PROGRESS) :])


def episode_cells(episodes: Sequence[Episode]) -> tuple[object, ...]:
    """Count, mean, least and greatest return, and mean length of some episodes; empty cells where there are none."""
    if not episodes:
        return 0, None, None, None, None
    returns = [episode.total for episode in episodes]
    mean_length = math.fsum(episode.length for episode in episodes) / len(episodes)
    return len(episodes), math.fsum(returns) / len(returns), min(returns), max(returns), mean_length


def _row(cells: Iterable[object]) -> bytes:
    return (",".join(map(_cell, cells)) + "\n").encode()


def _cell(value: object) -> str:
    """Shortest text that reads back as the same number; nothing for None and not-a-number."""
    if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
        return ""
    return str(value)
