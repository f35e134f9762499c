"""Monitor files of Stable-Baselines3: a CSV of episodes for each world of one run.

The worlds of a run take their steps together. An episode that ends after a world's own c steps has thus ended after
c times the number of worlds transitions of the run. This is exact, whereas a sum over episodes in the order of their
ends leaves out the steps of episodes that have not ended yet.
"""

import json
import math
import re
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rlbench.analysis.reading.importers.contract import (
    MOST_TRANSITIONS,
    MOST_VALUES,
    Part,
    Told,
    Training,
    UnusableError,
)
from rlbench.analysis.reading.importers.text_tables import first_line, number_in, split, table_rows, text_lines
from rlbench.analysis.text import listed, shown

TOOL, SHORT = "Stable-Baselines3", "sb3"
MOST_WORLDS = 10_000
WORLD = re.compile(r"(\d{1,6})\.monitor\.csv", re.ASCII)
NONE = "None"  # what Monitor writes where an environment has no id


@dataclass
class World:
    """The episodes of one world."""

    header: dict[str, Any]
    returns: array = field(default_factory=lambda: array("d"))
    lengths: array = field(default_factory=lambda: array("d"))
    seconds: array = field(default_factory=lambda: array("d"))


def is_monitor(path: Path) -> bool:
    """Whether a CSV begins as Monitor's do, with a line of JSON behind a `#`."""
    try:
        return first_line(path).startswith("#{")
    except (OSError, UnusableError):
        return False


def read_monitors(paths: list[Path]) -> Part:
    """The worlds of one run as one part."""
    if len(paths) > MOST_WORLDS:
        raise UnusableError(f"{len(paths):,} Monitor files in one folder are more than a run has worlds")
    worlds: list[World] = []
    for path in paths:
        worlds.append(_named(path))
        if sum(len(world.returns) for world in worlds) > MOST_VALUES:
            raise UnusableError(f"its Monitor files have more than {MOST_VALUES:,} episodes")
    envs = sorted({world.header["env_id"] for world in worlds} - {NONE})
    if len(envs) > 1:
        raise UnusableError(f"its Monitor files are of several tasks: {listed(shown(env) for env in envs)}")
    training = merge(worlds)
    told = Told(env=envs[0], where={"env": "the first line of the Monitor files"}) if envs else Told()
    many = f"{len(paths)} Monitor files (one a world)" if len(paths) > 1 else "a Monitor file"
    notes = [
        "Monitor counts the steps of finished episodes; steps of an episode that a reset cut short are not in the files"
    ]
    numbers = sorted(int(match[1]) for path in paths if (match := WORLD.fullmatch(path.name)))
    if len(numbers) == len(paths) and numbers != list(range(len(numbers))):
        notes.append(f"the Monitor files of some worlds are missing: there are {listed(map(str, numbers))}")
    return Part(TOOL, SHORT, many, tuple(paths), told, training, notes=tuple(notes))


def _named(path: Path) -> World:
    try:
        return read_world(path)
    except UnusableError as error:
        raise UnusableError(f"{shown(path.name)}: {error}") from None


def read_world(path: Path) -> World:
    """One file."""
    lines = text_lines(path)
    world = World(_header(next(lines)[1]))
    number, names_line = next(lines, (2, ""))
    names = split(names_line, ",", number)
    if names[:3] != ["r", "l", "t"]:
        raise UnusableError("its columns do not begin with r, l, t, as Monitor's do")
    for row in table_rows(lines, ",", len(names)):
        if row.cells[0].startswith("#"):
            raise UnusableError(f"line {row.number} is a second header, so two runs were written into it")
        if not row.whole:
            break
        value, length, seconds = (number_in(row.cells[i], names[i], row.number) for i in range(3))
        if not (math.isfinite(length) and length >= 1 and length == int(length)):
            raise UnusableError(f"line {row.number}: an episode of {shown(row.cells[1], 40)} steps")
        if len(world.returns) > MOST_VALUES:
            break
        world.returns.append(value)
        world.lengths.append(length)
        world.seconds.append(seconds)
    return world


def _header(line: str) -> dict[str, Any]:
    try:
        header = json.loads(line[1:]) if line.startswith("#") else None
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise UnusableError("its first line is not that of a Monitor file")
    env, start = header.get("env_id"), header.get("t_start")
    return {
        "env_id": env if isinstance(env, str) and 0 < len(env) <= 200 else NONE,
        "t_start": float(start) if isinstance(start, int | float) and abs(start) < 1e15 else math.nan,
    }


def merge(worlds: list[World]) -> Training:
    """The episodes of all worlds in the order in which they ended."""
    begin = min((world.header["t_start"] for world in worlds), default=math.nan)
    steps = np.concatenate([np.cumsum(np.array(world.lengths)) * len(worlds) for world in worlds])
    if not len(steps):
        raise UnusableError("no episode has ended in its Monitor files")
    if steps.max() > MOST_TRANSITIONS:
        raise UnusableError("its episodes are longer than those of any run")
    order = np.argsort(steps, kind="stable")
    seconds = np.concatenate([np.array(world.seconds) + (world.header["t_start"] - begin) for world in worlds])
    return Training(
        steps=steps[order],
        returns=np.concatenate([np.array(world.returns) for world in worlds])[order],
        lengths=np.concatenate([np.array(world.lengths) for world in worlds])[order],
        seconds=seconds[order],
        end=float(steps.max()),
        single=True,
        manner="episodes",
    )
