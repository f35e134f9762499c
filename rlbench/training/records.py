"""The three CSV files of one seed. A row is written, whole and at once, after what it tells of has happened."""

import math
from collections.abc import Iterable, Sequence
from io import FileIO
from pathlib import Path

import numpy as np

from rlbench.errors import UserError
from rlbench.layout import CSV_FILES, EPISODES_FILE, PROGRESS_FILE, TIMING_FILE
from rlbench.training.clock import PARTS
from rlbench.training.evaluation import COLUMNS as EVALUATION_COLUMNS
from rlbench.training.files import write_all
from rlbench.training.sampler import Episode

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
    """Appends to a seed's files. `offsets` are their lengths, for a checkpoint to come back to."""

    def __init__(self, folder: Path, metrics: Sequence[str], offsets: dict[str, int] | None = None) -> None:
        headers = ((*PROGRESS, *metrics), TIMING, EPISODES)
        self._files: dict[str, FileIO] = {}
        for name, header in zip(CSV_FILES, headers, strict=True):
            if offsets is None:
                file = (folder / name).open("wb", buffering=0)
                write_all(file, _row(header))
            else:
                file = _reopen(folder / name, offsets[name])
            self._files[name] = file

    @property
    def offsets(self) -> dict[str, int]:
        """The length of each file."""
        return {name: file.tell() for name, file in self._files.items()}

    def progress(self, cells: Iterable[object]) -> None:
        """One row, in the header's order."""
        write_all(self._files[PROGRESS_FILE], _row(cells))

    def timing(self, cells: Iterable[object]) -> None:
        """One row, in the header's order."""
        write_all(self._files[TIMING_FILE], _row(cells))

    def episodes(self, episodes: Iterable[Episode]) -> None:
        """A row for each."""
        rows = (
            _row((e.env_steps, e.world, e.total, e.length, "terminated" if e.terminated else "truncated"))
            for e in episodes
        )
        write_all(self._files[EPISODES_FILE], b"".join(rows))

    def close(self) -> None:
        """No more rows."""
        for file in self._files.values():
            file.close()


def refuse_changed(folder: Path, offsets: dict[str, int]) -> None:
    """A UserError where a file is not what it was at the checkpoint that its run would go on from."""
    advice = "--fresh starts over, and keeps what is there aside"
    for name, length in offsets.items():
        path = folder / name
        if not path.exists():
            raise UserError(f"{path} is missing, and its run cannot go on without it; {advice}")
        if path.stat().st_size < length:
            raise UserError(f"{path} is shorter than it was at the latest checkpoint: somebody changed it; {advice}")


def _reopen(path: Path, length: int) -> FileIO:
    """To go on from where it was this long; what came after is cut off."""
    file = path.open("r+b", buffering=0)
    file.truncate(length)
    file.seek(0, 2)
    return file


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
