"""Reading progress.csv of each seed as it grows, for dashboards: training knows nothing of them.

Where a dashboard fails, it is left out and told once; the sweep goes on.
"""

import contextlib
import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from rlbench.errors import say_error
from rlbench.layout import PROGRESS_FILE
from rlbench.sweep.dashboards.contract import Log, OpenLog
from rlbench.sweep.events import DashboardLost, JobEvent, OnEvent
from rlbench.sweep.launchers.contract import Restarted
from rlbench.training.job import Finished, Job


class Feed:
    """The rows of one progress.csv, each once."""

    def __init__(self, path: Path) -> None:
        self._path, self._read, self._header, self._last = path, 0, list[str](), -1

    def rows(self) -> Iterator[tuple[int, dict[str, float]]]:
        """The rows that were added since: transitions, and the finite numbers by column."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                whole, end, _ = file.read().rpartition(b"\n")
        except OSError:  # there is none yet
            return
        self._read += len(whole + end)
        for cells in csv.reader(whole.decode("utf-8", "replace").splitlines()):
            if not self._header:
                self._header = cells
                continue
            row = {name: number for name, cell in zip(self._header, cells) if (number := _number(cell)) is not None}
            env_steps = int(row.pop("env_steps", -1))
            if env_steps > self._last:
                self._last = env_steps
                yield env_steps, row

    def rewind(self) -> None:
        """The file was cut back and grows anew, with the same bytes: rows that were given are not given again."""
        self._read, self._header = 0, []


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class Follower:
    """Hears the events of a sweep, and brings the rows of its seeds to the dashboards."""

    def __init__(self, dashboards: Mapping[str, OpenLog], on_event: OnEvent) -> None:
        self._dashboards, self._on_event = dict(dashboards), on_event
        self._feeds: dict[Path, Feed] = {}
        self._logs: dict[Path, dict[str, Log]] = {}

    def hear(self, event: object) -> None:
        """Hand the event on, and write what is new."""
        self._on_event(event)
        if not isinstance(event, JobEvent):
            return
        job = event.state.job
        for seed in job.seeds:
            if isinstance(event.what, Restarted) and job.folder(seed) in self._feeds:
                self._feeds[job.folder(seed)].rewind()
            else:
                self._write(job, seed)
        if isinstance(event.what, Finished):
            self._close(job.folder(event.what.seed), event.what.status)

    def close(self) -> None:
        """End the logs of seeds that have not ended."""
        for folder in list(self._logs):
            self._close(folder, "stopped")

    def _write(self, job: Job, seed: int) -> None:
        folder = job.folder(seed)
        feed = self._feeds.setdefault(folder, Feed(folder / PROGRESS_FILE))
        for env_steps, values in feed.rows():
            if folder not in self._logs:
                self._logs[folder] = {}
                for name, begin in list(self._dashboards.items()):
                    with self._losing(name):
                        self._logs[folder][name] = begin(job, seed)
            for name, log in list(self._logs[folder].items()):
                with self._losing(name):
                    log.write(env_steps, values)

    def _close(self, folder: Path, status: str) -> None:
        for name, log in self._logs.pop(folder, {}).items():
            with self._losing(name):
                log.close(status)

    @contextlib.contextmanager
    def _losing(self, name: str) -> Iterator[None]:
        """For a `with` block: a dashboard whose code fails is given up, and told."""
        try:
            yield
        except Exception as error:
            if self._dashboards.pop(name, None) is not None:
                self._on_event(DashboardLost(name, say_error(error)))
            for logs in self._logs.values():
                logs.pop(name, None)
