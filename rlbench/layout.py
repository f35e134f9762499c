"""The layout of a results folder: names of folders and files, and the words and the format number of run.json.

`OUT/ENVIRONMENT/LABEL/seed-K/` holds one run; its label is the name of the algorithm or of a variant of it. What
writes it (training) and what reads it (analysis) both import this module, and it imports neither.
"""

import re
from pathlib import Path

RUN_FILE = "run.json"
RUN_FORMAT = 1
"""The number under `format` in run.json. It changes when older readers would misread the file."""

DECISION_FORMAT = 1
"""The number under `format` in the record of a decision."""

SEARCH_FILE, REPORT_FOLDER = "search.json", "report"
"""In the folder of a search over settings: its record, and the runs of the winner and of the default on fresh seeds."""

SEARCH_FORMAT = 1
"""The number under `format` in the record of a search."""

CHECKPOINT_FILE = "checkpoint.pt"
PROGRESS_FILE, TIMING_FILE, EPISODES_FILE = CSV_FILES = ("progress.csv", "timing.csv", "episodes.csv")

EVALUATION_FILE = "evaluation.csv"
"""Episodes of the trained policy, which `rlbench eval --write` adds to a run's folder."""

SUITE_FILE = "suite.json"
"""What a suite keeps beside its results: titles, order, and what is drawn and compared."""

PLOTS_FOLDER, LOGS_FOLDER, DECISIONS_FOLDER, SWEEPS_FOLDER = "plots", "logs", "decisions", "sweeps"
"""Folders of the commands' own, beside those of the environments."""

LARGEST_RECORD = 1 << 24
"""Bytes. A larger file is not read as the record of a sweep, a decision or a search."""

SWEEP_FORMAT = 1
"""The number under `format` in a sweep's record."""

COMPLETE_STATUSES = ("finished", "diverged")
"""Nothing is left to train: the budget is spent, or the numbers became non-finite."""
IMPORTED = "imported"
"""The status of a run that another tool made, and the key in run.json of the table that says where it came from.

A run with this key was imported whatever its status: one whose returns stopped being finite is `diverged`.
"""
CLOSED_STATUSES = (*COMPLETE_STATUSES, "stopped", IMPORTED)
"""The process ended in order: run.json has checksums of the files. A stopped run can go on."""
STATUSES = ("running", *CLOSED_STATUSES, "failed")

LABEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
"""What a person may call a variant of an algorithm, or results of another tool. Labels of grids have `=` beside."""

_SEED_FOLDER = re.compile(r"seed-(0|[1-9]\d{0,17})", re.ASCII)


def environment_folder(env: str) -> str:
    """An environment's id as a folder's name: `namespace/Id-v0` and `module:Id-v0` must not lead elsewhere."""
    name = re.sub(r"[^A-Za-z0-9._-]", "-", env)
    return name if name.strip(".") else "-"


def rung_folder(out: Path, rung: int) -> Path:
    """The results folder of a rung's runs in a search. Rungs count from 0, and their folders from 1."""
    return out / f"rung-{rung + 1}"


def seed_folder(seed: int) -> str:
    """The name of one run's folder."""
    return f"seed-{seed}"


def seed_of(folder_name: str) -> int | None:
    """The seed in the name of a run's folder; None for any other name."""
    match = _SEED_FOLDER.fullmatch(folder_name)
    return int(match[1]) if match else None


def run_folder(out: Path, env: str, label: str, seed: int) -> Path:
    """Where the files of one run are."""
    return out / environment_folder(env) / label / seed_folder(seed)
