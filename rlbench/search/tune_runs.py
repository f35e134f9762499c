"""The runs of a search over settings: requests for them, which of them have ended, and which can be made longer."""

import contextlib
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rlbench.algorithms.settings import depends_on_budget, resolve
from rlbench.layout import COMPLETE_STATUSES, REPORT_FOLDER, RUN_FILE, run_folder
from rlbench.run_file import read_json
from rlbench.search.tune_files import BEST_FILE, FIGURE, RECORD_FILE, TABLE_FILE
from rlbench.sweep.request import Request
from rlbench.sweep.state import JobState
from rlbench.sweep.sweep import Sweep
from rlbench.training.job import Job

SOURCE = "search"
"""What run.json calls the source of a setting that a search has chosen."""
COPIED_STATUSES = ("finished",)
"""The runs of a rung that the next one can go on from."""
Settings = Mapping[str, Any]


def label_of(trial: int) -> str:
    """The name of a trial's folder."""
    return f"trial-{trial}"


def request_for(request: Request, algorithm: str, variants: Mapping[str, Settings]) -> Request:
    """The request for variants of an algorithm, with all their settings by label."""
    layer = {f"{label}.{key}": value for label, settings in variants.items() for key, value in settings.items()}
    return replace(
        request,
        algorithms=tuple(variants),
        variants=dict.fromkeys(variants, algorithm),
        settings=((SOURCE, layer),),
    )


def report_labels(algorithm: str) -> tuple[str, str]:
    """What the default and the winner are called in the report."""
    return f"{algorithm}-default", f"{algorithm}-tuned"


def start_over(out: Path) -> None:
    """Move all that an earlier search wrote to the first free of `old-1`, `old-2` and so on, within its folder."""
    own = [
        out / RECORD_FILE,
        out / TABLE_FILE,
        out / BEST_FILE,
        out / REPORT_FOLDER,
        *sorted(out.glob("rung-[0-9]*")),
    ]
    own = [path for path in [*own, *sorted(out.glob(f"{FIGURE}.*"))] if path.exists()]
    if not own:
        return
    number = 1
    while (aside := out / f"old-{number}").exists():
        number += 1
    aside.mkdir()
    for path in own:
        path.rename(aside / path.name)


def unfinished(sweep: Sweep) -> Sweep:
    """The sweep without the jobs whose runs have all ended, which would start a process each only to say so."""
    return replace(sweep, states=[state for state in sweep.states if not _has_ended(state.job)])


def _has_ended(job: Job) -> bool:
    return all(_is_whole(job, seed, job.steps) for seed in job.seeds)


def _is_whole(job: Job, seed: int, steps: int) -> bool:
    about = _read(job.folder(seed))
    return about.get("status") in COMPLETE_STATUSES and about.get("steps") == steps


def _read(folder: Path) -> dict[str, Any]:
    """run.json; empty where it cannot be read, which the job of such a run reports."""
    try:
        return read_json(folder / RUN_FILE)
    except (OSError, ValueError):
        return {}


def spent(folders: Sequence[Path], statuses: Collection[str]) -> int:
    """Transitions of those of these runs that have one of these statuses."""
    abouts = [about for about in map(_read, folders) if about.get("status") in statuses]
    return sum(count for about in abouts if type(count := about.get("env_steps")) is int)


def budget_independent(algorithm: str, trials: Mapping[int, Settings]) -> list[int]:
    """The trials whose runs can be made longer, as no iteration depends on the budget. Loads the algorithm."""
    from rlbench.algorithms import find

    kind = find(algorithm)
    return [trial for trial, settings in trials.items() if not depends_on_budget(resolve(kind, algorithm, settings))]


def copy_shorter(request: Request, before: Path, labels: Sequence[str]) -> None:
    """Copy runs of the rung before, from which those of this request go on: the shorter ones stay as they are.

    A copy is made beside and renamed, so that a kill leaves a whole one or none.
    """
    for env in request.envs:
        for label in labels:
            for seed in request.seeds:
                source, goal = (run_folder(out, env, label, seed) for out in (before, request.out))
                if goal.exists() or _read(source).get("status") not in COPIED_STATUSES:
                    continue
                goal.parent.mkdir(parents=True, exist_ok=True)
                beside = goal.parent / f".{goal.name}.new"
                with contextlib.suppress(FileNotFoundError):
                    shutil.rmtree(beside)
                shutil.copytree(source, beside)
                os.replace(beside, goal)


def failed_trials(states: Sequence[JobState]) -> dict[str, str]:
    """By label why its runs failed, in one line."""
    found: dict[str, str] = {}
    for state in states:
        if state.failed:
            found.setdefault(state.job.label, f"{state.job.env}: {state.failed.reason}")
    return found
