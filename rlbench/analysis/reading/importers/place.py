"""Which folder an imported run goes into: its environment, its label and its seed, each told, chosen or found."""

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlbench.analysis.reading.importers.contract import UnusableError
from rlbench.analysis.reading.importers.merged import ForeignRun
from rlbench.analysis.text import file_name, shown, shown_path
from rlbench.errors import UserError
from rlbench.layout import IMPORTED, LABEL, RUN_FILE, run_folder, seed_folder, seed_of
from rlbench.run_file import is_imported, read_json

ENV_IN_PATH = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Za-z0-9]*-v\d{1,3}(?![A-Za-z0-9])", re.ASCII)
SEED_IN_PATH = re.compile(r"(?:(?<![a-z])seed[-_=]?|_s)(\d{1,9})(?!\d)", re.ASCII | re.IGNORECASE)


ENV_ID = re.compile(r"(?:[A-Za-z0-9][\w:-]{0,99}/)?[A-Za-z0-9][\w:.-]{0,99}", re.ASCII)
"""What the id of an environment looks like. What files name instead is not believed to be one."""
NUMBERED = "nothing: unknown seeds are numbered in the order of their paths"
"""How the seed of a run was found whose files and path do not tell it."""


@dataclass(frozen=True)
class Place:
    """Where one run goes, and how each of the three was found out."""

    run: ForeignRun
    env: str
    label: str
    seed: int
    where: Mapping[str, str] = field(default_factory=dict)

    def folder(self, out: Path) -> Path:
        return run_folder(out, self.env, self.label, self.seed)


@dataclass(frozen=True)
class Chosen:
    """What the user said of all runs of one call."""

    name: str | None = None
    env: str | None = None
    seed: int | None = None


def check_label(name: str) -> str:
    """A name that can be a folder and that nobody takes for something else."""
    if not LABEL.fullmatch(name) or seed_of(name) is not None:
        raise UserError(f"--name: a name is lower-case letters, digits and . _ -, 60 at most, not {shown(name)!r}.")
    return name


def env_of(run: ForeignRun, chosen: Chosen) -> tuple[str, str]:
    """The task, and where it was found."""
    told = run.told.env if run.told.env and ENV_ID.fullmatch(run.told.env) else None
    if chosen.env and told and chosen.env != told:
        raise UnusableError(f"its files are of {shown(told)}, and --env says {shown(chosen.env)}")
    if told:
        return told, run.told.where["env"]
    if chosen.env:
        return chosen.env, "--env"
    for part in parts_of_path(run.path):
        if match := ENV_IN_PATH.search(part):
            return match[0], f"the name {shown(part)}"
    raise UnusableError(f"{run.what}: the files do not tell the task; say it with --env")


def label_of(run: ForeignRun, chosen: Chosen) -> str:
    """The name of its curve. Of a tool that names its experiments, their name is part of it."""
    if chosen.name:
        return check_label(chosen.name)
    name = re.sub(r"[^a-z0-9._-]+", "-", file_name(run.told.algorithm).lower()) if run.told.algorithm else ""
    label = f"{name[:48]}-{run.short}".strip("-._") if name else run.short
    return label if LABEL.fullmatch(label) else run.short


def seed_told(run: ForeignRun, chosen: Chosen) -> tuple[int, str] | None:
    """The seed and where it was found; None where nothing tells it."""
    if chosen.seed is not None:
        if run.told.seed not in (None, chosen.seed):
            raise UnusableError(f"its files are of seed {run.told.seed}, and --seed says {chosen.seed}")
        return chosen.seed, "--seed"
    if run.told.seed is not None:
        return run.told.seed, run.told.where["seed"]
    for part in parts_of_path(run.path):
        if match := SEED_IN_PATH.search(part):
            return int(match[1]), f"the name {shown(part)}"
    return None


def parts_of_path(path: Path) -> list[str]:
    """The names in a run's path as it was given, from the run upwards."""
    return list(reversed(path.parts)) or [path.resolve().name]


def place_runs(runs: Sequence[ForeignRun], chosen: Chosen, taken: "Taken", left_out: list[str]) -> list[Place]:
    """A place for each run. Seeds that nothing tells are numbered in the order of their paths."""
    found: list[tuple[ForeignRun, str, str, tuple[int, str] | None, str]] = []
    for run in runs:
        try:
            env, where_env = env_of(run, chosen)
            found.append((run, env, label_of(run, chosen), seed_told(run, chosen), where_env))
        except UnusableError as error:
            left_out.append(f"{shown_path(run.path)}: {error}")
    places: list[Place] = []
    used = {(env, label, seed[0]) for _, env, label, seed, _ in found if seed}
    for run, env, label, seed, where_env in found:
        if seed is None:
            number = taken.seed_for(run, env, label, used)
            used.add((env, label, number))
            seed = number, NUMBERED
        where = {"env": where_env, "seed": seed[1], "name": "--name" if chosen.name else "the tool and its experiment"}
        places.append(Place(run, env, label, seed[0], where))
    refuse_twice(places)
    return places


class Taken:
    """Seeds that earlier imports have taken in the results folder."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._curves: dict[Path, dict[int, dict[str, Any] | None]] = {}
        self._lowest: dict[Path, int] = defaultdict(int)

    def curve(self, folder: Path) -> dict[int, dict[str, Any] | None]:
        """Of each seed in a curve's folder, what its run.json says; None where nothing can be read. Read once."""
        if folder not in self._curves:
            self._curves[folder] = {}
            try:
                names = os.listdir(folder)
            except (FileNotFoundError, NotADirectoryError):
                names = []
            except OSError as error:
                raise UserError(
                    f"{shown_path(folder)} cannot be read: {error.strerror}. Choose another --out."
                ) from None
            seeds = sorted(seed for name in names if (seed := seed_of(name)) is not None)
            self._curves[folder] = {seed: about_in(folder / seed_folder(seed)) for seed in seeds}
        return self._curves[folder]

    def seed_for(self, run: ForeignRun, env: str, label: str, used: set[tuple[str, str, int]]) -> int:
        """The number that the same run was given before, or else the lowest one that is free."""
        folder = run_folder(self._out, env, label, 0).parent
        there = self.curve(folder)
        for seed, about in there.items():
            if (env, label, seed) not in used and is_same(about, run):
                return seed
        number = self._lowest[folder]
        while number in there or (env, label, number) in used:
            number += 1
        self._lowest[folder] = number
        return number


def about_in(folder: Path) -> dict[str, Any] | None:
    """A folder's run.json, if it can be read."""
    try:
        return read_json(folder / RUN_FILE)
    except (ValueError, OSError):
        return None


def is_same(about: dict[str, Any] | None, run: ForeignRun) -> bool:
    """Whether run.json is of an earlier import of this run: of the same source, or of files of the same content."""
    if about is None or not is_imported(about):
        return False
    origin = about[IMPORTED]
    if origin.get("source") == str(run.path) and (run.path.is_dir() or len(run.files) == 1):
        return run.told.seed is None or about.get("seed") == run.told.seed
    return origin.get("files") == run.checksums


def refuse_twice(places: Sequence[Place]) -> None:
    """A UserError where two runs would go into one folder."""
    seen: dict[tuple[str, str, int], Place] = {}
    for place in places:
        other = seen.setdefault((place.env, place.label, place.seed), place)
        if other is not place:
            raise UserError(
                f"{shown_path(other.run.path)} and {shown_path(place.run.path)} are both seed {place.seed} of "
                f"{shown(place.env)} {place.label}. Import one of them with another --name, or leave it out."
            )
