"""What every importer returns: the part of one run that one kind of file holds, and what the files leave unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LARGEST_FILE = 1 << 30
"""Bytes of one file that is read."""
MOST_VALUES = 5_000_000
"""Rows of a table, episodes of a run, values of a tag. More are refused, so that no file can fill the memory."""
MOST_TRANSITIONS = 10**15
"""Float64 is exact up to here, and no run is longer."""
MOST_SETTINGS = 200


class UnusableError(Exception):
    """Why a file or folder cannot be imported, in one line."""


@dataclass(frozen=True)
class Training:
    """Training returns, in the order of their transitions. A number that the files do not have is NaN."""

    steps: Array
    """Transitions of the whole run (all its worlds together) when the value was measured."""
    returns: Array
    lengths: Array
    """Of the episode, or mean length where the value is a mean."""
    seconds: Array
    """Wall time since the run began."""
    end: float
    """The last transition that the files know of."""
    single: bool
    """Whether each value is the return of one episode; else it is a mean that the tool made."""
    manner: str
    """What one value is, in words."""
    rolling: bool = False
    """Whether it is a mean over more than the latest episodes, and so lags behind."""
    low: Array | None = None
    high: Array | None = None
    """The lowest and the highest return behind each mean, where the tool wrote them."""


@dataclass(frozen=True)
class Evaluations:
    """Mean returns of evaluation episodes."""

    steps: Array
    mean: Array
    std: Array
    lengths: Array
    action: Literal["det", "stoch"] | None = None
    """Whether actions were means or samples; None where the files do not tell."""


@dataclass(frozen=True)
class Told:
    """What files tell of a run beside its numbers. None and empty: they do not."""

    env: str | None = None
    seed: int | None = None
    algorithm: str | None = None
    budget: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    """By the names above, where it was found."""


@dataclass(frozen=True)
class Part:
    """What one kind of file holds of one run."""

    tool: str
    """The program that wrote the files, as a person calls it."""
    short: str
    """The same as the end of a label, such as `sb3`."""
    what: str
    """What the files were taken for."""
    files: tuple[Path, ...]
    told: Told = Told()
    training: Training | None = None
    evaluations: Evaluations | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """Names that the user gave to columns of a table or to tags of an event file, by what they mean."""

    names: Mapping[str, str] = field(default_factory=dict)
    steps_per_iteration: int | None = None
    episodes: bool = False
    """Whether each row of a plain table is one episode."""

    def get(self, meaning: str) -> str | None:
        return self.names.get(meaning)


ROLLING = "rolling means over the last 100 episodes, unless the tool was set otherwise"
"""The manner of returns that a tool smoothed before it wrote them."""

MEANINGS = ("steps", "return", "eval", "length", "seconds", "seed", "env", "algorithm")
"""What a column can be named for."""


def unknown(like: Array) -> Array:
    """As many NaN as `like` has numbers."""
    return np.full(len(like), np.nan)


def check_size(path: Path) -> int:
    """The size of a file in bytes; an UnusableError where it is empty, or larger than is read."""
    size = path.stat().st_size
    if not size:
        raise UnusableError("the file is empty")
    if size > LARGEST_FILE:
        raise UnusableError(f"{size >> 20:,} MiB is more than the {LARGEST_FILE >> 20:,} MiB that are read")
    return size
