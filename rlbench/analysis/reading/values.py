"""Rows of progress.csv in which a critic's mean value cannot be true."""

import csv
from pathlib import Path

from rlbench.value_bound import VALUE_COLUMNS, is_impossible, say_impossible


def impossible_values(path: Path) -> str | None:
    """A note about the worst such row of a file whose rows are whole; None where there is none."""
    count, rows, worst = 0, 0, (0.0, 0.0, 0)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(line for line in file if line.endswith("\n"))  # the last row may still be written
        if not {*VALUE_COLUMNS, "env_steps"} <= set(reader.fieldnames or ()):
            return None
        for row in reader:
            rows += 1
            mean, unit, bound = (float(row[name] or "nan") for name in VALUE_COLUMNS)
            if is_impossible(mean, unit, bound):
                count += 1
                worst = max(worst, (mean, bound, int(row["env_steps"])), key=lambda each: abs(each[0]))
    return f"{say_impossible(*worst)}; so in {count:,} of {rows:,} rows" if count else None
