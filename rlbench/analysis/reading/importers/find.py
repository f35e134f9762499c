"""Which runs of other tools are in a folder, by looking at its files. The folder may be a stranger's."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rlbench.analysis.reading.importers.contract import Columns, Part, UnusableError
from rlbench.analysis.reading.importers.evaluations import read_evaluations
from rlbench.analysis.reading.importers.merged import ForeignRun, merge
from rlbench.analysis.reading.importers.monitor import is_monitor, read_monitors
from rlbench.analysis.reading.importers.plain_csv import read_plain_csv
from rlbench.analysis.reading.importers.spinningup import is_spinning_up, read_spinning_up
from rlbench.analysis.reading.importers.tags import read_event_folder
from rlbench.analysis.text import listed, shown, shown_path
from rlbench.errors import UserError
from rlbench.json_file import is_regular
from rlbench.layout import PROGRESS_FILE, RUN_FILE, seed_of

DEEPEST = 12
MOST_FOLDERS = 100_000
EVENTS = re.compile(r"events\.out\.tfevents|\.tfevents\.", re.ASCII)
EVALUATION_FILE = re.compile(r"(^|[._-])eval", re.IGNORECASE)
SEED_IN_NAME = re.compile(r"seed", re.IGNORECASE)
TABLES = (".csv", ".tsv")


@dataclass
class Folder:
    """The files of one folder that an importer knows."""

    path: Path
    monitors: list[Path] = field(default_factory=list)
    evaluations: list[Path] = field(default_factory=list)
    events: list[Path] = field(default_factory=list)
    spinning_up: list[Path] = field(default_factory=list)
    tables: list[Path] = field(default_factory=list)

    @property
    def is_run(self) -> bool:
        """Whether it holds training logs, so that its files together are one run."""
        return bool(self.monitors or self.events or self.spinning_up)


@dataclass
class Search:
    """What was found, and a line for everything that was left out."""

    runs: list[ForeignRun] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """What could not be imported, and why."""
    notes: list[str] = field(default_factory=list)
    """What was passed by on purpose."""
    own: list[Path] = field(default_factory=list)
    """Runs of rlbench's own."""


def find_foreign_runs(paths: Sequence[Path], columns: Columns, out: Path) -> Search:
    """Every run in these folders and files, but for what is in the results folder `out`, where that lies in them."""
    search = Search()
    seen = set() if out in paths else {identity(out)}
    for path in paths:
        if not os.path.lexists(path):
            raise UserError(f"{shown_path(path)} does not exist. Name a folder that another tool wrote its logs into.")
        folders: list[Folder] = []
        if os.path.isdir(path):
            walk(path, 0, seen, folders, search)
        elif is_regular(path):
            folders.append(sorted_files(path.parent, [path.name], search))
            refuse_one_world(folders[-1])
        else:
            raise UserError(f"{shown_path(path)} is neither a folder nor a plain file.")
        for folder in gather(folders):
            read_folder(folder, columns, search)
    if search.own:
        names = listed(map(shown_path, search.own), most=1)
        are = "are runs" if len(search.own) > 1 else "is a run"
        search.notes.append(f"{names} {are} of rlbench already; plot and compare read what rlbench wrote where it is")
    return search


def refuse_one_world(folder: Folder) -> None:
    """A UserError for one Monitor file of several: the steps of a run are those of all its worlds."""
    for path in folder.monitors:
        worlds = [name for name in os.listdir(path.parent) if name.endswith("monitor.csv")]
        if len(worlds) > 1 and not SEED_IN_NAME.search(path.name):
            raise UserError(
                f"{shown_path(path)} is one of {len(worlds)} Monitor files, one a world of the run. Name their folder."
            )


def identity(folder: Path) -> tuple[int, int]:
    """What tells a folder from all others, whatever links lead to it."""
    try:
        status = folder.stat()
    except OSError:
        return -1, -1
    return status.st_dev, status.st_ino


def walk(path: Path, depth: int, seen: set[tuple[int, int]], folders: list[Folder], search: Search) -> None:
    """Add every folder with files that are known. Links are followed, and no folder is entered twice."""
    if identity(path) in seen:
        return
    if len(seen) >= MOST_FOLDERS:
        raise UserError(f"{MOST_FOLDERS:,} folders and more are to be looked into. Name the folders that have logs.")
    seen.add(identity(path))
    try:
        names = sorted(os.listdir(path))
    except OSError as error:
        search.left_out.append(f"{shown_path(path)} cannot be read: {error.strerror}")
        return
    if RUN_FILE in names and PROGRESS_FILE in names and seed_of(path.name) is not None:
        search.own.append(path)
        return
    if any(is_known(name) for name in names):
        folders.append(sorted_files(path, names, search))
    for name in names:
        inside = path / name
        if not name.startswith(".") and os.path.isdir(inside):
            if depth < DEEPEST:
                walk(inside, depth + 1, seen, folders, search)
            else:
                search.left_out.append(f"{shown_path(inside)} lies too deep and was not looked into")


def is_known(name: str) -> bool:
    return name.endswith((*TABLES, ".npz")) or name == "progress.txt" or bool(EVENTS.search(name))


def sorted_files(folder: Path, names: Sequence[str], search: Search) -> Folder:
    """The files of a folder by what they are."""
    found = Folder(folder)
    for name in names:
        path = folder / name
        if name.startswith(".") or not is_known(name) or not is_regular(path):
            continue
        if EVENTS.search(name):
            found.events.append(path)
        elif name == "progress.txt":
            (found.spinning_up if is_spinning_up(path) else found.tables).append(path)
        elif name.endswith(".npz"):
            if name == "evaluations.npz":
                found.evaluations.append(path)
        elif not is_monitor(path):
            found.tables.append(path)
        elif EVALUATION_FILE.search(name) or EVALUATION_FILE.search(folder.name):
            search.notes.append(f"{shown_path(path)} is of evaluations by its name, and was not taken for training")
        else:
            found.monitors.append(path)
    return found


def gather(folders: Sequence[Folder]) -> list[Folder]:
    """Files in folders below a run's that can only be of that run are moved to it.

    These are evaluations.npz, and beside Monitor files also event files, each where just one folder below has them.
    """
    runs = {folder.path: folder for folder in folders if folder.is_run}
    below: dict[Path, list[Folder]] = defaultdict(list)
    for folder in folders:
        if above := next((each for each in folder.path.parents if each in runs), None):
            below[above].append(folder)
    for path, inside in below.items():
        run = runs[path]
        alone = [each for each in inside if each.evaluations and not each.is_run]
        if len(alone) == 1 and not run.evaluations:
            run.evaluations, alone[0].evaluations = alone[0].evaluations, []
        logs = [each for each in inside if each.is_run]
        if run.monitors and len(logs) == 1 and logs[0].events and not (logs[0].monitors or logs[0].spinning_up):
            run.events, logs[0].events = run.events + logs[0].events, []
    return list(folders)


def read_folder(folder: Folder, columns: Columns, search: Search) -> None:
    """Add the runs of one folder. Tables are read only where no other kind of log is beside them."""
    if folder.is_run or folder.evaluations:
        if folder.tables:
            names = listed(shown(path.name) for path in folder.tables)
            search.notes.append(f"{shown_path(folder.path)}: {names} not read, as other logs are beside it")
        worlds = [path for path in folder.monitors if not SEED_IN_NAME.search(path.name)]
        for path in folder.monitors:
            if path not in worlds:
                add(path, partial(one_world, path), search)
        rest = Folder(folder.path, worlds, folder.evaluations, folder.events, folder.spinning_up)
        if rest.is_run or rest.evaluations:
            add(folder.path, partial(parts_of, rest, columns), search)
        return
    for path in folder.tables:
        try:
            parts = read_plain_csv(path, columns)
        except (UnusableError, OSError) as error:
            search.left_out.append(why(path, error))
            continue
        for part in parts:
            add(path, partial(list, [part]), search)


def one_world(path: Path) -> list[Part]:
    """A Monitor file that is named for a seed, and so is a run of its own."""
    return [read_monitors([path])]


def parts_of(folder: Folder, columns: Columns) -> list[Part]:
    """What each kind of file in a folder holds of its run."""
    parts = [read_monitors(folder.monitors)] if folder.monitors else []
    parts += [read_evaluations(path) for path in folder.evaluations]
    parts += [read_spinning_up(path) for path in folder.spinning_up]
    if folder.events:
        try:
            parts.append(read_event_folder(folder.events, columns))
        except UnusableError:
            if not parts:
                raise
    return parts


def add(path: Path, read: Callable[[], list[Part]], search: Search) -> None:
    """Add a run, or a line that says why there is none."""
    try:
        search.runs.append(merge(path, read()))
    except (UnusableError, OSError) as error:
        search.left_out.append(why(path, error))


def why(path: Path, error: Exception) -> str:
    """One line."""
    if isinstance(error, OSError):
        return f"{shown_path(path)} cannot be read: {error.strerror}"
    return f"{shown_path(path)}: {error}"
