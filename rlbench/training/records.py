"""The three CSV files of one seed. A row is written, whole and at once, after what it tells of has happened."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from rlbench.layout import CSV_FILES, EPISODES_FILE, PROGRESS_FILE, TIMING_FILE
from rlbench.training.clock import PARTS
from rlbench.training.evaluation import COLUMNS as EVALUATION_COLUMNS
from rlbench.training.sampler import Episode
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
TIMING = ("iteration", "env_steps", "wall_time", *(f"{part}_time" for part in PARTS))
EPISODES = ("env_steps", "world", "return", "length", "end")


class Records:
    """Appends to a seed's files. `checksums` are for a checkpoint to come back to."""

    def __init__(self, folder: Path, metrics: Sequence[str], kept: dict[str, Checksum] | None = None) -> None:
        headers = ((*PROGRESS, *metrics), TIMING, EPISODES)
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

    def progress(self, cells: Iterable[object]) -> None:
        """One row, in the header's order."""
        self._files[PROGRESS_FILE].append(_row(cells))

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
