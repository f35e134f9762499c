"""Doubts about what a run learnt, from the rows of its progress.csv: impossible values, and steps not taken."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from rlbench.rejected_steps import STEP_COLUMNS, RecentSteps, say_rejected, took_no_step
from rlbench.value_bound import VALUE_COLUMNS, is_impossible, say_impossible

Row = dict[str, str]


class Doubt(Protocol):
    """Looks at the rows of a file, one after another."""

    columns: tuple[str, ...]
    """Those that it looks at: a file without them is not looked at."""

    def look(self, row: Row) -> None: ...

    def say(self, rows: int) -> str | None:
        """The note about all `rows` of the file; None where there is nothing to say."""


class ImpossibleValues:
    """Rows in which a critic's mean value cannot be true."""

    columns: tuple[str, ...] = VALUE_COLUMNS

    def __init__(self) -> None:
        self._count, self._worst = 0, (0.0, 0.0, 0)

    def look(self, row: Row) -> None:
        mean, unit, bound = numbers(row, self.columns)
        if is_impossible(mean, unit, bound):
            self._count += 1
            self._worst = max(self._worst, (mean, bound, int(row["env_steps"])), key=lambda each: abs(each[0]))

    def say(self, rows: int) -> str | None:
        told = f"{say_impossible(*self._worst)}; so in {self._count:,} of {rows:,} rows"
        return told if self._count else None


class StepsNotTaken:
    """Successive rows in which the policy stayed where it was."""

    columns: tuple[str, ...] = STEP_COLUMNS

    def __init__(self) -> None:
        self._recent, self._count, self._first = RecentSteps(), 0, ""

    def look(self, row: Row) -> None:
        status, kl = numbers(row, self.columns)
        self._count += took_no_step(status, kl)
        if self._recent.add(status, kl) and not self._first:
            self._first = say_rejected(self._recent.causes, int(row["env_steps"]))

    def say(self, rows: int) -> str | None:
        return f"{self._first}; so in {self._count:,} of {rows:,} rows" if self._first else None


def numbers(row: Row, names: tuple[str, ...]) -> Iterator[float]:
    """These cells; NaN where one is empty."""
    return (float(row[name] or "nan") for name in names)


def doubts(path: Path) -> list[str]:
    """A note for each doubt about a progress.csv whose rows are whole."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(line for line in file if line.endswith("\n"))  # the last row may still be written
        known = set(reader.fieldnames or ())
        looking: list[Doubt] = [ImpossibleValues(), StepsNotTaken()]
        looking = [each for each in looking if {*each.columns, "env_steps"} <= known]
        rows = 0
        for row in reader if looking else ():
            rows += 1
            for each in looking:
                each.look(row)
    return [note for each in looking if (note := each.say(rows))]
