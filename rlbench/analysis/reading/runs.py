"""Which runs are in a folder, and what each says of itself in run.json. The folder may be a stranger's."""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from rlbench.analysis.reading.fingerprints import Fingerprint, fingerprint_in
from rlbench.analysis.text import listed, shown, shown_path
from rlbench.errors import UserError
from rlbench.json_file import is_regular
from rlbench.layout import (
    CLOSED_STATUSES,
    DECISIONS_FOLDER,
    IMPORTED,
    LOGS_FOLDER,
    PLOTS_FOLDER,
    PROGRESS_FILE,
    RUN_FILE,
    RUN_FORMAT,
    STATUSES,
    SUITE_FILE,
    SWEEPS_FOLDER,
    seed_of,
)
from rlbench.run_file import read_json, say

DEEPEST = 6  # folders between the one given and a seed's: room for ids such as ALE/Pong-v5
MOST_SETTINGS = 200
MOST_BUDGET = 10**18
LONGEST_SPELT_OUT = 10_000  # a file's name has 255 bytes at most, and each may be spelt out
REFERENCE = "reference"
EXPLAINING = ("README.md", SUITE_FILE)
"""Files about the results: a person's, and a suite's. They are worth no note."""
OURS = (
    PLOTS_FOLDER,
    LOGS_FOLDER,
    DECISIONS_FOLDER,
    SWEEPS_FOLDER,
)  # what other commands of rlbench put beside the environments


UNKNOWN = "unknown"


class Imported(NamedTuple):
    """Where a run that another tool made came from."""

    tool: str
    rolling: bool
    """Whether its training returns are rolling means, which lag behind."""


@dataclass(frozen=True)
class Run:
    """One seed of one algorithm on one environment: who it is and where it came from."""

    path: Path
    env: str
    """Its id, fit for a terminal, as every name here is: frames, figures and tables all have names as they are here."""
    algorithm: str
    """The folder's name, which may be a label of the user's, and so the curve it belongs to."""
    seed: int
    status: str = "unknown"
    origin: dict[str, str] = field(default_factory=dict)
    """What must agree within one environment: versions of the simulator, physics, budget."""
    settings: dict[str, str] = field(default_factory=dict)
    """What must agree within one curve."""
    fingerprint: Fingerprint | None = None
    """Of progress.csv when the run ended, if it has ended and run.json tells."""
    imported: Imported | None = None
    """None where rlbench itself made it."""
    version: str = UNKNOWN
    """The version of rlbench that trained it: seeds of one curve must agree in it."""

    @property
    def name(self) -> str:
        """How a message calls this run."""
        return f"{shown(self.env)} {shown(self.algorithm)} seed {self.seed}"


@dataclass
class Found:
    """What a walk met."""

    runs: list[Run] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def find_runs(folders: Sequence[Path]) -> tuple[list[Run], list[str]]:
    """Every run under `folders`, sorted, and a note for everything left out."""
    found = Found()
    for path in walk(folders, found, leave_out=is_apart):
        read_run(path, found)
    if found.foreign:
        found.notes.append(f"not part of any run, and ignored: {listed(found.foreign)}")
    if not found.runs:
        raise UserError(no_runs(folders, found.notes))
    runs = keep_apart(found.runs, found.notes)
    return sorted(runs, key=lambda run: (run.env, run.algorithm, run.seed)), found.notes


def is_apart(folder: Path) -> bool:
    """Whether runs in a folder are compared only where it is named itself: the reference results, and a suite's."""
    return folder.name == REFERENCE or is_regular(folder / SUITE_FILE)


def walk(folders: Sequence[Path], found: Found, leave_out: Callable[[Path], bool] = lambda _: False) -> Iterator[Path]:
    """Every seed's folder under `folders`, each once. Of the folders right below, some may be left out."""
    seen: set[tuple[int, int]] = set()
    for folder in folders:
        if not os.path.isdir(folder):
            what = "is not a folder" if os.path.exists(folder) else "does not exist"
            raise UserError(f"{shown_path(folder)} {what}. {how_to_make_runs()}")
        begin = folder.resolve() if ".." in folder.parts else folder.absolute()
        yield from seed_folders(begin, seen, found, 0, leave_out)


def how_to_make_runs() -> str:
    return "Make a run with: rlbench run trpo --env Hopper-v4 --seeds 5"


def no_runs(folders: Sequence[Path], notes: list[str]) -> str:
    where = listed(shown_path(folder) for folder in folders)
    why = f" ({listed(notes, most=2)})" if notes else ""
    return f"No runs under {where}{why}. {how_to_make_runs()}"


def seed_folders(
    folder: Path, seen: set[tuple[int, int]], found: Found, depth: int, leave_out: Callable[[Path], bool]
) -> Iterator[Path]:
    """Folders named seed-K. Links are followed, and no folder is entered twice, so that a loop of links ends."""
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        if seed_of(folder.name) is not None:
            yield folder
            return
        names = sorted(os.listdir(folder))
    except OSError as error:
        found.notes.append(f"{shown_path(folder)} cannot be read: {error.strerror}")
        return
    for name in names:
        inside = folder / name
        if name.startswith(".") or name in EXPLAINING or (depth == 0 and name in OURS):
            continue
        if depth == 0 and os.path.isdir(inside) and leave_out(inside):
            found.notes.append(f"left out: the runs in {shown(name)}, a folder that was not named itself")
        elif not os.path.isdir(inside):
            found.foreign.append(shown(name))
        elif depth < DEEPEST:
            yield from seed_folders(inside, seen, found, depth + 1, leave_out)


def read_run(path: Path, found: Found) -> None:
    """Add the run at `path`, or a note of why it is none."""
    seed = seed_of(path.name)
    assert seed is not None
    if not is_regular(path / PROGRESS_FILE) and not is_regular(path / RUN_FILE):
        found.notes.append(f"{shown_path(path)} is ignored: no {PROGRESS_FILE} and no {RUN_FILE}")
        return
    try:
        about = read_json(path / RUN_FILE)
    except ValueError as error:
        found.notes.append(f"{shown_path(path / RUN_FILE)}: {error}; versions and settings are unknown")
        about = {}
    if about.get("format", RUN_FORMAT) != RUN_FORMAT:
        found.notes.append(f"{shown_path(path)} is ignored: run.json has a format this rlbench does not know")
        return
    told = about.get("seed")
    if type(told) is int and told != seed:
        found.notes.append(f"{shown_path(path)} is ignored: its run.json is of seed {say(told)}, not {seed}")
        return
    env, status = about.get("env"), about.get("status")
    versions = as_dict(about.get("versions"))
    origin = {name: plain(versions.get(name)) for name in ("mujoco", "gymnasium")}
    found.runs.append(
        Run(
            path=path,
            env=printable(env if isinstance(env, str) and 0 < len(env) <= 200 else path.parents[1].name),
            algorithm=printable(path.parent.name),
            seed=seed,
            status=status if status in STATUSES else "unknown",
            origin={**origin, "physics": plain(about.get("physics")), "budget": budget(about.get("steps"))},
            settings=dict(list(flat(as_dict(about.get("settings"))))[:MOST_SETTINGS]),
            fingerprint=fingerprint_in(as_dict(about.get("files")), PROGRESS_FILE)
            if status in CLOSED_STATUSES
            else None,
            imported=imported_from(about),
            version=UNKNOWN if IMPORTED in about else plain(versions.get("rlbench")),
        )
    )


def printable(name: str) -> str:
    """A name that a stranger may have chosen, whole, with control characters spelt out."""
    return shown(name, limit=LONGEST_SPELT_OUT)


def imported_from(about: dict[str, Any]) -> Imported | None:
    """The tool that made a run, if rlbench did not."""
    origin = about.get(IMPORTED)
    if not isinstance(origin, dict):
        return None
    return Imported(plain(origin.get("tool")), origin.get("rolling") is True)


def budget(steps: Any) -> str:
    """The transitions that a run was asked for."""
    return f"{steps:,} steps" if type(steps) is int and 0 <= steps <= MOST_BUDGET else UNKNOWN


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def plain(value: Any) -> str:
    """A value for comparison and display: short, so that 10,000 runs of a stranger fit in memory."""
    return UNKNOWN if value is None else shown(value if isinstance(value, str) else json.dumps(value, sort_keys=True))


def flat(settings: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in settings.items():
        if isinstance(value, dict) and not prefix:
            yield from flat(value, f"{key}.")
        else:
            yield shown(prefix + key), plain(value)


def keep_apart(runs: list[Run], notes: list[str]) -> list[Run]:
    """Curves whose seeds clash come from different results folders: each folder then gets a curve of its own."""
    curves: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        curves[run.env, run.algorithm].append(run)
    kept: list[Run] = []
    for (env, algorithm), members in curves.items():
        if max(Counter(run.seed for run in members).values()) > 1:
            members = [replace(run, algorithm=f"{algorithm} [{printable(root_name(run, members))}]") for run in members]
            notes.append(
                f"{shown(env)} {shown(algorithm)}: the same seeds are in several folders, which are drawn apart"
            )
        first = {(run.algorithm, run.seed): run for run in reversed(members)}
        if len(first) < len(members):
            notes.append(f"{shown(env)} {shown(algorithm)}: seeds found twice in one folder are drawn once")
        kept += first.values()
    return kept


def root_name(run: Run, members: list[Run]) -> str:
    """What tells this run's results folder from the others."""
    root = run.path.parents[2]
    others = {member.path.parents[2] for member in members} - {root}
    return root.name if all(other.name != root.name for other in others) else str(root)
