"""How a promise that is not kept is told."""

import csv
from pathlib import Path

from rlbench.checkpoint_file import load_checkpoint
from rlbench.training.trees import leaves

COMPARED = ("progress.csv", "episodes.csv")


class BrokenPromise(AssertionError):
    """A plug-in does not keep one of rlbench's promises. The text says which, where it shows, and what to look for."""


def require(kept: bool, promise: str, where: str) -> None:
    """Raise a BrokenPromise unless the promise is kept."""
    if not kept:
        raise BrokenPromise(f"{promise}. {where}")


def require_same_files(one: Path, other: Path, promise: str, look_for: str) -> None:
    """Raise a BrokenPromise where the files of two runs of a seed differ; it names the first cell that does."""
    for name in COMPARED:
        if told := first_difference(one / name, other / name):
            raise BrokenPromise(f"{promise}: {told}. {look_for}")
    mine, yours = (load_checkpoint(folder / "checkpoint.pt")["algorithm"] for folder in (one, other))
    for first, second in zip(leaves(mine), leaves(yours), strict=True):
        if first.shape != second.shape or not first.equal(second):
            raise BrokenPromise(f"{promise}: the state in checkpoint.pt differs and the rows do not. {look_for}")


def first_difference(one: Path, other: Path) -> str | None:
    """The first cell in which two tables differ; None if they are the same bytes."""
    if one.read_bytes() == other.read_bytes():
        return None
    mine, yours = ([*csv.reader(path.read_text().splitlines())] for path in (one, other))
    for number, (left, right) in enumerate(zip(mine, yours)):
        for column, a, b in zip(mine[0], left, right):
            if a != b:
                return f"{one.name}, row {number}, {column} is {a or 'empty'} in one and {b or 'empty'} in the other"
    return f"{one.name} has {len(mine) - 1} rows in one and {len(yours) - 1} in the other"
