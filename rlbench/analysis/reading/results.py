"""A results folder as tidy pandas frames, for one's own analysis. Nothing in the folder is ever run."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

import pandas as pd

from rlbench.analysis.reading.choice import Choice, chosen
from rlbench.analysis.reading.metrics import EVAL_DET, EVAL_STOCH, TRAINING
from rlbench.analysis.reading.progress import BadFile, read_header, tables
from rlbench.analysis.reading.runs import Run, find_runs
from rlbench.analysis.text import shown_path
from rlbench.errors import UserError
from rlbench.json_file import is_regular
from rlbench.layout import EPISODES_FILE, PROGRESS_FILE

RUN_COLUMNS = ("env", "algorithm", "seed", "status", "budget", "physics", "mujoco", "gymnasium", "settings", "path")
WHO = ("env", "algorithm", "seed")
LARGEST_FILE = 1 << 30
Name = TypeVar("Name", bound=str)
EPISODE_COLUMNS = ("env_steps", "world", "return", "length", "end")


@dataclass(frozen=True)
class Results:
    """Runs of a results folder. Files are read when a frame is first asked for."""

    members: Sequence[Run]
    notes: list[str] = field(default_factory=list)
    """What was left out, and why."""

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row for each run: who it is, how it ended, versions, settings (a dictionary) and its folder."""
        rows = [
            {
                "env": run.env,
                "algorithm": run.algorithm,
                "seed": run.seed,
                "status": run.status,
                **run.origin,
                "settings": run.settings,
                "path": run.path,
            }
            for run in self.members
        ]
        return pd.DataFrame(rows, columns=list(RUN_COLUMNS))

    @cached_property
    def evaluations(self) -> pd.DataFrame:
        """A row for each evaluation: its mean returns by the mean action and by sampled actions."""
        frame = self.progress(EVAL_DET, EVAL_STOCH)
        return frame.dropna(subset=[EVAL_DET, EVAL_STOCH], how="all").reset_index(drop=True)

    @cached_property
    def training(self) -> pd.DataFrame:
        """A row for each iteration in which an episode ended: the mean return of its training episodes."""
        return self.progress(TRAINING).dropna(subset=[TRAINING]).reset_index(drop=True)

    @cached_property
    def episodes(self) -> pd.DataFrame:
        """A row for each training episode, of the runs that have episodes.csv."""
        return _joined((run, _episodes(run.path / EPISODES_FILE)) for run in self.members)

    def progress(self, *columns: str) -> pd.DataFrame:
        """These columns of progress.csv, or all of them; empty where a run has no such column."""
        frame = _joined((run, _progress(run.path / PROGRESS_FILE, columns)) for run in self.members)
        unknown = [name for name in columns if name not in frame]
        return frame.reindex(columns=[*frame.columns, *unknown])


def load(
    folders: str | Path | Sequence[str | Path] = "results", *, envs: Sequence[str] = (), algorithms: Sequence[str] = ()
) -> Results:
    """Every run under the folders, or those of these environments and algorithms."""
    choice = choice_of(folders, envs, algorithms)
    runs, notes = find_runs(choice.folders)
    return Results(chosen(runs, choice.envs, choice.algorithms), notes)


def choice_of(
    folders: str | Path | Sequence[str | Path],
    envs: Sequence[str] = (),
    algorithms: Sequence[str] = (),
    allow_mixed: bool = False,
) -> Choice:
    """What a caller of the public face means: one name stands for a list of one."""
    paths = [folders] if isinstance(folders, str | Path) else folders
    return Choice(tuple(map(Path, paths)), several(envs), several(algorithms), allow_mixed)


def several(names: Sequence[Name]) -> tuple[Name, ...]:
    """A lone text is a name, and not as many as it has letters."""
    return cast("tuple[Name, ...]", (names,)) if isinstance(names, str) else tuple(names)


def _joined(parts: Iterator[tuple[Run, pd.DataFrame]]) -> pd.DataFrame:
    """One frame, every row with the run that it is of."""
    frames = [frame.assign(env=run.env, algorithm=run.algorithm, seed=run.seed) for run, frame in parts if len(frame)]
    if not frames:
        return pd.DataFrame(columns=[*WHO, "env_steps"])
    whole = pd.concat(frames, ignore_index=True)
    whole = whole.astype({"env": "category", "algorithm": "category"})
    return whole[[*WHO, *(name for name in whole.columns if name not in WHO)]]


def _progress(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Complete rows alone, numbers alone."""
    if not is_regular(path):
        return pd.DataFrame()
    try:
        with path.open("rb") as file:
            names = read_header(file)
            wanted = [name for name in names if name == "env_steps" or not columns or name in columns]
            blocks = [pd.DataFrame(block) for block in tables(file, names, wanted)]
    except (BadFile, OSError) as error:
        raise UserError(f"{shown_path(path)} cannot be read: {error}. Look at it with: rlbench check") from None
    return pd.concat(blocks, ignore_index=True).astype({"env_steps": int}) if blocks else pd.DataFrame()


def _episodes(path: Path) -> pd.DataFrame:
    """Complete rows alone."""
    if not is_regular(path):
        return pd.DataFrame()
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ValueError("it is too large")
        lines = path.read_bytes().rpartition(b"\n")[0]
        return pd.read_csv(io.BytesIO(lines), usecols=list(EPISODE_COLUMNS)) if lines else pd.DataFrame()
    except (ValueError, OSError) as error:
        raise UserError(f"{shown_path(path)} cannot be read: {error}. Look at it with: rlbench check") from None
