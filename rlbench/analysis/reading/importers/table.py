"""The rows of an imported run: what its progress.csv and timing.csv hold.

Training returns of single episodes are averaged over windows: a row has the mean over the episodes that ended within a
window of transitions, and stands at the window's end. What remains at the end of the run, being less than a window,
belongs to the last whole window. A window in which no episode ended has no row. Means that a tool made are rows as
they are, and so are evaluations; values of one step share a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rlbench.analysis.reading.importers.contract import Array, Evaluations, Training, UnusableError, unknown
from rlbench.analysis.reading.metrics import EVAL_DET, EVAL_STOCH, TRAINING
from rlbench.analysis.reading.progress import LARGEST

WINDOW = 2048
MOST_ROWS = 500_000
COLUMNS = (
    "iteration", "env_steps", "episodes", TRAINING, "return_min", "return_max", "length_mean", EVAL_DET,
    f"{EVAL_DET}_std", EVAL_STOCH, f"{EVAL_STOCH}_std", "eval_length_det",
)  # fmt: skip
WHOLE = ("iteration", "env_steps", "episodes")


@dataclass(frozen=True)
class Table:
    """All rows of one run."""

    columns: Mapping[str, Array]
    """Those of progress.csv, and `wall_time`; NaN where nothing is known."""
    diverged: bool
    """Whether its returns stopped being finite."""
    notes: tuple[str, ...]

    @property
    def last_step(self) -> int:
        return int(self.columns["env_steps"][-1])

    @property
    def count(self) -> int:
        return len(self.columns["env_steps"])

    def progress(self) -> bytes:
        """progress.csv."""
        return csv_bytes(COLUMNS, [self.columns[name] for name in COLUMNS])

    def timing(self) -> bytes | None:
        """timing.csv, with the rows whose time is known; None where there is none."""
        timed = np.isfinite(self.columns["wall_time"]) & (self.columns["wall_time"] >= 0)
        names = ("iteration", "env_steps", "wall_time")
        return csv_bytes(names, [self.columns[name][timed] for name in names]) if timed.any() else None


def make_table(training: Training | None, evaluations: Evaluations | None, window: int, action: str) -> Table:
    """Rows at every step at which there is a training return or an evaluation."""
    notes: list[str] = []
    diverged = False
    rows: dict[float, dict[str, float]] = {}
    if training is not None:
        kept, diverged = finite(training.steps, training.returns, notes)
        if kept.any():
            last = training.end if evaluations is None else max(training.end, evaluations.steps[-1])
            place_rows(rows, windows(training, kept, window, last) if training.single else means(training, kept))
    if evaluations is not None:
        kept, broken = finite(evaluations.steps, evaluations.mean, notes)
        diverged = diverged or (training is None and broken)
        place_rows(rows, evaluation_rows(evaluations, kept, action))
    if not rows:
        raise UnusableError("none of its returns is a finite number")
    steps = sorted(rows)
    columns = {name: np.array([rows[step].get(name, np.nan) for step in steps]) for name in (*COLUMNS, "wall_time")}
    columns["env_steps"], columns["iteration"] = np.array(steps), np.arange(1.0, len(steps) + 1)
    return Table(columns, diverged, tuple(notes))


def finite(steps: Array, values: Array, notes: list[str]) -> tuple[np.ndarray, bool]:
    """Which values count, and whether the run diverged: an infinity, or NaN from some value to the last one."""
    infinite = np.flatnonzero(np.abs(values) > LARGEST)
    number = ~np.isnan(values)
    end = infinite[0] if len(infinite) else np.flatnonzero(number)[-1] + 1 if number.any() else 0
    kept = number & (np.arange(len(values)) < end)
    diverged = end < len(values)
    if diverged:
        notes.append(f"its returns stop being finite after {int(steps[end]):,} transitions, so it is marked diverged")
    missing = int((~number[:end]).sum())
    if missing:
        notes.append(f"{missing:,} values that are not a number were left out")
    return kept, diverged


def windows(training: Training, kept: np.ndarray, window: int, last: float) -> dict[str, Array]:
    """A row for each window in which an episode ended. `last` is the last transition that any file knows of."""
    steps, returns, lengths = training.steps[kept], training.returns[kept], training.lengths[kept]
    end = last if kept.all() else steps[-1]
    count = max(1, int(end // window))
    which = np.minimum(np.ceil(steps / window), count).clip(1)
    ends, first = np.unique(which, return_index=True)
    number = np.diff([*first, len(steps)]).astype(float)
    return {
        "env_steps": np.where(ends == count, end, ends * window),
        "episodes": number,
        TRAINING: np.add.reduceat(returns, first) / number,
        "return_min": np.minimum.reduceat(returns, first),
        "return_max": np.maximum.reduceat(returns, first),
        "length_mean": np.add.reduceat(lengths, first) / number,
        "wall_time": np.maximum.reduceat(training.seconds[kept], first),
    }


def means(training: Training, kept: np.ndarray) -> dict[str, Array]:
    """A row for each step; several values of one step are averaged."""
    steps, first = np.unique(training.steps[kept], return_index=True)
    number = np.diff([*first, kept.sum()])

    def mean(values: Array | None) -> Array:
        return unknown(steps) if values is None else np.add.reduceat(values[kept], first) / number

    return {
        "env_steps": steps,
        TRAINING: mean(training.returns),
        "return_min": mean(training.low),
        "return_max": mean(training.high),
        "length_mean": mean(training.lengths),
        "wall_time": mean(training.seconds),
    }


def evaluation_rows(evaluations: Evaluations, kept: np.ndarray, action: str) -> dict[str, Array]:
    """A row for each evaluation; of several at one step the last one counts."""
    column = EVAL_DET if (evaluations.action or action) == "det" else EVAL_STOCH
    found = {
        "env_steps": evaluations.steps[kept],
        column: evaluations.mean[kept],
        f"{column}_std": evaluations.std[kept],
    }
    if column == EVAL_DET:
        found["eval_length_det"] = evaluations.lengths[kept]
    return found


def place_rows(rows: dict[float, dict[str, float]], found: Mapping[str, Array]) -> None:
    """Add numbers to the row of their step, which is begun where there is none yet."""
    if (count := len(found["env_steps"])) > MOST_ROWS:
        raise UnusableError(
            f"{count:,} rows are more than {MOST_ROWS:,}; if each is one episode, --episodes averages them"
        )
    for index, step in enumerate(found["env_steps"].tolist()):
        row = rows.setdefault(step, {})
        for name, values in found.items():
            if np.isfinite(values[index]):
                row[name] = float(values[index])


def csv_bytes(names: Sequence[str], columns: Sequence[Array]) -> bytes:
    """A header and the rows. Python's shortest text of a float is the same everywhere."""
    lines = [",".join(names)]
    for cells in zip(*(column.tolist() for column in columns)):
        lines.append(",".join(cell(name, value) for name, value in zip(names, cells)))
    return "".join(f"{line}\n" for line in lines).encode()


def cell(name: str, value: float) -> str:
    if value != value:
        return ""
    return str(int(value)) if name in WHOLE else repr(value)
