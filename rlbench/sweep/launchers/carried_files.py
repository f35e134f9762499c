"""Carrying the files of runs between machines that share no file system, so that either side could go on with them.

A run goes on from a checkpoint and the first part of each CSV file, whose checksums the checkpoint has. CSV files only
grow. So run.json is read first, then the checkpoint, then the CSV files, and they are written in the opposite order:
whatever is lost on the way, what arrived is a state in which the run has been, or one that it goes on from.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlbench.files import replace_file
from rlbench.layout import CHECKPOINT_FILE, CSV_FILES, RUN_FILE
from rlbench.sweep.logs import log_path
from rlbench.training.job import Job


@dataclass(frozen=True)
class Piece:
    """A file of a run, or what was appended to it."""

    seed: int | None
    """None for the log of the job."""
    name: str
    offset: int
    """How much of the file is at its place already; what is behind that is replaced."""
    content: bytes


class Carrier:
    """Finds what is new in the files of a job. All that it gives must be written where it is to arrive."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._stamps = {seed: self._stamp(seed) for seed in job.seeds}
        self._sent: dict[tuple[int, str], int] = {}

    def changed(self, everything: bool) -> list[Piece]:
        """What changed in runs with a new checkpoint, or in all of them."""
        pieces: list[Piece] = []
        for seed in self._job.seeds:
            stamp = self._stamp(seed)
            if everything or stamp != self._stamps[seed]:
                self._stamps[seed] = stamp
                pieces += self._of_seed(seed)
        log = _read(log_path(self._job)) if everything else None
        return pieces if log is None else [*pieces, Piece(None, "", 0, log)]

    def _of_seed(self, seed: int) -> Iterator[Piece]:
        folder = self._job.folder(seed)
        whole = [(name, _read(folder / name)) for name in (RUN_FILE, CHECKPOINT_FILE)]
        for name in CSV_FILES:
            offset = self._sent.get((seed, name), 0)
            content = _read(folder / name, offset)
            if content is not None:
                self._sent[seed, name] = offset + len(content)
                yield Piece(seed, name, offset, content)
        yield from (Piece(seed, name, 0, content) for name, content in reversed(whole) if content is not None)

    def _stamp(self, seed: int) -> tuple[int, int]:
        """What changes with each checkpoint, which is a new file."""
        try:
            about = os.stat(self._job.folder(seed) / CHECKPOINT_FILE)
        except OSError:
            return 0, 0
        return about.st_ino, about.st_mtime_ns


def all_pieces(job: Job) -> list[Piece]:
    """All files of a job's runs."""
    return [piece for piece in Carrier(job).changed(everything=True) if piece.seed is not None]


def write_pieces(job: Job, pieces: Sequence[Piece]) -> None:
    """Write what a Carrier has given, in its order."""
    for piece in pieces:
        path = log_path(job) if piece.seed is None else job.folder(piece.seed) / piece.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if piece.name in CSV_FILES:
            _append(path, piece.offset, piece.content)
        else:
            replace_file(path, piece.content)


def _append(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(content)


def _read(path: Path, offset: int = 0) -> bytes | None:
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(offset)
        return file.read()
    return None
