"""Which seed of each algorithm is shown."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlbench.errors import UserError, nearest
from rlbench.layout import CHECKPOINT_FILE
from rlbench.run_file import is_imported, label_of, read_run_file
from rlbench.trained.find import Skipped, find_run_folders

BEST, MEDIAN = "best", "median"
Seed = str | int
"""`best`, `median`, or a seed's number."""


@dataclass(frozen=True)
class Candidate:
    """A run that has a policy."""

    folder: Path
    env: str
    algorithm: str
    seed: int
    score: float | None
    """Mean return of its last evaluation by the mean action; None if it has not been evaluated."""


def choose(
    folders: Sequence[str | Path],
    env: str | None,
    algorithms: Sequence[str],
    seed: Seed,
    on_event: Callable[[Skipped], object],
) -> list[Candidate]:
    """One run of each algorithm, all on one environment; a UserError if that is not clear, or there is none."""
    found = _candidates(folders, on_event)
    envs = list(dict.fromkeys(each.env for each in found))
    if env is not None and env not in envs:
        raise UserError(f"No run with a policy is on {env}.{nearest(env, envs)} There are: {', '.join(envs)}")
    if env is None and len(envs) > 1:
        raise UserError(f"The runs are on {', '.join(envs)}. A video shows one environment: --env {envs[0]}")
    curves: dict[str, list[Candidate]] = defaultdict(list)
    for each in found:
        if each.env in (env, envs[0] if env is None else env):
            curves[each.algorithm].append(each)
    for name in algorithms:
        if name not in curves:
            raise UserError(f"No run with a policy is of {name}.{nearest(name, curves)} There are: {', '.join(curves)}")
    return [_chosen(curves[name], seed) for name in algorithms or curves]


def _candidates(folders: Sequence[str | Path], on_event: Callable[[Skipped], object]) -> list[Candidate]:
    found, without = [], []
    for folder in find_run_folders(folders):
        about = read_run_file(folder)
        if about is None or is_imported(about) or not (folder / CHECKPOINT_FILE).exists():
            without.append(folder)
            continue
        found.append(Candidate(folder, about["env"], label_of(about), about["seed"], _score(about)))
    if not found:
        more = f" and {len(without) - 1} more runs have" if len(without) > 1 else " has"
        raise UserError(
            f"{without[0]}{more} no {CHECKPOINT_FILE}, which holds the policy.",
            "Copy it from where the run was made.",
        )
    if without:
        more = f" and {len(without) - 1} more are" if len(without) > 1 else " is"
        on_event(Skipped(f"{without[0]}{more} left out: there is no {CHECKPOINT_FILE}, which holds the policy"))
    return found


def _score(about: dict[str, Any]) -> float | None:
    return (about.get("evaluation") or {}).get("eval_return_det")


def _chosen(runs: list[Candidate], seed: Seed) -> Candidate:
    if seed not in (BEST, MEDIAN):
        for each in runs:
            if str(each.seed) == str(seed):
                return each
        seeds = ", ".join(str(each.seed) for each in runs)
        raise UserError(f"{runs[0].algorithm} has no seed {seed}: there are best, median and {seeds}")
    scored = sorted((each for each in runs if each.score is not None), key=lambda each: each.score or 0.0)
    if not scored:
        return runs[0]
    return scored[-1] if seed == BEST else scored[(len(scored) - 1) // 2]
