"""The number of transitions between two evaluations, where --eval-every is not given.

The default is a tenth of the budget, so that a run of any length draws a curve. Existing runs keep the spacing they
were begun with, and new seeds beside them get the same, so that the seeds of one curve do not differ.
"""

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from rlbench.errors import UserError
from rlbench.layout import RUN_FILE, run_folder, seed_of
from rlbench.run_file import read_json
from rlbench.sweep.request import Request
from rlbench.sweep.words import say_seeds
from rlbench.training.job import Job

EVALUATIONS = 10
"""Default number of evaluations of a run."""


def default_spacing(steps: int) -> int:
    """The spacing of a new run; a run of fewer than ten transitions is evaluated after each one."""
    return max(1, steps // EVALUATIONS)


def spacing_of(request: Request, env: str, label: str) -> int:
    """The spacing that the request states, or that of existing runs with this label, or the default."""
    if (asked := request.eval_every_on(env)) is not None:
        return asked
    kept = _kept_spacing(request, env, label)
    return default_spacing(request.steps_on(env)) if kept is None else kept


def row_spacing_of(request: Request, env: str, label: str) -> int | None:
    """Transitions in a row of progress.csv: as the request states, or as in existing runs of its seeds, or of others.

    None is the default. Where existing runs differ, the job refuses the seeds that it cannot continue.
    """
    if request.row_every is not None or request.fresh:
        return request.row_every
    there = _seed_folders(run_folder(request.out, env, label, 0).parent)
    there.sort(key=lambda each: each[0] not in request.seeds)
    return _read_spacing(there[0][1], "row_every") if there else None


def common_spacing(request: Request, labels: Collection[str]) -> int:
    """The single spacing of all runs of a decision; a UserError where existing runs differ."""
    if request.eval_every is not None:
        return request.eval_every
    kept: dict[int, str] = {}
    for env in request.envs:
        for label in labels:
            if (spacing := _kept_spacing(request, env, label)) is not None:
                kept.setdefault(spacing, f"{label} on {env}")
    if len(kept) > 1:
        each = "; ".join(f"{name} {say_spacing(spacing)}" for spacing, name in kept.items())
        raise UserError(
            f"{request.out} has runs that are evaluated differently: {each}. A decision needs one spacing: choose "
            "another --out, or --fresh"
        )
    return next(iter(kept), default_spacing(request.steps))


def notes_on_common_spacing(request: Request, spacing: int) -> list[str]:
    """A note where a decision's spacing is not the default because of existing runs."""
    default = default_spacing(request.steps)
    return [] if request.eval_every is not None or spacing == default else [_say_kept(spacing, ["All runs"], default)]


def _kept_spacing(request: Request, env: str, label: str) -> int | None:
    """The spacing of existing runs, those of the request's seeds before others; a UserError where they differ.

    With --fresh the runs of the request's seeds do not count, since they are moved aside.
    """
    home = run_folder(request.out, env, label, 0).parent
    there = {seed: value for seed, folder in _seed_folders(home) if (value := _read_spacing(folder)) is not None}
    asked = {} if request.fresh else {seed: value for seed, value in there.items() if seed in request.seeds}
    counting = asked or {seed: value for seed, value in there.items() if seed not in request.seeds}
    if len(set(counting.values())) > 1:
        raise UserError(
            f"{home} has runs that are evaluated differently: {_say_seeds_apart(counting)}.",
            "Give --eval-every, for the --seeds that have it, or choose another --out",
        )
    return next(iter(counting.values()), None)


def notes_on_spacing(request: Request, jobs: Sequence[Job]) -> list[str]:
    """A note for each spacing that is not the default because of existing runs, and how to get the default."""
    names: dict[tuple[int, int], dict[str, None]] = {}
    for job in jobs:
        if request.eval_every_on(job.env) is None and job.eval_every != (default := default_spacing(job.steps)):
            names.setdefault((job.eval_every, default), {})[f"{job.label} on {job.env}"] = None
    return [_say_kept(spacing, list(own), default) for (spacing, default), own in names.items()]


def say_spacings(spacings: Iterable[int]) -> str:
    """The spacings of jobs in words, for the announcement."""
    return " or ".join(map(say_spacing, dict.fromkeys(spacings)))


def _say_kept(spacing: int, names: Sequence[str], default: int) -> str:
    who = f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}"
    return (
        f"{who}: evaluated {say_spacing(spacing)}, as the runs that are there. A new run of this length is evaluated "
        f"{say_spacing(default)}: to get that, give --fresh or another --out."
    )


def say_spacing(spacing: int) -> str:
    """`every 10,000 transitions`"""
    return f"every {spacing:,} transitions" if spacing else "only at the end"


def _seed_folders(home: Path) -> list[tuple[int, Path]]:
    try:
        names = os.listdir(home)
    except OSError:
        return []
    return sorted((seed, home / name) for name in names if (seed := seed_of(name)) is not None)


def _read_spacing(folder: Path, key: str = "eval_every") -> int | None:
    """A spacing in run.json; None where it cannot be read. A job that resumes such a run reports the fault."""
    try:
        spacing = read_json(folder / RUN_FILE).get(key)
    except (OSError, ValueError):
        return None
    return spacing if type(spacing) is int and spacing >= 0 else None


def _say_seeds_apart(spacings: dict[int, int]) -> str:
    each = []
    for spacing in dict.fromkeys(spacings.values()):
        seeds = [seed for seed in spacings if spacings[seed] == spacing]
        each.append(f"{'seed' if len(seeds) == 1 else 'seeds'} {say_seeds(seeds)} {say_spacing(spacing)}")
    return "; ".join(each)
