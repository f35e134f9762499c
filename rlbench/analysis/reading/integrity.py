"""Whether the files of runs are whole and agree with one another and with run.json. The folder may be a stranger's.

A problem is what a finished run of rlbench cannot look like. A note is what cannot be verified, and why.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlbench.analysis.reading.doubts import doubts
from rlbench.analysis.reading.fingerprints import fingerprint_in, what_differs
from rlbench.analysis.reading.made_on import of_several_processors, processor_of, say_changes
from rlbench.analysis.reading.missing_seeds import of_missing_seeds
from rlbench.analysis.reading.rows import IMPORTED_LAYOUTS, LAYOUTS, Layout, Rows, read_rows
from rlbench.analysis.reading.runs import Found, as_dict, no_runs, walk
from rlbench.analysis.text import listed, shown_path
from rlbench.errors import UserError
from rlbench.json_file import is_regular
from rlbench.layout import (
    CHECKPOINT_FILE,
    CLOSED_STATUSES,
    IMPORTED,
    STATUSES,
    environment_folder,
    seed_folder,
)
from rlbench.run_file import faults, format_fault, is_imported, label_of, read_json, say

ZIP = b"PK\x03\x04"
MEND = "restore it from a copy, or run the seed again with --fresh"
GO_ON = "run the same command again"


@dataclass
class Report:
    """What was found in all folders."""

    runs: int = 0
    verified: int = 0
    """Runs without a problem."""
    problems: list[str] = field(default_factory=list)
    """A line each."""
    notes: list[str] = field(default_factory=list)
    """A line each; runs of which the same is to be said share one."""


@dataclass
class Checkup:
    """One run's folder, and what was found in it."""

    path: Path
    about: dict[str, Any] = field(default_factory=dict)
    """run.json; empty where it cannot be used."""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        status = self.about.get("status")
        return status if status in STATUSES else "unknown"

    @property
    def ended(self) -> bool:
        """Whether its files were closed by rlbench, and not by a kill, and nobody writes them."""
        return self.status in CLOSED_STATUSES

    @property
    def checksums(self) -> dict[str, Any]:
        """What run.json says of each file."""
        return as_dict(self.about.get("files"))

    def wrong(self, name: str, what: str, advice: str = MEND) -> None:
        """A problem of one file."""
        self.problems.append(f"{where(self.path / name)}: {what}; {advice}")

    def unreadable(self, name: str, error: OSError) -> None:
        """Nothing of a file can be said."""
        self.wrong(name, f"it cannot be read: {error.strerror}", "look at its permissions")


def where(path: Path) -> str:
    """A path as short as it can be from here."""
    here = Path.cwd()
    return shown_path(path.relative_to(here) if path.is_relative_to(here) else path)


def check_folders(folders: Sequence[Path]) -> Report:
    """Every run under `folders`."""
    found, report = Found(), Report()
    shared: dict[str, list[str]] = defaultdict(list)
    processors: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    seeds: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for path in walk(folders, found):
        checkup = check_run(path)
        report.runs += 1
        report.verified += not checkup.problems
        report.problems += checkup.problems
        for note in checkup.notes:
            shared[note].append(where(path))
        if name := processor_of(checkup.about):
            processors[where(path.parent)][name].append(path.name)
        if type(checkup.about.get("seed")) is int:
            seeds[where(path.parent)][checkup.about["seed"]] = checkup.about
    if not report.runs:
        raise UserError(no_runs(folders, found.notes))
    report.problems += found.notes  # folders that cannot be read
    for notes in (of_several_processors(processors), of_missing_seeds(seeds)):
        shared |= {note: [listed(paths, most=3)] for note, paths in notes.items()}
    report.notes = [f"{listed(paths, most=3)}: {note}" for note, paths in shared.items()]
    return report


def check_run(path: Path) -> Checkup:
    """One seed's folder."""
    checkup = Checkup(path)
    check_about(checkup)
    if is_imported(checkup.about):
        check_imported(checkup)
        return checkup
    if checkup.status == "running" and not os.path.lexists(path / "progress.csv"):
        checkup.notes.append(f"no row yet; if nothing is at work there, {GO_ON}")
        return checkup
    if not checkup.ended:
        checkup.notes.append(
            f"running or killed, not verified by checksum; if nothing is at work there, {GO_ON}"
            if checkup.about
            else "rows were looked at, but without run.json there is nothing to compare them with"
        )
    checkup.notes += say_changes(checkup.about)
    if checkup.ended and not checkup.checksums:
        checkup.notes.append("run.json has no checksums, as it is of an earlier version; rows and counts were verified")
    tables = {name: check_table(checkup, name) for name in LAYOUTS}  # progress.csv first: others may still grow
    if tables["progress.csv"]:
        check_end(checkup, tables["progress.csv"])
        check_counts(checkup, tables["progress.csv"], tables["timing.csv"], tables["episodes.csv"])
        checkup.notes += doubts(path / "progress.csv")
    check_checkpoint(checkup)
    return checkup


def check_imported(checkup: Checkup) -> None:
    """A run of another tool: what the import wrote is whole. What it was made from is not looked at."""
    tool = say(as_dict(checkup.about.get(IMPORTED)).get("tool"))
    checkup.notes.append(f"imported from {tool}; what the import wrote was verified, not the files it was made from")
    for name in (each for each in IMPORTED_LAYOUTS if each == "progress.csv" or each in checkup.checksums):
        rows = check_table(checkup, name, IMPORTED_LAYOUTS[name])
        if rows and name == "progress.csv":
            check_last_row(checkup, rows)


def check_about(checkup: Checkup) -> None:
    """run.json: readable, of this format, sane, and of the run whose folder it is in."""
    try:
        about = read_json(checkup.path / "run.json")
    except OSError as error:
        checkup.unreadable("run.json", error)
        return
    except ValueError as error:
        checkup.wrong("run.json", str(error))
        return
    if told := format_fault(about):
        checkup.wrong("run.json", told, "look with the rlbench that wrote it")
        return
    checkup.about = about
    for told in faults(about):
        checkup.wrong("run.json", told)
    check_place(checkup)


def check_place(checkup: Checkup) -> None:
    """Environment, label and seed are where the folder's path has them."""
    about, path = checkup.about, checkup.path
    env, seed = about.get("env"), about.get("seed")
    label = label_of(about)
    if type(seed) is int and seed_folder(seed) != path.name:
        checkup.wrong(
            "run.json", f"it is of seed {say(seed)}, and its folder is {path.name}", "put it back in its place"
        )
    if isinstance(label, str) and label != path.parent.name:
        told = f"it is of {say(label)}, and its folder of {say(path.parent.name)}"
        checkup.wrong("run.json", told, "put it back in its place")
    if isinstance(env, str) and environment_folder(env) != path.parents[1].name:
        told = f"it is of {say(env)}, and its folder of {say(path.parents[1].name)}"
        checkup.wrong("run.json", told, "put it back in its place")


def check_table(checkup: Checkup, name: str, layout: Layout | None = None) -> Rows | None:
    """One CSV file; None where it cannot be counted."""
    path = checkup.path / name
    if not os.path.lexists(path):
        if checkup.ended and name != "progress.csv" and name not in checkup.checksums:
            checkup.notes.append(f"{name} is not there, so nothing was compared with it")
        else:
            checkup.wrong(name, "it is missing")
        return None
    if not is_regular(path):
        checkup.wrong(name, "it is not a plain file")
        return None
    try:
        check_sum(checkup, name)
        rows = read_rows(path, layout or LAYOUTS[name])
    except OSError as error:
        checkup.unreadable(name, error)
        return None
    for fault in rows.faults:
        checkup.wrong(name, fault)
    if rows.torn and checkup.ended:
        checkup.wrong(name, f"line {rows.torn}: the file ends within it")
    elif rows.torn:
        checkup.notes.append(f"{name} ends within a row, as a kill leaves it; {GO_ON}, and it is written whole")
    return rows if not rows.faults and (checkup.about or not rows.torn) else None


def check_sum(checkup: Checkup, name: str) -> None:
    """The file is as long as it was when the run ended, and has the same SHA-256."""
    if not checkup.ended or not checkup.checksums:
        return
    noted = fingerprint_in(checkup.checksums, name)
    if noted is None:
        checkup.wrong("run.json", f"it has no checksum of {name}")
        return
    with (checkup.path / name).open("rb") as file:
        if difference := what_differs(file, noted):
            checkup.wrong(name, f"it was changed after the run ended: {difference}")


def check_end(checkup: Checkup, progress: Rows) -> None:
    """The run ended where run.json says, within its budget and not before it was spent."""
    about, (earlier, before, last) = checkup.about, progress.tail
    if checkup.ended and not check_last_row(checkup, progress):
        return
    budget = about.get("steps")
    if type(budget) is not int or not progress.count:
        return
    single = before["iteration"] - earlier["iteration"] == 1
    predicted = 2 * before["env_steps"] - earlier["env_steps"] if single else before["env_steps"]
    if before["iteration"] and predicted > budget:  # a run goes on only if another batch like the last has room
        checkup.wrong("progress.csv", f"its last row is beyond the end of its budget, {say(budget)} steps")
    elif last["env_steps"] > budget:
        checkup.notes.append("its last batch, larger than the one before, went beyond the budget")
    if checkup.status == "finished" and 2 * last["env_steps"] - before["env_steps"] <= budget:
        checkup.wrong("progress.csv", f"its last row has {last['env_steps']} steps, and the budget is {say(budget)}")


def check_last_row(checkup: Checkup, progress: Rows) -> bool:
    """The last row is where run.json says that the run ended. False where there is no row."""
    if not progress.count:
        checkup.wrong("progress.csv", "it has no rows")
        return False
    for name in ("env_steps", "iteration"):
        if checkup.about.get(name) != progress.last[name]:
            told = f"its last row has {name} {progress.last[name]}, and run.json {say(checkup.about.get(name))}"
            checkup.wrong("progress.csv", told)
    return True


def check_counts(checkup: Checkup, progress: Rows, timing: Rows | None, episodes: Rows | None) -> None:
    """The three files tell of the same run. While it runs, or after a kill, the other two may be ahead or behind."""
    last = progress.last["env_steps"]
    if timing and checkup.ended and (timing.count, timing.last) != (progress.count, without_episodes(progress.last)):
        told = f"{timing.count} rows, the last at {timing.last['env_steps']} steps"
        checkup.wrong("timing.csv", f"{told}; progress.csv has {progress.count}, the last at {last}")
    if not episodes:
        return
    wanted = progress.sums["episodes"]
    if episodes.count < wanted or (checkup.ended and episodes.count > wanted):
        checkup.wrong("episodes.csv", f"{episodes.count} rows, and progress.csv counts {wanted} episodes")
    if checkup.ended and max(episodes.last["env_steps"], episodes.sums["length"]) > last:
        checkup.wrong("episodes.csv", f"its episodes have more steps than progress.csv, {last}")


def without_episodes(row: dict[str, int]) -> dict[str, int]:
    return {name: value for name, value in row.items() if name != "episodes"}


def check_checkpoint(checkup: Checkup) -> None:
    """There, and with the first bytes of one; nothing of it is read."""
    path = checkup.path / CHECKPOINT_FILE
    if not os.path.lexists(path):
        if checkup.status == "stopped":
            checkup.wrong(path.name, "it is missing, and the run cannot go on", "run the seed again with --fresh")
        elif checkup.ended:
            checkup.notes.append("checkpoint.pt is not there; curves do not need it")
        return
    if not is_regular(path):
        checkup.wrong(path.name, "it is not a plain file")
        return
    try:
        with path.open("rb") as file:
            begin = file.read(len(ZIP))
    except OSError as error:
        checkup.unreadable(path.name, error)
        return
    if begin != ZIP:
        checkup.wrong(path.name, "it is not a checkpoint" if begin else "it is empty")
