"""Who works on the runs of a results folder, and how far each run is, from files alone. The folder may be a stranger's.

Three kinds of files are read: run.json and the end of timing.csv of each run, the claim beside it, which names the
process at work, and the records of sweeps, which tell of runs that have not begun and why jobs failed.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlbench.analysis.reading.runs import Found, walk
from rlbench.analysis.text import shown, shown_path
from rlbench.claim_file import Owner, held_folder, is_alive, read_owner, silence
from rlbench.errors import UserError
from rlbench.json_file import is_regular, read_object
from rlbench.layout import (
    COMPLETE_STATUSES,
    LARGEST_RECORD,
    RUN_FILE,
    STATUSES,
    SWEEP_FORMAT,
    SWEEPS_FOLDER,
    TIMING_FILE,
    environment_folder,
    run_folder,
)
from rlbench.run_file import is_imported, label_of, read_json

TAIL = 16_384
"""Bytes at the end of timing.csv from which the rate is measured."""

AT_WORK = ("running", "waiting", "queued")
TROUBLE = ("failed", "dead", "diverged")


@dataclass(frozen=True)
class Seed:
    """One run, and how it stands."""

    env: str
    label: str
    seed: int
    state: str
    """finished, diverged, running, waiting (its sweep is at work), queued (at a batch system), stopped, failed, dead
    (its process is gone) or not begun (and no sweep is at work that would)."""
    env_steps: int = 0
    steps: int = 0
    """Its budget; 0 if unknown."""
    rate: float | None = None
    """Transitions per second, if it is running."""
    host: str = ""
    process: int = 0
    job: str = ""
    """The batch system's job of the process that works on it, or worked on it last."""
    silent: float = 0.0
    """Seconds since that process was last heard of."""
    reason: str = ""
    """Why it failed."""
    log: str = ""
    """Where the output of its process is."""


@dataclass
class Work:
    """All runs below some folders."""

    seeds: list[Seed] = field(default_factory=list)
    drivers: list[str] = field(default_factory=list)
    """A line for each command that is at work on them."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Planned:
    """What the latest record tells of a run."""

    stage: str
    steps: int
    reason: str
    log: str
    alive: bool
    """Whether the sweep's process is alive, as far as that can be told from here."""


def read_work(folders: Sequence[Path]) -> Work:
    """How the runs below these folders stand; a UserError where there are none."""
    work, found = Work(), Found()
    planned: dict[Path, tuple[str, str, int, _Planned]] = {}
    for folder in folders:
        if os.path.isdir(folder):
            planned |= _read_records(folder.absolute(), work)
    for path in walk(folders, found):
        place = path.parents[1].name, path.parent.name
        env, label, seed, plan = planned.pop(path, (*place, int(path.name.removeprefix("seed-")), None))
        if (run := _read_seed(path, env, label, seed, plan)) is not None:
            work.seeds.append(run)
    work.seeds += [
        Seed(env, label, seed, _not_begun(plan), 0, plan.steps, reason=plan.reason, log=plan.log)
        for env, label, seed, plan in planned.values()
    ]
    work.notes += found.notes
    work.seeds.sort(key=lambda run: (run.env, run.label, run.seed))
    if not work.seeds:
        where = ", ".join(shown_path(folder) for folder in folders)
        raise UserError(f"No runs under {where}. Make one with: rlbench run trpo --env Hopper-v4 --seeds 5")
    return work


def _read_seed(path: Path, env: str, label: str, seed: int, plan: _Planned | None) -> Seed | None:
    """A run that has a folder; None for one that another tool made, or without anything in it."""
    try:
        about = read_json(path / RUN_FILE)
    except (OSError, ValueError):
        about = {}
    if is_imported(about):
        return None
    owner, alive, silent = _claim(path)
    if not about and plan is None and owner is None:
        return None
    env = str(about["env"]) if environment_folder(str(about.get("env"))) == env else env
    label = label if label_of(about) is None else str(label_of(about))
    budget = max(_count(about.get("steps")), plan.steps if plan else 0)
    done, rate = _read_pace(path / TIMING_FILE)
    status = about.get("status") if about.get("status") in STATUSES else ""
    if status in COMPLETE_STATUSES and not alive and budget <= _count(about.get("steps")):
        return Seed(shown(env), shown(label), seed, str(status), max(done, _count(about.get("env_steps"))), budget)
    who: dict[str, Any] = {}
    if owner is not None:
        who = {"host": shown(owner.host), "process": owner.process, "job": shown(owner.job), "silent": silent}
    who |= {"reason": plan.reason, "log": plan.log} if plan else {}
    state = _state(status or "", owner, alive, plan)
    return Seed(shown(env), shown(label), seed, state, done, budget, rate if alive else None, **who)


def _state(status: str, owner: Owner | None, alive: bool, plan: _Planned | None) -> str:
    """The state of a run that is not complete."""
    if alive:
        return "running"
    if plan is not None and (plan.alive or plan.stage in ("failed", "queued")):
        return "waiting" if plan.stage in ("running", "done", "diverged") else plan.stage
    if owner is not None or status == "running":
        return "dead"
    return "stopped" if status == "stopped" else _not_begun(plan) if plan else "not begun"


def _not_begun(plan: _Planned) -> str:
    """The state of a run that has no files."""
    if plan.stage in ("failed", "queued"):
        return plan.stage
    return "waiting" if plan.alive else "not begun"


def _read_pace(path: Path) -> tuple[int, float | None]:
    """Transitions of a run so far, and transitions per second by the latest rows of timing.csv."""
    if not is_regular(path):
        return 0, None
    try:
        with path.open("rb") as file:
            head = file.readline(1000).decode().rstrip("\n").split(",")
            steps, wall = head.index("env_steps"), head.index("wall_time")
            first_row = file.tell()
            begin = file.seek(max(first_row, os.fstat(file.fileno()).st_size - TAIL))
            lines = file.read(TAIL).split(b"\n")[int(begin > first_row) : -1]  # whole lines only
        rows = [(int(cells[steps]), float(cells[wall])) for cells in (line.split(b",") for line in lines)]
    except (OSError, ValueError, IndexError):
        return 0, None
    if not rows:
        return 0, None
    first = rows[0] if len(rows) > 1 else (0, 0.0)
    seconds = rows[-1][1] - first[1]
    return rows[-1][0], (rows[-1][0] - first[0]) / seconds if seconds > 0 else None


def _read_records(out: Path, work: Work) -> dict[Path, tuple[str, str, int, _Planned]]:
    """What the records of a results folder tell of each run, by its folder; later records win."""
    records = []
    for path in sorted((out / SWEEPS_FOLDER).glob("*.json")) if os.path.isdir(out / SWEEPS_FOLDER) else ():
        try:
            records.append(_checked(read_object(path, LARGEST_RECORD)))
        except (OSError, ValueError, TypeError, KeyError):
            work.notes.append(f"{shown_path(path)} is ignored: it is not the record of a sweep")
    planned = {}
    for began, ended, owner, command, jobs in sorted(records, key=lambda record: record[0]):
        alive = not ended and _is_at_work(out, owner, jobs)
        if alive:
            work.drivers.append(f"{shown(str(owner))}, since {shown(began)}: {shown(' '.join(command), 300)}")
        for job in jobs:
            log = shown_path(out / job["log"]) if job["log"] and is_regular(out / job["log"]) else ""
            stage, reason = job["stage"], job["reason"]
            if stage == "queued" and (status := _task_status(out / job["log"])):
                stage, reason = "failed", f"its task ended with status {status}"
            plan = _Planned(stage, job["steps"], shown(reason, 400), log, alive)
            for seed in job["seeds"]:
                env, label = shown(job["env"]), shown(job["label"])
                planned[run_folder(out, job["env"], job["label"], seed)] = (env, label, seed, plan)
    return planned


def _task_status(log: Path) -> str:
    """The exit status that the script of a batch system leaves beside the log of a task that failed."""
    path = log.with_suffix(".failed")
    try:
        return shown(path.read_bytes()[:100].decode().strip()) if is_regular(path) else ""
    except (OSError, ValueError):
        return ""


def _is_at_work(out: Path, owner: Owner, jobs: Sequence[dict[str, Any]]) -> bool:
    """Whether a sweep's process is alive. One on another machine is, if one of its jobs is."""
    if is_alive(owner, math.inf):
        return True
    folders = (run_folder(out, job["env"], job["label"], seed) for job in jobs for seed in job["seeds"])
    return is_alive(owner, 0.0) and any(_claim(folder)[1] for folder in folders)


def _claim(seed_folder: Path) -> tuple[Owner | None, bool, float]:
    """The owner of the claim on a run, whether it is alive, and for how long it has been silent."""
    held = held_folder(seed_folder)
    owner = read_owner(held)
    silent = silence(held) if owner else 0.0
    return owner, owner is not None and is_alive(owner, silent), max(0.0, silent)


def _checked(record: dict[str, Any]) -> tuple[str, str, Owner, list[str], list[dict[str, Any]]]:
    """The parts of a record; a ValueError, TypeError or KeyError if it is none."""
    if record.get("format") != SWEEP_FORMAT:
        raise ValueError("another format")
    owner, jobs = Owner(**record["owner"]), record["jobs"]
    texts = [record["began"], record["ended"] or "", owner.host, owner.system, owner.started, owner.job]
    texts += [*record["command"], *(job[key] for job in jobs for key in ("env", "label", "stage", "reason", "log"))]
    numbers = [owner.process, *(job["steps"] for job in jobs), *(seed for job in jobs for seed in job["seeds"])]
    if not all(type(each) is str for each in texts) or not all(type(each) is int and each >= 0 for each in numbers):
        raise ValueError("values of other kinds")
    if any("/" in job["label"] or job["label"] in ("", ".", "..") or "\0" in job["log"] for job in jobs):
        raise ValueError("names that are none")
    return record["began"], record["ended"] or "", owner, record["command"], jobs


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 10**18 else 0
