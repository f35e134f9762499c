"""The three CSV files of one seed. A row is written as a whole, after the events it describes."""

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
    """Appends rows to the files of a seed. A checkpoint stores their `checksums`, to resume from that length.

    Metrics are matched by name with the columns of a file that exists already; their order does not matter.
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
        """Checksum of each file as written so far."""
        return {name: file.checksum for name, file in self._files.items()}

    def look(self) -> None:
        """Raise an OSError if a file was removed or has another length than was written."""
        for file in self._files.values():
            file.look()

    def verify(self) -> None:
        """Raise an OSError if any byte of a file differs from what was written."""
        for file in self._files.values():
            file.verify()

    def progress(self, cells: Iterable[object], metrics: Mapping[str, object]) -> None:
        """Append a row to progress.csv: `cells` in the order of its header, and the metrics by name."""
        self._files[PROGRESS_FILE].append(_row((*cells, *(metrics[name] for name in self._metrics))))

    def timing(self, cells: Iterable[object]) -> None:
        """Append a row to timing.csv, in the order of its header."""
        self._files[TIMING_FILE].append(_row(cells))

    def episodes(self, episodes: Iterable[Episode]) -> None:
        """Append a row for each episode to episodes.csv."""
        rows = (
            _row((e.env_steps, e.world, e.total, e.length, "terminated" if e.terminated else "truncated"))
            for e in episodes
        )
        self._files[EPISODES_FILE].append(b"".join(rows))

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


def read_metric_names(folder: Path) -> tuple[str, ...]:
    """The algorithm's columns in the header of an existing progress.csv."""
    with (folder / PROGRESS_FILE).open(encoding="utf-8") as file:
        return tuple(file.readline().rstrip("\n").split(",")[len(PROGRESS) :])


def episode_cells(episodes: Sequence[Episode]) -> tuple[object, ...]:
    """Count; mean, least and greatest return; mean length. The cells are empty if there are no episodes."""
    if not episodes:
        return 0, None, None, None, None
    returns = [episode.total for episode in episodes]
    mean_length = math.fsum(episode.length for episode in episodes) / len(episodes)
    return len(episodes), math.fsum(returns) / len(returns), min(returns), max(returns), mean_length


def _row(cells: Iterable[object]) -> bytes:
    return (",".join(map(_cell, cells)) + "\n").encode()


def _cell(value: object) -> str:
    """The shortest text that reads back as the same number; an empty cell for None and NaN."""
    if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
        return ""
    return str(value)
